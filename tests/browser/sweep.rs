//! The report of a sweep: cells of heat maps and bands tell what they are, its table sorts.

use serde_json::{Value, json};

use crate::driver::{Browser, Scripts};
use crate::{opened, written_by};

/// Rows of the table of points: the text of a column.
fn points(browser: &Browser, column: usize) -> Vec<String> {
    let script = "return [...document.querySelector('table[data-sortable]').tBodies[0].rows]
        .map((row) => row.cells[arguments[0]].textContent)";
    serde_json::from_value(browser.run(script, json!([column]))).unwrap()
}

#[test]
fn a_sweep_tells_its_values_and_sorts_its_points() {
    let results = written_by(&["sweep", "run", "tests/browser/sweep.toml"]);
    let page = results.path().join("small-sweep/sweep/report.html");
    let Some(browser) = opened(Scripts::Allowed, || page) else { return };

    let heat = "#latency_p99-web";
    // the cell in the middle of the map, which is that of four replicas
    let script = "const { spots } = JSON.parse(document.querySelector(arguments[0]).textContent);
        const { left, top, width, height } = spots[4];
        const { width: all } = document.querySelector(arguments[1]).viewBox.baseVal;
        return [left + width / 2, top + height / 2, all];";
    let arguments = json!([format!("{heat} script"), format!("{heat} svg")]);
    let place: Vec<f64> = serde_json::from_value(browser.run(script, arguments)).unwrap();
    let drawing = browser.area(&format!("{heat} svg"));
    let scale = drawing.width / place[2];
    browser.point((drawing.left + place[0] * scale, drawing.top + place[1] * scale));
    let text = browser.text(&format!("{heat} .tip"));
    assert!(text.contains("app.web.replicas") && text.contains("4"), "{text}");
    assert!(text.contains("90/s") && text.contains(" ms ± "), "{text}");

    let lines = "figure:has(.series)";
    browser.point(browser.area(&format!("{lines} .pointer")).at(0.5, 0.3));
    let text = browser.text(&format!("{lines} .tip"));
    assert!(text.starts_with("at 90/s replicas 2 "), "{text}");
    assert_eq!(text.matches(" ± ").count(), 3, "{text}");

    let before = points(&browser, 2);
    browser.click("table[data-sortable] th:nth-child(3) button");
    let mut sorted = before.clone();
    sorted.sort_by_key(|rate| rate.trim_end_matches("/s").parse::<u32>().unwrap());
    assert_ne!(sorted, before);
    assert_eq!(points(&browser, 2), sorted);
    assert_eq!(browser.console(), Vec::<Value>::new());
}
