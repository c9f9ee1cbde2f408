//! Whatever happens in a cluster, every task ends, and all that tasks had is given back.

use proptest::prelude::*;

use super::rig::{Rig, offers, provider, settings};
use crate::aws::ecs::control::{ServiceId, Settings, TaskId};
use crate::metrics::summary::Account;

/// Something that is done to a cluster; numbers choose among what there is.
#[derive(Clone, Copy, Debug)]
enum Act {
    Wait(u64),
    Join(u32),
    Lose(usize),
    Drain(usize),
    Resize(usize, u32),
    Deploy(usize, usize),
    Run,
    Unhealthy(usize),
    Silent(usize),
    Stop(usize),
    Protect(usize),
    Interrupt(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1..100_000_u64).prop_map(Act::Wait),
        2 => (0..3_u32).prop_map(Act::Join),
        1 => (0..8_usize).prop_map(Act::Lose),
        1 => (0..8_usize).prop_map(Act::Drain),
        2 => (0..4_usize, 0..6_u32).prop_map(|(service, tasks)| Act::Resize(service, tasks)),
        2 => (0..4_usize, 0..3_usize).prop_map(|(service, image)| Act::Deploy(service, image)),
        1 => Just(Act::Run),
        1 => (0..20_usize).prop_map(Act::Unhealthy),
        1 => (0..20_usize).prop_map(Act::Silent),
        1 => (0..20_usize).prop_map(Act::Stop),
        1 => (0..20_usize).prop_map(Act::Protect),
        1 => (0..20_usize).prop_map(Act::Interrupt),
    ]
}

const IMAGES: [&str; 3] = ["app:2", "broken:1", "missing:1"];

/// A service on instances with a load balancer, one on a provider, a daemon, one on Fargate; the
/// first and the last have interfaces of their own.
fn cluster() -> (Rig, [ServiceId; 4]) {
    let mut rig =
        Rig::with(Settings { providers: vec![provider(vec![offers(2, 4000)])], ..settings() });
    rig.stops = 45_000;
    let definition = |family: &str, image: &str| {
        format!(
            r#"{{"family": "{family}", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
                "requiresCompatibilities": ["EC2", "FARGATE"], "containerDefinitions": [
                {{"name": "app", "image": "{image}", "portMappings": [{{"containerPort": 80}}],
                  "healthCheck": {{"command": ["CMD", "true"]}}}},
                {{"name": "side", "image": "sidecar:1", "essential": false,
                  "dependsOn": [{{"containerName": "app", "condition": "HEALTHY"}}]}}]}}"#
        )
    };
    rig.define_json(&definition("own", "app:1"));
    rig.define("plain", "app:1", 256, 256, "");
    for image in IMAGES {
        rig.define_json(&definition("own-next", image));
        rig.define("plain-next", image, 256, 256, "");
    }
    let network = r#""networkConfiguration": {"awsvpcConfiguration": {"subnets":
        ["subnet-a", "subnet-b", "subnet-c"]}}"#;
    let group = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/1";
    let services = [
        format!(
            r#""serviceName": "balanced", "desiredCount": 2,
               "taskDefinition": "own", "launchType": "EC2", {network},
               "loadBalancers": [{{"targetGroupArn": "{group}", "containerName": "app",
               "containerPort": 80}}], "deploymentConfiguration": {{"deploymentCircuitBreaker":
               {{"enable": true, "rollback": true}}}}"#
        ),
        r#""serviceName": "provided", "desiredCount": 2, "taskDefinition": "plain",
            "capacityProviderStrategy": [{"capacityProvider": "asg", "weight": 1}],
            "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 100}"#
            .to_owned(),
        format!(
            r#""serviceName": "serverless", "desiredCount": 2,
               "taskDefinition": "own", "capacityProviderStrategy":
               [{{"capacityProvider": "FARGATE_SPOT", "weight": 1}},
                {{"capacityProvider": "FARGATE", "base": 1, "weight": 1}}], {network}"#
        ),
        r#""serviceName": "agent", "taskDefinition": "plain", "schedulingStrategy": "DAEMON""#
            .to_owned(),
    ];
    let services = services.map(|text| rig.serve_json(&format!("{{{text}}}")));
    (rig, services)
}

/// The task that a number chooses, if there are any.
fn task(rig: &Rig, services: &[ServiceId], number: usize) -> Option<TaskId> {
    let all = services.iter().flat_map(|&service| rig.control.tasks_of(service));
    let all: Vec<TaskId> = all.collect();
    all.get(number % all.len().max(1)).copied()
}

fn machine(rig: &Rig, number: usize) -> Option<u32> {
    let all: Vec<u32> = rig.control.hosts.by_machine.keys().copied().collect();
    all.get(number % all.len().max(1)).copied()
}

fn perform(rig: &mut Rig, services: &[ServiceId; 4], now: &mut u64, act: Act) -> Option<()> {
    match act {
        Act::Wait(millis) => {
            *now += millis;
            rig.run_to(*now);
        }
        Act::Join(zone) => {
            rig.join(zone, (zone > 0).then_some(0), offers(2, 4000));
        }
        Act::Lose(number) => rig.lose(machine(rig, number)?),
        Act::Drain(number) => {
            let machine = machine(rig, number)?;
            rig.call(|control, around| control.drain(machine, around));
        }
        Act::Resize(service, tasks) => rig.call(|control, around| {
            control.set_desired(services[service], tasks, around);
        }),
        Act::Deploy(service, image) => {
            let family = if service % 2 == 0 { "own-next" } else { "plain-next" };
            let to = rig.control.find_definition(&format!("{family}:{}", image + 1))?;
            rig.call(|control, around| control.deploy(services[service], to, around));
        }
        Act::Run => {
            rig.run_tasks(r#"{"taskDefinition": "plain", "count": 3}"#);
        }
        Act::Unhealthy(number) => {
            let task = task(rig, services, number)?;
            rig.call(|control, around| control.target_health(task, false, around));
        }
        Act::Silent(number) => {
            let task = task(rig, services, number)?;
            rig.call(|control, around| control.answers(task, 0, false, around));
        }
        Act::Stop(number) => {
            let task = task(rig, services, number)?;
            rig.call(|control, around| control.stop_task(task, "for a test", around));
        }
        Act::Protect(number) => {
            let task = task(rig, services, number)?;
            rig.call(|control, around| control.protect(task, Some(5), around)).ok()?;
        }
        Act::Interrupt(number) => {
            let task = task(rig, services, number)?;
            let machine = rig.control.machine_of(task)?;
            rig.call(|control, around| control.spot_notice(machine, around));
        }
    }
    Some(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_that_tasks_had_is_given_back(acts in prop::collection::vec(act(), 1..60)) {
        let (mut rig, services) = cluster();
        let free: Vec<u32> = rig.subnets.iter().map(|subnet| subnet.free()).collect();
        let mut now = 0;
        for act in acts {
            perform(&mut rig, &services, &mut now, act);
        }
        // everything is stopped, and what is under way comes to its end
        for service in services {
            rig.call(|control, around| control.set_desired(service, 0, around));
        }
        let machines: Vec<u32> = rig.control.hosts.by_machine.keys().copied().collect();
        for machine in machines {
            rig.call(|control, around| control.drain(machine, around));
        }
        now += 1_000_000;
        rig.run_to(now);
        let standalone: Vec<TaskId> = rig.control.tasks.iter().map(|(id, _)| TaskId(id)).collect();
        for task in standalone {
            rig.call(|control, around| control.stop_task(task, "the end", around));
        }
        now += 1_000_000;
        rig.run_to(now);

        let counts = rig.control.counts();
        prop_assert_eq!(counts.alive(), 0);
        prop_assert!(rig.control.totals().balances(&counts));
        prop_assert!(rig.control.deployments().balances());
        prop_assert_eq!(rig.control.tasks.len(), 0, "a task was not forgotten");
        prop_assert_eq!(rig.control.slots.len(), 0, "a container was not forgotten");
        prop_assert_eq!(rig.control.waiting.len(), 0);
        prop_assert!(rig.control.fargate.machines.is_empty());
        for (_, instance) in rig.control.fleet.instances() {
            prop_assert_eq!(instance.left(), instance.registration().capacity);
        }
        for host in rig.control.hosts.by_machine.values() {
            prop_assert_eq!((host.tasks.len(), host.others), (0, 0));
        }
        for service in &rig.control.services {
            prop_assert_eq!(service.tally, Default::default());
            prop_assert!(service.zones.iter().all(|&tasks| tasks == 0));
        }
        let now_free: Vec<u32> = rig.subnets.iter().map(|subnet| subnet.free()).collect();
        prop_assert_eq!(now_free, free);
    }
}
