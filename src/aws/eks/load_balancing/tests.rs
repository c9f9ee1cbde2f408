//! The controller on its own: what it reads off manifests, and how fast it acts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::reconcile::{Act, Controller};
use super::{Declared, declared, ingress};
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::api::{Object, Origin, from_value};
use crate::scenario::Cluster;
use crate::scenario::aws::{BalancingAlgorithm, ControllerOptions, LoadBalancerKind, TargetType};

fn object(value: &Value) -> Object {
    from_value(value, &Origin::whole("test")).expect("it is an object")
}

fn cluster() -> Cluster {
    let text = "name = 'eks'\nkind = 'eks'";
    toml::from_str(text).expect("a cluster")
}

fn service(name: &str, kind: &str, annotations: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": name, "namespace": "shop", "annotations": annotations },
        "spec": { "type": kind, "selector": { "app": name }, "ports": [{ "port": 80 }] },
    })
}

fn ingress(name: &str, annotations: &Value, spec: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": { "name": name, "namespace": "shop", "annotations": annotations },
        "spec": spec,
    })
}

fn path(path: &str, kind: &str, service: &str) -> Value {
    let backend = json!({ "service": { "name": service, "port": { "number": 80 } } });
    json!({ "path": path, "pathType": kind, "backend": backend })
}

fn read(objects: &[Value]) -> Declared {
    let objects: Vec<Object> = objects.iter().map(object).collect();
    declared(&objects, &cluster())
}

#[test]
fn an_ingress_is_a_load_balancer_with_a_group_for_each_service() {
    let annotations = json!({
        "alb.ingress.kubernetes.io/target-type": "ip",
        "alb.ingress.kubernetes.io/scheme": "internet-facing",
        "alb.ingress.kubernetes.io/load-balancer-attributes": "idle_timeout.timeout_seconds=30",
        "alb.ingress.kubernetes.io/target-group-attributes":
            "deregistration_delay.timeout_seconds=20, slow_start.duration_seconds=40",
        "alb.ingress.kubernetes.io/healthcheck-interval-seconds": "10",
    });
    let of_service = json!({
        "alb.ingress.kubernetes.io/target-group-attributes":
            "load_balancing.algorithm.type=least_outstanding_requests",
        "alb.ingress.kubernetes.io/healthy-threshold-count": "3",
    });
    let paths =
        [path("/", "Prefix", "web"), path("/api", "Prefix", "api"), path("/x", "Exact", "api")];
    let spec = json!({
        "ingressClassName": "alb",
        "rules": [{ "host": "shop.example.com", "http": { "paths": paths } }],
    });
    let declared = read(&[
        service("web", "ClusterIP", &json!({})),
        service("api", "ClusterIP", &of_service),
        ingress("front", &annotations, &spec),
    ]);
    assert_eq!((declared.warnings.len(), declared.flaws.len()), (0, 0), "{declared:?}");
    let balancer = &declared.balancers[0];
    assert_eq!(
        (balancer.name.as_str(), balancer.kind),
        ("shop/front", LoadBalancerKind::Application)
    );
    assert_eq!(balancer.idle_timeout, Some(SimDuration::from_secs(30)));
    // the exact path comes first, the longer prefix before the shorter
    let [api, web] = &declared.groups[..] else { panic!("two groups: {declared:?}") };
    assert_eq!((api.service.as_str(), api.group.paths.as_slice()), ("api", &["/x".to_owned()][..]));
    assert_eq!((web.service.as_str(), web.group.paths.as_slice()), ("web", &["/*".to_owned()][..]));
    assert_eq!((api.group.priority, web.group.priority), (Some(1), Some(3)));
    assert_eq!(web.group.hosts, ["shop.example.com"]);
    let secs = |secs| Some(SimDuration::from_secs(secs));
    // the controller's defaults are not those of AWS
    let check = web.group.health_check;
    assert_eq!((check.interval, check.timeout), (secs(10), secs(5)));
    assert_eq!((check.healthy_threshold, check.unhealthy_threshold), (Some(2), Some(2)));
    assert_eq!(Some(web.group.deregistration_delay), secs(20));
    assert_eq!(Some(web.group.slow_start), secs(40));
    // what a Service says comes before what its Ingress says
    assert_eq!(api.group.algorithm, Some(BalancingAlgorithm::LeastOutstandingRequests));
    assert_eq!(api.group.health_check.healthy_threshold, Some(3));
    assert_eq!(Some(api.group.deregistration_delay), secs(300));
    assert_eq!(web.group.target_type, Some(TargetType::Ip));
}

#[test]
fn ingresses_of_a_group_share_a_load_balancer_in_their_order() {
    let one = |name: &str, order: &str, class: Value| {
        let annotations = json!({
            "alb.ingress.kubernetes.io/group.name": "shared",
            "alb.ingress.kubernetes.io/group.order": order,
        });
        let rules = json!([{ "http": { "paths": [path(&format!("/{name}"), "Exact", name)] } }]);
        ingress(name, &annotations, &json!({ "ingressClassName": class, "rules": rules }))
    };
    let class = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": { "name": "aws" },
        "spec": { "controller": "ingress.k8s.aws/alb" },
    });
    let services = ["a", "b", "c"].map(|name| service(name, "NodePort", &json!({})));
    let [a, b, c] = services;
    let declared = read(&[
        a,
        b,
        c,
        class,
        one("a", "7", json!("alb")),
        one("b", "2", json!("aws")),
        one("c", "1", json!("nginx")),
    ]);
    assert_eq!(declared.balancers.len(), 1);
    let groups: Vec<_> = declared.groups.iter().map(|it| it.service.as_str()).collect();
    assert_eq!(groups, ["b", "a"]);
}

#[test]
fn a_service_of_type_load_balancer_is_a_network_load_balancer() {
    let annotations = json!({
        "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
        "service.beta.kubernetes.io/aws-load-balancer-attributes":
            "load_balancing.cross_zone.enabled=true",
    });
    let declared = read(&[
        service("web", "LoadBalancer", &annotations),
        service("other", "NodePort", &json!({})),
    ]);
    let [group] = &declared.groups[..] else { panic!("one group: {declared:?}") };
    assert_eq!(declared.balancers[0].kind, LoadBalancerKind::Network);
    assert_eq!(
        (group.group.target_type, group.group.cross_zone),
        (Some(TargetType::Ip), Some(true))
    );
    let check = group.group.health_check;
    assert_eq!(
        (check.interval, check.healthy_threshold),
        (Some(SimDuration::from_secs(10)), Some(3))
    );
}

#[test]
fn what_is_unknown_warns_and_what_cannot_be_is_refused() {
    let annotations = json!({
        "alb.ingress.kubernetes.io/target-typ": "ip",
        "alb.ingress.kubernetes.io/auth-type": "oidc",
        "alb.ingress.kubernetes.io/healthcheck-timeout-seconds": "5s",
    });
    let spec =
        json!({ "ingressClassName": "alb", "defaultBackend": path("", "", "web")["backend"] });
    let objects = [service("web", "ClusterIP", &json!({})), ingress("front", &annotations, &spec)];
    let declared = read(&objects);
    assert_eq!(
        declared.warnings,
        [
            "Ingress shop/front: the annotation alb.ingress.kubernetes.io/auth-type has no effect \
             here",
            "Ingress shop/front: there is no annotation alb.ingress.kubernetes.io/target-typ; did \
             you mean `target-type`?",
        ]
    );
    assert_eq!(
        declared.flaws,
        ["Ingress shop/front: the annotation \
             alb.ingress.kubernetes.io/healthcheck-timeout-seconds is `5s`, and has to be a whole \
             number"]
    );
    // targets are instances by default, which need a port for the Service
    let objects: Vec<Object> = objects.iter().map(object).collect();
    let flaw = ingress::node_port_flaw(&declared.groups[0], &objects, &cluster());
    assert!(flaw.is_some_and(|flaw| flaw.contains("is of type ClusterIP")));
}

#[test]
fn a_port_that_the_service_has_not_is_refused() {
    let wanted = |port: &Value| {
        let backend = json!({ "service": { "name": "web", "port": port } });
        let spec = json!({ "ingressClassName": "alb", "defaultBackend": backend });
        read(&[service("web", "NodePort", &json!({})), ingress("front", &json!({}), &spec)]).flaws
    };
    assert_eq!(wanted(&json!({ "number": 80 })), [""; 0]);
    let flaw = "Ingress shop/front: unable to find port 81 on service web, which has 80";
    assert_eq!(wanted(&json!({ "number": 81 })), [flaw]);
    assert_eq!(wanted(&json!({ "name": "http" })), [flaw.replace("81", "http")]);
}

/// Plays a controller whose groups each want one target, and says when each was registered, in
/// milliseconds.
fn registered(groups: usize) -> Vec<u64> {
    let mut controller = Controller::new(groups, &ControllerOptions::default());
    let mut now = SimTime::ZERO;
    (0..groups as u32).for_each(|group| controller.touch(now, group));
    let mut times = Vec::new();
    let mut acts = Vec::new();
    while let Some(next) = controller.next_event() {
        now = now.max(next);
        controller.advance(now, &mut acts);
        for act in std::mem::take(&mut acts) {
            match act {
                Act::Resolve(group) => {
                    controller.resolved(now, group, BTreeSet::from([7]), false);
                }
                Act::Registered(..) => times.push(now.as_nanos() / 1_000_000),
                Act::Review(group) => controller.reviewed(now, group, false),
                Act::Deregistered(..) => unreachable!("nothing goes"),
            }
        }
    }
    times
}

#[test]
fn three_groups_at_once_and_four_calls_a_second() {
    // a list and a call, 200 ms each: three groups every 400 ms
    assert_eq!(registered(6), [400, 400, 400, 800, 800, 800]);
    let times = registered(60);
    // of 20 tokens and four a second three are gone every 400 ms: 7.5 t of 20 + 4 t after t
    // seconds, so that 43 calls come of the burst, in 5.7 s; then four a second
    let after: Vec<u64> = times.iter().copied().filter(|&time| time > 8000).collect();
    assert!(after.windows(2).all(|pair| pair[1] - pair[0] == 250), "{times:?}");
    assert_eq!(times.len(), 60);
    // the last is the 40th after the burst of 20, which began when the first lists had come
    assert_eq!(times.last(), Some(&(200 + 40 * 250 + 200)));
}

#[test]
fn what_changes_meanwhile_is_looked_at_again_and_what_comes_back_stays() {
    let options = ControllerOptions::default();
    let mut controller = Controller::new(1, &options);
    let mut step = |millis: u64, wanted: &[u32], touch: bool| {
        let now = SimTime::ZERO + SimDuration::from_millis(millis);
        if touch {
            controller.touch(now, 0);
        }
        let (mut acts, mut done) = (Vec::new(), Vec::new());
        while controller.next_event().is_some_and(|next| next <= now) {
            controller.advance(now, &mut acts);
            for act in std::mem::take(&mut acts) {
                match act {
                    Act::Resolve(group) => {
                        let wanted = wanted.iter().copied().collect();
                        controller.resolved(now, group, wanted, false);
                    }
                    Act::Review(group) => controller.reviewed(now, group, false),
                    other => done.push(other),
                }
            }
        }
        done
    };
    assert_eq!(step(0, &[1, 2], true), []);
    // target 3 comes while the group is looked at
    assert_eq!(step(200, &[1, 2, 3], true), []);
    assert_eq!(step(400, &[1, 2, 3], false), [Act::Registered(0, vec![1, 2])]);
    assert_eq!(step(600, &[], false), []);
    assert_eq!(step(800, &[], false), [Act::Registered(0, vec![3])]);
    // 1 and 2 go: the call is answered at 10.4 s, load balancers know at 15.4 s
    assert_eq!(step(10_000, &[3], true), []);
    assert_eq!(step(10_200, &[], false), []);
    assert_eq!(step(10_400, &[], false), []);
    // but 2 is back
    assert_eq!(step(11_000, &[2, 3], true), []);
    assert_eq!(step(11_200, &[], false), []);
    assert_eq!(step(11_400, &[], false), [Act::Registered(0, vec![2])]);
    assert_eq!(step(15_399, &[], false), []);
    assert_eq!(step(15_400, &[], false), [Act::Deregistered(0, vec![1])]);
}
