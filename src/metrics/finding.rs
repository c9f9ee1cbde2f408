//! What stood in the way during a run and what a reader can do about it: a missing permission, a
//! connection that nothing lets through, a subnet without an address left.
//!
//! A finding has a sentence, which is a warning of the run as well, and advice; `plimsoll explain`
//! tells both before anything else.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What something lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A permission that a role does not have.
    Permission,
    /// A rule of a security group.
    SecurityGroup,
    /// A free address in a subnet.
    Address,
    /// A free slot of a machine, for a network interface or a volume.
    Slot,
    /// An instance that has room for a task.
    Capacity,
    /// A deployment that comes about.
    Deployment,
}

/// Something that stood in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub kind: FindingKind,
    /// Whom it concerns, in words: ``app `web` ``, ``subnet `a` ``. A run tells one finding of a
    /// kind about each.
    pub about: String,
    /// What happened and why, in one sentence without a full stop.
    pub title: String,
    /// What would be right, in one or several lines; lines that begin with spaces are to be shown
    /// as they are.
    pub advice: String,
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Permission => "permission",
            Self::SecurityGroup => "security group",
            Self::Address => "address",
            Self::Slot => "slot",
            Self::Capacity => "capacity",
            Self::Deployment => "deployment",
        })
    }
}
