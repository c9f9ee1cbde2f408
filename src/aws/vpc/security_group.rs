//! Security groups: who may open a connection to whom.
//!
//! Rules allow, none denies; what no rule allows is dropped without an answer, so that the one who
//! connects sees a timeout. Groups are stateful: an allowed connection is allowed in both
//! directions, so that only the one who opens it is asked about. It has to be let out by a group of
//! the interface it comes from and let in by one of that it goes to. A rule that names a group
//! means the addresses of interfaces that have the group, not what the group's own rules say.
//! (Amazon VPC User Guide, "Control traffic to your AWS resources using security groups", "Security
//! group rules", "Amazon VPC quotas".)
//!
//! * [`group`]: groups and their rules; [`mod@read`]: from the output of the command line.
//! * [`firewall`]: all groups together, and what they say of a connection.
//! * [`explain`]: the same in words, and the smallest rule that is missing.

pub mod explain;
pub mod firewall;
pub mod group;
pub mod read;

pub use explain::Missing;
pub use firewall::{Decision, Endpoint, Firewall, RuleId};
pub use group::{Direction, Group, Limits, Rule};
