//! Where nodes stand to a class: of which kind each is, in which group, and what it scores by
//! itself.

use std::collections::BTreeMap;

use super::group::{BLOCK, Owns};
use super::groups::{GroupId, Groups};

/// What is known about nodes whatever pods are on them.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// Scores that are not normalised.
    own: i64,
    /// Number of the key of scores that are.
    key: u32,
    /// The seat of all nodes that pass, where nothing else tells nodes apart.
    only: Option<SeatId>,
}

/// A kind, by the order in which they were met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KindId(u32);

impl KindId {
    /// That of nodes on which pods of the shape can never run.
    pub const NONE: Self = Self(0);

    pub fn number(self) -> u32 {
        self.0
    }

    /// The seat of nodes of the kind that do not pass.
    pub fn seat(self) -> SeatId {
        SeatId(self.0)
    }
}

/// Nodes of one kind in one group, or in none.
#[derive(Clone, Copy, Debug)]
struct Seat {
    kind: KindId,
    group: Option<GroupId>,
}

/// A seat. The first ones are in no group, one for each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SeatId(u32);

/// A node to a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub seat: SeatId,
    /// What it scores by itself.
    pub own: i32,
}

/// All kinds and seats, and every node's standing. There are as many of those as nodes times
/// shapes, all of them touched again and again, so they are small: kinds and groups, of which there
/// are few, are told in one number.
#[derive(Debug)]
pub(super) struct Seats {
    kinds: Vec<Kind>,
    seats: Vec<Seat>,
    /// Those in groups, by what tells nodes apart, with the number of the kind first.
    known: BTreeMap<Box<[u32]>, SeatId>,
    /// The kind of all nodes, where they are of one, and pods of the shape can run on them.
    only_kind: Option<KindId>,
    /// By place: where the node is.
    taken: Vec<SeatId>,
    /// By place: what the node scores by itself.
    owns: Vec<[i32; BLOCK]>,
}

impl Seats {
    /// No kind, and so many nodes, on none of which a pod of the shape can ever run.
    pub fn new(nodes: usize) -> Self {
        let mut seats = Self {
            kinds: Vec::new(),
            seats: Vec::new(),
            known: BTreeMap::new(),
            only_kind: None,
            taken: vec![KindId::NONE.seat(); nodes],
            owns: vec![[0; BLOCK]; nodes.div_ceil(BLOCK)],
        };
        seats.kind(0, 0);
        seats
    }

    /// One more kind. All are there before the first node is in a group.
    pub fn kind(&mut self, own: i64, key: u32) -> KindId {
        let kind = KindId(self.kinds.len() as u32);
        self.kinds.push(Kind { own, key, only: None });
        self.seats.push(Seat { kind, group: None });
        kind
    }

    /// A node is of a kind.
    pub fn enter(&mut self, place: u32, kind: KindId) {
        self.taken[place as usize] = kind.seat();
    }

    /// All nodes are of kinds now.
    pub fn all_entered(&mut self) {
        let same = self.taken.windows(2).all(|two| two[0] == two[1]);
        let kind = self.taken.first().filter(|_| same).map(|&seat| self.kind_of(seat));
        self.only_kind = kind.filter(|&kind| kind != KindId::NONE);
    }

    /// The kind of all nodes, where they are of one, and pods of the shape can run on them.
    #[inline]
    pub fn only_kind(&self) -> Option<KindId> {
        self.only_kind
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.taken.len()
    }

    /// The kind of nodes in a seat.
    #[inline]
    pub fn kind_of(&self, seat: SeatId) -> KindId {
        self.seats[seat.0 as usize].kind
    }

    /// What nodes of a kind score whatever pods are on them.
    #[inline]
    pub fn own(&self, kind: KindId) -> i64 {
        self.kinds[kind.0 as usize].own
    }

    /// The seat of all nodes of a kind that pass, once it is known that there is but one.
    #[inline]
    pub fn only_one(&self, kind: KindId) -> Option<SeatId> {
        self.kinds[kind.0 as usize].only
    }

    /// The seat of nodes with a key, which begins with the number of their kind.
    pub fn with_key(&mut self, key: &mut [u32], groups: &mut Groups) -> SeatId {
        if let Some(&seat) = self.known.get(key) {
            return seat;
        }
        let seat = SeatId(self.seats.len() as u32);
        self.known.insert((*key).into(), seat);
        let kind = KindId(key[0]);
        let known = &mut self.kinds[kind.0 as usize];
        if key.len() == 1 {
            known.only = Some(seat);
        }
        key[0] = known.key;
        self.seats.push(Seat { kind, group: Some(groups.of(key)) });
        seat
    }

    /// What nodes score by themselves, as far as they are in groups.
    #[inline]
    pub fn owns(&self) -> &Owns {
        &self.owns
    }

    /// How a node stands.
    #[inline]
    pub fn standing(&self, place: u32) -> Standing {
        let place = place as usize;
        Standing { seat: self.taken[place], own: self.owns[place / BLOCK][place % BLOCK] }
    }

    /// Has a node stand elsewhere.
    #[inline]
    pub fn put(&mut self, place: u32, now: Standing) {
        let place = place as usize;
        self.taken[place] = now.seat;
        self.owns[place / BLOCK][place % BLOCK] = now.own;
    }

    /// The group of nodes in a seat; none where they are in none.
    #[inline]
    pub fn group(&self, seat: SeatId) -> Option<GroupId> {
        self.seats[seat.0 as usize].group
    }

    /// A standing out of all groups.
    pub fn outside(&self, standing: Standing) -> Standing {
        Standing { seat: self.kind_of(standing.seat).seat(), ..standing }
    }
}
