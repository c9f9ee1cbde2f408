//! Which images a registry has, and whom it gives them.
//!
//! Amazon ECR copies what is pushed after replication was set up, once, to the registries that
//! replicate it, and not on from there (*Private image replication*).

use super::{Call, RegistryError};
use crate::docker::images::ImageId;
use crate::engine::SimTime;

/// Who is denied an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Denial {
    #[default]
    Nobody,
    Clients(Vec<u32>),
    All,
}

/// The images of a registry. What is not said is there from the start, and for all.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// From when on each image is there.
    since: Vec<SimTime>,
    /// Whether each image was pushed here.
    pushed: Vec<bool>,
    denied: Vec<Denial>,
    /// The call that fails for all engines, and how.
    refused: Vec<Option<(Call, RegistryError)>>,
}

impl Shelf {
    /// Whether an image is there.
    pub fn has(&self, image: ImageId, now: SimTime) -> bool {
        self.since.get(image.0 as usize).is_none_or(|&since| since <= now)
    }

    /// From when on an image is there: from the start, unless it is pushed or elsewhere.
    pub fn since(&self, image: ImageId) -> SimTime {
        self.since.get(image.0 as usize).copied().unwrap_or(SimTime::ZERO)
    }

    /// Whether an image is pushed here, or copied, at any time.
    pub fn is_pushed(&self, image: ImageId) -> bool {
        self.pushed.get(image.0 as usize).is_some_and(|&pushed| pushed)
    }

    /// Whether an image has been pushed here, or copied, so that no upstream need be asked.
    pub fn has_own(&self, image: ImageId, now: SimTime) -> bool {
        self.is_pushed(image) && self.has(image, now)
    }

    /// An image is not here unless it is pushed.
    pub fn clear(&mut self, image: ImageId) {
        *place(&mut self.since, image, SimTime::ZERO) = SimTime::MAX;
    }

    /// An image is here from `at` on, if it is not earlier.
    pub fn push(&mut self, image: ImageId, at: SimTime) {
        let pushed = place(&mut self.pushed, image, false);
        let is_first = !std::mem::replace(pushed, true);
        let since = place(&mut self.since, image, SimTime::ZERO);
        *since = if is_first { at } else { at.min(*since) };
    }

    /// Whether an engine, or a registry where none is named, is denied an image.
    pub fn denies(&self, image: ImageId, client: Option<u32>) -> bool {
        match self.denied.get(image.0 as usize) {
            None | Some(Denial::Nobody) => false,
            Some(Denial::Clients(clients)) => {
                client.is_some_and(|client| clients.contains(&client))
            }
            Some(Denial::All) => true,
        }
    }

    /// How an engine's call of this kind about an image is refused.
    pub fn refuses(&self, image: ImageId, call: Call) -> Option<RegistryError> {
        let (refused, error) = self.refused.get(image.0 as usize).copied().flatten()?;
        (refused == call).then_some(error)
    }

    /// Refuses the engines' calls of one kind about an image.
    pub fn refuse(&mut self, image: ImageId, call: Call, error: RegistryError) {
        *place(&mut self.refused, image, None) = Some((call, error));
    }

    /// Denies an image to one client or to all.
    pub fn deny(&mut self, image: ImageId, client: Option<u32>) {
        let denial = place(&mut self.denied, image, Denial::Nobody);
        match (client, &mut *denial) {
            (None, _) => *denial = Denial::All,
            (Some(_), Denial::All) => {}
            (Some(client), Denial::Clients(clients)) => clients.push(client),
            (Some(client), Denial::Nobody) => *denial = Denial::Clients(vec![client]),
        }
    }
}

fn place<T: Clone>(values: &mut Vec<T>, image: ImageId, otherwise: T) -> &mut T {
    let index = image.0 as usize;
    if values.len() <= index {
        values.resize(index + 1, otherwise);
    }
    &mut values[index]
}
