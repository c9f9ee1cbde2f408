//! What happens to the instances of an Auto Scaling group on their way: hooks, the warm pool, and
//! which of them goes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::scenario::Law;

/// `[[cluster.auto_scaling_group.hook]]`: what holds instances on their way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleHook {
    /// When it does.
    pub transition: HookTransition,
    /// How long it takes whoever completes it, with the result that the instance goes on. Default:
    /// nobody does, and it times out.
    pub takes: Option<Law>,
    /// How long it holds an instance at most (`HeartbeatTimeout`). Default 3600s.
    #[serde(default = "an_hour")]
    pub timeout: SimDuration,
    /// What becomes of the instance then. Default abandon.
    #[serde(default)]
    pub default_result: HookResult,
}

fn an_hour() -> SimDuration {
    SimDuration::from_secs(3600)
}

/// When a hook holds instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HookTransition {
    /// Before they come into service, or into the warm pool.
    Launching,
    /// Before they end, or go back to the warm pool.
    Terminating,
}

/// What becomes of an instance whose hook times out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HookResult {
    /// One that launches is terminated; one that terminates does so.
    #[default]
    Abandon,
    /// It goes on.
    Continue,
}

/// Instances that wait beside an Auto Scaling group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WarmPool {
    /// At least so many wait. Default 0.
    pub min_size: u32,
    /// So many are prepared, those in service among them. Default: the `max` of the group.
    pub max_prepared: Option<u32>,
    /// What they do while they wait. Default stopped.
    pub state: WarmPoolState,
    /// Whether instances come back when the group shrinks. Default false.
    pub reuse: bool,
}

/// What instances of a warm pool do while they wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WarmPoolState {
    /// They are stopped: only their volumes cost.
    #[default]
    Stopped,
    /// They run.
    Running,
    /// They are stopped with their memory on disk, and start without a boot.
    Hibernated,
}

/// Which instance goes first when a group shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TerminationPolicy {
    /// `allocation-strategy`, then `oldest-launch-template`, then `closest-to-next-instance-hour`,
    /// then chance. The last of a list.
    Default,
    /// Those of the type that the strategy would have least.
    AllocationStrategy,
    /// Those of an older launch template: here all are of one.
    OldestLaunchTemplate,
    /// Those whose next billing hour is closest.
    ClosestToNextInstanceHour,
    /// The one launched first.
    OldestInstance,
    /// The one launched last.
    NewestInstance,
}

/// What a group does where a zone has no capacity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneStrategy {
    /// It launches in another zone.
    #[default]
    BalancedBestEffort,
    /// It tries again in that zone.
    BalancedOnly,
}
