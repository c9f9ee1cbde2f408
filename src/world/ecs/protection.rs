//! Tasks that protect themselves from scale-in when they run, as by `UpdateTaskProtection`.

use super::Ecs;
use super::apps::api_name;
use crate::aws::ecs::control::TaskId;
use crate::engine::SimDuration;
use crate::scenario::Cluster;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::path::Path;
use crate::world::{Unfit, World};

const MINUTE: SimDuration = SimDuration::from_secs(60);

/// Whether the cluster, which stands there, has the services whose tasks are to protect themselves.
///
/// # Errors
/// The first service that it does not have.
pub(super) fn check(ecs: &Ecs, cluster: &Cluster, at: &Path) -> Result<(), Unfit> {
    let own = ecs.bindings.iter().map(|binding| binding.service.name.as_str());
    let names = own.chain(ecs.documents.services.iter().map(|service| service.name.as_str()));
    let names: Vec<&str> = names.collect();
    for (index, it) in cluster.ecs.task_protection.iter().enumerate() {
        let service = &it.service;
        if !names.contains(&&*api_name(service)) {
            let at = at.key("ecs").key("task_protection").index(index).key("service");
            let title = format!("cluster `{}` has no service `{service}`", cluster.name);
            return Err(Unfit::new(at, title, suggestion(service, names, "service")));
        }
    }
    Ok(())
}

impl World<'_> {
    /// A container of a task runs: the task protects itself, if those of its service do.
    pub(super) fn task_protects_itself(&mut self, task: TaskId) {
        let control = &self.ecs().control;
        let Some(service) = control.service_of(task) else { return };
        let name = &control.service(service).name;
        let mut all = self.cluster.ecs.task_protection.iter();
        let Some(it) = all.find(|it| api_name(&it.service) == *name) else { return };
        let minutes = (it.lasts.as_nanos() / MINUTE.as_nanos()) as u32;
        self.with_ecs(|control, around| control.protect(task, Some(minutes), around))
            .expect("the scenario is checked");
    }
}
