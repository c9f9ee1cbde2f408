//! Placement: which bin (a host, or a node) takes the next item (a VM, or a container).
//!
//! Kept apart from every system that places things, so that all of them choose by the same
//! policies and a policy is written and tested once. The choice of a bin is vector bin packing on
//! line: items come one at a time and stay where they were put.
//!
//! * [`Resources`]: amounts of every kind of resource, the vector that is packed.
//! * [`Ledger`]: one bin's books; what is taken is given back, and that is asserted.
//! * [`Bins`]: all bins as a policy sees them.
//! * [`Policy`]: a choice, pure but for its own index; one file each, found in [`policy()`].
//! * [`numa`]: what a bin has of each of its NUMA nodes, which is less than the sum.
//! * [`Pool`]: bins and a policy together, which keeps the policy's index true to the books.
//!
//! [`SegmentTree`](segment_tree::SegmentTree), [`Ranking`](ranking::Ranking) and [`ScoreIndex`] are
//! the indexes that spare the policies a look at every bin; tests hold each to a plain scan.
//! [`bound`] says how many bins the best of all packings needs at least.

pub mod best_fit;
pub mod bins;
pub mod bound;
pub mod cosine;
pub mod dot_product;
pub mod first_fit;
pub mod gpu;
pub mod l2_norm;
pub mod ledger;
pub mod next_fit;
pub mod numa;
pub mod policy;
pub mod pool;
pub mod power_of_k;
pub mod random_fit;
pub mod ranking;
pub mod resources;
pub mod score_index;
pub mod scored;
pub mod segment_tree;
pub mod urn;
pub mod worst_fit;

#[cfg(test)]
mod packing;
#[cfg(test)]
pub(crate) mod scan;

pub use bins::{BinId, Bins, Room};
pub use ledger::Ledger;
pub use policy::{Description, POLICIES, Policy, any, policy};
pub use pool::Pool;
pub use resources::Resources;
pub use score_index::ScoreIndex;
