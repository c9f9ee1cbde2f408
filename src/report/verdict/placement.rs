//! What policies make of the same items and hosts, in a sentence.

use super::list;
use crate::metrics::summary::{ClusterSummary, PlacementSummary};
use crate::report::quantity::{count, number, percent};

/// By what a replay is judged: the first of these by which clusters differ.
struct Yardstick {
    of: fn(&PlacementSummary) -> Option<f64>,
    /// Whether more is better.
    more: bool,
    /// `first allocates the most of its GPUs`, from here on.
    says: &'static str,
    /// `95 %` of what.
    what: &'static str,
    show: fn(f64) -> String,
}

const YARDSTICKS: [Yardstick; 4] = [
    Yardstick {
        of: |it| it.gpus.as_ref().map(|gpus| gpus.allocated_share()),
        more: true,
        says: "allocates most of its GPUs",
        what: "of the GPUs allocated",
        show: percent,
    },
    Yardstick {
        of: PlacementSummary::rejected_share,
        more: false,
        says: "turns the fewest items away",
        what: "of the items turned away",
        show: percent,
    },
    Yardstick {
        of: |it| Some(it.lost as f64),
        more: false,
        says: "loses the fewest items with their hosts",
        what: "items lost with their hosts",
        show: |lost| count(lost as u64),
    },
    Yardstick {
        of: |it| Some(it.host_hours),
        more: false,
        says: "takes the fewest host-hours",
        what: "host-hours",
        show: number,
    },
];

/// Which cluster does best, or what the only one does.
pub(super) fn sentence(all: &[&ClusterSummary]) -> Option<String> {
    let placed: Vec<(&str, &PlacementSummary)> =
        all.iter().filter_map(|s| Some((s.cluster.as_str(), s.placement.as_ref()?))).collect();
    match &placed[..] {
        [] => None,
        [(name, only)] => Some(alone(name, only)),
        several => YARDSTICKS
            .iter()
            .find_map(|yardstick| compared(yardstick, several))
            .or_else(|| Some("All clusters place alike.".into())),
    }
}

/// `fgd allocates most of its GPUs: 95.3 %, best-fit 93.1 %.`; none where all are alike.
fn compared(by: &Yardstick, placed: &[(&str, &PlacementSummary)]) -> Option<String> {
    let of = |(name, it): &(&str, &PlacementSummary)| Some(((*name).to_owned(), (by.of)(it)?));
    let mut ranked: Vec<(String, f64)> = placed.iter().map(of).collect::<Option<_>>()?;
    // stable: the order of the scenario among equals
    ranked.sort_by(|one, other| match by.more {
        true => other.1.total_cmp(&one.1),
        false => one.1.total_cmp(&other.1),
    });
    let shown = |(_, value): &(String, f64)| (by.show)(*value);
    let best = shown(&ranked[0]);
    let ties = ranked.iter().take_while(|one| shown(one) == best).count();
    let others = &ranked[ties..];
    if others.is_empty() {
        return None;
    }
    let first = match ties {
        1 => format!("{} {}: {best}", ranked[0].0, by.says),
        _ => {
            let names = ranked[..ties].iter().map(|(name, _)| name.clone()).collect();
            format!("{} do best, each with {best} {}", list(names), by.what)
        }
    };
    let rest = others.iter().map(|one| format!("{} {}", one.0, shown(one))).collect();
    Some(format!("{first}, against {}.", list(rest)))
}

/// `first-fit places all 100,000 items on at most 703 of 1,000 hosts (at least 700 were needed), …`
fn alone(name: &str, it: &PlacementSummary) -> String {
    let of = count(it.arrived);
    let placed = match it.placed() {
        all if all == it.arrived => format!("all {of}"),
        some => format!("{} of {of}", count(some)),
    };
    let [most, all] = [it.hosts_max, it.hosts].map(|hosts| count(hosts.into()));
    let needed = match it.hosts_max_bound {
        1 => "1 was".to_owned(),
        more => format!("{} were", count(more.into())),
    };
    let ratio = match it.host_hours_ratio() {
        Some(ratio) => format!(", and takes {} times the fewest host-hours", number(ratio)),
        None => String::new(),
    };
    let gpus = match &it.gpus {
        Some(gpus) => format!(" It allocates {} of its GPUs.", percent(gpus.allocated_share())),
        None => String::new(),
    };
    format!(
        "{name} places {placed} items on at most {most} of {all} hosts (at least {needed} \
         needed){ratio}.{gpus}"
    )
}
