//! What lies between a service and those beyond it: calls that go out of the cluster, and clients
//! whose connections do not come through.

use super::unanswered::Failure;
use super::{AppId, HostEvent, ServiceEvent, Services, Surroundings};
use crate::engine::{Phase, Schedule, SimDuration};
use crate::workload::outside::Outcome;
use crate::workload::request::AttemptId;

/// How long a client tries to connect that nobody answers: six more SYNs, at intervals from 1 s
/// that double (Linux, `net.ipv4.tcp_syn_retries`).
const CONNECT: SimDuration = SimDuration::from_secs(127);

/// Clients of an app whose connections are dropped on the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocked {
    outside: bool,
    callers: Vec<AppId>,
}

impl Services {
    /// What becomes of a call out of the cluster that requests of an app make, by its place.
    ///
    /// # Panics
    /// When there is no such call.
    pub fn set_outside_call(&mut self, app: AppId, place: usize, outcome: Outcome) {
        let calls = self.services[app.0 as usize].outside.as_mut();
        calls.expect("the app makes calls").set(place, outcome);
    }

    /// Has connections to an app dropped, as by a security group: those of another app, or those
    /// from outside. Who connects gives up at his timeout, at most after 127 s.
    pub fn block(&mut self, app: AppId, caller: Option<AppId>) {
        let blocked = self.services[app.0 as usize].blocked.get_or_insert_default();
        match caller {
            None => blocked.outside = true,
            Some(caller) if blocked.callers.contains(&caller) => {}
            Some(caller) => blocked.callers.push(caller),
        }
    }

    /// Whether the connection of an attempt is dropped on the way to its app.
    pub(super) fn is_blocked(&self, id: AttemptId) -> bool {
        let attempt = self.attempts.get(id);
        let Some(blocked) = &self.services[attempt.app.0 as usize].blocked else { return false };
        match attempt.caller {
            None => blocked.outside,
            Some(caller) if self.attempts.is_live(caller) => {
                blocked.callers.contains(&self.attempts.get(caller).app)
            }
            // the caller is gone, and nobody waits
            Some(_) => true,
        }
    }

    /// The connection of an attempt is dropped: nobody hears it.
    pub(super) fn drop_connection<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let app = self.attempts.get(id).app;
        let timeout = self.services[app.0 as usize].app.timeout;
        let patience = timeout.map_or(CONNECT, |timeout| timeout.min(CONNECT));
        around.schedule.after(patience, Phase::Arrive, ServiceEvent::Unheard(id));
    }

    /// The client of an attempt that nobody heard gives up.
    pub(super) fn unheard<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        if self.attempts.is_waited_for(id) {
            self.unanswered(id, Failure::TimedOut, around);
        }
    }

    /// The replica has done its work for an attempt: it makes the calls out of the cluster, then
    /// those to other apps.
    pub(super) fn worked<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let outside = self.attempts.get(id).outside;
        match outside.is_nothing() {
            true => self.next_stage(id, around),
            false => around.schedule.after(outside.time, Phase::Arrive, ServiceEvent::Called(id)),
        }
    }

    /// The calls of an attempt out of the cluster are over.
    pub(super) fn called<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        if !self.is_worked_on(id) {
            return;
        }
        match self.attempts.get(id).outside.fails {
            true => self.failed(id, Failure::Failed, around),
            false => self.next_stage(id, around),
        }
    }
}
