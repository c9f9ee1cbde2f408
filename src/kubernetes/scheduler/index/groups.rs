//! Nodes that get the same answers, in order of what they score by themselves.

use std::collections::{BTreeMap, BTreeSet};

/// A group of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroupId(u32);

impl GroupId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node in its group: those that score more by themselves come first, and of equal ones the one
/// with the smaller rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member(u64);

impl Member {
    pub fn new(own: i64, rank: u32) -> Self {
        let own = i32::try_from(own).expect("weighted scores are far below 2^31");
        let below = i32::MAX.abs_diff(own);
        Self(u64::from(below) << 32 | u64::from(rank))
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
    members: Vec<BTreeSet<Member>>,
}

impl Groups {
    /// The group of a key.
    pub fn of(&mut self, key: &[u32]) -> GroupId {
        if let Some(&group) = self.known.get(key) {
            return group;
        }
        let group = GroupId(u32::try_from(self.members.len()).expect("at most one for each node"));
        self.members.push(BTreeSet::new());
        self.known.insert(key.into(), group);
        group
    }

    /// How many groups there ever were.
    pub fn count(&self) -> usize {
        self.members.len()
    }

    pub fn add(&mut self, group: GroupId, member: Member) {
        self.members[group.0 as usize].insert(member);
    }

    pub fn remove(&mut self, group: GroupId, member: Member) {
        self.members[group.0 as usize].remove(&member);
    }

    /// Groups that are not empty: the group, its first member, and how many there are.
    pub fn iter(&self) -> impl Iterator<Item = (GroupId, Member, u32)> {
        (0..).zip(&self.members).filter_map(|(group, members)| {
            Some((GroupId(group), *members.first()?, members.len() as u32))
        })
    }

    /// All members of a group.
    pub fn members(&self, group: GroupId) -> impl Iterator<Item = Member> {
        self.members[group.0 as usize].iter().copied()
    }

    /// The first members of a group, which score equally.
    pub fn tied(&self, group: GroupId) -> impl Iterator<Item = Member> {
        let members = &self.members[group.0 as usize];
        let level = members.first().map(|first| first.level());
        members.iter().copied().take_while(move |member| Some(member.level()) == level)
    }
}
