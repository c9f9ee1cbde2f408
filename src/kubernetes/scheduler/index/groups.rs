//! Nodes that get the same answers, in order of what they score by themselves.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::levels::Levels;
use super::ranks::Ranks;

/// A group of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroupId(NonZeroU32);

impl GroupId {
    fn at(index: usize) -> Self {
        let number = u32::try_from(index + 1).expect("at most one for each node");
        Self(NonZeroU32::new(number).expect("it is one more than another"))
    }

    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A node in its group: those that score more by themselves come first, and of equal ones the one
/// with the smaller rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member(u64);

impl Member {
    /// The level of nodes that score so much by themselves: the lower, the more it is.
    #[inline]
    pub fn level_of(own: i64) -> u32 {
        let own = i32::try_from(own).expect("weighted scores are far below 2^31");
        i32::MAX.abs_diff(own)
    }

    pub fn at(level: u32, rank: u32) -> Self {
        Self(u64::from(level) << 32 | u64::from(rank))
    }

    pub fn rank(self) -> u32 {
        self.0 as u32
    }

    /// Whether another one scores as much by itself.
    pub fn equals(self, other: Self) -> bool {
        self.level() == other.level()
    }

    /// What it scores by itself, up to a constant.
    fn level(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// All groups.
#[derive(Debug, Default)]
pub(super) struct Groups {
    known: BTreeMap<Box<[u32]>, GroupId>,
    groups: Vec<Levels>,
}

impl Groups {
    /// The group of a key.
    pub fn of(&mut self, key: &[u32]) -> GroupId {
        if let Some(&group) = self.known.get(key) {
            return group;
        }
        let group = GroupId::at(self.groups.len());
        self.groups.push(Levels::default());
        self.known.insert(key.into(), group);
        group
    }

    /// How many groups there ever were.
    pub fn count(&self) -> usize {
        self.groups.len()
    }

    /// Adds a node, which is in no group.
    pub fn add(&mut self, group: GroupId, member: Member) {
        self.groups[group.index()].insert(member.level(), member.rank());
    }

    /// Takes a node out of its group.
    pub fn remove(&mut self, group: GroupId, member: Member) {
        self.groups[group.index()].remove(member.level(), member.rank());
    }

    /// Has a node of a group stand elsewhere in it.
    pub fn shift(&mut self, group: GroupId, before: Member, now: Member) {
        self.groups[group.index()].shift(now.rank(), before.level(), now.level());
    }

    /// Groups that are not empty: the group, one of its first members, and how many there are.
    pub fn iter(&self) -> impl Iterator<Item = (GroupId, Member, u32)> {
        self.groups.iter().enumerate().filter_map(|(index, group)| {
            let first = level(group.lowest()?).next().expect("the lowest level has a rank");
            Some((GroupId::at(index), first, group.count()))
        })
    }

    /// All members of a group.
    pub fn members(&self, group: GroupId) -> impl Iterator<Item = Member> {
        self.groups[group.index()].iter().flat_map(level)
    }

    /// Appends the ranks of the first members of a group, which score equally.
    pub fn append_tied(&self, group: GroupId, list: &mut Vec<u32>) {
        if let Some((_, ranks)) = self.groups[group.index()].lowest() {
            ranks.append_to(list);
        }
    }
}

/// The members of a level.
fn level((level, ranks): (u32, &Ranks)) -> impl Iterator<Item = Member> {
    ranks.iter().map(move |rank| Member::at(level, rank))
}
