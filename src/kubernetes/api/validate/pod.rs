//! Pods, and the pods of templates.
//!
//! Source: Kubernetes v1.36, `pkg/apis/core/validation/validation.go` (`ValidatePodSpec`).

use k8s_openapi::api::core::v1::{
    Affinity, Container, NodeAffinity, PodAffinityTerm, PodSpec, Toleration,
    TopologySpreadConstraint, WeightedPodAffinityTerm,
};

use super::at::{At, Report};
use super::resources::{check_listing, check_requirements};
use super::selector::{check_key, check_node_selector, check_node_selector_term, check_selector};

/// What a taint does; a toleration may leave it out.
pub const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// The spec of a pod.
pub fn check_spec(spec: &PodSpec, at: &At<'_>, report: &mut Report) {
    if spec.containers.is_empty() {
        report.wrong(&at.key("containers"), "needs at least one container");
    }
    let on_host = spec.host_network == Some(true);
    let init = spec.init_containers.as_deref().unwrap_or_default();
    let mut names = Vec::new();
    for (key, containers) in [("containers", &spec.containers[..]), ("initContainers", init)] {
        for (index, container) in containers.iter().enumerate() {
            let list = &at.key(key);
            let at = &list.index(index);
            check_container(container, on_host, at, report);
            if names.contains(&&container.name) {
                let message = format!("there are two containers named `{}`", container.name);
                report.wrong(&at.key("name"), message);
            }
            names.push(&container.name);
        }
    }
    if let Some(resources) = &spec.resources {
        check_requirements(resources, &at.key("resources"), report);
    }
    check_listing(&spec.overhead, &at.key("overhead"), report);
    let policies = ["Always", "OnFailure", "Never"];
    report.one_of(spec.restart_policy.as_deref(), &policies, &at.key("restartPolicy"));
    let policies = ["PreemptLowerPriority", "Never"];
    report.one_of(spec.preemption_policy.as_deref(), &policies, &at.key("preemptionPolicy"));
    let grace = spec.termination_grace_period_seconds;
    report.within(grace, 0..=i64::MAX, &at.key("terminationGracePeriodSeconds"));
    for (key, value) in spec.node_selector.iter().flatten() {
        super::selector::check_label(key, value, &at.key("nodeSelector").key(key), report);
    }
    for (index, toleration) in spec.tolerations.iter().flatten().enumerate() {
        check_toleration(toleration, &at.key("tolerations").index(index), report);
    }
    if let Some(affinity) = &spec.affinity {
        check_affinity(affinity, &at.key("affinity"), report);
    }
    let constraints = spec.topology_spread_constraints.as_deref().unwrap_or_default();
    check_spread(constraints, &at.key("topologySpreadConstraints"), report);
}

fn check_container(container: &Container, on_host: bool, at: &At<'_>, report: &mut Report) {
    if container.name.is_empty() {
        report.wrong(&at.key("name"), "is missing");
    }
    if let Some(resources) = &container.resources {
        check_requirements(resources, &at.key("resources"), report);
    }
    for (index, port) in container.ports.iter().flatten().enumerate() {
        let ports = &at.key("ports");
        let at = &ports.index(index);
        report.within(Some(port.container_port), 1..=65535, &at.key("containerPort"));
        report.within(port.host_port, 0..=65535, &at.key("hostPort"));
        report.one_of(port.protocol.as_deref(), &["TCP", "UDP", "SCTP"], &at.key("protocol"));
        let host = port.host_port.filter(|host| *host != 0);
        if on_host && host.is_some_and(|host| host != port.container_port) {
            let message = "must be the containerPort, since the pod has the network of its host";
            report.wrong(&at.key("hostPort"), message);
        }
    }
}

fn check_toleration(toleration: &Toleration, at: &At<'_>, report: &mut Report) {
    let Toleration { effect, key, operator, toleration_seconds, value } = toleration;
    let operator = operator.as_deref().filter(|operator| !operator.is_empty());
    report.one_of(operator, &["Exists", "Equal", "Lt", "Gt"], &at.key("operator"));
    let effect = effect.as_deref().filter(|effect| !effect.is_empty());
    report.one_of(effect, &EFFECTS, &at.key("effect"));
    if key.as_deref().is_none_or(str::is_empty) && operator != Some("Exists") {
        report.wrong(&at.key("operator"), "must be Exists where there is no key");
    }
    if operator == Some("Exists") && value.as_deref().is_some_and(|value| !value.is_empty()) {
        report.wrong(&at.key("value"), "must be left out with the operator Exists");
    }
    if toleration_seconds.is_some() && effect != Some("NoExecute") {
        report.wrong(&at.key("effect"), "must be NoExecute where there are tolerationSeconds");
    }
}

fn check_affinity(affinity: &Affinity, at: &At<'_>, report: &mut Report) {
    if let Some(to_nodes) = &affinity.node_affinity {
        check_node_affinity(to_nodes, &at.key("nodeAffinity"), report);
    }
    if let Some(to_pods) = &affinity.pod_affinity {
        let required = to_pods.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = to_pods.preferred_during_scheduling_ignored_during_execution.as_deref();
        check_pod_terms(required, preferred, &at.key("podAffinity"), report);
    }
    if let Some(from_pods) = &affinity.pod_anti_affinity {
        let required = from_pods.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = from_pods.preferred_during_scheduling_ignored_during_execution.as_deref();
        check_pod_terms(required, preferred, &at.key("podAntiAffinity"), report);
    }
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Affinity to nodes.
pub fn check_node_affinity(affinity: &NodeAffinity, at: &At<'_>, report: &mut Report) {
    if let Some(selector) = &affinity.required_during_scheduling_ignored_during_execution {
        check_node_selector(selector, &at.key(REQUIRED), report);
    }
    let terms = affinity.preferred_during_scheduling_ignored_during_execution.iter().flatten();
    for (index, term) in terms.enumerate() {
        let list = &at.key(PREFERRED);
        let at = &list.index(index);
        report.within(Some(term.weight), 1..=100, &at.key("weight"));
        check_node_selector_term(&term.preference, &at.key("preference"), report);
    }
}

fn check_pod_terms(
    required: Option<&[PodAffinityTerm]>,
    preferred: Option<&[WeightedPodAffinityTerm]>,
    at: &At<'_>,
    report: &mut Report,
) {
    for (index, term) in required.unwrap_or_default().iter().enumerate() {
        check_pod_term(term, &at.key(REQUIRED).index(index), report);
    }
    for (index, term) in preferred.unwrap_or_default().iter().enumerate() {
        let list = &at.key(PREFERRED);
        let at = &list.index(index);
        report.within(Some(term.weight), 1..=100, &at.key("weight"));
        check_pod_term(&term.pod_affinity_term, &at.key("podAffinityTerm"), report);
    }
}

fn check_pod_term(term: &PodAffinityTerm, at: &At<'_>, report: &mut Report) {
    check_key(&term.topology_key, &at.key("topologyKey"), report);
    if let Some(selector) = &term.label_selector {
        check_selector(selector, &at.key("labelSelector"), report);
    }
    if let Some(selector) = &term.namespace_selector {
        check_selector(selector, &at.key("namespaceSelector"), report);
    }
    let keyed = |keys: &Option<Vec<String>>| keys.as_ref().is_some_and(|keys| !keys.is_empty());
    if term.label_selector.is_none()
        && (keyed(&term.match_label_keys) || keyed(&term.mismatch_label_keys))
    {
        let message = "is missing, which makes the label keys useless";
        report.wrong(&at.key("labelSelector"), message);
    }
}

/// Topology spread constraints.
pub fn check_spread(constraints: &[TopologySpreadConstraint], at: &At<'_>, report: &mut Report) {
    for (index, constraint) in constraints.iter().enumerate() {
        let at = &at.index(index);
        let (key, action) = (&constraint.topology_key, &constraint.when_unsatisfiable);
        report.within(Some(constraint.max_skew), 1..=i64::MAX, &at.key("maxSkew"));
        check_key(key, &at.key("topologyKey"), report);
        let actions = ["DoNotSchedule", "ScheduleAnyway"];
        report.one_of(Some(action), &actions, &at.key("whenUnsatisfiable"));
        report.within(constraint.min_domains, 1..=i64::MAX, &at.key("minDomains"));
        if constraint.min_domains.is_some() && action != "DoNotSchedule" {
            let message = "goes only with `whenUnsatisfiable: DoNotSchedule`";
            report.wrong(&at.key("minDomains"), message);
        }
        let policies = ["Honor", "Ignore"];
        let (affinity, taints) = (&constraint.node_affinity_policy, &constraint.node_taints_policy);
        report.one_of(affinity.as_deref(), &policies, &at.key("nodeAffinityPolicy"));
        report.one_of(taints.as_deref(), &policies, &at.key("nodeTaintsPolicy"));
        if let Some(selector) = &constraint.label_selector {
            check_selector(selector, &at.key("labelSelector"), report);
        }
        let same = |other: &TopologySpreadConstraint| {
            other.topology_key == *key && other.when_unsatisfiable == *action
        };
        if constraints[..index].iter().any(same) {
            report.wrong(at, format!("there are two constraints for `{key}` and {action}"));
        }
    }
}
