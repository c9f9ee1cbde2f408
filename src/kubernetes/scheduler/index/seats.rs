//! Where nodes stand to a class: of which kind each is, in which group, and at which level there.

use std::collections::BTreeMap;

use super::groups::{GroupId, Groups, Member};
use super::order::Order;
use crate::kubernetes::scheduler::node::NodeId;

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

/// A node to a class. There are as many as nodes times shapes, all of them touched again and
/// again, so they are small: kinds and groups, of which there are few, are told in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub seat: SeatId,
    /// As its group counts it.
    pub level: u32,
}

impl Standing {
    /// The node as a member of its group.
    pub fn member(self, node: NodeId, order: &Order) -> Member {
        Member::at(self.level, order.rank(node))
    }
}

/// All kinds and seats, and every node's standing.
#[derive(Debug)]
pub(super) struct Seats {
    kinds: Vec<Kind>,
    seats: Vec<Seat>,
    /// Those in groups, by what tells nodes apart, with the number of the kind first.
    known: BTreeMap<Box<[u32]>, SeatId>,
    /// By node.
    standings: Vec<Standing>,
}

impl Seats {
    /// No kind, and so many nodes, on none of which a pod of the shape can ever run.
    pub fn new(nodes: usize) -> Self {
        let nowhere = Standing { seat: SeatId(0), level: 0 };
        let standings = vec![nowhere; nodes];
        let mut seats =
            Self { kinds: Vec::new(), seats: Vec::new(), known: BTreeMap::new(), standings };
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
    pub fn enter(&mut self, node: NodeId, kind: KindId) {
        self.standings[node.index()].seat = kind.seat();
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.standings.len()
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

    /// How a node stands.
    #[inline]
    pub fn standing(&self, node: NodeId) -> Standing {
        self.standings[node.index()]
    }

    /// Has a node stand elsewhere; how it stood.
    #[inline]
    pub fn put(&mut self, node: NodeId, now: Standing) -> Standing {
        std::mem::replace(&mut self.standings[node.index()], now)
    }

    /// The group of nodes that stand so; none where they are in none.
    #[inline]
    pub fn group(&self, standing: Standing) -> Option<GroupId> {
        self.seats[standing.seat.0 as usize].group
    }

    /// A standing out of all groups.
    pub fn outside(&self, standing: Standing) -> Standing {
        let kind = self.seats[standing.seat.0 as usize].kind;
        Standing { seat: kind.seat(), ..standing }
    }
}
