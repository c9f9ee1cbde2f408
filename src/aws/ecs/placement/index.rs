//! An index of the instances that can take a certain task, in the order of its strategies.
//!
//! Strategies that spread by attributes make a tree: below each value of the first attribute those
//! of the second, and so on. The leaves hold instances in the order of all other strategies. Each
//! inner node orders its children by their tasks, then by the best that each of them has. So the
//! best instance of all is the first of the root, and a change of one instance touches one way
//! from a leaf up: O(log instances) but for the leaf, a sorted list in which a few entries move.

use std::collections::{BTreeMap, BTreeSet};

use super::{Demand, Field, Instance, Resource, Strategy};
use crate::engine::Stream;

/// Most strategies of a service, by the API.
pub(super) const MOST_STRATEGIES: usize = 5;

/// What instances are ordered by: a number for each strategy, then the order of registration.
type Key = ([u32; MOST_STRATEGIES], u32);

/// The instances that can take a task.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// Attributes that tasks are spread by.
    attributes: Vec<String>,
    /// What instances with equal attributes are ordered by.
    numbers: Vec<Number>,
    /// Whether any of the best is taken.
    random: bool,
    /// Values of attributes by number.
    values: BTreeMap<Option<String>, u32>,
    root: Node,
    seen: BTreeMap<u32, Seen>,
}

/// A number of an instance.
#[derive(Clone, Copy, Debug)]
enum Number {
    Tasks,
    Left(Resource),
}

/// How an instance was when it was last looked at.
#[derive(Clone, Debug)]
struct Seen {
    /// Its values of the attributes.
    path: Vec<u32>,
    tasks: u32,
    /// Its place; none where it cannot take the task.
    key: Option<Key>,
}

#[derive(Clone, Debug)]
enum Node {
    Inner(Inner),
    Leaf(Vec<Key>),
}

/// The values of one attribute.
#[derive(Clone, Debug, Default)]
struct Inner {
    children: BTreeMap<u32, Child>,
    /// Children that have an instance for the task, by the best one.
    order: BTreeSet<(Key, u32)>,
}

#[derive(Clone, Debug)]
struct Child {
    /// Tasks of the group on all instances below, whether they can take another or not.
    tasks: u32,
    node: Node,
}

/// What became of an instance.
struct Change {
    tasks_before: u32,
    tasks: u32,
    before: Option<Key>,
    now: Option<Key>,
}

impl Index {
    /// An index without instances; none where strategies spread by an attribute after others,
    /// which nobody has been seen to use, and no tree is made for.
    pub fn new(strategies: &[Strategy]) -> Option<Self> {
        let mut index = Self {
            attributes: Vec::new(),
            numbers: Vec::new(),
            random: false,
            values: BTreeMap::new(),
            root: Node::Leaf(Vec::new()),
            seen: BTreeMap::new(),
        };
        for strategy in strategies {
            match strategy {
                Strategy::Random => {
                    index.random = true;
                    break;
                }
                Strategy::Spread(Field::Attribute(name)) if index.numbers.is_empty() => {
                    index.attributes.push(name.clone());
                }
                Strategy::Spread(Field::Attribute(_)) => return None,
                Strategy::Spread(Field::Instance) => index.numbers.push(Number::Tasks),
                Strategy::Binpack(resource) => index.numbers.push(Number::Left(*resource)),
            }
        }
        let levels = index.attributes.len() + index.numbers.len();
        index.root = Node::new(index.attributes.len());
        (levels <= MOST_STRATEGIES).then_some(index)
    }

    /// Looks at an instance again; none if it is gone.
    pub fn look(&mut self, id: u32, instance: Option<&Instance>, demand: &Demand) {
        let now = instance.map(|instance| {
            let path = self.attributes.iter().map(|name| {
                let value = instance.attribute(name).map(str::to_owned);
                let next = self.values.len() as u32;
                *self.values.entry(value).or_insert(next)
            });
            let path = path.collect();
            let fits = instance.refusal(demand).is_none();
            Seen {
                path,
                tasks: instance.tasks_of(&demand.group),
                key: fits.then(|| self.key(id, instance, demand)),
            }
        });
        let before = match &now {
            Some(now) => self.seen.insert(id, now.clone()),
            None => self.seen.remove(&id),
        };
        // attributes are those of the registration, so that an instance keeps its way
        let Some(path) = now.as_ref().or(before.as_ref()).map(|seen| seen.path.clone()) else {
            return;
        };
        let tasks = |seen: &Option<Seen>| seen.as_ref().map_or(0, |seen| seen.tasks);
        let key = |seen: &Option<Seen>| seen.as_ref().and_then(|seen| seen.key);
        let change = Change {
            tasks_before: tasks(&before),
            tasks: tasks(&now),
            before: key(&before),
            now: key(&now),
        };
        self.root.change(0, &path, &change);
    }

    /// Drops instances that are gone, of which nobody told.
    pub fn forget_all_but(&mut self, instances: &BTreeMap<u32, Instance>) {
        let gone = self.seen.keys().copied().filter(|id| !instances.contains_key(id));
        for id in gone.collect::<Vec<_>>() {
            self.look(id, None, &Demand::default());
        }
    }

    fn key(&self, id: u32, instance: &Instance, demand: &Demand) -> Key {
        let mut numbers = [0; MOST_STRATEGIES];
        for (place, number) in self.numbers.iter().enumerate() {
            numbers[self.attributes.len() + place] = match number {
                Number::Tasks => instance.tasks_of(&demand.group),
                Number::Left(resource) => resource.left(instance.left()),
            };
        }
        (numbers, id)
    }

    /// The best instance, or any of the best.
    pub fn choose(&self, stream: &mut Stream) -> Option<u32> {
        let (best, id) = self.root.best()?;
        if !self.random {
            return Some(id);
        }
        let mut equals = Vec::new();
        self.root.equals(0, &best, &mut equals);
        let count = equals.iter().map(|keys| keys.len()).sum();
        Some(nth(&equals, stream.below(count)))
    }
}

/// The instance at a place in the order of registration, of lists that are each in that order.
fn nth(lists: &[&[Key]], place: usize) -> u32 {
    let up_to = |id: u32| -> usize {
        lists.iter().map(|keys| keys.partition_point(|key| key.1 <= id)).sum()
    };
    let last = lists.iter().filter_map(|keys| keys.last()).map(|key| key.1).max();
    let (mut low, mut high) = (0, last.unwrap_or(0));
    while low < high {
        let middle = low + (high - low) / 2;
        if up_to(middle) > place { high = middle } else { low = middle + 1 }
    }
    low
}

impl Node {
    fn new(levels: usize) -> Self {
        if levels == 0 { Self::Leaf(Vec::new()) } else { Self::Inner(Inner::default()) }
    }

    fn best(&self) -> Option<Key> {
        match self {
            Self::Inner(inner) => inner.order.first().map(|(key, _)| *key),
            Self::Leaf(keys) => keys.first().copied(),
        }
    }

    fn change(&mut self, depth: usize, path: &[u32], change: &Change) {
        match self {
            Self::Leaf(keys) => move_key(keys, change.before, change.now),
            Self::Inner(inner) => {
                let value = path[depth];
                let levels = path.len() - depth - 1;
                let child = inner
                    .children
                    .entry(value)
                    .or_insert_with(|| Child { tasks: 0, node: Self::new(levels) });
                if let Some(key) = child.key(depth) {
                    inner.order.remove(&(key, value));
                }
                child.tasks = child.tasks + change.tasks - change.tasks_before;
                child.node.change(depth + 1, path, change);
                match child.key(depth) {
                    Some(key) => {
                        inner.order.insert((key, value));
                    }
                    None if child.tasks == 0 => {
                        inner.children.remove(&value);
                    }
                    None => {}
                }
            }
        }
    }

    /// Lists of the instances whose numbers are these, but for those that come from above.
    fn equals<'a>(
        &'a self,
        depth: usize,
        best: &[u32; MOST_STRATEGIES],
        lists: &mut Vec<&'a [Key]>,
    ) {
        match self {
            Self::Leaf(keys) => {
                let start = keys.partition_point(|key| key.0[depth..] < best[depth..]);
                let end = keys.partition_point(|key| key.0[depth..] <= best[depth..]);
                lists.push(&keys[start..end]);
            }
            Self::Inner(inner) => {
                let equal = |(key, _): &&(Key, u32)| key.0[depth..] == best[depth..];
                for (_, value) in inner.order.iter().take_while(equal) {
                    inner.children[value].node.equals(depth + 1, best, lists);
                }
            }
        }
    }
}

impl Child {
    /// Its best instance with its own tasks, for the order of its parent.
    fn key(&self, depth: usize) -> Option<Key> {
        let (mut numbers, id) = self.node.best()?;
        numbers[depth] = self.tasks;
        Some((numbers, id))
    }
}

/// Moves an entry of a sorted list: only what stands between its two places is moved.
fn move_key(keys: &mut Vec<Key>, before: Option<Key>, now: Option<Key>) {
    let place = |keys: &[Key], key: &Key| keys.partition_point(|other| other < key);
    match (before, now) {
        (None, None) => {}
        (None, Some(now)) => keys.insert(place(keys, &now), now),
        (Some(before), None) => {
            keys.remove(place(keys, &before));
        }
        (Some(before), Some(now)) => {
            let (from, to) = (place(keys, &before), place(keys, &now));
            keys[from] = now;
            if to > from {
                keys[from..to].rotate_left(1);
            } else {
                keys[to..=from].rotate_right(1);
            }
        }
    }
}

impl Resource {
    pub(super) fn left(self, left: super::Left) -> u32 {
        match self {
            Self::Cpu => left.cpu.0,
            Self::Memory => left.memory.0,
        }
    }
}
