//! An instance refresh of a group.
//!
//! What is replaced is everything launched before it began, or what is not of the present template
//! ([`Preferences::skip_matching`]); in which order is not documented: here in that of the
//! termination policies. While it lasts, new instances warm up as it says.

use super::{Action, Group};
use crate::aws::auto_scaling::candidates::Kind;
use crate::aws::auto_scaling::instance::InstanceId;
use crate::aws::auto_scaling::process::Process;
use crate::aws::auto_scaling::refresh::{Preferences, Standing};
use crate::engine::{SimDuration, SimTime};

impl Group {
    /// How long new instances warm up.
    pub(super) fn warmup(&self) -> SimDuration {
        let (warmup, grace) = (self.settings.warmup, self.settings.grace);
        let default = if warmup.is_zero() { grace } else { warmup };
        self.refresh.map_or(warmup, |refresh| refresh.warmup.unwrap_or(default))
    }

    /// Begins to replace its instances; what went on before is superseded.
    pub fn start_refresh(&mut self, preferences: Preferences, now: SimTime, out: &mut Vec<Action>) {
        self.refresh = Some(preferences);
        self.round += 1;
        self.settle(now, out);
    }

    /// Stops replacing: what was replaced stays so.
    pub fn cancel_refresh(&mut self) {
        self.refresh = None;
    }

    /// Whether its instances are being replaced.
    pub fn is_refreshing(&self) -> bool {
        self.refresh.is_some()
    }

    pub(super) fn replace_outdated(&mut self, now: SimTime, out: &mut Vec<Action>) {
        let stopped = [Process::Launch, Process::Terminate].map(|it| self.is_suspended(it));
        let Some(preferences) = self.refresh.filter(|_| !stopped.contains(&true)) else { return };
        let (round, current) = (self.round, self.settings.template);
        let outdated = |kind: &Kind| {
            kind.round < round && !(preferences.skip_matching && kind.template == current)
        };
        let totals = self.roster.totals;
        let standing = Standing {
            desired: self.settings.desired,
            ready: totals.warm,
            ahead: self.extra,
            outdated: self.roster.candidates.units(outdated),
        };
        let step = preferences.step(standing);
        self.replace_each(step.terminate, &outdated, now, |group, id| {
            group.leave(id, false, now, out);
        });
        self.replace_each(step.launch_first, &outdated, now, |group, id| group.replace_first(id));
        let rests = self.swaps.is_empty() && self.at_risk.is_empty();
        if standing.outdated == 0 && rests && totals.warm == totals.capacity {
            self.refresh = None;
        }
    }

    fn replace_each(
        &mut self,
        mut units: u32,
        outdated: &dyn Fn(&Kind) -> bool,
        now: SimTime,
        mut replace: impl FnMut(&mut Self, InstanceId),
    ) {
        while units > 0 {
            let Some(id) = self.choose(None, outdated, now) else { return };
            let weight = self.roster.get(id).map_or(units, |instance| instance.weight);
            units = units.saturating_sub(weight);
            replace(self, id);
        }
    }
}
