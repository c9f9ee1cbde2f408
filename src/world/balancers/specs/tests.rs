//! From the text of a scenario to load balancers.

use std::path::Path;

use super::{Kind, Spec, specs};
use crate::aws::elb::settings::Algorithm;
use crate::engine::{SimDuration, SimTime};
use crate::scenario;
use crate::units::Rate;
use crate::workload::load_balancer::LoadBalancer;

fn of(text: &str) -> Vec<Spec> {
    let text = format!(
        "[simulation]\nname = 'elb'\nduration = '1h'\n[[image]]\nname = 'image'\nlayers = []\n\
         {}{}{}[[cluster]]\nname = 'ecs'\nkind = 'ecs'\nzones = {{ count = 3, uplink = '1Gbps' }}\n\
         {text}",
        app("web", "traffic = { arrivals = { poisson = '1/s' } }\ncalls = [['api']]"),
        app("api", ""),
        app("batch", "")
    );
    let loaded = scenario::parse(&text, "elb", Path::new(""));
    let scenario = loaded.unwrap_or_else(|wrong| panic!("{wrong}")).scenario;
    specs(&scenario, &scenario.clusters[0], &[])
}

fn app(name: &str, keys: &str) -> String {
    format!(
        "[[app]]\nname = '{name}'\nimage = 'image'\ncpu = {{ request = '1' }}\n\
         memory = {{ request = '1Gi' }}\n{keys}\n"
    )
}

#[test]
fn who_is_asked_has_an_application_load_balancer_of_its_own() {
    let found = of("");
    let names: Vec<&str> = found.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["web", "api"]);
    assert!(found.iter().all(|spec| spec.zones == [0, 1, 2] && spec.groups.len() == 1));
    assert_eq!(found[0].kind, Kind::application());
}

#[test]
fn keys_come_to_where_they_belong() {
    let found = of("[[cluster.subnet]]\nname = 'a'\nzone = 0\ncidr = '10.0.0.0/24'\n\
         [[cluster.subnet]]\nname = 'c'\nzone = 2\ncidr = '10.0.2.0/24'\n\
         [[cluster.load_balancer]]\nname = 'front'\nidle_timeout = '2min'\n\
         capacity = { least = '100/s' }\n\
         [[cluster.load_balancer]]\nname = 'inner'\nkind = 'network'\nsubnets = ['c']\n\
         [[cluster.target_group]]\nname = 'all'\nload_balancer = 'front'\n\
         [[cluster.target_group]]\nname = 'shop'\nload_balancer = 'front'\napp = 'web'\n\
         paths = ['/shop/*']\nalgorithm = 'least-outstanding-requests'\n\
         health_check = { interval = '10s', unhealthy_threshold = 3 }\n\
         deregistration_delay = '30s'\n\
         [[cluster.target_group]]\nname = 'api'\nload_balancer = 'inner'\napp = 'api'\n\
         clients = 9\n");
    let [front, inner] = &found[..] else { panic!("no app is left: {found:?}") };
    assert_eq!((&front.zones[..], &inner.zones[..]), (&[0, 2][..], &[2][..]));
    let Kind::Application { growth: Some(growth), idle } = front.kind else { panic!("{front:?}") };
    assert_eq!((growth.least, idle), (Rate(100.0), SimDuration::from_secs(120)));
    let [all, shop] = &front.groups[..] else { panic!("{front:?}") };
    assert!(all.app.is_none() && all.rule.is_none());
    assert_eq!(shop.rule.as_ref().map(|rule| rule.priority), Some(2));
    assert_eq!(shop.settings.algorithm, Algorithm::LeastOutstandingRequests);
    assert_eq!(shop.settings.check.interval, SimDuration::from_secs(10));
    assert_eq!(shop.settings.check.timeout, SimDuration::from_secs(5));
    assert_eq!(shop.settings.check.unhealthy_threshold, 3);
    assert_eq!(shop.settings.deregistration_delay, SimDuration::from_secs(30));
    let Kind::Network(flows) = inner.kind else { panic!("{inner:?}") };
    assert_eq!(flows.tcp_idle, SimDuration::from_secs(350));
    let api = &inner.groups[0];
    assert!(!api.settings.cross_zone && api.settings.algorithm == Algorithm::FlowHash);
    assert_eq!(api.clients, Some(9));
    for spec in &found {
        LoadBalancer::new(spec, SimTime::ZERO).unwrap_or_else(|flaws| panic!("{flaws:?}"));
    }
}

#[test]
fn a_group_whose_requests_another_rule_takes_is_refused() {
    let found = of("[[cluster.load_balancer]]\nname = 'front'\n\
         [[cluster.target_group]]\nname = 'all'\nload_balancer = 'front'\npaths = ['/*']\n\
         [[cluster.target_group]]\nname = 'shop'\nload_balancer = 'front'\napp = 'web'\n\
         paths = ['/shop/*']\n");
    let flaws = LoadBalancer::new(&found[0], SimTime::ZERO).map(|_| ()).unwrap_err();
    assert_eq!(flaws, ["target group `shop` gets no requests: those for it go to `all`"]);
}
