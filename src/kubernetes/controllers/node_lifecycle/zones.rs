//! How many nodes of each zone are lost, and what that says about how fast to evict: where most
//! are, it is more likely the network than the nodes.

use std::collections::BTreeMap;

use crate::engine::SimDuration;

/// How a zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneState {
    /// Few nodes are lost.
    Normal,
    /// Many are.
    Partial,
    /// All are.
    Full,
}

/// The rates, and what counts as many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The time between two nodes of a zone (one over `--node-eviction-rate`).
    pub interval: Option<SimDuration>,
    /// The same where many are lost (one over `--secondary-node-eviction-rate`).
    pub secondary: Option<SimDuration>,
    /// The part of a zone's nodes that is many (`--unhealthy-zone-threshold`).
    pub unhealthy: f32,
    /// Zones of up to so many nodes stop where many are lost (`--large-cluster-size-threshold`).
    pub large: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            interval: Some(SimDuration::from_secs(10)),
            secondary: Some(SimDuration::from_secs(100)),
            unhealthy: 0.55,
            large: 50,
        }
    }
}

impl Limits {
    /// How a zone is that has so many nodes.
    pub fn state(&self, ready: usize, not_ready: usize) -> ZoneState {
        let part = not_ready as f32 / (ready + not_ready) as f32;
        if ready == 0 && not_ready > 0 {
            ZoneState::Full
        } else if not_ready > 2 && part >= self.unhealthy {
            ZoneState::Partial
        } else {
            ZoneState::Normal
        }
    }

    /// How fast a zone of that many nodes evicts, as long as any other has a ready node.
    pub fn interval(&self, state: ZoneState, nodes: usize) -> Option<SimDuration> {
        match state {
            ZoneState::Normal | ZoneState::Full => self.interval,
            ZoneState::Partial if nodes > self.large => self.secondary,
            ZoneState::Partial => None,
        }
    }
}

/// What the controller knows of all zones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zones {
    limits: Limits,
    /// None until a zone was looked at.
    states: BTreeMap<u32, Option<ZoneState>>,
}

/// What a look at all zones changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZonesChange {
    /// These zones go at another pace: [`ZoneQueue::set_interval`](super::ZoneQueue::set_interval).
    Paces(Vec<(u32, Option<SimDuration>)>),
    /// No node is ready any more. All evictions stop, all nodes lose the taints `NoExecute` and
    /// their places in the queues; each zone's interval is none.
    AllLost,
    /// Some node is ready again. All nodes count as seen now, and zones go at these paces. Nodes
    /// that are still silent wait in their queues, to which every look adds those without the
    /// taint.
    SomeBack(Vec<(u32, Option<SimDuration>)>),
}

impl Zones {
    /// Zones that were not looked at.
    pub fn new(limits: Limits) -> Self {
        Self { limits, states: BTreeMap::new() }
    }

    /// How a zone was at the last look.
    pub fn state(&self, zone: u32) -> Option<ZoneState> {
        self.states.get(&zone).copied().flatten()
    }

    /// One look, after those at the nodes: for each zone with nodes, how many are ready and how
    /// many are not.
    pub fn look(&mut self, counts: &[(u32, usize, usize)]) -> ZonesChange {
        let now: BTreeMap<u32, (ZoneState, usize)> = counts
            .iter()
            .map(|&(zone, ready, not)| (zone, (self.limits.state(ready, not), ready + not)))
            .collect();
        for &zone in now.keys() {
            self.states.entry(zone).or_insert(None);
        }
        self.states.retain(|zone, _| now.contains_key(zone));
        let all_lost = now.values().all(|&(state, _)| state == ZoneState::Full);
        let all_were = self.states.values().all(|&state| state == Some(ZoneState::Full));
        if all_lost && all_were {
            return ZonesChange::Paces(Vec::new());
        }
        if all_lost {
            self.states.values_mut().for_each(|state| *state = Some(ZoneState::Full));
            return ZonesChange::AllLost;
        }
        let mut paces = Vec::new();
        for (zone, before) in &mut self.states {
            let (state, nodes) = now[zone];
            if all_were || *before != Some(state) {
                paces.push((*zone, self.limits.interval(state, nodes)));
                *before = Some(state);
            }
        }
        if all_were { ZonesChange::SomeBack(paces) } else { ZonesChange::Paces(paces) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::controllers::pod::fixture::secs;

    #[test]
    fn a_zone_is_partly_lost_from_three_nodes_and_fifty_five_percent_on() {
        let state = |ready, not| Limits::default().state(ready, not);
        assert_eq!(state(1, 2), ZoneState::Normal, "two are not many");
        assert_eq!(state(3, 3), ZoneState::Normal, "half");
        assert_eq!(state(9, 11), ZoneState::Partial, "exactly 55 %");
        assert_eq!(state(10, 12), ZoneState::Normal, "54.5 %");
        assert_eq!(state(0, 1), ZoneState::Full);
        assert_eq!(state(0, 0), ZoneState::Normal);
    }

    #[test]
    fn small_zones_stop_and_large_ones_slow_down() {
        let mut zones = Zones::default();
        let normal = Some(secs(10));
        let first = zones.look(&[(1, 50, 0), (2, 51, 0)]);
        assert_eq!(first, ZonesChange::Paces(vec![(1, normal), (2, normal)]));
        assert_eq!(zones.look(&[(1, 40, 10), (2, 51, 0)]), ZonesChange::Paces(vec![]));
        let many = zones.look(&[(1, 20, 30), (2, 20, 31)]);
        assert_eq!(many, ZonesChange::Paces(vec![(1, None), (2, Some(secs(100)))]));
        let one_gone = zones.look(&[(1, 0, 50), (2, 20, 31)]);
        assert_eq!(
            one_gone,
            ZonesChange::Paces(vec![(1, normal)]),
            "others answer: it is the zone"
        );
        assert_eq!(zones.state(1), Some(ZoneState::Full));
    }

    #[test]
    fn when_nobody_answers_nobody_is_evicted() {
        let mut zones = Zones::default();
        zones.look(&[(1, 3, 0), (2, 3, 0)]);
        assert_eq!(zones.look(&[(1, 0, 3), (2, 0, 3)]), ZonesChange::AllLost);
        assert_eq!(zones.look(&[(1, 0, 3), (2, 0, 3)]), ZonesChange::Paces(vec![]));
        let back = zones.look(&[(1, 1, 2), (2, 0, 3)]);
        assert_eq!(back, ZonesChange::SomeBack(vec![(1, Some(secs(10))), (2, Some(secs(10)))]));
    }

    #[test]
    fn a_single_zone_without_ready_nodes_is_everybody() {
        let mut zones = Zones::default();
        zones.look(&[(1, 2, 0)]);
        assert_eq!(zones.look(&[(1, 0, 2)]), ZonesChange::AllLost);
    }
}
