//! What tasks and pods on Fargate cost, and whose they are.

use std::collections::BTreeMap;

use crate::aws::pricing::Bill;
use crate::aws::pricing::fargate::{TaskPlatform, TaskSize};
use crate::engine::SimTime;
use crate::workload::AppId;
use crate::world::shares::Shares;

/// A task or a pod that is charged for.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Charged {
    pub app: Option<AppId>,
    pub platform: TaskPlatform,
    pub size: TaskSize,
    pub is_spot: bool,
    /// The start of its first pull.
    pub since: SimTime,
}

impl Charged {
    /// What it has cost until now.
    fn bill(&self, now: SimTime) -> Bill {
        let prices = self.platform.prices();
        prices.bill(self.platform, self.size, now.since(self.since), self.is_spot)
    }
}

/// Tasks or pods on Fargate, by their ids.
#[derive(Debug)]
pub(in crate::world) struct Charges<Id> {
    running: BTreeMap<Id, Charged>,
    ended: Shares,
    /// What all had cost when the measurement began.
    before: Shares,
}

impl<Id: Copy + Ord> Charges<Id> {
    /// None yet; so many apps.
    pub fn new(apps: usize) -> Self {
        Self { running: BTreeMap::new(), ended: Shares::new(apps), before: Shares::new(apps) }
    }

    /// The pull of its images begins.
    pub fn started(&mut self, id: Id, charged: Charged) {
        self.running.insert(id, charged);
    }

    /// It has stopped, on Fargate or elsewhere.
    pub fn stopped(&mut self, id: Id, now: SimTime) {
        if let Some(charged) = self.running.remove(&id) {
            self.ended.add(charged.app, &charged.bill(now));
        }
    }

    fn so_far(&self, now: SimTime) -> Shares {
        let mut all = self.ended.clone();
        self.running.values().for_each(|it| all.add(it.app, &it.bill(now)));
        all
    }

    /// What each app's cost in the measured time. The least that one is charged for counts as soon
    /// as it starts.
    pub fn bills(&self, now: SimTime) -> Shares {
        self.so_far(now).since(&self.before)
    }

    /// The measurement begins.
    pub fn restart(&mut self, now: SimTime) {
        self.before = self.so_far(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ecs::control::TaskId;
    use crate::units::{Bytes, Millicores};

    fn at(seconds: u64) -> SimTime {
        SimTime::from_nanos(seconds * 1_000_000_000)
    }

    fn task(app: Option<u32>, is_spot: bool, since: u64) -> Charged {
        Charged {
            app: app.map(AppId),
            platform: TaskPlatform::LinuxX86,
            size: TaskSize {
                cpu: Millicores(1000),
                memory: Bytes(2 << 30),
                storage: Bytes(20 << 30),
            },
            is_spot,
            since: at(since),
        }
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    /// 1 vCPU and 2 GB: $0.04048 + 2 · $0.004445 an hour.
    const HOURLY: f64 = 0.049_37;

    #[test]
    fn tasks_are_charged_from_their_pull_to_their_end_and_a_minute_at_least() {
        let mut charges = Charges::new(2);
        charges.started(TaskId(0), task(Some(0), false, 0));
        charges.started(TaskId(1), task(Some(1), true, 100));
        charges.started(TaskId(2), task(None, false, 100));
        charges.stopped(TaskId(2), at(135));
        let bills = charges.bills(at(1900));
        close(bills.of(Some(AppId(0))).total().0, HOURLY * 1900.0 / 3600.0);
        close(bills.of(Some(AppId(1))).total().0, HOURLY * 0.3 * 1800.0 / 3600.0);
        close(bills.of(None).total().0, HOURLY * 60.0 / 3600.0);
        // the number of a task is used again
        charges.started(TaskId(2), task(Some(0), false, 1900));
        close(charges.bills(at(1900)).of(Some(AppId(0))).total().0, HOURLY * 1960.0 / 3600.0);
    }

    #[test]
    fn what_was_before_the_measurement_is_not_measured() {
        let mut charges = Charges::new(1);
        charges.started(TaskId(0), task(Some(0), false, 0));
        charges.restart(at(30));
        // a minute was charged already
        close(charges.bills(at(60)).of(Some(AppId(0))).total().0, 0.0);
        close(charges.bills(at(90)).of(Some(AppId(0))).total().0, HOURLY * 30.0 / 3600.0);
    }
}
