//! Hours of an m5.xlarge at one dollar: 36/52 of it are for its CPU, 16/52 for its memory.

use super::*;
use crate::aws::pricing::Charge;
use crate::units::Usd;

const SIZE: Amount = Amount { cpu: 4.0, memory: 16.0 };
const A: Option<AppId> = Some(AppId(0));
const B: Option<AppId> = Some(AppId(1));

fn at(seconds: u64) -> SimTime {
    SimTime::from_nanos(seconds * 1_000_000_000)
}

fn reserves(cpu: f64, memory: f64) -> Amount {
    Amount { cpu, memory }
}

/// The machine 7 has cost so much so far.
fn machine(dollars: f64) -> Vec<MachineBill> {
    vec![(7, SIZE, Bill::default().with(Charge::Instance, Usd(dollars)))]
}

fn charged(split: &Split, app: Option<AppId>) -> f64 {
    split.charged().of(app).total().0
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

fn part(cpu: f64, memory: f64) -> f64 {
    (36.0 * cpu + 16.0 * memory) / 52.0
}

#[test]
fn what_nobody_reserves_is_spread_over_those_who_do() {
    let mut split = Split::new(2, 0);
    split.placed(TaskId(0), A, 7, reserves(1.0, 2.0), at(0));
    split.placed(TaskId(1), B, 7, reserves(1.0, 6.0), at(0));
    split.placed(TaskId(2), None, 7, reserves(0.0, 0.0), at(0));
    assert!(!split.hour_is_over(at(3599)) && split.hour_is_over(at(3600)));
    split.settle(at(3600), machine(1.0));
    close(charged(&split, A), part(0.5, 0.25));
    close(charged(&split, B), part(0.5, 0.75));
    close(charged(&split, None), 0.0);
}

#[test]
fn a_task_that_uses_more_than_it_reserves_pays_for_that() {
    let mut split = Split::new(2, 0);
    split.placed(TaskId(0), A, 7, reserves(1.0, 4.0), at(0));
    split.placed(TaskId(1), B, 7, reserves(1.0, 4.0), at(0));
    // half an hour with 3 cores and 8 GB, then a new process that has had nothing yet
    split.reads(TaskId(0), at(1800), 1, 3.0 * 1800.0, 8.0 * GB);
    split.reads(TaskId(0), at(3600), 2, 0.0, 2.0 * GB);
    // less than it reserves
    split.reads(TaskId(1), at(3600), 1, 360.0, 1.0 * GB);
    split.settle(at(3600), machine(1.0));
    // 1.5 cores and 5 GB on average against 1 and 4
    close(charged(&split, A), part(1.5 / 2.5, 5.0 / 9.0));
    close(charged(&split, B), part(1.0 / 2.5, 4.0 / 9.0));
    // the next hour begins anew
    split.settle(at(7200), machine(3.0));
    close(charged(&split, B), part(1.0 / 2.5, 4.0 / 9.0) + 2.0 * part(0.5, 0.5));
}

#[test]
fn tasks_count_by_the_time_they_were_there_and_each_hour_is_split_by_itself() {
    let mut split = Split::new(2, 0);
    split.placed(TaskId(0), A, 7, reserves(2.0, 8.0), at(0));
    split.left(TaskId(0), at(900));
    split.placed(TaskId(0), B, 7, reserves(2.0, 8.0), at(900));
    split.settle(at(3600), machine(1.0));
    close(charged(&split, A), 0.25);
    close(charged(&split, B), 0.75);
    // nobody but B is there in the second hour, for a part of it, and nobody at all in the third
    split.left(TaskId(0), at(3700));
    split.settle(at(7200), machine(2.0));
    split.settle(at(10_800), machine(3.0));
    close(charged(&split, A), 0.25);
    close(charged(&split, B), 1.75);
}

#[test]
fn hours_are_those_of_the_calendar_and_what_came_before_the_measurement_is_forgotten() {
    // the run begins at half past
    let mut split = Split::new(2, 1800);
    assert!(!split.hour_is_over(at(1799)) && split.hour_is_over(at(1800)));
    split.placed(TaskId(0), A, 7, reserves(1.0, 1.0), at(0));
    split.settle(at(1800), machine(0.5));
    assert!(!split.hour_is_over(at(5399)) && split.hour_is_over(at(5400)));
    split.settle(at(2000), machine(0.6));
    split.restart();
    close(charged(&split, A), 0.0);
    split.settle(at(5400), machine(1.5));
    close(charged(&split, A), 0.9);
}
