//! Several types and ways of paying, and Spot instances at risk.

use super::rig::Rig;
use crate::aws::auto_scaling::distribution::Distribution;
use crate::aws::auto_scaling::instance::{InstanceId, Pool, Purchase, Zone};
use crate::aws::auto_scaling::settings::Settings;
use crate::aws::auto_scaling::strategy::{Offer, SpotStrategy};
use crate::units::HourlyPrice;

fn half_above_one(desired: u32) -> Settings {
    let distribution = Distribution { base: 1, percentage: 50 };
    Settings { distribution, ..Settings::new(0, 20, desired, 3) }
}

fn spot(desired: u32, max: u32) -> Settings {
    let distribution = Distribution::all(Purchase::Spot);
    Settings { distribution, capacity_rebalance: true, ..Settings::new(0, max, desired, 3) }
}

/// One base and half of the other six are On-Demand.
#[test]
fn seven_are_four_on_demand_and_three_spot() {
    let mut rig = Rig::new(half_above_one(7));
    assert_eq!(
        rig.done(),
        [
            "0 launch 0 in a",
            "0 launch 1 in b",
            "0 launch 2 in c",
            "0 launch 3 in a",
            "0 launch 4 in b spot",
            "0 launch 5 in c spot",
            "0 launch 6 in a spot",
        ]
    );
    rig.until(100).done();
    // 5 are 3 and 2: the fullest zone of each kind first, a with 0, 3 and 6
    rig.desire(6);
    assert_eq!(rig.done(), ["100 terminate 6"], "6 are 4 and 2");
    rig.desire(5);
    let gone = rig.done();
    assert_eq!((gone.len(), rig.group.totals().on_demand), (1, 3));
    assert_eq!(rig.group.totals().capacity, 5);
}

/// The desired capacity is measured in weights; it may be exceeded, and nothing goes that would
/// leave too little.
#[test]
fn weights_count_and_may_overshoot() {
    let mut rig = Rig::new(Settings { weights: vec![4, 2], ..Settings::new(0, 40, 10, 2) });
    rig.until(100);
    assert_eq!(rig.group.totals().capacity, 12);
    assert_eq!(rig.loads(), [8, 4]);
    rig.desire(9);
    assert_eq!(rig.group.totals().capacity, 12, "8 would be too little");
    rig.desire(8);
    assert_eq!((rig.group.totals().capacity, rig.loads()), (8, vec![4, 4]));
}

#[test]
fn a_type_without_capacity_gives_way_to_the_next_in_the_same_zone() {
    let settings = Settings { weights: vec![1, 1], ..Settings::new(0, 4, 0, 1) };
    let mut rig = Rig::with_full(settings, &[Zone(0)]);
    rig.desire(1);
    rig.full.clear();
    rig.until(100);
    assert_eq!(rig.done(), ["0 launch 0 in a", "1 launch 1 in a of 1", "61 serve 1"]);
}

/// Spot capacity is never replaced by On-Demand instances.
#[test]
fn spot_waits_where_there_is_none() {
    let all = [Zone(0), Zone(1), Zone(2)];
    let mut rig = Rig::with_full(half_above_one(3), &all);
    rig.until(10);
    let tried = rig.done();
    assert_eq!(tried.iter().filter(|it| it.ends_with("spot")).count(), 3, "{tried:?}");
    assert_eq!(rig.group.totals().capacity, 0);
    rig.full.clear();
    rig.until(200);
    assert_eq!(rig.group.totals().on_demand, 2);
    assert_eq!(rig.group.totals().capacity, 3);
}

#[test]
fn pools_are_chosen_by_what_they_have_to_spare() {
    let settings =
        Settings { weights: vec![1, 1], spot: SpotStrategy::CapacityOptimized, ..spot(0, 10) };
    let mut rig = Rig::new(settings);
    let offer = |spare| Offer { on_demand: HourlyPrice(1.0), spot: HourlyPrice(0.3), spare };
    for zone in [0, 1, 2].map(Zone) {
        rig.group.set_offer(zone, Pool(0), offer(5));
        rig.group.set_offer(zone, Pool(1), offer(9));
    }
    rig.group.set_offer(Zone(1), Pool(0), offer(10));
    rig.desire(3);
    assert_eq!(
        rig.done(),
        ["0 launch 0 in a of 1 spot", "0 launch 1 in b spot", "0 launch 2 in c of 1 spot"]
    );
}

/// The replacement comes first, beyond the maximum; the one at risk goes when it serves.
#[test]
fn capacity_is_rebalanced_ahead_of_an_interruption() {
    let mut rig = Rig::new(spot(3, 3));
    rig.until(100).done();
    rig.tell(|it, now, out| it.rebalance_recommended(InstanceId(1), now, out));
    rig.tell(|it, now, out| it.rebalance_recommended(InstanceId(2), now, out));
    assert_eq!(rig.done(), ["100 launch 3 in b spot"], "one beyond the maximum, not two");
    rig.until(220);
    let one = ["160 serve 3", "160 terminate 1", "160 launch 4 in c spot"];
    assert_eq!(rig.done(), [&one[..], &["220 serve 4", "220 terminate 2"]].concat());
    assert_eq!(rig.loads(), [1, 1, 1]);
}

#[test]
fn an_interruption_is_acted_on_when_it_is_announced() {
    let mut rig = Rig::new(spot(3, 10));
    rig.until(100).done();
    rig.tell(|it, now, out| it.rebalance_recommended(InstanceId(1), now, out));
    assert_eq!(rig.done(), ["100 launch 3 in b spot"]);
    // announced before the replacement serves: that takes its place, and no other is launched
    rig.until(130);
    rig.tell(|it, now, out| it.interrupted(InstanceId(1), now, out));
    assert_eq!(rig.done(), ["130 terminate 1"]);
    rig.tell(|it, now, out| it.interrupted(InstanceId(2), now, out));
    assert_eq!(rig.done(), ["130 terminate 2", "130 launch 4 in c spot"]);
    let mut rig = Rig::new(Settings { capacity_rebalance: false, ..spot(3, 10) });
    rig.until(100).done();
    rig.tell(|it, now, out| it.rebalance_recommended(InstanceId(1), now, out));
    rig.tell(|it, now, out| it.interrupted(InstanceId(1), now, out));
    assert_eq!(rig.done().len(), 0);
    rig.until(220);
    rig.tell(|it, now, out| it.gone(InstanceId(1), now, out));
    assert_eq!(rig.done(), ["220 launch 3 in b spot"]);
}
