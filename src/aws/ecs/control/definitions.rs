//! The task definitions of a cluster, by family and revision.

use super::{ControlPlane, DefinitionId};
use crate::aws::ecs::task_definition::{TaskDefinition, revision};

/// All revisions there are. None is ever forgotten: tasks and deployments name them.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    all: Vec<TaskDefinition>,
}

impl Definitions {
    pub fn get(&self, id: DefinitionId) -> &TaskDefinition {
        &self.all[id.0 as usize]
    }

    fn add(&mut self, definition: TaskDefinition) -> DefinitionId {
        let id = DefinitionId(self.all.len() as u32);
        self.all.push(definition);
        id
    }

    fn find(&self, name: &str) -> Option<DefinitionId> {
        revision::find(&self.all, name).map(|place| DefinitionId(place as u32))
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
