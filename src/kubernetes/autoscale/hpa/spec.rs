//! What a `HorizontalPodAutoscaler` asks for, and how the controller is configured.
//!
//! The spec is that of `autoscaling/v2` after the defaults of the API: nothing is optional that the
//! API fills in. Source: Kubernetes v1.36, `pkg/apis/autoscaling/v2/defaults.go` and the options of
//! `kube-controller-manager`.

use crate::engine::SimDuration;

/// Thousandths of the unit of a metric: millicores, or thousandths of a byte or a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Milli(pub i64);

/// An autoscaler's wishes, defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct HpaSpec {
    /// Never fewer replicas than this.
    pub min_replicas: i32,
    /// Never more replicas than this.
    pub max_replicas: i32,
    /// The metrics; the one that asks for most replicas wins. Never empty.
    pub metrics: Vec<Metric>,
    /// How fast it may go. Without it older rules hold, which are not the same as any behaviour.
    pub behavior: Option<Behavior>,
}

/// One metric and its target.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// CPU or memory of the pods, from the resource metrics API.
    Resource {
        /// `cpu`, `memory` or another resource.
        resource: String,
        /// Only this container of each pod.
        container: Option<String>,
        /// What to hold.
        target: ResourceTarget,
    },
    /// A metric that every pod has, from the custom metrics API.
    Pods {
        /// Its name.
        name: String,
        /// The average to hold.
        average: Milli,
    },
    /// A metric of another object, from the custom metrics API.
    Object {
        /// The kind of object.
        kind: String,
        /// Its name.
        name: String,
        /// What to hold.
        target: ValueTarget,
    },
    /// A metric from outside the cluster; its series are added up.
    External {
        /// Its name.
        name: String,
        /// What to hold.
        target: ValueTarget,
    },
}

impl Metric {
    /// What the controller calls it in events (`horizontal.go`, `computeStatusFor…Metric`).
    pub fn name(&self) -> String {
        match self {
            Self::Resource { resource, container, target } => {
                let of = if container.is_some() { "container resource" } else { "resource" };
                let share = match target {
                    ResourceTarget::Utilization { .. } => " utilization (percentage of request)",
                    ResourceTarget::AverageValue(_) => "",
                };
                format!("{resource} {of}{share}")
            }
            Self::Pods { name, .. } => format!("pods metric {name}"),
            Self::Object { kind, name, .. } => format!("{kind} metric {name}"),
            Self::External { name, .. } => format!("external metric {name}"),
        }
    }
}

/// Target of a resource metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceTarget {
    /// What is used, as a share of what is requested.
    Utilization {
        /// The share in percent.
        percent: i32,
    },
    /// What is used by a pod on average.
    AverageValue(Milli),
}

/// Target of a metric that does not belong to single pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueTarget {
    /// The metric itself.
    Value(Milli),
    /// The metric divided by the number of replicas.
    AverageValue(Milli),
}

/// How fast it may scale up and down.
#[derive(Clone, Debug, PartialEq)]
pub struct Behavior {
    /// Rules for more replicas.
    pub scale_up: ScalingRules,
    /// Rules for fewer replicas.
    pub scale_down: ScalingRules,
}

/// Rules for one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingRules {
    /// For how long recommendations are kept in mind; up: zero where not given, down:
    /// [`HpaConfig::downscale_stabilization`].
    pub stabilization_window: Option<SimDuration>,
    /// Which policy counts.
    pub select: SelectPolicy,
    /// The policies; never empty.
    pub policies: Vec<ScalingPolicy>,
    /// How far the usage may be from the target, as a share of it; [`HpaConfig::tolerance`] where
    /// not given.
    pub tolerance: Option<f64>,
}

/// Which of several policies counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectPolicy {
    /// The one that allows the largest change.
    Max,
    /// The one that allows the smallest change.
    Min,
    /// None: no change in this direction.
    Disabled,
}

/// A limit of the change within a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalingPolicy {
    /// What `value` counts.
    pub kind: PolicyKind,
    /// Pods or percent.
    pub value: i32,
    /// Length of the period.
    pub period: SimDuration,
}

/// What a policy counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// Pods.
    Pods,
    /// Percent of the replicas at the start of the period.
    Percent,
}

/// The period of the policies that the API fills in.
const DEFAULT_PERIOD: SimDuration = SimDuration::from_secs(15);

impl ScalingRules {
    /// What the API fills in for scaling up: at once by 4 pods or to the double, every 15 s.
    pub fn default_up() -> Self {
        let policy = |kind, value| ScalingPolicy { kind, value, period: DEFAULT_PERIOD };
        Self {
            stabilization_window: Some(SimDuration::ZERO),
            select: SelectPolicy::Max,
            policies: vec![policy(PolicyKind::Pods, 4), policy(PolicyKind::Percent, 100)],
            tolerance: None,
        }
    }

    /// What the API fills in for scaling down: to nothing every 15 s, once stabilised.
    pub fn default_down() -> Self {
        let all = ScalingPolicy { kind: PolicyKind::Percent, value: 100, period: DEFAULT_PERIOD };
        Self {
            stabilization_window: None,
            select: SelectPolicy::Max,
            policies: vec![all],
            tolerance: None,
        }
    }

    /// The longest period of a policy.
    pub(super) fn longest_period(&self) -> SimDuration {
        self.policies.iter().map(|policy| policy.period).max().unwrap_or_default()
    }
}

/// Options of `kube-controller-manager` that concern autoscalers; the default is its default.
#[derive(Clone, Debug, PartialEq)]
pub struct HpaConfig {
    /// Time between two looks at an autoscaler (`--horizontal-pod-autoscaler-sync-period`).
    pub sync_period: SimDuration,
    /// For how long the highest recommendation holds
    /// (`--horizontal-pod-autoscaler-downscale-stabilization`).
    pub downscale_stabilization: SimDuration,
    /// How far the usage may be from the target, as a share of it
    /// (`--horizontal-pod-autoscaler-tolerance`).
    pub tolerance: f64,
    /// For how long after its start a pod's CPU counts only while it is ready
    /// (`--horizontal-pod-autoscaler-cpu-initialization-period`).
    pub cpu_initialization_period: SimDuration,
    /// Until when after its start a pod that is not ready has never been ready
    /// (`--horizontal-pod-autoscaler-initial-readiness-delay`).
    pub initial_readiness_delay: SimDuration,
    /// Feature gate `HPAScaleToZero` (alpha, off): what the autoscaler itself scaled to zero it
    /// scales up again.
    pub scale_to_zero: bool,
}

impl Default for HpaConfig {
    fn default() -> Self {
        Self {
            sync_period: SimDuration::from_secs(15),
            downscale_stabilization: SimDuration::from_secs(300),
            tolerance: 0.1,
            cpu_initialization_period: SimDuration::from_secs(300),
            initial_readiness_delay: SimDuration::from_secs(30),
            scale_to_zero: false,
        }
    }
}
