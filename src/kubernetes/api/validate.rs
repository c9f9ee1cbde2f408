//! What the API server would refuse, as far as placement depends on it.
//!
//! Source: Kubernetes v1.36, `pkg/apis/*/validation`. A wrong quantity or selector is found here,
//! when a file is read, so that the simulation never meets one.

mod at;
mod autoscaler;
mod cluster;
mod pod;
mod resources;
mod selector;
mod workload;

use k8s_openapi::api::core::v1::{NodeAffinity, TopologySpreadConstraint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::decode::Path;
use super::object::Object;
use crate::scenario::diagnostic::nearest;
use at::{At, Report};

/// Something that the API server would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where in the object.
    pub path: Path,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Violation {
    /// Something that is wrong at `path`.
    pub fn new(path: Path, message: impl Into<String>) -> Self {
        Self { path, message: message.into(), help: None }
    }

    /// A field that does not exist among `fields`.
    pub fn unknown_field(path: Path, fields: &[&str]) -> Self {
        let near = nearest(path.last_key().unwrap_or_default(), fields.iter().copied());
        let help = near.map(|near| format!("did you mean `{near}`?"));
        Self { help, ..Self::new(path, "there is no such field") }
    }

    /// Says what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, seen from further out.
    #[must_use]
    pub fn under(mut self, outer: &Path) -> Self {
        self.path = outer.join(&self.path);
        self
    }
}

/// Everything that is wrong with an object.
pub fn violations(object: &Object) -> Vec<Violation> {
    let mut report = Report::default();
    let root = At::Root;
    check_metadata(object.metadata(), &root.key("metadata"), &mut report);
    let spec = &root.key("spec");
    match object {
        Object::Node(node) => cluster::check_node(node, &mut report),
        Object::Pod(pod) => match &pod.spec {
            Some(pod) => pod::check_spec(pod, spec, &mut report),
            None => report.wrong(spec, "is missing"),
        },
        Object::PriorityClass(class) => cluster::check_priority_class(class, &mut report),
        Object::PersistentVolume(volume) => cluster::check_volume(volume, &mut report),
        Object::PersistentVolumeClaim(claim) => {
            if let Some(claim) = &claim.spec {
                cluster::check_claim(claim, spec, &mut report);
            }
        }
        Object::StorageClass(class) => cluster::check_storage_class(class, &mut report),
        Object::PodDisruptionBudget(budget) => cluster::check_budget(budget, &mut report),
        Object::HorizontalPodAutoscaler(scaler) => {
            autoscaler::check(&scaler.spec, spec, &mut report);
        }
        Object::ReplicationController(controller) => {
            workload::check_replication_controller(controller, &mut report);
        }
        Object::ReplicaSet(set) => workload::check_replica_set(set, &mut report),
        Object::StatefulSet(set) => workload::check_stateful_set(set, &mut report),
        Object::DaemonSet(set) => workload::check_daemon_set(set, &mut report),
        Object::Deployment(deployment) => workload::check_deployment(deployment, &mut report),
        Object::Job(job) => workload::check_job(job, &mut report),
        Object::Namespace(_)
        | Object::CSINode(_)
        | Object::CSIDriver(_)
        | Object::CSIStorageCapacity(_)
        | Object::Service(_)
        | Object::ServiceAccount(_)
        | Object::Ingress(_)
        | Object::IngressClass(_)
        | Object::CronJob(_) => {}
    }
    report.violations
}

/// Everything that is wrong with default constraints of the scheduler.
pub fn default_constraints(constraints: &[TopologySpreadConstraint], at: &Path) -> Vec<Violation> {
    let mut report = Report::default();
    pod::check_spread(constraints, &At::Root, &mut report);
    for (index, constraint) in constraints.iter().enumerate() {
        if constraint.label_selector.is_some() {
            let at = &At::Root.index(index);
            let message = "must be left out: it is found for each pod";
            report.wrong(&at.key("labelSelector"), message);
        }
    }
    report.violations.into_iter().map(|violation| violation.under(at)).collect()
}

/// Everything that is wrong with an affinity to nodes.
pub fn node_affinity(affinity: &NodeAffinity, at: &Path) -> Vec<Violation> {
    let mut report = Report::default();
    pod::check_node_affinity(affinity, &At::Root, &mut report);
    report.violations.into_iter().map(|violation| violation.under(at)).collect()
}

fn check_metadata(metadata: &ObjectMeta, at: &At<'_>, report: &mut Report) {
    match metadata.name.as_deref() {
        None | Some("") => report.wrong(&at.key("name"), "is missing"),
        Some(name) if !is_dns_name(name) => {
            let message = format!("`{name}` is no name of a Kubernetes object");
            let help = "use lower case letters, digits, `-` and `.`, with a letter or digit at \
                        both ends, at most 253 of them";
            report.wrong_with_help(&at.key("name"), message, help);
        }
        Some(_) => {}
    }
    for (key, value) in metadata.labels.iter().flatten() {
        selector::check_label(key, value, &at.key("labels").key(key), report);
    }
}

/// Whether it is a subdomain name of RFC 1123, as names of objects are.
fn is_dns_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |part: &str| {
        part.starts_with(allowed)
            && part.ends_with(allowed)
            && part.chars().all(|c| allowed(c) || c == '-')
    };
    name.len() <= 253 && name.split('.').all(part)
}
