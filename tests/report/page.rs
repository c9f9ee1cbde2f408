//! The HTML page: complete in one file, and safe whatever the names in a scenario say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plimsoll::metrics::RunResult;
use plimsoll::report::chart::charts;
use plimsoll::report::html::page;
use sha2::{Digest, Sha256};

use crate::fake;

fn html(result: &RunResult) -> String {
    page(result, &charts(result))
}

/// What stands between the tags of each script of the page: the attributes, and the text.
fn scripts(html: &str) -> Vec<(&str, &str)> {
    let pieces = html.split("<script").skip(1);
    pieces
        .map(|piece| {
            let (attributes, rest) = piece.split_once('>').unwrap();
            (attributes, rest.split_once("</script>").unwrap().0)
        })
        .collect()
}

#[test]
fn the_page_loads_nothing() {
    let html = html(&fake::three());
    for forbidden in ["<link", "<img", "<iframe", "@import", " src=", " href=", "fetch("] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    // the name of the SVG format is the only address, and no one calls on it
    let addresses = html.matches("http").count();
    assert_eq!(addresses, 1 + html.matches("http://www.w3.org/2000/svg\"").count());
    assert_eq!(html.matches("http-equiv=\"Content-Security-Policy\"").count(), 1);
    let loads = html.matches("url(").count();
    let fonts = html.matches("url(data:font/woff2;base64,").count();
    let clips = html.matches("url(#${").count();
    assert_eq!(loads, fonts + clips);
}

#[test]
fn the_page_runs_its_own_script_and_nothing_else() {
    for result in [fake::three(), fake::hostile()] {
        let html = html(&result);
        let scripts = scripts(&html);
        let (data, run): (Vec<_>, Vec<_>) =
            scripts.iter().partition(|script| script.0 == " type=\"application/json\"");
        assert_eq!(data.len(), charts(&result).len());
        for (_, text) in data {
            let read: serde_json::Result<serde_json::Value> = serde_json::from_str(text);
            assert!(read.is_ok(), "{read:?}");
        }
        assert_eq!(run.len(), 1);
        assert_eq!(run[0].0, "");
        let hash = STANDARD.encode(Sha256::digest(run[0].1));
        let policy = format!("default-src 'none'; script-src 'sha256-{hash}'; style-src");
        assert!(html.contains(&policy), "the policy allows the script by its hash");
    }
}

#[test]
fn costs_are_told_by_item_and_by_app() {
    let html = html(&fake::tasks(&[fake::EC2, fake::FARGATE]));
    let from = html.find("What was paid for").expect("there is the section");
    let section = &html[from..from + html[from..].find("</section>").expect("it ends")];
    let all = ["By item", "By app", "In all", "CPU on Fargate", "What each app pays of each item"];
    for expected in all.into_iter().chain(["no app", "split cost allocation data"]) {
        assert!(section.contains(expected), "{expected}");
    }
    // hosts at a price have items, and no parts of apps
    let html = self::html(&fake::three());
    assert!(html.contains("What was paid for") && !html.contains("By app"));
}

#[test]
fn the_page_says_what_a_reader_needs() {
    let html = html(&fake::three());
    for expected in [
        "<h1>bare-metal carries the most: 41\u{a0}replicas of web per host at the SLO",
        "1.46\u{a0}times vm-per-replica (28)",
        "<td class=\"best\">41</td>",
        "✓ met",
        "requests 1,234,567\u{a0}(3\u{a0}of them already in flight)",
        "plimsoll run scenario.toml --seed 42",
        "replicas = 120",
        "How long do requests to web take?",
    ] {
        assert!(html.contains(expected), "{expected}");
    }
}

#[test]
fn the_page_says_why() {
    let html = html(&fake::six());
    let why = html.split("<h2>Why it came out so</h2>").nth(1).unwrap();
    let why = why.split("<h2>").next().unwrap();
    for expected in [
        "image-thumbnail-generator: p99\u{a0}956\u{a0}ms &#62; 50\u{a0}ms",
        "2\u{a0}of 6\u{a0}replicas found no room",
        "requests timed out</td>",
        "<td data-value=\"24\">24</td>",
    ] {
        assert!(why.contains(expected), "{expected}");
    }
}

#[test]
fn names_and_warnings_are_text_wherever_they_stand() {
    let html = html(&fake::hostile());
    for injected in ["<script>alert", "<img", "<b ", "</pre><", "\u{1b}"] {
        assert!(!html.contains(injected), "{injected:?}");
    }
    assert_eq!(html.matches("</title>").count(), 1);
    assert_eq!(html.matches("</pre>").count(), 2);
    assert!(html.contains("&#60;b onmouseover"), "the warning is shown as it was written");
}

#[test]
fn a_run_of_jobs_alone_says_when_they_are_completed() {
    let mut result = fake::one();
    let summary = &mut result.recordings[0].summary;
    summary.apps.clear();
    summary.density = None;
    summary.jobs = vec![fake::job()];
    // twenty, one a minute: half of them within 10
    let headline = "<h1>Half of the jobs of nightly-report are completed after 10\u{a0}min.</h1>";
    assert!(html(&result).contains(headline));
}

#[test]
fn a_run_of_nothing_still_has_a_page() {
    let mut result = fake::one();
    result.recordings.clear();
    let html = html(&result);
    assert!(html.contains("<h1>Nothing ran that could be compared.</h1>"));
    assert!(!html.contains("<figure"));
}
