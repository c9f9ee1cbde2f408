//! One container of a task definition.

use std::ops::{Range, RangeInclusive};

use super::super::container::{
    Condition, Container, Dependency, HealthCheck, HostPort, LogGroup, PortMapping, Protocol,
    RestartPolicy, Secret,
};
use crate::aws::ecs::reader::{Choices, Keys, Reader};
use crate::aws::ecs::units::{CpuUnits, Mebibytes};
use crate::aws::json::{Object, Part};
use crate::engine::SimDuration;
use crate::scenario::diagnostic::suggestion;

const CONTAINER: Keys = Keys {
    kind: "a container",
    read: &[
        "name",
        "image",
        "cpu",
        "memory",
        "memoryReservation",
        "resourceRequirements",
        "portMappings",
        "essential",
        "dependsOn",
        "healthCheck",
        "startTimeout",
        "stopTimeout",
        "restartPolicy",
        "logConfiguration",
        "secrets",
    ],
    ignored: &[
        // these two are checked all the same
        "environment",
        "mountPoints",
        "command",
        "entryPoint",
        "workingDirectory",
        "user",
        "hostname",
        "links",
        "environmentFiles",
        "volumesFrom",
        "linuxParameters",
        "disableNetworking",
        "privileged",
        "readonlyRootFilesystem",
        "dnsServers",
        "dnsSearchDomains",
        "extraHosts",
        "dockerSecurityOptions",
        "dockerLabels",
        "interactive",
        "pseudoTerminal",
        "ulimits",
        "repositoryCredentials",
        "systemControls",
        "firelensConfiguration",
        "credentialSpecs",
        "versionConsistency",
    ],
};
const PORT: Keys = Keys {
    kind: "a port mapping",
    read: &["containerPort", "hostPort", "protocol"],
    ignored: &["name", "appProtocol", "containerPortRange"],
};
const DEPENDENCY: Keys =
    Keys { kind: "a dependency", read: &["containerName", "condition"], ignored: &[] };
const HEALTH: Keys = Keys {
    kind: "a health check",
    read: &["command", "interval", "timeout", "retries", "startPeriod"],
    ignored: &[],
};
const RESTART: Keys = Keys {
    kind: "a restart policy",
    read: &["enabled", "ignoredExitCodes", "restartAttemptPeriod"],
    ignored: &[],
};
const LOG: Keys = Keys {
    kind: "a log configuration",
    read: &["logDriver", "options"],
    ignored: &["secretOptions"],
};
const SECRET: Keys = Keys { kind: "a secret", read: &["name", "valueFrom"], ignored: &[] };
const REQUIREMENT: Keys =
    Keys { kind: "a resource requirement", read: &["type", "value"], ignored: &[] };

const PROTOCOL: Choices<Protocol> = &[("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];
const CONDITION: Choices<Condition> = &[
    ("START", Condition::Start),
    ("COMPLETE", Condition::Complete),
    ("SUCCESS", Condition::Success),
    ("HEALTHY", Condition::Healthy),
];
/// Whether a requirement is one for GPUs.
const RESOURCE: Choices<bool> = &[("GPU", true), ("InferenceAccelerator", false)];
const DRIVERS: Choices<&str> = &[
    ("awslogs", "awslogs"),
    ("awsfirelens", "awsfirelens"),
    ("fluentd", "fluentd"),
    ("gelf", "gelf"),
    ("json-file", "json-file"),
    ("journald", "journald"),
    ("logentries", "logentries"),
    ("splunk", "splunk"),
    ("syslog", "syslog"),
];

/// Options that `awslogs` cannot do without.
const AWSLOGS: [&str; 2] = ["awslogs-group", "awslogs-region"];

/// The engine gives no container less, in MiB.
const LEAST_MEMORY: u32 = 6;
/// No instance has more: 192 vCPUs, 100 TB, and GPUs by far.
const MOST_CPU: u32 = 196_608;
const MOST_MEMORY: u32 = 100_000_000;
const MOST_GPUS: u32 = 64;
const PORTS: RangeInclusive<u32> = 1..=65_535;
/// In seconds.
const TIMEOUT: RangeInclusive<u32> = 2..=u32::MAX;

/// A container, and what of it is still to be checked against others.
pub(in crate::aws::ecs::task_definition) struct Placed<'t> {
    pub container: Container,
    pub object: Object<'t>,
    depends_on: Vec<Named>,
}

/// A dependency by name.
struct Named {
    name: String,
    at: Range<usize>,
    condition: Condition,
}

pub(super) fn container<'t>(reader: &mut Reader, part: Part<'t>) -> Option<Placed<'t>> {
    let object = reader.object(part, CONTAINER)?;
    let name = reader.required(&object, "name", Reader::text);
    let image = reader.required(&object, "image", Reader::text);
    let memory =
        |reader: &mut Reader, part: Part<'_>| reader.whole(part, LEAST_MEMORY..=MOST_MEMORY);
    let seconds = |reader: &mut Reader, part: Part<'_>| reader.whole(part, TIMEOUT).map(secs);
    reader.named_values(&object, "environment");
    let logs = reader.optional(&object, "logConfiguration", logs);
    let container = Container {
        cpu: CpuUnits(
            reader.optional(&object, "cpu", |r, part| r.whole(part, 0..=MOST_CPU)).unwrap_or(0),
        ),
        memory: reader.optional(&object, "memory", memory).map(Mebibytes),
        memory_reservation: reader.optional(&object, "memoryReservation", memory).map(Mebibytes),
        gpus: reader.each(&object, "resourceRequirements", gpus).into_iter().sum(),
        ports: reader.each(&object, "portMappings", port),
        essential: reader.optional(&object, "essential", Reader::flag).unwrap_or(true),
        depends_on: Vec::new(),
        health_check: reader.optional(&object, "healthCheck", health_check).flatten(),
        start_timeout: reader.optional(&object, "startTimeout", seconds),
        stop_timeout: reader.optional(&object, "stopTimeout", seconds),
        restart: reader.optional(&object, "restartPolicy", restart).flatten(),
        log_driver: logs.as_ref().map(|(driver, _)| driver.clone()),
        logs: logs.and_then(|(_, group)| group),
        secrets: reader.each(&object, "secrets", secret),
        name: name.unwrap_or_default(),
        image: image.unwrap_or_default(),
    };
    let depends_on = reader.each(&object, "dependsOn", |reader, part| {
        let object = reader.object(part, DEPENDENCY)?;
        let name = reader.required(&object, "containerName", Reader::text);
        let condition = reader.required(&object, "condition", |r, part| r.choice(part, CONDITION));
        let at = object.get("containerName")?.span();
        Some(Named { name: name?, at, condition: condition? })
    });
    Some(Placed { container, object, depends_on })
}

/// Finds the containers that others depend on.
pub(super) fn resolve(reader: &mut Reader, placed: &mut [Placed<'_>]) {
    let names: Vec<String> = placed.iter().map(|placed| placed.container.name.clone()).collect();
    for placed in placed {
        for named in std::mem::take(&mut placed.depends_on) {
            match names.iter().position(|name| *name == named.name) {
                Some(container) => {
                    let dependency = Dependency { container, condition: named.condition };
                    placed.container.depends_on.push(dependency);
                }
                None => {
                    let title = format!("there is no container `{}` in this task", named.name);
                    let others = names.iter().filter(|name| **name != placed.container.name);
                    let others = others.map(String::as_str);
                    reader.wrong(
                        named.at,
                        title,
                        suggestion(&named.name, others, "other container"),
                    );
                }
            }
        }
    }
}

fn secs(seconds: u32) -> SimDuration {
    SimDuration::from_secs(u64::from(seconds))
}

fn port(reader: &mut Reader, part: Part<'_>) -> Option<PortMapping> {
    let object = reader.object(part, PORT)?;
    let number = |reader: &mut Reader, part: Part<'_>| reader.whole(part, PORTS);
    let container = match object.get("containerPortRange") {
        Some(_) => reader.optional(&object, "containerPort", number)?,
        None => reader.required(&object, "containerPort", number)?,
    };
    let host = reader.optional(&object, "hostPort", |r, part| r.whole(part, 0..=*PORTS.end()));
    let host = match host {
        // 0 asks for any port, as does nothing at all in `bridge` mode
        None | Some(0) => HostPort::Dynamic,
        Some(number) => HostPort::Fixed(u16::try_from(number).ok()?),
    };
    let protocol = reader.optional(&object, "protocol", |r, part| r.choice(part, PROTOCOL));
    let protocol = protocol.unwrap_or(Protocol::Tcp);
    Some(PortMapping { container: u16::try_from(container).ok()?, host, protocol })
}

fn gpus(reader: &mut Reader, part: Part<'_>) -> Option<u32> {
    let object = reader.object(part, REQUIREMENT)?;
    let gpu = reader.required(&object, "type", |reader, part| reader.choice(part, RESOURCE))?;
    let (text, at) = reader
        .required(&object, "value", |reader, part| Some((reader.text(part)?, part.span())))?;
    match (gpu, text.parse::<u32>()) {
        (true, Ok(count @ 1..=MOST_GPUS)) => Some(count),
        (true, _) => {
            reader.wrong(at, format!("`{text}` is no number of GPUs"), "write one such as `\"1\"`");
            None
        }
        (false, _) => None,
    }
}

/// None where the check is switched off by `["NONE"]`.
fn health_check(reader: &mut Reader, part: Part<'_>) -> Option<Option<HealthCheck>> {
    let object = reader.object(part, HEALTH)?;
    reader.noted(object.required("command"));
    let command = reader.texts(&object, "command");
    let kind = command.first().map(String::as_str);
    if let Some(part) = object.get("command")
        && !matches!((kind, command.len()), (Some("CMD" | "CMD-SHELL"), 2..) | (Some("NONE"), 1))
    {
        let help =
            "begin with `\"CMD-SHELL\"` or `\"CMD\"`: `[\"CMD-SHELL\", \"curl -f localhost\"]`";
        reader.wrong(part.span(), "this is no command of a health check", help);
    }
    let mut number = |key, bounds: RangeInclusive<u32>, default| {
        reader.optional(&object, key, |r, part| r.whole(part, bounds)).unwrap_or(default)
    };
    let check = HealthCheck {
        interval: secs(number("interval", 5..=300, 30)),
        timeout: secs(number("timeout", 2..=60, 5)),
        retries: number("retries", 1..=10, 3),
        start_period: secs(number("startPeriod", 0..=300, 0)),
    };
    Some((kind != Some("NONE")).then_some(check))
}

/// None where it is not enabled.
fn restart(reader: &mut Reader, part: Part<'_>) -> Option<Option<RestartPolicy>> {
    let object = reader.object(part, RESTART)?;
    let enabled = reader.required(&object, "enabled", Reader::flag)?;
    let period = reader
        .optional(&object, "restartAttemptPeriod", |reader, part| reader.whole(part, 60..=1800));
    let policy = RestartPolicy {
        ignored_exit_codes: reader
            .each(&object, "ignoredExitCodes", |reader, part| reader.whole(part, 0..=255)),
        attempt_period: secs(period.unwrap_or(300)),
    };
    Some(enabled.then_some(policy))
}

fn secret(reader: &mut Reader, part: Part<'_>) -> Option<Secret> {
    let object = reader.object(part, SECRET)?;
    let name = reader.required(&object, "name", Reader::text);
    let from = reader.required(&object, "valueFrom", Reader::text);
    Some(Secret { name: name?, from: from? })
}

/// The driver, and where it writes if it is `awslogs`.
fn logs(reader: &mut Reader, part: Part<'_>) -> Option<(String, Option<LogGroup>)> {
    let object = reader.object(part, LOG)?;
    let driver = reader.required(&object, "logDriver", |r, part| r.choice(part, DRIVERS))?;
    let options = object.get("options").map(Part::object);
    let options = options.and_then(|options| reader.noted(options));
    let missing = |key: &&&str| options.as_ref().is_none_or(|options| options.get(key).is_none());
    if driver == "awslogs"
        && let Some(key) = AWSLOGS.iter().find(missing)
    {
        let title = format!("the log driver `awslogs` requires the option `{key}`");
        let help = "add `\"options\": { \"awslogs-group\": \"/ecs/web\", \"awslogs-region\": \
                    \"us-east-1\" }`";
        reader.wrong(part.span(), title, help);
    }
    let text = |key: &str| options.as_ref()?.get(key)?.text().ok();
    let group = || {
        Some(LogGroup {
            name: text("awslogs-group")?,
            region: text("awslogs-region")?,
            prefix: text("awslogs-stream-prefix"),
            create: text("awslogs-create-group").is_some_and(|it| it == "true"),
        })
    };
    Some((driver.to_owned(), (driver == "awslogs").then(group).flatten()))
}
