//! Which load balancers a cluster has: those of the scenario, and an Application Load Balancer of
//! its own for each app that gets requests and is behind none of these.

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
use crate::workload::load_balancer::{GroupSpec, Kind, Rule, Spec};

/// The load balancers of a cluster.
pub fn specs(scenario: &Scenario, cluster: &Cluster) -> Vec<Spec> {
    let named = cluster.load_balancers.iter().map(|balancer| spec(balancer, scenario, cluster));
    let has_group =
        |app: &&App| cluster.target_groups.iter().any(|it| it.app.as_ref() == Some(&app.name));
    let asked = scenario.apps.iter().filter(|app| is_asked(app, scenario) && !has_group(app));
    let own = asked.map(|app| Spec {
        name: app.name.clone(),
        kind: Kind::application(),
        zones: zones(&[], cluster),
        groups: vec![group(
            &TargetGroup::usual(&app.name, &app.name, &app.name),
            LoadBalancerKind::Application,
            None,
            scenario,
        )],
    });
    named.chain(own).collect()
}

/// Whether an app gets requests, from outside or from other apps.
fn is_asked(app: &App, scenario: &Scenario) -> bool {
    let calls = |other: &App| other.calls.iter().flatten().any(|callee| *callee == app.name);
    app.traffic.is_some() || scenario.apps.iter().any(calls)
}

fn spec(balancer: &LoadBalancer, scenario: &Scenario, cluster: &Cluster) -> Spec {
    let mut groups: Vec<(usize, &TargetGroup)> = cluster.target_groups.iter().enumerate().collect();
    groups.retain(|(_, group)| group.load_balancer == balancer.name);
    // in the order in which rules are looked at
    groups.sort_by_key(|(place, group)| group.priority.unwrap_or(*place as u32 + 1));
    let groups = (1..)
        .zip(groups)
        .map(|(priority, (_, of))| group(of, balancer.kind, Some(priority), scenario));
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
    scenario: &Scenario,
) -> GroupSpec {
    let app = group.app.as_ref().map(|name| {
        let place = scenario.apps.iter().position(|app| app.name == *name);
        AppId(place.expect("a loaded scenario names apps that exist") as u32)
    });
    let has_rule = !group.hosts.is_empty() || !group.paths.is_empty();
    let rule = priority.filter(|_| has_rule).map(|priority| Rule {
        priority,
        hosts: group.hosts.clone(),
        paths: group.paths.clone(),
    });
    let (name, clients) = (group.name.clone(), group.clients);
    GroupSpec { name, app, settings: settings(group, kind), rule, clients }
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
