//! What the load balancers of a cluster cost.

use crate::aws::elb::cost::Prices;
use crate::aws::pricing::{Bill, Charge};
use crate::engine::SimTime;
use crate::workload::AppId;
use crate::workload::load_balancer::{Kind, LoadBalancer};
use crate::world::World;

impl World<'_> {
    /// What each load balancer has cost from the beginning until now, with the app behind it where
    /// there is one alone, by the prices of US East (N. Virginia): hours begun, units of capacity, and what Network Load Balancers sent to targets
    /// in other zones or got from there.
    pub(in crate::world) fn elb_bills(&self, now: SimTime) -> Vec<(Option<AppId>, Bill)> {
        let prices = Prices::default();
        let of = |balancer: &LoadBalancer| {
            let mut bill = Bill::default();
            let usage = balancer.usage();
            let reading = usage.reading(now);
            let [hours, units] = match balancer.kind() {
                Kind::Application { .. } => prices.of_application(&reading),
                Kind::Network(_) => {
                    let (_, bytes) = usage.crossed();
                    bill.add(Charge::CrossZone, prices.of_crossing(bytes));
                    prices.of_network(&[reading])
                }
            };
            bill.add(Charge::LoadBalancer, hours);
            bill.add(Charge::LoadBalancerUnits, units);
            (only_app(balancer), bill)
        };
        self.services.balancers().iter().map(of).collect()
    }
}

/// The app behind all target groups of a load balancer; none where there are several or none.
fn only_app(balancer: &LoadBalancer) -> Option<AppId> {
    let mut apps = balancer.groups().filter_map(|(_, app)| app);
    let first = apps.next()?;
    apps.all(|other| other == first).then_some(first)
}
