//! The JSON of `aws ecs run-task`.

use super::check;
use super::launch::{self, Launch};
use super::named::Named;
use super::network::{self, Network};
use super::strategy;
use crate::aws::ecs::placement::{Constraint, Demand, Strategy};
use crate::aws::ecs::reader::{self, Ignored, Keys, Reader};
use crate::aws::ecs::task_definition::revision::family;
use crate::aws::ecs::task_definition::{TaskDefinition, distinct_or_member};
use crate::aws::json::Part;
use crate::scenario::Diagnostics;

/// Standalone tasks to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunTask {
    /// The cluster; none for the default one.
    pub cluster: Option<String>,
    /// The task definition, by family and perhaps revision, or by ARN.
    pub task_definition: String,
    /// How many: 1 to 10.
    pub count: u32,
    /// Where they run.
    pub launch: Launch,
    /// What they are counted by; the family of the task definition where nothing is said.
    pub group: String,
    /// Which of the possible instances is best.
    pub strategies: Vec<Strategy>,
    /// Which instances are possible.
    pub constraints: Vec<Constraint>,
    /// Subnets and security groups of tasks with their own interface.
    pub network: Option<Network>,
    /// Keys that have no effect here.
    pub ignored: Vec<Ignored>,
}

const TASK: Keys = Keys {
    kind: "a run of tasks",
    read: &[
        "cluster",
        "taskDefinition",
        "count",
        "launchType",
        "capacityProviderStrategy",
        "group",
        "placementStrategy",
        "placementConstraints",
        "networkConfiguration",
        "overrides",
    ],
    ignored: &[
        "clientToken",
        "startedBy",
        "referenceId",
        "platformVersion",
        "volumeConfigurations",
        "tags",
        "enableECSManagedTags",
        "propagateTags",
        "enableExecuteCommand",
    ],
};
/// Tasks of one call. (Developer Guide, "Amazon ECS service quotas".)
const MOST_TASKS: u32 = 10;

impl RunTask {
    /// Reads a call from `text`, which messages call `name`.
    ///
    /// # Errors
    /// All that the API would refuse, and what is not simulated.
    pub fn from_json(text: &str, name: &str) -> Result<Self, Diagnostics> {
        let (task, ignored) = reader::document(text, name, "the run of tasks", run_task)?;
        Ok(Self { ignored, ..task })
    }

    /// The same in a cluster that has what it names.
    ///
    /// # Errors
    /// All that the API would refuse, and what is not simulated.
    pub fn named_from_json(text: &str, name: &str, named: &Named<'_>) -> Result<Self, Diagnostics> {
        let (task, ignored) = reader::document(text, name, "the run of tasks", |reader, part| {
            let task = run_task(reader, part)?;
            let object = part.object().ok()?;
            named.check(reader, &object, &task.launch, task.network.as_ref());
            if let Some(definition) = named.definition(&task.task_definition) {
                check::launched(reader, &object, &task.launch, definition);
            }
            Some(task)
        })?;
        Ok(Self { ignored, ..task })
    }

    /// What placement is to know of the tasks, which may be in these zones, or all if there are
    /// none.
    pub fn demand(&self, definition: &TaskDefinition, zones: Vec<String>) -> Demand {
        let constraints = definition.constraints.iter().chain(&self.constraints);
        let strategies = match self.strategies.as_slice() {
            [] => Strategy::of_standalone_tasks(),
            strategies => strategies.to_vec(),
        };
        Demand {
            need: definition.need(),
            group: self.group.clone(),
            constraints: constraints.cloned().collect(),
            strategies,
            zones,
        }
    }
}

fn run_task(reader: &mut Reader, part: Part<'_>) -> Option<RunTask> {
    let object = reader.object(part, TASK)?;
    let definition = reader.required(&object, "taskDefinition", Reader::text).unwrap_or_default();
    let group = reader.optional(&object, "group", Reader::text);
    if let (Some(text), Some(part)) = (&group, object.get("group"))
        && text.starts_with("service:")
    {
        let title = "groups of standalone tasks cannot begin with `service:`";
        reader.wrong(part.span(), title, "choose another name");
    }
    if let Some(part) = object.get("overrides") {
        let title = "overrides of a task definition are not simulated";
        reader.wrong(part.span(), title, "write a task definition with what they change");
    }
    let count = reader.optional(&object, "count", |r, part| r.whole(part, 1..=MOST_TASKS));
    let launch = launch::launch(reader, &object);
    let strategies = strategy::strategies(reader, &object);
    let constraints = distinct_or_member(reader, &object);
    if launch.is_fargate() {
        check::on_fargate(reader, &object, &strategies, &constraints);
    }
    Some(RunTask {
        cluster: reader.optional(&object, "cluster", Reader::text),
        count: count.unwrap_or(1),
        launch,
        group: group.unwrap_or_else(|| format!("family:{}", family(&definition))),
        strategies,
        constraints,
        network: network::network(reader, &object),
        task_definition: definition,
        ignored: Vec::new(),
    })
}
