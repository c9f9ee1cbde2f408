//! What a registry stores, and since when: what its owner is billed for.
//!
//! A registry without an upstream holds every image whose pulls end there, through caches or not; a
//! cache holds the layers it has fetched; both hold what is pushed to them or copied. Within one
//! repository a layer is stored once, however many images have it, and again in each other one
//! (Amazon ECR, *Amazon ECR concepts*: layers belong to a repository). What a cache has fetched is
//! counted once. The builds for all platforms are held.

use std::collections::BTreeMap;

use super::{Registries, RegistryId};
use crate::docker::images::{Catalog, ImageId, LayerId};
use crate::engine::SimTime;
use crate::units::Bytes;

/// A layer that a registry stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub bytes: Bytes,
    /// From when on; a layer stays until the end.
    pub since: SimTime,
}

/// The repository of an image: its name before tag and digest. A colon before a slash is that of a
/// port.
fn repository(image: &str) -> &str {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

impl Registries {
    /// What a registry stores, in no particular order.
    pub fn holdings(&self, registry: RegistryId, catalog: &Catalog) -> Vec<Held> {
        let state = self.state(registry);
        let mut held: BTreeMap<(&str, LayerId), SimTime> = BTreeMap::new();
        for image in catalog.images() {
            let since = state.shelf.since(image);
            let is_here = state.shelf.is_pushed(image) || self.origin(image) == registry;
            if !is_here || since == SimTime::MAX {
                continue;
            }
            let image = catalog.image(image);
            let placed = image.platforms.iter().flat_map(|platform| &platform.layers);
            for layer in placed.map(|placed| placed.layer) {
                let first = held.entry((repository(&image.name), layer)).or_insert(since);
                *first = since.min(*first);
            }
        }
        let own = held.into_iter().map(|((_, layer), since)| (layer, since));
        let cached = state.cache.iter().flat_map(|cache| cache.present());
        let all = own.chain(cached);
        all.map(|(layer, since)| Held { bytes: catalog.layer(layer).compressed, since }).collect()
    }

    /// The registry at the end of the upstreams from where an image is pulled.
    fn origin(&self, image: ImageId) -> RegistryId {
        let mut registry = self.home(image);
        while let Some(cache) = self.state(registry).cache.as_ref() {
            registry = cache.upstream;
        }
        registry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_the_name_before_tag_and_digest() {
        for (image, name) in [
            ("web", "web"),
            ("shop/web:1.4", "shop/web"),
            ("localhost:5000/web", "localhost:5000/web"),
            ("localhost:5000/web:1", "localhost:5000/web"),
            ("web:1@sha256:00", "web"),
        ] {
            assert_eq!(repository(image), name);
        }
    }
}
