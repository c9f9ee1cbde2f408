//! Which types are cheaper, spot among them.

use super::*;
use crate::kubernetes::autoscale::karpenter::fixture::instance;
use crate::kubernetes::autoscale::karpenter::instance::Price;
use crate::units::HourlyPrice;

const SPOT: &str = "      requirements: [{ key: karpenter.sh/capacity-type, operator: In, \
                    values: [spot] }]\n";

/// A spot node of the last of so many types of 4 cores, at 3, 6, 9, … cents on demand and a third
/// of that as spot.
fn spot_node(types: usize, spot_to_spot: bool) -> Option<Vec<String>> {
    let of = |one: usize| instance(&format!("t{one:02}"), 4, one as f64 * 0.03);
    let types = (1..=types).map(of).collect::<Vec<_>>();
    let last = types.len() - 1;
    let scene = Scene::of_types(types, vec![pool("plain", SPOT, ALL)]);
    let mut play = Play::of(scene, Settings { spot_to_spot });
    let node = play.node(last, &[3_000]);
    play.facts(node).capacity_type = CapacityType::Spot;
    let mut command = play.command(100)?;
    let claim = command.replacements.pop().expect("the pod needs a node");
    let capacity = claim.requirements.get(CAPACITY_TYPE).and_then(|one| one.single());
    assert_eq!(capacity, Some("spot"));
    Some(names(&claim.types, &play.scene.pools[0].types))
}

/// With 20 types 19 are cheaper than the last: it is replaced by one of the 15 cheapest. With 15
/// types only 14 are.
#[test]
fn spot_is_replaced_by_spot_only_where_fifteen_types_are_cheaper() {
    assert_eq!(spot_node(20, false), None);
    assert_eq!(spot_node(15, true), None);
    let all = |most: usize| (1..=most).map(|one| format!("t{one:02}")).collect::<Vec<_>>();
    assert_eq!(spot_node(16, true), Some(all(15)));
    assert_eq!(spot_node(20, true), Some(all(15)));
}

/// Two spot nodes at 2 x 0.4 / 3 with 1 core each: several may become one of any number of cheaper
/// types. `s` and `m` are; `l` is what goes.
#[test]
fn several_spot_nodes_need_no_such_choice() {
    let mut play =
        Play::of(Scene::new(vec![pool("plain", SPOT, ALL)]), Settings { spot_to_spot: true });
    for _ in 0..2 {
        let node = play.node(0, &[1_000]);
        play.facts(node).capacity_type = CapacityType::Spot;
    }
    let command = play.command(100).expect("one is enough");
    assert_eq!(command.nodes.len(), 2);
    assert_eq!(names(&command.replacements[0].types, &play.scene.pools[0].types), ["m", "s"]);
}

/// A node on demand at 0.4 may become spot. Of `m` spot costs 0.2 / 3 in zone `a` and 0.5 in `b`,
/// and nobody knows in which it will be: it is not taken to be cheaper. `s` is too small.
#[test]
fn a_type_is_cheaper_if_it_is_wherever_it_may_come() {
    let mut play = Play::new("", ALL);
    play.node(0, &[3_000]);
    for offering in &mut play.scene.pools[0].types[1].offerings {
        if *offering.zone == *"b" && offering.capacity_type == CapacityType::Spot {
            offering.price = Price::of(HourlyPrice(0.5));
        }
    }
    let claim = play.command(100).and_then(|mut it| it.replacements.pop()).expect("`l` is cheaper");
    // as spot
    assert_eq!(names(&claim.types, &play.scene.pools[0].types), ["l"]);
}

/// Of the first pool one node cannot go and one can, of the second one can: it is the second to be
/// looked at. (Together the first two would need an `l` again, as they are.)
#[test]
fn pools_take_turns_where_nodes_go_one_by_one() {
    let pools = vec![pool("first", ON_DEMAND, ALL), pool("second", ON_DEMAND, ALL)];
    let mut play = Play::of(Scene::new(pools), Settings::default());
    play.node(0, &[7_000]);
    play.node(0, &[3_000]);
    let other = play.node(0, &[3_000]);
    play.facts(other).pool = 1;
    assert_eq!(play.command(100).expect("one is enough for both").nodes, [other]);
}
