//! What the load balancers of a cluster cost.

use crate::aws::elb::cost::Prices;
use crate::aws::pricing::{Bill, Charge};
use crate::engine::SimTime;
use crate::workload::load_balancer::Kind;
use crate::world::World;

impl World<'_> {
    /// What all load balancers have cost from the beginning until now, by the prices of US East (N.
    /// Virginia): hours begun, units of capacity, and what Network Load Balancers sent to targets
    /// in other zones or got from there.
    pub(in crate::world) fn elb_bill(&self, now: SimTime) -> Bill {
        let prices = Prices::default();
        let mut bill = Bill::default();
        for balancer in self.services.balancers() {
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
        }
        bill
    }
}
