//! The task definitions of a cluster, by family and revision.

use std::collections::BTreeMap;

use super::{ControlPlane, DefinitionId};
use crate::aws::ecs::service::run_task::family;
use crate::aws::ecs::task_definition::TaskDefinition;

/// All revisions there are. None is ever forgotten: tasks and deployments name them.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    all: Vec<TaskDefinition>,
    /// The revisions of each family, from the first on.
    families: BTreeMap<String, Vec<DefinitionId>>,
}

impl Definitions {
    pub fn get(&self, id: DefinitionId) -> &TaskDefinition {
        &self.all[id.0 as usize]
    }

    fn add(&mut self, definition: TaskDefinition) -> DefinitionId {
        let id = DefinitionId(self.all.len() as u32);
        let revisions = self.families.entry(definition.family.clone()).or_default();
        revisions.push(id);
        self.all.push(definition);
        id
    }

    fn find(&self, name: &str) -> Option<DefinitionId> {
        let revisions = self.families.get(family(name))?;
        let short = name.rsplit('/').next().unwrap_or(name);
        match short.split_once(':') {
            None => revisions.last().copied(),
            Some((_, number)) => {
                let number: usize = number.parse().ok()?;
                revisions.get(number.checked_sub(1)?).copied()
            }
        }
    }
}

impl ControlPlane {
    /// Registers a revision of a task definition.
    pub fn define(&mut self, definition: TaskDefinition) -> DefinitionId {
        self.definitions.add(definition)
    }

    /// The task definition that a name means: `web` for its last revision, `web:3`, or an ARN.
    pub fn find_definition(&self, name: &str) -> Option<DefinitionId> {
        self.definitions.find(name)
    }

    /// A task definition.
    ///
    /// # Panics
    /// When it is of another cluster.
    pub fn definition(&self, id: DefinitionId) -> &TaskDefinition {
        self.definitions.get(id)
    }
}
