//! Dense storage whose places are used again, under another generation each time.
//!
//! This is how an event that comes too late is recognised: it carries the [`Tag`] of what it is
//! about, and the value of an old tag is not found any more. Nothing is searched for in the
//! calendar.

use super::ahead::fetch;

/// Values in numbered places. A place keeps its number as long as its value lives; then it is
/// given to another value under the next generation, so memory grows with the number of values
/// alive at once and not with how many there ever were.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    places: Vec<Place<T>>,
    vacant: Vec<u32>,
    /// Places without a value that are not vacant yet.
    kept: usize,
}

#[derive(Clone, Debug)]
struct Place<T> {
    generation: u32,
    value: Option<T>,
}

/// A place at a generation: what an event carries to find its value, or to find it gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Number of the place.
    pub index: u32,
    /// How often the place had been vacated.
    pub generation: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), vacant: Vec::new(), kept: 0 }
    }
}

impl<T> Slab<T> {
    /// Stores a value; returns its place.
    #[inline]
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(index) = self.vacant.pop() {
            self.places[index as usize].value = Some(value);
            return index;
        }
        let index = u32::try_from(self.places.len()).expect("there are fewer than 2^32 places");
        self.places.push(Place { generation: 0, value: Some(value) });
        index
    }

    /// Takes a value out; events that still carry its tag will not find it.
    ///
    /// # Panics
    /// When there is none.
    #[inline]
    pub fn remove(&mut self, index: u32) -> T {
        let value = self.take(index);
        self.vacate(index);
        value
    }

    /// As [`Slab::remove`], but no other value gets the place before it is [vacated](Slab::vacate):
    /// for places that others know who have not heard yet that the value is gone.
    ///
    /// # Panics
    /// When there is none.
    #[inline]
    pub fn take(&mut self, index: u32) -> T {
        let place = &mut self.places[index as usize];
        place.generation = place.generation.wrapping_add(1);
        self.kept += 1;
        place.value.take().expect("what is removed is there")
    }

    /// The place of a value that was [taken](Slab::take) is for others from now on.
    #[inline]
    pub fn vacate(&mut self, index: u32) {
        debug_assert!(self.get(index).is_none(), "the place has a value");
        self.kept -= 1;
        self.vacant.push(index);
    }

    /// The value in a place, whichever it is.
    #[inline]
    pub fn get(&self, index: u32) -> Option<&T> {
        self.places.get(index as usize)?.value.as_ref()
    }

    /// The value in a place, whichever it is.
    #[inline]
    pub fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.places.get_mut(index as usize)?.value.as_mut()
    }

    /// The tag of a place now.
    #[inline]
    pub fn tag(&self, index: u32) -> Tag {
        Tag { index, generation: self.places[index as usize].generation }
    }

    /// The place of a tag, if its value still lives.
    #[inline]
    pub fn current(&self, tag: Tag) -> Option<u32> {
        let place = &self.places[tag.index as usize];
        (place.generation == tag.generation && place.value.is_some()).then_some(tag.index)
    }

    /// The value of a tag, if it still lives.
    #[inline]
    pub fn tagged(&self, tag: Tag) -> Option<&T> {
        let place = self.places.get(tag.index as usize)?;
        if place.generation == tag.generation { place.value.as_ref() } else { None }
    }

    /// Asks for the memory of a place, which is going to be looked at.
    #[inline]
    pub fn fetch(&self, index: u32) {
        if let Some(place) = self.places.get(index as usize) {
            fetch(&place.value);
            fetch(&place.generation);
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.places.len() - self.vacant.len() - self.kept
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All places that are taken, in order, and their values.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(index, place)| Some((index as u32, place.value.as_ref()?)))
    }

    /// All values, in the order of their places.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.places.iter().filter_map(|place| place.value.as_ref())
    }

    /// Number of places, vacant or not.
    pub fn places(&self) -> usize {
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
        assert_eq!((slab.current(tag), slab.tagged(tag), slab.get(first)), (None, None, None));
        assert!(slab.is_empty());
        assert_eq!(slab.insert('b'), first);
        assert_eq!((slab.current(tag), slab[first]), (None, 'b'));
        assert_eq!((slab.places(), slab.len()), (1, 1));
    }

    #[test]
    fn a_place_is_kept_until_it_is_vacated() {
        let mut slab = Slab::default();
        let first = slab.insert('a');
        let tag = slab.tag(first);
        assert_eq!(slab.take(first), 'a');
        assert_eq!((slab.current(tag), slab.get(first), slab.len()), (None, None, 0));
        let second = slab.insert('b');
        assert_ne!(second, first);
        slab.vacate(first);
        assert_eq!((slab.insert('c'), slab.len(), slab.places()), (first, 2, 2));
    }
}
