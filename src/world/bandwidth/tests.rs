//! The network card of an instance, by hand.

use crate::sharing::flows::LinkId;
use crate::units::{Bandwidth, Bytes};
use crate::world::World;
use crate::world::ec2::tests::rig::{at, scenario, world};

/// A c5.large has 10 Gbit/s for a quarter of an hour and 0.75 always. It runs from 6 s on.
const GROUP: &str = "instance_types = ['c5.large']\nmin = 1\nmax = 1\n";
const PEAK: f64 = 1.25e9;
const BASELINE: f64 = 93.75e6;

impl World<'_> {
    fn card(&self) -> LinkId {
        *self.nodes.lines.routes[self.nodes.all[0].host.index()].last().expect("it has a card")
    }

    fn carried(&mut self, secs: f64) -> f64 {
        self.play(secs);
        let link = self.card();
        self.network.load(link).0
    }
}

#[test]
fn a_transfer_is_slowed_down_when_the_credits_are_used_up() {
    let scenario = scenario("", GROUP);
    let mut world = world(&scenario);
    world.play(100.0);
    let link = world.card();
    let flow = world.network.start(at(100.0), &[link], Bytes(1 << 50), Bandwidth(f64::INFINITY), 0);
    world.network_changed();
    assert_eq!(world.carried(999.9), PEAK);
    assert_eq!(world.carried(1000.1), BASELINE);
    assert_eq!(world.carried(2000.0), BASELINE);
    // nothing for ten minutes saves 600 * 0.75 Gbit, which are 48.65 s of 9.25 Gbit/s more
    world.network.cancel(at(2000.0), flow);
    world.network_changed();
    assert_eq!(world.carried(2600.0), 0.0);
    world.network.start(at(2600.0), &[link], Bytes(1 << 50), Bandwidth(f64::INFINITY), 0);
    world.network_changed();
    assert_eq!(world.carried(2648.6), PEAK);
    assert_eq!(world.carried(2648.7), BASELINE);
    world.end = at(3000.0);
    // 1000 to 2000 s and from 2648.65 s on, of 2,994 s
    let warning =
        "c5.large: out of network credits and slowed down to the baseline for 45.1% of the time";
    assert_eq!(world.exhausted_cards(), [warning]);
}

#[test]
fn what_stays_below_the_baseline_is_never_slowed_down() {
    let scenario = scenario("", GROUP);
    let mut world = world(&scenario);
    world.play(100.0);
    let link = world.card();
    world.network.start(at(100.0), &[link], Bytes(1 << 50), Bandwidth(BASELINE), 0);
    world.network_changed();
    assert_eq!(world.carried(30_000.0), BASELINE);
    assert_eq!(world.network.capacity(link), Bandwidth(PEAK));
    world.end = at(30_000.0);
    assert_eq!(world.exhausted_cards(), [""; 0]);
}
