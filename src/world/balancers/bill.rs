//! What the load balancers of a cluster cost.

use crate::aws::elb::cost::Prices;
use crate::aws::pricing::{Bill, Charge};
use crate::engine::SimTime;
use crate::units::Usd;
use crate::workload::load_balancer::Kind;
use crate::workload::{AppId, LoadBalancer};
use crate::world::World;

impl World<'_> {
    /// What each load balancer has cost from the beginning until now, and the app that it is of, if
    /// it is of one alone: hours begun, units of capacity, and what a Network Load Balancer sent to
    /// targets in other zones or got from there, by the prices of US East (N. Virginia).
    pub(in crate::world) fn elb_bills(&self, now: SimTime) -> Vec<(Option<AppId>, Bill)> {
        let balancers = self.services.balancers().iter();
        balancers.map(|balancer| (balancer.only_app(), bill_of(balancer, now))).collect()
    }
}

fn bill_of(balancer: &LoadBalancer, now: SimTime) -> Bill {
    let prices = Prices::default();
    let usage = balancer.usage();
    let reading = usage.reading(now);
    let (_, crossed) = usage.crossed();
    let ([hours, units], crossing) = match balancer.kind() {
        Kind::Application { .. } => (prices.of_application(&reading), Usd(0.0)),
        Kind::Network(_) => (prices.of_network(&[reading]), prices.of_crossing(crossed)),
    };
    Bill::default()
        .with(Charge::LoadBalancer, hours)
        .with(Charge::LoadBalancerUnits, units)
        .with(Charge::CrossZone, crossing)
}
