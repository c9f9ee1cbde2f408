//! Items that come all at once: the instances of bin packing.

use super::played;

/// So many items of each size, in this order.
fn listed(runs: &[(usize, u64)]) -> String {
    let rows = runs.iter().map(|&(count, size)| format!("{size}\n").repeat(count));
    format!("cpu\n{}", rows.collect::<String>())
}

#[test]
fn the_worst_case_of_first_fit_needs_ten_hosts_and_six_are_the_bound() {
    let summary = played((20, 100), &listed(&[(6, 15), (6, 34), (6, 51)]), "");
    assert_eq!((summary.hosts_max, summary.hosts_max_bound), (10, 6));
}

/// Listed from the smallest, first fit takes 12 x 23 (3 hosts of four), 6 x 26 (2 of three),
/// 6 x 27 (2 of three) and 6 x 51 (6). Sorted it is the known worst case. Nine are the optimum.
#[test]
fn decreasing_sorts_what_comes_at_one_instant() {
    let items = listed(&[(12, 23), (6, 26), (6, 27), (6, 51)]);
    for policy in ["first-fit", "best-fit"] {
        let keys = format!("policy = '{policy}'");
        let plain = played((20, 100), &items, &keys);
        assert_eq!((plain.hosts_max, plain.hosts_max_bound), (13, 9), "{policy}");
        let sorted = played((20, 100), &items, &format!("{keys}\nbatch = 'decreasing'"));
        assert_eq!((sorted.hosts_max, sorted.hosts_max_bound), (11, 9), "{policy}");
    }
}

/// Of each second's pair the larger comes first: it takes host 0, the smaller has no room there.
#[test]
fn each_instant_is_sorted_by_itself() {
    let items = "cpu,arrival,lifetime\n40,0,1\n70,0,1\n30,2,1\n80,2,1\n";
    let plain = played((2, 100), items, "policy = 'best-fit'");
    let sorted = played((2, 100), items, "policy = 'best-fit'\nbatch = 'decreasing'");
    assert_eq!((plain.hosts_max, sorted.hosts_max), (2, 2));
    assert_ne!(plain.placement_hash, sorted.placement_hash);
    assert_eq!((sorted.departed, sorted.makespan), (4, 3.0));
}

/// By chance, too, every item finds a host, and the same seed finds the same ones.
#[test]
fn every_policy_places_what_there_is_room_for() {
    let items = listed(&[(40, 10), (20, 30)]);
    for policy in ["random-fit", "power-of-k", "cosine-similarity", "l2-norm", "dot-product"] {
        let keys = format!("policy = '{policy}'");
        let summary = played((15, 100), &items, &keys);
        assert_eq!((summary.running, summary.policy.as_str()), (60, policy));
        assert_eq!(summary, played((15, 100), &items, &keys));
    }
    // one choice is any host, many are best fit in all likelihood
    let one = played((15, 100), &items, "policy = 'power-of-k'\nchoices = 1");
    let many = played((15, 100), &items, "policy = 'power-of-k'\nchoices = 1000");
    assert_eq!(
        many.placement_hash,
        played((15, 100), &items, "policy = 'best-fit'").placement_hash
    );
    assert!(one.hosts_max > many.hosts_max);
}
