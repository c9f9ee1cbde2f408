//! Which service each app of a scenario is on a cluster of ECS.
//!
//! An app without `workload` is a service of its own ([`apps`]). One with it is in the tasks of a
//! service of the cluster's documents, of which everything counts that the documents say; what the
//! app says of its own container does not.

use serde_json::Value;

use super::apps;
use super::documents::{Documents, refused};
use crate::aws::ecs::service::{MOST_TASKS, RunTask, Scheduling, Service};
use crate::aws::ecs::task_definition::TaskDefinition;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::path::Path;
use crate::scenario::{App, Cluster, Job, Scenario};
use crate::units::Bytes;
use crate::world::{InputError, Unbound, Unfit};

/// The service that an app is.
#[derive(Clone, Debug)]
pub struct Binding {
    pub service: Service,
    pub definition: TaskDefinition,
    /// The container of its tasks that is the app.
    pub container: usize,
    /// Whether documents have it.
    pub is_written: bool,
    /// Memory that an idle replica uses.
    pub idle: Bytes,
}

impl Binding {
    /// Its tasks, at the start; none where instances decide.
    pub fn replicas(&self) -> Option<u32> {
        match self.service.scheduling {
            Scheduling::Replica { desired } => Some(desired),
            Scheduling::Daemon => None,
        }
    }
}

/// A job as standalone tasks.
#[derive(Clone, Debug)]
pub struct JobBinding {
    pub definition: TaskDefinition,
    pub run: RunTask,
}

/// The services of all apps, by app.
///
/// # Errors
/// The first app whose service the documents do not have, or that ECS cannot run.
pub fn bind(
    scenario: &Scenario,
    cluster: &Cluster,
    documents: &Documents,
    subnets: &[(String, u32)],
) -> Result<Vec<Binding>, InputError> {
    let mut bindings: Vec<Binding> = Vec::new();
    for (index, app) in scenario.apps.iter().enumerate() {
        let fail = |(key, title, help): Fault| Box::new(Unbound { app: index, key, title, help });
        let binding = match &app.workload {
            None => own(scenario, app, cluster, subnets, &fail)?,
            Some(wanted) => written(app, &wanted.name, cluster, documents).map_err(fail)?,
        };
        let name = &binding.service.name;
        let taken = documents.services.iter().any(|it| it.name == *name) && !binding.is_written;
        if taken {
            let title = format!("cluster `{}` has a service `{name}` already", cluster.name);
            let help = format!("to put the app into its tasks, write `workload = \"{name}\"`");
            return Err(fail(("name", title, help)).into());
        }
        if let Some(first) = bindings.iter().position(|other| other.service.name == *name) {
            let first = &scenario.apps[first].name;
            let key = if app.workload.is_some() { "workload" } else { "name" };
            let title = format!("service `{name}` is app `{first}` already");
            let help = "an app is one service, a service one app".to_owned();
            return Err(fail((key, title, help)).into());
        }
        bindings.push(binding);
    }
    Ok(bindings)
}

/// What is wrong: with which key, what, and what would be right.
type Fault = (&'static str, String, String);

fn own(
    scenario: &Scenario,
    app: &App,
    cluster: &Cluster,
    subnets: &[(String, u32)],
    fail: &impl Fn(Fault) -> Box<Unbound>,
) -> Result<Binding, InputError> {
    for (key, tasks) in
        [("replicas", app.replicas), ("autoscale", app.autoscale.as_ref().map_or(0, |it| it.max))]
    {
        if tasks > MOST_TASKS {
            let title = format!("a service of Amazon ECS has at most {MOST_TASKS} tasks");
            let help = "divide the app into several".to_owned();
            return Err(fail((key, title, help)).into());
        }
    }
    let document = apps::definition(app, cluster).map_err(|title| {
        let help = "ask for less, or give the cluster an `[[cluster.auto_scaling_group]]`";
        fail(("cpu", title, help.to_owned()))
    })?;
    let definition = definition(&document, &app.name, cluster)?;
    let service = apps::service(scenario, app, cluster, subnets).to_string();
    let title = apps::title("service", &app.name, cluster);
    let service = Service::from_json(&service, &title, Some(&definition)).map_err(refused)?;
    let idle = app.memory.idle();
    Ok(Binding { service, definition, container: 0, is_written: false, idle })
}

fn definition(
    document: &Value,
    name: &str,
    cluster: &Cluster,
) -> Result<TaskDefinition, InputError> {
    let title = apps::title("task definition", name, cluster);
    TaskDefinition::from_json(&document.to_string(), &title).map_err(refused)
}

fn written(
    app: &App,
    name: &str,
    cluster: &Cluster,
    documents: &Documents,
) -> Result<Binding, Fault> {
    let Some(service) = documents.services.iter().find(|service| service.name == name) else {
        let title = format!("cluster `{}` has no service `{name}`", cluster.name);
        let names = documents.services.iter().map(|service| service.name.as_str());
        return Err(("workload", title, suggestion(name, names, "service")));
    };
    let Some(definition) = documents.definition(&service.task_definition) else {
        let named = &service.task_definition;
        let title = format!("service `{name}` has the task definition `{named}`, which is missing");
        let help = "add its file to `task_definitions` of `[cluster.ecs]`";
        return Err(("workload", title, help.to_owned()));
    };
    let containers = &definition.containers;
    let groups = &mut cluster.target_groups.iter();
    if let Some(group) = groups.find(|group| group.app.as_ref() == Some(&app.name))
        && service.load_balancers.is_empty()
    {
        let title = format!(
            "target group `{}` is for this app, but its service `{name}` names no target group",
            group.name
        );
        let help =
            "add `loadBalancers` to the file of the service, or leave out `app` of the group";
        return Err(("workload", title, help.to_owned()));
    }
    // what a load balancer sends to is what answers
    let answers = service.load_balancers.first().map(|balancer| &balancer.container);
    let wanted = app.container.as_ref().or(answers);
    let found = wanted.map_or(Some(0), |name| containers.iter().position(|it| it.name == *name));
    let Some(container) = found else {
        let wanted = wanted.map_or("", String::as_str);
        let title = format!("the tasks of service `{name}` have no container `{wanted}`");
        let names = containers.iter().map(|container| container.name.as_str());
        return Err(("container", title, suggestion(wanted, names, "container")));
    };
    let reserved = containers[container].reserved_memory().bytes();
    let idle = app.memory.base.unwrap_or(Bytes(reserved.0 / 2));
    let (service, definition) = (service.clone(), definition.clone());
    Ok(Binding { service, definition, container, is_written: true, idle })
}

/// The jobs of a scenario as standalone tasks, by job.
///
/// # Errors
/// The first that ECS cannot run.
pub fn jobs(
    scenario: &Scenario,
    cluster: &Cluster,
    subnets: &[(String, u32)],
) -> Result<Vec<JobBinding>, InputError> {
    let bind = |(index, job): (usize, &Job)| {
        let document = apps::task(&job.name, &job.image, &job.cpu, &job.memory, cluster);
        let document = document.map_err(|title| {
            let help = "ask for less, or give the cluster an `[[cluster.auto_scaling_group]]`";
            Box::new(Unfit::new(Path::element("job", index).key("cpu"), title, help))
        })?;
        let definition = definition(&document, &job.name, cluster)?;
        let run = apps::run(&job.name, cluster, subnets).to_string();
        let title = apps::title("run", &job.name, cluster);
        let run = RunTask::from_json(&run, &title).map_err(refused)?;
        Ok(JobBinding { definition, run })
    };
    scenario.jobs.iter().enumerate().map(bind).collect()
}
