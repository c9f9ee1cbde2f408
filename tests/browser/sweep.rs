//! The report of a sweep under a reader's hand: a map and bands tell their means and intervals.

use std::path::PathBuf;
use std::sync::LazyLock;

use plimsoll::report::quantity::duration;
use serde_json::json;
use tempfile::TempDir;

use crate::driver::{Browser, Scripts};
use crate::opened;

const MAP: &str = "#latency_p99-web";
const BANDS: &str = "#latency_p99-by-traffic-web";

/// Results of `sweep.toml`, as the program writes them.
static RESULTS: LazyLock<TempDir> = LazyLock::new(|| {
    let place = tempfile::tempdir().expect("there is a place for temporary folders");
    assert_cmd::Command::cargo_bin("plimsoll")
        .expect("the program is built")
        .args(["sweep", "run", "tests/browser/sweep.toml", "--quiet", "--out"])
        .arg(place.path())
        .assert()
        .success();
    place
});

fn results() -> PathBuf {
    RESULTS.path().join("small-sweep/sweep")
}

fn report() -> Option<Browser> {
    opened(Scripts::Allowed, || results().join("report.html"))
}

/// `41.2 ms ± 3.10 ms`: the p99 of a point, from the table for programs.
fn p99(replicas: &str, rate: &str) -> String {
    let mut reader = csv::Reader::from_path(results().join("aggregate.csv")).unwrap();
    let columns = reader.headers().unwrap().clone();
    let place = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let wanted = [
        ("app.web.replicas", replicas),
        ("app.web.traffic.arrivals.poisson", rate),
        ("metric", "latency_p99"),
    ];
    let mut rows = reader.records().map(Result::unwrap);
    let row = rows.find(|row| wanted.iter().all(|(name, value)| &row[place(name)] == *value));
    let row = row.expect("the point has a p99");
    let number = |name: &str| duration(row[place(name)].parse().unwrap());
    format!("{} ± {}", number("mean"), number("half_width"))
}

#[test]
fn pointing_at_a_cell_tells_its_point() {
    let Some(browser) = report() else { return };
    let script = "const data = JSON.parse(document.querySelector(arguments[0]).textContent);
        const { left, top, width, height } = data.spots[9];
        return [(left + width / 2) / 760, top + height / 2];";
    let place = browser.run(script, json!([format!("{MAP} script")]));
    let drawn = browser.area(&format!("{MAP} svg"));
    let across = place[0].as_f64().unwrap();
    let down = place[1].as_f64().unwrap() * drawn.width / 760.0 / drawn.height;
    browser.point(drawn.at(across, down));
    let text = browser.text(&format!("{MAP} .tip"));
    // the tenth point: two replicas, the third of seven rates
    let told = format!(
        "app.web.traffic.arrivals.poisson 40/s app.web.replicas 2 p99 latency of answered \
         requests {} runs 3 objectives met in 3 of 3 runs",
        p99("2", "40/s")
    );
    assert_eq!(text, told);
}

#[test]
fn bands_tell_means_with_intervals_and_follow_a_zoom() {
    let Some(browser) = report() else { return };
    let plot = browser.area(&format!("{BANDS} .pointer"));
    browser.point(plot.at(0.5, 0.5));
    let told = format!("at 50/s replicas 1 {} replicas 2 {}", p99("1", "50/s"), p99("2", "50/s"));
    assert_eq!(browser.text(&format!("{BANDS} .tip")), told);
    let band = || {
        let script = "return document.querySelector(arguments[0]).getBoundingClientRect().width";
        browser.run(script, json!([format!("{BANDS} .series polygon")])).as_f64().unwrap()
    };
    let before = band();
    assert!(before < plot.width);
    browser.drag(&[plot.at(0.2, 0.5), plot.at(0.5, 0.5), plot.at(0.8, 0.6)]);
    assert!(band() > plot.width, "the band reaches beyond both ends");
    let labels = "return [...document.querySelectorAll(arguments[0])].map((t) => t.textContent)";
    let labels = browser.run(labels, json!([format!("{BANDS} .x-ticks text")]));
    assert!(labels.as_array().unwrap().iter().all(|label| label.as_str().unwrap().ends_with("/s")));
    browser.double_click(plot.at(0.5, 0.5));
    assert!((band() - before).abs() < 0.5, "the chart is as it was");
    assert_eq!(browser.console(), Vec::<serde_json::Value>::new());
}
