//! What a pod's worker remembers of one container.

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::objects::{Container, Probe, ProbeKind};

use super::super::backoff::{BackOff, RETRY, requeue};
use super::super::probe::{Prober, Verdict, first_tick};
use super::{Call, Exit, Refusal};

/// Where a container stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not there: not begun, ended, or waiting for its next start at `due`.
    Idle,
    /// Asked for.
    Starting,
    /// Running.
    Running,
    /// Running its hook before the stop signal, until `due`.
    Hook,
    /// A sidecar to be stopped after others, at the latest at `due`.
    Turn,
    /// Has had its stop signal; killed at `due`.
    Signalled,
    /// Killed, not gone yet.
    Killed,
}

/// One container of a pod.
#[derive(Clone, Debug)]
pub(super) struct ContainerState {
    pub(super) started: SimTime,
    /// When it last ended; [`SimTime::MAX`] if never.
    pub(super) ended: SimTime,
    /// When it is to be looked at for its own sake; [`SimTime::MAX`] for never.
    pub(super) due: SimTime,
    /// What is left of the grace until `due`, while it is being stopped.
    pub(super) grace: SimDuration,
    pub(super) crash: BackOff,
    pub(super) pull: BackOff,
    probers: [Prober; 3],
    pub(super) restarts: u32,
    pub(super) stage: Stage,
    pub(super) exit: Option<Exit>,
    /// Why its last start was refused, if it was.
    pub(super) refused: Option<Refusal>,
    /// Whether it ever ran; of an init container since the machine last booted.
    pub(super) ran: bool,
    /// Whether it runs and its startup probe has succeeded, if it has one.
    pub(super) is_started: bool,
    /// Whether its app answers.
    answers: bool,
    /// Whether it is being stopped because a probe failed.
    pub(super) probe_killed: bool,
}

const KINDS: [ProbeKind; 3] = [ProbeKind::Startup, ProbeKind::Readiness, ProbeKind::Liveness];

/// The probe of that kind, if the container has one.
pub(super) fn probe_of(container: &Container, kind: ProbeKind) -> Option<&Probe> {
    match kind {
        ProbeKind::Startup => container.startup.as_ref(),
        ProbeKind::Readiness => container.readiness.as_ref(),
        ProbeKind::Liveness => container.liveness.as_ref(),
    }
}

impl ContainerState {
    pub(super) fn new() -> Self {
        Self {
            started: SimTime::ZERO,
            ended: SimTime::MAX,
            due: SimTime::MAX,
            grace: SimDuration::ZERO,
            crash: BackOff::default(),
            pull: BackOff::default(),
            probers: KINDS.map(Prober::new),
            restarts: 0,
            stage: Stage::Idle,
            exit: None,
            refused: None,
            ran: false,
            is_started: false,
            answers: false,
            probe_killed: false,
        }
    }

    /// Whether the runtime has it running.
    pub(super) fn alive(&self) -> bool {
        !matches!(self.stage, Stage::Idle | Stage::Starting)
    }

    /// Whether nothing of it is there or under way.
    pub(super) fn at_rest(&self) -> bool {
        self.stage == Stage::Idle
    }

    /// Whether it ended well.
    pub(super) fn succeeded(&self) -> bool {
        self.at_rest() && self.exit.is_some_and(|exit| exit.success)
    }

    /// Whether it gets requests (`UpdatePodStatus`).
    pub(super) fn ready(&self, container: &Container) -> bool {
        let verdict = self.prober(ProbeKind::Readiness).verdict();
        self.is_started && (container.readiness.is_none() || verdict == Verdict::Success)
    }

    /// It runs, in a pod that `began` when it did.
    pub(super) fn run(&mut self, container: &Container, began: SimTime, now: SimTime) {
        self.restarts += u32::from(self.exit.is_some());
        self.stage = Stage::Running;
        (self.ran, self.refused, self.answers) = (true, None, false);
        self.started = now;
        for kind in KINDS {
            self.prober_mut(kind).renew(kind);
        }
        match &container.startup {
            Some(probe) => {
                let earliest = now.saturating_add(probe.initial_delay);
                let first = first_tick(began, probe.period, earliest);
                self.prober_mut(ProbeKind::Startup).begin(first);
            }
            None => self.start(container, began, now),
        }
    }

    /// It has started: now it is asked whether it is alive, and by [`trigger`](Self::trigger)
    /// whether it is ready.
    pub(super) fn start(&mut self, container: &Container, began: SimTime, now: SimTime) {
        self.is_started = true;
        if let Some(probe) = &container.liveness {
            let earliest = self.started.saturating_add(probe.initial_delay).max(now);
            let first = first_tick(began, probe.period, earliest);
            self.prober_mut(ProbeKind::Liveness).begin(first);
        }
    }

    /// It has ended. If that was for a probe: when it had ended before.
    pub(super) fn end(&mut self, exit: Exit, now: SimTime) -> Option<SimTime> {
        let before = std::mem::replace(&mut self.ended, now);
        self.stage = Stage::Idle;
        self.due = SimTime::MAX;
        self.exit = Some(exit);
        (self.ran, self.is_started) = (true, false);
        for kind in KINDS {
            self.prober_mut(kind).renew(kind);
        }
        std::mem::take(&mut self.probe_killed).then_some(before)
    }

    /// The machine has booted: it is gone, and with it all that the kubelet kept in its memory.
    pub(super) fn reboot(&mut self, now: SimTime) {
        if self.alive() {
            self.end(Exit::FAILURE, now);
        }
        self.stage = Stage::Idle;
        self.due = SimTime::MAX;
        (self.refused, self.probe_killed) = (None, false);
        (self.crash, self.pull) = (BackOff::default(), BackOff::default());
        self.probers = KINDS.map(Prober::new);
    }

    /// It could not be started.
    pub(super) fn refuse(&mut self, call: Call<'_>, refusal: Refusal) {
        self.stage = Stage::Idle;
        self.refused = Some(refusal);
        let until = match refusal {
            Refusal::Pull => {
                let rule = call.settings.image_pull;
                self.pull.tried(rule, call.now, call.now);
                self.pull.until_since_try(rule, call.now)
            }
            Refusal::NeverPull | Refusal::Create | Refusal::Run => call.now.saturating_add(RETRY),
        };
        self.due = requeue(call.now, until, call.jitter);
    }

    /// From now on its app answers, or not.
    pub(super) fn answer(&mut self, container: &Container, answers: bool, now: SimTime) {
        if answers == self.answers {
            return;
        }
        for kind in KINDS {
            if let Some(probe) = probe_of(container, kind) {
                let before = self.answers;
                self.prober_mut(kind).settle(probe, before, now);
            }
        }
        self.answers = answers;
    }

    /// Probes at once whether it is ready, if it is not.
    pub(super) fn trigger(&mut self, container: &Container, now: SimTime) {
        let Some(probe) = container.readiness.as_ref().filter(|_| self.is_started) else { return };
        if self.ready(container) {
            return;
        }
        let earliest = self.started.saturating_add(probe.initial_delay);
        let answers = self.answers;
        self.prober_mut(ProbeKind::Readiness).trigger(probe, answers, earliest, now);
    }

    /// Whether it runs and whether it has started is asked no more.
    pub(super) fn hold(&mut self) {
        self.prober_mut(ProbeKind::Startup).hold();
        self.prober_mut(ProbeKind::Liveness).hold();
        self.probe_killed = false;
    }

    /// A probe's new verdict, if it changed.
    pub(super) fn advance(
        &mut self,
        kind: ProbeKind,
        probe: &Probe,
        now: SimTime,
    ) -> Option<Verdict> {
        let answers = self.answers;
        self.prober_mut(kind).advance(kind, probe, answers, now)
    }

    /// When the first of its probes changes its verdict.
    pub(super) fn next_verdict(&self, container: &Container) -> Option<SimTime> {
        let changes = KINDS.into_iter().filter_map(|kind| {
            let probe = probe_of(container, kind)?;
            self.prober(kind).next_verdict(probe, self.answers)
        });
        changes.map(|(at, _)| at).min()
    }

    fn prober(&self, kind: ProbeKind) -> &Prober {
        &self.probers[kind as usize]
    }

    fn prober_mut(&mut self, kind: ProbeKind) -> &mut Prober {
        &mut self.probers[kind as usize]
    }
}
