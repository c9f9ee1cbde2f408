//! How requests end without an answer, and what the client does then.

use super::{AppId, AppMeters, HostEvent, ServiceEvent, Services, Source, Surroundings};
use crate::aws::elb::outcome;
use crate::engine::{Phase, Schedule, SimDuration};
use crate::workload::load_balancer::usage;
use crate::workload::request::{Attempt, AttemptId};

/// A user who does not think still needs this long to see that a request was refused.
const SHORTEST_PAUSE: SimDuration = SimDuration::from_millis(1);

/// How a request can end without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The client had enough.
    TimedOut,
    /// No replica took it.
    Refused,
    /// Its replica died, or a call that it needed failed.
    Failed,
    /// The load balancer had no answer.
    Undelivered(outcome::Failure),
}

impl Services {
    /// Sets the time at which somebody gives up on an attempt.
    pub(super) fn arm_deadline<S>(
        &mut self,
        app: AppId,
        id: AttemptId,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent>,
    {
        let service = &mut self.services[app.0 as usize];
        if !service.has_deadline(self.attempts.get(id)) {
            return;
        }
        let Some(deadlines) = &mut service.deadlines else {
            return;
        };
        deadlines.trim(|other| !self.attempts.is_waited_for(other));
        let deadline = deadlines.arm(around.schedule.now(), id);
        if !service.deadline_armed {
            service.deadline_armed = true;
            around.schedule.at(deadline, Phase::Arrive, ServiceEvent::Deadline(app));
        }
    }

    /// Deadlines of an app's attempts have come.
    pub(super) fn deadline<S>(&mut self, app: AppId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = around.now();
        let service = &mut self.services[app.0 as usize];
        service.deadline_armed = false;
        let deadlines =
            service.deadlines.as_mut().expect("only apps with a timeout have deadlines");
        let mut due = std::mem::take(&mut self.due);
        deadlines.expired(now, |id| !self.attempts.is_waited_for(id), &mut due);
        if let Some(next) = deadlines.next(|id| !self.attempts.is_waited_for(id)) {
            service.deadline_armed = true;
            around.schedule.at(next, Phase::Arrive, ServiceEvent::Deadline(app));
        }
        for id in due.drain(..) {
            if self.attempts.is_waited_for(id) {
                let service = &self.services[app.0 as usize];
                let why = match service.way_of(self.attempts.get(id)) {
                    Some(_) => service.impatient,
                    None => Failure::TimedOut,
                };
                self.given_up(id, why, around);
            }
        }
        self.due = due;
    }

    /// The client, or the load balancer, gives up; the server works on without knowing, in a slot
    /// of its own.
    pub(super) fn given_up<S>(
        &mut self,
        id: AttemptId,
        failure: Failure,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let attempt = self.attempts.get_mut(id);
        let before = *attempt;
        attempt.leg = None;
        let client = match attempt.replica {
            // it was answered, too late, or no replica has it yet
            None => id,
            Some(_) => {
                attempt.orphaned = true;
                let client = Attempt { replica: None, leg: None, ..before };
                self.attempts.insert(client)
            }
        };
        let left = failure == Failure::Undelivered(outcome::Failure::ClientLeft);
        self.ended(&before, !left, around);
        self.unanswered(client, failure, around);
    }

    /// An attempt has come to nothing: the client tries again or gives up.
    pub(super) fn unanswered<S>(
        &mut self,
        id: AttemptId,
        failure: Failure,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let attempt = self.attempts.get_mut(id);
        let service = &mut self.services[attempt.app.0 as usize];
        if let (Failure::Undelivered(why), Some((balancer, _))) = (failure, service.balanced) {
            self.balancers[balancer.0 as usize].usage.failed(why);
        }
        if attempt.tries < service.app.retries {
            let doubled = 1u64 << attempt.tries.min(20);
            let pause = service.app.retry_backoff.as_nanos().saturating_mul(doubled);
            let pause = SimDuration::from_nanos(pause);
            let again = Attempt {
                tries: attempt.tries + 1,
                stage: 0,
                pending: 0,
                replica: None,
                leg: None,
                ..*attempt
            };
            // a new generation, so that late answers to the old attempt's calls find nobody
            self.attempts.remove(id);
            let again = self.attempts.insert(again);
            service.meters.retries += 1;
            around.schedule.after(pause, Phase::Arrive, ServiceEvent::Retry(again));
            return;
        }
        let attempt = *attempt;
        self.attempts.remove(id);
        service.meters.ended_by(failure);
        self.close(&attempt, SimDuration::ZERO, around);
        if let Some(caller) = attempt.caller
            && self.is_worked_on(caller)
        {
            self.failed(caller, Failure::Failed, around);
        }
    }

    /// The replica died under an attempt, or a call it needed failed.
    pub(super) fn failed<S>(
        &mut self,
        id: AttemptId,
        failure: Failure,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let next = self.leave_server(id, around);
        let attempt = self.attempts.get_mut(id);
        if attempt.orphaned {
            self.attempts.remove(id);
        } else {
            let before = *attempt;
            (attempt.replica, attempt.leg) = (None, None);
            self.ended(&before, true, around);
            self.unanswered(id, failure, around);
        }
        if let Some(next) = next {
            self.begin_next(next, around);
        }
    }

    /// A request has ended, one way or another; a user behind it, whom the news reaches after
    /// `delay`, thinks about the next.
    pub(super) fn close<S>(
        &mut self,
        attempt: &Attempt,
        delay: SimDuration,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent>,
    {
        let now = around.schedule.now();
        let service = &mut self.services[attempt.app.0 as usize];
        service.meters.left(now);
        if let Some(Source::Closed(users)) = &mut service.source
            && attempt.caller.is_none()
        {
            let mut pause = users.think() + delay;
            if pause.is_zero() && attempt.first_sent == now {
                // refused at once: without a pause it would be sent again in this very instant
                pause = service.app.retry_backoff.max(SHORTEST_PAUSE);
            }
            around.schedule.after(pause, Phase::Arrive, ServiceEvent::Arrival(attempt.app));
        }
    }
}

impl AppMeters {
    /// A request has ended like that.
    fn ended_by(&mut self, failure: Failure) {
        use outcome::Failure as Of;
        let account = &mut self.account;
        match failure {
            Failure::TimedOut => account.timed_out += 1,
            Failure::Refused => account.refused += 1,
            Failure::Failed => account.failed += 1,
            Failure::Undelivered(why) => {
                *usage::count(&mut self.undelivered, why) += 1;
                match why {
                    Of::NoTarget | Of::NoCapacity | Of::Refused => account.refused += 1,
                    Of::Closed | Of::Cut => account.failed += 1,
                    Of::NoConnection | Of::Idle | Of::ClientLeft => account.timed_out += 1,
                }
            }
        }
    }
}
