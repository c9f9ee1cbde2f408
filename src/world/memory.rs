//! Memory over time: what everything uses, and when that is more than there is.
//!
//! A process uses a base that may grow, and something for each request it holds
//! ([`AppMemory`](crate::scenario::AppMemory)). Nobody looks at it again and again: from what is
//! left below a limit follows how long it will do if growth has one half of it, and how many
//! requests the other half is for ([`Margin`]). Only when either is used up is there another look,
//! so that the instant at which a limit is crossed is exact, and where nothing grows nothing is
//! ever done.
//!
//! Limits are those of a container or of a VM (`replicas/memory.rs`), and of a node: above the
//! memory for its containers the kernel kills one of them, and on Kubernetes the kubelet evicts
//! before that. Windows pages instead (`memory/paging.rs`), and the kubelet evicts when its page
//! file is used up.

mod paging;

use super::{Owner, World};
use crate::docker::{ContainerId, MemoryUse};
use crate::engine::{Phase, SimDuration, SimTime};
use crate::kubernetes::kubelet::oom::{self, Candidate};
use crate::machine::paging::LOOK;
use crate::scenario::AppMemory;
use crate::units::{Bytes, Growth};
use crate::world::nodes::memory_for_containers;
use crate::world::replicas::Place;

/// Memory is to be looked at, unless something has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryEvent {
    /// That of a replica.
    Replica {
        /// Whose.
        replica: u32,
        /// Of which of its processes.
        process: u32,
    },
    /// That of a node.
    Node(u32),
}

/// What is left below a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Margin {
    /// What requests may add before the next look.
    requests: Bytes,
    /// When that is at the latest.
    time: Option<SimDuration>,
}

impl Margin {
    /// There is no limit.
    pub const UNLIMITED: Self = Self { requests: Bytes(u64::MAX), time: None };

    /// Divides what is left: as long as neither part is used up, it is not more than all.
    pub fn of(left: Bytes, growth: Growth, requests_add: bool) -> Self {
        let for_growth = match (growth > Growth::NONE, requests_add) {
            (false, _) => 0,
            (true, false) => left.0,
            (true, true) => left.0 / 2,
        };
        let above = Bytes(for_growth.saturating_add(1));
        Self { requests: Bytes(left.0 - for_growth), time: growth.time_to(above) }
    }

    /// How many more requests a replica may hold, of so many that share the margin.
    pub fn requests(&self, each: Bytes, replicas: usize) -> u32 {
        let part = self.requests.0 / replicas.max(1) as u64;
        part.checked_div(each.0).map_or(u32::MAX, |most| u32::try_from(most).unwrap_or(u32::MAX))
    }

    /// When to look again.
    pub fn due(&self, now: SimTime) -> SimTime {
        self.time.map_or(SimTime::MAX, |time| now.saturating_add(time))
    }
}

/// What a process of an app uses by itself.
pub(super) fn own_use(memory: &AppMemory) -> MemoryUse {
    MemoryUse { base: memory.idle(), growth: memory.leak }
}

impl World<'_> {
    /// Handles an event of memory.
    pub(super) fn on_memory(&mut self, event: MemoryEvent) {
        match event {
            MemoryEvent::Replica { replica, process } => self.replica_memory_due(replica, process),
            MemoryEvent::Node(node) => {
                if self.nodes.all[node as usize].memory_due == self.now() {
                    self.watch_node(node);
                }
            }
        }
    }

    /// The process of a container that is not a replica's begins to use memory.
    pub(super) fn container_begins_to_use(
        &mut self,
        container: ContainerId,
        node: u32,
        uses: MemoryUse,
    ) {
        self.engines.uses(container, uses, self.now());
        self.watch_node(node);
    }

    /// What a container uses, all in all.
    fn container_memory(&self, container: ContainerId) -> Bytes {
        let own = self.engines.own_memory(container, self.now());
        let replica = self.replica_in(container);
        Bytes(own.0.saturating_add(replica.map_or(0, |replica| self.requests_memory(replica).0)))
    }

    /// The replica whose process is in a container.
    fn replica_in(&self, container: ContainerId) -> Option<u32> {
        match Owner::of(self.engines.spec(container)?.owner) {
            Owner::Replica(replica) => Some(replica),
            Owner::Unit(number) => self.replica_in_unit(number),
            Owner::Job(_) | Owner::Node(_) | Owner::Fleet(_) | Owner::Instance(_) => None,
        }
    }

    /// The replicas on a node that requests add memory to.
    fn elastic_replicas(&self, node: u32) -> Vec<u32> {
        let adds = |app: &AppMemory| app.per_request > Bytes(0);
        if !self.scenario.apps.iter().any(|app| adds(&app.memory)) {
            return Vec::new();
        }
        let users = self.engines.memory_users(self.nodes.all[node as usize].engine);
        let replicas = users.into_iter().filter_map(|container| self.replica_in(container));
        replicas.filter(|&replica| adds(&self.memory_of_app(replica))).collect()
    }

    /// Looks at the memory of a node: kills if there is none left, has the kubelet look if there is
    /// little, and sees to the next look.
    pub(super) fn watch_node(&mut self, node: u32) {
        let it = &self.nodes.all[node as usize];
        if !it.up {
            return;
        }
        let (engine, shape) = (it.engine, &self.shapes[it.host.index()]);
        let kills = self.engines.kills_for_memory(engine);
        let all = memory_for_containers(self.cluster, shape);
        let now = self.now();
        let elastic = self.elastic_replicas(node);
        let requests = elastic.iter().map(|&replica| self.requests_memory(replica).0);
        let requests = requests.fold(0u64, u64::saturating_add);
        let used = self.engines.memory(engine, now).0.saturating_add(requests);
        self.nodes.all[node as usize].memory_due = SimTime::MAX;
        if used > all.0 && kills && self.kill_on_node(node, all) {
            return self.watch_node_at(node, now);
        }
        let begins = self.eviction_begins(node);
        let calm = begins.filter(|above| used <= above.0);
        if begins.is_some() && calm.is_none() {
            self.memory_is_short(node);
        }
        let above = Bytes(if kills { 0 } else { used.saturating_sub(all.0) });
        let pages = self.node_pages(node, above);
        let limit = Some(all).into_iter().chain(begins).filter(|limit| used <= limit.0).min();
        let growth = self.engines.memory_growth(engine);
        let margin = limit.map_or(Margin::UNLIMITED, |limit| {
            Margin::of(Bytes(limit.0 - used), growth, !elastic.is_empty())
        });
        for &replica in &elastic {
            let more = margin.requests(self.memory_of_app(replica).per_request, elastic.len());
            self.allow_on_node(replica, more);
        }
        let due = margin.due(now);
        let next = now.saturating_add(LOOK);
        self.watch_node_at(node, if pages { due.min(next) } else { due });
    }

    fn watch_node_at(&mut self, node: u32, time: SimTime) {
        self.nodes.all[node as usize].memory_due = time;
        if time < SimTime::MAX {
            self.calendar.push(time, Phase::Release, MemoryEvent::Node(node).into());
        }
    }

    /// The kernel of a node kills a container, if there is one that it may. Returns whether it did.
    fn kill_on_node(&mut self, node: u32, all: Bytes) -> bool {
        let users = self.engines.memory_users(self.nodes.all[node as usize].engine);
        let candidates: Vec<Candidate> = users
            .iter()
            .map(|&container| Candidate {
                memory: self.container_memory(container),
                score_adj: self.oom_score(container, node),
            })
            .collect();
        let Some(victim) = oom::victim(&candidates, all) else { return false };
        let container = users[victim];
        if let Some(replica) = self.replica_in(container) {
            self.killed_for_want_of_memory(replica);
        }
        self.tell_of_system_oom(container, node);
        self.kill_container(container);
        true
    }

    /// The `oom_score_adj` of a container: the kubelet gives its own, dockerd leaves it at 0.
    fn oom_score(&self, container: ContainerId, node: u32) -> i64 {
        match self.engines.spec(container).map(|spec| Owner::of(spec.owner)) {
            Some(Owner::Unit(number)) if self.ecs.is_none() => self.oom_score_of_pod(number, node),
            _ => 0,
        }
    }

    /// The node a replica is on, if it is on one.
    pub(super) fn node_of_replica(&self, replica: u32) -> Option<u32> {
        match self.replicas.all[replica as usize].place {
            Place::Node { node, .. } => Some(node),
            Place::Unit { node, .. } => node,
            Place::Nowhere | Place::Vm { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_left_is_for_growth_or_for_requests_or_half_for_each() {
        let per_second = Growth(86_400);
        let only_requests = Margin::of(Bytes(100), Growth::NONE, true);
        assert_eq!((only_requests.requests, only_requests.time), (Bytes(100), None));
        let only_growth = Margin::of(Bytes(100), per_second, false);
        assert_eq!(only_growth.time, Some(SimDuration::from_secs(101)));
        let both = Margin::of(Bytes(100), per_second, true);
        assert_eq!((both.requests, both.time), (Bytes(50), Some(SimDuration::from_secs(51))));
        assert_eq!((both.requests(Bytes(10), 1), both.requests(Bytes(10), 2)), (5, 2));
        assert_eq!(both.requests(Bytes(0), 3), u32::MAX);
    }

    proptest! {
        #[test]
        fn before_the_next_look_no_more_is_used_than_was_left(
            left in 0..=1u64 << 40,
            growth in 0..=1u64 << 50,
            each in 1..=1u64 << 30,
            replicas in 1usize..9,
        ) {
            let margin = Margin::of(Bytes(left), Growth(growth), true);
            let added = u64::from(margin.requests(Bytes(each), replicas)) * each * replicas as u64;
            let grown = margin.time.map_or(0, |time| {
                let before = SimDuration::from_nanos(time.as_nanos() - 1);
                Growth(growth).after(before).0
            });
            prop_assert!(added + grown <= left);
        }
    }
}
