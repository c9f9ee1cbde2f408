//! A fault, and when it first strikes a host.

use super::FaultEvent;
use crate::docker::RegistryId;
use crate::engine::{Calendar, Phase, Schedule, SimTime, Stream};
use crate::machine::HostId;
use crate::workload::Sampler;
use crate::world::Event;

/// A fault as it works on this cluster.
pub(super) struct Fault {
    /// Its place among the faults of the scenario.
    pub number: usize,
    /// The only hosts that it strikes, by what the scenario says.
    pub listed: Option<Vec<u32>>,
    /// The only zone whose hosts it strikes, likewise.
    pub zone: Option<u32>,
    /// Those of them that there are.
    pub hosts: Vec<HostId>,
    pub cause: Cause,
}

pub(super) enum Cause {
    /// Each host fails again and again, on its own stream.
    Random { failure: Sampler, repair: Sampler, draws: Vec<Stream> },
    /// Once.
    Scheduled { at: SimTime, back: SimTime },
    /// Once, and of a registry instead of hosts.
    Outage { registry: RegistryId, at: SimTime, end: SimTime },
    /// Once, and of the API server.
    Api { at: SimTime, end: SimTime },
    /// Once.
    Slow { at: SimTime, end: SimTime, speed: f64 },
    /// Once; for good where there is no end.
    Drain { at: SimTime, end: Option<SimTime> },
}

impl Fault {
    /// Whether it has struck for the only time.
    pub fn is_past(&self, now: SimTime) -> bool {
        match self.cause {
            Cause::Random { .. } => false,
            Cause::Scheduled { at, .. }
            | Cause::Outage { at, .. }
            | Cause::Api { at, .. }
            | Cause::Slow { at, .. }
            | Cause::Drain { at, .. } => at < now,
        }
    }

    /// Schedules the first time that it strikes a host.
    pub fn strike_first(&mut self, fault: u16, host: HostId, calendar: &mut Calendar<Event>) {
        let event = FaultEvent::Down { fault, host };
        match &mut self.cause {
            Cause::Random { failure, draws, .. } => {
                let delay = failure.sample(&mut draws[host.index()]);
                calendar.after(delay, Phase::Release, event);
            }
            Cause::Scheduled { at, .. } => calendar.at(*at, Phase::Release, event),
            Cause::Drain { at, .. } => {
                calendar.at(*at, Phase::Release, FaultEvent::Drain { fault, host });
            }
            Cause::Slow { at, end, .. } => {
                calendar.at(*at, Phase::Release, FaultEvent::Slow { fault, host });
                calendar.at(*end, Phase::Release, FaultEvent::Quick { fault, host });
            }
            Cause::Outage { .. } | Cause::Api { .. } => {
                unreachable!("an outage is of no host")
            }
        }
    }
}

/// Whether a host is one of those that a fault strikes.
pub(super) fn strikes(
    listed: &Option<Vec<u32>>,
    only: Option<u32>,
    host: HostId,
    zone: u32,
) -> bool {
    let is_listed = listed.as_ref().is_none_or(|hosts| hosts.contains(&host.0));
    is_listed && only.is_none_or(|only| only == zone)
}
