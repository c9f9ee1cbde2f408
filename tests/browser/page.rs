//! The page as a whole: it disturbs nobody, sorts, prints, and needs no script.

use serde_json::{Value, json};

use crate::driver::{Browser, Scripts};
use crate::report;

/// What opens the first search for the density, and its table; starts, which have details too, have
/// charts in their section.
const SEARCH: &str = "section:not(:has(figure)) details summary";
const PROBES: &str = "section:not(:has(figure)) details table[data-sortable]";

fn column(browser: &Browser, index: usize) -> Vec<String> {
    let script = "return [...document.querySelector(arguments[0]).tBodies[0].rows]
        .map((row) => row.cells[arguments[1]].textContent)";
    serde_json::from_value(browser.run(script, json!([PROBES, index]))).unwrap()
}

/// Touches everything that reacts.
fn touch_everything(browser: &Browser) {
    for chart in ["#latency-web", "#p99-web", "#cpu", "#start-up-web"] {
        let plot = browser.area(&format!("{chart} .pointer"));
        browser.point(plot.at(0.4, 0.4));
        browser.drag(&[plot.at(0.2, 0.4), plot.at(0.7, 0.4)]);
        browser.point(plot.at(0.6, 0.4));
        browser.click(&format!("{chart} .entry"));
        browser.click(&format!("{chart} .reset"));
    }
    browser.point(browser.area("#memory svg").at(0.5, 0.6));
    browser.click(SEARCH);
    browser.click(&format!("{PROBES} th button"));
}

#[test]
fn the_page_is_silent_and_asks_nobody_for_anything() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    touch_everything(&browser);
    assert_eq!(browser.console(), Vec::<Value>::new());
    let requested = browser.requested();
    assert!(requested.iter().any(|address| address.ends_with("report.html")), "{requested:?}");
    for address in requested {
        assert!(address.starts_with("file://") || address.starts_with("data:"), "{address}");
    }
}

#[test]
fn a_script_that_is_not_the_pages_own_is_refused() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    let script = "const script = document.createElement('script');
        script.textContent = 'document.title = \"taken over\"';
        document.body.append(script);
        return document.title;";
    let title = browser.run(script, json!([]));
    assert!(title.as_str().unwrap().starts_with("small: "), "{title}");
    let console = browser.console();
    assert!(console.iter().any(|entry| entry["source"] == "security"), "{console:?}");
}

#[test]
fn a_click_on_a_head_sorts_and_the_third_restores() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    browser.click(SEARCH);
    let replicas = |browser: &Browser| -> Vec<u32> {
        column(browser, 0).iter().map(|text| text.parse().unwrap()).collect()
    };
    let before = replicas(&browser);
    let mut upwards = before.clone();
    upwards.sort_unstable();
    assert_ne!(before, upwards, "the search does not probe in order");
    let head = format!("{PROBES} th:first-child button");
    let order = |browser: &Browser| {
        let script = "return document.querySelector(arguments[0]).closest('th').ariaSort";
        browser.run(script, json!([head]))
    };
    browser.click(&head);
    assert_eq!((replicas(&browser), order(&browser)), (upwards.clone(), json!("ascending")));
    browser.click(&head);
    let downwards: Vec<_> = upwards.into_iter().rev().collect();
    assert_eq!((replicas(&browser), order(&browser)), (downwards, json!("descending")));
    browser.click(&head);
    assert_eq!((replicas(&browser), order(&browser)), (before, json!("none")));
}

#[test]
fn what_has_no_value_comes_last_in_either_order() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    browser.click(SEARCH);
    let head = format!("{PROBES} th:nth-child(3) button");
    for _ in 0..2 {
        browser.click(&head);
        let p99 = column(&browser, 2);
        let missing = p99.iter().filter(|text| *text == "–").count();
        assert!(missing > 0 && missing < p99.len(), "{p99:?}");
        assert!(p99[p99.len() - missing..].iter().all(|text| text == "–"), "{p99:?}");
    }
}

#[test]
fn without_script_nothing_is_missing() {
    let Some(browser) = report(Scripts::Blocked) else { return };
    // without scripts only Chromium's own protocol can look at the page
    let root = browser.chromium("DOM.getDocument", json!({}))["root"]["nodeId"].clone();
    let all = |selector: &str| {
        let parameters = json!({ "nodeId": root, "selector": selector });
        let found = browser.chromium("DOM.querySelectorAll", parameters);
        found["nodeIds"].as_array().unwrap().clone()
    };
    let height = |node: &Value| {
        let parameters = json!({ "nodeId": node });
        browser.chromium("DOM.getBoxModel", parameters)["model"]["height"].as_f64().unwrap()
    };
    assert!(all(".hint, .tip, .reset, th button").is_empty(), "no script has run");
    let charts = all("figure svg");
    assert_eq!(charts.len(), 11);
    assert!(charts.iter().all(|chart| height(chart) > 100.0));
    let tables = all("section > .wide > table");
    assert_eq!(tables.len(), 3);
    assert!(tables.iter().all(|table| height(table) > 80.0));
    assert_eq!(browser.console(), Vec::<Value>::new());
}

#[test]
fn print_is_black_on_white_even_where_the_screen_is_dark() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    let ground =
        || browser.run("return getComputedStyle(document.body).backgroundColor", json!([]));
    let dark = json!([{ "name": "prefers-color-scheme", "value": "dark" }]);
    let set = |media: &str| {
        let parameters = json!({ "media": media, "features": dark });
        browser.chromium("Emulation.setEmulatedMedia", parameters);
    };
    set("screen");
    assert_eq!(ground(), "rgb(18, 20, 23)");
    set("print");
    assert_eq!(ground(), "rgb(255, 255, 255)");
    let hidden = "return getComputedStyle(document.querySelector('.hint')).display";
    assert_eq!(browser.run(hidden, json!([])), "none");
    set("");
    let pdf = browser.print();
    assert!(pdf.starts_with(b"%PDF-"));
    let pages = pdf.windows(12).filter(|window| window.starts_with(b"/Type /Page\n")).count();
    assert!((4..20).contains(&pages), "{pages} pages");
}

#[test]
fn a_narrow_window_scrolls_charts_and_tables_but_not_the_page() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    let narrow = json!({ "width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.chromium("Emulation.setDeviceMetricsOverride", narrow);
    let script =
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.run(script, json!([])), 0);
    let plot = browser.area("#p99-web .scroll");
    browser.point(plot.at(0.5, 0.5));
    let script = "const [tip, figure] = ['.tip', '']
            .map((part) => document.querySelector(`#p99-web ${part}`).getBoundingClientRect());
        return tip.width > 0 && tip.left >= figure.left && tip.right <= figure.right;";
    assert_eq!(browser.run(script, json!([])), true, "what is told stays within the chart's frame");
}
