//! The documents of a cluster: task definitions, services, and how these are scaled.

use std::path::Path;

use super::apps::api_name;
use super::setup::{providers, zones};
use crate::aws::ecs::reader::Ignored;
use crate::aws::ecs::service::scaling::{MetricAlarm, ScalableTarget, ScheduledScaling};
use crate::aws::ecs::service::{Named, RunTask, ScalingPolicy, Service};
use crate::aws::ecs::task_definition::{TaskDefinition, revision};
use crate::scenario::{Cluster, Diagnostics, Scenario};
use crate::world::InputError;

/// All that the files of a cluster say.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    pub definitions: Vec<TaskDefinition>,
    pub services: Vec<Service>,
    pub targets: Vec<ScalableTarget>,
    pub policies: Vec<ScalingPolicy>,
    pub scheduled: Vec<ScheduledScaling>,
    pub alarms: Vec<MetricAlarm>,
    /// One for each `[[cluster.run_task]]`.
    pub runs: Vec<RunTask>,
    /// What of them has no effect, as warnings.
    pub ignored: Vec<String>,
}

impl Documents {
    /// Reads all files that a cluster names.
    ///
    /// # Errors
    /// The first file that cannot be read, or that AWS would not take.
    pub fn read(scenario: &Scenario, cluster: &Cluster) -> Result<Self, InputError> {
        let mut all = Self::default();
        for path in &cluster.ecs.task_definitions {
            let (text, name) = read(path)?;
            let definition = TaskDefinition::from_json(&text, &name).map_err(refused)?;
            all.ignore(&name, &definition.ignored);
            all.definitions.push(definition);
        }
        let definitions = std::mem::take(&mut all.definitions);
        let mut named = named(scenario, cluster, &definitions);
        for path in &cluster.ecs.services {
            let (text, name) = read(path)?;
            for service in Service::all_from_json(&text, &name, &named).map_err(refused)? {
                all.ignore(&name, &service.ignored);
                named.services.push(service.name.clone());
                all.services.push(service);
            }
        }
        for run in &cluster.run_tasks {
            let (text, name) = read(&run.file)?;
            let run = RunTask::named_from_json(&text, &name, &named).map_err(refused)?;
            all.ignore(&name, &run.ignored);
            all.runs.push(run);
        }
        all.definitions = definitions;
        for path in &cluster.ecs.scaling {
            let (text, name) = read(path)?;
            all.read_scaling(&text, &name).map_err(refused)?;
        }
        Ok(all)
    }

    /// The document of a call that has to do with scaling, told by what only that call has.
    fn read_scaling(&mut self, text: &str, name: &str) -> Result<(), Diagnostics> {
        let has = |key: &str| text.contains(&format!("\"{key}\""));
        if has("ScheduledActionName") {
            self.scheduled.extend(ScheduledScaling::all_from_json(text, name)?);
        } else if has("PolicyName") {
            let policies = ScalingPolicy::all_from_json(text, name)?;
            policies.iter().for_each(|it| self.ignore(name, &it.ignored));
            self.policies.extend(policies);
        } else if has("AlarmName") {
            let alarms = MetricAlarm::all_from_json(text, name)?;
            alarms.iter().for_each(|it| self.ignore(name, &it.ignored));
            self.alarms.extend(alarms);
        } else {
            let targets = ScalableTarget::all_from_json(text, name)?;
            targets.iter().for_each(|it| self.ignore(name, &it.ignored));
            self.targets.extend(targets);
        }
        Ok(())
    }

    /// The task definition that a name means: of a family the last, unless a revision is named.
    pub fn definition(&self, name: &str) -> Option<&TaskDefinition> {
        revision::find(&self.definitions, name).map(|place| &self.definitions[place])
    }

    fn ignore(&mut self, file: &str, keys: &[Ignored]) {
        if keys.is_empty() {
            return;
        }
        let name = Path::new(file).file_name().map_or(file.into(), |name| name.to_string_lossy());
        let keys: Vec<String> = keys.iter().map(|key| format!("`{}`", key.path)).collect();
        let verb = if keys.len() == 1 { "has" } else { "have" };
        self.ignored.push(format!("{name}: {} {verb} no effect here", keys.join(", ")));
    }
}

/// What there is in a cluster, for documents to name.
fn named<'a>(
    scenario: &Scenario,
    cluster: &Cluster,
    definitions: &'a [TaskDefinition],
) -> Named<'a> {
    let apps = scenario.apps.iter().map(|app| &app.name);
    let families = apps.chain(scenario.jobs.iter().map(|job| &job.name));
    let subnets = match &cluster.subnets[..] {
        [] => (0..zones(cluster)).map(|zone| format!("subnet-{zone}")).collect(),
        written => written.iter().map(|subnet| subnet.name.clone()).collect(),
    };
    // of a file of groups it is not known here what it has
    let groups = cluster.security_groups.iter().filter(|_| cluster.security_groups_file.is_none());
    Named {
        definitions,
        families: families.map(|name| api_name(name)).collect(),
        providers: providers(cluster).into_iter().map(|it| it.name).collect(),
        subnets,
        security_groups: groups.map(|group| group.name.clone()).collect(),
        services: Vec::new(),
    }
}

fn read(path: &Path) -> Result<(String, String), InputError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| InputError::Read { file: path.to_owned(), source })?;
    Ok((text, path.display().to_string()))
}

/// What AWS would not take.
pub(super) fn refused(problems: Diagnostics) -> InputError {
    InputError::Document(Box::new(problems))
}
