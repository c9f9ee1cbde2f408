//! Fleets with NUMA nodes and groups against a plain scan of all hosts.

use proptest::prelude::*;

use crate::engine::Streams;
use crate::laboratory::{Fleet, FleetPolicy, Host, Member, Need, Spot};
use crate::placement::gpu::{Devices, Typical};
use crate::placement::numa::{Bound, Nodes};
use crate::placement::power_of_k::PowerOfK;
use crate::placement::random_fit::RandomFit;
use crate::placement::scan::scanned;
use crate::placement::{BinId, POLICIES, Resources, policy};
use crate::scenario::{GroupRule, PlacementPolicy};

/// Hosts in a rack.
const RACK: usize = 3;
/// CPU, memory, and marks of one, two and four nodes.
const PLACES: usize = 8;

/// The books of hosts as lists of what is there, added up anew for each question.
#[derive(Default)]
struct Plain {
    hosts: Vec<Vec<[u64; 2]>>,
    items: Vec<(Need<PLACES>, BinId, Bound)>,
}

impl Plain {
    /// What a node has beside what is bound to it.
    fn left(&self, host: BinId, node: usize) -> [u64; 2] {
        let mut left = self.hosts[host.index()][node];
        for (need, at, bound) in &self.items {
            let before = (0..node).filter(|it| bound.0 >> it & 1 == 1).count() as u64;
            if *at == host && bound.0 >> node & 1 == 1 {
                for (kind, left) in left.iter_mut().enumerate() {
                    let (all, nodes) = (need.amounts.amounts()[kind], u64::from(need.numa));
                    *left -= all / nodes + u64::from(before < all % nodes);
                }
            }
        }
        left
    }

    /// Nodes of a host that have room for a part of an item, those with the least left first.
    fn nodes(&self, host: BinId, need: &Need<PLACES>) -> Vec<usize> {
        let most = |kind: usize| {
            self.hosts.iter().flatten().map(|node| node[kind]).max().unwrap_or(0).max(1) as f64
        };
        let part = |kind: usize| need.amounts.amounts()[kind].div_ceil(u64::from(need.numa.max(1)));
        let count = self.hosts[host.index()].len();
        let fits = |node: &usize| [0, 1].iter().all(|&it| part(it) <= self.left(host, *node)[it]);
        let mut nodes: Vec<usize> = (0..count).filter(fits).collect();
        let share = |node: usize, kind: usize| self.left(host, node)[kind] as f64 / most(kind);
        // the sum is not rounded before it was added up, as few values have few digits
        let weight =
            |node: &usize| (((share(*node, 0) + share(*node, 1)) * 1e9).round() as u64, *node);
        nodes.sort_by_key(weight);
        nodes
    }

    fn takes(&self, host: BinId, need: &Need<PLACES>) -> bool {
        let has_nodes = need.numa == 0 || self.nodes(host, need).len() >= usize::from(need.numa);
        has_nodes && need.group.is_none_or(|member| self.allows(host, member))
    }

    fn allows(&self, host: BinId, member: Member) -> bool {
        let rack = |host: BinId| host.index() / RACK;
        self.items.iter().filter_map(|(need, at, _)| Some((need.group?, *at))).all(|(other, at)| {
            match member.relation(other) {
                None => true,
                Some((GroupRule::Affinity, _)) => at == host,
                Some((GroupRule::AntiAffinity, _)) => at != host,
                Some((GroupRule::FaultDomain, is_same)) => is_same || rack(at) != rack(host),
            }
        })
    }
}

#[derive(Clone, Debug)]
enum Step {
    Place(Need<PLACES>),
    Remove(prop::sample::Index),
}

fn amounts(most: u64) -> impl Strategy<Value = [u64; 2]> {
    [0..=most, 0..=most]
}

fn step() -> impl Strategy<Value = Step> {
    let group = prop_oneof![
        3 => Just(None),
        2 => (0..2u32, 0..3usize, 0..2u8).prop_map(|(group, rule, domain)| {
            let rule =
                [GroupRule::Affinity, GroupRule::AntiAffinity, GroupRule::FaultDomain][rule];
            let domain = if rule == GroupRule::FaultDomain { domain } else { 0 };
            Some(Member::of(3 * group + rule as u32, rule, domain))
        }),
    ];
    let place = (amounts(6), 0..5u8, group).prop_map(|([cpu, memory], numa, group)| {
        let amounts = Resources::ZERO.with(0, cpu).with(1, memory);
        Step::Place(Need { numa, group, ..Need::of(amounts) })
    });
    prop_oneof![5 => place, 3 => any::<prop::sample::Index>().prop_map(Step::Remove)]
}

fn fleet(hosts: &[Vec<[u64; 2]>], policy: FleetPolicy<PLACES>) -> Fleet<PLACES> {
    let host = |(number, nodes): (usize, &Vec<[u64; 2]>)| {
        let nodes: Vec<Resources> = nodes.iter().map(|&node| Resources::of(node)).collect();
        let nodes = Nodes::new(&nodes);
        let [cpu, memory] = *nodes.total().amounts();
        Host {
            name: String::new(),
            capacity: Resources::ZERO.with(0, cpu).with(1, memory),
            devices: Devices::new(0, 0),
            nodes,
            rack: (number / RACK) as u32,
            power: None,
        }
    };
    let table: Vec<Host<PLACES>> = hosts.iter().enumerate().map(host).collect();
    let order: Vec<usize> = (0..table.len()).collect();
    let fleet = Fleet::new(&table, &order, policy, Typical::default());
    fleet.with_nodes(&table, 2).with_groups(&table)
}

/// Asked before a need is placed; what it gives judges the host that was taken.
type Ask<'a> = dyn FnMut(&Fleet<PLACES>, &Plain, &Need<PLACES>) -> Box<dyn Fn(Option<BinId>)> + 'a;

/// Plays steps; `chosen` is told of the host that the fleet takes before it is in the books.
fn play(fleet: &mut Fleet<PLACES>, plain: &mut Plain, steps: &[Step], chosen: &mut Ask<'_>) {
    for step in steps {
        match step {
            Step::Place(need) => {
                let judge = chosen(fleet, plain, need);
                let spot = fleet.place(need);
                judge(spot.map(|spot| spot.host));
                let Some(Spot { host, nodes, .. }) = spot else { continue };
                let mut expected = plain.nodes(host, need);
                expected.truncate(need.numa.into());
                let expected = expected.into_iter().fold(0, |bits, node| bits | 1 << node);
                assert_eq!(nodes, Bound(expected), "{need:?}");
                plain.items.push((*need, host, nodes));
            }
            Step::Remove(index) if !plain.items.is_empty() => {
                let (need, host, nodes) = plain.items.swap_remove(index.index(plain.items.len()));
                fleet.give(&need, Spot { host, nodes, ..Spot::default() });
            }
            Step::Remove(_) => {}
        }
    }
    for (need, host, nodes) in plain.items.drain(..) {
        fleet.give(&need, Spot { host, nodes, ..Spot::default() });
    }
    for host in fleet.bins().ids() {
        assert_eq!(fleet.bins().ledger(host).used(), Resources::ZERO);
        assert!(fleet.free_on(host).is_unbound());
    }
}

fn hosts() -> impl Strategy<Value = Vec<Vec<[u64; 2]>>> {
    (1..5usize).prop_flat_map(|nodes| {
        prop::collection::vec(prop::collection::vec(amounts(8), nodes), 1..20)
    })
}

proptest! {
    #[test]
    fn every_policy_chooses_what_a_scan_of_all_hosts_and_nodes_would(
        hosts in hosts(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        for described in POLICIES {
            let rule = described.policy;
            let mut fleet = fleet(&hosts, FleetPolicy::Amounts(policy(rule)));
            let mut plain = Plain { hosts: hosts.clone(), ..Plain::default() };
            let mut last = BinId(0);
            play(&mut fleet, &mut plain, &steps, &mut |fleet, plain, need| {
                let takes = |host| plain.takes(host, need);
                let expected = scanned(rule, fleet.bins(), need.amounts, last, &takes);
                // a group that has a host chooses none
                let is_free = fleet.home(need).is_none();
                let goes_on = is_free && rule == PlacementPolicy::NextFit;
                if let Some(host) = expected.filter(|_| goes_on) {
                    last = host;
                }
                Box::new(move |found| assert_eq!(found, expected, "{rule:?}"))
            });
        }
    }

    #[test]
    fn chance_finds_a_host_and_nodes_wherever_there_are_some(
        hosts in hosts(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let chance = Streams::new(1).named("placement");
        let policies = [
            FleetPolicy::Amounts(Box::new(RandomFit::new(chance.clone()))),
            FleetPolicy::Amounts(Box::new(PowerOfK::new(3, chance))),
        ];
        for policy in policies {
            let mut fleet = fleet(&hosts, policy);
            let mut plain = Plain { hosts: hosts.clone(), ..Plain::default() };
            play(&mut fleet, &mut plain, &steps, &mut |fleet, plain, need| {
                let bins = fleet.bins();
                let fits = |host: &BinId| bins.fits(*host, need.amounts);
                let takes = |host: &BinId| fits(host) && plain.takes(*host, need);
                let all: Vec<BinId> = bins.ids().filter(takes).collect();
                Box::new(move |found| match found {
                    Some(host) => assert!(all.contains(&host)),
                    None => assert_eq!(all, []),
                })
            });
        }
    }
}
