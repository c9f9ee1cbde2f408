//! `[[cluster.run_task]]`: standalone tasks that are started at some time.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;

/// `[[cluster.run_task]]`: calls of `aws ecs run-task`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunTasks {
    /// The input of the call as JSON (`--cli-input-json`), relative to the scenario.
    pub file: PathBuf,
    /// When the first call is made. Default 0s.
    #[serde(default)]
    pub at: SimDuration,
    /// How many tasks in all, in as many calls as that takes, of 10 tasks at most. Default: what
    /// the file says.
    pub count: Option<u32>,
    /// How long each of its containers runs that is no app's. Default: the option `task_duration`
    /// of the cluster.
    pub duration: Option<crate::scenario::Law>,
}
