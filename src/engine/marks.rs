//! Which few of many are to be looked at next.

/// Indices that were marked, each once, in the order in which that was done. Asking for one and
/// marking it cost the same however many there are.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    marked: Vec<u32>,
    /// By index.
    is_marked: Vec<bool>,
}

impl Marks {
    /// Whether an index is marked.
    #[must_use]
    pub fn has(&self, index: usize) -> bool {
        self.is_marked.get(index).is_some_and(|&marked| marked)
    }

    /// Marks an index.
    ///
    /// # Panics
    /// When it is beyond 2^32.
    pub fn mark(&mut self, index: usize) {
        if self.is_marked.len() <= index {
            self.is_marked.resize(index + 1, false);
        }
        if !std::mem::replace(&mut self.is_marked[index], true) {
            self.marked.push(u32::try_from(index).expect("there are fewer than 2^32"));
        }
    }

    /// All that are marked.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.marked.iter().map(|&index| index as usize)
    }

    /// Looks at all that are marked; those stay that are to.
    pub fn retain(&mut self, mut stays: impl FnMut(usize) -> bool) {
        let is_marked = &mut self.is_marked;
        self.marked.retain(|&index| {
            is_marked[index as usize] = stays(index as usize);
            is_marked[index as usize]
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_marked_once_until_it_was_looked_at() {
        let mut marks = Marks::default();
        for index in [5, 2, 5, 9, 2] {
            marks.mark(index);
        }
        assert_eq!(marks.iter().collect::<Vec<_>>(), [5, 2, 9]);
        let mut seen = Vec::new();
        marks.retain(|index| {
            seen.push(index);
            index == 2
        });
        assert_eq!(seen, [5, 2, 9]);
        assert_eq!([2, 5, 9, 100].map(|index| marks.has(index)), [true, false, false, false]);
        marks.mark(5);
        assert_eq!(marks.iter().collect::<Vec<_>>(), [2, 5]);
    }
}
