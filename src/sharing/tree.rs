//! The share tree: a capacity shared by nested groups of leaves in which jobs run.
//!
//! ```text
//! root (host) ── group (virtual machine) ── leaf (container) ── jobs (requests)
//! ```
//!
//! At every node capacity is divided by weighted max-min fairness among those that can use it
//! ([`water_fill`](super::water_fill)); within a leaf its jobs share equally
//! ([`jobs`](super::jobs)), and a leaf with a [`Quota`] is throttled when its budget is gone. All
//! of it is exact: work ends at the very nanosecond at which the rates of the fluid model complete
//! it.
//!
//! Cost. Demands are passed up only as far as they change anything. A node with room for everyone
//! is never re-solved; under contention leaves that are alike are solved as one
//! (`bucket`). The whole tree needs a single pending event: [`ShareTree::next`].

mod ahead;
mod bucket;
mod heap;
mod leaf;
mod solve;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Quota;
use super::water_fill::Claim;
use crate::engine::SimTime;
use bucket::Bucket;
use heap::ABSENT;
use leaf::Leaf;

/// A group of a tree; the root is [`ShareTree::ROOT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// A leaf of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafId(pub u32);

/// What there is to share, by how much is wanted.
///
/// A core with two hardware threads does more than one with a single busy thread, but not twice as
/// much: beyond one thread per core each further one adds only `smt_yield` of a core.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// Physical cores.
    pub cores: f64,
    /// Hardware threads per core.
    pub threads_per_core: f64,
    /// Cores' worth of throughput that one more thread on a busy core adds.
    pub smt_yield: f64,
}

impl Capacity {
    /// So many cores of one thread each.
    pub fn cores(cores: f64) -> Self {
        Self { cores, threads_per_core: 1.0, smt_yield: 0.0 }
    }

    /// Number of hardware threads.
    pub fn threads(&self) -> f64 {
        self.cores * self.threads_per_core
    }

    /// Throughput in cores when so many threads are wanted.
    pub fn at(&self, wanted: f64) -> f64 {
        let second = (wanted.min(self.threads()) - self.cores).max(0.0);
        wanted.min(self.cores) + self.smt_yield * second
    }

    /// The most throughput in cores.
    pub fn maximum(&self) -> f64 {
        self.at(self.threads())
    }
}

/// A node's claim against its siblings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Positive; only ratios count.
    pub weight: f64,
    /// Cores that are guaranteed while they are wanted.
    pub floor: f64,
    /// Cores that are never exceeded.
    pub cap: f64,
}

impl Share {
    /// A share of this weight without floor or cap.
    pub fn weighted(weight: f64) -> Self {
        Self { weight, floor: 0.0, cap: f64::INFINITY }
    }

    /// The claim of a node that could use `demand` cores.
    fn claim(&self, demand: f64) -> Claim {
        Claim { weight: self.weight, floor: self.floor.min(demand), cap: demand, count: 1.0 }
    }
}

/// A leaf on its way from one tree to another: its jobs and what is done of them, its background
/// load, its quota, its meters.
#[derive(Clone, Debug)]
pub struct DetachedLeaf<T>(Leaf<T>);

/// What a leaf has had, in core-seconds and seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// CPU time received.
    pub served: f64,
    /// CPU time it could have used.
    pub wanted: f64,
    /// Time it was throttled by its quota.
    pub throttled: f64,
}

#[derive(Clone, Debug)]
struct Group {
    parent: Option<GroupId>,
    share: Share,
    paused: bool,
    buckets: Vec<Bucket>,
    children: Vec<GroupId>,
    /// Cores all members could use.
    wanted: f64,
    /// Of these, what it asks its parent for.
    demand: f64,
    /// Cores it gets.
    rate: f64,
    /// Whether some member gets less than it could use.
    contended: bool,
    /// The water level when it last was.
    height: f64,
    /// The child through which a change came up, to be re-solved on the way down.
    changed: Option<GroupId>,
    /// When something is next to happen in it.
    next: SimTime,
}

impl Group {
    fn new(parent: Option<GroupId>, share: Share) -> Self {
        Self {
            parent,
            share,
            paused: false,
            buckets: Vec::new(),
            children: Vec::new(),
            wanted: 0.0,
            demand: 0.0,
            rate: 0.0,
            contended: false,
            height: 0.0,
            changed: None,
            next: SimTime::MAX,
        }
    }
}

/// See the [module documentation](self). `T` is what a job is known by to its owner.
#[derive(Clone, Debug)]
pub struct ShareTree<T> {
    capacity: Capacity,
    /// Threads' worth of time that is had at most.
    limit: f64,
    groups: Vec<Group>,
    leaves: Vec<Leaf<T>>,
    /// Where each leaf stands in the heap of its bucket.
    places: Vec<u32>,
    free_groups: Vec<GroupId>,
    free_leaves: Vec<LeafId>,
    /// Ends of quota periods that matter, and whose.
    refills: BinaryHeap<Reverse<(SimTime, LeafId)>>,
    now: SimTime,
    /// Integrals over time, in core-seconds: throughput, and threads wanted beyond those there are.
    used: f64,
    waiting: f64,
    /// What of all that is wanted are no threads that wait for one.
    unqueued: f64,
    scratch: solve::Scratch,
}

impl<T: Copy> ShareTree<T> {
    /// The group at the top.
    pub const ROOT: GroupId = GroupId(0);

    /// A tree that shares `capacity`, with nothing in it.
    pub fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            limit: f64::INFINITY,
            groups: vec![Group::new(None, Share::weighted(1.0))],
            leaves: Vec::new(),
            places: Vec::new(),
            free_groups: Vec::new(),
            free_leaves: Vec::new(),
            refills: BinaryHeap::new(),
            now: SimTime::ZERO,
            used: 0.0,
            waiting: 0.0,
            unqueued: 0.0,
            scratch: solve::Scratch::default(),
        }
    }

    /// What is shared.
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// Threads that would be busy at this moment, were there no limit.
    pub fn busy(&self) -> f64 {
        self.groups[0].wanted.min(self.capacity.threads())
    }

    /// From now on all busy threads together have the time of so many at most, by which each is
    /// slowed down alike; infinity for no limit.
    pub fn set_limit(&mut self, now: SimTime, threads: f64) {
        if threads != self.limit {
            self.meter(now);
            self.limit = threads;
            self.propagate(now, Self::ROOT);
        }
    }

    /// Throughput in cores when so many threads are wanted.
    fn throughput_at(&self, wanted: f64) -> f64 {
        let busy = wanted.min(self.capacity.threads());
        let full = self.capacity.at(wanted);
        if busy > self.limit { full * (self.limit / busy) } else { full }
    }

    /// Adds an empty group.
    pub fn add_group(&mut self, parent: GroupId, share: Share) -> GroupId {
        let group = Group::new(Some(parent), share);
        let id = match self.free_groups.pop() {
            Some(id) => {
                self.groups[id.0 as usize] = group;
                id
            }
            None => {
                self.groups.push(group);
                GroupId(self.groups.len() as u32 - 1)
            }
        };
        self.groups[parent.0 as usize].children.push(id);
        id
    }

    /// Removes a group.
    ///
    /// # Panics
    /// When it still has members.
    pub fn remove_group(&mut self, id: GroupId) {
        let group = &self.groups[id.0 as usize];
        assert!(
            group.children.is_empty() && group.buckets.iter().all(Bucket::is_empty),
            "a group is removed after its members"
        );
        let parent = group.parent.expect("the root is never removed");
        self.groups[parent.0 as usize].children.retain(|&child| child != id);
        self.free_groups.push(id);
    }

    /// Adds a leaf whose jobs use at most `per_job` cores each.
    pub fn add_leaf(
        &mut self,
        now: SimTime,
        group: GroupId,
        share: Share,
        per_job: f64,
        quota: Option<Quota>,
    ) -> LeafId {
        let leaf = Leaf::new(group, share, per_job, quota, now);
        if let Some(id) = self.free_leaves.pop() {
            self.leaves[id.0 as usize] = leaf;
            return id;
        }
        self.leaves.push(leaf);
        self.places.push(ABSENT);
        LeafId(self.leaves.len() as u32 - 1)
    }

    /// Removes a leaf; its jobs are cut off and their tokens pushed to `cut_off`. Returns what it
    /// had.
    pub fn remove_leaf(&mut self, now: SimTime, id: LeafId, cut_off: &mut Vec<T>) -> Usage {
        self.clear(now, id, cut_off);
        self.set_background(now, id, 0.0);
        let usage = self.usage(now, id);
        self.leaves[id.0 as usize].refill = None;
        self.free_leaves.push(id);
        usage
    }

    /// Takes a leaf out with all that is in it, to go on in another tree.
    pub fn take_leaf(&mut self, now: SimTime, id: LeafId) -> DetachedLeaf<T> {
        self.settle(now, id);
        let leaf = &mut self.leaves[id.0 as usize];
        // who is paused wants nothing, and so is in no bucket
        let paused = std::mem::replace(&mut leaf.paused, true);
        self.changed(now, id);
        let leaf = &mut self.leaves[id.0 as usize];
        let empty = Leaf::new(leaf.group, leaf.share, 0.0, None, now);
        let taken = std::mem::replace(leaf, empty);
        self.free_leaves.push(id);
        DetachedLeaf(taken.detached(paused))
    }

    /// Puts a leaf that was taken out of another tree into a group of this one.
    pub fn put_leaf(&mut self, now: SimTime, group: GroupId, leaf: DetachedLeaf<T>) -> LeafId {
        let mut leaf = leaf.0;
        leaf.group = group;
        let id = self.add_leaf(now, group, leaf.share, 0.0, None);
        self.leaves[id.0 as usize] = leaf;
        self.changed(now, id);
        id
    }

    /// Adds a job of `work` core-nanoseconds.
    pub fn add_job(&mut self, now: SimTime, id: LeafId, work: f64, token: T) {
        self.settle(now, id);
        self.leaves[id.0 as usize].jobs.add(work, token);
        self.changed(now, id);
    }

    /// Cuts off all jobs of a leaf and pushes their tokens to `cut_off`.
    pub fn clear(&mut self, now: SimTime, id: LeafId, cut_off: &mut Vec<T>) {
        self.settle(now, id);
        cut_off.extend(self.leaves[id.0 as usize].jobs.drain());
        self.changed(now, id);
    }

    /// Number of jobs in a leaf.
    pub fn jobs(&self, id: LeafId) -> usize {
        self.leaves[id.0 as usize].jobs.len()
    }

    /// Has a leaf use up to `cores` in the background, whatever its jobs do.
    pub fn set_background(&mut self, now: SimTime, id: LeafId, cores: f64) {
        self.settle(now, id);
        self.leaves[id.0 as usize].background = leaf::grain(cores);
        self.changed(now, id);
    }

    /// Stops or continues everything in a leaf.
    pub fn pause_leaf(&mut self, now: SimTime, id: LeafId, paused: bool) {
        self.settle(now, id);
        self.leaves[id.0 as usize].paused = paused;
        self.changed(now, id);
    }

    /// Stops or continues everything in a group.
    pub fn pause_group(&mut self, now: SimTime, id: GroupId, paused: bool) {
        self.meter(now);
        self.groups[id.0 as usize].paused = paused;
        self.propagate(now, id);
    }

    /// What a leaf has had since it was made.
    pub fn usage(&mut self, now: SimTime, id: LeafId) -> Usage {
        self.settle(now, id);
        self.leaves[id.0 as usize].usage(now)
    }

    /// Cores a leaf gets at this moment.
    pub fn rate(&self, id: LeafId) -> f64 {
        let leaf = &self.leaves[id.0 as usize];
        let buckets = &self.groups[leaf.group.0 as usize].buckets;
        leaf.bucket.map_or(0.0, |bucket| buckets[bucket as usize].rate())
    }

    /// Throughput of the whole tree at this moment, in cores.
    pub fn throughput(&self) -> f64 {
        self.groups[0].rate
    }

    /// Whether someone gets less at this moment than they could use.
    pub fn is_contended(&self) -> bool {
        self.groups[0].contended
    }

    /// Whether nobody uses or waits for anything at this moment.
    pub fn is_idle(&self) -> bool {
        self.groups[0].rate == 0.0 && self.queued_threads() == 0.0
    }

    /// CPU time used by everything so far, in core-seconds.
    pub fn used(&self, now: SimTime) -> f64 {
        self.used + self.groups[0].rate * now.since(self.now).as_secs_f64()
    }

    /// Time that threads were ready to run but had no hardware thread, summed over threads, in
    /// seconds.
    pub fn waiting(&self, now: SimTime) -> f64 {
        self.waiting + self.queued_threads() * now.since(self.now).as_secs_f64()
    }

    /// Of all that is wanted from now on so much is no thread that would wait, because leaves want
    /// more of a thread than one.
    pub fn set_unqueued(&mut self, now: SimTime, threads: f64) {
        self.meter(now);
        self.unqueued = threads;
    }

    /// When [`ShareTree::advance`] is next needed; [`SimTime::MAX`] for never.
    pub fn next(&self) -> SimTime {
        let refill = self.refills.peek().map_or(SimTime::MAX, |Reverse((time, _))| *time);
        self.groups[0].next.min(refill)
    }

    /// Plays everything up to `now` and pushes the tokens of jobs that are done to `done`.
    pub fn advance(&mut self, now: SimTime, done: &mut Vec<T>) {
        self.refill_due(now);
        while self.groups[0].next <= now {
            let id = self.first().expect("the event of a group is that of a member");
            self.settle(now, id);
            let leaf = &mut self.leaves[id.0 as usize];
            while let Some(token) = leaf.jobs.pop_done() {
                done.push(token);
            }
            leaf.throttle_if_spent(now);
            self.changed(now, id);
        }
    }
}

#[cfg(test)]
mod tests;
