//! From JSON to a service; rules that concern several keys are those of [`check`].

use super::{
    CircuitBreaker, Deployment, DeploymentAlarms, LoadBalancer, MOST_TASKS, Named, Scheduling,
    Service, check, launch, network, strategy,
};
use crate::aws::ecs::reader::{Choices, Described, Keys, Reader};
use crate::aws::ecs::task_definition::{TaskDefinition, distinct_or_member};
use crate::aws::json::{Object, Part};
use crate::engine::SimDuration;

const SERVICE: Keys = Keys {
    kind: "a service",
    read: &[
        "serviceName",
        "cluster",
        "taskDefinition",
        "desiredCount",
        "schedulingStrategy",
        "launchType",
        "capacityProviderStrategy",
        "deploymentConfiguration",
        "deploymentController",
        "placementStrategy",
        "placementConstraints",
        "loadBalancers",
        "networkConfiguration",
        "healthCheckGracePeriodSeconds",
        "availabilityZoneRebalancing",
    ],
    ignored: &[
        "clientToken",
        "role",
        "platformVersion",
        "serviceRegistries",
        "serviceConnectConfiguration",
        "volumeConfigurations",
        "vpcLatticeConfigurations",
        "tags",
        "enableECSManagedTags",
        "propagateTags",
        "enableExecuteCommand",
    ],
};
const DESCRIBED: Described = Described {
    list: "services",
    one: "service",
    keys: &[
        "serviceArn",
        "clusterArn",
        "roleArn",
        "status",
        "runningCount",
        "pendingCount",
        "taskSets",
        "deployments",
        "events",
        "createdAt",
        "createdBy",
        "platformFamily",
        "currentServiceDeployment",
        "currentServiceRevisions",
        "resourceManagementType",
    ],
};
const DEPLOYMENT: Keys = Keys {
    kind: "a deployment configuration",
    read: &[
        "minimumHealthyPercent",
        "maximumPercent",
        "deploymentCircuitBreaker",
        "alarms",
        "strategy",
    ],
    ignored: &["bakeTimeInMinutes", "lifecycleHooks", "linearConfiguration", "canaryConfiguration"],
};
const BREAKER: Keys =
    Keys { kind: "a circuit breaker", read: &["enable", "rollback"], ignored: &[] };
const ALARMS: Keys =
    Keys { kind: "the alarms", read: &["alarmNames", "enable", "rollback"], ignored: &[] };
const CONTROLLER: Keys = Keys { kind: "a deployment controller", read: &["type"], ignored: &[] };
const BALANCER: Keys = Keys {
    kind: "a load balancer",
    read: &["targetGroupArn", "containerName", "containerPort"],
    ignored: &["advancedConfiguration"],
};

/// Whether it is the controller that is simulated.
const CONTROLLERS: Choices<bool> = &[("ECS", true), ("CODE_DEPLOY", false), ("EXTERNAL", false)];
/// Whether it is the strategy that is simulated.
const STRATEGIES: Choices<bool> =
    &[("ROLLING", true), ("BLUE_GREEN", false), ("LINEAR", false), ("CANARY", false)];
const DAEMON: Choices<bool> = &[("REPLICA", false), ("DAEMON", true)];
const SWITCH: Choices<bool> = &[("ENABLED", true), ("DISABLED", false)];

/// Reads a whole document of a cluster.
pub(super) fn services(reader: &mut Reader, part: Part<'_>, named: &Named<'_>) -> Vec<Service> {
    let found = reader.described(part, DESCRIBED, |reader, part| {
        let service = service(reader, part, |name| named.definition(name))?;
        let object = part.object().ok()?;
        named.check(reader, &object, &service.launch, service.network.as_ref());
        named.check_service(reader, &object);
        Some(service)
    });
    found.into_iter().map(|(service, ignored)| Service { ignored, ..service }).collect()
}

/// Reads a service, whose task definition is found by its name, if that is known.
pub(super) fn service<'d>(
    reader: &mut Reader,
    part: Part<'_>,
    definition: impl FnOnce(&str) -> Option<&'d TaskDefinition>,
) -> Option<Service> {
    let object = reader.object(part, SERVICE)?;
    let name = reader.required(&object, "serviceName", name);
    let task_definition = reader.required(&object, "taskDefinition", Reader::text);
    let daemon = reader.optional(&object, "schedulingStrategy", |r, part| r.choice(part, DAEMON));
    let daemon = daemon.unwrap_or(false);
    let grace = reader.optional(&object, "healthCheckGracePeriodSeconds", |reader, part| {
        reader.whole(part, 0..=i32::MAX.unsigned_abs())
    });
    reader.optional(&object, "deploymentController", |reader, part| {
        let object = reader.object(part, CONTROLLER)?;
        reader.required(&object, "type", |r, part| simulated(r, part, CONTROLLERS, "ECS"))
    });
    let mut service = Service {
        name: name.unwrap_or_default(),
        cluster: reader.optional(&object, "cluster", Reader::text),
        task_definition: task_definition.unwrap_or_default(),
        scheduling: if daemon { Scheduling::Daemon } else { replicas(reader, &object) },
        launch: launch::launch(reader, &object),
        deployment: reader
            .optional(&object, "deploymentConfiguration", |r, part| deployment(r, part, daemon))
            .unwrap_or_else(|| Deployment::default_of(daemon)),
        strategies: strategy::strategies(reader, &object),
        constraints: distinct_or_member(reader, &object),
        load_balancers: reader.each(&object, "loadBalancers", balancer),
        network: network::network(reader, &object),
        health_grace: SimDuration::from_secs(u64::from(grace.unwrap_or(0))),
        rebalancing: false,
        ignored: Vec::new(),
    };
    let rebalancing =
        reader.optional(&object, "availabilityZoneRebalancing", |r, part| r.choice(part, SWITCH));
    service.rebalancing = check::rebalancing(reader, &object, &service, rebalancing);
    check::service(reader, &object, &service);
    if let Some(definition) = definition(&service.task_definition) {
        check::with_definition(reader, &object, &service, definition);
    }
    Some(service)
}

pub(super) fn name(reader: &mut Reader, part: Part<'_>) -> Option<String> {
    let text = reader.text(part)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.len() > 255 || !text.chars().all(allowed) {
        let help = "use up to 255 letters, digits, `-` and `_`";
        reader.wrong(part.span(), format!("`{text}` cannot be the name of a service"), help);
    }
    Some(text)
}

/// A word, of which only one is simulated.
fn simulated(
    reader: &mut Reader,
    part: Part<'_>,
    choices: Choices<bool>,
    only: &str,
) -> Option<bool> {
    let found = reader.choice(part, choices)?;
    if !found {
        let title = format!("{} is not simulated", part.written().trim_matches('"'));
        reader.wrong(part.span(), title, format!("write `{only}` to see a rolling update"));
    }
    Some(found)
}

fn replicas(reader: &mut Reader, object: &Object<'_>) -> Scheduling {
    let count = |reader: &mut Reader, part: Part<'_>| reader.whole(part, 0..=MOST_TASKS);
    let desired = reader.required(object, "desiredCount", count).unwrap_or(0);
    Scheduling::Replica { desired }
}

impl Deployment {
    /// What the API assumes: 100 and 200 per cent, and for daemons 0 and 100.
    pub fn default_of(daemon: bool) -> Self {
        let (min_healthy_percent, max_percent) = if daemon { (0, 100) } else { (100, 200) };
        Self { min_healthy_percent, max_percent, circuit_breaker: None, alarms: None }
    }
}

fn deployment(reader: &mut Reader, part: Part<'_>, daemon: bool) -> Option<Deployment> {
    let object = reader.object(part, DEPLOYMENT)?;
    let default = Deployment::default_of(daemon);
    let min = reader.optional(&object, "minimumHealthyPercent", |r, part| r.whole(part, 0..=100));
    let max = reader.optional(&object, "maximumPercent", |r, part| r.whole(part, 100..=u32::MAX));
    if let (true, Some(part)) =
        (daemon && max.is_some_and(|max| max != 100), object.get("maximumPercent"))
    {
        let help = "write 100: an instance has no room set aside for two daemons";
        reader.wrong(part.span(), "a daemon service has at most one task on an instance", help);
    }
    reader.optional(&object, "strategy", |r, part| simulated(r, part, STRATEGIES, "ROLLING"));
    let breaker = reader.optional(&object, "deploymentCircuitBreaker", |reader, part| {
        let object = reader.object(part, BREAKER)?;
        let enable = reader.required(&object, "enable", Reader::flag);
        let rollback = reader.required(&object, "rollback", Reader::flag);
        Some(enable?.then_some(CircuitBreaker { rollback: rollback? }))
    });
    let alarms = reader.optional(&object, "alarms", |reader, part| {
        let object = reader.object(part, ALARMS)?;
        reader.noted(object.required("alarmNames"));
        let names = reader.texts(&object, "alarmNames");
        let enable = reader.required(&object, "enable", Reader::flag);
        let rollback = reader.required(&object, "rollback", Reader::flag);
        Some(enable?.then_some(DeploymentAlarms { names, rollback: rollback? }))
    });
    Some(Deployment {
        min_healthy_percent: min.unwrap_or(default.min_healthy_percent),
        max_percent: max.unwrap_or(default.max_percent),
        circuit_breaker: breaker.flatten(),
        alarms: alarms.flatten(),
    })
}

fn balancer(reader: &mut Reader, part: Part<'_>) -> Option<LoadBalancer> {
    if let Ok(object) = part.object()
        && let Some(part) = object.get("loadBalancerName")
    {
        let title = "Classic Load Balancers are not simulated";
        reader.wrong(part.span(), title, "name a target group by `targetGroupArn`");
        return None;
    }
    let object = reader.object(part, BALANCER)?;
    let group = reader.required(&object, "targetGroupArn", Reader::text);
    let container = reader.required(&object, "containerName", Reader::text);
    let port = reader.required(&object, "containerPort", |r, part| r.whole(part, 1..=65_535));
    let port = u16::try_from(port?).ok()?;
    Some(LoadBalancer { target_group: group?, container: container?, port })
}
