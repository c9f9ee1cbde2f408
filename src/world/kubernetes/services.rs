//! Services among the manifests, as far as they say where requests go.
//!
//! Requests of an app go to its pods whether or not a Service is written down. One whose selector
//! takes the app's pods may say how they are routed (`spec.trafficDistribution`, the annotation
//! `service.kubernetes.io/topology-mode`); the scenario's `routing` comes before that. Of both the
//! annotation comes first (Kubernetes v1.36, `staging/src/k8s.io/endpointslice/reconciler.go`).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;

use super::Kubernetes;
use crate::kubernetes::api::Object;
use crate::kubernetes::objects::WorkloadKind;
use crate::machine::HostId;
use crate::scenario::Routing;
use crate::workload::AppId;
use crate::world::World;
use crate::world::nodes::capacity;

/// The annotations by which a Service asks for hints by the CPU of zones, the older one last.
const MODES: [&str; 2] =
    ["service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"];

/// What a Service says about where requests go, and what of that is not done here.
fn routing(service: &Service) -> (Routing, Option<&str>) {
    let annotations = service.metadata.annotations.as_ref();
    let mode = MODES.iter().find_map(|name| annotations?.get(*name));
    if mode.is_some_and(|mode| mode == "Auto" || mode == "auto") {
        return (Routing::TopologyAware, None);
    }
    let spec = service.spec.as_ref();
    match spec.and_then(|spec| spec.traffic_distribution.as_deref()) {
        Some("PreferClose" | "PreferSameZone") => (Routing::PreferSameZone, None),
        Some(node @ "PreferSameNode") => (Routing::PreferSameZone, Some(node)),
        _ => (Routing::Any, None),
    }
}

/// What else a Service says about where requests go, which has no effect here.
fn ignored(service: &Service) -> Vec<&'static str> {
    let spec = service.spec.as_ref();
    let is = |field: Option<&String>, value| field.is_some_and(|it| it == value);
    let mut ignored = Vec::new();
    if is(spec.and_then(|spec| spec.internal_traffic_policy.as_ref()), "Local") {
        ignored.push("`internalTrafficPolicy: Local`");
    }
    if is(spec.and_then(|spec| spec.session_affinity.as_ref()), "ClientIP") {
        ignored.push("`sessionAffinity: ClientIP`");
    }
    ignored
}

/// Whether a Service takes pods with these labels; one without a selector takes none.
pub(super) fn selects(
    service: &Service,
    namespace: &str,
    labels: &BTreeMap<String, String>,
) -> bool {
    let own = service.metadata.namespace.as_deref().unwrap_or("default");
    let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let selector = selector.filter(|selector| !selector.is_empty() && own == namespace);
    selector.is_some_and(|all| all.iter().all(|(key, value)| labels.get(key) == Some(value)))
}

impl Kubernetes {
    /// Namespace and labels of the pods that are an app.
    fn labels_of(&self, app: AppId) -> Option<(&str, BTreeMap<String, String>)> {
        let objects = self.control.objects();
        let workload = objects.workload(self.workloads[app.0 as usize]?);
        let template = match &workload.kind {
            WorkloadKind::Deployment(it) => it.template,
            WorkloadKind::ReplicaSet(it) => it.template,
            WorkloadKind::StatefulSet(it) => it.template,
            WorkloadKind::DaemonSet(_) | WorkloadKind::Job(_) | WorkloadKind::CronJob(_) => {
                return None;
            }
        };
        let labels = objects.template(template).source.metadata.labels.clone();
        Some((&workload.namespace, labels.unwrap_or_default()))
    }
}

impl World<'_> {
    /// Has the requests of apps go where the Services that take their pods say.
    pub(super) fn route_by_services(&mut self, objects: &[Object]) {
        let services = || {
            objects.iter().filter_map(|object| match object {
                Object::Service(service) => Some(service),
                _ => None,
            })
        };
        for (app, id) in self.scenario.apps.iter().zip((0..).map(AppId)) {
            let kubernetes = self.kubernetes.as_deref().expect("the cluster is of Kubernetes");
            let Some((namespace, labels)) = kubernetes.labels_of(id) else { continue };
            let taking = || services().filter(|service| selects(service, namespace, &labels));
            for service in taking() {
                let name = service.metadata.name.as_deref().unwrap_or_default();
                for field in ignored(service) {
                    self.recorder.warn(format!("Service {name}: {field} has no effect here"));
                }
            }
            let said = taking().find_map(|service| {
                let (routing, instead) = routing(service);
                (routing != Routing::Any).then_some((service, routing, instead))
            });
            let (Some((service, routing, instead)), None) = (said, app.routing) else { continue };
            self.services.set_routing(id, routing);
            if let Some(instead) = instead {
                let name = service.metadata.name.as_deref().unwrap_or_default();
                self.recorder.warn(format!(
                    "Service {name}: `trafficDistribution: {instead}` keeps requests to the zone \
                     here, as `PreferSameZone`: there is no choice by node"
                ));
            }
        }
    }

    /// Zone and allocatable CPU of each node that is known to work.
    pub(in crate::world) fn ready_nodes(&self) -> Vec<(u32, u64)> {
        let Some(kubernetes) = &self.kubernetes else {
            let up = |host: &HostId| self.hosts[host.index()].is_up();
            let hosts = (0..self.hosts.len() as u32).map(HostId).filter(up);
            return hosts
                .map(|host| (self.services.zone_of_host(host), self.cpu_of(host)))
                .collect();
        };
        let nodes = kubernetes.control.objects().nodes();
        let ready = nodes.filter(|(_, node)| node.is_ready());
        let host = |machine: u32| self.nodes.all[machine as usize].host;
        ready.map(|(_, node)| (node.zone, self.cpu_of(host(node.machine)))).collect()
    }

    /// CPU that the node on a host, or one of those, offers.
    fn cpu_of(&self, host: HostId) -> u64 {
        capacity(self.cluster, &self.shapes[host.index()]).cpu().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn service(annotations: Value, spec: Value) -> Service {
        let metadata = json!({ "name": "web", "namespace": "shop", "annotations": annotations });
        serde_json::from_value(json!({ "metadata": metadata, "spec": spec })).expect("a service")
    }

    #[test]
    fn the_annotation_comes_before_the_field() {
        let auto = json!({ "service.kubernetes.io/topology-mode": "Auto" });
        let old = json!({ "service.kubernetes.io/topology-aware-hints": "auto" });
        let none = json!({ "service.kubernetes.io/topology-mode": "Disabled" });
        let close = json!({ "trafficDistribution": "PreferClose" });
        let zone = json!({ "trafficDistribution": "PreferSameZone" });
        let node = json!({ "trafficDistribution": "PreferSameNode" });
        for (annotations, spec, expected) in [
            (json!({}), json!({}), (Routing::Any, None)),
            (json!({}), close.clone(), (Routing::PreferSameZone, None)),
            (json!({}), zone, (Routing::PreferSameZone, None)),
            (json!({}), node, (Routing::PreferSameZone, Some("PreferSameNode"))),
            (auto, close.clone(), (Routing::TopologyAware, None)),
            (old, json!({}), (Routing::TopologyAware, None)),
            (none, close, (Routing::PreferSameZone, None)),
        ] {
            assert_eq!(routing(&service(annotations, spec)), expected);
        }
    }

    #[test]
    fn what_is_not_modelled_is_named() {
        let local = json!({ "internalTrafficPolicy": "Local", "sessionAffinity": "ClientIP" });
        let both = ["`internalTrafficPolicy: Local`", "`sessionAffinity: ClientIP`"];
        assert_eq!(ignored(&service(json!({}), local)), both);
        let usual = json!({ "internalTrafficPolicy": "Cluster", "sessionAffinity": "None" });
        assert!(ignored(&service(json!({}), usual)).is_empty());
    }

    #[test]
    fn a_selector_takes_pods_of_its_namespace_with_all_its_labels() {
        let labels = [("app", "web"), ("tier", "front")];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let takes = |selector: Value, namespace: &str| {
            selects(&service(json!({}), json!({ "selector": selector })), namespace, &labels)
        };
        assert!(takes(json!({ "app": "web" }), "shop"));
        assert!(takes(json!({ "app": "web", "tier": "front" }), "shop"));
        assert!(!takes(json!({ "app": "web" }), "default"));
        assert!(!takes(json!({ "app": "web", "tier": "back" }), "shop"));
        assert!(!takes(json!({}), "shop"));
    }
}
