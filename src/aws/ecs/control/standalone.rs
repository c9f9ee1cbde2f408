//! Standalone tasks, as `run-task` makes them.

use super::kinds::{Kind, KindId, On};
use super::log::Entry;
use super::{Around, ControlEvent, ControlPlane, TaskId};
use crate::aws::ecs::capacity_provider::{MOST_PROVISIONING, distribution};
use crate::aws::ecs::placement::closest;
use crate::aws::ecs::service::{ProviderShare, RunTask};
use crate::aws::ecs::task::Parts;
use crate::aws::ecs::task_definition::NetworkMode;
use crate::docker::ContainerEvent;
use crate::engine::Schedule;

/// Tasks of one call. (Developer Guide, "Amazon ECS service quotas".)
const MOST: u32 = 10;

impl ControlPlane {
    /// Runs standalone tasks: those of one call, of which there may be ten. Returns those that
    /// could be created; the log has why others could not, in the words of the API.
    pub fn run_task<S>(&mut self, call: &RunTask, around: &mut Around<'_, S>) -> Vec<TaskId>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let asked = call.count;
        let (shares, kinds) = match self.kinds_of(call) {
            Ok(found) => found,
            Err(why) => {
                self.refuse(asked, &why, around);
                return Vec::new();
            }
        };
        if asked > MOST {
            let why = format!("InvalidParameterException: count cannot be greater than {MOST}.");
            self.refuse(asked, &why, around);
            return Vec::new();
        }
        let mut counts = vec![0; shares.len()];
        let mut tasks = Vec::new();
        for number in 0..asked {
            let share = distribution::next(&shares, &counts);
            match self.run_one(kinds[share], around) {
                Ok(task) => tasks.push(task),
                Err(why) => {
                    // it is the same for the others
                    self.refuse(asked - number, &why, around);
                    break;
                }
            }
            counts[share] += 1;
        }
        self.settle(around);
        tasks
    }

    fn refuse<S>(&mut self, tasks: u32, why: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.totals.refused += u64::from(tasks);
        let reason = self.log.text(why);
        self.log.add(around.now(), Entry::Refused { tasks, reason });
    }

    /// The kinds of tasks that a call asks for, for each share of its strategy.
    fn kinds_of(&mut self, call: &RunTask) -> Result<(Vec<ProviderShare>, Vec<KindId>), String> {
        let definition = self.find_definition(&call.task_definition).ok_or_else(|| {
            let name = &call.task_definition;
            format!("ClientException: TaskDefinition not found: there is no `{name}`")
        })?;
        let (shares, on): (Vec<_>, Vec<_>) = self.shares(&call.launch)?.into_iter().unzip();
        let subnets = self.subnets_of(definition, call.network.as_ref())?;
        let known = self.definitions.get(definition);
        let interface = known.network == NetworkMode::Awsvpc;
        let demand = call.demand(known, self.zones_of(&subnets));
        let kinds = on.into_iter().map(|on| {
            self.known_kind(Kind {
                definition,
                service: None,
                on,
                demand: demand.clone(),
                plan: None,
                subnets: subnets.clone(),
                parts: Parts { balanced: false, interface },
            })
        });
        let kinds = kinds.collect();
        Ok((shares, kinds))
    }

    /// Makes one task, and gives it a place.
    fn run_one<S>(&mut self, kind: KindId, around: &mut Around<'_, S>) -> Result<TaskId, String>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        match self.kind(kind).on {
            On::Instances => {
                let plan = self.plan(kind);
                let Some(instance) = self.fleet.place(plan, &mut self.lots) else {
                    let closest = closest(&self.fleet.refusals(plan));
                    return Err(match closest {
                        None => "InvalidParameterException: No Container Instances were found in \
                                 your cluster."
                            .to_owned(),
                        Some((_, refusal)) => refusal.to_string(),
                    });
                };
                let task = self.create(kind, around);
                self.placed_on(task, instance, around);
                Ok(task)
            }
            On::Provider(_) if self.waiting.len() >= MOST_PROVISIONING => Err(format!(
                "LimitExceededException: there are {MOST_PROVISIONING} tasks in PROVISIONING \
                 already."
            )),
            On::Provider(_) => {
                let task = self.create(kind, around);
                self.place_or_wait(task, around);
                Ok(task)
            }
            On::Fargate { .. } => {
                let task = self.create(kind, around);
                self.launch(task, around);
                Ok(task)
            }
        }
    }
}
