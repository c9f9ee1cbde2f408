//! Arguments of the plugins, completed and checked.
//!
//! Sources: Kubernetes v1.36, `pkg/scheduler/apis/config/v1/defaults.go` and
//! `pkg/scheduler/apis/config/validation/validation_pluginargs.go`; the constraints of the system
//! from `pkg/scheduler/framework/plugins/podtopologyspread/plugin.go`.

use k8s_openapi::api::core::v1::{NodeAffinity, TopologySpreadConstraint};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::plugins::{Plugin, unknown_plugin};
use super::raw::{
    RawBalancedArgs, RawFitArgs, RawInterPodArgs, RawNodeAffinityArgs, RawPluginConfig,
    RawPreemptionArgs, RawResource, RawScoringStrategy, RawShapePoint, RawSpreadArgs,
    RawVolumeArgs,
};
use super::strict;
use crate::kubernetes::api::decode::Path;
use crate::kubernetes::api::validate::{self, Violation};

/// The arguments of all plugins that have some.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PluginArgs {
    /// NodeResourcesFit.
    pub fit: FitArgs,
    /// NodeResourcesBalancedAllocation.
    pub balanced_allocation: BalancedAllocationArgs,
    /// PodTopologySpread.
    pub spread: SpreadArgs,
    /// InterPodAffinity.
    pub inter_pod_affinity: InterPodAffinityArgs,
    /// NodeAffinity.
    pub node_affinity: NodeAffinityArgs,
    /// VolumeBinding.
    pub volume_binding: VolumeBindingArgs,
    /// DefaultPreemption.
    pub default_preemption: DefaultPreemptionArgs,
}

/// A resource and how much it counts in a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceWeight {
    /// Name of the resource.
    pub name: String,
    /// 1 to 100.
    pub weight: i64,
}

/// Arguments of NodeResourcesFit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitArgs {
    /// Extended resources that the filter ignores.
    pub ignored_resources: Vec<String>,
    /// Prefixes before `/` of extended resources that the filter ignores.
    pub ignored_resource_groups: Vec<String>,
    /// How nodes are scored.
    pub strategy: ScoringStrategy,
    /// The resources that are scored.
    pub resources: Vec<ResourceWeight>,
}

/// What makes a node good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScoringStrategy {
    /// Much is free.
    LeastAllocated,
    /// Little is free.
    MostAllocated,
    /// A function of the utilisation, given by its corners.
    RequestedToCapacityRatio(Vec<ShapePoint>),
}

/// A corner of the function from utilisation to score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapePoint {
    /// In percent.
    pub utilization: i64,
    /// 0 to 10, as it is written; plugins scale it to 100.
    pub score: i64,
}

/// Arguments of NodeResourcesBalancedAllocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalancedAllocationArgs {
    /// The resources that are to be balanced.
    pub resources: Vec<String>,
}

/// Arguments of PodTopologySpread.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadArgs {
    /// Whether [`default_constraints`](Self::default_constraints) are those built into Kubernetes.
    pub system_defaulting: bool,
    /// Constraints of pods that have none and belong to a service or controller.
    pub default_constraints: Vec<TopologySpreadConstraint>,
}

/// Arguments of InterPodAffinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterPodAffinityArgs {
    /// What the required affinity of a placed pod is worth to a pod that it attracts.
    pub hard_pod_affinity_weight: i64,
    /// Whether pods without affinity ignore the preferences of placed ones.
    pub ignore_preferred_terms_of_existing_pods: bool,
}

/// Arguments of NodeAffinity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeAffinityArgs {
    /// Affinity of every pod of the profile, beside its own.
    pub added_affinity: Option<NodeAffinity>,
}

/// Arguments of VolumeBinding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeBindingArgs {
    /// How long a binding may take, in seconds.
    pub bind_timeout_seconds: u64,
}

/// Arguments of DefaultPreemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultPreemptionArgs {
    /// Share of the nodes to try, in percent.
    pub min_candidate_nodes_percentage: u32,
    /// Nodes to try at least.
    pub min_candidate_nodes_absolute: u32,
}

impl Default for FitArgs {
    fn default() -> Self {
        Self {
            ignored_resources: Vec::new(),
            ignored_resource_groups: Vec::new(),
            strategy: ScoringStrategy::LeastAllocated,
            resources: cpu_and_memory(),
        }
    }
}

impl Default for BalancedAllocationArgs {
    fn default() -> Self {
        Self { resources: cpu_and_memory().into_iter().map(|resource| resource.name).collect() }
    }
}

impl Default for SpreadArgs {
    fn default() -> Self {
        let constraint = |key: &str, max_skew| TopologySpreadConstraint {
            max_skew,
            topology_key: key.to_owned(),
            when_unsatisfiable: "ScheduleAnyway".to_owned(),
            ..TopologySpreadConstraint::default()
        };
        let (host, zone) = ("kubernetes.io/hostname", "topology.kubernetes.io/zone");
        let default_constraints = vec![constraint(host, 3), constraint(zone, 5)];
        Self { system_defaulting: true, default_constraints }
    }
}

impl Default for InterPodAffinityArgs {
    fn default() -> Self {
        Self { hard_pod_affinity_weight: 1, ignore_preferred_terms_of_existing_pods: false }
    }
}

impl Default for VolumeBindingArgs {
    fn default() -> Self {
        Self { bind_timeout_seconds: 600 }
    }
}

impl Default for DefaultPreemptionArgs {
    fn default() -> Self {
        Self { min_candidate_nodes_percentage: 10, min_candidate_nodes_absolute: 100 }
    }
}

fn cpu_and_memory() -> Vec<ResourceWeight> {
    ["cpu", "memory"].map(|name| ResourceWeight { name: name.to_owned(), weight: 1 }).to_vec()
}

/// Reads the arguments of a profile.
pub(super) fn resolve(
    raw: &[RawPluginConfig],
    at: &Path,
    violations: &mut Vec<Violation>,
) -> PluginArgs {
    let mut args = PluginArgs::default();
    for (index, config) in raw.iter().enumerate() {
        let at = at.index(index);
        if raw[..index].iter().any(|other| other.name == config.name) {
            let message = format!("`{}` has arguments already", config.name);
            violations.push(Violation::new(at.key("name"), message));
        }
        let Some(plugin) = Plugin::named(&config.name) else {
            violations.push(unknown_plugin(&config.name).under(&at));
            continue;
        };
        let reader = Reader { args: config.args.as_ref(), at: at.key("args"), plugin, violations };
        reader.read(&mut args);
    }
    args
}

/// Reads the arguments of one plugin.
struct Reader<'r> {
    args: Option<&'r Value>,
    at: Path,
    plugin: Plugin,
    violations: &'r mut Vec<Violation>,
}

impl Reader<'_> {
    fn read(mut self, args: &mut PluginArgs) {
        match self.plugin {
            Plugin::NodeResourcesFit => args.fit = self.fit(),
            Plugin::NodeResourcesBalancedAllocation => args.balanced_allocation = self.balanced(),
            Plugin::PodTopologySpread => args.spread = self.spread(),
            Plugin::InterPodAffinity => args.inter_pod_affinity = self.inter_pod(),
            Plugin::NodeAffinity => args.node_affinity = self.node_affinity(),
            Plugin::VolumeBinding => args.volume_binding = self.volume(),
            Plugin::DefaultPreemption => args.default_preemption = self.preemption(),
            // its timeouts have no bearing on where a pod goes
            Plugin::DynamicResources => {}
            plugin => {
                let message = format!("{} has no arguments", plugin.name());
                self.violations.push(Violation::new(self.at, message));
            }
        }
    }

    /// The arguments as they are written; nothing at all is as good as none.
    fn raw<T: DeserializeOwned + Default>(&mut self) -> T {
        let Some(value) = self.args.filter(|args| !args.is_null()) else {
            return T::default();
        };
        let expected = format!("{}Args", self.plugin.name());
        if value.get("kind").is_some_and(|kind| *kind != expected) {
            self.complain("kind", format!("these arguments are not of kind {expected}"));
        }
        strict(value, &self.at, self.violations).unwrap_or_default()
    }

    fn complain(&mut self, path: &str, message: impl Into<String>) {
        self.violations.push(Violation::new(self.at.dotted(path), message));
    }

    fn fit(&mut self) -> FitArgs {
        let raw: RawFitArgs = self.raw();
        let (strategy, resources) = match raw.scoring_strategy {
            Some(strategy) => self.strategy(strategy),
            None => (ScoringStrategy::LeastAllocated, cpu_and_memory()),
        };
        if raw.ignored_resource_groups.iter().any(|group| group.contains('/')) {
            self.complain("ignoredResourceGroups", "a group is the part before `/`");
        }
        FitArgs {
            ignored_resources: raw.ignored_resources,
            ignored_resource_groups: raw.ignored_resource_groups,
            strategy,
            resources,
        }
    }

    fn strategy(&mut self, raw: RawScoringStrategy) -> (ScoringStrategy, Vec<ResourceWeight>) {
        let ratio = raw.requested_to_capacity_ratio;
        let strategy = match raw.type_.as_str() {
            "LeastAllocated" => ScoringStrategy::LeastAllocated,
            "MostAllocated" => ScoringStrategy::MostAllocated,
            "RequestedToCapacityRatio" => {
                let shape = ratio.as_ref().map_or(&[][..], |ratio| &ratio.shape);
                ScoringStrategy::RequestedToCapacityRatio(self.shape(shape))
            }
            _ => {
                let types = "LeastAllocated, MostAllocated or RequestedToCapacityRatio";
                self.complain("scoringStrategy.type", format!("must be {types}"));
                ScoringStrategy::LeastAllocated
            }
        };
        if ratio.is_some() && !matches!(strategy, ScoringStrategy::RequestedToCapacityRatio(_)) {
            let path = "scoringStrategy.requestedToCapacityRatio";
            self.complain(path, format!("does not go with the type {}", raw.type_));
        }
        (strategy, self.weights(raw.resources, "scoringStrategy.resources"))
    }

    fn weights(&mut self, raw: Vec<RawResource>, path: &str) -> Vec<ResourceWeight> {
        if raw.is_empty() {
            return cpu_and_memory();
        }
        let default = |RawResource { name, weight }| ResourceWeight {
            name,
            weight: if weight == 0 { 1 } else { weight },
        };
        let resources: Vec<_> = raw.into_iter().map(default).collect();
        for (index, resource) in resources.iter().enumerate() {
            if !(1..=100).contains(&resource.weight) {
                let path = self.at.dotted(path).index(index).key("weight");
                self.violations.push(Violation::new(path, "must be between 1 and 100"));
            }
        }
        resources
    }

    fn shape(&mut self, raw: &[RawShapePoint]) -> Vec<ShapePoint> {
        let path = "scoringStrategy.requestedToCapacityRatio.shape";
        if raw.is_empty() {
            self.complain(path, "needs at least one point, such as `{utilization: 0, score: 10}`");
        }
        for (index, point) in raw.iter().enumerate() {
            let at = self.at.dotted(path).index(index);
            let rises = index == 0 || raw[index - 1].utilization < point.utilization;
            let mut complain = |key: &str, message: &str| {
                self.violations.push(Violation::new(at.key(key), message));
            };
            if !rises {
                complain("utilization", "must be more than that of the point before");
            }
            if !(0..=100).contains(&point.utilization) {
                complain("utilization", "must be between 0 and 100");
            }
            if !(0..=10).contains(&point.score) {
                complain("score", "must be between 0 and 10");
            }
        }
        let point = |raw: &RawShapePoint| ShapePoint {
            utilization: i64::from(raw.utilization),
            score: i64::from(raw.score),
        };
        raw.iter().map(point).collect()
    }

    fn balanced(&mut self) -> BalancedAllocationArgs {
        let raw: RawBalancedArgs = self.raw();
        let resources = self.weights(raw.resources, "resources");
        for (index, resource) in resources.iter().enumerate() {
            let at = self.at.key("resources").index(index);
            if resource.weight != 1 {
                self.violations.push(Violation::new(at.key("weight"), "must be 1"));
            }
            if resources[..index].iter().any(|other| other.name == resource.name) {
                let message = format!("`{}` occurs twice", resource.name);
                self.violations.push(Violation::new(at.key("name"), message));
            }
        }
        BalancedAllocationArgs { resources: resources.into_iter().map(|r| r.name).collect() }
    }

    fn spread(&mut self) -> SpreadArgs {
        let raw: RawSpreadArgs = self.raw();
        let at = self.at.key("defaultConstraints");
        self.violations.extend(validate::default_constraints(&raw.default_constraints, &at));
        match raw.defaulting_type.as_deref() {
            None | Some("" | "System") => {
                if !raw.default_constraints.is_empty() {
                    let message = "must be List where there are defaultConstraints";
                    self.complain("defaultingType", message);
                }
                SpreadArgs::default()
            }
            Some("List") => SpreadArgs {
                system_defaulting: false,
                default_constraints: raw.default_constraints,
            },
            Some(_) => {
                self.complain("defaultingType", "must be System or List");
                SpreadArgs::default()
            }
        }
    }

    fn inter_pod(&mut self) -> InterPodAffinityArgs {
        let raw: RawInterPodArgs = self.raw();
        let weight = raw.hard_pod_affinity_weight.unwrap_or(1);
        if !(0..=100).contains(&weight) {
            self.complain("hardPodAffinityWeight", "must be between 0 and 100");
        }
        InterPodAffinityArgs {
            hard_pod_affinity_weight: i64::from(weight),
            ignore_preferred_terms_of_existing_pods: raw
                .ignore_preferred_terms_of_existing_pods
                .unwrap_or(false),
        }
    }

    fn node_affinity(&mut self) -> NodeAffinityArgs {
        let raw: RawNodeAffinityArgs = self.raw();
        if let Some(affinity) = &raw.added_affinity {
            let at = self.at.key("addedAffinity");
            self.violations.extend(validate::node_affinity(affinity, &at));
        }
        NodeAffinityArgs { added_affinity: raw.added_affinity }
    }

    fn volume(&mut self) -> VolumeBindingArgs {
        let raw: RawVolumeArgs = self.raw();
        let timeout = raw.bind_timeout_seconds.unwrap_or(600);
        if timeout < 0 {
            self.complain("bindTimeoutSeconds", "must not be negative");
        }
        if raw.shape.is_some_and(|shape| !shape.is_null()) {
            let message = "is not accepted without the feature gate StorageCapacityScoring, \
                           which is off in Kubernetes 1.36";
            self.complain("shape", message);
        }
        VolumeBindingArgs { bind_timeout_seconds: timeout.unsigned_abs() }
    }

    fn preemption(&mut self) -> DefaultPreemptionArgs {
        let raw: RawPreemptionArgs = self.raw();
        let percentage = raw.min_candidate_nodes_percentage.unwrap_or(10);
        let absolute = raw.min_candidate_nodes_absolute.unwrap_or(100);
        if !(0..=100).contains(&percentage) {
            self.complain("minCandidateNodesPercentage", "must be between 0 and 100");
        }
        if absolute < 0 {
            self.complain("minCandidateNodesAbsolute", "must not be negative");
        }
        if (percentage, absolute) == (0, 0) {
            let message = "must not be 0 together with minCandidateNodesAbsolute";
            self.complain("minCandidateNodesPercentage", message);
        }
        DefaultPreemptionArgs {
            min_candidate_nodes_percentage: percentage.unsigned_abs(),
            min_candidate_nodes_absolute: absolute.unsigned_abs(),
        }
    }
}
