//! Amazon Elastic Compute Cloud: what an instance is, has, costs, and how it comes and goes.
//!
//! * [`catalogue`]: some 1,400 instance types, looked up by name.
//! * [`lifecycle`]: pending, running, stopping, terminated; [`launch`]: how long that takes.
//! * [`capacity`]: which type there is in which zone; [`spot`]: when spot instances are taken back.
//! * [`billing`]: by the second, with licences; [`credits`]: CPU credits of T instances.
//! * [`bucket`]: tokens as a fluid; [`burst`]: what may go faster while there are some;
//!   [`bandwidth`]: network and EBS of an instance, which do.
//! * [`slots`]: how many volumes fit; [`subnet`], [`interfaces`]: addresses and network interfaces.
//!
//! Times are handed in and durations are drawn by the caller: nothing here has a clock.

pub mod bandwidth;
pub mod billing;
pub mod bucket;
pub mod burst;
pub mod capacity;
pub mod catalogue;
pub mod credits;
pub mod interfaces;
pub mod launch;
pub mod lifecycle;
pub mod slots;
pub mod spot;
pub mod subnet;
