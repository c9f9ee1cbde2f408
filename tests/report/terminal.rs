//! What is printed: the table at several widths, JSON and CSV.

use insta::assert_snapshot;
use plimsoll::report::{TerminalOptions, csv, json, speed, table};
use unicode_width::UnicodeWidthStr;

use crate::fake;

fn plain(width: u16) -> TerminalOptions {
    TerminalOptions { width, bold: false }
}

#[test]
fn three_platforms_stand_side_by_side_in_eighty_columns() {
    assert_snapshot!(table(&fake::three(), &plain(80)));
}

#[test]
fn virtual_machines_alone_have_a_table_of_their_own() {
    assert_snapshot!(table(&fake::machines(), &plain(100)));
}

#[test]
fn six_clusters_take_several_tables() {
    assert_snapshot!(table(&fake::six(), &plain(100)));
}

#[test]
fn a_single_cluster_has_no_best_values() {
    let options = TerminalOptions { width: 100, bold: true };
    assert_snapshot!(table(&fake::one(), &options).replace('\u{1b}', "ESC"));
}

#[test]
fn requests_between_zones_have_a_part_of_the_table() {
    let result = fake::zoned(&[fake::BARE, fake::NESTED]);
    assert_snapshot!(table(&result, &plain(100)));
}

#[test]
fn the_best_values_are_bold_where_that_can_be_shown() {
    let options = TerminalOptions { width: 100, bold: true };
    let text = table(&fake::three(), &options);
    let density = text.lines().find(|line| line.contains("replicas per host")).unwrap();
    assert!(density.contains("\u{1b}[1m41\u{1b}[0m"), "{density:?}");
    assert!(!density.contains("\u{1b}[1m28"), "{density:?}");
    assert!(!table(&fake::three(), &plain(100)).contains('\u{1b}'));
}

#[test]
fn jobs_are_reported_beside_apps() {
    let mut result = fake::one();
    result.recordings[0].summary.jobs.push(fake::job());
    let text = table(&result, &plain(100));
    let section: Vec<_> =
        text.lines().skip_while(|line| !line.starts_with("Job")).take(6).collect();
    assert_snapshot!(section.join("\n"));
}

#[test]
fn no_line_is_wider_than_the_window() {
    for width in [80, 100, 132, 200] {
        for result in [fake::one(), fake::three(), fake::six(), fake::machines()] {
            for line in table(&result, &plain(width)).lines() {
                assert!(line.width() <= usize::from(width), "{width}: {line}");
            }
        }
    }
}

#[test]
fn a_name_cannot_command_the_terminal() {
    let text = table(&fake::hostile(), &plain(100));
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn a_run_of_nothing_still_has_a_table() {
    let mut result = fake::three();
    result.recordings.clear();
    assert_snapshot!(table(&result, &plain(80)));
}

#[test]
fn speed_is_told_in_one_line() {
    assert_snapshot!(
        speed(&fake::speed()),
        @"9,876,543 events, 1,234,567 requests in 2.10 s: 4,703,115 events/s, 587,889 requests/s"
    );
    assert_snapshot!(
        speed(&plimsoll::metrics::Speed::default()),
        @"0 events, 0 requests in 0 s: 0 events/s, 0 requests/s"
    );
}

#[test]
fn clusters_of_ecs_show_tasks_and_what_was_paid_for() {
    let result = fake::tasks(&[fake::EC2, fake::FARGATE]);
    assert_snapshot!(table(&result, &plain(100)));
}

#[test]
fn programs_get_every_figure_as_json() {
    assert_snapshot!(json(&fake::three()));
}

#[test]
fn programs_get_every_figure_as_csv() {
    let mut result = fake::three();
    result.recordings[0].summary.jobs.push(fake::job());
    assert_snapshot!(csv(&result));
}
