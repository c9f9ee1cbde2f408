//! `[app.autoscale]`: a number of replicas that follows the load, on any platform.
//!
//! Names and defaults are those of the horizontal pod autoscaler of Kubernetes v1.36
//! (`autoscaling/v2`, `pkg/apis/autoscaling/v2/defaults.go`, and the options
//! `--horizontal-pod-autoscaler-*` of `kube-controller-manager`), whatever a replica is: a
//! container, a VM, or a container in a VM.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::{Fraction, Target};

/// `[app.autoscale]`: the horizontal pod autoscaler of Kubernetes v1.36.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Autoscale {
    /// What is looked at. Default cpu.
    #[serde(default)]
    pub metric: AutoscaleMetric,
    /// The mean over the replicas that is aimed at: whole percent of the CPU request for `cpu`
    /// (`60%`), requests per second and replica for `requests` (`50/s`).
    pub target: Target,
    /// Never fewer replicas. Default 1.
    #[serde(default = "default_min")]
    pub min: u32,
    /// Never more replicas.
    pub max: u32,
    /// Time between two decisions. Default 15s.
    #[serde(default = "default_sync_period")]
    pub sync_period: SimDuration,
    /// How far the mean may be from the target, as a share of it, before anything is done.
    /// Default 10%.
    #[serde(default = "default_tolerance")]
    pub tolerance: Fraction,
    /// Time between two readings of the meters; what is decided on is the mean between the last
    /// two. Default 15s (metrics-server).
    #[serde(default = "default_metrics_resolution")]
    pub metrics_resolution: SimDuration,
    /// Time from a reading until decisions know of it; at most `metrics_resolution`. Default 0s.
    #[serde(default)]
    pub metrics_delay: SimDuration,
    /// For so long after its placement the CPU of a replica counts only while it is ready, and only
    /// what was measured since. Default 5min.
    #[serde(default = "default_cpu_initialization_period")]
    pub cpu_initialization_period: SimDuration,
    /// Later, the CPU of a replica that is not ready does not count either if that has not changed
    /// since this time from its placement: it has never been ready. Default 30s.
    #[serde(default = "default_initial_readiness_delay")]
    pub initial_readiness_delay: SimDuration,
    /// How fast replicas may be added. Default: at once, up to the double or 4 more in 15s.
    #[serde(default)]
    pub scale_up: ScaleRules,
    /// How fast replicas may be removed. Default: as far as 5min of recommendations allow.
    #[serde(default)]
    pub scale_down: ScaleRules,
    /// Time a replica that is removed has to answer the requests it holds; it gets no new ones.
    /// Default 30s (`terminationGracePeriodSeconds`).
    #[serde(default = "default_grace")]
    pub grace: SimDuration,
}

fn default_min() -> u32 {
    1
}

fn default_sync_period() -> SimDuration {
    SimDuration::from_secs(15)
}

fn default_tolerance() -> Fraction {
    Fraction(0.1)
}

fn default_metrics_resolution() -> SimDuration {
    SimDuration::from_secs(15)
}

fn default_cpu_initialization_period() -> SimDuration {
    SimDuration::from_secs(300)
}

fn default_initial_readiness_delay() -> SimDuration {
    SimDuration::from_secs(30)
}

fn default_grace() -> SimDuration {
    SimDuration::from_secs(30)
}

/// What an autoscaler looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AutoscaleMetric {
    /// CPU in use as a share of the app's CPU request, as a Resource metric with a target
    /// Utilization. A VM of its own counts with the CPU of its guest.
    #[default]
    Cpu,
    /// Requests received per second, as a Pods metric with a target AverageValue.
    Requests,
}

/// How fast the number of replicas may change in one direction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScaleRules {
    /// For so long recommendations are kept in mind: the lowest of them holds back more replicas,
    /// the highest fewer. At most 1h. Default 0s up, 5min down.
    pub stabilization: Option<SimDuration>,
    /// Which of several policies counts. Default max.
    pub select: ScaleSelect,
    /// Limits of the change within a period. Default: 100 percent or 4 replicas in 15s up, 100
    /// percent in 15s down.
    pub policies: Option<Vec<ScalePolicy>>,
}

/// Which of several policies counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleSelect {
    /// The one that allows the largest change.
    #[default]
    Max,
    /// The one that allows the smallest change.
    Min,
    /// None: the number never changes in this direction.
    Disabled,
}

/// A limit of the change within a period: `{ replicas = 4 }` or `{ percent = 100 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalePolicy {
    /// So many replicas.
    pub replicas: Option<u32>,
    /// So much of the number at the start of the period.
    pub percent: Option<u32>,
    /// Length of the period, from 1s to 30min. Default 15s.
    #[serde(default = "default_policy_period")]
    pub period: SimDuration,
}

fn default_policy_period() -> SimDuration {
    SimDuration::from_secs(15)
}
