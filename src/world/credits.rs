//! CPU credits of instances in the world: what T types may use of their CPU, and owe for it.
//!
//! `aws::ec2::credits` does the sums. It is told at the end of every instant in which another
//! number of vCPUs would be busy than before ([`Host::watch`](crate::machine::Host::watch)), and
//! says when they will be slowed down to the baseline if as many stay busy: what comes of it is
//! exact. An instance that is out of credits has the time of its baseline for all of its vCPUs
//! together; those that are busy are slowed down alike.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::World;
use crate::aws::ec2::billing::{Licence, surplus_cost, surplus_price};
use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::ec2::credits::{CpuCredits, CreditMode};
use crate::aws::pricing::{Bill, Charge};
use crate::engine::{Phase, SimTime};
use crate::machine::HostId;
use crate::metrics::Gauge;
use crate::scenario::aws::CreditOption;
use crate::units::{HourlyPrice, Usd};

/// Credits of an instance run out, unless its CPU is used otherwise in the meantime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditEvent {
    host: HostId,
    /// Dropped unless it is the current one.
    generation: u32,
}

/// The credits of one instance.
#[derive(Debug)]
struct Account {
    type_name: &'static str,
    credits: CpuCredits,
    generation: u32,
    /// What a vCPU-hour beyond what was earned costs.
    price: HourlyPrice,
    /// 1 while it is slowed down.
    slowed: Gauge,
}

/// The credits of all instances of a cluster.
#[derive(Debug, Default)]
pub(super) struct Credits {
    of_host: BTreeMap<HostId, Account>,
    /// The latest generation of all.
    latest: u32,
    /// What was charged of instances that are no more.
    ended: Usd,
    before: Usd,
    /// Seconds that instances of a type were slowed down, and were there, that are no more.
    slowed: BTreeMap<&'static str, (f64, f64)>,
}

impl Account {
    fn charged(&self, now: SimTime) -> Usd {
        surplus_cost(self.price, &self.credits.balance(now))
    }
}

impl World<'_> {
    /// A machine is an instance of this type from now on, which runs. Nothing for types without
    /// credits.
    pub(super) fn credits_begin(
        &mut self,
        machine: usize,
        one: &'static InstanceType,
        mode: Option<CreditOption>,
        licence: Licence,
    ) {
        let (now, host) = (self.now(), self.nodes.all[machine].host);
        let mode = mode.map(|mode| match mode {
            CreditOption::Standard => CreditMode::Standard,
            CreditOption::Unlimited => CreditMode::Unlimited,
        });
        let Some(credits) = CpuCredits::launch(now, one, mode) else { return };
        let mut slowed = Gauge::default();
        slowed.restart(now);
        let is_free = self.hosts_are_paid();
        let price = if is_free { HourlyPrice(0.0) } else { surplus_price(one, licence) };
        let account = Account { type_name: &one.name, credits, generation: 0, price, slowed };
        self.credits.of_host.insert(host, account);
        self.hosts[host.index()].watch(true);
        self.demand_changed(host);
    }

    /// An instance is stopped: what it owes is charged.
    pub(super) fn credits_stop(&mut self, machine: usize) {
        let (now, host) = (self.now(), self.nodes.all[machine].host);
        if let Some(account) = self.credits.of_host.get_mut(&host) {
            account.credits.stop(now);
            self.demand_changed(host);
        }
    }

    /// An instance that was stopped runs again, with what it has kept.
    pub(super) fn credits_start(&mut self, machine: usize) {
        let (now, host) = (self.now(), self.nodes.all[machine].host);
        if let Some(account) = self.credits.of_host.get_mut(&host) {
            account.credits.start(now);
            self.demand_changed(host);
        }
    }

    /// A machine is an instance no more: what it owes is charged.
    pub(super) fn credits_end(&mut self, machine: usize) {
        let (now, host) = (self.now(), self.nodes.all[machine].host);
        let Some(mut account) = self.credits.of_host.remove(&host) else { return };
        account.credits.stop(now);
        self.credits.ended.0 += account.charged(now).0;
        let (slowed, there) = self.credits.slowed.entry(account.type_name).or_default();
        *slowed += account.slowed.integral(now);
        *there += account.slowed.measured(now);
        let host = &mut self.hosts[host.index()];
        host.watch(false);
        host.cpu.set_limit(now, f64::INFINITY);
        host.arm(&mut self.calendar);
    }

    /// Another number of vCPUs of an instance would be busy than before.
    pub(super) fn demand_changed(&mut self, host: HostId) {
        let busy = self.hosts[host.index()].demand();
        if self.tenants.has(host) {
            let now = self.now();
            let account = self.credits.of_host.get(&host);
            let allowed = account.map_or(f64::INFINITY, |account| account.credits.limit(now));
            if self.tell_hardware(host, busy, allowed) {
                return self.host_shared(self.tenants.hardware(host));
            }
        }
        self.limit_cpu(host);
    }

    /// Bounds the CPU of a machine by its credits, and by what its host has for it.
    pub(super) fn limit_cpu(&mut self, host: HostId) {
        let now = self.now();
        let busy = self.hosts[host.index()].demand();
        let most = self.tenants.allowed(host);
        let limit = self.credits_allow(host, busy.min(most)).min(most);
        let it = &mut self.hosts[host.index()];
        it.cpu.set_limit(now, limit);
        it.arm(&mut self.calendar);
    }

    /// So many vCPUs of an instance are used if its credits allow it: says how many may be, and
    /// sees to it that it is told when they will not any more.
    fn credits_allow(&mut self, host: HostId, busy: f64) -> f64 {
        let now = self.now();
        let Some(account) = self.credits.of_host.get_mut(&host) else { return f64::INFINITY };
        let credits = &mut account.credits;
        credits.set_wanted(now, busy);
        let limit = credits.limit(now);
        let is_slowed = busy > limit;
        let slowed = f64::from(u8::from(is_slowed));
        if account.slowed.value() != slowed {
            account.slowed.set(now, slowed);
        }
        self.credits.latest = self.credits.latest.wrapping_add(1);
        account.generation = self.credits.latest;
        if let Some(at) = credits.falls_at(now) {
            let event = CreditEvent { host, generation: account.generation };
            self.calendar.push(at, Phase::Release, event.into());
        }
        if is_slowed { limit } else { f64::INFINITY }
    }

    /// Handles an event of credits.
    pub(super) fn on_credit(&mut self, event: CreditEvent) {
        let account = self.credits.of_host.get(&event.host);
        if account.is_some_and(|account| account.generation == event.generation) {
            self.demand_changed(event.host);
        }
    }

    /// What surplus credits cost in the measured time.
    pub(super) fn credit_bill(&self, now: SimTime) -> Bill {
        let charged = Usd(self.charged_credits(now).0 - self.credits.before.0);
        Bill::default().with(Charge::SurplusCredits, charged)
    }

    fn charged_credits(&self, now: SimTime) -> Usd {
        let charged = self.credits.of_host.values().map(|account| account.charged(now).0);
        Usd(self.credits.ended.0 + charged.sum::<f64>())
    }

    /// The measurement begins.
    pub(super) fn restart_credits(&mut self, now: SimTime) {
        self.credits.before = self.charged_credits(now);
        self.credits.slowed.clear();
        self.credits.of_host.values_mut().for_each(|account| account.slowed.restart(now));
    }

    /// Types whose instances were slowed down for want of credits, and for which part of the time.
    pub(super) fn exhausted_credits(&self) -> Vec<String> {
        let mut all = self.credits.slowed.clone();
        for account in self.credits.of_host.values() {
            let (slowed, there) = all.entry(account.type_name).or_default();
            *slowed += account.slowed.integral(self.end);
            *there += account.slowed.measured(self.end);
        }
        let slowed = all.into_iter().filter(|(_, (slowed, _))| *slowed > 0.0);
        let warning = |(name, (slowed, there)): (&str, (f64, f64))| {
            let share = slowed / there * 100.0;
            format!(
                "{name}: out of CPU credits and slowed down to the baseline for {share:.1}% of \
                 the time"
            )
        };
        slowed.map(warning).collect()
    }
}
