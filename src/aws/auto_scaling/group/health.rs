//! The health of instances, and their replacement.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Health checks for instances in an Auto Scaling
//! group" and "About the health check grace period". An instance that no longer runs, or was set
//! unhealthy, is replaced at once. Others wait for their turn: the guide says that at most a tenth
//! of the desired capacity is replaced at a time, one where that is less than one, that the
//! next wait until the new ones have warmed up, and that a group that lacks a tenth or more waits
//! for what is launching. All of it is one rule here: what is in service and warm may lack at
//! most that tenth. That fewer are replaced when all are unhealthy is not modelled; nor is how long
//! EC2 Auto Scaling waits for a failing status check to pass again, which the guide gives as a few
//! minutes: it is for the caller to report it late.

use super::{Action, Group, Timer};
use crate::aws::auto_scaling::instance::{InstanceId, State};
use crate::aws::auto_scaling::process::Process;
use crate::engine::SimTime;

/// Who says that an instance is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// EC2: it stops, was stopped, or shuts down. The grace period does not matter.
    NotRunning,
    /// EC2: a status check fails.
    Impaired,
    /// The load balancer: its health check fails.
    LoadBalancer,
    /// The user (`SetInstanceHealth`, which respects the grace period by default).
    User,
}

impl Report {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Group {
    /// Somebody says that an instance is not well, or that it is well again.
    pub fn report(
        &mut self,
        id: InstanceId,
        report: Report,
        bad: bool,
        now: SimTime,
        out: &mut Vec<Action>,
    ) {
        let counts = match report {
            Report::User => true,
            Report::LoadBalancer => {
                self.settings.elb_health && !self.is_suspended(Process::HealthCheck)
            }
            Report::NotRunning | Report::Impaired => !self.is_suspended(Process::HealthCheck),
        };
        let serves = self.roster.state(id) == Some(State::InService);
        if counts && serves {
            let bit = report.bit();
            self.roster.change(id, |instance| {
                let others = instance.reports & !bit;
                instance.reports = if bad { others | bit } else { others };
            });
            self.judge(id, now);
        }
        self.settle(now, out);
    }

    /// Whether an instance is to be replaced by what was reported. Until its grace period is over
    /// it is not, unless it does not run any more.
    pub(super) fn judge(&mut self, id: InstanceId, now: SimTime) {
        let Some(instance) = self.roster.get(id).filter(|it| it.state == State::InService) else {
            return;
        };
        let (reports, was) = (instance.reports, instance.unhealthy);
        let since = instance.in_service.expect("it is in service");
        let grace = since.saturating_add(self.settings.grace);
        let stopped = reports & Report::NotRunning.bit() != 0;
        if reports != 0 && !stopped && now < grace {
            self.timers.insert((grace, id, Timer::Grace));
        }
        let unhealthy = stopped || (reports != 0 && now >= grace);
        if unhealthy != was {
            self.roster.change(id, |instance| instance.unhealthy = unhealthy);
        }
        self.unhealthy.remove(&(false, id));
        self.unhealthy.remove(&(true, id));
        if unhealthy {
            let at_once = Report::NotRunning.bit() | Report::User.bit();
            self.unhealthy.insert((reports & at_once == 0, id));
        }
    }

    /// Terminates what is unhealthy, as far as its replacement may begin.
    pub(super) fn replace_unhealthy(&mut self, now: SimTime, out: &mut Vec<Action>) {
        let stopped = [Process::ReplaceUnhealthy, Process::Terminate]
            .map(|process| self.is_suspended(process));
        if stopped.contains(&true) {
            return;
        }
        let desired = self.settings.desired;
        while let Some(&(waits, id)) = self.unhealthy.first() {
            let weight = self.roster.get(id).map_or(0, |instance| instance.weight);
            let lacking = desired.saturating_sub(self.roster.totals.warm);
            let most = (desired / 10).max(1);
            // the last one of a tenth may be heavier than what is left of it
            let instance_fits = lacking + weight <= most || (lacking == 0 && weight > most);
            if waits && !instance_fits {
                return;
            }
            self.leave(id, false, now, out);
        }
    }
}
