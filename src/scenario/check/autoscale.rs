//! `[app.autoscale]`: what the API of Kubernetes would refuse, and what no autoscaler could keep.

use super::Finding;
use super::apps::MOST_REPLICAS;
use super::ranges::{lasting, within};
use crate::engine::SimDuration;
use crate::scenario::path::Path;
use crate::scenario::{App, Autoscale, AutoscaleMetric, ScalePolicy, ScaleRules};
use crate::units::Target;

/// Longest stabilisation window and policy period (Kubernetes v1.36,
/// `pkg/apis/autoscaling/validation/validation.go`).
const LONGEST_WINDOW: SimDuration = SimDuration::from_secs(3_600);
const PERIODS: [SimDuration; 2] = [SimDuration::from_secs(1), SimDuration::from_secs(1_800)];
/// Targets above this are a slip.
const MOST_PERCENT: f64 = 10_000.0;

pub fn check(app: &App, at: &Path, out: &mut Vec<Finding>) {
    let Some(autoscale) = &app.autoscale else { return };
    let inside = at.key("autoscale");
    check_bounds(app, autoscale, at, out);
    check_target(autoscale, &inside, out);
    lasting(autoscale.sync_period, inside.key("sync_period"), "the time between decisions", out);
    let (delay, resolution) = (autoscale.metrics_delay, autoscale.metrics_resolution);
    lasting(resolution, inside.key("metrics_resolution"), "the time between readings", out);
    if delay > resolution {
        let title = format!("a delay of {delay} is longer than the {resolution} between readings");
        let related = inside.key("metrics_resolution");
        out.push(Finding::new(inside.key("metrics_delay"), title).related(related, "between them"));
    }
    check_rules(&autoscale.scale_up, &inside.key("scale_up"), out);
    check_rules(&autoscale.scale_down, &inside.key("scale_down"), out);
}

fn check_bounds(app: &App, autoscale: &Autoscale, at: &Path, out: &mut Vec<Finding>) {
    let inside = at.key("autoscale");
    let (min, max) = (autoscale.min, autoscale.max);
    let before = out.len();
    within(min, &(1..=MOST_REPLICAS), inside.key("min"), "the least number of replicas", out);
    within(max, &(1..=MOST_REPLICAS), inside.key("max"), "the largest number of replicas", out);
    if out.len() > before {
        return;
    }
    if min > max {
        let title = format!("no number of replicas is from {min} to {max}");
        out.push(Finding::new(inside.key("max"), title).related(inside.key("min"), "least"));
        return;
    }
    if !(min..=max).contains(&app.replicas) {
        let start = app.replicas;
        let title = format!("a start with {start} is outside of the bounds from {min} to {max}");
        out.push(
            Finding::new(at.key("replicas"), title)
                .related(inside, "the bounds")
                .help("`replicas` is the number at the start; without it, that is 1"),
        );
    }
    if app.quorum > min && app.quorum <= app.replicas {
        let title = format!("a quorum of {} cannot be kept by as few as {min}", app.quorum);
        let related = at.key("autoscale").key("min");
        out.push(Finding::new(at.key("quorum"), title).related(related, "least"));
    }
}

fn check_target(autoscale: &Autoscale, at: &Path, out: &mut Vec<Finding>) {
    let path = at.key("target");
    let target = autoscale.target;
    let finding = match (autoscale.metric, target) {
        (AutoscaleMetric::Cpu, Target::Rate(_)) => {
            Finding::new(path, format!("`{target}` is not a share of a CPU request"))
                .help("write it like `60%`, or set `metric = \"requests\"`")
        }
        (AutoscaleMetric::Requests, Target::Percent(_)) => {
            Finding::new(path, format!("`{target}` is not a number of requests per time"))
                .help("write it like `50/s`, or set `metric = \"cpu\"`")
        }
        (AutoscaleMetric::Cpu, Target::Percent(percent))
            if percent.fract() != 0.0 || !(1.0..=MOST_PERCENT).contains(&percent) =>
        {
            let title = format!("a target must be a whole number of percent from 1, not {target}");
            Finding::new(path, title).help("the autoscaler of Kubernetes knows no parts of them")
        }
        (AutoscaleMetric::Requests, Target::Rate(rate)) if !(0.001..=1e9).contains(&rate.0) => {
            Finding::new(path, format!("a target must be from 0.001/s to 1e9/s, not {target}"))
        }
        _ => return,
    };
    out.push(finding);
}

fn check_rules(rules: &ScaleRules, at: &Path, out: &mut Vec<Finding>) {
    if let Some(window) = rules.stabilization {
        let range = SimDuration::ZERO..=LONGEST_WINDOW;
        within(window, &range, at.key("stabilization"), "a stabilisation window", out);
    }
    let Some(policies) = &rules.policies else { return };
    let at = at.key("policies");
    if policies.is_empty() {
        out.push(
            Finding::new(at, "at least one policy is needed")
                .help("leave `policies` out for the defaults, or set `select = \"disabled\"`"),
        );
        return;
    }
    for (index, policy) in policies.iter().enumerate() {
        check_policy(policy, &at.index(index), out);
    }
}

fn check_policy(policy: &ScalePolicy, at: &Path, out: &mut Vec<Finding>) {
    let [shortest, longest] = PERIODS;
    within(policy.period, &(shortest..=longest), at.key("period"), "the period of a policy", out);
    let (key, value) = match (policy.replicas, policy.percent) {
        (Some(replicas), None) => ("replicas", replicas),
        (None, Some(percent)) => ("percent", percent),
        _ => {
            out.push(
                Finding::new(at.clone(), "a policy limits either `replicas` or `percent`")
                    .help("such as `{ replicas = 4, period = \"15s\" }`"),
            );
            return;
        }
    };
    within(value, &(1..=MOST_REPLICAS), at.key(key), "the change that a policy allows", out);
}
