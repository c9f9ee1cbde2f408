//! The report of a comparison under a reader's hand.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::driver::{Browser, Scripts};
use crate::opened;

/// The small scenario with one replica more.
static RESULTS: LazyLock<TempDir> = LazyLock::new(|| {
    let place = tempfile::tempdir().expect("there is a place for temporary folders");
    let small = std::fs::read_to_string("tests/browser/small.toml").expect("the scenario");
    let variant = "\n[[variant]]\nname = \"more\"\nset = { \"app.web.replicas\" = 4 }\n";
    let scenario = place.path().join("variants.toml");
    std::fs::write(&scenario, small + variant).expect("the folder can be written to");
    assert_cmd::Command::cargo_bin("plimsoll")
        .expect("the program is built")
        .arg("compare")
        .arg(&scenario)
        .args(["--replications", "3", "--quiet", "--no-density", "--out"])
        .arg(place.path().join("results"))
        .assert()
        .success();
    place
});

/// The only folder of results.
fn results() -> PathBuf {
    let mut folder = RESULTS.path().join("results");
    for _ in 0..2 {
        let mut entries = folder.read_dir().expect("the folder can be read");
        folder = entries.next().expect("it is not empty").expect("it can be read").path();
    }
    folder
}

fn report() -> Option<Browser> {
    opened(Scripts::Allowed, || results().join("report.html"))
}

#[test]
fn pointing_at_a_change_tells_both_means_and_the_verdict() {
    let Some(browser) = report() else { return };
    let chart = browser.area("#changes-more svg");
    // the first figure is a row of 26 pixels below the head of 92
    let height = browser.run(
        "return document.querySelector('#changes-more svg').viewBox.baseVal.height",
        json!([]),
    );
    let down = (92.0 + 13.0) / height.as_f64().unwrap();
    browser.point(chart.at(0.5, down));
    let told = browser.text("#changes-more .tip");
    for word in ["baseline", "here", "change", "interval", "verdict"] {
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn tables_of_differences_sort_and_the_console_stays_empty() {
    let Some(browser) = report() else { return };
    let column = || {
        let script = "return [...document.querySelector('table[data-sortable]').tBodies[0].rows]
            .map((row) => row.textContent)";
        browser.run(script, json!([]))
    };
    let before = column();
    assert!(before.as_array().unwrap().len() > 2);
    browser.click("table[data-sortable] th:nth-child(4) button");
    browser.click("table[data-sortable] th:nth-child(4) button");
    assert_ne!(column(), before);
    browser.click("table[data-sortable] th:nth-child(4) button");
    assert_eq!(column(), before);
    assert_eq!(browser.console(), Vec::<Value>::new());
}
