//! Apps of a scenario as objects of Kubernetes, and manifests of users beside them.
//!
//! An app is a Deployment of its name in the namespace `default`: its image, requests and limits in
//! one container, which is asked whether it is ready as often as the cluster's options say. Apps
//! whose replicas are to be apart (`spread`) have anti-affinity to each other by host name; which
//! nodes they may be on say `node_selector` and `tolerations`. Where that leaves nodes of EKS with
//! Windows alone, the Deployment names the system besides, as its pods would have no addresses
//! otherwise.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::addresses::{OS, WINDOWS};
use super::bindings::Binding;
use crate::kubernetes::api::{Object, Origin, defaults, from_value, read_file};
use crate::kubernetes::objects::WorkloadId;
use crate::metrics::events::Kind;
use crate::scenario::{App, AppCpu, AppMemory, KubernetesOptions, RestartPolicy};
use crate::units::Bytes;
use crate::workload::AppId;
use crate::world::InputError;
use crate::world::World;

/// The container of an app in a Deployment of its own.
pub const CONTAINER: &str = "app";

/// The objects of all manifests, with their defaults.
///
/// # Errors
/// When a file cannot be read, or is not what Kubernetes would take.
pub fn manifests(options: &KubernetesOptions) -> Result<Vec<Object>, InputError> {
    let mut objects = Vec::new();
    for path in &options.manifests {
        let read = read_file(path).map_err(|errors| InputError::Manifest(Box::new(errors)))?;
        objects.extend(read.objects.into_iter().map(|located| {
            let mut object = located.object;
            defaults::apply(&mut object);
            object
        }));
    }
    Ok(objects)
}

impl World<'_> {
    /// What a user does once the nodes are up: applies all objects.
    pub(in crate::world) fn deploy_objects(&mut self) {
        let period = self.cluster.kubernetes.readiness_period.as_secs_f64().ceil() as i32;
        let kubernetes = self.kubernetes.as_deref_mut().expect("the cluster is of Kubernetes");
        let mut objects = std::mem::take(&mut kubernetes.manifests);
        let own = self.scenario.apps.iter().filter(|app| app.workload.is_none());
        objects.extend(own.map(|app| {
            let mut selector = app.node_selector.clone();
            if super::instances::selects_windows(app, self.cluster) {
                selector.insert(OS.to_owned(), WINDOWS.to_owned());
            }
            deployment(app, &selector, period)
        }));
        self.ask_for_addresses(&mut objects);
        objects.extend(super::storage::classes(self.cluster, &objects));
        self.prepare_balancing();
        let applied = self.with_control(|control, around| control.apply(&objects, around));
        if let Err(rejected) = applied {
            self.recorder.warn(format!("{} was rejected: {}", rejected.object, rejected.reason));
        }
        let kubernetes = self.kubernetes.as_deref_mut().expect("the cluster is of Kubernetes");
        for (binding, id) in kubernetes.bindings.iter().zip((0..).map(AppId)) {
            let Binding { kind, namespace, name, .. } = binding;
            let kind = Kind::of(kind.name());
            if let Some(workload) = kubernetes.control.find(kind, namespace, name) {
                kubernetes.apps.insert(workload, id);
                kubernetes.workloads[id.0 as usize] = Some(workload);
            }
        }
        self.route_by_services(&objects);
        self.capacity_changed();
    }
}

impl World<'_> {
    /// The workload whose pods an app is, on Kubernetes.
    pub(in crate::world) fn workload_of(&self, app: AppId) -> Option<WorkloadId> {
        self.kubernetes.as_ref()?.workloads[app.0 as usize]
    }

    /// What an app is on Kubernetes.
    pub(in crate::world) fn binding(&self, app: AppId) -> Option<&Binding> {
        Some(&self.kubernetes.as_ref()?.bindings[app.0 as usize])
    }

    /// An autoscaler has an app's workload want so many pods, and says why.
    pub(in crate::world) fn scale_pods(&mut self, app: AppId, replicas: u32, reason: &str) {
        if let Some(workload) = self.workload_of(app) {
            self.with_control(|control, around| {
                control.scale(workload, replicas, Some(reason), around);
            });
        }
    }

    /// How many pods an app's workload is to have, on Kubernetes.
    pub(in crate::world) fn pods_asked(&self, app: AppId) -> Option<u32> {
        let control = &self.kubernetes.as_deref()?.control;
        control.objects().workload(self.workload_of(app)?).replicas()
    }
}

impl World<'_> {
    /// Keys of apps that count on no cluster of the scenario, as warnings.
    pub(in crate::world) fn idle_keys(&self) -> Vec<String> {
        let mut others = self.scenario.clusters.iter();
        if others.any(|cluster| !cluster.kind.is_kubernetes()) {
            return Vec::new();
        }
        let apps = self.scenario.apps.iter().zip((0..).map(AppId));
        let bound = apps.filter(|(app, _)| app.workload.is_some());
        bound.filter_map(|(app, id)| idle_keys(app, self.binding(id)?)).collect()
    }
}

/// Says which keys of an app do not count beside a manifest that says something else.
fn idle_keys(app: &App, binding: &Binding) -> Option<String> {
    let AppMemory { request, limit, .. } = app.memory;
    let keys = [
        ("replicas", app.replicas != 1 && Some(app.replicas) != binding.replicas),
        ("autoscale", app.autoscale.is_some()),
        ("image", !app.image.is_empty() && app.image != binding.image),
        ("cpu", app.cpu != AppCpu { period: app.cpu.period, ..AppCpu::default() }),
        ("memory.request", request != Bytes(0)),
        ("memory.limit", limit.is_some()),
        ("restart", app.restart != RestartPolicy::default()),
        ("spread", app.spread),
        ("node_selector", !app.node_selector.is_empty()),
        ("tolerations", !app.tolerations.is_empty()),
        ("service_account", app.service_account.is_some()),
    ];
    let idle = keys.iter().filter(|(_, idle)| *idle).map(|(key, _)| format!("`{key}`"));
    let idle: Vec<String> = idle.collect();
    let (count, title) = (idle.len(), binding.title());
    let verb = if count == 1 { "does" } else { "do" };
    (count > 0).then(|| {
        format!("`{}`: {} {verb} not count: {title} is its manifest's", app.name, idle.join(", "))
    })
}

/// What a toleration says: `key=value:NoSchedule`, of which only the key is needed.
fn toleration(text: &str) -> Value {
    let (pair, effect) = text.split_once(':').map_or((text, None), |(pair, it)| (pair, Some(it)));
    let mut object = match pair.split_once('=') {
        Some((key, value)) => json!({ "key": key, "operator": "Equal", "value": value }),
        None => json!({ "key": pair, "operator": "Exists" }),
    };
    if let Some(effect) = effect {
        object["effect"] = effect.into();
    }
    object
}

/// An app as a Deployment.
fn deployment(app: &App, selector: &BTreeMap<String, String>, readiness_period: i32) -> Object {
    let labels = json!({ "app": app.name });
    let mut limits = serde_json::Map::new();
    if let Some(cpu) = app.cpu.limit {
        limits.insert("cpu".to_owned(), format!("{}m", cpu.0).into());
    }
    if let Some(memory) = app.memory.limit {
        limits.insert("memory".to_owned(), memory.0.to_string().into());
    }
    let mut spec = json!({
        "containers": [{
            "name": CONTAINER,
            "image": app.image,
            "resources": {
                "requests": {
                    "cpu": format!("{}m", app.cpu.request.0),
                    "memory": app.memory.request.0.to_string(),
                },
                "limits": Value::Object(limits),
            },
            "readinessProbe": { "httpGet": { "port": 80 }, "periodSeconds": readiness_period },
        }],
    });
    if let Some(account) = &app.service_account {
        spec["serviceAccountName"] = account.as_str().into();
    }
    if !app.pre_stop.is_zero() {
        let seconds = app.pre_stop.as_secs_f64() as i64;
        spec["containers"][0]["lifecycle"] =
            json!({ "preStop": { "sleep": { "seconds": seconds } } });
    }
    if !selector.is_empty() {
        spec["nodeSelector"] = json!(selector);
    }
    if !app.tolerations.is_empty() {
        spec["tolerations"] = app.tolerations.iter().map(|text| toleration(text)).collect();
    }
    if app.spread {
        spec["affinity"] = json!({ "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [{
                "topologyKey": "kubernetes.io/hostname",
                "labelSelector": { "matchLabels": labels },
            }],
        }});
    }
    let value = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": app.name, "namespace": "default" },
        "spec": {
            "replicas": app.replicas,
            "selector": { "matchLabels": labels },
            "template": { "metadata": { "labels": labels }, "spec": spec },
        },
    });
    valid(&value)
}

/// An object of the scenario, with its defaults.
pub(super) fn valid(value: &Value) -> Object {
    let origin = Origin::whole("the scenario");
    let mut object = from_value(value, &origin).expect("the object of an app or job is valid");
    defaults::apply(&mut object);
    object
}
