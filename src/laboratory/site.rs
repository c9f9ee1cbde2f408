//! Where a replay is played: what a scenario says of a cluster beside its items and their policy.

use crate::engine::SimDuration;
use crate::scenario::{Fault, HostShape, MigrationOptions};

/// A cluster's hosts, and what happens to them.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Its name.
    pub cluster: &'a str,
    /// So many hosts of a shape, where there is no table of them.
    pub hosts: Option<(&'a HostShape, u32)>,
    /// Zones that hosts are in, in turn.
    pub zones: u32,
    /// All faults of the scenario, those of other clusters among them.
    pub faults: &'a [Fault],
    /// No fault strikes later.
    pub duration: SimDuration,
    /// How items are migrated.
    pub migration: MigrationOptions,
}

impl Default for Site<'_> {
    /// Hosts of a table to which nothing happens.
    fn default() -> Self {
        Self {
            cluster: "",
            hosts: None,
            zones: 1,
            faults: &[],
            duration: SimDuration::MAX,
            migration: MigrationOptions::default(),
        }
    }
}

impl<'a> Site<'a> {
    /// So many hosts of a shape, or those of a table, to which nothing happens.
    pub fn of(hosts: Option<(&'a HostShape, u32)>) -> Self {
        Self { hosts, ..Self::default() }
    }

    /// The faults of the cluster, with their places among those of the scenario.
    pub fn faults(&self) -> impl Iterator<Item = (usize, &'a Fault)> {
        let name = self.cluster;
        let mine = move |fault: &Fault| fault.cluster.as_ref().is_none_or(|it| it == name);
        self.faults.iter().enumerate().filter(move |(_, fault)| mine(fault))
    }

    /// Whether a fault strikes the host of a number.
    pub fn strikes(&self, fault: &Fault, host: usize) -> bool {
        let number = host as u32;
        let is_listed = fault.hosts.as_ref().is_none_or(|hosts| hosts.contains(&number));
        is_listed && fault.zone.is_none_or(|zone| zone == number % self.zones.max(1))
    }
}
