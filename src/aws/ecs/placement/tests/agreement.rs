//! Indexes agree with a look at every instance, and look at far fewer.

use proptest::prelude::{Just, Strategy as _, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::BoxedStrategy;

use super::super::{index::Index, scan};
use super::*;

/// Something that happens to a fleet; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Step {
    Register { zone: u8, kind: u8, memory: u32 },
    Deregister(usize),
    Drain(usize, bool),
    Place { plan: usize },
    Dismiss(usize),
    Release(usize),
}

fn step() -> BoxedStrategy<Step> {
    prop_oneof![
        2 => (0..3_u8, 0..2_u8, 0..8_u32).prop_map(|(zone, kind, memory)| {
            Step::Register { zone, kind, memory: 500 * memory }
        }),
        1 => (0..20_usize).prop_map(Step::Deregister),
        1 => (0..20_usize, proptest::bool::ANY).prop_map(|(at, on)| Step::Drain(at, on)),
        8 => (0..4_usize).prop_map(|plan| Step::Place { plan }),
        2 => (0..50_usize).prop_map(Step::Dismiss),
        2 => (0..50_usize).prop_map(Step::Release),
    ]
    .boxed()
}

fn strategy() -> BoxedStrategy<Strategy> {
    let attribute = |name: &str| Strategy::Spread(Field::Attribute(name.to_owned()));
    prop_oneof![
        3 => Just(attribute(ZONE)),
        2 => Just(attribute("ecs.instance-type")),
        1 => Just(attribute("unknown")),
        2 => Just(Strategy::Spread(Field::Instance)),
        2 => Just(Strategy::Binpack(Resource::Memory)),
        1 => Just(Strategy::Binpack(Resource::Cpu)),
        1 => Just(Strategy::Random),
    ]
    .boxed()
}

proptest! {
    #[test]
    fn an_index_chooses_what_a_look_at_all_does(
        steps in proptest::collection::vec(step(), 1..120),
        chains in proptest::collection::vec(proptest::collection::vec(strategy(), 0..4), 4),
    ) {
        let mut fleet = Fleet::default();
        let mut plans = Vec::new();
        for (at, strategies) in chains.into_iter().enumerate() {
            let mut demand = demand(need(100 * at as u32, 300), strategies);
            demand.group = format!("service:{}", at % 2);
            if at == 3 {
                demand.constraints = vec![Constraint::DistinctInstance];
                demand.need.ports = vec![(80, Protocol::Tcp)];
            }
            plans.push((fleet.plan(demand.clone()), demand));
        }
        let mut stream = stream();
        let (mut running, mut stopping) = (Vec::new(), Vec::new());
        for step in steps {
            let ids: Vec<InstanceId> = fleet.instances().map(|(id, _)| id).collect();
            match step {
                Step::Register { zone, kind, memory } => {
                    let (zone, kind) = (["a", "b", "c"][zone as usize], ["m", "t"][kind as usize]);
                    fleet.register(registration(zone, kind, memory));
                }
                Step::Deregister(at) if !ids.is_empty() => {
                    let gone = ids[at % ids.len()];
                    fleet.deregister(gone);
                    running.retain(|&(id, _)| id != gone);
                    stopping.retain(|&(id, _)| id != gone);
                }
                Step::Drain(at, on) if !ids.is_empty() => {
                    fleet.set_draining(ids[at % ids.len()], on);
                }
                Step::Place { plan } => {
                    let (id, demand) = &plans[plan];
                    let plain = scan::choose(&fleet.instances, demand, &mut stream.clone());
                    let chosen = fleet.place(*id, &mut stream);
                    prop_assert_eq!(chosen.map(|id| id.0), plain);
                    running.extend(chosen.map(|id| (id, plan)));
                }
                Step::Dismiss(at) if !running.is_empty() => {
                    let (id, plan) = running.swap_remove(at % running.len());
                    fleet.dismiss(id, &plans[plan].1.group);
                    stopping.push((id, plan));
                }
                Step::Release(at) if !stopping.is_empty() => {
                    let (id, plan) = stopping.swap_remove(at % stopping.len());
                    fleet.release(id, &plans[plan].1.need);
                }
                _ => {}
            }
        }
    }
}

fn large(instances: u32) -> Fleet {
    let mut fleet = Fleet::default();
    for at in 0..instances {
        let zone = ["a", "b", "c"][at as usize % 3];
        fleet.register(registration(zone, "m5.large", 4000 + at % 7));
    }
    fleet
}

#[test]
fn a_task_costs_a_look_at_what_changed() {
    let mut fleet = large(2000);
    let strategies = vec![zone(), Strategy::Binpack(Resource::Memory)];
    assert_eq!(places(&mut fleet, demand(need(10, 100), strategies), 5000).len(), 5000);
    // each instance once, and again what the task before went on
    assert_eq!(fleet.looks(), 2000 + 4999);
}

#[test]
fn a_log_that_is_begun_anew_costs_a_look_at_all() {
    let mut fleet = large(2000);
    let often = fleet.plan(demand(need(0, 1), Strategy::of_services()));
    let seldom = fleet.plan(demand(need(0, 2), Strategy::of_services()));
    let mut stream = stream();
    fleet.choose(seldom, &mut stream);
    for _ in 0..20_000 {
        fleet.place(often, &mut stream);
    }
    let before = fleet.looks();
    let plain = scan::choose(&fleet.instances, fleet.demand(seldom), &mut stream);
    assert_eq!(fleet.choose(seldom, &mut stream).map(|id| id.0), plain);
    assert_eq!(fleet.looks() - before, 2000);
}

#[test]
fn only_chains_that_spread_late_have_no_index() {
    let (attribute, binpack) = (zone(), Strategy::Binpack(Resource::Cpu));
    assert!(Index::new(&[attribute.clone(), attribute.clone(), binpack.clone()]).is_some());
    assert!(Index::new(&[Strategy::Random, attribute.clone()]).is_some());
    assert!(Index::new(&[binpack, attribute]).is_none());
}
