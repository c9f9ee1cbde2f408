//! Groups on an EC2 of fixed delays: timelines by hand.

mod balance;
mod health;
mod hooks;
mod mixed;
mod properties;
mod refresh;
mod rig;
mod warm;
