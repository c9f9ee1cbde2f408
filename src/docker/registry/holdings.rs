//! What a cache stores of its upstream, and since when: a part of what its owner is billed for.
//!
//! Each layer is counted once, whatever images have it.

use super::{Registries, RegistryId};
use crate::docker::images::{Catalog, ImageId};
use crate::engine::SimTime;
use crate::units::Bytes;

/// A layer that a cache stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub bytes: Bytes,
    /// From when on; a layer stays until the end.
    pub since: SimTime,
}

impl Registries {
    /// What a registry has fetched from its upstream, in no particular order.
    pub fn cached(&self, registry: RegistryId, catalog: &Catalog) -> Vec<Held> {
        let cached = self.state(registry).cache.iter().flat_map(|cache| cache.present());
        let held =
            cached.map(|(layer, since)| Held { bytes: catalog.layer(layer).compressed, since });
        held.collect()
    }

    /// The registry at the end of the upstreams from where an image is pulled: the one that has it
    /// from the start.
    pub fn origin(&self, image: ImageId) -> RegistryId {
        let mut registry = self.home(image);
        while let Some(cache) = self.state(registry).cache.as_ref() {
            registry = cache.upstream;
        }
        registry
    }
}
