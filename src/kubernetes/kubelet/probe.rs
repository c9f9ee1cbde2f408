//! Probes without looking at every one of them.
//!
//! Whether an app answers is a step function of time, so the instant at which a probe's verdict
//! changes can be computed, and as long as nothing changes there is nothing to do. The rules are
//! those of `pkg/kubelet/prober/worker.go`:
//!
//! * A worker's ticker begins with the pod, not with the container: its ticks are the pod's
//!   beginning and every period after it. The initial delay only makes it skip ticks.
//! * A readiness probe is also run at once, and its ticker begins anew, whenever the pod's status
//!   is written while the container has started and is not ready (`UpdatePodStatus` in
//!   `prober_manager.go`): above all when it starts to run and when its startup probe has
//!   succeeded.
//! * A run of equal answers is not broken by a restart of the container; it is by a failed liveness
//!   or startup probe, and by a startup probe that has succeeded.
//! * Verdicts begin as not ready, alive, not known to have started.
//!
//! The verdict of a probe is known at its tick: that the answer to one who hangs comes only after
//! the timeout is not modelled, nor is the random delay of tickers when the kubelet itself
//! restarts.

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::objects::{Probe, ProbeKind};

/// What a probe has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet.
    Unknown,
    /// So many answers in a row as it takes.
    Success,
    /// So many failures in a row as it takes.
    Failure,
}

impl Verdict {
    /// What holds of a new container.
    pub fn initial(kind: ProbeKind) -> Self {
        match kind {
            ProbeKind::Startup => Self::Unknown,
            ProbeKind::Readiness => Self::Failure,
            ProbeKind::Liveness => Self::Success,
        }
    }

    /// What enough of such answers amount to.
    fn of(answers: bool) -> Self {
        if answers { Self::Success } else { Self::Failure }
    }
}

/// One probe of one container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prober {
    /// The next tick that counts; [`SimTime::MAX`] while on hold.
    next: SimTime,
    /// So many equal answers came in a row until now.
    run: u32,
    /// What the last answer was.
    last: bool,
    verdict: Verdict,
}

/// The first of the ticks `phase`, `phase + period`, … that is not before `earliest`.
pub fn first_tick(phase: SimTime, period: SimDuration, earliest: SimTime) -> SimTime {
    if earliest <= phase {
        return phase;
    }
    let periods = earliest.since(phase).as_nanos().div_ceil(period.as_nanos().max(1));
    later(phase, period, periods)
}

/// `periods` times `period` after `tick`.
fn later(tick: SimTime, period: SimDuration, periods: u64) -> SimTime {
    let nanos = period.as_nanos().max(1).saturating_mul(periods);
    tick.saturating_add(SimDuration::from_nanos(nanos))
}

impl Prober {
    /// A probe of a container that does not run yet.
    pub fn new(kind: ProbeKind) -> Self {
        Self { next: SimTime::MAX, run: 0, last: false, verdict: Verdict::initial(kind) }
    }

    /// What it has found.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// There is a new container, which is not probed yet.
    pub fn renew(&mut self, kind: ProbeKind) {
        self.next = SimTime::MAX;
        self.verdict = Verdict::initial(kind);
    }

    /// Probes from the tick `first` on.
    pub fn begin(&mut self, first: SimTime) {
        self.next = first;
    }

    /// Probes at `now` and every period after it, ticks before `earliest` left out. Ticks before
    /// `now` still count.
    pub fn trigger(&mut self, probe: &Probe, answers: bool, earliest: SimTime, now: SimTime) {
        self.settle(probe, answers, now);
        self.next = first_tick(now, probe.period, earliest);
    }

    /// Probes no more.
    pub fn hold(&mut self) {
        self.next = SimTime::MAX;
    }

    /// Counts the ticks before `end`, at which the app `answers` or not.
    ///
    /// To be called before that changes. The change is seen by a tick of the same instant, unless
    /// [`advance`](Self::advance) was called at it already.
    pub fn settle(&mut self, probe: &Probe, answers: bool, end: SimTime) {
        if self.next >= end {
            return;
        }
        let ticks = end.since(self.next).as_nanos().div_ceil(probe.period.as_nanos().max(1));
        let before = if self.last == answers { self.run } else { 0 };
        self.run = before.saturating_add(u32::try_from(ticks).unwrap_or(u32::MAX));
        self.last = answers;
        self.next = later(self.next, probe.period, ticks);
    }

    /// Counts the ticks until `now`, that of `now` included. The new verdict, if it is another.
    pub fn advance(
        &mut self,
        kind: ProbeKind,
        probe: &Probe,
        answers: bool,
        now: SimTime,
    ) -> Option<Verdict> {
        let due = self.next_verdict(probe, answers).is_some_and(|(at, _)| at <= now);
        self.settle(probe, answers, now.saturating_add(SimDuration::from_nanos(1)));
        if !due {
            return None;
        }
        self.verdict = Verdict::of(answers);
        if kind == ProbeKind::Startup || (kind == ProbeKind::Liveness && !answers) {
            self.hold();
            self.run = 0;
        }
        Some(self.verdict)
    }

    /// When its verdict will change, and to what, if the app goes on to answer or not to.
    pub fn next_verdict(&self, probe: &Probe, answers: bool) -> Option<(SimTime, bool)> {
        if self.next == SimTime::MAX || self.verdict == Verdict::of(answers) {
            return None;
        }
        let threshold =
            if answers { probe.success_threshold } else { probe.failure_threshold }.max(1);
        let run = if self.last == answers { self.run } else { 0 };
        let further = u64::from(threshold.saturating_sub(run).max(1)) - 1;
        Some((later(self.next, probe.period, further), answers))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(secs: u64) -> SimTime {
        SimTime::from_nanos(secs * 1_000_000_000)
    }

    fn probe(period: u64, success: u32, failure: u32) -> Probe {
        Probe {
            period: SimDuration::from_secs(period),
            success_threshold: success,
            failure_threshold: failure,
            ..Probe::default()
        }
    }

    #[test]
    fn ticks_keep_the_phase_of_the_pod() {
        let period = SimDuration::from_secs(10);
        assert_eq!(first_tick(secs(3), period, secs(2)), secs(3));
        assert_eq!(first_tick(secs(3), period, secs(13)), secs(13));
        assert_eq!(first_tick(secs(3), period, secs(14)), secs(23));
    }

    #[test]
    fn nothing_is_due_while_the_app_goes_on_as_it_is() {
        let rule = probe(10, 1, 3);
        let mut liveness = Prober::new(ProbeKind::Liveness);
        liveness.begin(secs(0));
        assert_eq!(liveness.next_verdict(&rule, true), None);
        let mut readiness = Prober::new(ProbeKind::Readiness);
        readiness.begin(secs(0));
        assert_eq!(readiness.next_verdict(&rule, false), None);
    }

    #[test]
    fn liveness_fails_at_the_third_tick_without_an_answer_and_is_put_on_hold() {
        let rule = probe(10, 1, 3);
        let mut liveness = Prober::new(ProbeKind::Liveness);
        liveness.begin(secs(0));
        liveness.settle(&rule, true, secs(25));
        assert_eq!(liveness.next_verdict(&rule, false), Some((secs(50), false)));
        assert_eq!(liveness.advance(ProbeKind::Liveness, &rule, false, secs(40)), None);
        let failed = liveness.advance(ProbeKind::Liveness, &rule, false, secs(50));
        assert_eq!(failed, Some(Verdict::Failure));
        assert_eq!(liveness.next_verdict(&rule, true), None);
    }

    #[test]
    fn one_answer_between_failures_breaks_their_run() {
        let rule = probe(10, 1, 3);
        let mut liveness = Prober::new(ProbeKind::Liveness);
        liveness.begin(secs(0));
        liveness.settle(&rule, false, secs(15));
        liveness.settle(&rule, true, secs(25));
        assert_eq!(liveness.next_verdict(&rule, false), Some((secs(50), false)));
    }

    #[test]
    fn readiness_comes_with_the_success_threshold_and_goes_with_that_of_failures() {
        let rule = probe(5, 2, 3);
        let mut readiness = Prober::new(ProbeKind::Readiness);
        readiness.trigger(&rule, false, secs(0), secs(1));
        readiness.settle(&rule, false, secs(4));
        assert_eq!(readiness.next_verdict(&rule, true), Some((secs(11), true)));
        let ready = readiness.advance(ProbeKind::Readiness, &rule, true, secs(11));
        assert_eq!(ready, Some(Verdict::Success));
        assert_eq!(readiness.next_verdict(&rule, false), Some((secs(26), false)));
    }

    #[test]
    fn a_startup_probe_is_on_hold_once_it_knows() {
        let rule = probe(1, 1, 30);
        let mut startup = Prober::new(ProbeKind::Startup);
        startup.begin(secs(0));
        assert_eq!(startup.next_verdict(&rule, false), Some((secs(29), false)));
        startup.settle(&rule, false, secs(7));
        let started = startup.advance(ProbeKind::Startup, &rule, true, secs(7));
        assert_eq!(started, Some(Verdict::Success));
        assert_eq!(startup.next_verdict(&rule, false), None);
    }

    /// Every probe, one after another: what [`Prober`] is to find without them.
    fn plainly(rule: &Probe, steps: &[u64], end: u64) -> Vec<(u64, bool)> {
        let (mut verdict, mut run, mut last) = (false, 0, false);
        let mut changes = Vec::new();
        for tick in (0..=end).step_by((rule.period.as_nanos() / 1_000_000_000) as usize) {
            let answers = steps.iter().filter(|step| **step <= tick).count() % 2 == 1;
            run = if answers == last { run + 1 } else { 1 };
            last = answers;
            let threshold = if answers { rule.success_threshold } else { rule.failure_threshold };
            if run >= threshold && verdict != answers {
                verdict = answers;
                changes.push((tick, verdict));
            }
        }
        changes
    }

    proptest! {
        #[test]
        fn verdicts_are_those_of_probing_at_every_tick(
            steps in proptest::collection::btree_set(0_u64..200, 0..12),
            period in 1_u64..8, success in 1_u32..4, failure in 1_u32..4,
        ) {
            let rule = probe(period, success, failure);
            let mut prober = Prober::new(ProbeKind::Readiness);
            prober.begin(secs(0));
            let steps: Vec<u64> = steps.into_iter().collect();
            let (mut answers, mut changes) = (false, Vec::new());
            for until in steps.iter().copied().chain([300]) {
                while let Some((at, _)) =
                    prober.next_verdict(&rule, answers).filter(|(at, _)| *at < secs(until))
                {
                    let verdict = prober.advance(ProbeKind::Readiness, &rule, answers, at);
                    let succeeded = verdict == Some(Verdict::Success);
                    changes.push((at.as_nanos() / 1_000_000_000, succeeded));
                }
                prober.settle(&rule, answers, secs(until));
                answers = !answers;
            }
            prop_assert_eq!(changes, plainly(&rule, &steps, 299));
        }
    }
}
