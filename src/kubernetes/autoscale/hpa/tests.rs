//! Whole syncs by hand. The metric is an external one with a target of 1 a pod, so that its value
//! is the number of replicas it asks for.

use super::*;

const UP: Condition = Condition::yes(Reason::SucceededRescale);
const WITHIN: Condition = Condition::no(Reason::DesiredWithinRange);

const fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + secs(seconds)
}

fn queue() -> Metric {
    let target = ValueTarget::AverageValue(Milli(1_000));
    Metric::External { name: "queue".to_owned(), target }
}

fn spec(min_replicas: i32, max_replicas: i32, behavior: Option<Behavior>) -> HpaSpec {
    HpaSpec { min_replicas, max_replicas, metrics: vec![queue()], behavior }
}

fn defaults() -> Behavior {
    Behavior { scale_up: ScalingRules::default_up(), scale_down: ScalingRules::default_down() }
}

fn policy(kind: PolicyKind, value: i32, period: u64) -> ScalingPolicy {
    ScalingPolicy { kind, value, period: secs(period) }
}

fn rules(window: u64, select: SelectPolicy, policies: Vec<ScalingPolicy>) -> ScalingRules {
    let stabilization_window = Some(secs(window));
    ScalingRules { stabilization_window, select, policies, tolerance: None }
}

fn hpa(spec: HpaSpec) -> Hpa {
    Hpa::new(spec, HpaConfig::default())
}

fn wants(replicas: i32) -> Reading {
    Reading::Values(vec![Milli(i64::from(replicas) * 1_000)])
}

fn seen(current: i32, readings: Vec<Reading>) -> Observation {
    Observation {
        spec_replicas: current,
        status_replicas: current,
        selector: Selector::Valid,
        pods: Vec::new(),
        readings,
    }
}

/// One sync with `current` replicas, the metric asking for `wanted`.
fn sync(hpa: &mut Hpa, now: u64, current: i32, wanted: i32) -> Decision {
    hpa.sync(at(now), &seen(current, vec![wants(wanted)]))
}

/// Syncs every 15 s from `from` on, each time with what was decided before; the replicas after
/// each.
fn course(hpa: &mut Hpa, from: u64, mut current: i32, wanted: &[i32]) -> Vec<i32> {
    let mut now = from;
    let step = |&wanted: &i32| {
        current = sync(hpa, now, current, wanted).desired;
        now += 15;
        current
    };
    wanted.iter().map(step).collect()
}

#[test]
fn without_behaviour_it_goes_to_the_double_or_to_four_at_a_time() {
    let mut hpa = hpa(spec(1, 40, None));
    assert_eq!(course(&mut hpa, 0, 1, &[30, 30, 30, 30]), [4, 8, 16, 30]);
}

#[test]
fn the_limit_that_decided_is_told() {
    let limited = |current, wanted| {
        let mut hpa = hpa(spec(2, 10, None));
        let decision = sync(&mut hpa, 0, current, wanted);
        decision.conditions.scaling_limited.expect("it was written").to_string()
    };
    assert_eq!(limited(3, 9), "True/ScaleUpLimit");
    assert_eq!(limited(6, 13), "True/TooManyReplicas");
    assert_eq!(limited(3, 4), "False/DesiredWithinRange");
    let mut hpa = hpa(spec(2, 10, Some(defaults())));
    sync(&mut hpa, 0, 5, 5);
    let decision = sync(&mut hpa, 400, 5, 1);
    assert_eq!((decision.desired, decision.reason), (2, Some(RescaleReason::BelowTarget)));
    assert_eq!(decision.conditions.scaling_limited, Some(Condition::yes(Reason::TooFewReplicas)));
}

#[test]
fn the_first_sync_remembers_the_replicas_it_found() {
    let mut hpa = hpa(spec(1, 10, None));
    let first = sync(&mut hpa, 0, 6, 2);
    assert_eq!((first.desired, first.rescaled, first.reason), (6, false, None));
    assert_eq!(first.conditions.able_to_scale, Some(Condition::yes(Reason::ScaleDownStabilized)));
    assert_eq!(sync(&mut hpa, 300, 6, 2).desired, 6, "exactly as old as the window is within it");
    let last = sync(&mut hpa, 301, 6, 2);
    assert_eq!((last.desired, last.reason), (2, Some(RescaleReason::BelowTarget)));
    assert_eq!(last.conditions.able_to_scale, Some(UP));
}

#[test]
fn with_behaviour_the_window_ends_one_moment_earlier() {
    let mut hpa = hpa(spec(1, 10, Some(defaults())));
    assert_eq!(sync(&mut hpa, 0, 6, 2).desired, 6);
    assert_eq!(sync(&mut hpa, 299, 6, 2).desired, 6);
    assert_eq!(sync(&mut hpa, 300, 6, 2).desired, 2);
}

#[test]
fn what_is_held_up_is_the_highest_recommendation_and_not_the_replicas() {
    let mut hpa = hpa(spec(1, 10, None));
    sync(&mut hpa, 0, 6, 6);
    sync(&mut hpa, 200, 6, 4);
    assert_eq!(sync(&mut hpa, 310, 6, 2).desired, 4);
}

#[test]
fn a_change_that_only_the_past_asks_for_has_no_reason() {
    let mut hpa = hpa(spec(1, 10, None));
    sync(&mut hpa, 0, 4, 8);
    // somebody set the scale back to five, and the metric is content with that
    let decision = sync(&mut hpa, 15, 5, 5);
    assert_eq!((decision.desired, decision.rescaled, decision.reason), (8, true, None));
}

#[test]
fn outside_its_bounds_it_goes_there_at_once_and_looks_at_no_metric() {
    let mut hpa = hpa(spec(3, 5, None));
    let above = sync(&mut hpa, 0, 50, 100);
    assert_eq!((above.desired, above.reason), (5, Some(RescaleReason::AboveMaximum)));
    assert_eq!(above.proposal, None);
    assert_eq!(above.conditions.able_to_scale, Some(UP));
    assert_eq!(above.conditions.scaling_active, None, "it was never written");
    let below = sync(&mut hpa, 15, 1, 100);
    assert_eq!((below.desired, below.reason), (3, Some(RescaleReason::BelowMinimum)));
}

#[test]
fn moves_to_a_bound_record_no_recommendation() {
    let mut hpa = hpa(spec(1, 5, None));
    sync(&mut hpa, 0, 2, 2);
    assert_eq!(sync(&mut hpa, 15, 9, 9).desired, 5);
    assert_eq!(sync(&mut hpa, 30, 5, 2).desired, 2, "nothing recommended five");
}

#[test]
fn zero_replicas_switch_it_off() {
    let mut hpa = hpa(spec(2, 5, None));
    sync(&mut hpa, 0, 3, 4);
    let off = sync(&mut hpa, 15, 0, 4);
    assert_eq!((off.desired, off.rescaled, off.proposal), (0, false, None));
    assert_eq!(off.conditions.able_to_scale, Some(Condition::yes(Reason::SucceededGetScale)));
    assert_eq!(off.conditions.scaling_active, Some(Condition::no(Reason::ScalingDisabled)));
    assert_eq!(off.conditions.scaling_limited, Some(WITHIN), "that of the sync before");
    assert_eq!(sync(&mut hpa, 30, 1, 4).desired, 2, "on again once there are replicas");
}

#[test]
fn without_the_feature_what_scaled_to_zero_stays_there() {
    let mut hpa = hpa(spec(0, 5, None));
    assert_eq!(course(&mut hpa, 301, 1, &[1]), [1]);
    assert_eq!(sync(&mut hpa, 700, 1, 0).desired, 0);
    assert_eq!(sync(&mut hpa, 715, 0, 4).desired, 0);
}

#[test]
fn with_the_feature_only_what_it_scaled_to_zero_comes_back() {
    let config = HpaConfig { scale_to_zero: true, ..HpaConfig::default() };
    let mut hpa = Hpa::new(spec(0, 5, None), config.clone());
    sync(&mut hpa, 0, 1, 1);
    let zero = sync(&mut hpa, 400, 1, 0);
    assert_eq!(zero.desired, 0);
    assert_eq!(zero.conditions.scaled_to_zero, Some(Condition::yes(Reason::ScaledToZero)));
    let back = sync(&mut hpa, 415, 0, 3);
    assert_eq!((back.desired, back.reason), (3, Some(RescaleReason::AboveTarget { metric: 0 })));
    assert_eq!(back.conditions.scaled_to_zero, Some(Condition::no(Reason::NotScaledToZero)));

    let mut by_hand = Hpa::new(spec(0, 5, None), config);
    sync(&mut by_hand, 0, 1, 1);
    assert_eq!(sync(&mut by_hand, 15, 0, 3).desired, 0);
}

#[test]
fn the_largest_proposal_wins() {
    let metrics = vec![queue(), queue(), queue()];
    let mut hpa = hpa(HpaSpec { metrics, ..spec(1, 10, None) });
    let decision = hpa.sync(at(0), &seen(3, vec![wants(4), wants(6), wants(6)]));
    let proposal = decision.proposal.expect("the metrics were asked");
    assert_eq!((proposal.replicas, proposal.metric), (Some(6), Some(1)));
    assert_eq!(decision.reason, Some(RescaleReason::AboveTarget { metric: 1 }));
    assert_eq!(decision.desired, 6);
}

#[test]
fn with_a_metric_failing_it_scales_up_but_not_down() {
    let mut hpa = hpa(HpaSpec { metrics: vec![queue(), queue()], ..spec(1, 10, None) });
    let failing = |wanted| seen(3, vec![Reading::Failed, wants(wanted)]);
    let up = hpa.sync(at(0), &failing(5));
    assert_eq!(up.desired, 5);
    assert_eq!(up.conditions.scaling_active, Some(Condition::yes(Reason::ValidMetricFound)));
    assert_eq!(up.proposal.expect("asked").failures, [(0, MetricError::ApiFailed)]);
    let level = hpa.sync(at(1_000), &failing(3));
    assert_eq!(level.proposal.expect("asked").replicas, Some(3), "as many as there are will do");
    let down = hpa.sync(at(2_000), &failing(2));
    assert_eq!((down.desired, down.rescaled), (3, false));
    assert_eq!(
        down.conditions.scaling_active,
        Some(Condition::no(Reason::FailedGetExternalMetric))
    );
}

#[test]
fn a_sync_without_conclusion_leaves_the_conditions_of_earlier_ones() {
    let mut hpa = hpa(spec(1, 10, None));
    sync(&mut hpa, 0, 3, 9);
    let failed = hpa.sync(at(15), &seen(6, vec![Reading::Failed]));
    assert_eq!(failed.conditions.able_to_scale, Some(Condition::yes(Reason::SucceededGetScale)));
    assert_eq!(failed.conditions.scaling_limited, Some(Condition::yes(Reason::ScaleUpLimit)));
    assert_eq!(failed.proposal.expect("asked").replicas, None);
    assert_eq!(hpa.target_not_found().able_to_scale, Some(Condition::no(Reason::FailedGetScale)));
}

#[test]
fn a_sync_without_conclusion_records_nothing() {
    let mut hpa = hpa(spec(1, 10, None));
    sync(&mut hpa, 0, 4, 4);
    hpa.sync(at(200), &seen(4, vec![Reading::Failed]));
    assert_eq!(sync(&mut hpa, 301, 4, 2).desired, 2);
}

#[test]
fn each_kind_of_metric_has_its_own_failure() {
    let target = ResourceTarget::Utilization { percent: 50 };
    let resource = |container| Metric::Resource { resource: "cpu".to_owned(), container, target };
    let value = ValueTarget::Value(Milli(1));
    let (kind, name) = ("Ingress".to_owned(), "rps".to_owned());
    let failure = |metric: Metric| {
        let mut hpa = hpa(HpaSpec { metrics: vec![metric], ..spec(1, 10, None) });
        let decision = hpa.sync(at(0), &seen(3, vec![Reading::Failed]));
        decision.conditions.scaling_active.expect("it was written").to_string()
    };
    assert_eq!(failure(resource(None)), "False/FailedGetResourceMetric");
    assert_eq!(failure(resource(Some("app".to_owned()))), "False/FailedGetContainerResourceMetric");
    assert_eq!(
        failure(Metric::Pods { name: name.clone(), average: Milli(1) }),
        "False/FailedGetPodsMetric"
    );
    assert_eq!(
        failure(Metric::Object { kind, name, target: value }),
        "False/FailedGetObjectMetric"
    );
    assert_eq!(failure(queue()), "False/FailedGetExternalMetric");
}

#[test]
fn of_several_failures_the_first_is_the_reason() {
    let pods = Metric::Pods { name: "qps".to_owned(), average: Milli(1) };
    let mut hpa = hpa(HpaSpec { metrics: vec![pods, queue()], ..spec(1, 10, None) });
    let decision = hpa.sync(at(0), &seen(3, vec![Reading::Failed, Reading::Failed]));
    let active = decision.conditions.scaling_active;
    assert_eq!(active, Some(Condition::no(Reason::FailedGetPodsMetric)));
}

#[test]
fn a_selector_that_says_too_little_or_too_much_is_a_failure() {
    for (selector, reason) in [
        (Selector::Invalid, Reason::InvalidSelector),
        (Selector::Ambiguous, Reason::AmbiguousSelector),
    ] {
        let mut hpa = hpa(spec(1, 10, None));
        let observation = Observation { selector, ..seen(3, vec![wants(5)]) };
        let decision = hpa.sync(at(0), &observation);
        assert_eq!(decision.desired, 3);
        assert_eq!(decision.conditions.scaling_active, Some(Condition::no(reason)));
    }
}

#[test]
fn the_default_behaviour_doubles_or_adds_four_in_15_s() {
    let mut hpa = hpa(spec(1, 100, Some(defaults())));
    // at the next sync the events are exactly 15 s old, which is out
    assert_eq!(course(&mut hpa, 0, 1, &[90, 90, 90, 90]), [5, 10, 20, 40]);
}

#[test]
fn an_event_within_the_period_uses_up_the_policy() {
    let mut hpa = hpa(spec(1, 100, Some(defaults())));
    assert_eq!(sync(&mut hpa, 0, 10, 90).desired, 20);
    let soon = sync(&mut hpa, 14, 20, 90);
    assert_eq!((soon.desired, soon.rescaled), (20, false));
    assert_eq!(soon.conditions.scaling_limited, Some(Condition::yes(Reason::ScaleUpLimit)));
    assert_eq!(sync(&mut hpa, 15, 20, 90).desired, 40);
}

#[test]
fn the_start_of_a_period_counts_changes_of_both_directions() {
    let one_down = rules(0, SelectPolicy::Max, vec![policy(PolicyKind::Pods, 100, 60)]);
    let up = rules(0, SelectPolicy::Max, vec![policy(PolicyKind::Pods, 3, 60)]);
    let behavior = Behavior { scale_up: up, scale_down: one_down };
    let mut hpa = hpa(spec(1, 100, Some(behavior)));
    assert_eq!(sync(&mut hpa, 0, 10, 5).desired, 5);
    // a minute ago there were ten: up to thirteen
    assert_eq!(sync(&mut hpa, 15, 5, 50).desired, 13);
    assert_eq!(sync(&mut hpa, 30, 13, 50).desired, 13);
    // the way down is out of the period, the way up is not: 13 - 8 + 3
    assert_eq!(sync(&mut hpa, 60, 13, 50).desired, 13, "never down while going up");
    assert_eq!(sync(&mut hpa, 75, 13, 50).desired, 16);
}

#[test]
fn percents_are_rounded_up_going_up_and_cut_off_going_down() {
    let percent = |value| rules(0, SelectPolicy::Max, vec![policy(PolicyKind::Percent, value, 60)]);
    let behavior = || Behavior { scale_up: percent(10), scale_down: percent(10) };
    let mut up = hpa(spec(1, 100, Some(behavior())));
    assert_eq!(sync(&mut up, 0, 5, 50).desired, 6, "5.5 rounded up");
    let mut down = hpa(spec(1, 100, Some(behavior())));
    let decision = sync(&mut down, 0, 5, 1);
    assert_eq!(decision.desired, 4, "4.5 cut off");
    assert_eq!(decision.conditions.scaling_limited, Some(Condition::yes(Reason::ScaleDownLimit)));
}

#[test]
fn more_than_all_percent_down_ends_at_the_minimum() {
    let down = rules(0, SelectPolicy::Max, vec![policy(PolicyKind::Percent, 200, 60)]);
    let behavior = Behavior { scale_up: ScalingRules::default_up(), scale_down: down };
    let mut hpa = hpa(spec(2, 100, Some(behavior)));
    assert_eq!(sync(&mut hpa, 0, 5, 0).desired, 2);
}

#[test]
fn the_policy_that_is_selected_counts() {
    let policies = || vec![policy(PolicyKind::Pods, 1, 60), policy(PolicyKind::Percent, 50, 60)];
    let moves = |select, current, wanted| {
        let rules = rules(0, select, policies());
        let behavior = Behavior { scale_up: rules.clone(), scale_down: rules };
        sync(&mut hpa(spec(1, 100, Some(behavior))), 0, current, wanted).desired
    };
    assert_eq!(moves(SelectPolicy::Max, 10, 50), 15);
    assert_eq!(moves(SelectPolicy::Min, 10, 50), 11);
    assert_eq!(moves(SelectPolicy::Disabled, 10, 50), 10);
    assert_eq!(moves(SelectPolicy::Max, 10, 1), 5);
    assert_eq!(moves(SelectPolicy::Min, 10, 1), 9);
    assert_eq!(moves(SelectPolicy::Disabled, 10, 1), 10);
}

#[test]
fn moves_to_a_bound_are_changes_that_policies_count() {
    let up = rules(0, SelectPolicy::Max, vec![policy(PolicyKind::Pods, 4, 60)]);
    let behavior = Behavior { scale_up: up, scale_down: ScalingRules::default_down() };
    let mut hpa = hpa(spec(3, 100, Some(behavior)));
    assert_eq!(sync(&mut hpa, 0, 1, 1).desired, 3);
    assert_eq!(sync(&mut hpa, 15, 3, 50).desired, 5, "four more than the one of a minute ago");
}

#[test]
fn a_window_for_scaling_up_takes_the_lowest_recommendation() {
    let up = ScalingRules { stabilization_window: Some(secs(30)), ..ScalingRules::default_up() };
    let behavior = Behavior { scale_up: up, scale_down: ScalingRules::default_down() };
    let mut hpa = hpa(spec(1, 100, Some(behavior)));
    let held = sync(&mut hpa, 0, 4, 8);
    assert_eq!(held.desired, 4, "four replicas were found at that very moment");
    assert_eq!(held.conditions.able_to_scale, Some(Condition::yes(Reason::ScaleUpStabilized)));
    assert_eq!(sync(&mut hpa, 15, 4, 6).desired, 4);
    assert_eq!(sync(&mut hpa, 30, 4, 8).desired, 6, "the lowest of eight, six and eight");
}

#[test]
fn tolerances_of_the_behaviour_replace_the_general_one_in_their_direction() {
    let own = |tolerance, rules| ScalingRules { tolerance, ..rules };
    let behavior = Behavior {
        scale_up: own(Some(0.5), ScalingRules::default_up()),
        scale_down: rules(0, SelectPolicy::Max, vec![policy(PolicyKind::Percent, 100, 15)]),
    };
    let mut hpa = hpa(spec(1, 100, Some(behavior)));
    assert_eq!(sync(&mut hpa, 0, 10, 15).desired, 10);
    assert_eq!(sync(&mut hpa, 15, 10, 9).desired, 10, "the general one holds downwards");
    assert_eq!(sync(&mut hpa, 30, 10, 8).desired, 8);
}
