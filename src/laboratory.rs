//! The placement laboratory: fleets that do nothing but place, at the scale of traces.
//!
//! What runs on a host, how long it boots, what its requests wait for: other systems model that.
//! Here items (virtual machines, containers, pods) come, get a host or none, and leave; so a run of
//! a million of them takes seconds, and policies can be compared on whole traces.
//!
//! * [`ItemReader`], [`read_hosts`]: tables of items and hosts, whatever their columns are called.
//! * [`Arrivals`]: items in the order in which they come ([`Sorted`] where the table is not).
//! * [`Workload`]: all items in an order of one's own: that of a file, or by chance to a load, with
//!   the numbers of [`GoRandom`].
//! * [`Decreasing`]: those that come at one instant, the largest first.
//! * [`Fleet`]: the hosts, their books, and the policy that fills them.
//! * [`FleetNodes`], [`Groups`]: what a host must have, or may not have, beside amounts.
//! * [`Curve`]: what is allocated and what is of no use, by how much has arrived.
//! * [`replay()`]: all of that from its description.
//! * [`Residents`]: who is on which host, and who has to leave for another.
//! * [`run()`]: the events; [`Meter`] and [`Outcome`]: what came of them.
//! * [`Outages`]: when hosts fail and are drained; [`ResizeReader`]: what items need instead.
//! * [`Energy`], [`Stranding`]: power of hosts, and what on them is of no use.
//! * [`History`]: what was in use over time, in a few hundred points; [`mod@series`] for reports.
//!
//! Kinds of resource are numbered: CPU in millicores is 0, memory in bytes 1, then come the extra
//! ones by their names. A fleet has room for `K` of them.

pub mod arrivals;
pub mod batch;
mod beyond;
pub mod curve;
pub mod energy;
pub mod fleet;
pub mod go_random;
pub mod groups;
pub mod history;
pub mod hosts;
pub mod item;
pub mod items;
pub mod meter;
pub mod nodes;
pub mod order;
pub mod outages;
pub mod replay;
pub mod residents;
pub mod resizes;
pub mod run;
pub mod series;
mod shape;
pub mod site;
pub mod sorted;
pub mod stranding;

#[cfg(test)]
mod tests;

pub use arrivals::Arrivals;
pub use batch::{Decreasing, Measure};
pub use curve::Curve;
pub use energy::Energy;
pub use fleet::{Fleet, FleetPolicy, Free, Lack, Spot};
pub use go_random::GoRandom;
pub use groups::{GroupWords, Groups, Member};
pub use history::{History, Means};
pub use hosts::{Host, Kinds, Specs, read_hosts};
pub use item::{Item, Need};
pub use items::{ItemReader, Listed};
pub use meter::Meter;
pub use nodes::FleetNodes;
pub use order::{Order, OrderError, Workload, read_order};
pub use outages::Outages;
pub use replay::{ReplayError, Replayed, replay};
pub use residents::Residents;
pub use resizes::{Resize, ResizeReader};
pub use run::{Outcome, Rules, SameName, Surroundings, run};
pub use site::Site;
pub use sorted::Sorted;
pub use stranding::Stranding;
