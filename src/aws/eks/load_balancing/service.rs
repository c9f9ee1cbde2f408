//! Network Load Balancers: Services of type LoadBalancer.
//!
//! The controller takes those of its class, and those of none, to which its webhook gives it
//! (`pkg/webhooks`, v2.5). Health checks are those of `pkg/service/model_builder.go`; where nodes
//! hand on to their own pods only, kube-proxy is asked.

use k8s_openapi::api::core::v1::Service;

use super::annotations::{Annotations, Vocabulary, usual_check};
use super::{Declared, DeclaredGroup, attributes, is_local};
use crate::kubernetes::api::Object;
use crate::scenario::Cluster;
use crate::scenario::aws::{LoadBalancer, LoadBalancerKind, TargetGroup, TargetType};

/// Classes whose Services become Network Load Balancers: of the controller, and of EKS Auto Mode.
const CLASSES: [&str; 2] = ["service.k8s.aws/nlb", "eks.amazonaws.com/nlb"];

const VOCABULARY: Vocabulary = Vocabulary {
    prefix: "service.beta.kubernetes.io/aws-load-balancer-",
    read: &[
        "type",
        "nlb-target-type",
        "name",
        "subnets",
        "attributes",
        "cross-zone-load-balancing-enabled",
        "target-group-attributes",
        "healthcheck-interval",
        "healthcheck-timeout",
        "healthcheck-healthy-threshold",
        "healthcheck-unhealthy-threshold",
    ],
    idle: &[
        "scheme",
        "internal",
        "ip-address-type",
        "backend-protocol",
        "proxy-protocol",
        "ssl-cert",
        "ssl-ports",
        "ssl-negotiation-policy",
        "alpn-policy",
        "access-log-enabled",
        "access-log-s3-bucket-name",
        "access-log-s3-bucket-prefix",
        "additional-resource-tags",
        "eip-allocations",
        "private-ipv4-addresses",
        "ipv6-addresses",
        "healthcheck-protocol",
        "healthcheck-port",
        "healthcheck-path",
        "healthcheck-success-codes",
        "security-groups",
        "extra-security-groups",
        "manage-backend-security-group-rules",
        "inbound-sg-rules-on-private-link-traffic",
        "security-group-prefix-lists",
    ],
    missing: &["target-node-labels", "listener-attributes", "multi-cluster-target-group"],
};

/// Whether a Service becomes a Network Load Balancer.
fn is_taken(service: &Service) -> bool {
    let Some(spec) = &service.spec else { return false };
    let class = spec.load_balancer_class.as_deref();
    let has_pods = spec.selector.as_ref().is_some_and(|selector| !selector.is_empty());
    spec.type_.as_deref() == Some("LoadBalancer")
        && class.is_none_or(|class| CLASSES.contains(&class))
        && has_pods
}

/// Adds the Network Load Balancers of manifests.
pub(super) fn declare(objects: &[Object], cluster: &Cluster, declared: &mut Declared) {
    for object in objects {
        if let Object::Service(service) = object
            && is_taken(service)
        {
            declare_one(object, service, cluster, declared);
        }
    }
}

fn declare_one(object: &Object, service: &Service, cluster: &Cluster, declared: &mut Declared) {
    let title = object.title();
    VOCABULARY.check(&service.metadata, &title, declared);
    let annotations = Annotations::new(&VOCABULARY, &title, [&service.metadata]);
    let namespace = object.namespace().unwrap_or("default");
    let own = format!("{namespace}/{}", object.name());
    let name = annotations.text("name").unwrap_or(&own).to_owned();
    let subnets = declared.subnets(annotations.list("subnets"), &title, cluster);
    let mut balancer = LoadBalancer {
        name: name.clone(),
        kind: LoadBalancerKind::Network,
        subnets,
        security_groups: Vec::new(),
        idle_timeout: None,
        capacity: None,
    };
    let crosses = attributes::of_balancer(&annotations, "attributes", &mut balancer, declared);
    let legacy = annotations.text("cross-zone-load-balancing-enabled").map(|it| it == "true");
    let by_type = annotations.text("type").filter(|it| *it == "nlb-ip").map(|_| TargetType::Ip);
    let target_type = annotations.target_type("nlb-target-type", declared).or(by_type);
    let local = is_local(service);
    let usual = cluster.eks.load_balancer_controller.target_type;
    let check = match local && target_type.unwrap_or(usual) == TargetType::Instance {
        true => usual_check(10, 6, 2),
        false => usual_check(10, 10, 3),
    };
    let names = [
        "healthcheck-interval",
        "healthcheck-timeout",
        "healthcheck-healthy-threshold",
        "healthcheck-unhealthy-threshold",
    ];
    let mut group = TargetGroup {
        app: None,
        target_type,
        health_check: annotations.health_check(names, check, declared),
        cross_zone: crosses.or(legacy),
        ..TargetGroup::usual(&own, &name, "")
    };
    attributes::of_group(&annotations, "target-group-attributes", &mut group, declared);
    declared.balancers.push(balancer);
    declared.groups.push(DeclaredGroup {
        group,
        namespace: namespace.to_owned(),
        service: object.name().to_owned(),
        local,
    });
}
