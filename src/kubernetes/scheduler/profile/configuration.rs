//! A profile as a KubeSchedulerConfiguration describes it.
//!
//! Plugins that have nothing to say here (volume scores, devices as a filter) are passed over.

use k8s_openapi::api::core::v1 as core;

use super::{InterPodAffinityArgs, Profile, SpreadDefaults};
use crate::kubernetes::api::scheduler_configuration as api;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::MAX_SCORE;
use crate::kubernetes::scheduler::plugins::node_resources_fit::{self, Strategy};
use crate::kubernetes::scheduler::plugins::{
    FILTERS, Plugin, SCORES, node_affinity, node_resources_balanced_allocation,
};
use crate::kubernetes::scheduler::read;
use crate::kubernetes::scheduler::resources::ResourceKind;
use crate::kubernetes::scheduler::shape::PodShape;

/// The highest score in the shape of a RequestedToCapacityRatio (`MaxCustomPriorityScore`).
const MAX_SHAPE_SCORE: i64 = 10;

impl Profile {
    /// Takes over a profile of a configuration. Resources and topologies that it names become known
    /// to the cluster.
    #[must_use]
    pub fn from_configuration(profile: &api::Profile, cluster: &mut Cluster) -> Self {
        let args = &profile.args;
        let wishes = wishes(args, cluster);
        let scores = profile.plugins.scores().iter();
        let inter_pod = &args.inter_pod_affinity;
        Self {
            filters: filters(&profile.plugins),
            scores: scores.filter_map(|&(plugin, weight)| score(plugin, weight)).collect(),
            fit: fit(&args.fit, cluster),
            balanced_allocation: node_resources_balanced_allocation::Args {
                resources: names(&args.balanced_allocation.resources, cluster),
            },
            spread: if args.spread.system_defaulting {
                SpreadDefaults::System
            } else {
                SpreadDefaults::List(wishes.spread)
            },
            node_affinity: node_affinity::Args {
                required: wishes.required_nodes,
                preferred: wishes.preferred_nodes,
            },
            inter_pod_affinity: InterPodAffinityArgs {
                hard_pod_affinity_weight: inter_pod.hard_pod_affinity_weight,
                ignore_preferred_terms_of_existing_pods: inter_pod
                    .ignore_preferred_terms_of_existing_pods,
            },
        }
    }
}

fn filters(plugins: &api::Plugins) -> Vec<Plugin> {
    let enabled = plugins.at(api::Point::Filter).iter();
    let known = |name: &str| FILTERS.into_iter().find(|plugin| plugin.name() == name);
    enabled.filter_map(|plugin| known(plugin.name())).collect()
}

fn score(plugin: api::Plugin, weight: u32) -> Option<(Plugin, i64)> {
    let known = SCORES.into_iter().find(|(known, _)| known.name() == plugin.name());
    known.map(|(known, _)| (known, i64::from(weight)))
}

/// What the profile wants for its pods, read as if one pod wanted it for itself: the fields are the
/// same. The shape of that pod stays known to the cluster, without a pod.
fn wishes(args: &api::PluginArgs, cluster: &mut Cluster) -> PodShape {
    let node_affinity = args.node_affinity.added_affinity.clone();
    let spec = core::PodSpec {
        affinity: Some(core::Affinity { node_affinity, ..core::Affinity::default() }),
        topology_spread_constraints: Some(args.spread.default_constraints.clone()),
        ..core::PodSpec::default()
    };
    let pod = core::Pod { spec: Some(spec), ..core::Pod::default() };
    let shape = read::shape(cluster, &pod);
    cluster.shape(shape).clone()
}

fn fit(args: &api::FitArgs, cluster: &mut Cluster) -> node_resources_fit::Args {
    let boxed = |names: &[String]| names.iter().map(|name| name.as_str().into()).collect();
    let resources = args.resources.iter();
    node_resources_fit::Args {
        ignored_resources: boxed(&args.ignored_resources),
        ignored_resource_groups: boxed(&args.ignored_resource_groups),
        strategy: match &args.strategy {
            api::ScoringStrategy::LeastAllocated => Strategy::LeastAllocated,
            api::ScoringStrategy::MostAllocated => Strategy::MostAllocated,
            api::ScoringStrategy::RequestedToCapacityRatio(shape) => {
                Strategy::RequestedToCapacityRatio(shape.iter().map(corner).collect())
            }
        },
        resources: resources.map(|one| (cluster.resource(&one.name), one.weight)).collect(),
    }
}

/// A corner, its score on the scale of plugins.
fn corner(point: &api::ShapePoint) -> (i64, i64) {
    (point.utilization, point.score * (MAX_SCORE / MAX_SHAPE_SCORE))
}

fn names(names: &[String], cluster: &mut Cluster) -> Vec<ResourceKind> {
    names.iter().map(|name| cluster.resource(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::scheduler::labels::Selector;
    use crate::kubernetes::scheduler::shape::Unsatisfiable;

    #[test]
    fn the_default_configuration_is_the_default_profile() {
        let profile = Profile::from_configuration(&api::Profile::default(), &mut Cluster::new());
        assert_eq!(profile, Profile::default());
    }

    #[test]
    fn arguments_and_weights_are_taken_over() {
        let text = "
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- plugins:
    score:
      disabled: [{name: ImageLocality}]
      enabled: [{name: NodeResourcesFit, weight: 7}]
    filter:
      disabled: [{name: NodePorts}]
  pluginConfig:
  - name: NodeResourcesFit
    args:
      ignoredResourceGroups: [example.com]
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: nvidia.com/gpu, weight: 5}]
        requestedToCapacityRatio:
          shape: [{utilization: 0, score: 0}, {utilization: 100, score: 10}]
  - name: PodTopologySpread
    args:
      defaultingType: List
      defaultConstraints:
      - {maxSkew: 2, topologyKey: rack, whenUnsatisfiable: ScheduleAnyway}
  - name: InterPodAffinity
    args: {hardPodAffinityWeight: 10}
  - name: NodeAffinity
    args:
      addedAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms:
          - matchExpressions: [{key: tier, operator: Exists}]
";
        let read = api::read_text("scheduler.yaml", text).expect("it is right");
        let mut cluster = Cluster::new();
        let profile = Profile::from_configuration(&read.profiles[0], &mut cluster);
        assert!(profile.scores.contains(&(Plugin::NodeResourcesFit, 7)));
        assert!(!profile.scores.iter().any(|(plugin, _)| *plugin == Plugin::ImageLocality));
        assert!(!profile.filters.contains(&Plugin::NodePorts));
        let gpu = cluster.known_resource("nvidia.com/gpu").expect("it was named");
        assert_eq!(profile.fit.resources, [(gpu, 5)]);
        let line = Strategy::RequestedToCapacityRatio(vec![(0, 0), (100, 100)]);
        assert_eq!(profile.fit.strategy, line);
        let SpreadDefaults::List(spread) = &profile.spread else { panic!("a list is given") };
        let [only] = spread.as_slice() else { panic!("it has one entry") };
        assert_eq!((only.max_skew, only.unsatisfiable), (2, Unsatisfiable::ScheduleAnyway));
        assert_eq!(only.selector, Selector::Nothing);
        assert_eq!(profile.inter_pod_affinity.hard_pod_affinity_weight, 10);
        assert_eq!(profile.node_affinity.required.expect("it is given").0.len(), 1);
    }
}
