//! Configurations that people write, and what kube-scheduler makes of them.

use super::*;
use plugins::Point::{Filter, PreFilter, Score};

fn read(text: &str) -> SchedulerConfiguration {
    let head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";
    read_text("scheduler.yaml", &format!("{head}{text}")).unwrap_or_else(|e| panic!("{e}"))
}

fn message(text: &str) -> String {
    let head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";
    let errors = read_text("scheduler.yaml", &format!("{head}{text}")).unwrap_err();
    errors.problems().iter().map(|problem| problem.to_string() + "\n").collect()
}

fn names(plugins: &[Plugin]) -> Vec<&'static str> {
    plugins.iter().map(|plugin| plugin.name()).collect()
}

/// Order and weights as recorded from kube-scheduler v1.36.2.
#[test]
fn nothing_configured_is_the_default_profile() {
    let configuration = read("");
    assert_eq!(configuration, SchedulerConfiguration::default());
    let plugins = &configuration.profiles[0].plugins;
    assert_eq!(
        names(plugins.at(Filter)),
        [
            "NodeUnschedulable",
            "NodeName",
            "TaintToleration",
            "NodeAffinity",
            "NodePorts",
            "NodeResourcesFit",
            "VolumeRestrictions",
            "NodeVolumeLimits",
            "VolumeBinding",
            "VolumeZone",
            "PodTopologySpread",
            "InterPodAffinity",
            "DynamicResources",
            "NodeDeclaredFeatures",
        ]
    );
    let scores: Vec<_> = plugins.scores().iter().map(|(p, weight)| (p.name(), *weight)).collect();
    assert_eq!(
        scores,
        [
            ("TaintToleration", 3),
            ("NodeAffinity", 2),
            ("NodeResourcesFit", 1),
            ("VolumeBinding", 1),
            ("PodTopologySpread", 2),
            ("InterPodAffinity", 2),
            ("DynamicResources", 2),
            ("NodeResourcesBalancedAllocation", 1),
            ("ImageLocality", 1),
        ]
    );
}

#[test]
fn a_point_of_its_own_comes_before_the_rest_of_multi_point() {
    let configuration = read(
        "profiles:\n- plugins:\n    score:\n      \
         enabled: [{name: ImageLocality, weight: 7}]\n      \
         disabled: [{name: NodeAffinity}]\n",
    );
    let plugins = &configuration.profiles[0].plugins;
    assert_eq!(plugins.scores()[0], (Plugin::ImageLocality, 7));
    assert!(!plugins.has(Plugin::NodeAffinity, Score));
    assert!(plugins.has(Plugin::NodeAffinity, Filter));
}

#[test]
fn a_star_turns_everything_else_off() {
    let configuration = read(
        "profiles:\n- plugins:\n    score:\n      disabled: [{name: '*'}]\n      \
         enabled: [{name: NodeResourcesFit}]\n",
    );
    let plugins = &configuration.profiles[0].plugins;
    assert_eq!(plugins.scores(), [(Plugin::NodeResourcesFit, 1)]);
    assert_eq!(plugins.at(Filter).len(), 14);

    let configuration = read(
        "profiles:\n- plugins:\n    multiPoint:\n      disabled: [{name: '*'}]\n      \
         enabled: [{name: PrioritySort}, {name: NodePorts}, {name: NodeResourcesFit, weight: 4}]\n",
    );
    let plugins = &configuration.profiles[0].plugins;
    assert_eq!(plugins.at(PreFilter), [Plugin::NodePorts, Plugin::NodeResourcesFit]);
    assert_eq!(plugins.scores(), [(Plugin::NodeResourcesFit, 4)]);
}

#[test]
fn arguments_are_completed() {
    let configuration = read(
        "profiles:\n- pluginConfig:\n  - name: NodeResourcesFit\n    args:\n      \
         scoringStrategy: {type: MostAllocated, resources: [{name: cpu}]}\n  \
         - name: PodTopologySpread\n    args: {defaultingType: List}\n",
    );
    let args = &configuration.profiles[0].args;
    assert_eq!(args.fit.strategy, ScoringStrategy::MostAllocated);
    assert_eq!(args.fit.resources, [ResourceWeight { name: "cpu".to_owned(), weight: 1 }]);
    assert!(!args.spread.system_defaulting && args.spread.default_constraints.is_empty());
    assert_eq!(args.inter_pod_affinity.hard_pod_affinity_weight, 1);
}

#[test]
fn mistakes_are_found_together() {
    insta::assert_snapshot!(message(
        "parallelizm: 3\nextenders: [{urlPrefix: x}]\npodMaxBackoffSeconds: 0\nprofiles:\n\
         - schedulerName: a\n  plugins:\n    score: {enabled: [{name: NodeResourceFit}]}\n    \
         filter: {enabled: [{name: ImageLocality}]}\n    queueSort: {disabled: [{name: '*'}]}\n  \
         pluginConfig:\n  - name: InterPodAffinity\n    args: {hardPodAffinityWeight: 101}\n  \
         - name: NodeResourcesFit\n    args: {scoringStrategy: {type: RequestedToCapacityRatio}}\n\
         - schedulerName: a\n  percentageOfNodesToScore: 200\n"
    ));
}
