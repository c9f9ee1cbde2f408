//! Making the runs of a sweep, on all cores.
//!
//! Runs are independent: each thread takes the next that is due, looks whether its result is kept
//! already, and if not makes it and keeps it at once. The first replication of all points comes
//! first, so that a sweep that is stopped early has something of every point.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use thiserror::Error;

use super::standing::{Standing, Watched, standing, watched};
use super::{Outline, Plan, Record, Run, RunId, Shard, Store};
use crate::experiment::{self, RunOptions};
use crate::metrics::figures::figures;
use crate::report::ReportError;
use crate::report::folder::Placed;

/// Results without a figure that was asked for, after which there is no hope for it.
const PATIENCE: usize = 8;

/// How long a result may wait for others before it is handed to the disk.
const MOMENT: Duration = Duration::from_millis(50);

/// Results that may wait; above that the cores wait with them.
const WAITING: usize = 256;

/// Who is told how far a sweep is.
pub trait Watcher: Sync {
    /// So many runs are due in all, as far as is known.
    fn due(&self, runs: usize);
    /// A run is done; `before` means that its result was there already.
    fn done(&self, run: &Run, record: &Record, before: bool);
}

/// Nobody is told.
impl Watcher for () {
    fn due(&self, _: usize) {}
    fn done(&self, _: &Run, _: &Record, _: bool) {}
}

/// A run that came to nothing; the others go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRun {
    pub run: Run,
    /// Why.
    pub reason: String,
}

/// Why a sweep was stopped. The results of the runs that were done are kept.
#[derive(Debug, Error)]
pub enum SweepError {
    /// A result could not be kept.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// No run has a figure that the scenario asks for.
    #[error(
        "no run has a figure `{name}`, which `[sweep]` asks for; `plimsoll run` with `--format \
         csv` lists those there are{hint}"
    )]
    NoSuchFigure {
        /// As the scenario has it.
        name: String,
        /// What may have been meant.
        hint: String,
    },
}

/// Makes all runs of a shard that are not kept in `store`, and as many as their precision takes.
///
/// # Errors
/// When a result cannot be kept, or the scenario asks for a figure that there is not.
pub fn execute(
    plan: &Plan,
    store: &Store,
    shard: Option<Shard>,
    watcher: &dyn Watcher,
) -> Result<Vec<FailedRun>, SweepError> {
    let outline = &plan.outline;
    let mut known: BTreeMap<RunId, Watched> = BTreeMap::new();
    let mut failed: BTreeMap<RunId, FailedRun> = BTreeMap::new();
    loop {
        let due = due(outline, shard, &known, &failed);
        if due.is_empty() {
            return Ok(failed.into_values().collect());
        }
        watcher.due(known.len() + due.len());
        let outcome = Round::new(plan, store, watcher, &due).play()?;
        known.extend(outcome.done);
        failed.extend(outcome.failed);
    }
}

/// The runs that are wanted and not known, each once.
fn due<'a>(
    outline: &'a Outline,
    shard: Option<Shard>,
    known: &BTreeMap<RunId, Watched>,
    failed: &BTreeMap<RunId, FailedRun>,
) -> Vec<&'a Run> {
    let mut seen = BTreeSet::new();
    let mut due: Vec<&Run> = Vec::new();
    for point in 0..outline.points.len() {
        let wanted = match standing(outline, point, |run| known.get(&run.id).cloned()) {
            Standing::Enough(_) => continue,
            Standing::Wants(wanted) => wanted,
        };
        due.extend(outline.of_point(point)[..wanted as usize].iter().filter(|run| {
            shard.is_none_or(|shard| outline.is_in(shard, run))
                && !known.contains_key(&run.id)
                && !failed.contains_key(&run.id)
                && seen.insert(run.id)
        }));
    }
    due.sort_by_key(|run| (run.replication, run.point));
    due
}

/// Runs that are made side by side.
struct Round<'a> {
    plan: &'a Plan,
    store: &'a Store,
    watcher: &'a dyn Watcher,
    due: &'a [&'a Run],
    next: AtomicUsize,
    stopped: AtomicBool,
    outcome: Mutex<Outcome>,
}

#[derive(Default)]
struct Outcome {
    done: Vec<(RunId, Watched)>,
    failed: Vec<(RunId, FailedRun)>,
    error: Option<SweepError>,
    /// Figures that were asked for and not seen yet, and the names there were instead.
    unseen: Vec<String>,
    names: BTreeSet<String>,
}

impl<'a> Round<'a> {
    fn new(plan: &'a Plan, store: &'a Store, watcher: &'a dyn Watcher, due: &'a [&'a Run]) -> Self {
        let outcome = Outcome { unseen: asked_for(&plan.outline), ..Outcome::default() };
        Self {
            plan,
            store,
            watcher,
            due,
            next: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            outcome: Mutex::new(outcome),
        }
    }

    /// Makes the runs on all cores. Waiting for the disk is left to a thread of its own, so that no
    /// core waits with it.
    fn play(self) -> Result<Outcome, SweepError> {
        thread::scope(|scope| {
            let (disk, placed) = mpsc::sync_channel(WAITING);
            scope.spawn(|| self.sync(placed));
            rayon::broadcast(|_| self.work(&disk));
        });
        self.finish()
    }

    fn work(&self, disk: &SyncSender<Placed>) {
        while !self.stopped.load(Ordering::Relaxed)
            && let Some(run) = self.due.get(self.next.fetch_add(1, Ordering::Relaxed))
        {
            self.make(run, disk);
        }
    }

    /// Waits for the disk. What comes within a moment goes together: one commit of the disk's
    /// journal takes it all.
    fn sync(&self, placed: Receiver<Placed>) {
        while let Ok(first) = placed.recv() {
            thread::sleep(MOMENT);
            for file in iter::once(first).chain(placed.try_iter()) {
                if let Err(error) = file.sync() {
                    self.stop(&mut self.outcome(), error.into());
                }
            }
        }
    }

    /// Makes a run, unless it was made before, and keeps its result: only then it is done.
    fn make(&self, run: &Run, disk: &SyncSender<Placed>) {
        if let Some(record) = self.store.read(run.id) {
            return self.done(run, &record, true);
        }
        let record = match simulate(self.plan, run) {
            Ok(record) => record,
            Err(reason) => {
                let failed = FailedRun { run: *run, reason };
                self.outcome().failed.push((run.id, failed));
                return;
            }
        };
        match self.store.write(&record) {
            Ok(file) => {
                disk.send(file).expect("the thread for the disk outlives this one");
                self.done(run, &record, false);
            }
            Err(error) => self.stop(&mut self.outcome(), error.into()),
        }
    }

    fn done(&self, run: &Run, record: &Record, before: bool) {
        self.watcher.done(run, record, before);
        let watched = watched(&self.plan.outline, record);
        let mut outcome = self.outcome();
        outcome.done.push((run.id, watched));
        self.look_for_figures(&mut outcome, record);
    }

    fn look_for_figures(&self, outcome: &mut Outcome, record: &Record) {
        if outcome.unseen.is_empty() {
            return;
        }
        let headings = || record.figures.iter().map(|figure| &figure.heading);
        outcome.unseen.retain(|name| !headings().any(|heading| heading.is_called(name)));
        outcome.names.extend(headings().map(|heading| heading.metric.clone()));
        if let Some(name) = outcome.unseen.first()
            && outcome.done.len() >= PATIENCE.min(self.due.len())
        {
            let names = outcome.names.iter().map(String::as_str);
            let nearest = crate::scenario::diagnostic::nearest(name, names);
            let hint = nearest.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let error = SweepError::NoSuchFigure { name: name.clone(), hint };
            self.stop(outcome, error);
        }
    }

    fn stop(&self, outcome: &mut Outcome, error: SweepError) {
        outcome.error.get_or_insert(error);
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn outcome(&self) -> std::sync::MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(self) -> Result<Outcome, SweepError> {
        let mut outcome = self.outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
        match outcome.error.take() {
            Some(error) => Err(error),
            None => Ok(outcome),
        }
    }
}

/// Figures that the sweep names.
fn asked_for(outline: &Outline) -> Vec<String> {
    use crate::scenario::Goal::{Least, Most};
    let precision = outline.precision.as_ref().map(|rule| rule.metric.clone());
    let best = outline.best.as_ref().map(|(Least(name) | Most(name))| name.clone());
    precision.into_iter().chain(best).collect()
}

/// A defect of the simulator in one run must not cost the others.
fn simulate(plan: &Plan, run: &Run) -> Result<Record, String> {
    let simulated = catch_unwind(AssertUnwindSafe(|| {
        let scenario = plan.scenario(run.point).map_err(|error| error.to_string())?;
        let options = RunOptions { seed: run.seed, density: true };
        let result = experiment::run(&scenario, options, plan.folder(), &());
        result.map(|result| figures(&result)).map_err(|error| error.to_string())
    }));
    let figures = simulated.unwrap_or_else(|_| {
        Err("it ended by a defect of the simulator; please report it with the scenario".into())
    })?;
    Ok(Record::new(run, figures))
}
