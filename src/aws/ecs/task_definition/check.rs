//! Rules of a task definition that concern several keys.

use super::container::{Condition, HostPort};
use super::order;
use super::read::Placed;
use super::size;
use super::{Architecture, NetworkMode, System, TaskDefinition};
use crate::aws::ecs::reader::{Reader, said};
use crate::aws::json::Object;
use crate::engine::SimDuration;

/// Fargate waits no longer between SIGTERM and SIGKILL.
const LONGEST_STOP: SimDuration = SimDuration::from_secs(120);

const PRIVILEGED: &str = "Fargate does not support `privileged`";
const OPTIONS: &str = "Fargate does not support `dockerSecurityOptions`";
const FARGATE_LOGS: [&str; 3] = ["awslogs", "splunk", "awsfirelens"];
/// Keys of containers that only work where tasks have no interface of their own. (API reference,
/// `ContainerDefinition`; for `links` the mode has to be `bridge`.)
const NOT_IN_AWSVPC: [&str; 3] = ["links", "hostname", "extraHosts"];

/// What concerns the task as a whole.
pub(super) fn task(reader: &mut Reader, object: &Object<'_>, definition: &TaskDefinition) {
    if definition.for_fargate {
        fargate(reader, object, definition);
    } else if let (Some(cpu), Some(part)) = (definition.cpu, object.get("cpu")) {
        size::check_ec2(reader, cpu, part);
    }
    let windows = matches!(definition.platform.system, Some(System::Windows(_)));
    if windows
        && definition.platform.architecture == Some(Architecture::Arm)
        && let Some(part) = object.get("runtimePlatform")
    {
        let help = "write `\"cpuArchitecture\": \"X86_64\"`";
        reader.wrong(part.span(), "there are no Windows containers for ARM", help);
    }
}

fn fargate(reader: &mut Reader, object: &Object<'_>, definition: &TaskDefinition) {
    if definition.network != NetworkMode::Awsvpc {
        let at = object.get("networkMode").or_else(|| object.get("requiresCompatibilities"));
        let at = at.map_or(object.part.span(), |part| part.span());
        let help = "write `\"networkMode\": \"awsvpc\"`";
        reader.wrong(at, "Fargate only supports the network mode `awsvpc`", help);
    }
    for key in ["cpu", "memory"] {
        if object.get(key).is_none() {
            let part = object.get("requiresCompatibilities").unwrap_or(object.part);
            let title = format!("Fargate requires that `{key}` be defined for the task");
            let example = if key == "cpu" { "256" } else { "512" };
            let help = format!("add `\"{key}\": \"{example}\"` beside `family`");
            reader.wrong(part.span(), title, help);
        }
    }
    let cpu = definition.cpu.zip(object.get("cpu"));
    let memory = definition.memory.zip(object.get("memory"));
    if let (Some(cpu), Some(memory)) = (cpu, memory) {
        let windows = matches!(definition.platform.system, Some(System::Windows(_)));
        size::check_fargate(reader, cpu, memory, windows);
    }
    if let Some(part) = object.get("placementConstraints")
        && !definition.constraints.is_empty()
    {
        let help = "leave them out: Fargate has no instances to choose from";
        reader.wrong(part.span(), "placement constraints are not supported on Fargate", help);
    }
    let volumes = object.get("volumes").and_then(|part| part.list().ok()).unwrap_or_default();
    for volume in volumes.iter().filter_map(|part| part.object().ok()) {
        let host = volume.get("host").and_then(|part| part.object().ok());
        if let Some(part) = host.as_ref().and_then(|host| said(host, "sourcePath")) {
            let help = "leave it out: Fargate has no instance whose folders a task could have";
            reader.wrong(part.span(), "`sourcePath` is not supported on Fargate", help);
        }
    }
}

/// What concerns the containers, each and together.
pub(super) fn containers(
    reader: &mut Reader,
    object: &Object<'_>,
    definition: &TaskDefinition,
    placed: &[Placed<'_>],
) {
    let Some(list) = object.get("containerDefinitions") else { return };
    let listed = list.list().map_or(0, |parts| parts.len());
    if listed == 0 && list.is_list() {
        reader.wrong(list.span(), "a task needs a container", "add one with `name` and `image`");
    }
    if listed > 0 && listed == placed.len() && placed.iter().all(|one| !one.container.essential) {
        let help = "take `\"essential\": false` from the container that the task is there for";
        reader.wrong(list.span(), "a task needs an essential container", help);
    }
    for (place, one) in placed.iter().enumerate() {
        name(reader, one, &placed[..place]);
        memory(reader, one, definition);
        ports(reader, one, definition, &placed[..place]);
        on_fargate(reader, one, definition);
        in_awsvpc(reader, one, definition);
        mounts(reader, one, definition);
        conditions(reader, one, placed);
    }
    totals(reader, object, definition, placed);
    let containers: Vec<_> = placed.iter().map(|one| one.container.clone()).collect();
    if let Some(cycle) = order::cycle(&containers) {
        let names: Vec<_> = cycle.iter().map(|&place| &*containers[place].name).collect();
        let at = placed[cycle[0]].object.get("dependsOn").unwrap_or(list).span();
        let title = format!("`{}` depends on itself", names[0]);
        let way = names.iter().chain([&names[0]]).map(|name| format!("`{name}`"));
        let help = format!("none can start: {}", way.collect::<Vec<_>>().join(" waits for "));
        reader.wrong(at, title, help);
    }
}

fn name(reader: &mut Reader, one: &Placed<'_>, earlier: &[Placed<'_>]) {
    let Some(part) = one.object.get("name") else { return };
    let name = &one.container.name;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.len() > 255 || !name.chars().all(allowed) {
        let help = "use up to 255 letters, digits, `-` and `_`";
        reader.wrong(part.span(), format!("`{name}` cannot be the name of a container"), help);
    }
    let same = earlier.iter().find(|other| !name.is_empty() && other.container.name == *name);
    if let Some(other) = same.and_then(|other| other.object.get("name")) {
        let mut problem = part.problem(format!("there are two containers `{name}`"));
        problem.related = Some((other.span(), "the other one".to_owned()));
        reader.problems.push(problem.help("give each a name of its own"));
    }
}

fn memory(reader: &mut Reader, one: &Placed<'_>, definition: &TaskDefinition) {
    let (container, object) = (&one.container, &one.object);
    let said = ["memory", "memoryReservation"].map(|key| object.get(key));
    if let ([Some(limit_part), Some(part)], Some(limit), Some(reservation)) =
        (said, container.memory, container.memory_reservation)
        && limit < reservation
    {
        let title = format!("`memory` is {limit}, less than the reservation of {reservation}");
        let mut problem = limit_part.problem(title);
        problem.related = Some((part.span(), "reserved".to_owned()));
        reader.problems.push(problem.help("raise the limit, or leave one of them out"));
    }
    if said.iter().all(Option::is_none) && definition.memory.is_none() {
        let title = format!(
            "container `{}` has neither `memory` nor `memoryReservation`, and the task no `memory`",
            container.name
        );
        let at = object.get("name").unwrap_or(object.part).span();
        reader.wrong(at, title, "add `\"memoryReservation\": 128`, the MiB to set aside for it");
    }
    if let (Some(part), Some(limit), Some(task)) = (said[0], container.memory, definition.memory)
        && limit > task
    {
        let title = format!("a container of {limit} is more than the task, which has {task}");
        reader.wrong(part.span(), title, "lower it, or raise `memory` of the task");
    }
}

fn ports(
    reader: &mut Reader,
    one: &Placed<'_>,
    definition: &TaskDefinition,
    earlier: &[Placed<'_>],
) {
    let Some(list) = one.object.get("portMappings") else { return };
    let mode = match definition.network {
        NetworkMode::Awsvpc => "awsvpc",
        NetworkMode::Host => "host",
        NetworkMode::None => {
            if !one.container.ports.is_empty() {
                let help = "leave them out, or choose the network mode `bridge` or `awsvpc`";
                let title = "with the network mode `none` a container has no ports";
                reader.wrong(list.span(), title, help);
            }
            return;
        }
        NetworkMode::Bridge | NetworkMode::Nat => "",
    };
    let parts = list.list().unwrap_or_default();
    for (place, port) in one.container.ports.iter().enumerate() {
        // of mappings that are wrong, some are missing here
        let all = parts.len() == one.container.ports.len();
        let at = if all { parts[place].span() } else { list.span() };
        if let HostPort::Fixed(host) = port.host
            && !mode.is_empty()
            && host != port.container
        {
            let title = format!("in the network mode `{mode}` the ports must match");
            let help = format!("leave `hostPort` out, or write `\"hostPort\": {}`", port.container);
            reader.wrong(at.clone(), title, help);
        }
        let taken = |other: &super::PortMapping| match (mode, port.host, other.host) {
            ("", HostPort::Fixed(_), _) => port.host == other.host,
            ("", ..) => false,
            _ => port.container == other.container,
        };
        let before = earlier.iter().flat_map(|other| &other.container.ports);
        let mut before = before.chain(&one.container.ports[..place]);
        if before.any(|other| other.protocol == port.protocol && taken(other)) {
            let title = "this port is taken by another mapping of the task";
            reader.wrong(at, title, "the containers of a task share its ports: choose another");
        }
    }
}

fn on_fargate(reader: &mut Reader, one: &Placed<'_>, definition: &TaskDefinition) {
    if !definition.for_fargate {
        return;
    }
    let container = &one.container;
    let too_long = container.stop_timeout.is_some_and(|timeout| timeout > LONGEST_STOP);
    let driver = container.log_driver.as_deref();
    let foreign = driver.is_some_and(|driver| !FARGATE_LOGS.contains(&driver));
    let wrong = [
        ("stopTimeout", too_long, "Fargate waits 120 s at most for a container to stop"),
        ("resourceRequirements", container.gpus > 0, "Fargate has no GPUs"),
        ("privileged", said(&one.object, "privileged").is_some(), PRIVILEGED),
        ("dockerSecurityOptions", said(&one.object, "dockerSecurityOptions").is_some(), OPTIONS),
        ("logConfiguration", foreign, "Fargate logs by `awslogs`, `splunk` and `awsfirelens` only"),
    ];
    for (key, _, title) in wrong.into_iter().filter(|(_, wrong, _)| *wrong) {
        let part = one.object.get(key).unwrap_or(one.object.part);
        reader.wrong(part.span(), title, "change it, or take FARGATE out of the compatibilities");
    }
    let needs_role = driver == Some("awslogs") || container.image.contains(".dkr.ecr.");
    if needs_role && definition.execution_role.is_none() {
        let key = match driver {
            Some("awslogs") => "logConfiguration",
            _ => "image",
        };
        let part = one.object.get(key).unwrap_or(one.object.part);
        let title = format!("Fargate requires an execution role for this `{key}`");
        let help = "add `executionRoleArn`, a role that may pull images and write logs";
        reader.wrong(part.span(), title, help);
    }
}

fn in_awsvpc(reader: &mut Reader, one: &Placed<'_>, definition: &TaskDefinition) {
    if definition.network != NetworkMode::Awsvpc {
        return;
    }
    for key in NOT_IN_AWSVPC {
        let Some(part) = said(&one.object, key) else { continue };
        let title = format!("`{key}` is not supported in the network mode `awsvpc`");
        reader.wrong(part.span(), title, "leave it out, or choose the network mode `bridge`");
    }
}

/// Volumes that are mounted must be there.
fn mounts(reader: &mut Reader, one: &Placed<'_>, definition: &TaskDefinition) {
    let Some(list) = one.object.get("mountPoints") else { return };
    for mount in reader.noted(list.list()).unwrap_or_default() {
        let Some(object) = reader.noted(mount.object()) else { continue };
        let Some(part) = object.get("sourceVolume") else { continue };
        let Some(name) = reader.noted(part.text()) else { continue };
        if !definition.volumes.contains(&name) {
            let volumes = definition.volumes.iter().map(String::as_str);
            let help = crate::scenario::diagnostic::suggestion(&name, volumes, "volume");
            reader.wrong(part.span(), format!("the task has no volume `{name}`"), help);
        }
    }
}

/// Conditions that the container they are about can never fulfil.
fn conditions(reader: &mut Reader, one: &Placed<'_>, all: &[Placed<'_>]) {
    for dependency in &one.container.depends_on {
        let other = &all[dependency.container].container;
        let (title, help) = match dependency.condition {
            Condition::Healthy if other.health_check.is_none() => {
                let title = format!("`{}` has no health check to be HEALTHY by", other.name);
                (title, "give it a `healthCheck`, or wait for `START`")
            }
            Condition::Complete | Condition::Success if other.essential => {
                let title = format!("`{}` is essential: when it ends, the task does", other.name);
                (title, "mark it `\"essential\": false`, or wait for `START`")
            }
            _ => continue,
        };
        let at = one.object.get("dependsOn").unwrap_or(one.object.part).span();
        reader.wrong(at, title, help);
    }
}

/// What containers reserve together must fit into the task.
fn totals(
    reader: &mut Reader,
    object: &Object<'_>,
    definition: &TaskDefinition,
    placed: &[Placed<'_>],
) {
    let containers = || placed.iter().map(|one| &one.container);
    let cpu: u64 = containers().map(|container| u64::from(container.cpu.0)).sum();
    let memory: u64 = containers().map(|container| u64::from(container.reserved_memory().0)).sum();
    let limits = [
        ("cpu", "CPU units", cpu, definition.cpu.map(|cpu| cpu.0)),
        ("memory", "MiB", memory, definition.memory.map(|memory| memory.0)),
    ];
    for (key, unit, sum, limit) in limits {
        if let (Some(limit), Some(part)) = (limit, object.get(key))
            && sum > u64::from(limit)
        {
            let title = format!("the containers reserve {sum} {unit}, the task has {limit}");
            let help = format!("raise `{key}` of the task, or lower that of containers");
            reader.wrong(part.span(), title, help);
        }
    }
}
