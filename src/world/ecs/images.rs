//! Images that task definitions name.

use super::Documents;

/// The names of all images of a cluster's task definitions.
pub fn names(documents: &Documents) -> impl Iterator<Item = &str> {
    let containers = documents.definitions.iter().flat_map(|it| &it.containers);
    containers.map(|container| container.image.as_str())
}
