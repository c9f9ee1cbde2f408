//! Keeping the rates of a tree right as demands come and go.

use std::cmp::Reverse;

use super::bucket::Bucket;
use super::leaf::Leaf;
use super::{GroupId, LeafId, ShareTree};
use crate::engine::SimTime;
use crate::sharing::water_fill::{self, Claim, Level};

/// Memory reused from one solution to the next.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    claims: Vec<Claim>,
    bends: Vec<(f64, f64)>,
}

impl<T: Copy> ShareTree<T> {
    /// Accounts for what a leaf has been given up to `now`. Always before its state changes.
    pub(super) fn settle(&mut self, now: SimTime, id: LeafId) {
        let leaf = &mut self.leaves[id.0 as usize];
        match leaf.bucket {
            Some(bucket) => {
                let reading =
                    self.groups[leaf.group.0 as usize].buckets[bucket as usize].reading(now);
                let service = reading - leaf.clock;
                leaf.clock = reading;
                leaf.receive(service, now);
            }
            None => leaf.receive(0.0, now),
        }
    }

    /// Brings the tree in line with a leaf whose state has changed. Always after it has.
    pub(super) fn changed(&mut self, now: SimTime, id: LeafId) {
        self.arm_refill(now, id);
        let leaf = &self.leaves[id.0 as usize];
        let (group, demand) = (leaf.group, leaf.current_demand());
        if demand == leaf.demand {
            self.rekey(id);
            self.refresh(group);
        } else {
            self.meter(now);
            self.leave(id);
            self.enter(now, id, demand);
            self.propagate(now, group);
        }
    }

    /// Integrates the meters of the whole tree up to `now`.
    pub(super) fn meter(&mut self, now: SimTime) {
        self.used = self.used(now);
        self.waiting = self.waiting(now);
        self.now = now;
    }

    /// Threads that are ready to run but have no hardware thread.
    pub(super) fn queued_threads(&self) -> f64 {
        (self.groups[0].wanted - self.unqueued - self.capacity.threads()).max(0.0)
    }

    fn leave(&mut self, id: LeafId) {
        let leaf = &mut self.leaves[id.0 as usize];
        let Some(bucket) = leaf.bucket.take() else {
            return;
        };
        let group = &mut self.groups[leaf.group.0 as usize];
        let bucket = &mut group.buckets[bucket as usize];
        bucket.set_due(id.0, None, &mut self.places);
        bucket.claim.count -= 1.0;
        group.wanted -= leaf.demand;
        leaf.demand = 0.0;
    }

    fn enter(&mut self, now: SimTime, id: LeafId, demand: f64) {
        if demand == 0.0 {
            return;
        }
        let leaf = &mut self.leaves[id.0 as usize];
        let group = &mut self.groups[leaf.group.0 as usize];
        let claim = leaf.share.claim(demand);
        let index = match group.buckets.get(leaf.last_bucket as usize) {
            Some(last) if last.takes(&claim) && !last.is_empty() => leaf.last_bucket as usize,
            _ => bucket_for(&mut group.buckets, &claim, now),
        };
        let bucket = &mut group.buckets[index];
        bucket.claim.count += 1.0;
        group.wanted += demand;
        leaf.bucket = Some(index as u32);
        leaf.last_bucket = index as u32;
        leaf.demand = demand;
        leaf.clock = bucket.reading(now);
        leaf.since = now;
        self.rekey(id);
    }

    /// Tells the leaf's bucket when something is next to happen in it.
    fn rekey(&mut self, id: LeafId) {
        let leaf: &Leaf<T> = &self.leaves[id.0 as usize];
        let Some(bucket) = leaf.bucket else { return };
        let bucket = &mut self.groups[leaf.group.0 as usize].buckets[bucket as usize];
        let due = leaf.until_event().map(|service| leaf.clock + service);
        bucket.set_due(id.0, due, &mut self.places);
    }

    /// Passes a change of what `group` wants up as far as it matters, and new rates down again.
    pub(super) fn propagate(&mut self, now: SimTime, group: GroupId) {
        let mut top = group;
        loop {
            let node = &mut self.groups[top.0 as usize];
            let demand = if node.paused { 0.0 } else { node.wanted.min(node.share.cap) };
            let Some(parent) = node.parent else { break };
            let change = demand - node.demand;
            if change == 0.0 {
                break;
            }
            node.demand = demand;
            let parent_node = &mut self.groups[parent.0 as usize];
            parent_node.wanted += change;
            parent_node.changed = Some(top);
            top = parent;
        }
        let node = &self.groups[top.0 as usize];
        let rate = if node.parent.is_none() { self.throughput_at(node.wanted) } else { node.rate };
        self.solve(now, top, rate);
        if let Some(parent) = self.groups[top.0 as usize].parent {
            self.refresh(parent);
        }
    }

    /// Divides `rate` among the members of a group.
    fn solve(&mut self, now: SimTime, id: GroupId, rate: f64) {
        let node = &mut self.groups[id.0 as usize];
        node.rate = rate;
        let was_contended = node.contended;
        node.contended = rate < node.wanted;
        let changed = node.changed.take();
        if node.contended {
            self.divide(now, id, rate);
        } else if was_contended {
            self.give_all(now, id);
        } else if let Some(child) = changed {
            let demand = self.groups[child.0 as usize].demand;
            self.solve(now, child, demand);
        }
        self.refresh_alone(id);
    }

    /// There is enough: everyone gets what they want.
    fn give_all(&mut self, now: SimTime, id: GroupId) {
        for bucket in &mut self.groups[id.0 as usize].buckets {
            bucket.set_rate(bucket.claim.cap, now);
        }
        for index in 0..self.groups[id.0 as usize].children.len() {
            let child = self.groups[id.0 as usize].children[index];
            let demand = self.groups[child.0 as usize].demand;
            self.solve(now, child, demand);
        }
    }

    /// There is not enough: the water level decides.
    fn divide(&mut self, now: SimTime, id: GroupId, rate: f64) {
        let level = self.level(id, rate);
        for bucket in &mut self.groups[id.0 as usize].buckets {
            bucket.set_rate(bucket.claim.share(level), now);
        }
        for index in 0..self.groups[id.0 as usize].children.len() {
            let child = self.groups[id.0 as usize].children[index];
            let node = &self.groups[child.0 as usize];
            let share = node.share.claim(node.demand).share(level);
            self.solve(now, child, share);
        }
    }

    fn level(&mut self, id: GroupId, rate: f64) -> Level {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.claims.clear();
        let node = &self.groups[id.0 as usize];
        scratch.claims.extend(
            node.buckets.iter().filter(|bucket| !bucket.is_empty()).map(|bucket| bucket.claim),
        );
        scratch.claims.extend(node.children.iter().filter_map(|child| {
            let child = &self.groups[child.0 as usize];
            (child.demand > 0.0).then(|| child.share.claim(child.demand))
        }));
        let level = water_fill::level(rate, &scratch.claims, node.height, &mut scratch.bends);
        if let Level::Water(height) = level {
            self.groups[id.0 as usize].height = height;
        }
        self.scratch = scratch;
        level
    }

    fn refresh_alone(&mut self, id: GroupId) {
        let node = &self.groups[id.0 as usize];
        let buckets = node.buckets.iter().map(Bucket::next);
        let children = node.children.iter().map(|child| self.groups[child.0 as usize].next);
        let next = buckets.chain(children).min().unwrap_or(SimTime::MAX);
        self.groups[id.0 as usize].next = next;
    }

    /// Brings the time of the next event up to date from `id` to the root.
    fn refresh(&mut self, mut id: GroupId) {
        loop {
            self.refresh_alone(id);
            match self.groups[id.0 as usize].parent {
                Some(parent) => id = parent,
                None => break,
            }
        }
    }

    fn arm_refill(&mut self, now: SimTime, id: LeafId) {
        let leaf = &mut self.leaves[id.0 as usize];
        let wanted = leaf.wanted_refill(now);
        if wanted != leaf.refill {
            leaf.refill = wanted;
            if let Some(time) = wanted {
                self.refills.push(Reverse((time, id)));
            }
        }
    }

    /// Starts new quota periods for the leaves whose old one has ended.
    pub(super) fn refill_due(&mut self, now: SimTime) {
        while let Some(&Reverse((time, id))) = self.refills.peek() {
            if time > now {
                break;
            }
            self.refills.pop();
            if self.leaves[id.0 as usize].refill != Some(time) {
                continue;
            }
            self.settle(now, id);
            let leaf = &mut self.leaves[id.0 as usize];
            leaf.refill = None;
            leaf.unthrottle(now);
            self.changed(now, id);
        }
    }
}

/// The bucket for leaves with `claim`: one that holds such leaves, an empty one made over, or a new
/// one.
fn bucket_for(buckets: &mut Vec<Bucket>, claim: &Claim, now: SimTime) -> usize {
    let mut vacant = None;
    for (index, bucket) in buckets.iter().enumerate() {
        if bucket.takes(claim) {
            if bucket.is_empty() {
                vacant = Some(index);
                break;
            }
            return index;
        }
        if bucket.is_empty() && vacant.is_none() {
            vacant = Some(index);
        }
    }
    // the rate is that of a group with room for all; a contended one is solved right after
    match vacant {
        Some(index) => {
            buckets[index].make_over(*claim, claim.cap, now);
            index
        }
        None => {
            buckets.push(Bucket::new(*claim, claim.cap, now));
            buckets.len() - 1
        }
    }
}
