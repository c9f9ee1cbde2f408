//! Timelines computed by hand, and properties.

mod keeping;
mod scaling_down;
mod scaling_up;
