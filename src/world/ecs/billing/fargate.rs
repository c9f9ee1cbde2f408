//! What tasks on Fargate cost, and whose they are.

use std::collections::BTreeMap;

use super::Shares;
use crate::aws::ecs::control::TaskId;
use crate::aws::ecs::task_definition::{Architecture, System, TaskDefinition};
use crate::aws::pricing::Bill;
use crate::aws::pricing::fargate::{TaskPlatform, TaskSize};
use crate::engine::SimTime;
use crate::units::Bytes;
use crate::workload::AppId;

/// A task that is charged for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charged {
    pub app: Option<AppId>,
    pub platform: TaskPlatform,
    pub size: TaskSize,
    pub is_spot: bool,
    /// The start of its first pull.
    pub since: SimTime,
}

impl Charged {
    /// A task of this definition, of which the first pull starts.
    pub fn new(
        app: Option<AppId>,
        definition: &TaskDefinition,
        is_spot: bool,
        since: SimTime,
    ) -> Self {
        let platform = match (definition.platform.system, definition.platform.architecture) {
            (Some(System::Windows(_)), _) => TaskPlatform::Windows,
            (_, Some(Architecture::Arm)) => TaskPlatform::LinuxArm,
            _ => TaskPlatform::LinuxX86,
        };
        let size = TaskSize {
            cpu: definition.reserved_cpu().millicores(),
            memory: definition.reserved_memory().bytes(),
            storage: Bytes(u64::from(definition.ephemeral_storage_gib) << 30),
        };
        Self { app, platform, size, is_spot, since }
    }

    /// What it has cost until now.
    fn bill(&self, now: SimTime) -> Bill {
        let prices = self.platform.prices();
        prices.bill(self.platform, self.size, now.since(self.since), self.is_spot)
    }
}

/// Tasks on Fargate, by whose they are.
#[derive(Debug)]
pub(super) struct Fargate {
    running: BTreeMap<TaskId, Charged>,
    ended: Shares,
    /// What all had cost when the measurement began.
    before: Shares,
}

impl Fargate {
    /// None yet; so many apps.
    pub fn new(apps: usize) -> Self {
        Self { running: BTreeMap::new(), ended: Shares::new(apps), before: Shares::new(apps) }
    }

    pub fn started(&mut self, task: TaskId, charged: Charged) {
        self.running.insert(task, charged);
    }

    /// A task has stopped, on Fargate or elsewhere.
    pub fn stopped(&mut self, task: TaskId, now: SimTime) {
        if let Some(charged) = self.running.remove(&task) {
            self.ended.add(charged.app, &charged.bill(now));
        }
    }

    fn so_far(&self, now: SimTime) -> Shares {
        let mut all = self.ended.clone();
        self.running.values().for_each(|it| all.add(it.app, &it.bill(now)));
        all
    }

    /// What each app's tasks cost in the measured time. The least that a task is charged for counts
    /// as soon as it starts.
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
    use crate::units::Millicores;

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
        let mut fargate = Fargate::new(2);
        fargate.started(TaskId(0), task(Some(0), false, 0));
        fargate.started(TaskId(1), task(Some(1), true, 100));
        fargate.started(TaskId(2), task(None, false, 100));
        fargate.stopped(TaskId(2), at(135));
        let bills = fargate.bills(at(1900));
        close(bills.of(Some(AppId(0))).total().0, HOURLY * 1900.0 / 3600.0);
        close(bills.of(Some(AppId(1))).total().0, HOURLY * 0.3 * 1800.0 / 3600.0);
        close(bills.of(None).total().0, HOURLY * 60.0 / 3600.0);
        // the number of a task is used again
        fargate.started(TaskId(2), task(Some(0), false, 1900));
        close(fargate.bills(at(1900)).of(Some(AppId(0))).total().0, HOURLY * 1960.0 / 3600.0);
    }

    #[test]
    fn what_was_before_the_measurement_is_not_measured() {
        let mut fargate = Fargate::new(1);
        fargate.started(TaskId(0), task(Some(0), false, 0));
        fargate.restart(at(30));
        // a minute was charged already
        close(fargate.bills(at(60)).of(Some(AppId(0))).total().0, 0.0);
        close(fargate.bills(at(90)).of(Some(AppId(0))).total().0, HOURLY * 30.0 / 3600.0);
    }
}
