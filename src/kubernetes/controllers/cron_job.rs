//! The CronJob controller: when a Job is made, and which are deleted.
//!
//! Source: Kubernetes v1.36, `pkg/controller/cronjob/cronjob_controllerv2.go` (`syncCronJob`,
//! `cleanupFinishedJobs`) and `utils.go` (`mostRecentScheduleTime`). Times of the day are UTC;
//! other time zones are refused, for there is no table of them here.

use thiserror::Error;

use crate::engine::{SimDuration, SimTime};
use crate::units::cron::Schedule;

/// What a CronJob asks for, defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CronJobSpec {
    /// When Jobs are due.
    pub schedule: Schedule,
    /// What happens while one still runs.
    pub concurrency: Concurrency,
    /// How late a Job may be made; none for however late.
    pub starting_deadline: Option<SimDuration>,
    /// Whether none is made for now.
    pub suspend: bool,
    /// How many complete Jobs are kept. The API's default is 3.
    pub successful_history: i32,
    /// How many failed Jobs are kept. The API's default is 1.
    pub failed_history: i32,
}

/// What happens when a Job is due while one still runs (`concurrencyPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concurrency {
    /// Both run.
    #[default]
    Allow,
    /// It is made when the other has ended, if that is not too late.
    Forbid,
    /// The other is deleted.
    Replace,
}

/// A Job that the CronJob made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobView {
    /// Its number, which the caller chooses.
    pub id: u32,
    /// When it was started, if it was.
    pub started: Option<SimTime>,
    /// Whether it ended, and if so, well.
    pub ended: Option<bool>,
}

/// What a sync does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The Job to make: the time it was due, in seconds of Unix time.
    pub create: Option<i64>,
    /// Jobs to delete, with their pods.
    pub delete: Vec<u32>,
    /// Why a Job that is due is not made.
    pub skipped: Option<Skip>,
    /// When to sync again. Syncs are due, too, when one of its Jobs or the CronJob itself changes.
    pub again: Option<SimTime>,
}

/// Why a Job that is due is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It would be later than the deadline for starting.
    TooLate,
    /// Another one runs, and that is forbidden.
    AlreadyActive,
    /// The schedule is never due.
    Never,
}

/// A time zone other than UTC.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("time zone `{0}` is not known here: only `UTC` is; give the schedule in UTC")]
pub struct TimeZoneError(String);

/// Whether a CronJob's time zone is UTC, which it is where it has none.
///
/// # Errors
/// When it is another.
pub fn check_time_zone(zone: Option<&str>) -> Result<(), TimeZoneError> {
    match zone {
        None | Some("UTC" | "Etc/UTC") => Ok(()),
        Some(other) => Err(TimeZoneError(other.to_owned())),
    }
}

/// A CronJob and its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronJob {
    /// What it asks for; sync after a change.
    pub spec: CronJobSpec,
    /// The start of the run, in seconds of Unix time.
    epoch: i64,
    created: i64,
    last: Option<i64>,
}

/// The most recent time that was due (`mostRecentScheduleTime`).
enum Recent {
    /// None was since this.
    None(i64),
    /// Some were, but none was found.
    Lost,
    Some(i64),
    /// It is never due.
    Never,
}

impl CronJob {
    /// How long after it is due the controller looks.
    const DELTA: SimDuration = SimDuration::from_millis(100);

    /// A CronJob made `now` in a run that started at `epoch`, in seconds of Unix time.
    pub fn new(spec: CronJobSpec, epoch: i64, now: SimTime) -> Self {
        let mut job = Self { spec, epoch, created: 0, last: None };
        job.created = job.unix(now);
        job
    }

    /// The time the last Job was due, in seconds of Unix time.
    pub fn last_schedule(&self) -> Option<i64> {
        self.last
    }

    /// One sync; `jobs` are those it made that are there.
    pub fn sync(&mut self, jobs: &[JobView], now: SimTime) -> Change {
        let mut change = Change::default();
        if !self.spec.suspend {
            self.start(jobs, now, &mut change);
        }
        change.delete.extend(oldest(jobs, true, self.spec.successful_history));
        change.delete.extend(oldest(jobs, false, self.spec.failed_history));
        change
    }

    fn start(&mut self, jobs: &[JobView], now: SimTime, change: &mut Change) {
        let earliest = self.last.unwrap_or(self.created);
        let deadline = self.spec.starting_deadline;
        let since = deadline.map_or(earliest, |deadline| {
            let allowed = i64::try_from(deadline.as_nanos() / SECOND).unwrap_or(i64::MAX);
            earliest.max(self.unix(now).saturating_sub(allowed))
        });
        let due = match self.recent(since, now) {
            Recent::Some(due) => due,
            Recent::Never => {
                change.skipped = Some(Skip::Never);
                return;
            }
            Recent::None(_) | Recent::Lost => {
                change.again = self.again(now);
                return;
            }
        };
        let running = || jobs.iter().filter(|job| job.ended.is_none());
        let late = deadline.is_some_and(|deadline| self.sim(due).saturating_add(deadline) < now);
        if late {
            change.skipped = Some(Skip::TooLate);
        } else if self.last == Some(due) {
            // it was made already
        } else if self.spec.concurrency == Concurrency::Forbid && running().next().is_some() {
            change.skipped = Some(Skip::AlreadyActive);
        } else {
            if self.spec.concurrency == Concurrency::Replace {
                change.delete.extend(running().map(|job| job.id));
            }
            change.create = Some(due);
            self.last = Some(due);
        }
        change.again = self.again(now);
    }

    /// When it is due next, and a little more.
    fn again(&self, now: SimTime) -> Option<SimTime> {
        let from = match self.recent(self.last.unwrap_or(self.created), now) {
            Recent::Some(due) => due,
            Recent::None(since) => since,
            Recent::Lost | Recent::Never => self.unix(now),
        };
        self.spec.schedule.next(from).map(|due| self.sim(due).saturating_add(Self::DELTA))
    }

    /// The last time it was due after `since`. Where several were, the source takes the first two
    /// for the rhythm of all, and may so miss the last of an uneven schedule.
    fn recent(&self, since: i64, now: SimTime) -> Recent {
        let (now, schedule) = (self.unix(now), &self.spec.schedule);
        let Some(first) = schedule.next(since) else {
            return Recent::Never;
        };
        if now < first {
            return Recent::None(since);
        }
        let Some(second) = schedule.next(first) else {
            return Recent::Never;
        };
        if now < second {
            return Recent::Some(first);
        }
        let rhythm = second - first;
        let missed = (now - first) / rhythm + 1;
        let mut due = schedule.next(first + (missed - 2) * rhythm);
        let mut recent = Recent::Lost;
        while let Some(time) = due.filter(|&time| time <= now) {
            recent = Recent::Some(time);
            due = schedule.next(time);
        }
        recent
    }

    fn unix(&self, time: SimTime) -> i64 {
        let seconds = i64::try_from(time.as_nanos() / SECOND).unwrap_or(i64::MAX);
        self.epoch.saturating_add(seconds)
    }

    /// The instant of a Unix time; what lies before the run is its start.
    fn sim(&self, unix: i64) -> SimTime {
        let seconds = u64::try_from(unix.saturating_sub(self.epoch)).unwrap_or(0);
        SimTime::from_nanos(seconds.saturating_mul(SECOND))
    }
}

/// Nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// Those that ended so beyond the number that is kept, by when they started; those that never did
/// are kept longest.
fn oldest(jobs: &[JobView], well: bool, keep: i32) -> impl Iterator<Item = u32> {
    let mut ended: Vec<&JobView> = jobs.iter().filter(|job| job.ended == Some(well)).collect();
    ended.sort_by_key(|job| (job.started.is_none(), job.started, job.id));
    ended.truncate(ended.len().saturating_sub(usize::try_from(keep).unwrap_or(0)));
    ended.into_iter().map(|job| job.id).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests;
