//! Placements by hand on six instances, and indexes against a look at every instance.

mod agreement;
mod scale_in;

use super::*;
use crate::aws::ecs::query::Query;
use crate::aws::ecs::task_definition::Protocol;
use crate::aws::ecs::units::{CpuUnits, Mebibytes};
use crate::engine::{Stream, Streams};

fn stream() -> Stream {
    Streams::new(7).named("placement")
}

/// An instance with two vCPUs and three interfaces.
fn registration(zone: &str, kind: &str, memory: u32) -> Registration {
    let attributes = [(ZONE, zone), ("ecs.instance-type", kind)];
    let attributes =
        attributes.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).into();
    Registration {
        attributes,
        capacity: Left { cpu: CpuUnits(2048), memory: Mebibytes(memory), gpus: 0, interfaces: 3 },
        reserved_ports: instance::RESERVED_PORTS.map(|port| (port, Protocol::Tcp)).to_vec(),
        ..Registration::default()
    }
}

/// Two instances in each of three zones.
fn six() -> Fleet {
    let mut fleet = Fleet::default();
    let memories = [("a", 4000), ("a", 3000), ("b", 2000), ("b", 1000), ("c", 3000), ("c", 500)];
    for (zone, memory) in memories {
        fleet.register(registration(zone, "t3.large", memory));
    }
    fleet
}

fn need(cpu: u32, memory: u32) -> Need {
    Need { cpu: CpuUnits(cpu), memory: Mebibytes(memory), ..Need::default() }
}

fn demand(need: Need, strategies: Vec<Strategy>) -> Demand {
    Demand { need, group: "service:web".to_owned(), strategies, ..Demand::default() }
}

fn zone() -> Strategy {
    Strategy::Spread(Field::Attribute(ZONE.to_owned()))
}

/// Where so many tasks go, one after the other; those that go nowhere are left out.
fn places(fleet: &mut Fleet, demand: Demand, tasks: usize) -> Vec<u32> {
    let plan = fleet.plan(demand);
    let mut stream = stream();
    (0..tasks).filter_map(|_| fleet.place(plan, &mut stream)).map(|id| id.0).collect()
}

#[test]
fn binpack_fills_the_fullest_instance_first() {
    let strategies = vec![Strategy::Binpack(Resource::Memory)];
    let found = places(&mut six(), demand(need(0, 600), strategies), 9);
    // 1000 MiB take one task of 600, 2000 take three, then 3000 five; 1 before 4 at equal memory
    assert_eq!(found, [3, 2, 2, 2, 1, 1, 1, 1, 1]);
}

#[test]
fn binpack_looks_at_the_resource_it_names() {
    let mut fleet = six();
    places(&mut fleet, demand(need(512, 0), vec![Strategy::Spread(Field::Instance)]), 1);
    let strategies = vec![Strategy::Binpack(Resource::Cpu)];
    let found = places(&mut fleet, demand(need(512, 100), strategies), 4);
    // instance 0 has 1536 CPU units left, the others 2048
    assert_eq!(found, [0, 0, 0, 1]);
}

#[test]
fn spread_evens_out_tasks() {
    let by_instance = vec![Strategy::Spread(Field::Instance)];
    let found = places(&mut six(), demand(need(0, 400), by_instance), 8);
    // after a round of all, instance 5 has 100 MiB left and is left out
    assert_eq!(found, [0, 1, 2, 3, 4, 5, 0, 1]);
    let found = places(&mut six(), demand(need(0, 400), Strategy::of_services()), 8);
    assert_eq!(found, [0, 2, 4, 1, 3, 5, 0, 2]);
}

#[test]
fn zones_first_and_memory_within_them() {
    let strategies = vec![zone(), Strategy::Binpack(Resource::Memory)];
    let found = places(&mut six(), demand(need(0, 600), strategies), 6);
    // no zone has a task: of all six, 3 has the least memory that is enough. Then a and c are
    // empty: 1 and 4 have 3000 MiB each. In the second round 2 has 2000, 1 and 4 have 2400 left
    assert_eq!(found, [3, 1, 4, 2, 1, 4]);
}

#[test]
fn a_full_zone_does_not_hold_up_the_others() {
    let mut fleet = Fleet::default();
    for (zone, memory) in [("a", 100), ("b", 500)] {
        fleet.register(registration(zone, "t3.large", memory));
    }
    let found = places(&mut fleet, demand(need(0, 100), Strategy::of_services()), 9);
    assert_eq!(found, [0, 1, 1, 1, 1, 1]);
}

#[test]
fn services_are_spread_each_by_itself() {
    let mut fleet = six();
    let web = demand(need(0, 10), Strategy::of_services());
    let api = Demand { group: "service:api".to_owned(), ..web.clone() };
    assert_eq!(places(&mut fleet, web, 2), [0, 2]);
    assert_eq!(places(&mut fleet, api, 2), [0, 2]);
}

#[test]
fn random_takes_each_instance_alike() {
    let mut fleet = six();
    let found = places(&mut fleet, demand(need(0, 1), Strategy::of_standalone_tasks()), 600);
    for id in 0..6 {
        let count = found.iter().filter(|&&found| found == id).count();
        // a binomial of 600 and 1/6: 100 with a standard deviation of 9.1
        assert!((64..=136).contains(&count), "{count} of 600 on instance {id}");
    }
}

#[test]
fn constraints_bind() {
    let mut fleet = six();
    let distinct = Demand {
        constraints: vec![Constraint::DistinctInstance],
        ..demand(need(0, 100), Strategy::of_services())
    };
    assert_eq!(places(&mut fleet, distinct.clone(), 9).len(), 6);
    // a task that is meant to stop no longer keeps others away
    fleet.dismiss(InstanceId(3), "service:web");
    assert_eq!(places(&mut fleet, distinct, 9), [3]);

    let query = Query::parse("attribute:ecs.availability-zone in [b, c]").expect("a query");
    let member = Demand {
        constraints: vec![Constraint::MemberOf(query)],
        ..demand(need(0, 100), vec![Strategy::Spread(Field::Instance)])
    };
    assert_eq!(places(&mut six(), member, 5), [2, 3, 4, 5, 2]);

    let query = Query::parse("not(task:group == databases)").expect("a query");
    let apart = Demand {
        constraints: vec![Constraint::MemberOf(query)],
        ..demand(need(0, 100), vec![Strategy::Binpack(Resource::Memory)])
    };
    let mut fleet = six();
    let databases = Demand { group: "databases".to_owned(), ..apart.clone() };
    assert_eq!(places(&mut fleet, databases, 2), [5, 3]);
    assert_eq!(places(&mut fleet, apart, 1), [2]);
}

#[test]
fn ports_and_interfaces_run_out() {
    let port = Need { ports: vec![(80, Protocol::Tcp)], ..need(0, 1) };
    let found = places(&mut six(), demand(port.clone(), Strategy::of_services()), 9);
    assert_eq!(found, [0, 2, 4, 1, 3, 5]);
    let reserved = Need { ports: vec![(22, Protocol::Tcp)], ..port };
    assert!(places(&mut six(), demand(reserved.clone(), Strategy::of_services()), 1).is_empty());
    let udp = Need { ports: vec![(22, Protocol::Udp)], ..reserved };
    assert_eq!(places(&mut six(), demand(udp, Strategy::of_services()), 1), [0]);
    let interface = Need { interfaces: 1, ..need(0, 1) };
    assert_eq!(places(&mut six(), demand(interface, Strategy::of_services()), 99).len(), 18);
}

#[test]
fn an_instance_registers_what_tasks_can_have() {
    // an m5.large: 2 vCPUs, 3 interfaces, of which awsvpc tasks get 2 (ECS lists 2 as well)
    let (memory, kept) = (Mebibytes(7680), Mebibytes(256));
    let expected = Left { cpu: CpuUnits(2048), memory: Mebibytes(7424), gpus: 0, interfaces: 2 };
    assert_eq!(Left::registered(2, memory, kept, 0, 3), expected);
}

#[test]
fn what_is_released_is_there_again() {
    let mut fleet = six();
    let demand = demand(need(0, 4000), Strategy::of_services());
    let plan = fleet.plan(demand.clone());
    let mut stream = stream();
    assert_eq!(fleet.place(plan, &mut stream), Some(InstanceId(0)));
    fleet.dismiss(InstanceId(0), &demand.group);
    assert_eq!(fleet.choose(plan, &mut stream), None, "it is still stopping");
    fleet.release(InstanceId(0), &demand.need);
    assert_eq!(fleet.choose(plan, &mut stream), Some(InstanceId(0)));
    fleet.set_draining(InstanceId(0), true);
    assert_eq!(fleet.choose(plan, &mut stream), None);
    fleet.set_draining(InstanceId(0), false);
    fleet.deregister(InstanceId(0));
    assert_eq!(fleet.choose(plan, &mut stream), None);
}

#[test]
fn each_instance_says_why_it_does_not_take_a_task() {
    let mut fleet = six();
    fleet.set_draining(InstanceId(0), true);
    fleet.set_agent_connected(InstanceId(1), false);
    let small = Need { ports: vec![(80, Protocol::Tcp)], ..need(0, 600) };
    let query = Query::parse("attribute:ecs.instance-type == m5.large").expect("a query");
    let plan = fleet.plan(Demand {
        constraints: vec![Constraint::MemberOf(query)],
        ..demand(small.clone(), Vec::new())
    });
    fleet.put(plan, InstanceId(2));
    let told = |fleet: &Fleet, plan| -> Vec<String> {
        let refusals = fleet.refusals(plan);
        refusals.iter().map(|(id, refusal)| format!("{} {refusal}", id.0)).collect()
    };
    let expected = [
        "0 INACTIVE",
        "1 AGENT",
        "2 RESOURCE:PORTS",
        "3 MemberOf placement constraint unsatisfied.",
        "4 MemberOf placement constraint unsatisfied.",
        "5 RESOURCE:MEMORY",
    ];
    assert_eq!(told(&fleet, plan), expected);
    assert_eq!(closest(&fleet.refusals(plan)), Some((InstanceId(3), Refusal::MemberOf)));

    let attributes = vec![("ecs.cpu-architecture".to_owned(), Some("arm64".to_owned()))];
    let wants = Need { attributes, ..need(4096, 1) };
    let plan = fleet.plan(demand(wants.clone(), Vec::new()));
    assert_eq!(told(&fleet, plan)[3], "3 RESOURCE:CPU");
    let plan = fleet.plan(demand(Need { cpu: CpuUnits(1), ..wants }, Vec::new()));
    assert_eq!(told(&fleet, plan)[3], "3 ATTRIBUTE");
    let elsewhere = Demand { zones: vec!["d".to_owned()], ..demand(need(1, 1), Vec::new()) };
    let plan = fleet.plan(elsewhere);
    assert_eq!(fleet.refusals(plan)[3].1, Refusal::Zone);
}
