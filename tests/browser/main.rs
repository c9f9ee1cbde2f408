//! The HTML report in a real browser: headless Chromium, driven through chromedriver.
//!
//! Where chromedriver is not installed, these tests say so and pass.

mod charts;
mod comparison;
mod driver;
mod numbers;
mod page;
mod sweep;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tempfile::TempDir;

use self::driver::{Browser, Scripts};

/// Results of `small.toml`, as the program writes them.
static RESULTS: LazyLock<TempDir> = LazyLock::new(|| {
    let place = tempfile::tempdir().expect("there is a place for temporary folders");
    assert_cmd::Command::cargo_bin("plimsoll")
        .expect("the program is built")
        .args(["run", "tests/browser/small.toml", "--out"])
        .arg(place.path())
        .assert()
        .success();
    place
});

/// The results folder of the run.
fn results() -> PathBuf {
    let only = |folder: &Path| {
        let mut entries = folder.read_dir().expect("the folder can be read");
        entries.next().expect("it is not empty").expect("it can be read").path()
    };
    only(&only(RESULTS.path()))
}

/// A browser that shows the report, or `None` where there is no browser.
fn report(scripts: Scripts) -> Option<Browser> {
    opened(scripts, || results().join("report.html"))
}

/// A browser that shows a page, or `None` where there is no browser.
#[expect(clippy::print_stderr, reason = "a test that did nothing must say so")]
fn opened(scripts: Scripts, page: impl FnOnce() -> PathBuf) -> Option<Browser> {
    let Some(browser) = Browser::start(scripts) else {
        eprintln!("skipped: chromedriver is not installed (Debian: chromium-driver)");
        return None;
    };
    browser.open(&page());
    Some(browser)
}
