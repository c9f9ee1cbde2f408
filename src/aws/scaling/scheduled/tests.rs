//! Schedules, by the calendar.

use super::*;
use crate::units::{Instant, text::TextQuantity};

fn unix(text: &str) -> i64 {
    Instant::read(text).expect("an instant").unix()
}

fn action(schedule: &str) -> ScheduledAction {
    ScheduledAction {
        name: "morning".to_owned(),
        schedule: Schedule::parse(schedule).expect("a schedule"),
        start: None,
        end: None,
        min: None,
        max: None,
    }
}

fn next(schedule: &str, after: &str) -> Option<String> {
    let next = action(schedule).next(unix(after))?;
    Some(Instant::from_unix(next).to_string())
}

#[test]
fn schedules_are_due_by_the_calendar() {
    // 28 November 2026 is a Saturday
    let cases = [
        ("cron(0 8 ? * MON-FRI *)", "2026-11-28T00:00:00Z", "2026-11-30T08:00:00Z"),
        ("cron(0 8 ? * 2-6 *)", "2026-11-30T08:00:00Z", "2026-12-01T08:00:00Z"),
        ("cron(0/15 * * * ? *)", "2026-11-28T10:44:59Z", "2026-11-28T10:45:00Z"),
        ("cron(0/15 * * * ? *)", "2026-11-28T23:45:00Z", "2026-11-29T00:00:00Z"),
        ("cron(30 6,18 1 JAN,JUL ? *)", "2026-01-01T06:30:00Z", "2026-01-01T18:30:00Z"),
        ("cron(0 0 L * ? *)", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"),
        ("cron(0 0 29 2 ? *)", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("cron(0 0 1 1 ? 2030)", "2026-03-01T00:00:00Z", "2030-01-01T00:00:00Z"),
        ("at(2027-01-31T08:00:00)", "2026-11-28T00:00:00Z", "2027-01-31T08:00:00Z"),
        ("rate(2 hours)", "2026-11-28T01:00:00Z", "2026-11-28T02:00:00Z"),
    ];
    for (schedule, after, expected) in cases {
        assert_eq!(next(schedule, after).as_deref(), Some(expected), "{schedule}");
    }
    assert_eq!(next("at(2026-01-31T08:00:00)", "2026-01-31T08:00:00Z"), None);
    assert_eq!(next("cron(0 0 31 2 ? *)", "2026-01-01T00:00:00Z"), None);
}

#[test]
fn an_action_keeps_to_its_start_and_end() {
    let mut every = action("rate(1 hour)");
    every.start = Some(unix("2026-11-28T00:20:00Z"));
    every.end = Some(unix("2026-11-28T02:00:00Z"));
    let next = |after| every.next(unix(after)).map(Instant::from_unix).map(|at| at.to_string());
    assert_eq!(next("2026-11-01T00:00:00Z").as_deref(), Some("2026-11-28T00:20:00Z"));
    assert_eq!(next("2026-11-28T00:20:00Z").as_deref(), Some("2026-11-28T01:20:00Z"));
    assert_eq!(next("2026-11-28T01:20:00Z"), None);
}

#[test]
fn bounds_move_together() {
    let before = Bounds { min: 2, max: 5 };
    let set = |min, max| ScheduledAction { min, max, ..action("rate(1 day)") }.bounds(before);
    assert_eq!(set(Some(3), None), Bounds { min: 3, max: 5 });
    assert_eq!(set(Some(8), None), Bounds { min: 8, max: 8 });
    assert_eq!(set(None, Some(1)), Bounds { min: 1, max: 1 });
    assert_eq!(set(Some(0), Some(0)), Bounds { min: 0, max: 0 });
}

#[test]
fn wrong_schedules_say_what_would_be_right() {
    let cases = [
        ("cron(0 8 * * MON-FRI *)", "must be `?`"),
        ("cron(0 8 ? * MON-FRI)", "this has 5"),
        ("cron(60 8 ? * MON *)", "`60` is no minute"),
        ("cron(0 8 ? * FRI-MON *)", "the range ends with 2, before it begins (6)"),
        ("cron(? 8 ? * MON *)", "only for days"),
        ("cron(0 8 ? * MON 1969)", "`1969` is no year: 1970 to 2199"),
        ("cron(0/0 8 ? * MON *)", "`0` is no step"),
        ("rate(5 minute s)", "is not a rate"),
        ("rate(0 minutes)", "is not a rate"),
        ("at(tomorrow)", "is not an instant"),
        ("0 8 * * *", "is not a schedule"),
    ];
    for (text, expected) in cases {
        let (title, _) = Schedule::parse(text).expect_err(text);
        assert!(title.contains(expected), "{title}");
    }
}
