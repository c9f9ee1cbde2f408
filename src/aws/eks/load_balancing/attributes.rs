//! Attributes of target groups and load balancers, in the words of the Elastic Load Balancing API
//! Reference ("TargetGroupAttribute", "LoadBalancerAttribute").

use super::Declared;
use super::annotations::Annotations;
use crate::engine::SimDuration;
use crate::scenario::aws::{BalancingAlgorithm, HealthyTargets, LoadBalancer, TargetGroup};

/// Attributes that change nothing that is simulated.
const IDLE: [&str; 8] = [
    "proxy_protocol_v2.enabled",
    "preserve_client_ip.enabled",
    "stickiness.enabled=false",
    "stickiness.type",
    "stickiness.lb_cookie.duration_seconds",
    "stickiness.app_cookie.",
    "lambda.",
    "target_failover.",
];

/// Those of load balancers.
const IDLE_OF_BALANCER: [&str; 8] = [
    "deletion_protection.",
    "access_logs.",
    "connection_logs.",
    "routing.",
    "waf.",
    "zonal_shift.",
    "client_keep_alive.",
    "ipv6.",
];

/// Sets what an annotation says of a target group.
pub fn of_group(
    annotations: &Annotations<'_>,
    name: &str,
    group: &mut TargetGroup,
    declared: &mut Declared,
) {
    let mut mitigates = false;
    for (key, value) in annotations.pairs(name, declared) {
        let wrong = |declared: &mut Declared| {
            annotations.wrong(name, format!("has `{key}={value}`, which cannot be"), declared);
        };
        let known = match key.as_str() {
            "deregistration_delay.timeout_seconds" => {
                seconds(&value).map(|delay| group.deregistration_delay = delay)
            }
            "slow_start.duration_seconds" => seconds(&value).map(|time| group.slow_start = time),
            "load_balancing.algorithm.type" => {
                algorithm(&value).map(|algorithm| group.algorithm = Some(algorithm))
            }
            "load_balancing.algorithm.anomaly_mitigation" => {
                mitigates = value == "on";
                matches!(value.as_str(), "on" | "off").then_some(())
            }
            "load_balancing.cross_zone.enabled" => cross_zone(&value, group),
            _ => match failover(&key, &value, group) {
                Some(known) => known,
                None => {
                    let pair = format!("{key}={value}");
                    if !IDLE.iter().any(|idle| pair.starts_with(idle)) {
                        let what = format!("has `{pair}`, which has no effect here");
                        annotations.warn(name, what, declared);
                    }
                    Some(())
                }
            },
        };
        if known.is_none() {
            wrong(declared);
        }
    }
    if mitigates && group.algorithm == Some(BalancingAlgorithm::WeightedRandom) {
        group.algorithm = Some(BalancingAlgorithm::AnomalyMitigation);
    }
}

/// Sets what an annotation says of a load balancer. Whether it has its nodes use the targets of all
/// zones, where it says so.
pub fn of_balancer(
    annotations: &Annotations<'_>,
    name: &str,
    balancer: &mut LoadBalancer,
    declared: &mut Declared,
) -> Option<bool> {
    let mut crosses = None;
    for (key, value) in annotations.pairs(name, declared) {
        match key.as_str() {
            "idle_timeout.timeout_seconds" => match seconds(&value) {
                Some(idle) => balancer.idle_timeout = Some(idle),
                None => annotations.wrong(name, format!("has `{key}={value}`"), declared),
            },
            "load_balancing.cross_zone.enabled" => crosses = Some(value == "true"),
            _ if IDLE_OF_BALANCER.iter().any(|idle| key.starts_with(idle)) => {}
            _ => {
                let what = format!("has `{key}={value}`, which has no effect here");
                annotations.warn(name, what, declared);
            }
        }
    }
    crosses
}

fn seconds(value: &str) -> Option<SimDuration> {
    value.parse().ok().map(SimDuration::from_secs)
}

fn algorithm(value: &str) -> Option<BalancingAlgorithm> {
    match value {
        "round_robin" => Some(BalancingAlgorithm::RoundRobin),
        "least_outstanding_requests" => Some(BalancingAlgorithm::LeastOutstandingRequests),
        "weighted_random" => Some(BalancingAlgorithm::WeightedRandom),
        _ => None,
    }
}

fn cross_zone(value: &str, group: &mut TargetGroup) -> Option<()> {
    match value {
        "true" => group.cross_zone = Some(true),
        "false" => group.cross_zone = Some(false),
        "use_load_balancer_configuration" => {}
        _ => return None,
    }
    Some(())
}

/// How many targets must be healthy; none where the key is not about that, and `Some(None)` where
/// its value cannot be.
fn failover(key: &str, value: &str, group: &mut TargetGroup) -> Option<Option<()>> {
    let rest = key.strip_prefix("target_group_health.")?;
    let (of, which) = rest.split_once(".minimum_healthy_targets.")?;
    let of: &mut HealthyTargets = match of {
        "dns_failover" => &mut group.dns_failover,
        "unhealthy_state_routing" => &mut group.routing_failover,
        _ => return None,
    };
    let part = match which {
        "count" => &mut of.count,
        "percentage" => &mut of.percent,
        _ => return None,
    };
    Some(match (value, value.parse()) {
        ("off", _) => {
            *part = 0;
            Some(())
        }
        (_, Ok(number)) => {
            *part = number;
            Some(())
        }
        (_, Err(_)) => None,
    })
}
