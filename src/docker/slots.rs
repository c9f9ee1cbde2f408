//! Reused slots: memory that follows the number of things there are, not of those there were.

use std::ops::{Index, IndexMut};

#[derive(Clone, Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// Values by index; an index is used again after its value was removed, under another generation.
#[derive(Clone, Debug)]
pub(super) struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// Adds a value. Returns its index and generation.
    pub(super) fn insert(&mut self, value: T) -> (u32, u32) {
        let Some(index) = self.free.pop() else {
            self.slots.push(Slot { generation: 0, value: Some(value) });
            return (self.slots.len() as u32 - 1, 0);
        };
        let slot = &mut self.slots[index as usize];
        slot.value = Some(value);
        (index, slot.generation)
    }

    /// Takes a value out.
    ///
    /// # Panics
    /// When there is none at `index`.
    pub(super) fn remove(&mut self, index: u32) -> T {
        let slot = &mut self.slots[index as usize];
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(index);
        slot.value.take().expect("a slot is emptied once")
    }

    /// The value at `index`, if it is still the one of this generation.
    pub(super) fn get(&self, index: u32, generation: u32) -> Option<&T> {
        let slot = self.slots.get(index as usize)?;
        if slot.generation == generation { slot.value.as_ref() } else { None }
    }

    /// The value at `index`, whichever it is.
    pub(super) fn at(&self, index: u32) -> Option<&T> {
        self.slots.get(index as usize)?.value.as_ref()
    }

    /// The generation of the value at `index`.
    pub(super) fn generation(&self, index: u32) -> u32 {
        self.slots[index as usize].generation
    }

    /// Number of values.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// All values, by index.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|slot| slot.value.as_ref())
    }
}

impl<T> Index<u32> for Slots<T> {
    type Output = T;
    fn index(&self, index: u32) -> &T {
        self.at(index).expect("the slot is in use")
    }
}

impl<T> IndexMut<u32> for Slots<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        self.slots[index as usize].value.as_mut().expect("the slot is in use")
    }
}
