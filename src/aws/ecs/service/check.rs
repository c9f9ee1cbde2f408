//! Rules of a service that concern several keys, or its task definition.

use super::{Launch, Scheduling, Service};
use crate::aws::ecs::placement::{Constraint, Field, Strategy, ZONE};
use crate::aws::ecs::reader::Reader;
use crate::aws::ecs::task_definition::{NetworkMode, TaskDefinition};
use crate::aws::json::{Object, Part};
use crate::scenario::diagnostic::suggestion;

/// By the quotas.
const MOST_TARGET_GROUPS: usize = 5;

/// Two keys that do not go together.
pub(super) fn conflict(
    reader: &mut Reader,
    one: Part<'_>,
    other: Part<'_>,
    title: impl Into<String>,
    help: &str,
) {
    let mut problem = one.problem(title).help(help);
    problem.related = Some((other.span(), "with this".to_owned()));
    reader.problems.push(problem);
}

/// What concerns the service by itself.
pub(super) fn service(reader: &mut Reader, object: &Object<'_>, service: &Service) {
    if service.scheduling == Scheduling::Daemon {
        daemon(reader, object, service);
    }
    if service.launch.is_fargate() {
        on_fargate(reader, object, &service.strategies, &service.constraints);
    }
    if let Some(part) = object.get("loadBalancers")
        && service.load_balancers.len() > MOST_TARGET_GROUPS
    {
        let count = service.load_balancers.len();
        let title = format!("there are {count} target groups");
        reader.wrong(part.span(), title, format!("there may be {MOST_TARGET_GROUPS}"));
    }
    if let Some(part) = object.get("healthCheckGracePeriodSeconds")
        && service.load_balancers.is_empty()
        && !service.health_grace.is_zero()
    {
        let title = "a health check grace period needs a load balancer";
        reader.wrong(part.span(), title, "leave it out, or add `loadBalancers`");
    }
    let deployment = &service.deployment;
    if deployment.max_percent < deployment.min_healthy_percent
        && let Some(part) = object.get("deploymentConfiguration")
    {
        let title = "`maximumPercent` is less than `minimumHealthyPercent`";
        reader.wrong(part.span(), title, "raise the one, or lower the other");
    }
}

fn daemon(reader: &mut Reader, object: &Object<'_>, service: &Service) {
    let reasons = [
        ("desiredCount", "a daemon service has a task on each instance, and no desired count"),
        ("placementStrategy", "a daemon service runs everywhere, and has no placement strategy"),
        ("capacityProviderStrategy", "a daemon service has no capacity provider strategy"),
    ];
    // `describe-services` counts daemons as desired, and prints lists with nothing in them
    let described = object.get("serviceArn").is_some();
    let said = |key| object.get(key).filter(|part| part.written() != "[]");
    for (key, title) in reasons {
        if let Some(part) = said(key).filter(|_| !described || key != "desiredCount") {
            reader.wrong(part.span(), title, "leave it out");
        }
    }
    if let (Launch::Fargate, Some(part)) = (&service.launch, object.get("launchType")) {
        let title = "there are no daemon services on Fargate";
        reader.wrong(part.span(), title, "write `\"launchType\": \"EC2\"`");
    }
}

/// What concerns tasks on Fargate, be they of a service or of a call that is so written.
pub(super) fn on_fargate(
    reader: &mut Reader,
    object: &Object<'_>,
    strategies: &[Strategy],
    constraints: &[Constraint],
) {
    let parts = [
        ("placementStrategy", strategies.is_empty()),
        ("placementConstraints", constraints.is_empty()),
    ];
    for (key, empty) in parts {
        if let (false, Some(part)) = (empty, object.get(key)) {
            let title = format!("`{key}` is not supported on Fargate");
            let help = "leave it out: Fargate has no instances, and spreads tasks over zones";
            reader.wrong(part.span(), title, help);
        }
    }
    if object.get("networkConfiguration").is_none() {
        let at = object.get("launchType").or_else(|| object.get("capacityProviderStrategy"));
        let at = at.unwrap_or(object.part).span();
        needs_network(reader, at, "tasks on Fargate need a network configuration");
    }
}

fn needs_network(reader: &mut Reader, at: std::ops::Range<usize>, title: &str) {
    let help =
        "add `\"networkConfiguration\": { \"awsvpcConfiguration\": { \"subnets\": [\"…\"] } }`";
    reader.wrong(at, title, help);
}

/// Whether tasks are moved to even out zones: as it says, else where that is possible. New services
/// have it by default since 2025.
///
/// It is possible for services of replicas that may have more tasks than desired, and that spread
/// them over zones first.
pub(super) fn rebalancing(
    reader: &mut Reader,
    object: &Object<'_>,
    service: &Service,
    said: Option<bool>,
) -> bool {
    let zones_first = match service.strategies.first() {
        None => true,
        Some(Strategy::Spread(Field::Attribute(name))) => name == ZONE,
        Some(_) => false,
    };
    let obstacle = match () {
        () if service.scheduling == Scheduling::Daemon => Some("a daemon service is everywhere"),
        () if service.deployment.max_percent <= 100 => {
            Some("it needs a `maximumPercent` above 100")
        }
        () if !zones_first => Some("it needs tasks to be spread over zones first"),
        () => None,
    };
    match (said, obstacle, object.get("availabilityZoneRebalancing")) {
        (Some(true), Some(why), Some(part)) => {
            let title = "tasks of this service cannot be rebalanced over zones";
            reader.wrong(part.span(), title, format!("{why}; or write `DISABLED`"));
            false
        }
        (Some(said), ..) => said,
        (None, obstacle, _) => obstacle.is_none(),
    }
}

/// What a service and its task definition have to do with each other.
pub(super) fn with_definition(
    reader: &mut Reader,
    object: &Object<'_>,
    service: &Service,
    definition: &TaskDefinition,
) {
    launched(reader, object, &service.launch, definition);
    balancers(reader, object, service, definition);
}

/// What tasks of a service or of a call have to do with their definition, where they are launched.
pub(super) fn launched(
    reader: &mut Reader,
    object: &Object<'_>,
    launch: &Launch,
    definition: &TaskDefinition,
) {
    let task = object.get("taskDefinition").unwrap_or(object.part);
    let awsvpc = definition.network == NetworkMode::Awsvpc;
    match object.get("networkConfiguration") {
        Some(part) if !awsvpc => {
            let title = "only tasks with the network mode `awsvpc` have a network configuration";
            let help = "leave it out, or change `networkMode` in the task definition";
            reader.wrong(part.span(), title, help);
        }
        None if awsvpc && !launch.is_fargate() => {
            let title = "tasks with the network mode `awsvpc` need a network configuration";
            needs_network(reader, task.span(), title);
        }
        _ => {}
    }
    if launch.is_fargate() && !definition.for_fargate {
        let title = format!("`{}` is not made for Fargate", definition.family);
        let help = "add `\"requiresCompatibilities\": [\"FARGATE\"]` to the task definition";
        reader.wrong(task.span(), title, help);
    }
    if launch.is_fargate() && definition.gpus() > 0 {
        let help = "run them on instances that have some";
        reader.wrong(task.span(), "the tasks need GPUs, which Fargate does not have", help);
    }
}

fn balancers(
    reader: &mut Reader,
    object: &Object<'_>,
    service: &Service,
    definition: &TaskDefinition,
) {
    let Some(list) = object.get("loadBalancers") else { return };
    let parts = list.list().unwrap_or_default();
    if parts.len() != service.load_balancers.len() {
        return;
    }
    for (part, balancer) in parts.iter().zip(&service.load_balancers) {
        let at = |key| {
            let object = part.object().ok();
            object.and_then(|object| object.get(key)).map_or(part.span(), |part| part.span())
        };
        let names = definition.containers.iter().map(|container| container.name.as_str());
        let container =
            definition.containers.iter().find(|container| container.name == balancer.container);
        let Some(container) = container else {
            let title = format!("the task has no container `{}`", balancer.container);
            let help = suggestion(&balancer.container, names, "container");
            reader.wrong(at("containerName"), title, help);
            continue;
        };
        if !container.ports.iter().any(|port| port.container == balancer.port) {
            let (name, port) = (&container.name, balancer.port);
            let title = format!("container `{name}` does not map the port {port}");
            let help = format!("add `{{ \"containerPort\": {port} }}` to its `portMappings`");
            reader.wrong(at("containerPort"), title, help);
        }
    }
}
