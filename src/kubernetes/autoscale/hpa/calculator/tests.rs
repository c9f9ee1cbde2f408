//! Each rule of the calculator by hand: millicores in, replicas out.

use super::super::observation::Ready;
use super::*;
use crate::engine::SimDuration;

const fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + secs(seconds)
}

/// All tests are at this time, long after the pods of [`ready`] began.
const NOW: u64 = 10_000;

fn ready() -> Pod {
    let ready = Some(Ready { status: ReadyStatus::True, since: at(20) });
    Pod { phase: Phase::Running, start: Some(at(0)), ready, deleting: false }
}

fn pending() -> Pod {
    Pod { phase: Phase::Pending, ready: None, ..ready() }
}

fn used(value: i64) -> PodReading {
    let sample = Sample { value: Milli(value), at: at(NOW - 10), window: secs(15) };
    PodReading { sample: Some(sample), request: Some(Milli(100)) }
}

fn nothing() -> PodReading {
    PodReading { sample: None, request: Some(Milli(100)) }
}

fn cpu(percent: i32) -> Metric {
    let target = ResourceTarget::Utilization { percent };
    Metric::Resource { resource: "cpu".to_owned(), container: None, target }
}

fn memory(average: i64) -> Metric {
    let target = ResourceTarget::AverageValue(Milli(average));
    Metric::Resource { resource: "memory".to_owned(), container: None, target }
}

/// Asks with the default configuration.
fn ask(
    current: i32,
    metric: &Metric,
    seen: &[(Pod, PodReading)],
    tolerances: Tolerances,
) -> Result<i32, MetricError> {
    let pods: Vec<Pod> = seen.iter().map(|(pod, _)| *pod).collect();
    let config = HpaConfig::default();
    let calculator = Calculator {
        now: at(NOW),
        config: &config,
        tolerances,
        current,
        status: current,
        pods: &pods,
    };
    calculator.replicas(metric, &Reading::Pods(seen.iter().map(|(_, reading)| *reading).collect()))
}

const USUAL: Tolerances = Tolerances { up: 0.1, down: 0.1 };

fn cpu_of(current: i32, percent: i32, usages: &[i64]) -> Result<i32, MetricError> {
    let seen: Vec<_> = usages.iter().map(|&usage| (ready(), used(usage))).collect();
    ask(current, &cpu(percent), &seen, USUAL)
}

#[test]
fn replicas_are_the_ratio_times_the_pods_rounded_up() {
    // (150 + 90) of 200 is 120 %; 120 / 50 * 2 = 4.8
    assert_eq!(cpu_of(2, 50, &[150, 90]), Ok(5));
    // 20 % / 50 * 2 = 0.8
    assert_eq!(cpu_of(2, 50, &[20, 20]), Ok(1));
    assert_eq!(cpu_of(2, 50, &[0, 0]), Ok(0));
}

#[test]
fn the_pods_measured_count_and_not_the_replicas_wanted() {
    // 100 / 50 * 2 pods, though five are wanted
    assert_eq!(cpu_of(5, 50, &[100, 100]), Ok(4));
}

#[test]
fn utilisation_is_cut_off_to_whole_percent() {
    // 115 of 200 is 57.5 %, cut off to 57: ratio 1.14; with 55.5 to 55 it is exactly 1.1
    assert_eq!(cpu_of(2, 50, &[60, 55]), Ok(3));
    assert_eq!(cpu_of(2, 50, &[60, 51]), Ok(2), "55.5 % is taken for 55 %, within the tolerance");
}

#[test]
fn the_bounds_of_the_tolerance_are_within() {
    assert_eq!(cpu_of(2, 50, &[55, 55]), Ok(2));
    assert_eq!(cpu_of(2, 50, &[56, 56]), Ok(3));
    assert_eq!(cpu_of(10, 50, &[45; 10]), Ok(10));
    assert_eq!(cpu_of(10, 50, &[44; 10]), Ok(9));
}

#[test]
fn each_direction_has_its_own_tolerance() {
    let wide_up = Tolerances { up: 0.5, down: 0.0 };
    let seen = |usage| vec![(ready(), used(usage)); 10];
    assert_eq!(ask(10, &cpu(50), &seen(75), wide_up), Ok(10));
    assert_eq!(ask(10, &cpu(50), &seen(76), wide_up), Ok(16));
    assert_eq!(ask(10, &cpu(50), &seen(49), wide_up), Ok(10), "0.98 * 10 is rounded up");
    assert_eq!(ask(20, &cpu(50), &seen(49), wide_up), Ok(10), "but it is outside the tolerance");
}

#[test]
fn a_missing_pod_is_idle_when_scaling_up() {
    // 150 % of 50 is 3; with an idle third pod (300 of 300) it is 100 / 50 * 3
    let seen = [(ready(), used(150)), (ready(), used(150)), (ready(), nothing())];
    assert_eq!(ask(3, &cpu(50), &seen, USUAL), Ok(6));
}

#[test]
fn a_missing_pod_uses_its_request_or_a_higher_target_when_scaling_down() {
    let seen = [(ready(), used(10)), (ready(), used(10)), (ready(), nothing())];
    // 10 % of 50; with 100 % for the missing pod (120 of 300) it is 40 / 50 * 3 = 2.4
    assert_eq!(ask(3, &cpu(50), &seen, USUAL), Ok(3));
    // with 200 % for it: 220 of 300 is 73 %, / 200 * 3 = 1.095
    assert_eq!(ask(3, &cpu(200), &seen, USUAL), Ok(2));
}

#[test]
fn a_change_that_the_missing_pods_turn_round_is_none() {
    // 40 % of 50 alone is down; with 100 % for each of two missing pods, 80 % is up
    let seen = [(ready(), used(40)), (ready(), nothing()), (ready(), nothing())];
    assert_eq!(ask(3, &cpu(50), &seen, USUAL), Ok(3));
    // 60 % of 50 alone is up; with two idle pods 20 % is down
    let seen = [(ready(), used(60)), (ready(), nothing()), (ready(), nothing())];
    assert_eq!(ask(3, &cpu(50), &seen, USUAL), Ok(3));
}

#[test]
fn a_change_against_the_direction_of_the_ratio_is_none() {
    // 2 of 5 replicas are measured, one is missing: 200 of 300 is 66 %, / 50 * 3 = 3.96,
    // which is fewer than there are, though usage is above the target
    let seen = [(ready(), used(100)), (ready(), used(100)), (ready(), nothing())];
    assert_eq!(ask(5, &cpu(50), &seen, USUAL), Ok(5));
    // and the other way round: 130 of 300 is 43 %, / 50 * 3 = 2.58
    let seen = [(ready(), used(15)), (ready(), used(15)), (ready(), nothing())];
    assert_eq!(ask(1, &cpu(50), &seen, USUAL), Ok(1));
}

#[test]
fn at_the_target_exactly_missing_pods_do_not_count() {
    let seen = [(ready(), used(50)), (ready(), nothing())];
    let none = Tolerances { up: 0.0, down: 0.0 };
    assert_eq!(ask(2, &cpu(50), &seen, none), Ok(2));
}

#[test]
fn an_unready_pod_is_idle_when_scaling_up_and_left_out_when_scaling_down() {
    // 150 % of 50; with one idle: 75 / 50 * 2
    let seen = [(ready(), used(150)), (pending(), nothing())];
    assert_eq!(ask(2, &cpu(50), &seen, USUAL), Ok(3));
    // 20 / 50 * 1
    let seen = [(ready(), used(20)), (pending(), nothing())];
    assert_eq!(ask(2, &cpu(50), &seen, USUAL), Ok(1));
}

#[test]
fn a_pending_pod_is_unready_whatever_is_measured() {
    let seen = [(ready(), used(150)), (pending(), used(1_000))];
    assert_eq!(ask(2, &memory(50), &seen, USUAL), Ok(3));
}

#[test]
fn deleted_and_failed_pods_do_not_count() {
    let deleting = Pod { deleting: true, ..ready() };
    let failed = Pod { phase: Phase::Failed, ..ready() };
    let seen = [(ready(), used(100)), (deleting, used(900)), (failed, nothing())];
    assert_eq!(ask(3, &cpu(50), &seen, USUAL), Ok(2));
    assert_eq!(ask(3, &cpu(50), &seen[1..], USUAL), Err(MetricError::NothingCounts));
}

#[test]
fn a_pod_that_succeeded_counts_as_any_other() {
    let done = Pod { phase: Phase::Succeeded, ..ready() };
    let seen = [(ready(), used(100)), (done, nothing())];
    assert_eq!(ask(2, &cpu(25), &seen, USUAL), Ok(4), "100 of 200 is 50 %, / 25 * 2");
}

/// Whether the CPU of a pod that began so many seconds ago counts.
fn counts(age: u64, status: ReadyStatus, since: u64, sample_at: u64, window: u64) -> bool {
    let ready_since = |since| Some(Ready { status, since: at(since) });
    let young = Pod { start: Some(at(NOW - age)), ready: ready_since(since), ..ready() };
    let sample = Sample { value: Milli(300), at: at(sample_at), window: secs(window) };
    let reading = PodReading { sample: Some(sample), request: Some(Milli(100)) };
    // the other pod is at 100 %: with the young one 200 % / 100 * 2, as idle nothing changes
    let seen = [(ready(), used(100)), (young, reading)];
    match ask(2, &cpu(100), &seen, USUAL).expect("a number of replicas") {
        4 => true,
        2 => false,
        other => panic!("{other} replicas"),
    }
}

#[test]
fn a_young_pod_counts_once_a_whole_window_lies_after_it_became_ready() {
    let since = NOW - 50;
    assert!(counts(100, ReadyStatus::True, since, since + 15, 15));
    assert!(!counts(100, ReadyStatus::True, since, since + 14, 15));
    assert!(!counts(100, ReadyStatus::False, since, since + 30, 15), "it is not ready");
    assert!(counts(100, ReadyStatus::Unknown, since, since + 30, 15), "unknown is not unready");
}

#[test]
fn at_five_minutes_a_pod_is_no_longer_young() {
    let since = NOW - 5;
    assert!(!counts(299, ReadyStatus::True, since, NOW, 15));
    assert!(counts(300, ReadyStatus::True, since, NOW, 15));
}

#[test]
fn an_old_pod_that_is_unready_counts_unless_it_was_never_ready() {
    let start = NOW - 1_000;
    assert!(!counts(1_000, ReadyStatus::False, start + 29, NOW, 15), "it was never ready");
    assert!(counts(1_000, ReadyStatus::False, start + 30, NOW, 15), "it was ready before");
    assert!(counts(1_000, ReadyStatus::True, start + 29, NOW, 15));
}

#[test]
fn cpu_of_a_pod_without_start_or_condition_does_not_count_but_memory_does() {
    for bare in [Pod { start: None, ..ready() }, Pod { ready: None, ..ready() }] {
        let seen = [(ready(), used(100)), (bare, used(300))];
        assert_eq!(ask(2, &cpu(100), &seen, USUAL), Ok(2));
        assert_eq!(ask(2, &memory(100), &seen, USUAL), Ok(4));
    }
}

#[test]
fn an_average_value_is_cut_off_before_it_is_compared() {
    // 221 / 2 is 110, within the tolerance of 100
    let seen = [(ready(), used(121)), (ready(), used(100))];
    assert_eq!(ask(2, &memory(100), &seen, USUAL), Ok(2));
    let seen = [(ready(), used(122)), (ready(), used(100))];
    assert_eq!(ask(2, &memory(100), &seen, USUAL), Ok(3), "111 / 100 * 2 = 2.22");
}

#[test]
fn for_an_average_value_a_missing_pod_uses_the_target_when_scaling_down() {
    // 20 of 100; with the target for the missing pod (140 / 3 = 46) it is 0.46 * 3 = 1.38
    let metric = Metric::Pods { name: "qps".to_owned(), average: Milli(100) };
    let seen = [(ready(), used(20)), (ready(), used(20)), (ready(), nothing())];
    assert_eq!(ask(3, &metric, &seen, USUAL), Ok(2));
    let seen = [(ready(), used(300)), (ready(), used(300)), (ready(), nothing())];
    assert_eq!(ask(3, &metric, &seen, USUAL), Ok(6), "idle when scaling up: 200 / 100 * 3");
}

#[test]
fn what_prevents_a_conclusion_is_told() {
    assert_eq!(ask(1, &cpu(50), &[(ready(), nothing())], USUAL), Err(MetricError::NoMetrics));
    assert_eq!(ask(1, &cpu(50), &[], USUAL), Err(MetricError::NoMetrics));
    let no_request = PodReading { request: None, ..used(50) };
    let seen = [(ready(), used(50)), (ready(), no_request)];
    assert_eq!(ask(2, &cpu(50), &seen, USUAL), Err(MetricError::MissingRequest { pod: 1 }));
    assert_eq!(ask(2, &memory(50), &seen, USUAL), Ok(2), "an average value needs no request");
    let zero = PodReading { request: Some(Milli(0)), ..used(50) };
    assert_eq!(ask(1, &cpu(50), &[(ready(), zero)], USUAL), Err(MetricError::NothingRequested));
}

#[test]
fn even_pods_that_do_not_count_must_have_their_request() {
    let failed = Pod { phase: Phase::Failed, ..ready() };
    let no_request = PodReading { request: None, ..nothing() };
    let seen = [(ready(), used(50)), (failed, no_request)];
    assert_eq!(ask(1, &cpu(50), &seen, USUAL), Err(MetricError::MissingRequest { pod: 1 }));
}

/// An external or object metric, with this many pods ready of those there are.
fn value_of(
    (current, status): (i32, i32),
    metric: &Metric,
    values: &[i64],
    pods: &[Pod],
) -> Result<i32, MetricError> {
    let config = HpaConfig::default();
    let calculator =
        Calculator { now: at(NOW), config: &config, tolerances: USUAL, current, status, pods };
    let values = values.iter().map(|&value| Milli(value)).collect();
    calculator.replicas(metric, &Reading::Values(values))
}

fn external(target: ValueTarget) -> Metric {
    Metric::External { name: "queue".to_owned(), target }
}

fn object(target: ValueTarget) -> Metric {
    Metric::Object { kind: "Ingress".to_owned(), name: "rps".to_owned(), target }
}

#[test]
fn a_value_is_multiplied_with_the_pods_that_are_ready() {
    let target = ValueTarget::Value(Milli(100));
    let unready = Ready { status: ReadyStatus::False, since: at(0) };
    let pods = [
        ready(),
        ready(),
        pending(),
        Pod { ready: Some(unready), ..ready() },
        // not left out here
        Pod { deleting: true, ..ready() },
    ];
    for metric in [external(target), object(target)] {
        assert_eq!(value_of((5, 5), &metric, &[150], &pods), Ok(5), "1.5 * 3 = 4.5");
        assert_eq!(value_of((7, 5), &metric, &[110], &pods), Ok(7), "within the tolerance");
        assert_eq!(value_of((5, 5), &metric, &[150], &[]), Err(MetricError::NoPods));
        assert_eq!(value_of((5, 5), &metric, &[110], &[]), Ok(5), "no pods are needed for that");
        assert_eq!(value_of((0, 0), &metric, &[150], &[]), Ok(2), "from zero the ratio itself");
        assert_eq!(value_of((5, 5), &metric, &[], &pods), Err(MetricError::NoMetrics));
    }
}

#[test]
fn an_average_is_shared_among_the_replicas_there_are() {
    let target = ValueTarget::AverageValue(Milli(100));
    for metric in [external(target), object(target)] {
        // 330 / (100 * 3) is 1.1
        assert_eq!(value_of((9, 3), &metric, &[330], &[]), Ok(3), "not the replicas wanted");
        assert_eq!(value_of((9, 3), &metric, &[331], &[]), Ok(4));
        assert_eq!(value_of((3, 3), &metric, &[0], &[]), Ok(0));
        assert_eq!(value_of((3, 0), &metric, &[0], &[]), Ok(0), "0 / 0 is in no range");
        assert_eq!(value_of((3, 0), &metric, &[250], &[]), Ok(3));
    }
}

#[test]
fn the_series_of_an_external_metric_are_added_up() {
    let average = external(ValueTarget::AverageValue(Milli(100)));
    assert_eq!(value_of((1, 1), &average, &[100, 150, 50], &[]), Ok(3));
    let value = external(ValueTarget::Value(Milli(100)));
    assert_eq!(value_of((1, 1), &value, &[100, 150, 50], &[ready()]), Ok(3));
}

#[test]
fn sums_and_products_that_are_too_large_end_at_the_largest_number() {
    let huge = [i64::MAX, i64::MAX];
    let average = external(ValueTarget::AverageValue(Milli(1)));
    assert_eq!(value_of((1, 1), &average, &huge, &[]), Ok(i32::MAX));
    assert_eq!(value_of((1, 1), &average, &[-5, 0], &[]), Ok(i32::MAX), "taken for an overflow");
    let value = external(ValueTarget::Value(Milli(1)));
    assert_eq!(value_of((1, 1), &value, &huge, &[ready()]), Ok(i32::MAX));
    assert_eq!(value_of((1, 1), &value, &[-5, 10], &[ready()]), Ok(5));
    let object = object(ValueTarget::AverageValue(Milli(1)));
    assert_eq!(value_of((1, 1), &object, &[i64::MAX], &[]), Ok(i32::MIN), "no guard here");
}

#[test]
fn an_api_that_fails_gives_nothing() {
    let config = HpaConfig::default();
    let calculator = Calculator {
        now: at(NOW),
        config: &config,
        tolerances: USUAL,
        current: 1,
        status: 1,
        pods: &[],
    };
    let asked = calculator.replicas(&cpu(50), &Reading::Failed);
    assert_eq!(asked, Err(MetricError::ApiFailed));
}
