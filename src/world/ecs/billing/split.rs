//! Who pays for which part of each instance: hour by hour, as AWS's split cost allocation data.
//!
//! In each hour of the calendar a task is allocated what it reserves while it is on its instance,
//! or what it uses where that is more, of CPU and of memory each; what the instance costs in that
//! hour is split by [`split::part`]. What tasks use is known of those that are apps; of others what
//! they reserve counts, as it does at AWS where usage is not known. Meters are read once a minute
//! or more often, and an hour ends with the first reading after it.

use std::collections::BTreeMap;

use crate::aws::ecs::control::TaskId;
use crate::aws::pricing::Bill;
use crate::aws::pricing::split::{self, Amount};
use crate::engine::{SimDuration, SimTime};
use crate::workload::AppId;
use crate::world::shares::Shares;

const GB: f64 = (1_u64 << 30) as f64;
const HOUR: u64 = 3600;

/// A task on an instance.
#[derive(Clone, Copy, Debug)]
struct Tenant {
    app: Option<AppId>,
    machine: u32,
    reserved: Amount,
    /// Since when it is counted, in this hour.
    since: SimTime,
    /// What it has used in this hour, times seconds.
    used: Amount,
    /// Its process, and the core-seconds that had had, when it was last read.
    process: u32,
    cores: f64,
    read: SimTime,
}

impl Tenant {
    /// What it is allocated of the hour so far, times seconds.
    fn allocated(&self, now: SimTime) -> Amount {
        self.reserved.times(now.since(self.since).as_secs_f64()).max(self.used)
    }

    /// Its process has had so many core-seconds in all, and uses so much memory.
    fn reads(&mut self, now: SimTime, process: u32, cores: f64, memory: f64) {
        let before = if self.process == process { self.cores } else { 0.0 };
        let held = now.since(self.read).as_secs_f64();
        let used = Amount { cpu: (cores - before).max(0.0), memory: memory / GB * held };
        self.used = self.used.plus(used);
        (self.process, self.cores, self.read) = (process, cores, now);
    }
}

/// What an instance is, and what it has cost since the run began, by its machine.
pub(super) type MachineBill = (u32, Amount, Bill);

/// Tasks on instances, and what apps have been charged for those.
#[derive(Debug)]
pub(super) struct Split {
    tenants: BTreeMap<TaskId, Tenant>,
    /// What owners have been allocated on each machine in this hour, by tasks that are gone.
    gone: BTreeMap<(u32, Option<AppId>), Amount>,
    /// What each machine had cost when the last hour ended.
    before: BTreeMap<u32, Bill>,
    hour_ends: SimTime,
    charged: Shares,
}

impl Split {
    /// No task yet; so many apps. The run begins so many seconds after the epoch of Unix.
    pub fn new(apps: usize, begins: i64) -> Self {
        let into = begins.rem_euclid(HOUR as i64) as u64;
        Self {
            tenants: BTreeMap::new(),
            gone: BTreeMap::new(),
            before: BTreeMap::new(),
            hour_ends: SimTime::ZERO + SimDuration::from_secs(HOUR - into),
            charged: Shares::new(apps),
        }
    }

    /// A task has got a place on an instance, of which it reserves this.
    pub fn placed(
        &mut self,
        task: TaskId,
        app: Option<AppId>,
        machine: u32,
        reserved: Amount,
        now: SimTime,
    ) {
        let tenant = Tenant {
            app,
            machine,
            reserved,
            since: now,
            used: Amount::default(),
            process: 0,
            cores: 0.0,
            read: now,
        };
        self.tenants.insert(task, tenant);
    }

    /// The tasks that are there.
    pub fn tasks(&self) -> impl Iterator<Item = TaskId> {
        self.tenants.keys().copied()
    }

    /// The process of a task has had so many core-seconds in all, and uses so many bytes.
    pub fn reads(&mut self, task: TaskId, now: SimTime, process: u32, cores: f64, memory: f64) {
        if let Some(tenant) = self.tenants.get_mut(&task) {
            tenant.reads(now, process, cores, memory);
        }
    }

    /// A task has left its instance.
    pub fn left(&mut self, task: TaskId, now: SimTime) {
        if let Some(tenant) = self.tenants.remove(&task) {
            self.fold(&tenant, now);
        }
    }

    fn fold(&mut self, tenant: &Tenant, now: SimTime) {
        let sum = self.gone.entry((tenant.machine, tenant.app)).or_default();
        *sum = sum.plus(tenant.allocated(now));
    }

    /// Whether an hour of the calendar is over.
    pub fn hour_is_over(&self, now: SimTime) -> bool {
        now >= self.hour_ends
    }

    /// Charges apps for what machines have cost since this was last done: at the end of an hour,
    /// and where the measurement begins and ends.
    pub fn settle(&mut self, now: SimTime, machines: impl IntoIterator<Item = MachineBill>) {
        while self.hour_is_over(now) {
            self.hour_ends += SimDuration::from_secs(HOUR);
        }
        let mut tenants = std::mem::take(&mut self.tenants);
        for tenant in tenants.values_mut() {
            self.fold(tenant, now);
            (tenant.since, tenant.used) = (now, Amount::default());
        }
        self.tenants = tenants;
        let claims = std::mem::take(&mut self.gone);
        let nothing = Amount::default();
        for (machine, size, bill) in machines {
            let cost = bill.since(&self.before.insert(machine, bill).unwrap_or_default());
            let here = claims.range((machine, None)..=(machine, Some(AppId(u32::MAX))));
            let all = here.clone().fold(nothing, |sum, (_, claim)| sum.plus(*claim));
            for (&(_, app), &claim) in here {
                self.charged.add(app, &cost.part(split::part(size, claim, all)));
            }
        }
    }

    /// What apps were charged for instances until this was last settled.
    pub fn charged(&self) -> &Shares {
        &self.charged
    }

    /// The measurement begins: what was charged so far is forgotten.
    pub fn restart(&mut self) {
        self.charged.clear();
    }
}

#[cfg(test)]
mod tests;
