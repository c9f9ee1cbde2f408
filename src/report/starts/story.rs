//! One start, told: what it went through, what part each phase had, what would shorten it.

use serde::Serialize;

use super::words;
use crate::metrics::starts::{Cause, Fate, ImageFound, Phase, StartKind, StartRecord};

/// So many remedies are told.
const REMEDIES: usize = 3;
/// What saves less than this share is none.
const LEAST: f64 = 0.02;

/// A start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Story {
    pub cluster: String,
    pub app: String,
    pub replica: u32,
    pub kind: StartKind,
    pub cause: Cause,
    pub host: Option<u32>,
    pub node: Option<u32>,
    /// What its container runs.
    pub image: Option<String>,
    pub image_found: Option<ImageFound>,
    /// Seconds since the begin of the run.
    pub requested: f64,
    /// Seconds from then until it was ready, or until its fate was known.
    pub total: f64,
    pub fate: Fate,
    pub reason: Option<String>,
    pub phases: Vec<Told>,
    /// Share of downloading and extracting the image.
    pub pull_share: f64,
    /// What the engine counted.
    pub pull: Option<Pull>,
    /// What saves most first.
    pub remedies: Vec<Remedy>,
}

/// A phase of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Told {
    pub phase: Phase,
    /// Seconds from the begin of the start to that of the phase.
    pub from: f64,
    /// Seconds.
    pub took: f64,
    /// Of the start.
    pub share: f64,
    /// Whether it was gone through to its end.
    pub over: bool,
}

/// What was pulled for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pull {
    /// Compressed.
    pub bytes: u64,
    pub layers_pulled: u32,
    pub layers_present: u32,
    pub layers_joined: u32,
    pub attempts: u32,
    /// Seconds between attempts.
    pub back_off: f64,
}

/// Something that would take time out of a start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Remedy {
    pub what: &'static str,
    /// Seconds, at most.
    pub saves: f64,
}

impl Story {
    /// The story of a start.
    pub fn of(cluster: &str, app: &str, image: Option<&str>, start: &StartRecord) -> Self {
        let phases = phases(start);
        let pulls = phases.iter().filter(|it| it.phase.is_pull());
        Self {
            cluster: cluster.into(),
            app: app.into(),
            replica: start.replica,
            kind: start.kind(),
            cause: start.cause,
            host: start.place.map(|place| place.host),
            node: start.place.and_then(|place| place.node),
            image: image.map(str::to_owned),
            image_found: start.image,
            requested: start.requested.as_secs_f64(),
            total: start.total().as_secs_f64(),
            fate: start.fate,
            reason: start.reason.clone(),
            pull_share: pulls.map(|it| it.share).sum(),
            pull: start.pull.map(|it| Pull {
                bytes: it.bytes.0,
                layers_pulled: it.layers_pulled,
                layers_present: it.layers_present,
                layers_joined: it.layers_joined,
                attempts: it.attempts,
                back_off: it.back_off.as_secs_f64(),
            }),
            remedies: if start.fate == Fate::Ready { remedies(&phases) } else { Vec::new() },
            phases,
        }
    }

    /// Time for the image in seconds.
    pub fn pull_time(&self) -> f64 {
        self.phases.iter().filter(|it| it.phase.is_pull()).map(|it| it.took).sum()
    }
}

/// What a task goes through once it has a machine, and any other container but for the first.
const TASK: [Phase; 6] =
    [Phase::Attach, Phase::Queue, Phase::Download, Phase::Extract, Phase::Container, Phase::App];

/// The phases gone through, and of a start that did not become ready the one it ended in.
fn phases(start: &StartRecord) -> Vec<Told> {
    let total = start.total().as_secs_f64();
    let share = |took: f64| if total > 0.0 { took / total } else { 0.0 };
    let mut from = 0.0;
    let mut all: Vec<Told> = Vec::new();
    for (phase, took) in start.phases() {
        let took = took.as_secs_f64();
        all.push(Told { phase, from, took, share: share(took), over: true });
        from += took;
    }
    if let Some(phase) = cut_off(start) {
        let took = start.ended.since(start.last_milestone()).as_secs_f64();
        all.push(Told { phase, from, took, share: share(took), over: false });
    }
    all
}

/// The phase in which a start ended that did not become ready.
fn cut_off(start: &StartRecord) -> Option<Phase> {
    let passed = |phase| start.end_of(phase).is_some();
    let container = start.place.is_some_and(|place| place.node.is_some());
    let path: &[Phase] = match (start.fate, start.cause) {
        (Fate::Ready, _) => return None,
        (_, Cause::Restarted) if container => &[Phase::Container, Phase::App],
        (_, Cause::Restarted) => &[Phase::App],
        _ if start.place.is_none() => &[Phase::Place, Phase::Machine],
        _ if passed(Phase::Machine) => &TASK,
        _ if container => &TASK[1..],
        _ => &[Phase::Provision, Phase::Boot, Phase::App],
    };
    let last = path.iter().rposition(|&phase| passed(phase));
    path.get(last.map_or(0, |place| place + 1)).copied()
}

fn remedies(phases: &[Told]) -> Vec<Remedy> {
    let mut all: Vec<Remedy> = Vec::new();
    for it in phases {
        let Some(what) = words::remedy(it.phase) else { continue };
        match all.iter_mut().find(|remedy| remedy.what == what) {
            Some(remedy) => remedy.saves += it.took,
            None => all.push(Remedy { what, saves: it.took }),
        }
    }
    let total: f64 = phases.iter().map(|it| it.took).sum();
    all.retain(|it| it.saves > LEAST * total);
    all.sort_by(|one, other| other.saves.total_cmp(&one.saves));
    all.truncate(REMEDIES);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{SimDuration, SimTime};
    use crate::metrics::starts::StartPlace;

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_millis(millis)
    }

    fn started(ends: &[(Phase, u64)]) -> StartRecord {
        let mut start = StartRecord::new(0, 4, Cause::Asked, at(0));
        start.place = Some(StartPlace { host: 2, node: Some(2) });
        for &(phase, end) in ends {
            start.pass(phase, at(end));
        }
        start
    }

    #[test]
    fn a_pull_is_one_remedy_and_what_saves_most_comes_first() {
        let ends = [
            (Phase::Queue, 0),
            (Phase::Download, 500),
            (Phase::Extract, 2300),
            (Phase::Container, 2700),
            (Phase::App, 3000),
        ];
        let mut start = started(&ends);
        start.finish(Fate::Ready, at(3000));
        let story = Story::of("cold", "web", Some("nginx:1"), &start);
        let saves: Vec<_> =
            story.remedies.iter().map(|it| (it.what, (it.saves * 1e3).round())).collect();
        let expected = [
            ("the image on the node beforehand (prepulled)", 2300.0),
            ("an app that answers at once", 300.0),
        ];
        assert_eq!(saves, expected);
        assert!((story.pull_share - 2300.0 / 3000.0).abs() < 1e-12);
        assert!((story.pull_time() - 2.3).abs() < 1e-12);
        assert_eq!((story.phases[2].from, story.phases[2].took), (0.5, 1.8));
    }

    #[test]
    fn a_start_that_is_cut_off_ends_in_the_phase_it_was_in() {
        let mut start = started(&[(Phase::Place, 0), (Phase::Queue, 0), (Phase::Download, 500)]);
        start.finish(Fate::Failed, at(800));
        let story = Story::of("cold", "web", None, &start);
        let last = story.phases.last().expect("it was in a phase");
        assert_eq!((last.phase, last.over, last.from), (Phase::Extract, false, 0.5));
        assert!((last.took - 0.3).abs() < 1e-12 && story.remedies.is_empty());
        let mut task = started(&[(Phase::Place, 0), (Phase::Machine, 0)]);
        task.finish(Fate::Failed, at(8000));
        let phases = Story::of("ecs", "web", None, &task).phases;
        assert_eq!((phases[2].phase, phases[2].took), (Phase::Attach, 8.0));
        let mut launched = StartRecord::new(0, 1, Cause::Asked, at(0));
        launched.pass(Phase::Place, at(1000));
        launched.finish(Fate::Unfinished, at(9000));
        let phases = Story::of("ecs", "web", None, &launched).phases;
        assert_eq!((phases[1].phase, phases[1].took), (Phase::Machine, 8.0));
        let mut waits = StartRecord::new(0, 1, Cause::Replaced, at(0));
        waits.finish(Fate::Unfinished, at(9000));
        let phases = Story::of("cold", "web", None, &waits).phases;
        assert_eq!((phases[0].phase, phases[0].took, phases[0].share), (Phase::Place, 9.0, 1.0));
    }
}
