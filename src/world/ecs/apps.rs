//! Apps and jobs of a scenario as documents of ECS, where users have none for them.
//!
//! An app is a task definition and a service of its name: one container `app` with its image, which
//! reserves its CPU and memory and is limited to its memory limit. With the strategy of the cluster
//! being Fargate the task has the smallest size that holds both. A CPU limit above the request has
//! no counterpart: a task's own CPU is reserved whole and is a limit at once, so that it is said
//! only where the two are equal. Apps whose replicas are to be apart (`spread`) have the constraint
//! `distinctInstance`. An app that gets requests has a target group of its name.

use serde_json::{Value, json};

use crate::aws::ecs::task_definition::size::of_fargate;
use crate::aws::ecs::units::{CpuUnits, Mebibytes, UNITS_PER_VCPU};
use crate::scenario::aws::{TaskNetwork, TaskPlacement};
use crate::scenario::{App, AppCpu, AppMemory, Cluster, Scenario};
use crate::units::{Bytes, Millicores};

/// The container of an app or job in a task of its own.
pub const CONTAINER: &str = "app";
/// The port it answers on.
pub const PORT: u16 = 80;

/// A name as families and services may be called: letters, digits, hyphens and underscores.
pub fn api_name(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_', "-")
}

/// CPU in the units of ECS, rounded up.
pub fn cpu_units(cpu: Millicores) -> CpuUnits {
    CpuUnits((cpu.0 * u64::from(UNITS_PER_VCPU)).div_ceil(1000) as u32)
}

/// Memory in the units of ECS, rounded up.
pub fn mebibytes(memory: Bytes) -> Mebibytes {
    Mebibytes(memory.0.div_ceil(1 << 20) as u32)
}

/// Whether tasks that do not say otherwise run on Fargate.
pub fn on_fargate(cluster: &Cluster) -> bool {
    let strategy = &cluster.ecs.default_strategy;
    match strategy.first() {
        Some(first) => first.provider.starts_with("FARGATE"),
        None => cluster.auto_scaling_groups.is_empty(),
    }
}

/// Whether an app gets requests: from outside, or from other apps.
pub fn gets_requests(scenario: &Scenario, app: &App) -> bool {
    let called = |other: &App| other.calls.iter().flatten().any(|name| *name == app.name);
    app.traffic.is_some() || scenario.apps.iter().any(called)
}

/// What of an app has no counterpart, as a warning.
pub fn without_counterpart(app: &App, cluster: &Cluster) -> Option<String> {
    let AppCpu { request, limit, .. } = app.cpu;
    let lost = limit.filter(|limit| *limit != request && !on_fargate(cluster))?;
    Some(format!(
        "`{}`: its CPU limit of {lost} has no effect on ECS, where a limit is reserved whole; at \
         its request of {request} it would have one",
        app.name
    ))
}

/// The task definition of an app, as JSON.
pub fn definition(app: &App, cluster: &Cluster) -> Result<Value, String> {
    task(&app.name, &app.image, &app.cpu, &app.memory, cluster)
}

/// The task definition of a container, as JSON.
///
/// # Errors
/// When Fargate has no size that holds it.
pub fn task(
    name: &str,
    image: &str,
    cpu: &AppCpu,
    memory: &AppMemory,
    cluster: &Cluster,
) -> Result<Value, String> {
    let (units, reserved) = (cpu_units(cpu.request), mebibytes(memory.request).0.max(6));
    let mut container = json!({
        "name": CONTAINER,
        "image": image,
        "essential": true,
        "cpu": units.0,
        "memoryReservation": reserved,
        "portMappings": [{ "containerPort": PORT, "hostPort": host_port(cluster) }],
    });
    if let Some(limit) = memory.limit {
        container["memory"] = mebibytes(limit).0.max(6).into();
    }
    let mut task = json!({
        "family": api_name(name),
        "networkMode": match cluster.ecs.network {
            TaskNetwork::Awsvpc => "awsvpc",
            TaskNetwork::Bridge => "bridge",
        },
        "containerDefinitions": [container],
    });
    for (key, role) in
        [("executionRoleArn", &cluster.ecs.execution_role), ("taskRoleArn", &cluster.ecs.task_role)]
    {
        if let Some(role) = role {
            task[key] = role.as_str().into();
        }
    }
    if on_fargate(cluster) {
        let most = Mebibytes(memory.limit.map_or(reserved, |limit| mebibytes(limit).0));
        let (cpu, memory) = of_fargate(units, most.max(Mebibytes(reserved))).ok_or_else(|| {
            format!("Fargate has no task with {units} and {most}: see its task sizes")
        })?;
        task["requiresCompatibilities"] = json!(["FARGATE"]);
        task["networkMode"] = "awsvpc".into();
        task["cpu"] = cpu.0.to_string().into();
        task["memory"] = memory.0.to_string().into();
        task["containerDefinitions"][0]["portMappings"][0]["hostPort"] = PORT.into();
    } else if cpu.limit == Some(cpu.request) && units.0 >= 128 {
        task["cpu"] = units.0.to_string().into();
    }
    Ok(task)
}

/// A task with an interface of its own has all ports; others get one that is free.
fn host_port(cluster: &Cluster) -> u16 {
    match cluster.ecs.network {
        TaskNetwork::Awsvpc => PORT,
        TaskNetwork::Bridge => 0,
    }
}

/// Where the interfaces of tasks of apps and jobs are, as JSON; none where they have none.
pub fn network(cluster: &Cluster, subnets: &[(String, u32)]) -> Option<Value> {
    let own = cluster.ecs.network == TaskNetwork::Awsvpc || on_fargate(cluster);
    let subnets: Vec<&str> = subnets.iter().map(|(name, _)| name.as_str()).take(16).collect();
    own.then(|| {
        json!({ "awsvpcConfiguration": {
            "subnets": subnets,
            "securityGroups": cluster.ecs.security_groups,
        }})
    })
}

/// Where tasks of apps and jobs go, as JSON; none where nothing is said, or on Fargate.
fn placement(cluster: &Cluster) -> Option<Value> {
    let zones = json!({ "type": "spread", "field": "attribute:ecs.availability-zone" });
    let instances = json!({ "type": "spread", "field": "instanceId" });
    let binpack = json!({ "type": "binpack", "field": "memory" });
    let strategies = match cluster.ecs.placement? {
        TaskPlacement::AzBalancedSpread => json!([zones, instances]),
        TaskPlacement::AzBalancedBinpack => json!([zones, binpack]),
        TaskPlacement::Binpack => json!([binpack]),
    };
    (!on_fargate(cluster)).then_some(strategies)
}

/// The service of an app, as JSON.
pub fn service(
    scenario: &Scenario,
    app: &App,
    cluster: &Cluster,
    subnets: &[(String, u32)],
) -> Value {
    let options = &cluster.ecs;
    let name = api_name(&app.name);
    let mut service = json!({
        "serviceName": name,
        "taskDefinition": name,
        "desiredCount": app.replicas,
        "deploymentConfiguration": {
            "minimumHealthyPercent": options.min_healthy_percent,
            "maximumPercent": options.max_percent,
            "deploymentCircuitBreaker": {
                "enable": options.circuit_breaker,
                "rollback": options.circuit_breaker,
            },
        },
    });
    if let Some(network) = network(cluster, subnets) {
        service["networkConfiguration"] = network;
    }
    if let Some(strategies) = placement(cluster) {
        service["placementStrategy"] = strategies;
    }
    if app.spread && !on_fargate(cluster) {
        service["placementConstraints"] = json!([{ "type": "distinctInstance" }]);
    }
    if gets_requests(scenario, app) {
        service["loadBalancers"] = json!([{
            "targetGroupArn": name, "containerName": CONTAINER, "containerPort": PORT,
        }]);
        service["healthCheckGracePeriodSeconds"] =
            (options.health_grace.as_secs_f64().ceil() as u64).into();
    }
    service
}

/// The call that runs a job, as JSON.
pub fn run(name: &str, cluster: &Cluster, subnets: &[(String, u32)]) -> Value {
    let mut run = json!({ "taskDefinition": api_name(name), "count": 1 });
    if let Some(strategies) = placement(cluster) {
        run["placementStrategy"] = strategies;
    }
    if let Some(network) = network(cluster, subnets) {
        run["networkConfiguration"] = network;
    }
    run
}

/// The name under which messages call the document of an app or job.
pub fn title(kind: &str, name: &str, cluster: &Cluster) -> String {
    format!("{kind} of `{name}` on cluster `{}`", cluster.name)
}
