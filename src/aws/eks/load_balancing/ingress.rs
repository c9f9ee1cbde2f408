//! Application Load Balancers: Ingresses of the class `alb`.
//!
//! Ingresses of one `group.name` share a load balancer, whose rules are theirs in the order of
//! `group.order`, then of namespace and name. In an Ingress, of one host, exact paths come first,
//! then prefixes, the longer before the shorter, then all others (`pkg/ingress`,
//! `model_build_listener_rules.go`). A target group is for a port of a Service; which requests come
//! to it its first rule says here: others of the same Service have no effect. Health checks are
//! those of `pkg/ingress/model_builder.go`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, Ingress, IngressBackend, IngressSpec, ServiceBackendPort,
};

use super::annotations::{Annotations, Vocabulary, usual_check};
use super::{Declared, DeclaredGroup, attributes, find_service, is_local};
use crate::kubernetes::api::Object;
use crate::scenario::Cluster;
use crate::scenario::aws::{LoadBalancer, LoadBalancerKind, TargetGroup, TargetType};

/// The controller that an IngressClass names.
const CONTROLLERS: [&str; 2] = ["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"];
/// The older way to say the class.
const CLASS: &str = "kubernetes.io/ingress.class";

const VOCABULARY: Vocabulary = Vocabulary {
    prefix: "alb.ingress.kubernetes.io/",
    read: &[
        "load-balancer-name",
        "group.name",
        "group.order",
        "subnets",
        "load-balancer-attributes",
        "target-type",
        "target-group-attributes",
        "healthcheck-interval-seconds",
        "healthcheck-timeout-seconds",
        "healthy-threshold-count",
        "unhealthy-threshold-count",
    ],
    idle: &[
        "tags",
        "ip-address-type",
        "scheme",
        "security-groups",
        "manage-backend-security-group-rules",
        "customer-owned-ipv4-pool",
        "wafv2-acl-arn",
        "wafv2-acl-name",
        "waf-acl-id",
        "shield-advanced-protection",
        "listen-ports",
        "ssl-redirect",
        "inbound-cidrs",
        "security-group-prefix-lists",
        "certificate-arn",
        "ssl-policy",
        "backend-protocol",
        "backend-protocol-version",
        "healthcheck-port",
        "healthcheck-protocol",
        "healthcheck-path",
        "success-codes",
        "mutual-authentication",
        "ipam-ipv4-pool-id",
    ],
    missing: &[
        "auth-type",
        "auth-idp-cognito",
        "auth-idp-oidc",
        "auth-on-unauthenticated-request",
        "auth-scope",
        "auth-session-cookie",
        "auth-session-timeout",
        "actions",
        "conditions",
        "transforms",
        "use-regex-path-match",
        "target-node-labels",
        "minimum-load-balancer-capacity",
        "listener-attributes",
        "multi-cluster-target-group",
    ],
};

/// The Ingresses of one load balancer.
type Members<'o> = Vec<(&'o Object, &'o Ingress)>;

/// Adds the Application Load Balancers of manifests.
pub(super) fn declare(objects: &[Object], cluster: &Cluster, declared: &mut Declared) {
    let mut groups: BTreeMap<String, Members<'_>> = BTreeMap::new();
    for object in objects {
        if let Object::Service(service) = object {
            VOCABULARY.check(&service.metadata, &object.title(), declared);
        }
        if let Object::Ingress(ingress) = object
            && is_taken(ingress, objects)
        {
            VOCABULARY.check(&ingress.metadata, &object.title(), declared);
            let group = annotations(object, ingress).text("group.name");
            let own = || format!("{}/{}", object.namespace().unwrap_or_default(), object.name());
            groups
                .entry(group.map_or_else(own, str::to_owned))
                .or_default()
                .push((object, ingress));
        }
    }
    for (name, mut members) in groups {
        members.sort_by_cached_key(|(object, ingress)| {
            let order = annotations(object, ingress).number("group.order", declared).unwrap_or(0);
            (order, object.namespace().map(str::to_owned), object.name().to_owned())
        });
        declare_one(name, &members, objects, cluster, declared);
    }
}

fn annotations<'o>(object: &Object, ingress: &'o Ingress) -> Annotations<'o> {
    Annotations::new(&VOCABULARY, &object.title(), [&ingress.metadata])
}

/// Whether an Ingress is of the controller's class.
fn is_taken(ingress: &Ingress, objects: &[Object]) -> bool {
    let written = ingress.metadata.annotations.as_ref().and_then(|all| all.get(CLASS));
    let class = ingress.spec.as_ref().and_then(|spec| spec.ingress_class_name.as_ref()).or(written);
    let Some(class) = class else { return false };
    let found = objects.iter().find_map(|object| match object {
        Object::IngressClass(it) if object.name() == class => Some(it),
        _ => None,
    });
    match found {
        None => class == "alb",
        Some(it) => {
            let controller = it.spec.as_ref().and_then(|spec| spec.controller.as_deref());
            controller.is_some_and(|controller| CONTROLLERS.contains(&controller))
        }
    }
}

/// The load balancer of these Ingresses.
fn declare_one(
    name: String,
    members: &Members<'_>,
    objects: &[Object],
    cluster: &Cluster,
    declared: &mut Declared,
) {
    let named = members.iter().find_map(|(object, ingress)| {
        annotations(object, ingress).text("load-balancer-name").map(str::to_owned)
    });
    let name = named.unwrap_or(name);
    let mut balancer = LoadBalancer {
        name: name.clone(),
        kind: LoadBalancerKind::Application,
        subnets: Vec::new(),
        security_groups: Vec::new(),
        idle_timeout: None,
        capacity: None,
    };
    for (object, ingress) in members {
        let annotations = annotations(object, ingress);
        let subnets = declared.subnets(annotations.list("subnets"), &object.title(), cluster);
        if balancer.subnets.is_empty() {
            balancer.subnets = subnets;
        }
        let attributes = "load-balancer-attributes";
        attributes::of_balancer(&annotations, attributes, &mut balancer, declared);
    }
    declared.balancers.push(balancer);
    let mut priority = 0;
    let mut default = None;
    for (object, ingress) in members {
        let Some(spec) = &ingress.spec else { continue };
        let mut known: Vec<String> = Vec::new();
        for Route { host, paths, backend } in routes(spec) {
            priority += 1;
            let Some(group) = group_of(object, ingress, &backend, objects, declared) else {
                continue;
            };
            if known.contains(&group.group.name) {
                continue;
            }
            known.push(group.group.name.clone());
            let rule = TargetGroup {
                load_balancer: name.clone(),
                hosts: host.into_iter().collect(),
                paths,
                priority: Some(priority),
                ..group.group
            };
            declared.groups.push(DeclaredGroup { group: rule, ..group });
        }
        if let (None, Some(backend)) = (&default, &spec.default_backend) {
            default = group_of(object, ingress, backend, objects, declared)
                .filter(|group| !known.contains(&group.group.name));
        }
    }
    if let Some(group) = default {
        let rest = TargetGroup { load_balancer: name, ..group.group };
        declared.groups.push(DeclaredGroup { group: rest, ..group });
    }
}

/// Which requests go to a backend.
struct Route {
    host: Option<String>,
    paths: Vec<String>,
    backend: IngressBackend,
}

/// The rules of an Ingress in the order in which they are looked at.
fn routes(spec: &IngressSpec) -> Vec<Route> {
    let mut routes = Vec::new();
    for rule in spec.rules.iter().flatten() {
        let mut paths: Vec<&HTTPIngressPath> =
            rule.http.iter().flat_map(|http| &http.paths).collect();
        paths.sort_by_key(|path| {
            let length = path.path.as_ref().map_or(0, String::len);
            match path.path_type.as_str() {
                "Exact" => (0, 0),
                "Prefix" => (1, usize::MAX - length),
                _ => (2, 0),
            }
        });
        let host = rule.host.clone().filter(|host| !host.is_empty());
        routes.extend(paths.into_iter().map(|path| Route {
            host: host.clone(),
            paths: patterns(path),
            backend: path.backend.clone(),
        }));
    }
    routes
}

/// What the paths of requests look like that fit a path of an Ingress.
fn patterns(path: &HTTPIngressPath) -> Vec<String> {
    let written = path.path.as_deref().unwrap_or("");
    match path.path_type.as_str() {
        "Prefix" if written.trim_matches('/').is_empty() => vec!["/*".to_owned()],
        "Prefix" => {
            let stem = written.trim_end_matches('/');
            vec![stem.to_owned(), format!("{stem}/*")]
        }
        _ if written.is_empty() => vec!["/*".to_owned()],
        _ => vec![written.to_owned()],
    }
}

/// The port that a backend asks for, if its Service has no such port, and those that it has.
fn missing(port: &ServiceBackendPort, service: &Service) -> Option<String> {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let is_it = |it: &ServicePort| match &port.name {
        Some(name) => it.name.as_ref() == Some(name),
        None => port.number.is_none_or(|number| it.port == number),
    };
    if ports.clone().any(is_it) {
        return None;
    }
    let wanted = port.name.clone().or(port.number.map(|number| number.to_string()))?;
    let has = ports.map(|it| match &it.name {
        Some(name) => format!("{} ({name})", it.port),
        None => it.port.to_string(),
    });
    let has: Vec<String> = has.collect();
    let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
    let name = service.metadata.name.as_deref().unwrap_or_default();
    Some(format!("{wanted} on service {name}, which has {has}"))
}

/// The target group of a backend, without its rule; none where there cannot be one.
fn group_of(
    object: &Object,
    ingress: &Ingress,
    backend: &IngressBackend,
    objects: &[Object],
    declared: &mut Declared,
) -> Option<DeclaredGroup> {
    let (title, namespace) = (object.title(), object.namespace().unwrap_or("default"));
    let to = backend.service.as_ref()?;
    let port = to.port.as_ref();
    if port.and_then(|port| port.name.as_deref()) == Some("use-annotation") {
        return None;
    }
    let Some(service) = find_service(objects, namespace, &to.name) else {
        let flaw = format!("{title}: there is no Service {namespace}/{} in the manifests", to.name);
        declared.flaws.push(flaw);
        return None;
    };
    if let Some(wanted) = port.and_then(|port| missing(port, service)) {
        let flaw = format!("{title}: unable to find port {wanted}");
        declared.flaws.push(flaw);
        return None;
    }
    let both = [&service.metadata, &ingress.metadata];
    let annotations = Annotations::new(&VOCABULARY, &title, both);
    let names = [
        "healthcheck-interval-seconds",
        "healthcheck-timeout-seconds",
        "healthy-threshold-count",
        "unhealthy-threshold-count",
    ];
    let number = port.and_then(|port| port.number);
    let suffix = number.map_or_else(String::new, |number| format!(":{number}"));
    let name = format!("{namespace}/{}/{}{suffix}", object.name(), to.name);
    let mut group = TargetGroup {
        app: None,
        target_type: annotations.target_type("target-type", declared),
        health_check: annotations.health_check(names, usual_check(15, 5, 2), declared),
        ..TargetGroup::usual(&name, "", "")
    };
    attributes::of_group(&annotations, "target-group-attributes", &mut group, declared);
    Some(DeclaredGroup {
        group,
        namespace: namespace.to_owned(),
        service: to.name.clone(),
        local: is_local(service),
    })
}

/// Whether the controller would find targets for a group: nodes need a port for the Service.
pub fn node_port_flaw(
    group: &DeclaredGroup,
    objects: &[Object],
    cluster: &Cluster,
) -> Option<String> {
    let service = find_service(objects, &group.namespace, &group.service)?;
    let kind = service.spec.as_ref().and_then(|spec| spec.type_.as_deref()).unwrap_or("ClusterIP");
    let has_port = matches!(kind, "NodePort" | "LoadBalancer");
    (group.target_type(cluster) == TargetType::Instance && !has_port).then(|| {
        let (namespace, name) = (&group.namespace, &group.service);
        format!(
            "service type must be either 'NodePort' or 'LoadBalancer': {namespace}/{name}, whose \
             targets are instances, is of type {kind}; the annotation \
             alb.ingress.kubernetes.io/target-type: ip would have its pods be targets"
        )
    })
}
