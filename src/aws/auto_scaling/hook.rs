//! Lifecycle hooks: what holds instances before they serve and before they end.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "How lifecycle hooks work" and "Complete a lifecycle
//! action"; API reference, `LifecycleHook`. All hooks of a transition hold an instance at the same
//! time. It goes on when all were completed or timed out; a heartbeat begins the time-out of a hook
//! anew, but never beyond 48 hours or 100 time-outs, whichever is less.

use crate::engine::{SimDuration, SimTime};

/// When a hook holds instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// `autoscaling:EC2_INSTANCE_LAUNCHING`: before they serve, or are put into the warm pool.
    Launching,
    /// `autoscaling:EC2_INSTANCE_TERMINATING`: before they end, or go back to the warm pool.
    Terminating,
}

/// How a hook ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well: the instance goes on once the other hooks have ended.
    Continue,
    /// An instance that launches is terminated; one that terminates waits for no other hook.
    Abandon,
}

/// A lifecycle hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hook {
    /// When it holds instances.
    pub transition: Transition,
    /// How long it waits for a heartbeat or its completion. The API's default is one hour.
    pub heartbeat_timeout: SimDuration,
    /// How it ends when it has waited so long. The API's default is to abandon.
    pub default_result: Outcome,
}

impl Hook {
    /// A hook with the defaults of the API (`PutLifecycleHook`).
    pub const fn new(transition: Transition) -> Self {
        Self {
            transition,
            heartbeat_timeout: SimDuration::from_secs(3600),
            default_result: Outcome::Abandon,
        }
    }

    /// How long it may hold an instance, heartbeats or not.
    pub fn global_timeout(&self) -> SimDuration {
        const LONGEST: SimDuration = SimDuration::from_secs(48 * 3600);
        let hundred = self.heartbeat_timeout.as_nanos().saturating_mul(100);
        SimDuration::from_nanos(hundred).min(LONGEST)
    }
}

/// The hooks that hold an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waits {
    since: SimTime,
    /// The hook, by its place among those of the group, and when it times out.
    open: Vec<(u16, SimTime)>,
}

/// What the hooks of an instance came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Some still hold it.
    Held,
    /// None does.
    Over(Outcome),
}

impl Waits {
    /// Those that hold an instance from now on, if any do.
    pub(super) fn begin(hooks: &[Hook], transition: Transition, now: SimTime) -> Option<Self> {
        let open: Vec<(u16, SimTime)> = (0..)
            .zip(hooks)
            .filter(|(_, hook)| hook.transition == transition)
            .map(|(place, hook)| (place, now.saturating_add(hook.heartbeat_timeout)))
            .collect();
        (!open.is_empty()).then_some(Self { since: now, open })
    }

    /// The hooks that hold it.
    pub(super) fn open(&self) -> impl Iterator<Item = u16> + '_ {
        self.open.iter().map(|&(hook, _)| hook)
    }

    /// When the next of them times out.
    pub(super) fn next(&self) -> Option<SimTime> {
        self.open.iter().map(|&(_, until)| until).min()
    }

    /// One of them asks for more time.
    pub(super) fn heartbeat(&mut self, hook: u16, hooks: &[Hook], now: SimTime) {
        let Some(settings) = hooks.get(usize::from(hook)) else { return };
        let last = self.since.saturating_add(settings.global_timeout());
        for (_, until) in self.open.iter_mut().filter(|(open, _)| *open == hook) {
            *until = now.saturating_add(settings.heartbeat_timeout).min(last);
        }
    }

    /// One of them ends.
    pub(super) fn complete(&mut self, hook: u16, outcome: Outcome) -> Progress {
        let before = self.open.len();
        self.open.retain(|&(open, _)| open != hook);
        if self.open.len() == before {
            return Progress::Held;
        }
        match outcome {
            Outcome::Abandon => Progress::Over(Outcome::Abandon),
            Outcome::Continue if self.open.is_empty() => Progress::Over(Outcome::Continue),
            Outcome::Continue => Progress::Held,
        }
    }

    /// Those that have waited too long end as they are set to, in their order.
    pub(super) fn expire(&mut self, hooks: &[Hook], now: SimTime) -> Progress {
        let late: Vec<u16> =
            self.open.iter().filter(|(_, until)| *until <= now).map(|&(hook, _)| hook).collect();
        for hook in late {
            let outcome = hooks[usize::from(hook)].default_result;
            let progress = self.complete(hook, outcome);
            if progress != Progress::Held {
                return progress;
            }
        }
        Progress::Held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: u64) -> SimTime {
        SimTime::from_nanos(secs * 1_000_000_000)
    }

    fn hook(secs: u64, default_result: Outcome) -> Hook {
        let heartbeat_timeout = SimDuration::from_secs(secs);
        Hook { heartbeat_timeout, default_result, ..Hook::new(Transition::Launching) }
    }

    #[test]
    fn hooks_hold_for_an_hour_and_for_two_days_at_most() {
        let default = Hook::new(Transition::Terminating);
        assert_eq!(default.global_timeout(), SimDuration::from_secs(48 * 3600));
        assert_eq!(hook(30, Outcome::Continue).global_timeout(), SimDuration::from_secs(3000));
        let waits = Waits::begin(&[default], Transition::Terminating, at(10));
        assert_eq!(waits.expect("one holds").next(), Some(at(3610)));
        assert_eq!(Waits::begin(&[default], Transition::Launching, at(10)), None);
    }

    #[test]
    fn heartbeats_begin_the_time_out_anew_until_the_global_one() {
        let hooks = [hook(30, Outcome::Abandon)];
        let mut waits = Waits::begin(&hooks, Transition::Launching, at(0)).expect("one holds");
        for now in (20..3000).step_by(20) {
            waits.heartbeat(0, &hooks, at(now));
            assert_eq!(waits.next(), Some(at((now + 30).min(3000))));
            assert_eq!(waits.expire(&hooks, at(now)), Progress::Held);
        }
        assert_eq!(waits.expire(&hooks, at(3000)), Progress::Over(Outcome::Abandon));
    }

    #[test]
    fn all_have_to_continue_and_one_abandons() {
        let hooks = [hook(30, Outcome::Continue), hook(60, Outcome::Continue)];
        let begin = || Waits::begin(&hooks, Transition::Launching, at(0)).expect("two hold");
        let mut waits = begin();
        assert_eq!(waits.complete(1, Outcome::Continue), Progress::Held);
        assert_eq!(waits.complete(1, Outcome::Abandon), Progress::Held, "it has ended");
        assert_eq!(waits.complete(0, Outcome::Continue), Progress::Over(Outcome::Continue));
        assert_eq!(begin().complete(0, Outcome::Abandon), Progress::Over(Outcome::Abandon));
        let mut late = begin();
        assert_eq!(late.expire(&hooks, at(30)), Progress::Held, "the other has half a minute");
        assert_eq!(late.open().collect::<Vec<_>>(), [1]);
        assert_eq!(late.expire(&hooks, at(60)), Progress::Over(Outcome::Continue));
    }
}
