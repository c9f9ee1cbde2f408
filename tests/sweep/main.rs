//! `plimsoll sweep` as a user calls it.

mod folder;
mod plan;
mod precision;
mod run;
