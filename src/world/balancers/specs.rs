//! Which load balancers a cluster has: those of the scenario, and an Application Load Balancer of
//! its own for each app that gets requests and is behind none of these. An app in the tasks of a
//! service that documents describe is behind what the service names, and behind nothing where it
//! names no target group.

use crate::aws::ecs::service::Service;
use crate::aws::elb::Settings;
use crate::aws::elb::anomaly::Mitigation;
use crate::aws::elb::capacity::Growth;
use crate::aws::elb::flow::FlowSettings;
use crate::aws::elb::health::HealthCheck;
use crate::aws::elb::settings::{Algorithm, Threshold};
use crate::scenario::aws::{
    BalancingAlgorithm, HealthyTargets, LoadBalancer, LoadBalancerKind, TargetGroup,
};
use crate::scenario::{App, Cluster, Scenario};
use crate::workload::AppId;
use crate::workload::load_balancer::{GroupSpec, Kind, Rule, Spec, Targets};

/// Of each app, the service of documents whose tasks it is in.
pub type Written<'w> = [Option<&'w Service>];

/// The load balancers of a cluster.
pub fn specs(scenario: &Scenario, cluster: &Cluster, written: &Written<'_>) -> Vec<Spec> {
    let app_of = |group: &TargetGroup| app_of(group, scenario, written);
    let named = cluster.load_balancers.iter().map(|balancer| {
        let groups = cluster.target_groups.iter();
        let groups = groups.map(|group| (group, app_of(group), Targets::Replicas));
        spec(balancer, groups, cluster)
    });
    let grouped: Vec<AppId> = cluster.target_groups.iter().filter_map(app_of).collect();
    let ids = (0..).map(AppId).zip(&scenario.apps);
    let own = ids.filter(|(id, app)| {
        let is_direct = |service: &Service| service.load_balancers.is_empty();
        is_asked(app, scenario)
            && !grouped.contains(id)
            && !written.get(id.0 as usize).copied().flatten().is_some_and(is_direct)
    });
    let own = own.map(|(id, app)| {
        let usual = TargetGroup::usual(&app.name, &app.name, &app.name);
        Spec {
            name: app.name.clone(),
            kind: Kind::application(),
            zones: zones(&[], cluster),
            groups: vec![group(&usual, LoadBalancerKind::Application, None, Some(id))],
        }
    });
    named.chain(own).collect()
}

/// The app whose requests go through a group: the one that it names, or one in the tasks of a
/// service that names the group.
fn app_of(group: &TargetGroup, scenario: &Scenario, written: &Written<'_>) -> Option<AppId> {
    let names = |service: &Option<&Service>| {
        let balancers = service.iter().flat_map(|service| &service.load_balancers);
        balancers.into_iter().any(|balancer| group.is_named(&balancer.target_group))
    };
    let place = match &group.app {
        Some(name) => scenario.apps.iter().position(|app| app.name == *name),
        None => written.iter().position(names),
    };
    place.map(|place| AppId(place as u32))
}

/// Whether an app gets requests, from outside or from other apps.
fn is_asked(app: &App, scenario: &Scenario) -> bool {
    let calls = |other: &App| other.calls.iter().flatten().any(|callee| *callee == app.name);
    app.traffic.is_some() || scenario.apps.iter().any(calls)
}

/// A load balancer with those of these groups that are its own; each with the app behind it, and
/// what its targets are.
pub fn spec<'g>(
    balancer: &LoadBalancer,
    groups: impl Iterator<Item = (&'g TargetGroup, Option<AppId>, Targets)>,
    cluster: &Cluster,
) -> Spec {
    let mut groups: Vec<_> = groups.enumerate().collect();
    groups.retain(|(_, (group, ..))| group.load_balancer == balancer.name);
    // in the order in which rules are looked at
    groups.sort_by_key(|(place, (group, ..))| group.priority.unwrap_or(*place as u32 + 1));
    let groups = (1..).zip(groups).map(|(priority, (_, (of, app, targets)))| GroupSpec {
        targets,
        ..group(of, balancer.kind, Some(priority), app)
    });
    Spec {
        name: balancer.name.clone(),
        kind: kind(balancer),
        zones: zones(&balancer.subnets, cluster),
        groups: groups.collect(),
    }
}

fn kind(balancer: &LoadBalancer) -> Kind {
    match balancer.kind {
        LoadBalancerKind::Application => {
            let growth = balancer.capacity.map(|capacity| Growth {
                least: capacity.least,
                doubling: capacity.doubling,
                headroom: capacity.headroom,
            });
            let Kind::Application { idle, .. } = Kind::application() else {
                unreachable!("it is of that kind")
            };
            Kind::Application { growth, idle: balancer.idle_timeout.unwrap_or(idle) }
        }
        LoadBalancerKind::Network => {
            let usual = FlowSettings::default();
            let tcp_idle = balancer.idle_timeout.unwrap_or(usual.tcp_idle);
            Kind::Network(FlowSettings { tcp_idle, ..usual })
        }
    }
}

/// The zones that these subnets are in, or all.
fn zones(subnets: &[String], cluster: &Cluster) -> Vec<u32> {
    let named = |name: &String| subnets.is_empty() || subnets.contains(name);
    let among = cluster.subnets.iter().filter(|subnet| named(&subnet.name));
    let mut zones: Vec<u32> = among.map(|subnet| subnet.zone).collect();
    if cluster.subnets.is_empty() {
        zones = (0..cluster.zones.map_or(1, |zones| zones.count)).collect();
    }
    zones.sort_unstable();
    zones.dedup();
    zones
}

fn group(
    group: &TargetGroup,
    kind: LoadBalancerKind,
    priority: Option<u32>,
    app: Option<AppId>,
) -> GroupSpec {
    let has_rule = !group.hosts.is_empty() || !group.paths.is_empty();
    let rule = priority.filter(|_| has_rule).map(|priority| Rule {
        priority,
        hosts: group.hosts.clone(),
        paths: group.paths.clone(),
    });
    let (name, clients) = (group.name.clone(), group.clients);
    let targets = Targets::Replicas;
    GroupSpec { name, app, settings: settings(group, kind), targets, rule, clients }
}

/// What a group is configured with.
fn settings(group: &TargetGroup, kind: LoadBalancerKind) -> Settings {
    let usual = match kind {
        LoadBalancerKind::Application => Settings::application(),
        LoadBalancerKind::Network => Settings::network(),
    };
    let algorithm = group.algorithm.map(|algorithm| match algorithm {
        BalancingAlgorithm::RoundRobin => Algorithm::RoundRobin,
        BalancingAlgorithm::LeastOutstandingRequests => Algorithm::LeastOutstandingRequests,
        BalancingAlgorithm::WeightedRandom => Algorithm::WeightedRandom(None),
        BalancingAlgorithm::AnomalyMitigation => {
            Algorithm::WeightedRandom(Some(Mitigation::default()))
        }
    });
    let check = &group.health_check;
    let threshold = |of: HealthyTargets| Threshold { count: of.count, percent: of.percent };
    Settings {
        algorithm: algorithm.unwrap_or(usual.algorithm),
        check: HealthCheck {
            interval: check.interval.unwrap_or(usual.check.interval),
            timeout: check.timeout.unwrap_or(usual.check.timeout),
            healthy_threshold: check.healthy_threshold.unwrap_or(usual.check.healthy_threshold),
            unhealthy_threshold: check
                .unhealthy_threshold
                .unwrap_or(usual.check.unhealthy_threshold),
        },
        registration: group.registration.unwrap_or(usual.registration),
        deregistration_delay: group.deregistration_delay,
        slow_start: group.slow_start,
        stickiness: group.stickiness,
        cross_zone: group.cross_zone.unwrap_or(usual.cross_zone),
        dns_failover: threshold(group.dns_failover),
        routing_failover: threshold(group.routing_failover),
        ..usual
    }
}

#[cfg(test)]
mod tests;
