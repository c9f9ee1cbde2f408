//! Every shape once.

use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::HashTable;

use super::super::shape::{PodShape, ShapeId};

/// The shapes of all pods there ever were, each once. Found by hash, never walked by it.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    shapes: Vec<(u64, PodShape)>,
    known: HashTable<ShapeId>,
}

impl Shapes {
    /// Keeps a shape, unless an equal one is kept already.
    pub fn intern(&mut self, shape: PodShape) -> ShapeId {
        let mut hasher = DefaultHasher::new();
        shape.hash(&mut hasher);
        let hash = hasher.finish();
        let shapes = &self.shapes;
        let same = |id: &ShapeId| shapes[id.0 as usize].1 == shape;
        if let Some(&id) = self.known.find(hash, same) {
            return id;
        }
        let id = ShapeId(u32::try_from(shapes.len()).expect("fewer than 2^32 shapes"));
        self.shapes.push((hash, shape));
        let shapes = &self.shapes;
        self.known.insert_unique(hash, id, |id| shapes[id.0 as usize].0);
        id
    }

    /// A shape.
    #[must_use]
    pub fn get(&self, id: ShapeId) -> &PodShape {
        &self.shapes[id.0 as usize].1
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }
}
