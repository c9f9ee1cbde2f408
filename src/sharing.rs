//! Sharing a capacity among those who want it, exactly and at little cost per change.
//!
//! * [`water_fill`]: weighted max-min fairness with floors and caps among claims.
//! * [`flows`]: transfers over shared links.
//! * [`jobs`]: egalitarian processor sharing among the jobs of one leaf, in virtual time.
//! * [`mod@line`]: first come, first served, at a speed that changes.
//! * [`quota`]: a budget per period (CFS bandwidth control).
//! * [`tree`]: all of them nested: jobs in containers in virtual machines on a host.
//!
//! Nothing here knows of CPUs, containers or hosts; a capacity is so many *cores*, and work is
//! *core-nanoseconds*, only because a unit needs a name.

pub mod flows;
pub mod jobs;
pub mod line;
pub mod quota;
pub mod tree;
pub mod water_fill;

pub use quota::Quota;
pub use tree::{Capacity, DetachedLeaf, GroupId, LeafId, Share, ShareTree, Usage};
