//! Pods of one shape, for which whatever is found out about one holds for all.
//!
//! What they want is a ladder: all of it, then less by one preference after another. On each rung
//! it is known which nodes and claims refused for good, since pods only come to them.

use crate::kubernetes::autoscale::karpenter::requirements::Requirements;
use crate::kubernetes::autoscale::karpenter::topology::{Owned, Standing, Topology};
use crate::kubernetes::autoscale::karpenter::wish::Wish;
use crate::kubernetes::scheduler::shape::{PodShape, ShapeId};

/// Places that refused for good.
#[derive(Clone, Debug, Default)]
pub(super) struct Closed {
    places: Vec<bool>,
    /// All before this are closed.
    first: usize,
}

impl Closed {
    /// The first place that may be open.
    pub fn first(&self) -> usize {
        self.first
    }

    /// Whether a place is closed.
    pub fn has(&self, place: usize) -> bool {
        self.places.get(place).copied().unwrap_or(false)
    }

    /// Closes places.
    pub fn close(&mut self, places: &[usize]) {
        let Some(&most) = places.iter().max() else { return };
        if self.places.len() <= most {
            self.places.resize(most + 1, false);
        }
        places.iter().for_each(|&place| self.places[place] = true);
        while self.has(self.first) {
            self.first += 1;
        }
    }
}

/// What they want at some point, and what is known then.
#[derive(Clone, Debug)]
pub(super) struct Rung<'s> {
    pub wish: Wish<'s>,
    pub requirements: Requirements,
    pub strict: Requirements,
    /// Rules about neighbours that they have to keep to.
    pub owned: Vec<Owned>,
    /// Whether what rules about neighbours refuse once is refused for good.
    pub steady: bool,
    /// Nodes, by the order in which they are tried.
    pub nodes: Closed,
    /// Claims, by the order in which they were made.
    pub claims: Closed,
}

impl<'s> Rung<'s> {
    pub fn new(wish: Wish<'s>, owned: Vec<Owned>, topology: &Topology) -> Self {
        let steady = topology.is_steady(&owned);
        let (requirements, strict) = (wish.requirements(), wish.strict_requirements());
        let (nodes, claims) = (Closed::default(), Closed::default());
        Self { wish, requirements, strict, owned, steady, nodes, claims }
    }
}

/// Pods of one shape.
#[derive(Clone, Debug)]
pub(super) struct Kind<'s> {
    /// Its number in this pass.
    pub place: usize,
    pub id: ShapeId,
    pub shape: &'s PodShape,
    /// What volumes demand, as alternatives; none where a claim cannot be used.
    pub volumes: Option<Vec<Requirements>>,
    pub standing: Standing,
    pub ladder: Vec<Rung<'s>>,
    /// Whether the ladder ends here.
    pub complete: bool,
    /// After how many pods had found places there was none for one of these.
    failed: Option<usize>,
}

impl<'s> Kind<'s> {
    pub fn new(
        place: usize,
        id: ShapeId,
        shape: &'s PodShape,
        volumes: Option<Vec<Requirements>>,
        standing: Standing,
        first: Rung<'s>,
    ) -> Self {
        let (ladder, complete, failed) = (vec![first], false, None);
        Self { place, id, shape, volumes, standing, ladder, complete, failed }
    }

    /// Whether there will be no place for one of them, after so many pods found theirs.
    pub fn is_hopeless(&self, found: usize) -> bool {
        let forever = || self.complete && self.ladder.iter().all(|rung| rung.steady);
        self.failed.is_some_and(|failed| failed == found || forever())
    }

    /// There was no place for one of them.
    pub fn fail(&mut self, found: usize) {
        self.failed = Some(found);
    }
}

/// What is asked of a node or a claim.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'k, 's> {
    pub kind: &'k Kind<'s>,
    pub rung: &'k Rung<'s>,
    /// Tells what is wanted apart.
    pub key: (usize, usize),
}

impl<'k, 's> Asked<'k, 's> {
    pub fn new(kind: &'k Kind<'s>, step: usize) -> Self {
        Self { kind, rung: &kind.ladder[step], key: (kind.place, step) }
    }

    /// What volumes demand, as alternatives.
    pub fn volumes(&self) -> &'k [Requirements] {
        self.kind.volumes.as_deref().unwrap_or_default()
    }

    /// Whether neighbours do not matter.
    pub fn is_free(&self) -> bool {
        Topology::is_free(&self.rung.owned, &self.kind.standing)
    }
}

/// What a node or a claim says.
#[derive(Clone, Debug)]
pub(super) enum Answer<T> {
    /// It takes the pod.
    Yes(T),
    /// Not now.
    No,
    /// Neither now nor later.
    Never,
}
