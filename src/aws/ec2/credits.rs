//! CPU credits of T2, T3, T3a and T4g: closed form between changes of what is used.
//!
//! Amazon EC2 User Guide, "Key concepts for burstable performance instances", "Standard mode",
//! "Unlimited mode". A credit is a vCPU for a minute. Credits are earned all the time that an
//! instance runs and kept up to what 24 hours earn; more is lost. *Launch credits* (T2 standard)
//! are spent first, before earned ones, and do not count towards that. Without credits, *standard*
//! has the baseline; *unlimited* spends surplus credits, which later earnings pay back, up to what
//! 24 hours earn; what is spent beyond that is charged, and all that is owed when the instance
//! stops or becomes standard. T2 loses its credits when it stops, the others keep them for seven
//! days.
//!
//! Simplified: a standard instance comes down to its baseline at once (AWS: gradually), and what is
//! charged is charged when it is spent (AWS: at the end of that hour). Every start of T2 standard
//! has its launch credits (AWS: the first 100 of an account in 24 hours).

use super::catalogue::InstanceType;
use crate::engine::{SimDuration, SimTime};

const MINUTES_PER_HOUR: f64 = 60.0;
const SECONDS_PER_HOUR: f64 = 3600.0;
const LAUNCH_CREDITS_PER_VCPU: f64 = 30.0;
/// Credits of an instance that is stopped are kept for so long (T3, T3a, T4g).
pub const KEPT: SimDuration = SimDuration::from_secs(7 * 86_400);

/// What happens without credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditMode {
    /// Down to the baseline. The default of T2.
    Standard,
    /// On, for money. The default of T3, T3a and T4g.
    Unlimited,
}

/// What an instance has, owes and has been charged for, in credits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Balance {
    /// Launch credits that are left.
    pub launch: f64,
    /// Earned credits that are left. With launch credits: `CPUCreditBalance`.
    pub earned: f64,
    /// Spent and not earned yet: `CPUSurplusCreditBalance`.
    pub surplus: f64,
    /// `CPUSurplusCreditsCharged`, in all.
    pub charged: f64,
}

/// The credits of an instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CpuCredits {
    vcpus: f64,
    /// Credits that an hour earns.
    earn: f64,
    /// T2: launch credits, and nothing is kept over a stop.
    is_t2: bool,
    mode: CreditMode,
    /// Since when it does not run.
    stopped: Option<SimTime>,
    /// vCPUs that would be used if there were no limit.
    wanted: f64,
    balance: Balance,
    since: SimTime,
}

/// Credits an hour, until one of the balances meets its bound.
#[derive(Clone, Copy, Debug, Default)]
struct Flow {
    launch: f64,
    earned: f64,
    surplus: f64,
    charged: f64,
}

impl CpuCredits {
    /// Those of an instance that starts now; none for types without. `mode` is the default of the
    /// family unless told otherwise.
    pub fn launch(now: SimTime, of: &InstanceType, mode: Option<CreditMode>) -> Option<Self> {
        let earn = of.credits_per_hour?;
        let is_t2 = of.family() == "t2";
        let default = if is_t2 { CreditMode::Standard } else { CreditMode::Unlimited };
        let mut credits = Self {
            vcpus: f64::from(of.vcpus),
            earn,
            is_t2,
            mode: mode.unwrap_or(default),
            stopped: None,
            wanted: 0.0,
            balance: Balance::default(),
            since: now,
        };
        credits.start(now);
        Some(credits)
    }

    /// Earned credits, and surplus ones, at most: what 24 hours earn.
    pub fn most(&self) -> f64 {
        self.earn * 24.0
    }

    /// vCPUs that need no credits.
    pub fn baseline(&self) -> f64 {
        self.earn / MINUTES_PER_HOUR
    }

    /// The mode it is in.
    pub fn mode(&self) -> CreditMode {
        self.mode
    }

    /// From now on so many vCPUs would be used, were there no limit.
    pub fn set_wanted(&mut self, now: SimTime, vcpus: f64) {
        self.advance(now);
        self.wanted = vcpus.clamp(0.0, self.vcpus);
    }

    /// vCPUs that can be used now: all, or the baseline.
    pub fn limit(&self, now: SimTime) -> f64 {
        if self.at(now).is_exhausted() { self.baseline() } else { self.vcpus }
    }

    /// vCPUs that are used.
    pub fn used(&self, now: SimTime) -> f64 {
        self.wanted.min(self.limit(now))
    }

    /// The balances.
    pub fn balance(&self, now: SimTime) -> Balance {
        self.at(now).balance
    }

    /// When the limit falls to the baseline if as much goes on being wanted; none where it has
    /// fallen, or does not.
    pub fn falls_at(&self, now: SimTime) -> Option<SimTime> {
        let mut future = self.at(now);
        let drains = self.mode == CreditMode::Standard && self.wanted > self.baseline();
        if !drains || future.is_exhausted() {
            return None;
        }
        while let Some(next) = future.next_bound() {
            future.step(next);
            if future.is_exhausted() {
                return Some(next);
            }
        }
        None
    }

    /// It stops or is terminated: what it owes is charged.
    pub fn stop(&mut self, now: SimTime) {
        self.advance(now);
        self.settle();
        self.stopped = Some(now);
        self.wanted = 0.0;
        if self.is_t2 {
            self.balance = Balance { charged: self.balance.charged, ..Balance::default() };
        }
    }

    /// It starts, with what it has kept.
    pub fn start(&mut self, now: SimTime) {
        self.advance(now);
        if self.stopped.take().is_some_and(|stopped| now.since(stopped) > KEPT) {
            self.balance.earned = 0.0;
        }
        if self.is_t2 && self.mode == CreditMode::Standard {
            self.balance.launch = LAUNCH_CREDITS_PER_VCPU * self.vcpus;
        }
    }

    /// From now on it is in another mode: what it owes is charged, launch credits are lost.
    pub fn switch(&mut self, now: SimTime, mode: CreditMode) {
        self.advance(now);
        match mode {
            CreditMode::Standard => self.settle(),
            CreditMode::Unlimited => self.balance.launch = 0.0,
        }
        self.mode = mode;
    }

    /// Charges what is owed.
    fn settle(&mut self) {
        self.balance.charged += self.balance.surplus;
        self.balance.surplus = 0.0;
    }

    fn is_exhausted(&self) -> bool {
        let Balance { launch, earned, .. } = self.balance;
        self.mode == CreditMode::Standard && launch == 0.0 && earned == 0.0
    }

    fn at(mut self, now: SimTime) -> Self {
        self.advance(now);
        self
    }

    fn advance(&mut self, now: SimTime) {
        while let Some(next) = self.next_bound().filter(|next| *next < now) {
            self.step(next);
        }
        // a bound that falls on this very instant is met as well
        self.step(now);
    }

    fn flow(&self) -> Flow {
        if self.stopped.is_some() {
            return Flow::default();
        }
        let balance = &self.balance;
        let spent = self.wanted * MINUTES_PER_HOUR;
        let is_full = balance.earned >= self.most();
        if balance.launch > 0.0 {
            let earned = if is_full { 0.0 } else { self.earn };
            return Flow { launch: -spent, earned, ..Flow::default() };
        }
        let net = self.earn - spent;
        let flow = Flow::default();
        if net > 0.0 && balance.surplus > 0.0 {
            Flow { surplus: -net, ..flow }
        } else if net > 0.0 {
            Flow { earned: if is_full { 0.0 } else { net }, ..flow }
        } else if balance.earned > 0.0 {
            Flow { earned: net, ..flow }
        } else if self.mode == CreditMode::Standard {
            flow
        } else if balance.surplus < self.most() {
            Flow { surplus: -net, ..flow }
        } else {
            Flow { charged: -net, ..flow }
        }
    }

    /// How far each balance is from where its flow takes it, in hours: launch credits, earned ones,
    /// surplus.
    fn ways(&self, flow: Flow) -> [f64; 3] {
        let way = |level: f64, rate: f64| match rate {
            rate if rate < 0.0 => level / -rate,
            rate if rate > 0.0 => (self.most() - level) / rate,
            _ => f64::INFINITY,
        };
        let Balance { launch, earned, surplus, .. } = self.balance;
        [way(launch, flow.launch), way(earned, flow.earned), way(surplus, flow.surplus)]
    }

    fn after(&self, hours: f64) -> SimTime {
        self.since.saturating_add(SimDuration::from_secs_f64(hours * SECONDS_PER_HOUR))
    }

    /// When the first balance meets its bound.
    fn next_bound(&self) -> Option<SimTime> {
        let first = self.ways(self.flow()).into_iter().fold(f64::INFINITY, f64::min);
        first.is_finite().then(|| self.after(first)).filter(|at| *at < SimTime::MAX)
    }

    /// To an instant up to which the flow holds. A balance that has come to its bound there is
    /// exactly that.
    fn step(&mut self, now: SimTime) {
        let flow = self.flow();
        let ways = self.ways(flow).map(|way| self.after(way) <= now);
        let passed = now.since(self.since).as_secs_f64() / SECONDS_PER_HOUR;
        let most = self.most();
        let moved = |level: f64, rate: f64, is_there: bool| match is_there {
            true if rate < 0.0 => 0.0,
            true => most,
            // rounding takes nothing there before its time
            false if rate < 0.0 => (level + rate * passed).max(f64::MIN_POSITIVE),
            false if rate > 0.0 => (level + rate * passed).min(most),
            false => level,
        };
        let balance = &mut self.balance;
        balance.launch = moved(balance.launch, flow.launch, ways[0]);
        balance.earned = moved(balance.earned, flow.earned, ways[1]);
        balance.surplus = moved(balance.surplus, flow.surplus, ways[2]);
        balance.charged += flow.charged * passed;
        self.since = now;
    }
}

#[cfg(test)]
mod tests;
