//! What a registry does for clients that push: it answers their calls, takes their bytes, and puts
//! a name on what they brought.
//!
//! What layers it has, and whether a push is refused, is its owner's to know. Bytes come over a
//! line of their own, as wide as that on which they leave: network lines carry both ways at once.

use super::{Answer, Call, Registries, RegistryId};
use crate::docker::images::ImageId;
use crate::engine::SimTime;
use crate::scenario;
use crate::sharing::flows::{FlowId, FlowNetwork};
use crate::units::Bytes;

impl Registries {
    /// At the start: what is pushed is nowhere before, by the name that it has in the scenario. A
    /// name that another image is put on before it gets its own is there from the start, and
    /// stands for its own until then.
    pub(super) fn clear_pushed(
        &mut self,
        registries: &[scenario::Registry],
        images: &[scenario::Image],
    ) {
        let all = || registries.iter().flat_map(|registry| &registry.pushes);
        for (place, image) in images.iter().enumerate() {
            let moves = all().filter(|push| push.tag() == image.name);
            let first = moves.min_by_key(|push| push.at);
            let is_content = all().any(|push| push.image == image.name);
            if first.map_or(is_content, |push| push.image == image.name) {
                let name = ImageId(place as u32);
                self.registries.iter_mut().for_each(|state| state.shelf.clear(name));
            }
        }
    }

    /// A client that pushes calls. It signs in by [`Call::Token`], where [`Registries::signs_in`],
    /// and is not asked for its token afterwards.
    pub fn call(&mut self, now: SimTime, registry: RegistryId, call: Call) -> Answer {
        let admitted = self.admit(now, registry, call);
        self.answer(registry, admitted)
    }

    /// Whether clients need a token.
    pub fn signs_in(&self, registry: RegistryId) -> bool {
        self.state(registry).tokens.is_some()
    }

    /// Opens the stream of a layer that comes in so many parts, each of which is a call. They are
    /// not held back: the 500 a second that Amazon ECR takes are 5 GB/s.
    ///
    /// # Panics
    /// When nobody pushes to this registry.
    pub fn take(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        (bytes, parts): (Bytes, u64),
        token: u32,
        network: &mut FlowNetwork,
    ) -> FlowId {
        let state = self.state_mut(registry);
        state.totals.calls += parts;
        let intake = state.intake.expect("a registry that is pushed to has a line for it");
        network.start(now, &[intake], bytes, state.stream, token)
    }

    /// From `at` on, a name stands for a content.
    pub fn publish(&mut self, registry: RegistryId, name: ImageId, content: ImageId, at: SimTime) {
        self.state_mut(registry).shelf.push(name, content, at);
    }

    /// From `at` on, a name stands for nothing: its image was deleted.
    pub fn remove(&mut self, registry: RegistryId, name: ImageId, at: SimTime) {
        self.state_mut(registry).shelf.change(name, at, None);
    }

    /// When a registry last gave a content to who did not have it.
    pub fn pulled(&self, registry: RegistryId, content: ImageId) -> Option<SimTime> {
        self.state(registry).shelf.pulled(content)
    }

    /// What a name stands for in a registry, as far as that knows: a cache is told by its upstream
    /// when it asks.
    pub fn content(&self, registry: RegistryId, name: ImageId, now: SimTime) -> Option<ImageId> {
        match self.cache_for(registry, name, now) {
            Some(cache) => cache.content(name),
            None => self.state(registry).shelf.content(name, now),
        }
    }
}
