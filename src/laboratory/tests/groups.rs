//! Groups: together, apart, and on different racks.

use super::Tables;
use crate::metrics::summary::{PlacementSummary, Rejections};

/// Items on four hosts of 4 cores, two in a rack.
fn on_four(items: &str, keys: &str) -> PlacementSummary {
    tables(items).played(&format!("hosts_per_rack = 2\n{keys}"))
}

fn tables(items: &str) -> Tables<'_> {
    Tables {
        hosts: "cpu,rack\n4,a\n4,a\n4,b\n4,b\n",
        host_columns: "cpu = 'cpu'",
        items,
        item_columns: "arrival = 't', lifetime = 's', cpu = 'cpu', priority = 'p', group = 'g', \
                       strategy = 'rule', domain = 'd'",
    }
}

const HEADER: &str = "t,s,cpu,p,g,rule,d\n";

/// The third has no room beside the two others, and may be nowhere else; one of another group, one
/// of the same name under another rule and one of none may.
#[test]
fn a_group_stays_on_one_host() {
    let items = "0,9,2,0,x,affinity,\n0,9,2,0,x,affinity,\n0,9,2,0,x,affinity,\n\
                 0,9,2,0,y,affinity,\n0,9,2,0,x,anti-affinity,\n0,9,2,0,,,\n";
    let done = on_four(&format!("{HEADER}{items}"), "");
    assert_eq!((done.placed(), done.hosts_max), (5, 3));
    assert_eq!(done.rejections, Rejections { room: 0, nodes: 0, group: 1 });
}

/// The first member decides, and when all have left the next one does: until 2 s the group is on
/// the first host, which another item then fills.
#[test]
fn a_group_that_has_left_may_go_elsewhere() {
    let items = "0,2,3,0,x,affinity,\n2,9,4,0,,,\n3,1,2,0,x,affinity,\n3,1,3,0,x,affinity,\n";
    let done = on_four(&format!("{HEADER}{items}"), "");
    assert_eq!((done.placed(), done.rejections.group, done.hosts_max), (3, 1, 2));
}

/// Four members have a host each; the fifth waits for the second to leave at 5 s.
#[test]
fn members_are_apart_also_when_they_come_again() {
    let items: String =
        [9, 5, 9, 9, 1].iter().map(|stays| format!("0,{stays},1,0,x,,\n")).collect();
    let keys = "retry = '1s'\ngroup_rule = 'anti-affinity'";
    let done = on_four(&format!("{HEADER}{items}"), keys);
    assert_eq!((done.departed, done.hosts_max, done.waiting_max), (5, 4, 1));
    assert_eq!(done.mean_finish, Some((9.0 + 5.0 + 9.0 + 9.0 + 6.0) / 5.0));
    let done = on_four(&format!("{HEADER}{items}"), "group_rule = 'anti-affinity'");
    assert_eq!((done.rejections.group, done.rejected), (1, 1));
}

/// Domain 0 takes the first rack, 1 the second, and 2 has none; 0 fills its rack, and has none
/// beside it, as the second is that of 1.
#[test]
fn domains_of_a_group_share_no_rack() {
    let of = |domains: &[u32]| {
        let line = |domain| format!("0,9,4,0,x,fault_domain,{domain}\n");
        let items: String = domains.iter().map(line).collect();
        on_four(&format!("{HEADER}{items}"), "")
    };
    let done = of(&[0, 1, 2]);
    assert_eq!((done.placed(), done.rejections.group), (2, 1));
    let done = of(&[0, 0, 1, 0]);
    assert_eq!((done.placed(), done.rejections.group, done.hosts_max), (3, 1, 3));
    let done = of(&[0, 0, 0, 0]);
    assert_eq!((done.placed(), done.hosts_max), (4, 4));
}

/// By a column, the racks are those of the table, whatever the order of the hosts.
#[test]
fn racks_may_be_a_column() {
    let items = format!("{HEADER}0,9,4,0,x,fault-domain,0\n0,9,4,0,x,fault-domain,1\n");
    let with_racks = Tables {
        hosts: "cpu,rack\n4,a\n3,b\n4,a\n4,b\n",
        host_columns: "cpu = 'cpu', rack = 'rack'",
        ..tables(&items)
    };
    let done = with_racks.played("");
    assert_eq!((done.placed(), done.hosts_max), (2, 2));
    let alone = Tables { hosts: "cpu,rack\n4,a\n3,b\n4,a\n3,b\n", ..with_racks };
    assert_eq!(alone.played("").rejections, Rejections { room: 0, nodes: 0, group: 1 });
}

/// A more important item evicts only where its group allows it to be: its sibling is on the first
/// host, with others of less importance, and on the others there are less important ones still.
#[test]
fn members_evict_others_only_where_they_may_be() {
    let items = "0,9,2,9,x,affinity,\n0,9,2,5,,,\n0,9,4,1,,,\n0,9,4,1,,,\n0,9,4,1,,,\n";
    let preempted = |item: &str| {
        let done = on_four(&format!("{HEADER}{items}{item}\n"), "preemption = true");
        (done.preempted, done.rejections)
    };
    let none = Rejections::default();
    assert_eq!(preempted("1,1,2,6,x,affinity,"), (1, Rejections { room: 1, ..none }));
    assert_eq!(preempted("1,1,2,4,x,affinity,"), (0, Rejections { room: 1, ..none }));
    assert_eq!(preempted("1,1,2,4,y,affinity,"), (1, Rejections { room: 1, ..none }));
}

#[test]
fn words_of_ones_own_are_understood_and_others_are_not() {
    let items = format!("{HEADER}0,9,2,0,x,packed,\n0,9,3,0,x,packed,\n");
    let done = on_four(&items, "strategies = { packed = 'affinity' }");
    assert_eq!(done.rejections.group, 1);
    let error = tables(&items).tried("").unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("`strategies`"), "{error}");
}

#[test]
fn racks_and_domains_must_be_known_where_they_matter() {
    let failed = |line: &str, keys: &str| {
        let items = format!("{HEADER}0,9,1,0,x,affinity,\n{line}\n");
        let error = tables(&items).tried(keys).unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
        error
    };
    let racks = failed("0,9,1,0,x,fault-domain,0", "");
    assert!(racks.contains("hosts_per_rack"), "{racks}");
    let blank = failed("0,9,1,0,x,fault-domain,", "hosts_per_rack = 1");
    assert!(blank.contains("whole number"), "{blank}");
    let beyond = failed("0,9,1,0,x,fault-domain,256", "hosts_per_rack = 1");
    assert!(beyond.contains("below 256"), "{beyond}");
}
