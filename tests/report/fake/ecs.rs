//! Clusters of Amazon ECS that never were.

use plimsoll::metrics::series::names;
use plimsoll::metrics::summary::{
    Cost, CostItem, CostSummary, DeploymentAccount, Ec2Summary, InstanceHours, ProviderSummary,
    TaskAccount, TasksSummary, UnplacedTasks,
};
use plimsoll::metrics::{RunResult, Unit};

use super::{BARE, Platform, run, wave, wobble};

/// Traffic that rises until noon, on instances that a capacity provider scales.
pub const EC2: Platform =
    Platform { name: "ec2", platform: "Amazon ECS", hosts: 20, density: 0, start: 40.0, ..BARE };
/// The same on Fargate.
pub const FARGATE: Platform = Platform { name: "fargate", slow: 1.1, start: 60.0, ..EC2 };

/// A service that follows its traffic, on these clusters.
pub fn tasks(clusters: &[Platform]) -> RunResult {
    let mut result = run("web", "web", clusters);
    for (index, recording) in result.recordings.iter_mut().enumerate() {
        let on_instances = index == 0;
        let summary = &mut recording.summary;
        summary.density = None;
        summary.tasks = Some(summary_of_tasks(on_instances));
        summary.ec2 = on_instances.then(summary_of_instances);
        let hours = summary.measured_seconds / 3600.0;
        let (bill, app) = if on_instances { costs_of_instances() } else { costs_of_fargate() };
        summary.apps[0].cost = app;
        summary.cost = CostSummary::new(bill, &[app]);
        summary.hosts.cost_per_hour = summary.cost.total / hours;
        // a hill of tasks, that come a little later than they are wanted, in steps
        let wanted = |t: f64| (6.0 + 30.0 * (4.0 * t * (1.0 - t))).round();
        let running = move |t: f64| wanted((t - 0.015).max(0.0)).min(wanted(t));
        let waits = move |t: f64| {
            let missing = wanted(t) - running(t);
            if on_instances && (0.2..0.24).contains(&t) { missing + 2.0 } else { 0.0 }
        };
        let starts = move |t: f64| (wanted(t) - running(t) - waits(t)).max(0.0);
        let instances =
            move |t: f64| if on_instances { (running(t) / 3.5).ceil() + 1.0 } else { 0.0 };
        let count = |name: &str, value: &dyn Fn(f64) -> f64| wave(None, name, Unit::Count, value);
        recording.series.series.extend([
            count(names::TASKS_DESIRED, &wanted),
            count(names::TASKS_RUNNING, &running),
            count(names::TASKS_PENDING, &starts),
            count(names::TASKS_PROVISIONING, &waits),
            count(names::INSTANCES, &instances),
        ]);
        if on_instances {
            let reserved = |t: f64| match t {
                t if t < 0.01 => f64::NAN,
                t if (0.2..0.24).contains(&t) => 2.0,
                t => 0.9 + 0.06 * wobble(t * 9.0),
            };
            let name = names::reservation("web");
            recording.series.series.push(wave(None, &name, Unit::Fraction, reserved));
        }
    }
    result
}

/// Standalone tasks that wait for instances: no service wants any.
pub fn batch() -> RunResult {
    let mut result = tasks(&[EC2]);
    let recording = &mut result.recordings[0];
    for series in &mut recording.series.series {
        match series.name.as_str() {
            names::TASKS_DESIRED => series.values.fill(0.0),
            names::TASKS_PROVISIONING => {
                let left = (0_u32..).map(|point| 5000.0 - 45.0 * f64::from(point));
                series.values.iter_mut().zip(left).for_each(|(it, left)| *it = left.max(0.0));
            }
            _ => {}
        }
    }
    result
}

fn summary_of_tasks(on_instances: bool) -> TasksSummary {
    let part = |of: u32| if on_instances { of } else { 0 };
    let web = ProviderSummary { name: "web".into(), target: 0.9, reservation: Some(0.912) };
    let unplaced = UnplacedTasks {
        reason: "the closest matching container instance has insufficient memory available".into(),
        times: 12,
    };
    TasksSummary {
        desired: 25.9,
        desired_max: 36,
        running: 25.61,
        running_max: 36,
        pending: 0.21,
        pending_max: 4,
        provisioning: 0.08 * f64::from(part(1)),
        provisioning_max: part(3),
        instances: f64::from(part(8)) + 0.25,
        instances_max: part(12),
        instance_hours: 1.2375 * f64::from(part(1)),
        providers: if on_instances { vec![web] } else { Vec::new() },
        account: TaskAccount {
            created: 74,
            running: 6,
            stopped_by_service: 60,
            failed_to_start: part(1).into(),
            essential_exited: (1 - part(1)).into(),
            spot_interrupted: 4,
            instance_gone: 3,
            ..TaskAccount::default()
        },
        deployments: DeploymentAccount {
            begun: 4,
            completed: 2 + u64::from(part(1)),
            rolled_back_by_breaker: part(1).into(),
            under_way: 2 - 2 * u64::from(part(1)),
            ..DeploymentAccount::default()
        },
        unplaced: if on_instances { vec![unplaced] } else { Vec::new() },
    }
}

fn summary_of_instances() -> Ec2Summary {
    let hours = |instance_type: &str, spot, hours| InstanceHours {
        instance_type: instance_type.into(),
        spot,
        hours,
    };
    Ec2Summary {
        in_service: 8.375,
        in_service_max: 13,
        launched: 5,
        launches_without_capacity: 3,
        launches_without_address: 0,
        rebalance_recommendations: 2,
        interruption_notices: 1,
        interruptions: 1,
        hours: vec![hours("m5.large", false, 0.3), hours("m6i.large", true, 0.9375)],
    }
}

fn costs_of_instances() -> (Cost, Cost) {
    let bill = Cost::default()
        .with(CostItem::Machines, 0.118_8)
        .with(CostItem::VolumeStorage, 0.004_07)
        .with(CostItem::LoadBalancers, 0.003_375)
        .with(CostItem::LoadBalancerUnits, 0.001_2)
        .with(CostItem::CrossZone, 0.02);
    let app = Cost::default()
        .with(CostItem::Machines, 0.1109)
        .with(CostItem::LoadBalancers, 0.003_375)
        .with(CostItem::LoadBalancerUnits, 0.001_2)
        .with(CostItem::CrossZone, 0.02);
    (bill, app)
}

fn costs_of_fargate() -> (Cost, Cost) {
    let app = Cost::default()
        .with(CostItem::FargateCpu, 0.0778)
        .with(CostItem::FargateMemory, 0.0171)
        .with(CostItem::LoadBalancers, 0.003_375)
        .with(CostItem::LoadBalancerUnits, 0.001_2)
        .with(CostItem::CrossZone, 0.021);
    (app, app)
}
