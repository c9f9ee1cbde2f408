//! Nodes that get the same answers, by what tells them apart from others.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::{Index, IndexMut};

use super::group::{Group, Owns};

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

/// All groups.
#[derive(Debug, Default)]
pub(super) struct Groups {
    known: BTreeMap<Box<[u32]>, GroupId>,
    groups: Vec<Group>,
}

impl Groups {
    /// The group of a key.
    pub fn of(&mut self, key: &[u32]) -> GroupId {
        if let Some(&group) = self.known.get(key) {
            return group;
        }
        let group = GroupId::at(self.groups.len());
        self.groups.push(Group::EMPTY);
        self.known.insert(key.into(), group);
        group
    }

    /// How many groups there ever were.
    pub fn count(&self) -> usize {
        self.groups.len()
    }

    /// Groups that are not empty: the group, the place of one of its best nodes, and how many nodes
    /// there are.
    pub fn best(&mut self, owns: &Owns) -> impl Iterator<Item = (GroupId, u32, u32)> {
        self.groups.iter_mut().enumerate().filter_map(|(index, group)| {
            Some((GroupId::at(index), group.find_best(owns)?, group.count()))
        })
    }
}

impl Index<GroupId> for Groups {
    type Output = Group;

    fn index(&self, group: GroupId) -> &Group {
        &self.groups[group.index()]
    }
}

impl IndexMut<GroupId> for Groups {
    fn index_mut(&mut self, group: GroupId) -> &mut Group {
        &mut self.groups[group.index()]
    }
}
