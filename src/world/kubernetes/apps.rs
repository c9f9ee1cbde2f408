//! Apps of a scenario as objects of Kubernetes, and manifests of users beside them.
//!
//! An app is a Deployment of its name in the namespace `default`: its image, requests and limits in
//! one container, which is asked whether it is ready as often as the cluster's options say. Apps
//! whose replicas are to be apart (`spread`) have anti-affinity to each other by host name.

use serde_json::{Value, json};

use crate::kubernetes::api::{Object, Origin, defaults, from_value, read_file};
use crate::scenario::{App, KubernetesOptions};
use crate::workload::{AppId, TraceError};
use crate::world::World;

/// The objects of all manifests, with their defaults.
///
/// # Errors
/// When a file cannot be read, or is not what Kubernetes would take.
pub fn manifests(options: &KubernetesOptions) -> Result<Vec<Object>, TraceError> {
    let mut objects = Vec::new();
    for path in &options.manifests {
        let read = read_file(path).map_err(|errors| TraceError::Manifest(Box::new(errors)))?;
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
        for object in &objects {
            if let Object::HorizontalPodAutoscaler(_) = object {
                let title = object.title();
                let warning = format!(
                    "{title} has no effect: what the pods of manifests use is not known; an \
                     `[[app]]` has `autoscale`"
                );
                self.recorder.warn(warning);
            }
        }
        objects.extend(self.scenario.apps.iter().map(|app| deployment(app, period)));
        let applied = self.with_control(|control, around| control.apply(&objects, around));
        if let Err(rejected) = applied {
            self.recorder.warn(format!("{} was rejected: {}", rejected.object, rejected.reason));
        }
        let kubernetes = self.kubernetes.as_deref_mut().expect("the cluster is of Kubernetes");
        for (app, id) in self.scenario.apps.iter().zip((0..).map(AppId)) {
            if let Some(workload) = kubernetes.control.find("default", &app.name) {
                kubernetes.apps.insert(workload, id);
                kubernetes.workloads[id.0 as usize] = Some(workload);
            }
        }
        self.route_by_services(&objects);
        self.capacity_changed();
    }
}

impl World<'_> {
    /// Has an app's workload want so many pods.
    pub(in crate::world) fn scale_pods(&mut self, app: AppId, replicas: u32) {
        let workload = self.kubernetes.as_ref().and_then(|it| it.workloads[app.0 as usize]);
        if let Some(workload) = workload {
            self.with_control(|control, around| control.scale(workload, replicas, around));
        }
    }

    /// How many pods an app's workload is to have, on Kubernetes.
    pub(in crate::world) fn pods_asked(&self, app: AppId) -> Option<u32> {
        let kubernetes = self.kubernetes.as_deref()?;
        kubernetes.control.objects().workload(kubernetes.workloads[app.0 as usize]?).replicas()
    }
}

/// An app as a Deployment.
fn deployment(app: &App, readiness_period: i32) -> Object {
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
            "name": "app",
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
    if !app.pre_stop.is_zero() {
        let seconds = app.pre_stop.as_secs_f64() as i64;
        spec["containers"][0]["lifecycle"] =
            json!({ "preStop": { "sleep": { "seconds": seconds } } });
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
    let origin = Origin::whole("the scenario");
    let mut object = from_value(&value, &origin).expect("the object of an app is valid");
    defaults::apply(&mut object);
    object
}
