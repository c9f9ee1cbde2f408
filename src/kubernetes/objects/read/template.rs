//! A pod template, by the example of a pod.

use std::rc::Rc;

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::scheduling::v1::PriorityClass;

use crate::engine::SimDuration;
use crate::kubernetes::api::defaults::admission;
use crate::kubernetes::api::quantity::{milli_value, value};
use crate::kubernetes::objects::store::Revision;
use crate::kubernetes::objects::template::{
    Container, ImagePull, PodTemplate, Probe, RestartPolicy,
};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::read;
use crate::units::{Bytes, Millicores};

/// The annotation of pods that are rather kept, or rather not.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// A pod that the API server would not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unadmitted {
    /// The priority class it names, which there is not.
    pub class: String,
}

/// What all pods like this one have in common.
///
/// # Errors
/// When the pod names a priority class that there is not.
pub fn revision(
    cluster: &mut Cluster,
    classes: &[PriorityClass],
    mut pod: core::Pod,
) -> Result<Revision, Unadmitted> {
    admission::set_priority(&mut pod, classes)
        .map_err(|error| Unadmitted { class: error.class })?;
    admission::tolerate_failures(&mut pod);
    admission::merge_label_keys(&mut pod);
    let shape = read::shape(cluster, &pod);
    let spec = pod.spec.clone().unwrap_or_default();
    let seen = &cluster.shape(shape).tolerations;
    let lasting = spec.tolerations.iter().flatten().map(|one| one.toleration_seconds.map(seconds));
    let tolerations = seen.iter().cloned().zip(lasting).collect();
    let namespace = pod.metadata.namespace.as_deref().unwrap_or("default").into();
    let template = template(&spec);
    let cost = pod.metadata.annotations.as_ref().and_then(|all| all.get(DELETION_COST));
    let deletion_cost = cost.and_then(|cost| cost.parse().ok()).unwrap_or(0);
    let source = Rc::new(pod);
    Ok(Revision {
        pod: template,
        shape,
        namespace,
        tolerations,
        deletion_cost,
        served: true,
        source,
    })
}

/// Whole seconds, none below zero.
fn seconds(seconds: i64) -> SimDuration {
    SimDuration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

fn template(spec: &core::PodSpec) -> PodTemplate {
    let mut template = PodTemplate {
        init: spec.init_containers.iter().flatten().map(container).collect(),
        containers: spec.containers.iter().map(container).collect(),
        restart: match spec.restart_policy.as_deref() {
            Some("OnFailure") => RestartPolicy::OnFailure,
            Some("Never") => RestartPolicy::Never,
            _ => RestartPolicy::Always,
        },
        grace: seconds(spec.termination_grace_period_seconds.unwrap_or(30)),
        priority: spec.priority.unwrap_or(0),
        active_deadline: spec.active_deadline_seconds.map(seconds),
        on_host_network: spec.host_network == Some(true),
        ..PodTemplate::default()
    };
    template.quality = template.quality_of();
    template
}

fn container(container: &core::Container) -> Container {
    let resources = container.resources.as_ref();
    let requests = resources.and_then(|resources| resources.requests.as_ref());
    let limits = resources.and_then(|resources| resources.limits.as_ref());
    let cpu = |quantity| Millicores(u64::try_from(milli_value(quantity)).unwrap_or(0));
    let memory = |quantity| Bytes(u64::try_from(value(quantity)).unwrap_or(0));
    let cpu_limit = limits.and_then(|list| list.get("cpu")).map(cpu);
    let memory_limit = limits.and_then(|list| list.get("memory")).map(memory);
    let image = container.image.as_deref().unwrap_or_default();
    Container {
        name: container.name.as_str().into(),
        image: image.into(),
        pull: match container.image_pull_policy.as_deref() {
            Some("Always") => ImagePull::Always,
            Some("Never") => ImagePull::Never,
            _ => ImagePull::IfNotPresent,
        },
        cpu_request: requests.and_then(|list| list.get("cpu")).map_or(Millicores(0), cpu),
        cpu_limit,
        memory_request: requests.and_then(|list| list.get("memory")).map_or(Bytes(0), memory),
        memory_limit,
        startup: container.startup_probe.as_ref().map(probe),
        readiness: container.readiness_probe.as_ref().map(probe),
        liveness: container.liveness_probe.as_ref().map(probe),
        pre_stop: container.lifecycle.as_ref().and_then(pre_stop),
        sidecar: container.restart_policy.as_deref() == Some("Always"),
    }
}

fn probe(probe: &core::Probe) -> Probe {
    let default = Probe::default();
    let span = |field: Option<i32>, default| field.map_or(default, |one| seconds(one.into()));
    let count = |field: Option<i32>, default| {
        field.and_then(|one| u32::try_from(one).ok()).filter(|&one| one > 0).unwrap_or(default)
    };
    Probe {
        initial_delay: span(probe.initial_delay_seconds, default.initial_delay),
        period: span(probe.period_seconds, default.period).max(SimDuration::from_secs(1)),
        timeout: span(probe.timeout_seconds, default.timeout),
        success_threshold: count(probe.success_threshold, default.success_threshold),
        failure_threshold: count(probe.failure_threshold, default.failure_threshold),
        grace: probe.termination_grace_period_seconds.map(seconds),
    }
}

/// How long a hook takes: as long as it sleeps; commands and requests are over at once, unless the
/// command is a plain `sleep`.
fn pre_stop(lifecycle: &core::Lifecycle) -> Option<SimDuration> {
    let hook = lifecycle.pre_stop.as_ref()?;
    if let Some(sleep) = &hook.sleep {
        return Some(seconds(sleep.seconds));
    }
    let command = hook.exec.as_ref().and_then(|exec| exec.command.as_ref());
    let words = command.into_iter().flatten().flat_map(|word| word.split_whitespace());
    let words: Vec<&str> = words.collect();
    let slept = words.iter().position(|word| word.rsplit('/').next() == Some("sleep"));
    let slept = slept.and_then(|at| words.get(at + 1)?.trim_end_matches(['s', ';']).parse().ok());
    Some(slept.map_or(SimDuration::ZERO, SimDuration::from_secs_f64))
}
