//! Which images a registry has, what their names stand for, and whom it gives them.
//!
//! A name (a repository with a tag) stands for one image at a time: a push puts it on another, and
//! what is deleted leaves it without any.

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

/// From when on a name stands for an image, or for none.
type Change = (SimTime, Option<ImageId>);

/// The images of a registry. What is not said is there from the start, and for all.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// By name: what became of it, in the order of time.
    changes: Vec<Vec<Change>>,
    /// Whether each name was pushed here.
    pushed: Vec<bool>,
    /// By content: when it was last given to who did not have it.
    pulled: Vec<Option<SimTime>>,
    denied: Vec<Denial>,
    /// The call that fails for all engines, and how.
    refused: Vec<Option<(Call, RegistryError)>>,
}

impl Shelf {
    /// What a name stands for; that which the scenario says of it where nothing was pushed.
    pub fn content(&self, name: ImageId, now: SimTime) -> Option<ImageId> {
        let changes = self.changes.get(name.0 as usize).map_or(&[][..], Vec::as_slice);
        let passed = changes.partition_point(|&(since, _)| since <= now);
        passed.checked_sub(1).map_or(Some(name), |last| changes[last].1)
    }

    /// Whether there is an image of a name.
    pub fn has(&self, name: ImageId, now: SimTime) -> bool {
        self.content(name, now).is_some()
    }

    /// Whether there is an image of a name that was pushed here, or copied, so that no upstream
    /// need be asked.
    pub fn has_own(&self, name: ImageId, now: SimTime) -> bool {
        self.pushed.get(name.0 as usize).is_some_and(|&pushed| pushed) && self.has(name, now)
    }

    /// An image is not here unless it is pushed.
    pub fn clear(&mut self, name: ImageId) {
        self.change(name, SimTime::ZERO, None);
    }

    /// From `at` on, a name stands for this.
    pub fn push(&mut self, name: ImageId, content: ImageId, at: SimTime) {
        *place(&mut self.pushed, name, false) = true;
        self.change(name, at, Some(content));
    }

    /// From `at` on, a name stands for this or for nothing.
    pub fn change(&mut self, name: ImageId, at: SimTime, content: Option<ImageId>) {
        let changes = place(&mut self.changes, name, Vec::new());
        let later = changes.partition_point(|&(since, _)| since <= at);
        changes.insert(later, (at, content));
    }

    /// A content is given to who did not have it.
    pub fn pull(&mut self, content: ImageId, now: SimTime) {
        *place(&mut self.pulled, content, None) = Some(now);
    }

    /// When a content was last given to who did not have it.
    pub fn pulled(&self, content: ImageId) -> Option<SimTime> {
        self.pulled.get(content.0 as usize).copied().flatten()
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
