//! Which workload's pods each app of a scenario is on a cluster of Kubernetes.
//!
//! An app without `workload` is a Deployment of its own. One with it is in the pods of a workload
//! of the cluster's manifests, of which everything counts that the manifest says; what the app says
//! of its own container does not.

use k8s_openapi::api::core::v1::{Container, PodSpec};

use super::images::pod_spec;
use crate::kubernetes::api::Object;
use crate::kubernetes::api::quantity::value;
use crate::scenario::diagnostic::{nearest, suggestion};
use crate::scenario::{App, Cluster, Scenario, ServiceKind};
use crate::units::Bytes;
use crate::workload::AppId;
use crate::world::Unbound;

/// The workload that an app is.
#[derive(Clone, Debug)]
pub struct Binding {
    pub kind: ServiceKind,
    pub namespace: String,
    pub name: String,
    /// Whether a manifest has it.
    pub is_written: bool,
    /// The container of its pods that is the app.
    pub container: String,
    /// Its pods, at the start; none where nodes decide.
    pub replicas: Option<u32>,
    /// Image of that container, at the start.
    pub image: String,
    /// Memory that an idle replica uses.
    pub idle: Bytes,
}

impl Binding {
    /// Kind, namespace and name, as in `Deployment shop/frontend`.
    pub fn title(&self) -> String {
        format!("{} {}/{}", self.kind.name(), self.namespace, self.name)
    }

    fn is(&self, kind: ServiceKind, namespace: &str, name: &str) -> bool {
        (self.kind, &*self.namespace, &*self.name) == (kind, namespace, name)
    }

    /// An app with a Deployment of its own.
    fn own(app: &App) -> Self {
        Self {
            kind: ServiceKind::Deployment,
            namespace: "default".to_owned(),
            name: app.name.clone(),
            is_written: false,
            container: super::apps::CONTAINER.to_owned(),
            replicas: Some(app.replicas),
            image: app.image.clone(),
            idle: app.memory.idle(),
        }
    }
}

/// The app that is the pods of a workload, if one is.
pub fn bound(bindings: &[Binding], kind: &str, namespace: &str, name: &str) -> Option<AppId> {
    let kind = ServiceKind::ALL.into_iter().find(|one| one.name() == kind)?;
    let place = bindings.iter().position(|it| it.is(kind, namespace, name))?;
    Some(AppId(place as u32))
}

/// The workloads of all apps of a cluster, by app; none where it is not one of Kubernetes.
///
/// # Errors
/// The first app whose workload the manifests do not have.
pub fn bind(
    scenario: &Scenario,
    cluster: &Cluster,
    objects: &[Object],
) -> Result<Vec<Binding>, Unbound> {
    let mut bindings: Vec<Binding> = Vec::new();
    if !cluster.kind.is_kubernetes() {
        return Ok(bindings);
    }
    for (index, app) in scenario.apps.iter().enumerate() {
        let fail = |key, title, help| Unbound { app: index, key, title, help };
        let binding = match &app.workload {
            None => Binding::own(app),
            Some(_) => from_manifest(app, cluster, objects)
                .map_err(|(key, title, help)| fail(key, title, help))?,
        };
        let Binding { kind, namespace, name, .. } = &binding;
        let title = binding.title();
        if let Some(AppId(first)) = bound(&bindings, kind.name(), namespace, name) {
            let first = &scenario.apps[first as usize].name;
            let key = if app.workload.is_some() { "workload" } else { "name" };
            let title = format!("{title} is app `{first}` already");
            return Err(fail(key, title, "an app is one workload, a workload one app".to_owned()));
        }
        let is_written = |object| service(object).is_some_and(|of| binding.is(of, namespace, name));
        let mut written = objects.iter().filter(|it| is_in(it, namespace, name));
        if !binding.is_written && written.any(is_written) {
            let title = format!("cluster `{}` has a manifest of {title} already", cluster.name);
            let help = format!("to put the app into its pods, write `workload = \"{name}\"`");
            return Err(fail("name", title, help));
        }
        bindings.push(binding);
    }
    Ok(bindings)
}

/// What is wrong: with which key, what, and what would be right.
type Fault = (&'static str, String, String);

fn from_manifest(app: &App, cluster: &Cluster, objects: &[Object]) -> Result<Binding, Fault> {
    let object = find(app, cluster, objects)?;
    let kind = service(object).expect("only these were looked for");
    let spec = pod_spec(object);
    let containers = spec.map_or(&[][..], |spec| &spec.containers);
    let container = match &app.container {
        None => containers.first(),
        Some(name) => containers.iter().find(|one| one.name == *name),
    };
    let container = container.ok_or_else(|| no_container(app, object, spec))?;
    let request = memory_request(container);
    Ok(Binding {
        kind,
        namespace: object.namespace().unwrap_or("default").to_owned(),
        name: object.name().to_owned(),
        is_written: true,
        container: container.name.clone(),
        replicas: replicas(object),
        image: container.image.clone().unwrap_or_default(),
        idle: app.memory.base.unwrap_or(Bytes(request.0 / 2)),
    })
}

fn find<'o>(app: &App, cluster: &Cluster, objects: &'o [Object]) -> Result<&'o Object, Fault> {
    let wanted = app.workload.as_ref().expect("only apps with a workload are looked up");
    let services = objects.iter().filter(|object| service(object).is_some());
    let named = services.clone().filter(|it| is_in(it, &wanted.namespace, &wanted.name));
    let kind = |object: &&Object| wanted.kind.is_none_or(|kind| service(object) == Some(kind));
    let found: Vec<&Object> = named.filter(kind).collect();
    match found[..] {
        [one] => Ok(one),
        [] => {
            let names: Vec<String> = services.clone().map(|it| path(it, wanted.kind)).collect();
            let title = format!(
                "there is no workload `{wanted}` in the manifests of cluster `{}`",
                cluster.name
            );
            Err(("workload", title, meant(&wanted.to_string(), &wanted.name, &names, services)))
        }
        [one, other, ..] => {
            let kinds = [one, other].map(|it| service(it).map_or("", ServiceKind::name));
            let title = format!("there are a {} and a {} `{wanted}`", kinds[0], kinds[1]);
            let kind = kinds[0].to_ascii_lowercase();
            Err(("workload", title, format!("write `{kind}/{wanted}` for the first")))
        }
    }
}

/// The name that was meant: a slip, or one of another namespace.
fn meant<'o>(
    wanted: &str,
    name: &str,
    names: &[String],
    mut services: impl Iterator<Item = &'o Object>,
) -> String {
    let all = names.iter().map(String::as_str);
    let elsewhere = services.find(|object| object.name() == name);
    match (nearest(wanted, all.clone()), elsewhere) {
        (None, Some(object)) => format!("did you mean `{}`?", path(object, None)),
        _ => suggestion(wanted, all, "workload"),
    }
}

fn no_container(app: &App, object: &Object, spec: Option<&PodSpec>) -> Fault {
    let title = object.title();
    let Some(name) = &app.container else {
        return ("workload", format!("the pods of {title} have no container"), String::new());
    };
    let init = spec.and_then(|spec| spec.init_containers.as_ref());
    if init.into_iter().flatten().any(|one| one.name == *name) {
        let title = format!("`{name}` of {title} is an init container");
        return ("container", title, "an app is a container that goes on running".to_owned());
    }
    let names = spec.into_iter().flat_map(|spec| &spec.containers).map(|one| one.name.as_str());
    let help = suggestion(name, names, "container");
    ("container", format!("the pods of {title} have no container `{name}`"), help)
}

/// How a scenario names a workload, with its kind where kinds are written.
fn path(object: &Object, kind: Option<ServiceKind>) -> String {
    let (namespace, name) = (object.namespace().unwrap_or("default"), object.name());
    match service(object).filter(|_| kind.is_some()) {
        Some(kind) => format!("{}/{namespace}/{name}", kind.name().to_ascii_lowercase()),
        None => format!("{namespace}/{name}"),
    }
}

/// The manifest of an app's workload, where one has it.
pub(super) fn written<'o>(binding: &Binding, objects: &'o [Object]) -> Option<&'o Object> {
    let is_it = |object: &&Object| {
        is_in(object, &binding.namespace, &binding.name) && service(object) == Some(binding.kind)
    };
    objects.iter().filter(|_| binding.is_written).find(is_it)
}

fn is_in(object: &Object, namespace: &str, name: &str) -> bool {
    object.namespace() == Some(namespace) && object.name() == name
}

/// What kind of service its pods can be.
fn service(object: &Object) -> Option<ServiceKind> {
    match object {
        Object::Deployment(_) => Some(ServiceKind::Deployment),
        Object::StatefulSet(_) => Some(ServiceKind::StatefulSet),
        Object::DaemonSet(_) => Some(ServiceKind::DaemonSet),
        Object::ReplicaSet(_) => Some(ServiceKind::ReplicaSet),
        Object::ReplicationController(_) => Some(ServiceKind::ReplicationController),
        _ => None,
    }
}

fn replicas(object: &Object) -> Option<u32> {
    let written = match object {
        Object::Deployment(one) => one.spec.as_ref()?.replicas,
        Object::StatefulSet(one) => one.spec.as_ref()?.replicas,
        Object::ReplicaSet(one) => one.spec.as_ref()?.replicas,
        Object::ReplicationController(one) => one.spec.as_ref()?.replicas,
        _ => return None,
    };
    u32::try_from(written.unwrap_or(1)).ok()
}

fn memory_request(container: &Container) -> Bytes {
    let requests = container.resources.as_ref().and_then(|it| it.requests.as_ref());
    let memory = requests.and_then(|requests| requests.get("memory"));
    Bytes(memory.map_or(0, |memory| u64::try_from(value(memory)).unwrap_or(0)))
}
