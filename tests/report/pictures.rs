//! The charts: drawn alike on every machine, and legible.

use plimsoll::metrics::summary::{Cost, CostItem, CostSummary, StartsSummary};
use plimsoll::metrics::{LatencyHistogram, RunResult};
use plimsoll::report::chart::{Chart, ChartData, charts};
use plimsoll::report::png;
use plimsoll::report::quantity::duration;
use resvg::tiny_skia::Pixmap;
use resvg::usvg;

use crate::fake;

fn everything() -> Vec<(&'static str, RunResult)> {
    vec![
        ("one", fake::one()),
        ("three", fake::three()),
        ("six", fake::six()),
        ("machines", fake::machines()),
        ("hostile", fake::hostile()),
        ("zones", fake::zoned(&[fake::BARE])),
        ("more zones", fake::zoned(&[fake::BARE, fake::VM])),
        ("many", fake::many(40)),
        ("tasks", fake::tasks(&[fake::EC2])),
        ("more tasks", fake::tasks(&[fake::EC2, fake::FARGATE])),
        ("batch", fake::batch()),
    ]
}

fn each(check: impl Fn(&str, &Chart)) {
    for (name, result) in everything() {
        for chart in charts(&result) {
            check(&format!("{name}/{}", chart.name), &chart);
        }
    }
}

fn names(result: &RunResult) -> Vec<String> {
    charts(result).into_iter().map(|chart| chart.name).collect()
}

#[test]
fn a_chart_with_nothing_to_show_is_left_out() {
    assert_eq!(
        names(&fake::one()),
        [
            "density",
            "latency-web",
            "p99-web",
            "requests-web",
            "start-up-web",
            "start-phases-web",
            "cpu",
            "memory",
            "power"
        ]
    );
    let errors = |result: &RunResult| names(result).contains(&"errors-web".to_owned());
    assert!(errors(&fake::zoned(&[fake::BARE])) && !errors(&fake::one()));
    assert_eq!(names(&fake::machines()), ["cpu", "memory", "power"]);
    let mut empty = fake::one();
    let recording = &mut empty.recordings[0];
    recording.latency[0].1 = LatencyHistogram::default();
    recording.start_up.clear();
    recording.series.series.clear();
    recording.summary.hosts.memory_capacity = 0.0;
    recording.summary.density = None;
    recording.summary.apps[0].starts = StartsSummary::default();
    assert!(names(&empty).is_empty());
}

/// A cluster that pays for machines alone has no chart of that; one that pays for two things has,
/// with what each comes to in an hour and in a month of 730 hours.
#[test]
fn what_an_hour_costs_is_told_by_what_is_paid_for() {
    let mut result = fake::one();
    let summary = &mut result.recordings[0].summary;
    let hours = summary.measured_seconds / 3600.0;
    let bill = Cost::default()
        .with(CostItem::Machines, 0.30 * hours)
        .with(CostItem::VolumeIops, 0.10 * hours)
        .with(CostItem::ControlPlane, 0.10 * hours);
    summary.cost = CostSummary::new(bill, &[]);
    let charts = charts(&result);
    let chart = charts.iter().find(|chart| chart.name == "cost").expect("there are two items");
    for text in ["$ 0.30", "$ 0.50", "$ 365.00 a month", "IOPS of volumes", "control plane"] {
        assert!(chart.svg.contains(text), "{text} in {}", chart.svg);
    }
}

#[test]
fn every_chart_is_sound_svg() {
    each(|name, chart| {
        for place in ["x", "y", "x1", "width", "height", "points", "cx", "cy", "r", "stroke-width"]
        {
            for element in chart.svg.lines() {
                let numbers = attribute(element, place).unwrap_or("0").split([' ', ',']);
                let plain = |number: &str| number.chars().all(|c| "-.0123456789".contains(c));
                assert!(numbers.into_iter().all(plain), "{name}: {element}");
            }
        }
        let parsed = usvg::Tree::from_str(&chart.svg, &usvg::Options::default());
        assert!(parsed.is_ok(), "{name}: {parsed:?}");
    });
}

#[test]
fn a_picture_is_twice_the_size_of_its_drawing() {
    for chart in charts(&fake::three()) {
        let tree = usvg::Tree::from_str(&chart.svg, &usvg::Options::default()).unwrap();
        let picture = Pixmap::decode_png(&png::render(&chart.svg).unwrap()).unwrap();
        let size = tree.size().to_int_size();
        assert_eq!((picture.width(), picture.height()), (size.width() * 2, size.height() * 2));
        let inked = picture.pixels().iter().filter(|pixel| pixel.red() < 128).count();
        assert!(inked > 1000, "{}: {inked} dark pixels", chart.name);
    }
}

#[test]
fn a_line_over_many_clusters_falls_back_to_a_key() {
    let many = charts(&fake::many(40));
    let cpu = many.iter().find(|chart| chart.name == "cpu").unwrap();
    let places: Vec<_> = words(&cpu.svg).into_iter().filter(|w| w.text == "cluster-39").collect();
    assert_eq!(places.len(), 1);
    assert!(places[0].top < 200.0, "in the key above the plot");
}

#[test]
fn replicas_that_were_never_ready_keep_the_line_below_the_whole() {
    let mut result = fake::one();
    // 120 of 160 became ready: three quarters
    result.recordings[0].summary.apps[0].starts.replicas = 160;
    let all = charts(&result);
    let chart = all.iter().find(|chart| chart.name == "start-up-web").unwrap();
    let Some(ChartData::Lines(lines)) = &chart.data else { panic!("it has lines") };
    let shares = &lines.series[0].y;
    assert_eq!(shares.last(), Some(&0.75));
    // and the line goes on to the end of the axis
    assert_eq!(lines.series[0].x.last(), Some(&lines.x.high));
    // the median of all is what two thirds of those that became ready took
    let third = result.recordings[0].start_up[0].1.quantile(0.5 / 0.75).unwrap();
    let key = format!("{}, 40 of 160 never", duration(third.as_secs_f64()));
    assert!(chart.svg.contains(&key), "{key}");
}

/// Where a text stands, in pixels.
struct Word {
    text: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let start = element.find(&format!(" {name}=\""))? + name.len() + 3;
    element[start..].split('"').next()
}

/// All texts of a drawing; halos, which lie below their own text, left out.
fn words(svg: &str) -> Vec<Word> {
    let elements = svg.lines().filter(|line| line.starts_with("<text"));
    let visible = elements.filter(|element| attribute(element, "stroke").is_none());
    visible
        .map(|element| {
            let number = |name| attribute(element, name).unwrap().parse::<f64>().unwrap();
            let (x, y, size, length) =
                (number("x"), number("y"), number("font-size"), number("textLength"));
            let left = match attribute(element, "text-anchor") {
                None => x,
                Some("middle") => x - length / 2.0,
                Some(_) => x - length,
            };
            let text = element.split_once('>').unwrap().1.replace("</text>", "");
            Word { text, left, right: left + length, top: y - 0.73 * size, bottom: y + 0.2 * size }
        })
        .collect()
}

#[test]
fn no_text_is_clipped_or_lies_on_another() {
    each(|name, chart| {
        let element = chart.svg.lines().next().unwrap();
        let size = |name| attribute(element, name).unwrap().parse::<f64>().unwrap();
        let (width, height) = (size("width"), size("height"));
        let words = words(&chart.svg);
        for (index, word) in words.iter().enumerate() {
            let inside = word.left >= 0.0 && word.right <= width;
            assert!(inside && word.top >= 0.0 && word.bottom <= height, "{name}: {}", word.text);
            for other in &words[index + 1..] {
                let apart = word.right <= other.left
                    || other.right <= word.left
                    || word.bottom <= other.top
                    || other.bottom <= word.top;
                assert!(apart, "{name}: `{}` lies on `{}`", word.text, other.text);
            }
        }
    });
}

/// The lines of a chart, by name.
fn lines(chart: &Chart) -> Vec<String> {
    let Some(ChartData::Lines(lines)) = &chart.data else { panic!("a chart of lines") };
    lines.series.iter().map(|line| line.name.clone()).collect()
}

#[test]
fn errors_are_shown_by_kind_for_one_cluster_and_as_a_whole_for_several() {
    let errors = |clusters: &[fake::Platform]| {
        let all = charts(&fake::zoned(clusters));
        all.into_iter().find(|chart| chart.name == "errors-web").expect("there were errors")
    };
    assert_eq!(lines(&errors(&[fake::BARE])), ["all", "timed out", "refused"]);
    let two = errors(&[fake::BARE, fake::VM]);
    assert_eq!(lines(&two), ["bare-metal", "vm-per-replica"]);
    assert!(two.svg.contains("SLO errors ≤ 0.1 % in all"), "the objective is 99.9 %");
}

fn find(result: &RunResult, name: &str) -> Option<Chart> {
    charts(result).into_iter().find(|chart| chart.name == name)
}

#[test]
fn tasks_are_shown_by_state_for_each_cluster() {
    let one = fake::tasks(&[fake::EC2]);
    let states = ["wanted by services", "running", "starting", "waiting for capacity"];
    assert_eq!(lines(&find(&one, "tasks").unwrap()), states);
    assert_eq!(lines(&find(&one, "instances").unwrap()), ["ec2"]);
    let reservation = find(&one, "reservation-web").unwrap();
    assert!(reservation.svg.contains("target 90 %"));
    // a job wants no tasks for long
    assert_eq!(lines(&find(&fake::batch(), "tasks").unwrap()), states[1..]);

    let two = fake::tasks(&[fake::EC2, fake::FARGATE]);
    assert!(find(&two, "tasks").is_none(), "each has its own");
    assert_eq!(lines(&find(&two, "tasks-ec2").unwrap()), states);
    // nothing waits for capacity on Fargate
    assert_eq!(lines(&find(&two, "tasks-fargate").unwrap()), states[..3]);
    assert_eq!(lines(&find(&two, "instances").unwrap()), ["ec2", "fargate"]);
    assert_eq!(lines(&find(&two, "reservation-web").unwrap()), ["ec2"]);
}
