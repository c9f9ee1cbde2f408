//! What the page of a small sweep says.

use super::*;
use crate::metrics::figures::{Heading, Unit};
use crate::report::sweep::charts::charts;
use crate::report::sweep::fixture::{Sweep, grid, heading};

fn cost() -> Heading {
    heading("a", "", "cost_per_hour", Unit::DollarsPerHour)
}

/// Four points; the first misses its objectives, the second in one of two runs.
fn small() -> Sweep {
    let rates = ("app.web.traffic.arrivals.poisson", "['40/s', '80/s']");
    grid(&[("app.web.replicas", "[2, 4]"), rates])
        .figure(cost(), |point| Some([1.0, 2.0, 3.0, 40.0][point]))
        .met("a", |point| [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 1.0]][point])
        .best(2, cost())
}

fn page_of(sweep: &Sweep) -> Page {
    let account = sweep.account();
    let (charts, more) = charts(&account);
    page(&account, charts, more)
}

#[test]
fn the_answer_comes_first() {
    let page = page_of(&small());
    assert_eq!(
        page.headline,
        "The least cost per hour that meets all objectives: $ 3.00 at app.web.replicas = 4, \
         app.web.traffic.arrivals.poisson = 40/s"
    );
    assert_eq!(page.subject, format!("small · sweep of 4 points in 8 runs · plimsoll {VERSION}"));
    // an interval of 3 ± 3.81 and one of 40 ± 50.8
    assert_eq!(
        page.support,
        [
            "2 of 4 points meet all objectives in all their runs, 1 more in some of them.",
            "One other of the points that meet all objectives is not told apart from it: the \
             intervals of cost per hour overlap."
        ]
    );
    assert_eq!(page.notes, [""; 0]);
    let titles: Vec<_> = page.sections.iter().map(|section| section.title.as_str()).collect();
    assert_eq!(titles, ["Charts", "All points", "How it was done", "Assumptions", "Run it again"]);
}

#[test]
fn a_sweep_without_a_winner_says_so() {
    let mut sweep = small();
    sweep.best = None;
    sweep.missing = 1;
    let page = page_of(&sweep);
    assert_eq!(page.headline, "None of 4 points meets all objectives in all its runs");
    assert_eq!(page.notes, ["Missing: 1 run of this sweep. The results are of those there are."]);
    sweep.goal = None;
    assert_eq!(page_of(&sweep).headline, "4 points in 7 runs");
}

#[test]
fn the_table_has_a_row_for_each_point_and_marks_the_best() {
    let page = page_of(&small());
    let Some(Block::Table(table)) = page.sections[1].blocks.first() else { panic!("a table") };
    let heads: Vec<_> = table.columns.iter().map(|column| column.title.as_str()).collect();
    assert_eq!(heads, ["point", "replicas", "traffic", "runs", "SLO met", "cost per hour"]);
    assert!(table.sortable);
    let rows = &table.groups[0].rows;
    let marks: Vec<_> = rows.iter().map(|row| row.head.mark).collect();
    assert_eq!(marks, [None, None, Some(Mark::Best), None]);
    let met: Vec<_> = rows.iter().map(|row| row.cells[3].mark).collect();
    assert_eq!(met[..3], [Some(Mark::Missed), Some(Mark::Missed), Some(Mark::Met)]);
    assert_eq!(rows[1].cells[3].text, "50.0 %");
}

#[test]
fn a_long_table_ends_and_says_where_the_rest_is() {
    let many: Vec<String> = (1..=1200).map(|number| number.to_string()).collect();
    let list = format!("[{}]", many.join(","));
    let sweep = grid(&[("app.web.replicas", &list)]).figure(cost(), |point| Some(point as f64));
    let page = page_of(&sweep);
    let [Block::Table(table), Block::Remark(rest)] = &page.sections[1].blocks[..] else {
        panic!("a table and a remark")
    };
    assert_eq!(table.groups[0].rows.len(), ROWS);
    assert_eq!(rest, "The first 1,000 rows; the other 200 are in `aggregate.csv`.");
}

#[test]
fn names_cannot_break_out_of_the_page() {
    let hostile = "<script>alert(1)</script>";
    let sweep = grid(&[(hostile, "['<b>', '\"']")])
        .figure(heading(hostile, hostile, "latency_p99", Unit::Seconds), |p| Some(1.0 + p as f64));
    let html = page_of(&sweep).html();
    assert!(!html.contains("<script>alert") && !html.contains("<b>"));
}
