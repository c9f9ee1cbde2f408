//! Items that belong together, and what that asks of their hosts.

use std::collections::BTreeMap;

use crate::placement::BinId;
use crate::scenario::GroupRule;
use crate::workload::traces::{Column, Table, TraceError};

/// Domains of a group at most.
const MOST_DOMAINS: u64 = 256;

/// A group that an item is of, and its part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Number of the group. One name under two rules are two groups.
    group: u32,
    /// What all of the group keep.
    rule: GroupRule,
    /// Items of different domains are on different racks; 0 under the other rules.
    domain: u8,
}

impl Member {
    /// Of the group of this number.
    pub fn of(group: u32, rule: GroupRule, domain: u8) -> Self {
        Self { group, rule, domain }
    }

    /// The rule that it keeps with another, and whether they are of the same domain; none where
    /// they are of different groups.
    pub fn relation(self, other: Self) -> Option<(GroupRule, bool)> {
        (self.group == other.group).then_some((self.rule, self.domain == other.domain))
    }
}

/// Where the members of all groups are, which decides where others may be.
///
/// The rules hold at every moment: a host that would break one is as good as full. Members that
/// wait, have left or were evicted do not count.
#[derive(Clone, Debug)]
pub struct Groups {
    /// Rack of each host.
    racks: Vec<u32>,
    /// By the number of the group: hosts with members, or racks, with the domain and the number of
    /// those.
    places: Vec<BTreeMap<u32, (u8, u32)>>,
}

impl Groups {
    /// On hosts of these racks, without any item.
    pub fn new(racks: Vec<u32>) -> Self {
        Self { racks, places: Vec::new() }
    }

    /// Whether a host takes a member.
    pub fn allow(&self, host: BinId, member: Member) -> bool {
        let Some(places) = self.places.get(member.group as usize) else { return true };
        match (member.rule, places.get(&self.place(host, member.rule))) {
            (GroupRule::Affinity, None) => places.is_empty(),
            (GroupRule::AntiAffinity | GroupRule::FaultDomain, None) => true,
            (GroupRule::Affinity, Some(_)) => true,
            (GroupRule::AntiAffinity, Some(_)) => false,
            (GroupRule::FaultDomain, Some(&(domain, _))) => domain == member.domain,
        }
    }

    /// The only host that takes a member, where there is only one.
    pub fn home(&self, member: Member) -> Option<BinId> {
        let places = self.places.get(member.group as usize)?;
        let (&host, _) = places.first_key_value().filter(|_| places.len() == 1)?;
        (member.rule == GroupRule::Affinity).then_some(BinId(host))
    }

    /// A member is on a host from now on, which takes it.
    pub fn add(&mut self, host: BinId, member: Member) {
        debug_assert!(self.allow(host, member), "{member:?} on {host:?}");
        let group = member.group as usize;
        if self.places.len() <= group {
            self.places.resize(group + 1, BTreeMap::new());
        }
        let place = self.place(host, member.rule);
        self.places[group].entry(place).or_insert((member.domain, 0)).1 += 1;
    }

    /// A member is not there any more.
    ///
    /// # Panics
    /// When it was not.
    pub fn remove(&mut self, host: BinId, member: Member) {
        let place = self.place(host, member.rule);
        let places = &mut self.places[member.group as usize];
        let (_, members) = places.get_mut(&place).expect("it is there");
        *members -= 1;
        if *members == 0 {
            places.remove(&place);
        }
    }

    /// The same hosts without any item.
    #[cfg(test)]
    pub fn emptied(&self) -> Self {
        Self::new(self.racks.clone())
    }

    /// Groups and places that have members, with their domains and the numbers of members.
    #[cfg(test)]
    pub fn members(&self) -> Vec<(usize, u32, (u8, u32))> {
        let of = |(group, places): (usize, &BTreeMap<u32, (u8, u32)>)| {
            places.iter().map(|(&place, &members)| (group, place, members)).collect::<Vec<_>>()
        };
        self.places.iter().enumerate().flat_map(of).collect()
    }

    fn place(&self, host: BinId, rule: GroupRule) -> u32 {
        match rule {
            GroupRule::Affinity | GroupRule::AntiAffinity => host.0,
            GroupRule::FaultDomain => self.racks[host.index()],
        }
    }
}

/// What the words of a table ask of groups.
#[derive(Clone, Debug, Default)]
pub struct GroupWords {
    /// Where a row says nothing, or the table has no word for it.
    pub usual: Option<GroupRule>,
    /// Words besides the names of the rules.
    pub words: BTreeMap<String, GroupRule>,
    /// Whether one knows the racks of hosts.
    pub has_racks: bool,
}

/// Columns of a table that say which groups its items are of.
#[derive(Debug)]
pub struct GroupColumns {
    group: Column,
    strategy: Option<Column>,
    domain: Option<Column>,
    words: GroupWords,
    /// Numbers of the groups, by their rules and names.
    numbers: [BTreeMap<String, u32>; 3],
    count: u32,
}

impl GroupColumns {
    /// In these columns.
    pub fn new(
        group: Column,
        strategy: Option<Column>,
        domain: Option<Column>,
        words: GroupWords,
    ) -> Self {
        Self { group, strategy, domain, words, numbers: Default::default(), count: 0 }
    }

    /// The group of the row that a table is at; none where its rule or its name is left blank.
    ///
    /// # Errors
    /// When the word is none for a rule, or a domain is missing or cannot be kept apart.
    pub fn read(&mut self, table: &Table) -> Result<Option<Member>, TraceError> {
        if table.is_blank(self.group) {
            return Ok(None);
        }
        let Some(rule) = self.rule(table)? else { return Ok(None) };
        let domain = match rule {
            GroupRule::FaultDomain => self.domain(table)?,
            GroupRule::Affinity | GroupRule::AntiAffinity => 0,
        };
        let name = table.text(self.group);
        let numbers = &mut self.numbers[rule as usize];
        let group = match numbers.get(&*name) {
            Some(&known) => known,
            None => {
                let number = self.count;
                self.count += 1;
                numbers.insert(name.into_owned(), number);
                number
            }
        };
        Ok(Some(Member { group, rule, domain }))
    }

    fn rule(&self, table: &Table) -> Result<Option<GroupRule>, TraceError> {
        let Some(column) = self.strategy.filter(|&column| !table.is_blank(column)) else {
            return Ok(self.words.usual);
        };
        let word = table.text(column);
        let own = self.words.words.get(&*word).copied();
        own.or_else(|| GroupRule::by_name(&word)).map(Some).ok_or_else(|| {
            let known = "`affinity`, `anti-affinity`, `fault-domain`, or a word of `strategies`";
            table.unexpected(column, known)
        })
    }

    fn domain(&self, table: &Table) -> Result<u8, TraceError> {
        if !self.words.has_racks {
            let help = "a rule that needs no racks (or say which hosts share one: `rack` among \
                        the columns of hosts, or `hosts_per_rack`)";
            return Err(table.unexpected(self.strategy.unwrap_or(self.group), help));
        }
        let Some(column) = self.domain else {
            let help = "a rule that needs no `domain` (or say which column it is)";
            return Err(table.unexpected(self.strategy.unwrap_or(self.group), help));
        };
        let domain = table.whole(column)?;
        if domain >= MOST_DOMAINS {
            return Err(table.unexpected(column, "a number of a domain below 256"));
        }
        Ok(domain as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [GroupRule; 3] =
        [GroupRule::Affinity, GroupRule::AntiAffinity, GroupRule::FaultDomain];

    /// Four hosts in two racks; which of them take a member.
    fn allowed(groups: &Groups, member: Member) -> Vec<u32> {
        (0..4).filter(|&host| groups.allow(BinId(host), member)).collect()
    }

    #[test]
    fn members_decide_where_others_may_be_until_they_leave() {
        let mut groups = Groups::new(vec![0, 0, 1, 1]);
        let [together, apart, racks] = RULES.map(|rule| Member::of(rule as u32, rule, 0));
        for member in [together, apart, racks] {
            assert_eq!(allowed(&groups, member), [0, 1, 2, 3]);
            groups.add(BinId(1), member);
        }
        groups.add(BinId(1), together);
        groups.add(BinId(0), racks);
        let other = Member { domain: 1, ..racks };
        let stranger = Member { group: 9, ..together };
        assert_eq!((allowed(&groups, together), groups.home(together)), (vec![1], Some(BinId(1))));
        assert_eq!((allowed(&groups, apart), groups.home(apart)), (vec![0, 2, 3], None));
        assert_eq!(
            (allowed(&groups, racks), allowed(&groups, other)),
            (vec![0, 1, 2, 3], vec![2, 3])
        );
        assert_eq!((allowed(&groups, stranger), groups.home(stranger)), (vec![0, 1, 2, 3], None));
        groups.add(BinId(3), other);
        assert_eq!((allowed(&groups, racks), allowed(&groups, other)), (vec![0, 1], vec![2, 3]));
        groups.remove(BinId(1), together);
        groups.remove(BinId(0), racks);
        for member in [together, apart, racks] {
            assert_ne!(allowed(&groups, Member { domain: 1, ..member }), [0, 1, 2, 3]);
            groups.remove(BinId(1), member);
        }
        assert_eq!(allowed(&groups, other), [0, 1, 2, 3]);
        assert_eq!((allowed(&groups, together), groups.home(together)), (vec![0, 1, 2, 3], None));
    }
}
