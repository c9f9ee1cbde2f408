//! Which charts sweeps of one, two and three parameters get.

use super::*;
use crate::metrics::figures::Unit;
use crate::report::chart::ChartData;
use crate::report::sweep::Target;
use crate::report::sweep::fixture::{Sweep, grid, heading};

const RATES: (&str, &str) = ("app.web.traffic.arrivals.poisson", "['40/s', '80/s', '120/s']");
const REPLICAS: (&str, &str) = ("app.web.replicas", "[2, 4]");
const WORDS: (&str, &str) = ("app.web.balance", "['random', 'ring']");

fn p99(cluster: &str) -> Heading {
    heading(cluster, "web", "latency_p99", Unit::Seconds)
}

fn names(sweep: &Sweep) -> Vec<String> {
    charts(&sweep.account()).0.into_iter().map(|chart| chart.name).collect()
}

fn titles(sweep: &Sweep) -> Vec<String> {
    charts(&sweep.account()).0.into_iter().map(|chart| chart.title).collect()
}

#[test]
fn one_parameter_gives_bands_with_a_line_for_each_cluster() {
    let value = |point| Some(0.1 * (point + 1) as f64);
    let mut sweep = grid(&[RATES]).figure(p99("a"), value).figure(p99("b"), value);
    sweep.targets = vec![Target { app: "web".into(), metric: "latency_p99".into(), seconds: 0.25 }];
    let (charts, more) = charts(&sweep.account());
    assert!(!more);
    assert_eq!(charts[0].title, "How long do the slowest requests to web take?");
    let Some(ChartData::Lines(lines)) = &charts[0].data else { panic!("bands are lines") };
    let of: Vec<_> = lines.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(of, ["a", "b"]);
    assert_eq!(lines.series[0].x, [40.0, 80.0, 120.0]);
    // t(1, 95 %) = 12.706 at a standard error of a tenth of the mean
    assert!((lines.series[0].high[0] - 0.1 * (1.0 + 1.2706)).abs() < 1e-5);
    assert_eq!((lines.x.before.as_str(), lines.x.after.as_str()), ("", "/s"));
    assert_eq!(lines.marks[0].name, "SLO p99 ≤ 250 ms");
}

#[test]
fn words_have_no_line_between_them() {
    let sweep = grid(&[WORDS]).figure(p99("a"), |point| Some(1.0 + point as f64));
    let charts = charts(&sweep.account()).0;
    assert!(matches!(&charts[0].data, Some(ChartData::Spots { spots }) if spots.len() == 2));
}

#[test]
fn two_parameters_of_a_grid_give_maps_and_bands_of_the_latency() {
    let sweep = grid(&[REPLICAS, RATES])
        .figure(p99("a"), |point| Some(0.1 * (point + 1) as f64))
        .figure(heading("a", "", "cost_per_hour", Unit::DollarsPerHour), |p| Some((p / 3) as f64));
    assert_eq!(
        titles(&sweep),
        [
            "How long do the slowest requests to web take?",
            "How does the p99 latency of web change with traffic?",
            "What does it cost?"
        ]
    );
    assert_eq!(names(&sweep), ["latency_p99-web", "latency_p99-by-traffic-web", "cost_per_hour"]);
    let charts = charts(&sweep.account()).0;
    let Some(ChartData::Spots { spots }) = &charts[0].data else { panic!("a map has spots") };
    assert_eq!(spots.len(), 6);
    // the fourth point: four replicas at 40 requests a second
    assert_eq!(spots[3].title, "app.web.traffic.arrivals.poisson 40/s");
    assert_eq!(spots[3].rows[0], ("app.web.replicas".into(), "4".into()));
    assert!(spots[3].rows[1].1.starts_with("400 ms ±"), "{:?}", spots[3].rows);
    let Some(ChartData::Lines(lines)) = &charts[1].data else { panic!("bands are lines") };
    let of: Vec<_> = lines.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(of, ["replicas 2", "replicas 4"]);
    assert_eq!(lines.series[1].y, [0.4, 0.5, 0.6].map(|y: f64| (y * 0.9 + y * 1.1) / 2.0));
}

#[test]
fn more_parameters_and_points_that_were_drawn_give_scatters() {
    let value = |point| Some(0.1 * (point + 1) as f64);
    let three = grid(&[REPLICAS, WORDS, RATES]).figure(p99("a"), value);
    assert_eq!(
        names(&three),
        [
            "latency_p99-over-replicas-web",
            "latency_p99-over-balance-web",
            "latency_p99-over-traffic-web"
        ]
    );
    let mut drawn = grid(&[REPLICAS, RATES]).figure(p99("a"), value);
    drawn.design = Design::Random { samples: 6 };
    assert_eq!(names(&drawn), ["latency_p99-over-replicas-web", "latency_p99-over-traffic-web"]);
}

#[test]
fn what_came_out_the_same_everywhere_gets_no_chart_and_a_single_value_is_no_parameter() {
    let sweep = grid(&[RATES, ("app.web.replicas", "[3]")])
        .figure(heading("a", "", "cost_per_hour", Unit::DollarsPerHour), |_| Some(1.0))
        .figure(p99("a"), |point| Some(1.0 + point as f64));
    assert_eq!(names(&sweep), ["latency_p99-by-traffic-web"]);
    assert_eq!(names(&grid(&[]).figure(p99("a"), |_| Some(1.0))), [""; 0]);
}

#[test]
fn there_are_never_too_many_charts() {
    let value = |point| Some(0.1 * (point + 1) as f64);
    let clusters = (0..20).map(|index| format!("cluster-{index}"));
    let sweep = clusters
        .fold(grid(&[REPLICAS, RATES]), |sweep, cluster| sweep.figure(p99(&cluster), value));
    let (charts, more) = charts(&sweep.account());
    assert_eq!(charts.len(), MOST_CHARTS);
    assert!(more);
    assert_eq!(charts[0].title, "How long do the slowest requests to web take in cluster-0?");
}

#[test]
fn a_parameter_is_called_by_what_it_is() {
    for (path, short) in [
        ("app.web.replicas", "replicas"),
        ("app.web.cpu.request", "cpu request"),
        ("app.web.traffic.arrivals.poisson", "traffic"),
        ("simulation.seed", "seed"),
        ("app.web", "app.web"),
    ] {
        assert_eq!(short_name(path), short);
    }
}
