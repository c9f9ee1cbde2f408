//! What registries store, split over the apps that pull from them.
//!
//! The storage of a registry is paid for by the apps whose images come from it, through caches or
//! not, in proportion to the compressed bytes of these images, in all their platforms and as they
//! are at the start. A layer that images share counts for each, and what else is stored goes with
//! the rest. AWS tells only what its repositories cost: the rule is ours.

use crate::docker::RegistryId;
use crate::metrics::summary::RegistryAccount;
use crate::workload::AppId;
use crate::world::World;

impl World<'_> {
    /// What each app pays an hour, in US dollars, of what these registries store, which are all in
    /// their order. What is stored where no app's image comes from is nobody's.
    pub(super) fn storage_by_app(&self, registries: &[RegistryAccount]) -> Vec<f64> {
        let apps = self.scenario.apps.len() as u32;
        let mut parts = vec![0.0; apps as usize];
        for (place, registry) in registries.iter().enumerate() {
            let bytes: Vec<f64> =
                (0..apps).map(|app| self.bytes_from(AppId(app), place) as f64).collect();
            let all: f64 = bytes.iter().sum();
            for (part, bytes) in parts.iter_mut().zip(bytes).filter(|_| all > 0.0) {
                *part += registry.storage_per_hour * bytes / all;
            }
        }
        parts
    }

    /// Compressed bytes of an app's image, if that comes from this registry.
    fn bytes_from(&self, app: AppId, place: usize) -> u64 {
        let catalog = self.engines.catalog();
        let Some(image) = catalog.find(self.image_of(app)) else { return 0 };
        let comes = self.way_of(self.engines.registries().home(image)).any(|it| it == place);
        let platforms = catalog.image(image).platforms.iter().filter(|_| comes);
        platforms.map(|platform| catalog.size(platform).compressed.0).sum()
    }

    /// The places of a registry and of those that it fetches from.
    fn way_of(&self, registry: RegistryId) -> impl Iterator<Item = usize> {
        let all = &self.scenario.registries;
        let next = |place: &usize| {
            let upstream = all.get(*place)?.upstream.as_ref()?;
            all.iter().position(|other| other.name == *upstream)
        };
        std::iter::successors(Some(usize::from(registry.0)), next)
    }
}
