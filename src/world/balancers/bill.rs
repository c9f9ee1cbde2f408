//! What the load balancers of a cluster cost, and whose that is.
//!
//! The apps behind a load balancer pay for its hours and its capacity units in proportion to the
//! units that the requests of each would have used alone, and for what goes from zone to zone by
//! its bytes; where there was nothing, alike. AWS tells only what the load balancer costs as a
//! whole: the rule is ours.

use crate::aws::elb::cost::Prices;
use crate::aws::pricing::{Bill, Charge};
use crate::engine::SimTime;
use crate::units::Usd;
use crate::workload::load_balancer::Kind;
use crate::workload::{AppId, LoadBalancer};
use crate::world::World;

/// What a load balancer has cost from the beginning until some time, by the prices of US East
/// (N. Virginia).
#[derive(Clone, Debug)]
pub(in crate::world) struct BalancerBill {
    /// Hours begun, and units of capacity.
    own: Bill,
    /// What a Network Load Balancer sent to targets in other zones or got from there.
    crossing: Bill,
    /// Of each target group.
    parts: Vec<Part>,
}

/// What a target group has part in.
#[derive(Clone, Debug)]
struct Part {
    /// Whose it is.
    app: Option<AppId>,
    /// Units times hours that its requests would have used alone.
    units: f64,
    /// Bytes between zones.
    crossed: f64,
}

impl BalancerBill {
    fn of(balancer: &LoadBalancer, now: SimTime) -> Self {
        let prices = Prices::default();
        let usage = balancer.usage();
        let reading = usage.reading(now);
        let (_, crossed) = usage.crossed();
        let ([hours, units], crossing) = match balancer.kind() {
            Kind::Application { .. } => (prices.of_application(&reading), Usd(0.0)),
            Kind::Network(_) => (prices.of_network(&[reading]), prices.of_crossing(crossed)),
        };
        let part = |(group, (_, app))| {
            let (units, crossed) = usage.of_group(group, now);
            Part { app, units, crossed: crossed.0 as f64 }
        };
        Self {
            own: Bill::default()
                .with(Charge::LoadBalancer, hours)
                .with(Charge::LoadBalancerUnits, units),
            crossing: Bill::default().with(Charge::CrossZone, crossing),
            parts: (0..).zip(balancer.groups()).map(part).collect(),
        }
    }

    /// What was charged since it was `before`, if it was there, by whose it is.
    pub fn since(&self, before: Option<&Self>) -> Vec<(Option<AppId>, Bill)> {
        let nothing = Bill::default();
        let own = self.own.since(before.map_or(&nothing, |it| &it.own));
        let crossing = self.crossing.since(before.map_or(&nothing, |it| &it.crossing));
        let more = |of: fn(&Part) -> f64| {
            let then = |place: usize| before.map_or(0.0, |it| of(&it.parts[place]));
            let parts = self.parts.iter().enumerate();
            shares(parts.map(|(place, part)| of(part) - then(place)).collect())
        };
        let (units, crossed) = (more(|it| it.units), more(|it| it.crossed));
        let shares = units.into_iter().zip(crossed);
        let bill = |(units, crossed): (f64, f64)| {
            let mut bill = own.part(units);
            bill.merge(&crossing.part(crossed));
            bill
        };
        self.parts.iter().map(|part| part.app).zip(shares.map(bill)).collect()
    }
}

/// The share of each in the sum of all, which is 1; alike where all are nothing.
fn shares(amounts: Vec<f64>) -> Vec<f64> {
    let sum: f64 = amounts.iter().sum();
    let alike = 1.0 / amounts.len() as f64;
    amounts.into_iter().map(|it| if sum > 0.0 { it / sum } else { alike }).collect()
}

impl World<'_> {
    /// What each load balancer has cost from the beginning until now.
    pub(in crate::world) fn elb_bills(&self, now: SimTime) -> Vec<BalancerBill> {
        self.services.balancers().iter().map(|it| BalancerBill::of(it, now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(hours: f64, crossing: f64, parts: [(f64, f64); 3]) -> BalancerBill {
        let part = |(place, (units, crossed))| Part {
            app: (place < 2).then_some(AppId(place)),
            units,
            crossed,
        };
        BalancerBill {
            own: Bill::default().with(Charge::LoadBalancer, Usd(hours)),
            crossing: Bill::default().with(Charge::CrossZone, Usd(crossing)),
            parts: (0..).zip(parts).map(part).collect(),
        }
    }

    #[test]
    fn hours_are_split_by_units_and_crossings_by_bytes_since_the_measurement_began() {
        let before = bill(1.0, 0.0, [(7.0, 0.0), (1.0, 0.0), (0.0, 0.0)]);
        let now = bill(5.0, 0.3, [(8.0, 100.0), (3.0, 0.0), (1.0, 200.0)]);
        let parts = now.since(Some(&before));
        let amounts: Vec<_> = parts
            .iter()
            .map(|(app, it)| (*app, it.of(Charge::LoadBalancer).0, it.of(Charge::CrossZone).0))
            .collect();
        // of four dollars a quarter, a half, a quarter; of 30 cents a third, nothing, two thirds
        let expected = [(Some(AppId(0)), 1.0, 0.1), (Some(AppId(1)), 2.0, 0.0), (None, 1.0, 0.2)];
        for ((app, hours, crossing), (expected_app, one, other)) in amounts.iter().zip(expected) {
            assert_eq!(*app, expected_app);
            assert!((hours - one).abs() < 1e-12 && (crossing - other).abs() < 1e-12, "{amounts:?}");
        }
    }

    #[test]
    fn what_nobody_used_all_pay_alike() {
        let idle = bill(3.0, 0.0, [(0.0, 0.0); 3]);
        let parts = idle.since(None);
        assert!(parts.iter().all(|(_, it)| (it.total().0 - 1.0).abs() < 1e-12), "{parts:?}");
    }
}
