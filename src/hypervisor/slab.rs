//! Dense storage whose places are used again.

/// Values in numbered places. A place keeps its number as long as its value lives; then it is
/// given to another value under the next generation, so memory grows with the number of values
/// alive at once and not with how many there ever were.
#[derive(Clone, Debug)]
pub(super) struct Slab<T> {
    places: Vec<Place<T>>,
    vacant: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Place<T> {
    generation: u32,
    value: Option<T>,
}

/// A place at a generation: what an event carries to find its value, or to find it gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    pub(super) index: u32,
    generation: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), vacant: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Stores a value; returns its place.
    pub(super) fn insert(&mut self, value: T) -> u32 {
        if let Some(index) = self.vacant.pop() {
            self.places[index as usize].value = Some(value);
            return index;
        }
        let index = u32::try_from(self.places.len()).expect("there are fewer than 2^32 places");
        self.places.push(Place { generation: 0, value: Some(value) });
        index
    }

    /// Takes a value out; events that still carry its tag will not find it.
    pub(super) fn remove(&mut self, index: u32) -> T {
        let place = &mut self.places[index as usize];
        place.generation = place.generation.wrapping_add(1);
        self.vacant.push(index);
        place.value.take().expect("what is removed is there")
    }

    pub(super) fn get(&self, index: u32) -> Option<&T> {
        self.places.get(index as usize)?.value.as_ref()
    }

    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.places.get_mut(index as usize)?.value.as_mut()
    }

    /// The tag of a place now.
    pub(super) fn tag(&self, index: u32) -> Tag {
        Tag { index, generation: self.places[index as usize].generation }
    }

    /// The place of a tag, if its value still lives.
    pub(super) fn current(&self, tag: Tag) -> Option<u32> {
        let place = &self.places[tag.index as usize];
        (place.generation == tag.generation && place.value.is_some()).then_some(tag.index)
    }

    /// All values in the order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(index, place)| Some((index as u32, place.value.as_ref()?)))
    }

    /// Number of places, vacant or not.
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, index: u32) -> &T {
        self.get(index).expect("the place is taken")
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        self.get_mut(index).expect("the place is taken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_used_again_and_old_tags_find_nothing() {
        let mut slab = Slab::default();
        let first = slab.insert('a');
        let tag = slab.tag(first);
        assert_eq!(slab.current(tag), Some(first));
        assert_eq!(slab.remove(first), 'a');
        assert_eq!((slab.current(tag), slab.get(first)), (None, None));
        assert_eq!(slab.insert('b'), first);
        assert_eq!((slab.current(tag), slab[first]), (None, 'b'));
        assert_eq!(slab.places(), 1);
    }
}
