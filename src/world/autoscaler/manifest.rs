//! HorizontalPodAutoscalers of manifests.
//!
//! One acts where its target is an app: what other pods use is not known. It is served at the
//! default options of kube-controller-manager and metrics-server (Kubernetes v1.36,
//! `--horizontal-pod-autoscaler-sync-period`; metrics-server 0.6 and later,
//! `--metric-resolution`), 15 s both.

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;

use super::{Autoscaler, Pace};
use crate::engine::SimDuration;
use crate::kubernetes::api::Object;
use crate::kubernetes::autoscale::hpa::{Hpa, HpaConfig, Metric, spec_of};
use crate::scenario::ServiceKind;
use crate::world::kubernetes::{Binding, bound};

/// Between two readings of metrics-server.
const RESOLUTION: SimDuration = SimDuration::from_secs(15);

/// The autoscaler of a manifest, where it acts on an app; warnings say why not, or what it lacks.
pub(super) fn autoscaler(
    one: &HorizontalPodAutoscaler,
    object: &Object,
    bindings: &[Binding],
    objects: &[Object],
    warnings: &mut Vec<String>,
) -> Option<Autoscaler> {
    let title = object.title();
    let namespace = object.namespace().unwrap_or("default");
    let target = &one.spec.scale_target_ref;
    let (kind, name) = (&*target.kind, &*target.name);
    let Some(app) = bound(bindings, kind, namespace, name) else {
        let why = idle(kind, namespace, name, objects);
        warnings.push(format!("{title} has no effect: {why}"));
        return None;
    };
    if kind == ServiceKind::DaemonSet.name() {
        warnings.push(format!("{title} has no effect: a DaemonSet cannot be scaled"));
        return None;
    }
    let spec = match spec_of(one) {
        Ok(spec) => spec,
        Err(error) => {
            warnings.push(format!("{title} was rejected: {error}"));
            return None;
        }
    };
    let config = HpaConfig::default();
    let pace = Pace {
        sync: config.sync_period,
        resolution: RESOLUTION,
        delay: SimDuration::ZERO,
        grace: SimDuration::ZERO,
    };
    let container = &bindings[app.0 as usize].container;
    let autoscaler = Autoscaler::new(app, Hpa::new(spec, config), pace, container);
    let metrics = autoscaler.hpa.spec().metrics.iter().zip(&autoscaler.sources);
    for (metric, _) in metrics.filter(|(_, source)| source.is_none()) {
        warnings.push(format!(
            "{title}: {} is not known here; as on a cluster that does not answer for it, it never \
             asks for more replicas, and there are never fewer",
            described(metric)
        ));
    }
    Some(autoscaler)
}

/// Why an autoscaler whose target is no app does nothing.
fn idle(kind: &str, namespace: &str, name: &str, objects: &[Object]) -> String {
    let is_target = |object: &&Object| {
        object.kind().name == kind && object.namespace() == Some(namespace) && object.name() == name
    };
    if !objects.iter().any(|object| is_target(&object)) {
        return format!("there is no {kind} {namespace}/{name}");
    }
    format!(
        "what the pods of {kind} {namespace}/{name} use is not known; an `[[app]]` with `workload \
         = \"{namespace}/{name}\"` gives them load"
    )
}

fn described(metric: &Metric) -> String {
    match metric {
        Metric::Resource { resource, container: None, .. } => format!("its metric `{resource}`"),
        Metric::Resource { resource, container: Some(container), .. } => {
            format!("its metric `{resource}` of container `{container}`")
        }
        Metric::Pods { name, .. } => format!("its metric `{name}` of pods"),
        Metric::Object { kind, name, .. } => format!("its metric `{name}` of a {kind}"),
        Metric::External { name, .. } => format!("its external metric `{name}`"),
    }
}
