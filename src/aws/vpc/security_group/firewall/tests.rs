//! Connections that are allowed and denied, by hand and against a plain reading of all rules.

use proptest::prelude::*;

use super::*;
use crate::aws::vpc::security_group::Missing;
use crate::scenario::security_group::{Ports, SecurityGroup};

fn groups(toml: &str) -> Vec<Group> {
    #[derive(serde::Deserialize)]
    struct File {
        group: Vec<SecurityGroup>,
    }
    let file: File = toml::from_str(toml).expect("it is in order");
    file.group.iter().map(Group::from).collect()
}

/// Internet -> load balancer -> web -> database, and a group for whoever administers.
const SHOP: &str = r#"
    [[group]]
    name = "sg-alb"
    inbound = [{ ports = "443", from = "0.0.0.0/0" }]
    outbound = [{ ports = "8080", to = "sg-web" }]
    [[group]]
    name = "sg-web"
    inbound = [{ ports = "8080-8081", from = "sg-alb" }]
    [[group]]
    name = "sg-database"
    inbound = [{ ports = "5432", from = "sg-web" }, { ports = "5432", from = "sg-database" }]
    outbound = [{ protocol = "all", to = "sg-database" }]
    [[group]]
    name = "sg-office"
    inbound = [{ ports = "22", from = "offices" }, { protocol = "icmp", from = "10.0.0.0/8" }]
"#;

fn offices(max_entries: Option<u32>) -> PrefixList {
    let entries = ["203.0.113.0/24", "198.51.100.7/32"].map(|text| Cidr::read(text).unwrap());
    PrefixList { name: "offices".to_owned(), entries: entries.to_vec(), max_entries }
}

fn shop() -> Firewall {
    Firewall::new(groups(SHOP), &[offices(None)], Limits::default()).expect("it is in order")
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn connections_are_let_out_and_let_in_by_group() {
    let mut shop = shop();
    let client = shop.outside(address("192.0.2.1"));
    let alb = shop.interface(&["sg-alb"], address("10.0.1.5")).unwrap();
    let web = shop.interface(&["sg-web"], address("10.0.2.5")).unwrap();
    let database = shop.interface(&["sg-database"], address("10.0.3.5")).unwrap();
    let replica = shop.interface(&["sg-database"], address("10.0.3.6")).unwrap();
    let cases = [
        (client, alb, 443, "sg-alb allows inbound tcp 443 from 0.0.0.0/0"),
        (client, alb, 80, "no inbound rule of sg-alb allows tcp 80 from 192.0.2.1"),
        (client, web, 8080, "no inbound rule of sg-web allows tcp 8080 from 192.0.2.1"),
        (
            alb,
            web,
            8080,
            "sg-alb allows outbound tcp 8080 to sg-web, and \
             sg-web allows inbound tcp 8080-8081 from sg-alb",
        ),
        // let in, but not let out
        (alb, web, 8081, "no outbound rule of sg-alb allows tcp 8081 to sg-web"),
        (
            alb,
            database,
            5432,
            "no outbound rule of sg-alb allows tcp 5432 to sg-database, and \
             no inbound rule of sg-database allows tcp 5432 from sg-alb",
        ),
        (
            web,
            database,
            5432,
            "sg-web allows outbound everything to 0.0.0.0/0, and \
             sg-database allows inbound tcp 5432 from sg-web",
        ),
        // stateful, but only for the one who opened it
        (
            database,
            web,
            8080,
            "no outbound rule of sg-database allows tcp 8080 to sg-web, and \
             no inbound rule of sg-web allows tcp 8080 from sg-database",
        ),
        // a group names itself
        (
            database,
            replica,
            5432,
            "sg-database allows outbound everything to sg-database, and \
             sg-database allows inbound tcp 5432 from sg-database",
        ),
        (web, client, 443, "sg-web allows outbound everything to 0.0.0.0/0"),
        (client, client, 443, "neither end has security groups"),
    ];
    for (from, to, port, expected) in cases {
        assert_eq!(shop.explain(from, to, Protocol::Tcp, port), expected);
        let allowed = shop.check(from, to, Protocol::Tcp, port).is_allowed();
        assert_eq!(allowed, !expected.starts_with("no "), "{expected}");
    }
    let udp = shop.explain(alb, web, Protocol::Udp, 8080);
    assert!(udp.contains("no inbound rule of sg-web allows udp 8080 from sg-alb"), "{udp}");
}

#[test]
fn several_groups_of_an_interface_allow_together() {
    let mut shop = shop();
    let office = shop.outside(address("203.0.113.9"));
    let elsewhere = shop.outside(address("203.0.114.9"));
    let both = shop.interface(&["sg-web", "sg-office"], address("10.0.2.5")).unwrap();
    let peer = shop.interface(&["sg-web"], address("10.0.2.6")).unwrap();
    assert!(shop.check(office, both, Protocol::Tcp, 22).is_allowed());
    assert_eq!(
        shop.explain(elsewhere, both, Protocol::Tcp, 22),
        "no inbound rule of sg-web or sg-office allows tcp 22 from 203.0.114.9"
    );
    assert_eq!(
        shop.explain(both, peer, Protocol::Tcp, 9),
        "no inbound rule of sg-web allows tcp 9 from sg-web or sg-office"
    );
    // protocols without ports take any
    let ping = shop.check(peer, both, Protocol::Icmp, 0);
    assert!(ping.is_allowed());
    let gre = shop.explain(peer, both, Protocol::Number(47), 0);
    assert_eq!(gre, "no inbound rule of sg-web or sg-office allows 47 from sg-web");
}

#[test]
fn the_smallest_rule_that_is_missing_allows_the_connection() {
    let mut shop = shop();
    let client = shop.outside(address("192.0.2.1"));
    let alb = shop.interface(&["sg-alb"], address("10.0.1.5")).unwrap();
    let web = shop.interface(&["sg-web"], address("10.0.2.5")).unwrap();
    let advice = |shop: &mut Firewall, from, to, port| {
        let missing = shop.missing(from, to, Protocol::Tcp, port);
        missing.iter().map(Missing::advice).collect::<Vec<String>>()
    };
    assert_eq!(advice(&mut shop, alb, web, 8080), [""; 0]);
    assert_eq!(
        advice(&mut shop, alb, web, 9000),
        [
            "add to sg-alb: outbound tcp 9000 to sg-web",
            "add to sg-web: inbound tcp 9000 from sg-alb"
        ]
    );
    assert_eq!(
        advice(&mut shop, client, alb, 80),
        ["add to sg-alb: inbound tcp 80 from 192.0.2.1/32"]
    );
}

#[test]
fn what_is_wrong_with_groups_is_said() {
    let flaws = |text: &str, list, limits| {
        Firewall::new(groups(text), &[list], limits).expect_err("they are wrong")
    };
    let limits = Limits::default();
    let slip = SHOP.replace("from = \"sg-alb\"", "from = \"sg-abl\"");
    assert_eq!(
        flaws(&slip, offices(None), limits),
        ["an inbound rule of sg-web names `sg-abl`, which is no security group and no prefix \
          list: did you mean `sg-alb`?"]
    );
    let twice = SHOP.replace("name = \"sg-office\"", "name = \"sg-web\"");
    assert_eq!(flaws(&twice, offices(None), limits), ["there are two security groups `sg-web`"]);
    // a prefix list counts as its most entries, beside the rule for ICMP
    assert_eq!(
        flaws(SHOP, offices(Some(60)), limits),
        ["sg-office has 61 inbound rules of at most 60"]
    );
    assert_eq!(flaws(SHOP, offices(Some(1)), limits), ["prefix list `offices` has 2 entries of 1"]);
    let wide = Limits { groups_per_interface: 17, ..limits };
    assert_eq!(flaws(SHOP, offices(None), wide).len(), 1);
}

#[test]
fn an_interface_has_one_to_five_groups_that_there_are() {
    let mut shop = shop();
    let mut fails = |groups: &[&str]| shop.interface(groups, address("10.0.0.1")).unwrap_err();
    assert_eq!(fails(&[]), "an interface has 1 to 5 security groups, not 0");
    assert_eq!(fails(&["sg-web"; 6]), "an interface has 1 to 5 security groups, not 6");
    let unknown = "there is no security group `sg-wbe`: did you mean `sg-web`?";
    assert_eq!(fails(&["sg-wbe"]), unknown);
}

#[test]
fn addresses_that_no_rule_tells_apart_are_one_party() {
    let mut shop = shop();
    let mut party = |text: &str| shop.outside(address(text)).party;
    assert_eq!(party("192.0.2.1"), party("192.0.2.200"));
    assert_eq!(party("203.0.113.1"), party("203.0.113.255"));
    assert_ne!(party("203.0.113.255"), party("203.0.114.0"));
    assert_ne!(party("198.51.100.7"), party("198.51.100.8"));
    assert_ne!(party("::1"), party("0.0.0.1"));
}

fn peer() -> impl Strategy<Value = Peer> {
    let range = (any::<bool>(), 0_u32..64, 24_u8..=32).prop_map(|(v4, low, bits)| {
        let text = match v4 {
            true => format!("10.0.0.{}/{bits}", low * 4),
            false => format!("fd00::{low:x}/{}", bits + 96),
        };
        Peer::Addresses(Cidr::read(&text).unwrap())
    });
    let named = (0_u32..4).prop_map(|group| Peer::Named(format!("sg-{group}")));
    prop_oneof![range, named]
}

fn rule() -> impl Strategy<Value = Rule> {
    let protocol = prop_oneof![
        Just(Protocol::All),
        Just(Protocol::Tcp),
        Just(Protocol::Udp),
        Just(Protocol::Icmp)
    ];
    (protocol, 0_u16..6, 0_u16..6, peer()).prop_map(|(protocol, one, other, peer)| {
        let ports = Ports::between(one.min(other), one.max(other)).unwrap();
        Rule { protocol, ports, peer }
    })
}

/// The definition, word for word.
fn plainly(
    groups: &[Group],
    [from, to]: [(&[u32], IpAddr); 2],
    protocol: Protocol,
    port: u16,
) -> bool {
    let allows = |own: &[u32], direction, (peers, address): (&[u32], IpAddr)| {
        own.is_empty()
            || own.iter().flat_map(|id| groups[*id as usize].rules(direction)).any(|rule| {
                rule.serves(protocol, port)
                    && match &rule.peer {
                        Peer::Addresses(range) => range.contains(address),
                        Peer::Named(name) => {
                            peers.iter().any(|id| groups[*id as usize].id == *name)
                        }
                    }
            })
    };
    allows(from.0, Direction::Outbound, to) && allows(to.0, Direction::Inbound, from)
}

proptest! {
    #[test]
    fn decisions_are_those_of_reading_all_rules(
        rules in prop::collection::vec((0_usize..4, any::<bool>(), rule()), 0..40),
        ends in prop::collection::vec(
            (prop::collection::btree_set(0_u32..4, 0..3), any::<bool>(), 0_u32..256), 2..8
        ),
        port in 0_u16..6,
    ) {
        let mut groups: Vec<Group> = (0..4).map(|id| {
            let id = format!("sg-{id}");
            Group { name: id.clone(), id, inbound: Vec::new(), outbound: Vec::new() }
        }).collect();
        for (group, inbound, rule) in rules {
            let group = &mut groups[group];
            if inbound { group.inbound.push(rule) } else { group.outbound.push(rule) }
        }
        let firewall = Firewall::new(groups.clone(), &[], Limits::default());
        let mut firewall = firewall.expect("it is in order");
        let ends: Vec<(Vec<u32>, IpAddr, Endpoint)> = ends.into_iter().map(|(ids, v4, low)| {
            let ids: Vec<u32> = ids.into_iter().collect();
            let text = if v4 { format!("10.0.0.{low}") } else { format!("fd00::{low:x}") };
            let endpoint = firewall.endpoint(ids.clone(), address(&text));
            (ids, address(&text), endpoint)
        }).collect();
        for (from, from_address, from_end) in &ends {
            for (to, to_address, to_end) in &ends {
                let pair = [(from.as_slice(), *from_address), (to.as_slice(), *to_address)];
                for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Icmp] {
                    let found = firewall.check(*from_end, *to_end, protocol, port);
                    prop_assert_eq!(found.is_allowed(), plainly(&groups, pair, protocol, port));
                    prop_assert_eq!(found, firewall.check(*from_end, *to_end, protocol, port));
                }
                // what is missing is enough
                let mut repaired = groups.clone();
                for missing in firewall.missing(*from_end, *to_end, Protocol::Tcp, port) {
                    let group = repaired.iter_mut().find(|group| group.id == missing.groups[0]);
                    let group = group.unwrap();
                    match missing.direction {
                        Direction::Inbound => group.inbound.push(missing.rule),
                        Direction::Outbound => group.outbound.push(missing.rule),
                    }
                }
                prop_assert!(plainly(&repaired, pair, Protocol::Tcp, port));
            }
        }
    }
}
