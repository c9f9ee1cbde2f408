//! `autoscaling/v1` into `autoscaling/v2`, as the API server stores it.
//!
//! Source: Kubernetes v1.36, `pkg/apis/autoscaling/v1/conversion.go`: the one target of v1 is the
//! utilisation of CPU; without it the metric that v2 assumes applies. Further metrics in
//! annotations, which the server writes when it converts the other way, are not read.

use k8s_openapi::api::autoscaling::v1;
use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec,
    MetricTarget, ResourceMetricSource,
};
use serde_json::Value;

use super::decode::{Decoded, decode};
use super::object::Object;

/// Decodes an autoscaler of version `autoscaling/v1`.
pub fn autoscaler(value: &Value) -> Decoded<Object> {
    let Decoded { object, mistakes, unknown } = decode::<v1::HorizontalPodAutoscaler>(value);
    let object = object.map(|old| {
        let spec = converted(old.spec);
        HorizontalPodAutoscaler { metadata: old.metadata, spec, status: None }.into()
    });
    Decoded { object, mistakes, unknown }
}

fn converted(old: v1::HorizontalPodAutoscalerSpec) -> HorizontalPodAutoscalerSpec {
    let target = old.scale_target_ref;
    HorizontalPodAutoscalerSpec {
        behavior: None,
        max_replicas: old.max_replicas,
        metrics: old.target_cpu_utilization_percentage.map(|percent| vec![cpu(percent)]),
        min_replicas: old.min_replicas,
        scale_target_ref: CrossVersionObjectReference {
            api_version: target.api_version,
            kind: target.kind,
            name: target.name,
        },
    }
}

/// The utilisation of CPU, in percent of the request.
pub fn cpu(percent: i32) -> MetricSpec {
    let target = MetricTarget {
        average_utilization: Some(percent),
        type_: "Utilization".to_owned(),
        ..MetricTarget::default()
    };
    MetricSpec {
        resource: Some(ResourceMetricSource { name: "cpu".to_owned(), target }),
        type_: "Resource".to_owned(),
        ..MetricSpec::default()
    }
}
