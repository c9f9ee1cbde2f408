//! Charts under a reader's hand: values at the pointer, zoom, lines that hide.

use std::fs;

use plimsoll::report::quantity::duration;
use serde_json::json;

use crate::driver::{Browser, Scripts};
use crate::{report, results};

/// The p99 over time of both clusters.
const P99: &str = "#p99-web";

/// Rows of the file with a cluster's series: time in seconds and p99, where there is one.
fn p99(cluster: &str) -> Vec<(f64, Option<f64>)> {
    let text = fs::read_to_string(results().join(format!("series/{cluster}.csv"))).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let place = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let (time, value) = (place("time_s"), place("web.p99.seconds"));
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| (row[time].parse().unwrap(), row[value].parse().ok())).collect()
}

fn labels(browser: &Browser, axis: &str) -> Vec<String> {
    let script = "return [...document.querySelectorAll(arguments[0])].map((t) => t.textContent)";
    let labels = browser.run(script, json!([format!("{P99} .{axis} text")]));
    serde_json::from_value(labels).unwrap()
}

fn drawing(browser: &Browser) -> String {
    let script = "return document.querySelector(arguments[0]).innerHTML";
    let svg = browser.run(script, json!([format!("{P99} svg")]));
    // where the pointer was last does not matter
    svg.as_str().unwrap().split("<clipPath").next().unwrap().to_owned()
}

#[test]
fn pointing_at_a_chart_tells_the_values_of_the_nearest_time() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    let plot = browser.area(&format!("{P99} .pointer"));
    for share in [0.43, 0.61, 0.97] {
        browser.point(plot.at(share, 0.3));
        let wanted = share * 120.0;
        let nearest = |cluster| {
            let rows = p99(cluster).into_iter().filter(|row| row.1.is_some());
            let away = |row: &(f64, Option<f64>)| (row.0 - wanted).abs();
            rows.min_by(|a, b| away(a).total_cmp(&away(b))).unwrap()
        };
        let ((time, containers), (_, vms)) = (nearest("containers"), nearest("vms"));
        let value = |value: Option<f64>| duration(value.unwrap());
        assert_eq!(
            browser.text(&format!("{P99} .tip")),
            format!("at {} containers {} vms {}", duration(time), value(containers), value(vms))
        );
    }
    browser.point((5.0, 5.0));
    assert_eq!(browser.text(&format!("{P99} .tip")), "", "away from the chart nothing is told");
}

#[test]
fn pointing_at_a_distribution_tells_the_share_within_a_time() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    let plot = browser.area("#start-up-web .pointer");
    browser.point(plot.at(0.5, 0.5));
    // every container is up before the first virtual machine has booted
    let text = browser.text("#start-up-web .tip");
    assert!(text.starts_with("within ") && text.ends_with(" s containers 100 % vms 0 %"), "{text}");
}

#[test]
fn pointing_at_a_bar_tells_its_parts() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    browser.point(browser.area("#density svg").at(0.5, 0.55));
    let text = browser.text("#density .tip");
    assert!(text.starts_with("containers replicas per host 8 limited by web"), "{text}");
}

#[test]
fn dragging_zooms_into_a_range_and_a_double_click_shows_all_again() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    let plot = browser.area(&format!("{P99} .pointer"));
    let before = drawing(&browser);
    assert_eq!(labels(&browser, "x-ticks"), ["0", "30s", "1m", "1m 30s", "2m"]);
    browser.drag(&[plot.at(0.5, 0.5), plot.at(0.6, 0.5), plot.at(0.75, 0.6)]);
    let zoomed = ["1m 5s", "1m 10s", "1m 15s", "1m 20s", "1m 25s"];
    assert_eq!(labels(&browser, "x-ticks"), zoomed);
    // the middle of the plot is the middle of the range now: 75 s
    browser.point(plot.at(0.5, 0.5));
    let text = browser.text(&format!("{P99} .tip"));
    assert!(text.starts_with("at 75.0 s "), "{text}");
    assert!(drawing(&browser) != before);
    browser.double_click(plot.at(0.5, 0.5));
    assert!(drawing(&browser) == before, "the chart is as it was");
    browser.drag(&[plot.at(0.2, 0.5), plot.at(0.4, 0.5)]);
    browser.click(&format!("{P99} .reset"));
    assert!(drawing(&browser) == before, "the chart is as it was");
}

#[test]
fn the_keyboard_reads_zooms_and_resets() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    let before = drawing(&browser);
    browser.run("document.querySelector(arguments[0]).focus()", json!([format!("{P99} .pointer")]));
    let (left, right) = ("\u{e012}", "\u{e014}");
    browser.press(&[right]);
    let first = browser.text(&format!("{P99} .tip"));
    browser.press(&[right]);
    assert_ne!(browser.text(&format!("{P99} .tip")), first);
    browser.press(&[left]);
    assert_eq!(browser.text(&format!("{P99} .tip")), first);
    browser.press(&["+", "+"]);
    assert!(labels(&browser, "x-ticks").len() > 2);
    assert_ne!(labels(&browser, "x-ticks")[0], "0");
    browser.press(&["0"]);
    assert!(drawing(&browser) == before, "the chart is as it was");
}

#[test]
fn a_click_on_a_name_hides_its_line_and_another_shows_it() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    let shown = || {
        let script = "return [...document.querySelectorAll(arguments[0])]
            .map((line) => getComputedStyle(line).display !== 'none')";
        browser.run(script, json!([format!("{P99} .series")]))
    };
    let plot = browser.area(&format!("{P99} .pointer"));
    let entry = format!("{P99} .entry[aria-label='vms']");
    assert_eq!(shown(), json!([true, true]));
    browser.click(&entry);
    assert_eq!(shown(), json!([true, false]));
    browser.point(plot.at(0.5, 0.3));
    let text = browser.text(&format!("{P99} .tip"));
    assert!(text.contains("containers") && !text.contains("vms"), "{text}");
    browser.run("document.querySelector(arguments[0]).focus()", json!([entry]));
    browser.press(&[" "]);
    assert_eq!(shown(), json!([true, true]));
}
