//! What a cluster of Amazon ECS costs, and which app pays for what.
//!
//! Tasks on Fargate are their apps' exactly; instances are split over the tasks on them
//! ([`split`]); volumes are those of the apps that have them, and load balancers are split over the
//! apps behind them ([`BalancerBill`]). Whatever else there is belongs to no app.

mod split;

use self::split::{MachineBill, Split};
use super::tasks::Content;
use crate::aws::ecs::control::{Counts, ServiceTotals, TaskId, Totals};
use crate::aws::ecs::task_definition::{Architecture, System, TaskDefinition};
use crate::aws::pricing::Bill;
use crate::aws::pricing::fargate::{TaskPlatform, TaskSize};
use crate::aws::pricing::split::Amount;
use crate::engine::SimTime;
use crate::metrics::summary::DeploymentAccount;
use crate::scenario::aws::CapacityProvider;
use crate::scenario::{Cluster, Scenario};
use crate::units::Bytes;
use crate::world::World;
use crate::world::autoscaler::Measured;
use crate::world::balancers::BalancerBill;
use crate::world::fargate::{Charged, Charges};
use crate::world::replicas::Place;
use crate::world::shares::Shares;
use crate::world::units::Unit;

const GB: f64 = (1_u64 << 30) as f64;

/// What is charged for the tasks of a cluster of Amazon ECS.
#[derive(Debug)]
pub(in crate::world) struct Billing {
    fargate: Charges<TaskId>,
    split: Split,
    /// What load balancers and volumes had cost when the measurement began.
    before: (Vec<BalancerBill>, Shares),
}

impl Billing {
    /// Nothing yet.
    pub fn new(scenario: &Scenario, cluster: &Cluster) -> Self {
        let apps = scenario.apps.len();
        let begins = cluster.ecs.epoch.unix();
        let split = Split::new(apps, begins);
        Self { fargate: Charges::new(apps), split, before: (Vec::new(), Shares::new(apps)) }
    }
}

/// The capacity providers of a cluster on groups of instances, in the order of the control plane.
pub(in crate::world) fn providers(cluster: &Cluster) -> Vec<CapacityProvider> {
    super::setup::providers(cluster)
}

/// What a task on Fargate runs on.
pub(super) fn platform(definition: &TaskDefinition) -> TaskPlatform {
    match (definition.platform.system, definition.platform.architecture) {
        (Some(System::Windows(_)), _) => TaskPlatform::Windows,
        (_, Some(Architecture::Arm)) => TaskPlatform::LinuxArm,
        _ => TaskPlatform::LinuxX86,
    }
}

/// What a task on Fargate has.
pub(super) fn size(definition: &TaskDefinition) -> TaskSize {
    TaskSize {
        cpu: definition.reserved_cpu().millicores(),
        memory: definition.reserved_memory().bytes(),
        storage: Bytes(u64::from(definition.ephemeral_storage_gib) << 30),
    }
}

/// To be called as things happen to tasks.
impl World<'_> {
    /// A task got a place: the pull of its images begins, and with it its bill on Fargate, or its
    /// part of its instance.
    pub(super) fn bill_task_placed(&mut self, task: TaskId, machine: u32) {
        let now = self.now();
        let app = self.ecs().app_of(task).map(|(app, _)| app);
        let control = &self.ecs.as_deref().expect("the cluster is one of ECS").control;
        let definition = control.definition(control.definition_of(task));
        let billing = &mut self.recorder.billing;
        match control.is_on_spot(task) {
            Some(is_spot) => {
                let (platform, size) = (platform(definition), size(definition));
                let charged = Charged { app, platform, size, is_spot, since: now };
                billing.fargate.started(task, charged);
            }
            None => {
                let reserved = Amount {
                    cpu: definition.reserved_cpu().millicores().cores(),
                    memory: definition.reserved_memory().bytes().0 as f64 / GB,
                };
                billing.split.placed(task, app, machine, reserved, now);
            }
        }
    }

    /// A task is gone, and with it its bill.
    pub(super) fn bill_task_gone(&mut self, task: TaskId) {
        let now = self.now();
        let billing = &mut self.recorder.billing;
        billing.fargate.stopped(task, now);
        billing.split.left(task, now);
    }
}

/// To be called by the meters.
impl World<'_> {
    /// Reads what tasks on instances use, and splits the cost of instances where an hour is over.
    pub(in crate::world) fn meter_tasks(&mut self) {
        if self.ecs.is_none() {
            return;
        }
        self.read_tasks();
        let now = self.now();
        if self.recorder.billing.split.hour_is_over(now) {
            self.settle_instances(now);
        }
    }

    fn read_tasks(&mut self) {
        let now = self.now();
        let tasks: Vec<TaskId> = self.recorder.billing.split.tasks().collect();
        for task in tasks {
            let Content::Replica(replica) = self.ecs().content(task) else { continue };
            let Some(cpu) = self.replica_total(replica, Measured::Cpu) else { continue };
            let memory = self.replica_total(replica, Measured::Memory);
            let memory = memory.map_or(0.0, |it| it.amount as f64);
            let cores = cpu.amount as f64 / 1e9;
            self.recorder.billing.split.reads(task, now, cpu.process, cores, memory);
        }
    }

    /// The process of a replica is about to be gone.
    pub(in crate::world) fn read_last(&mut self, replica: u32) {
        let Place::Unit { unit: Unit::Task(task), .. } = self.replicas.all[replica as usize].place
        else {
            return;
        };
        let now = self.now();
        if let Some(cpu) = self.replica_total(replica, Measured::Cpu) {
            let memory = self.replica_total(replica, Measured::Memory);
            let memory = memory.map_or(0.0, |it| it.amount as f64);
            let cores = cpu.amount as f64 / 1e9;
            self.recorder.billing.split.reads(task, now, cpu.process, cores, memory);
        }
    }

    fn settle_instances(&mut self, now: SimTime) {
        let machines = self.machine_bills(now);
        self.recorder.billing.split.settle(now, machines);
    }

    /// The measurement begins.
    pub(in crate::world) fn restart_bills(&mut self) {
        let now = self.now();
        let before = (self.elb_bills(now), self.volumes_by_app(now));
        self.recorder.billing.before = before;
        if self.ecs.is_some() {
            self.read_tasks();
            self.settle_instances(now);
            self.recorder.billing.split.restart();
            self.recorder.billing.fargate.restart(now);
        }
    }

    /// What was charged for volumes in the measured time.
    pub(in crate::world) fn volumes_charged(&self, now: SimTime) -> Bill {
        self.volumes_by_app(now).since(&self.recorder.billing.before.1).total()
    }

    /// What was charged in the measured time, by whose it is.
    pub(in crate::world) fn ecs_bills(&mut self, now: SimTime) -> Shares {
        self.read_tasks();
        self.settle_instances(now);
        let Billing { fargate, split, before: (balancers, volumes) } = &self.recorder.billing;
        let mut bills = fargate.bills(now);
        bills.merge(split.charged());
        // what no task was on is nobody's
        bills.add(None, &self.ec2_bill(now).since(&split.charged().total()));
        bills.add(None, &self.credit_bill(now));
        bills.merge(&self.volumes_by_app(now).since(volumes));
        for (place, bill) in self.elb_bills(now).iter().enumerate() {
            for (app, part) in bill.since(balancers.get(place)) {
                bills.add(app, &part);
            }
        }
        bills
    }
}

/// What the summary of a run asks.
impl World<'_> {
    /// How many tasks there are, and how those ended that were.
    pub(in crate::world) fn task_counts(&self) -> Option<(Counts, Totals)> {
        let control = &self.ecs.as_ref()?.control;
        Some((control.counts(), control.totals()))
    }

    /// What services went through, and what became of their deployments.
    pub(in crate::world) fn service_totals(&self) -> Option<(&ServiceTotals, DeploymentAccount)> {
        let control = &self.ecs.as_ref()?.control;
        Some((control.service_totals(), control.deployments()))
    }
}

/// Bills of those who have what is charged.
impl World<'_> {
    /// What each machine that is or was an instance is, and has cost since the run began.
    fn machine_bills(&self, now: SimTime) -> Vec<MachineBill> {
        self.ec2_machine_bills(now)
    }

    /// What volumes have cost since the run began.
    fn volumes_by_app(&self, now: SimTime) -> Shares {
        let mut bills = Shares::new(self.scenario.apps.len());
        self.volume_bills(now).iter().for_each(|(app, bill)| bills.add(*app, bill));
        bills
    }
}
