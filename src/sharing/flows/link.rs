//! Links, paths over them, and whether a link can be filled at all.

use super::{Class, FlowNetwork, NONE};

/// Links a path may have: registry, zone, host and virtual machine.
pub const MAX_HOPS: usize = 4;

/// A link of a [`FlowNetwork`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u32);

/// The links a flow crosses, each once, kept inline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Path {
    links: [LinkId; MAX_HOPS],
    length: u8,
}

#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Bytes per second.
    pub(super) capacity: f64,
    /// Classes that cross it.
    pub(super) classes: Vec<u32>,
    /// Bytes of ended flows.
    pub(super) carried: u64,
    /// What all classes together could send at their caps and over the rest of their paths, in
    /// bytes per second, each rounded up. An integer, so that it never drifts.
    pub(super) potential: i128,
    /// Whether that is or was more than it carries. Otherwise the link binds nobody.
    pub(super) contended: bool,
    /// The group of the classes that this link holds back.
    pub(super) group: u32,
    /// The rest is kept from one solution to the next; see [`nudge`](super::nudge).
    pub(super) shared: Shared,
}

/// How a contended link's capacity is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    /// The only bottleneck of this part of the network, where there is exactly one; it names
    /// itself. Links that were tied to it once and are not any more may still name it, which only
    /// makes changes there look harder than they are.
    pub(super) bottleneck: u32,
    /// Rate of the flows held by their caps.
    pub(super) fixed: f64,
    /// Number of the flows held by the bottleneck.
    pub(super) moving: u64,
    /// Of a bottleneck: the rates between which its classes stay held by it.
    pub(super) floor: f64,
    pub(super) ceiling: f64,
}

impl Link {
    pub(super) fn new(capacity: f64) -> Self {
        let shared = Shared::unknown();
        let (classes, carried, potential) = (Vec::new(), 0, 0);
        Self { capacity, classes, carried, potential, contended: false, group: NONE, shared }
    }
}

impl Shared {
    pub(super) fn unknown() -> Self {
        Self { bottleneck: NONE, fixed: 0.0, moving: 0, floor: 0.0, ceiling: f64::INFINITY }
    }
}

impl Path {
    /// # Panics
    /// When there are more than [`MAX_HOPS`] links.
    pub(super) fn new(links: &[LinkId]) -> Self {
        assert!(links.len() <= MAX_HOPS, "a path of {} links is too long", links.len());
        let mut path = Self { links: [LinkId(NONE); MAX_HOPS], length: 0 };
        for &link in links {
            if !path.links().contains(&link) {
                path.links[path.len()] = link;
                path.length += 1;
            }
        }
        path
    }

    pub(super) fn links(&self) -> &[LinkId] {
        &self.links[..self.len()]
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.length)
    }
}

impl FlowNetwork {
    /// The most that `count` flows of a class could send over the link at `place` of their path,
    /// as far as their caps and narrower links of the path tell. Of two equal links only one may
    /// count on the other: if both did, neither would bind.
    fn potential(&self, class: &Class, place: usize, count: usize) -> i128 {
        let width = |link: &LinkId| (self.links[link.0 as usize].capacity, *link);
        let path = class.path.links();
        let narrower = path.iter().map(width).filter(|&other| other < width(&path[place]));
        let most = class.cap * count as f64;
        narrower.fold(most, |most, (capacity, _)| most.min(capacity)).ceil() as i128
    }

    pub(super) fn potential_change(&self, class: u32, place: usize, before: usize) -> i128 {
        let class = &self.classes[class as usize];
        self.potential(class, place, class.flows.len()) - self.potential(class, place, before)
    }

    /// Adds a class's potential to the links of its path, or takes it away with `sign` -1.
    pub(super) fn add_potential(&mut self, class: u32, sign: i128) {
        let path = self.classes[class as usize].path;
        for (place, link) in path.links().iter().enumerate() {
            let change = sign * self.potential_change(class, place, 0);
            self.links[link.0 as usize].potential += change;
        }
    }

    /// Finds out whether a link is contended now. Returns whether it has become so.
    ///
    /// It stays contended until its last flow is gone: that is never wrong, and spares the classes
    /// of a machine that hovers about the limit from being tied and untied all the time.
    pub(super) fn recheck(&mut self, link: LinkId) -> bool {
        let state = &mut self.links[link.0 as usize];
        let before = state.contended;
        state.contended = state.potential as f64 > state.capacity || before && state.potential > 0;
        if state.contended != before {
            state.shared = Shared::unknown();
        }
        state.contended && !before
    }
}
