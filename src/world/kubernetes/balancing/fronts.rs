//! What is in front of the apps of a cluster of EKS, by its scenario and its manifests.
//!
//! An app is behind a target group that names it, or whose Service selects its pods. Requests from
//! outside come through the load balancer; those of other apps come as on Kubernetes elsewhere, by
//! the app's Service.

use std::collections::BTreeMap;

use super::super::services::selects;
use super::super::{Binding, bindings};
use crate::aws::eks::load_balancing::{Declared, declared, find_service, ingress};
use crate::kubernetes::api::Object;
use crate::metrics::events::Kind;
use crate::scenario::aws::{LoadBalancer, TargetGroup, TargetType};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, Scenario};
use crate::workload::AppId;
use crate::workload::load_balancer::{Spec, Targets};
use crate::world::balancers::spec;
use crate::world::input::{InputError, Unfit};

/// The label of namespaces whose pods get readiness gates.
const INJECT: &str = "elbv2.k8s.aws/pod-readiness-gate-inject";
/// What the conditions of such gates begin with.
const CONDITION: &str = "target-health.elbv2.k8s.aws";

/// The load balancers of a cluster, and who is behind them.
#[derive(Debug)]
pub(in crate::world) struct Fronts {
    /// The load balancers: those of the scenario first.
    pub specs: Vec<Spec>,
    /// Of each app, what is in front of it.
    pub(super) of_app: Vec<Option<Front>>,
    pub(super) warnings: Vec<String>,
}

/// What is in front of an app.
#[derive(Clone, Debug)]
pub(super) struct Front {
    /// What the targets are.
    pub targets: TargetType,
    /// The workload whose pods have a readiness gate.
    pub gated: Option<(Kind, String, String)>,
}

/// A target group with its app.
struct Member {
    group: TargetGroup,
    app: Option<AppId>,
    targets: TargetType,
    local: bool,
}

/// The load balancers of a cluster, which stands at `at`; none where it is not one of EKS or has
/// none.
///
/// # Errors
/// What the controller would not take.
pub(in crate::world) fn fronts(
    scenario: &Scenario,
    cluster: &Cluster,
    manifests: &[Object],
    bindings: &[Binding],
    at: &Path,
) -> Result<Option<Fronts>, InputError> {
    if cluster.kind != ClusterKind::Eks {
        return Ok(None);
    }
    let mut written = declared(manifests, cluster);
    if written.balancers.is_empty() && cluster.load_balancers.is_empty() {
        return Ok(None);
    }
    let labels: Vec<_> = bindings.iter().map(|it| labels(it, manifests)).collect();
    let mut members = of_scenario(scenario, cluster);
    of_manifests(&mut written, cluster, manifests, (bindings, &labels), &mut members);
    if !written.flaws.is_empty() {
        let at = at.key("kubernetes").key("manifests");
        let title = "the AWS Load Balancer Controller would not take these manifests";
        return Err(Unfit::new(at, title, written.flaws.join("; ")).into());
    }
    let mut of_app = vec![None; scenario.apps.len()];
    for member in &mut members {
        let Some(app) = member.app else { continue };
        if of_app[app.0 as usize].is_some() {
            let name = &scenario.apps[app.0 as usize].name;
            let group = &member.group.name;
            written.warnings.push(format!(
                "app `{name}` is behind another load balancer already: target group `{group}` gets \
                 no requests"
            ));
            member.app = None;
            continue;
        }
        let binding = &bindings[app.0 as usize];
        let gated = member.targets == TargetType::Ip && is_gated(binding, cluster, manifests);
        let workload = || {
            let kind = Kind::of(binding.kind.name())?;
            Some((kind, binding.namespace.clone(), binding.name.clone()))
        };
        let gated = if gated { workload() } else { None };
        of_app[app.0 as usize] = Some(Front { targets: member.targets, gated });
    }
    let balancers = cluster.load_balancers.iter().chain(&written.balancers);
    let specs = balancers.map(|balancer| spec_of(balancer, &members, cluster)).collect();
    Ok(Some(Fronts { specs, of_app, warnings: written.warnings }))
}

fn spec_of(balancer: &LoadBalancer, members: &[Member], cluster: &Cluster) -> Spec {
    let groups = members.iter().map(|member| {
        let targets = match member.targets {
            TargetType::Ip => Targets::Pods,
            TargetType::Instance => Targets::Nodes { local: member.local },
        };
        (&member.group, member.app, targets)
    });
    spec(balancer, groups, cluster)
}

/// The target groups that the scenario writes.
fn of_scenario(scenario: &Scenario, cluster: &Cluster) -> Vec<Member> {
    let place = |name: &String| scenario.apps.iter().position(|app| app.name == *name);
    let groups = cluster.target_groups.iter().map(|group| Member {
        group: group.clone(),
        app: group.app.as_ref().and_then(place).map(|place| AppId(place as u32)),
        targets: group.target_type.unwrap_or(cluster.eks.load_balancer_controller.target_type),
        local: false,
    });
    groups.collect()
}

/// Adds the target groups of manifests.
fn of_manifests(
    written: &mut Declared,
    cluster: &Cluster,
    manifests: &[Object],
    (bindings, labels): (&[Binding], &[BTreeMap<String, String>]),
    members: &mut Vec<Member>,
) {
    let Declared { groups, flaws, .. } = written;
    for group in groups {
        flaws.extend(ingress::node_port_flaw(group, manifests, cluster));
        let Some(service) = find_service(manifests, &group.namespace, &group.service) else {
            continue;
        };
        let mut apps = (0..).zip(bindings.iter().zip(labels));
        let app = apps.find(|(_, (it, labels))| selects(service, &it.namespace, labels));
        members.push(Member {
            group: group.group.clone(),
            app: app.map(|(place, _)| AppId(place)),
            targets: group.target_type(cluster),
            local: group.local,
        });
    }
}

/// The labels of the pods that an app is.
fn labels(binding: &Binding, manifests: &[Object]) -> BTreeMap<String, String> {
    let Some(object) = bindings::written(binding, manifests) else {
        return BTreeMap::from([("app".to_owned(), binding.name.clone())]);
    };
    let metadata = match object {
        Object::Deployment(one) => one.spec.as_ref().and_then(|it| it.template.metadata.as_ref()),
        Object::StatefulSet(one) => one.spec.as_ref().and_then(|it| it.template.metadata.as_ref()),
        Object::DaemonSet(one) => one.spec.as_ref().and_then(|it| it.template.metadata.as_ref()),
        Object::ReplicaSet(one) => {
            let template = one.spec.as_ref().and_then(|it| it.template.as_ref());
            template.and_then(|template| template.metadata.as_ref())
        }
        Object::ReplicationController(one) => {
            let template = one.spec.as_ref().and_then(|it| it.template.as_ref());
            template.and_then(|template| template.metadata.as_ref())
        }
        _ => None,
    };
    metadata.and_then(|metadata| metadata.labels.clone()).unwrap_or_default()
}

/// Whether the pods of an app get a readiness gate: by the label of their namespace, or because
/// they have one written.
fn is_gated(binding: &Binding, cluster: &Cluster, manifests: &[Object]) -> bool {
    let labelled = manifests.iter().any(|object| match object {
        Object::Namespace(it) => {
            let labels = it.metadata.labels.as_ref();
            let value = labels.and_then(|labels| labels.get(INJECT));
            object.name() == binding.namespace && value.is_some_and(|value| value == "enabled")
        }
        _ => false,
    });
    let spec = bindings::written(binding, manifests).and_then(super::super::images::pod_spec);
    let gates = spec.and_then(|spec| spec.readiness_gates.as_ref());
    let mut gates = gates.into_iter().flatten();
    let has_one = gates.any(|gate| gate.condition_type.starts_with(CONDITION));
    cluster.eks.load_balancer_controller.readiness_gates || labelled || has_one
}
