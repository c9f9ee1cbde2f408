//! CronJobs by hand, in a run that starts on Sunday, 1 March 2026, 00:00 UTC.

use super::super::pod::fixture::secs;
use super::*;

const EPOCH: i64 = 1_772_323_200;

fn minute(minutes: u64) -> SimTime {
    SimTime::ZERO + secs(60 * minutes)
}

/// When the controller looks at what is due then.
fn look(minutes: u64) -> SimTime {
    minute(minutes) + CronJob::DELTA
}

fn unix(minutes: i64) -> i64 {
    EPOCH + 60 * minutes
}

fn cron(schedule: &str, concurrency: Concurrency) -> CronJob {
    let spec = CronJobSpec {
        schedule: Schedule::parse(schedule).expect("it is an expression"),
        concurrency,
        starting_deadline: None,
        suspend: false,
        successful_history: 3,
        failed_history: 1,
    };
    CronJob::new(spec, EPOCH, SimTime::ZERO)
}

fn running(id: u32) -> JobView {
    JobView { id, started: Some(minute(u64::from(id))), ended: None }
}

fn ended(id: u32, well: bool) -> JobView {
    JobView { ended: Some(well), ..running(id) }
}

#[test]
fn a_job_is_made_whenever_one_is_due() {
    let mut hourly = cron("0 * * * *", Concurrency::Allow);
    let first = hourly.sync(&[], SimTime::ZERO);
    assert_eq!((first.create, first.again), (None, Some(look(60))), "not at its creation");
    let due = hourly.sync(&[], look(60));
    assert_eq!((due.create, due.again), (Some(unix(60)), Some(look(120))));
    let again = hourly.sync(&[running(60)], minute(61));
    assert_eq!((again.create, again.again), (None, Some(look(120))), "once");
    assert_eq!(hourly.sync(&[running(60)], look(120)).create, Some(unix(120)));
}

#[test]
fn forbidden_it_is_made_when_the_other_has_ended() {
    let mut job = cron("*/10 * * * *", Concurrency::Forbid);
    assert_eq!(job.sync(&[], look(10)).create, Some(unix(10)));
    let busy = job.sync(&[running(10)], look(20));
    assert_eq!((busy.create, busy.skipped), (None, Some(Skip::AlreadyActive)));
    assert_eq!(busy.again, Some(look(30)));
    assert_eq!(job.sync(&[running(10)], look(30)).create, None);
    let late = job.sync(&[ended(10, true)], minute(34));
    assert_eq!((late.create, late.again), (Some(unix(30)), Some(look(40))), "the last one missed");
}

#[test]
fn with_a_deadline_it_is_not_made_too_late() {
    let mut job = cron("*/10 * * * *", Concurrency::Forbid);
    job.spec.starting_deadline = Some(secs(120));
    job.sync(&[], look(10));
    job.sync(&[running(10)], look(20));
    assert_eq!(job.sync(&[ended(10, true)], minute(23)).create, None);
    let mut other = job.clone();
    assert_eq!(other.sync(&[ended(10, true)], minute(22)).create, None, "120 s ago is not after");
    let just = minute(21) + secs(59);
    assert_eq!(job.sync(&[ended(10, true)], just).create, Some(unix(20)));
}

#[test]
fn replaced_the_other_goes() {
    let mut job = cron("*/10 * * * *", Concurrency::Replace);
    job.sync(&[], look(10));
    let change = job.sync(&[running(10), ended(9, true)], look(20));
    assert_eq!((change.create, change.delete), (Some(unix(20)), vec![10]));
}

#[test]
fn a_suspended_one_makes_up_for_the_last_it_missed() {
    let mut job = cron("@hourly", Concurrency::Allow);
    job.spec.suspend = true;
    assert_eq!(job.sync(&[], look(60)), Change::default());
    job.spec.suspend = false;
    let back = job.sync(&[], minute(60 * 30 + 5));
    assert_eq!((back.create, back.again), (Some(unix(60 * 30)), Some(look(60 * 31))));
}

#[test]
fn of_an_uneven_schedule_the_last_may_be_missed() {
    // due at 9 and 10: by the rhythm of an hour there was something at 7 the next day
    let mut job = cron("0 9,10 * * *", Concurrency::Allow);
    let change = job.sync(&[], minute(60 * (24 + 8)));
    assert_eq!((change.create, change.again), (None, Some(look(60 * (24 + 9)))));
    let mut weekdays = cron("30 6-16/4 * * 1-5", Concurrency::Allow);
    // Monday 15:00: 6:30, 10:30 and 14:30 were due
    let monday = 24 * 60;
    assert_eq!(weekdays.sync(&[], minute(monday + 900)).create, Some(unix(24 * 60 + 870)));
}

#[test]
fn what_is_never_due_is_said_so() {
    let mut job = cron("0 0 31 2 *", Concurrency::Allow);
    let change = job.sync(&[], minute(5));
    assert_eq!((change.skipped, change.again), (Some(Skip::Never), None));
}

#[test]
fn the_oldest_of_those_that_ended_go() {
    let mut job = cron("@hourly", Concurrency::Allow);
    let never = JobView { started: None, ..ended(1, false) };
    let jobs = [
        ended(9, true),
        ended(5, true),
        ended(7, true),
        ended(6, true),
        running(2),
        ended(8, false),
        never,
    ];
    assert_eq!(job.sync(&jobs, minute(5)).delete, [5, 8]);
    (job.spec.successful_history, job.spec.failed_history) = (0, 2);
    assert_eq!(job.sync(&jobs, minute(5)).delete, [5, 6, 7, 9]);
}

#[test]
fn intervals_count_from_the_creation_and_then_from_the_last() {
    let spec = cron("@every 25m", Concurrency::Allow).spec;
    let mut job = CronJob::new(spec, EPOCH, SimTime::ZERO + secs(30));
    let first = job.sync(&[], minute(1));
    assert_eq!(first.again, Some(look(25) + secs(30)));
    assert_eq!(job.sync(&[], look(25) + secs(30)).create, Some(unix(25) + 30));
    assert_eq!(job.sync(&[], minute(130)).create, Some(unix(125) + 30));
}

#[test]
fn only_utc_is_known() {
    assert_eq!(check_time_zone(None), Ok(()));
    assert_eq!(check_time_zone(Some("Etc/UTC")), Ok(()));
    let error = check_time_zone(Some("Europe/Berlin")).expect_err("it is another");
    assert_eq!(
        error.to_string(),
        "time zone `Europe/Berlin` is not known here: only `UTC` is; give the schedule in UTC"
    );
}
