//! When hosts fail and come back, and when they are in maintenance.
//!
//! What a scenario says of faults (`[[fault]]`) means the same here as in clusters that do more:
//! the same hosts fail at the same instants under the same seed. What becomes of the items is
//! decided elsewhere.

use std::collections::BTreeMap;

use super::site::Site;
use crate::engine::{SimDuration, SimTime, Stream, Streams};
use crate::placement::BinId;
use crate::scenario::FaultKind;
use crate::workload::Sampler;
use crate::workload::traces::TraceError;

/// What happens to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// It fails.
    Fails,
    /// It is back.
    Returns,
    /// Its maintenance begins.
    Drains,
    /// Its maintenance is over.
    Ends,
    /// Nothing, as another fault holds it as it was.
    Nothing,
}

enum Cause {
    Random { failure: Sampler, repair: Sampler },
    Scheduled { back: SimTime },
    Drain { end: Option<SimTime> },
}

/// One fault on one host.
struct Strike {
    cause: usize,
    host: BinId,
    /// Whether it holds the host now.
    holds: bool,
    /// Chance of its own, where it strikes at random.
    draws: Option<Stream>,
}

/// Reasons for a host to take no items.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    failures: u32,
    drains: u32,
}

/// All faults of a cluster.
pub struct Outages {
    causes: Vec<Cause>,
    strikes: Vec<Strike>,
    hosts: BTreeMap<BinId, Held>,
    boot: Sampler,
    boot_draws: Stream,
    /// No fault strikes at random from then on.
    horizon: SimTime,
    first: Vec<(SimTime, u32)>,
}

impl Outages {
    /// The faults of a cluster whose hosts have these numbers; none where there are none.
    ///
    /// # Errors
    /// When a law reads a file that cannot be used.
    pub fn new(site: &Site, numbers: &[usize], seed: u64) -> Result<Option<Self>, TraceError> {
        let streams = Streams::new(seed);
        let boot = site.hosts.map(|(shape, _)| Sampler::new(&shape.boot)).transpose()?;
        let boot = boot.unwrap_or(Sampler::Constant(SimDuration::ZERO));
        let boot_draws = streams.named("faults/boot");
        let horizon = SimTime::ZERO.saturating_add(site.duration);
        let (causes, strikes) = (Vec::new(), Vec::new());
        let first = Vec::new();
        let hosts = BTreeMap::new();
        let mut all = Self { causes, strikes, hosts, boot, boot_draws, horizon, first };
        for (number, fault) in site.faults() {
            let Some((cause, at)) = cause(&fault.kind)? else { continue };
            all.causes.push(cause);
            for (host, &table) in (0..).map(BinId).zip(numbers) {
                if site.strikes(fault, table) {
                    let stream = || streams.numbered(&format!("fault/{number}"), table as u64);
                    all.add(host, at, at.is_none().then(stream));
                }
            }
        }
        Ok((!all.strikes.is_empty()).then_some(all))
    }

    fn add(&mut self, host: BinId, at: Option<SimTime>, draws: Option<Stream>) {
        let strike = self.strikes.len() as u32;
        let cause = self.causes.len() - 1;
        self.strikes.push(Strike { cause, host, holds: false, draws });
        if let Some(at) = at.or_else(|| self.next_failure(strike, SimTime::ZERO)) {
            self.first.push((at, strike));
        }
    }

    /// When each strikes first.
    pub fn first(&mut self) -> Vec<(SimTime, u32)> {
        std::mem::take(&mut self.first)
    }

    /// When a fault strikes at random again; none where it does not any more.
    fn next_failure(&mut self, strike: u32, now: SimTime) -> Option<SimTime> {
        let Strike { cause, draws, .. } = &mut self.strikes[strike as usize];
        let (Cause::Random { failure, .. }, Some(draws)) = (&self.causes[*cause], draws) else {
            return None;
        };
        let at = now.saturating_add(failure.sample(draws));
        (at < self.horizon).then_some(at)
    }

    /// A fault strikes, or what it did is over. Says which host, what happens to it, and when the
    /// fault is next due.
    pub fn fire(&mut self, strike: u32, now: SimTime) -> (BinId, Outage, Option<SimTime>) {
        let Strike { cause, host, holds, .. } = &mut self.strikes[strike as usize];
        *holds = !*holds;
        let (cause, host, begins) = (*cause, *host, *holds);
        let held = self.hosts.entry(host).or_default();
        let outage = match self.causes[cause] {
            Cause::Drain { .. } => {
                changed(&mut held.drains, begins, (Outage::Drains, Outage::Ends))
            }
            _ => changed(&mut held.failures, begins, (Outage::Fails, Outage::Returns)),
        };
        let next = match begins {
            true => self.over(strike, now),
            false => self.next_failure(strike, now),
        };
        (host, outage, next)
    }

    /// When what a strike does is over; none where it never is.
    fn over(&mut self, strike: u32, now: SimTime) -> Option<SimTime> {
        let Strike { cause, draws, .. } = &mut self.strikes[strike as usize];
        let back = match (&self.causes[*cause], draws) {
            (Cause::Drain { end }, _) => return *end,
            (Cause::Scheduled { back }, _) => *back,
            (Cause::Random { repair, .. }, Some(draws)) => now.saturating_add(repair.sample(draws)),
            (Cause::Random { .. }, None) => unreachable!("what is random has its own chance"),
        };
        Some(back.saturating_add(self.boot.sample(&mut self.boot_draws)))
    }

    /// Whether nothing holds a host.
    pub fn is_free(&self, host: BinId) -> bool {
        self.hosts.get(&host).is_none_or(|held| held.failures + held.drains == 0)
    }
}

/// One reason more or fewer; only the first and the last change anything.
fn changed(count: &mut u32, begins: bool, (first, last): (Outage, Outage)) -> Outage {
    *count = if begins { *count + 1 } else { *count - 1 };
    match (begins, *count) {
        (true, 1) => first,
        (false, 0) => last,
        _ => Outage::Nothing,
    }
}

/// A fault's cause, and when it strikes where that is said; none where it is not one of hosts that
/// only hold items.
fn cause(kind: &FaultKind) -> Result<Option<(Cause, Option<SimTime>)>, TraceError> {
    let instant = |at: &SimDuration| SimTime::ZERO.saturating_add(*at);
    Ok(match kind {
        FaultKind::Random { time_to_failure, time_to_repair } => {
            let failure = Sampler::new(time_to_failure)?;
            Some((Cause::Random { failure, repair: Sampler::new(time_to_repair)? }, None))
        }
        FaultKind::Scheduled { at, duration } => {
            let back = instant(at).saturating_add(*duration);
            Some((Cause::Scheduled { back }, Some(instant(at))))
        }
        FaultKind::Drain { at, duration } => {
            let end = duration.map(|length| instant(at).saturating_add(length));
            Some((Cause::Drain { end }, Some(instant(at))))
        }
        FaultKind::Slow { .. } | FaultKind::ApiOutage { .. } | FaultKind::RegistryOutage { .. } => {
            None
        }
    })
}
