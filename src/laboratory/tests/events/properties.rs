//! Whatever happens: the books are right after each event, which the run itself sees to in tests,
//! and nothing is lost or counted twice.

use proptest::prelude::*;

use super::Case;

/// `name,arrival,lifetime,cpu,memory`, in the order of arrivals.
fn items() -> impl Strategy<Value = String> {
    let item = (0u64..60, 1u64..80, 0u64..11, 0u64..101);
    prop::collection::vec(item, 1..40).prop_map(|mut items| {
        items.sort_by_key(|item| item.0);
        let row = |(name, (arrival, stays, cpu, memory)): (usize, &(u64, u64, u64, u64))| {
            format!("i{name},{arrival},{stays},{cpu},{memory}\n")
        };
        items.iter().enumerate().map(row).collect()
    })
}

/// The same with `numa,priority,group,rule,domain`.
fn bound_items() -> impl Strategy<Value = String> {
    let item = (0u64..60, 1u64..80, 0u64..9, 0u64..80, (0u8..3, 0u8..4, 0u8..3, 0u8..4, 0u8..3));
    prop::collection::vec(item, 1..40).prop_map(|mut items| {
        items.sort_by_key(|item| item.0);
        let mut rows = String::new();
        for (name, (arrival, stays, cpu, memory, more)) in items.iter().enumerate() {
            let (numa, priority, group, rule, domain) = more;
            let rule = ["", "affinity", "anti-affinity", "fault-domain"][usize::from(*rule)];
            rows.push_str(&format!("i{name},{arrival},{stays},{cpu},{memory},{numa},{priority},"));
            rows.push_str(&format!("g{group},{rule},{domain}\n"));
        }
        rows
    })
}

fn resizes() -> impl Strategy<Value = Option<String>> {
    let resize = (0u64..100, 0usize..42, 0u64..12, 0u64..110);
    let rows = prop::collection::vec(resize, 0..30).prop_map(|mut rows| {
        rows.sort_by_key(|row| row.0);
        let row = |(time, name, cpu, memory): &(u64, usize, u64, u64)| {
            format!("i{name},{time},{cpu},{memory}\n")
        };
        rows.iter().map(row).collect()
    });
    prop::option::of(rows)
}

fn faults() -> impl Strategy<Value = String> {
    let fault = (0usize..4, 0u64..90, 1u64..40, 0u32..4);
    prop::collection::vec(fault, 0..5).prop_map(|faults| {
        let text = |(kind, at, duration, host): &(usize, u64, u64, u32)| {
            let what = match kind {
                0 => format!("kind.scheduled = {{ at = '{at}s', duration = '{duration}s' }}"),
                1 => format!("kind.drain = {{ at = '{at}s', duration = '{duration}s' }}"),
                2 => format!("kind.drain = {{ at = '{at}s' }}"),
                _ => format!(
                    "kind.random.time_to_failure.exponential.mean = '{}s'\n\
                     kind.random.time_to_repair.exponential.mean = '{duration}s'",
                    at + 10
                ),
            };
            format!("[[fault]]\nhosts = [{host}]\n{what}\n")
        };
        faults.iter().map(text).collect()
    })
}

fn keys() -> impl Strategy<Value = String> {
    let policies = ["first-fit", "best-fit", "worst-fit", "random-fit", "dot-product"];
    let retries = ["", "retry = '3s'", "retry = { first = '1s', most = '8s' }"];
    let others = [
        "",
        "idle_hosts = 'on'\ninterrupted = 'goes-on'",
        "smallest_item = { cpu = '2m', memory = '20' }",
    ];
    (0..policies.len(), 0..retries.len(), 0..others.len(), any::<bool>()).prop_map(
        move |(policy, retry, other, migrate)| {
            let (policy, retry, other) = (policies[policy], retries[retry], others[other]);
            let migrate = if migrate { "#migrate" } else { "" };
            format!("policy = '{policy}'\n{retry}\n{other}\n{migrate}\n")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn books_are_right_and_nothing_is_lost_twice(
        items in items(),
        resizes in resizes(),
        faults in faults(),
        keys in keys(),
        (parallel, stays, seed) in (1u32..4, any::<bool>(), any::<u64>()),
    ) {
        let mut case = Case::new(4, &items).with(&keys, &faults, &format!("parallel = {parallel}"));
        case.hosts = "cpu,memory,idle,full\n10,100,5,9\n10,100,5,9\n8,50,1,2\n12,90,3,3\n".into();
        case.power = ", idle_power = 'idle', max_power = 'full'".into();
        case = Case { resizes: case.resizes, stays, seed, seconds: 200, ..case };
        if let Some(rows) = resizes {
            case = case.resized(&rows);
        }
        let played = case.play();
        let it = &played.summary;
        prop_assert!(it.lost <= it.interrupted);
        prop_assert!(!keys.contains("retry") || it.lost == 0);
        prop_assert_eq!(stays, it.departed == 0 && stays);
        prop_assert!(played.energy_kwh.is_some_and(|energy| energy >= 0.0));
        for share in it.shares.iter().chain(&it.stranded).chain(&it.shares_max) {
            prop_assert!(share.1.is_none_or(|share| (0.0..=1.0).contains(&share)), "{:?}", share);
        }
        // the same again
        prop_assert_eq!(it, &case.play().summary);
    }

    /// The same on hosts in two racks with two nodes each, with items of groups: also after each
    /// event all nodes have given what is bound to them, and all groups keep their rules.
    #[test]
    fn nodes_and_groups_are_right_whatever_happens(
        items in bound_items(),
        resizes in resizes(),
        faults in faults(),
        keys in keys(),
        (parallel, stays, seed) in (1u32..4, any::<bool>(), any::<u64>()),
    ) {
        let options = format!("parallel = {parallel}");
        let mut case = Case::new(4, "").with(&keys, &faults, &options);
        case.keys.push_str("hosts_per_rack = 2\npreemption = true\n");
        case.hosts = "cpu,memory,cpu2,memory2\n6,60,6,60\n10,100,4,50\n8,50,8,50\n5,90,9,30\n"
            .into();
        let columns = "name,arrival,lifetime,cpu,memory,numa,priority,group,rule,domain";
        case.items = format!("{columns}\n{items}");
        case = Case { stays, seed, seconds: 200, has_nodes: true, ..case };
        if let Some(rows) = resizes {
            case = case.resized(&rows);
        }
        let it = case.play().summary;
        prop_assert_eq!(it.rejections.sum(), it.rejected);
        prop_assert_eq!(&it, &case.play().summary);
    }
}
