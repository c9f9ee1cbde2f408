//! Items of traces on the hosts of clusters that only place.

use super::super::{Cell, Measure, Section};
use super::Summaries;
use super::nodes::{part, whole};
use crate::metrics::figures::Better;
use crate::metrics::summary::{
    ClusterSummary, DrainSummary, FailureSummary, GpuSummary, PlacementSummary, Rejections,
    ResizeAccount, Shares,
};
use crate::report::quantity::{duration, number, percent};

/// What became of the items, and what of the hosts and GPUs, where any cluster only places.
pub(super) fn sections(all: Summaries) -> [Option<Section>; 6] {
    [items(all), resizes(all), hosts(all), failures(all), drains(all), gpus(all)]
}

/// Whether a cluster does nothing but place: it has no apps, guests or energy to tell of.
pub(super) fn only_places(summary: &ClusterSummary) -> bool {
    summary.placement.is_some()
}

fn items(all: Summaries) -> Option<Section> {
    let (less, more, neither) = (Better::Less, Better::More, Better::Neither);
    let number_of = |label, better, get: fn(&PlacementSummary) -> u64| {
        Measure::numeric(label, all, better, whole, |s| s.placement.as_ref().map(|p| get(p) as f64))
    };
    let waits = all.iter().filter_map(|s| s.placement.as_ref()).any(|p| p.waiting_max > 0);
    let of_waiting = |label, get: fn(&PlacementSummary) -> u64| {
        Measure::numeric(label, all, less, whole, |s| {
            s.placement.as_ref().filter(|_| waits).map(|p| get(p) as f64)
        })
    };
    let has_reasons =
        all.iter().filter_map(|s| s.placement.as_ref()).any(|p| p.rejections.has_reasons());
    let for_lack_of = |label, get: fn(&Rejections) -> u64| {
        Measure::numeric(label, all, less, whole, |s| {
            s.placement.as_ref().filter(|_| has_reasons).map(|p| get(&p.rejections) as f64)
        })
    };
    let fails = all.iter().filter_map(|s| s.placement.as_ref()).any(|p| p.interrupted > 0);
    let of_failures = |label, get: fn(&PlacementSummary) -> u64| {
        Measure::numeric(label, all, less, whole, |s| {
            s.placement.as_ref().filter(|_| fails).map(|p| get(p) as f64)
        })
    };
    Section::of(
        "Items",
        [
            Measure::words("policy", all, |s| {
                Some(Cell::plain(s.placement.as_ref()?.policy.clone()))
            }),
            number_of("came", neither, |p| p.arrived),
            Measure::numeric("of the table, left out", all, neither, whole, |s| {
                s.placement.as_ref().filter(|p| p.left_out > 0).map(|p| p.left_out as f64)
            }),
            number_of("had a host", more, PlacementSummary::placed),
            number_of("turned away", less, |p| p.rejected),
            Measure::numeric("share turned away", all, less, percent, |s| {
                s.placement.as_ref()?.rejected_share()
            }),
            for_lack_of("for lack of room", |it| it.room),
            for_lack_of("for lack of room within NUMA nodes", |it| it.nodes),
            for_lack_of("for their groups", |it| it.group),
            Measure::numeric("evicted by more important ones", all, less, whole, |s| {
                let evicts = |p: &&PlacementSummary| p.preempted > 0;
                s.placement.as_ref().filter(evicts).map(|p| p.preempted as f64)
            }),
            of_waiting("waiting, most at once", |p| p.waiting_max.into()),
            of_waiting("waiting in the end", |p| p.waiting),
            number_of("on a host in the end", neither, |p| p.running),
            number_of("left", neither, |p| p.departed),
            of_failures("on a host that failed, times", |p| p.interrupted),
            of_failures("lost with their host", |p| p.lost),
            Measure::numeric("when they left, mean", all, less, duration, |s| {
                s.placement.as_ref()?.mean_finish
            }),
        ],
    )
}

fn hosts(all: Summaries) -> Option<Section> {
    let (less, neither) = (Better::Less, Better::Neither);
    let count_of = |label, better, get: fn(&PlacementSummary) -> u32| {
        Measure::numeric(label, all, better, whole, |s| {
            s.placement.as_ref().map(|p| f64::from(get(p)))
        })
    };
    // where all comes at once, and stays, no time passes
    let over_time = |label, better, show: fn(f64) -> String, get: fn(&PlacementSummary) -> f64| {
        Measure::numeric(label, all, better, show, |s| {
            s.placement.as_ref().filter(|p| p.makespan > 0.0).map(get)
        })
    };
    let rows = [
        count_of("hosts", neither, |p| p.hosts),
        count_of("in use, most at once", less, |p| p.hosts_max),
        count_of("fewest possible, most at once", neither, |p| p.hosts_max_bound),
        over_time("host-hours", less, number, |p| p.host_hours),
        over_time("host-hours, fewest possible", neither, number, |p| p.host_hours_bound),
        Measure::numeric("host-hours to the fewest possible", all, less, times, |s| {
            s.placement.as_ref()?.host_hours_ratio()
        }),
    ];
    let means = shares(all, "in use, mean", neither, |p| &p.shares);
    let most = shares(all, "in use, most", neither, |p| &p.shares_max);
    let is_any = |p: &PlacementSummary| p.stranded.iter().any(|(_, share)| *share > Some(0.0));
    let stranded = match all.iter().filter_map(|s| s.placement.as_ref()).any(is_any) {
        true => shares(all, "stranded, mean", less, |p| &p.stranded),
        false => Vec::new(),
    };
    let rows = rows.into_iter().chain(means).chain(most).chain(stranded);
    Section::of("Hosts that items are placed on", rows)
}

/// Where any host failed.
fn failures(all: Summaries) -> Option<Section> {
    let failed = |s: &ClusterSummary| s.placement.as_ref()?.failures;
    all.iter().filter_map(|s| failed(s)).find(|it| it.failures > 0)?;
    let (neither, less) = (Better::Neither, Better::Less);
    let of = |label, better, show: fn(f64) -> String, get: fn(&FailureSummary) -> f64| {
        Measure::numeric(label, all, better, show, |s| failed(s).map(|it| get(&it)))
    };
    Section::of(
        "Hosts that failed",
        [
            of("failures", neither, whole, |it| it.failures as f64),
            of("host-hours down", less, number, |it| it.host_hours_down),
        ],
    )
}

/// Where any host was drained.
fn drains(all: Summaries) -> Option<Section> {
    let drained = |s: &ClusterSummary| s.placement.as_ref()?.drains;
    all.iter().filter_map(|s| drained(s)).find(|it| it.begun > 0)?;
    let (neither, more, less) = (Better::Neither, Better::More, Better::Less);
    let of = |label, better, get: fn(&DrainSummary) -> u64| {
        Measure::numeric(label, all, better, whole, |s| drained(s).map(|it| get(&it) as f64))
    };
    Section::of(
        "Hosts in maintenance",
        [
            of("drains", neither, |it| it.begun),
            of("all items left in time", more, |it| it.emptied),
            of("items were still there at the end", less, |it| it.not_emptied),
            Measure::numeric("until all items had left, mean", all, less, duration, |s| {
                drained(s)?.time_mean
            }),
            Measure::numeric("the longest", all, less, duration, |s| {
                drained(s).filter(|it| it.emptied > 0).map(|it| it.time_max)
            }),
        ],
    )
}

/// Where items are resized.
fn resizes(all: Summaries) -> Option<Section> {
    let (neither, less) = (Better::Neither, Better::Less);
    let of = |label, better, get: fn(&ResizeAccount) -> u64| {
        Measure::numeric(label, all, better, whole, |s| {
            s.placement.as_ref()?.resizes.map(|it| get(&it) as f64)
        })
    };
    Section::of(
        "Resizes",
        [
            of("asked for", neither, |it| it.asked),
            of("in place", neither, |it| it.in_place),
            of("by a migration", less, |it| it.migrated),
            of("of items that waited", neither, |it| it.waiting),
            of("refused", less, |it| it.refused),
            of("of items that were not there", neither, |it| it.gone),
        ],
    )
}

/// `1.07 ×`
fn times(ratio: f64) -> String {
    format!("{} ×", number(ratio))
}

/// A row for each kind of resource that hosts have.
fn shares(
    all: Summaries,
    what: &str,
    better: Better,
    of: fn(&PlacementSummary) -> &Shares,
) -> Vec<Option<Measure>> {
    let known = all.iter().filter_map(|s| s.placement.as_ref()).flat_map(of);
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in known {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let row = |name: &&str| {
        let label = match *name {
            "cpu" => format!("CPU {what}"),
            other => format!("{other} {what}"),
        };
        Measure::numeric(&label, all, better, percent, |s| {
            of(s.placement.as_ref()?).iter().find(|(its, _)| its == name)?.1
        })
    };
    names.iter().map(row).collect()
}

fn gpus(all: Summaries) -> Option<Section> {
    let number_of = |label, better, show: fn(f64) -> String, get: fn(&GpuSummary) -> f64| {
        Measure::numeric(label, all, better, show, |s| s.placement.as_ref()?.gpus.as_ref().map(get))
    };
    let (less, more, neither) = (Better::Less, Better::More, Better::Neither);
    Section::of(
        "GPUs in the end",
        [
            number_of("GPUs", neither, whole, |g| g.count),
            number_of("allocated", more, part, |g| g.allocated),
            number_of("allocated, share of all", more, percent, GpuSummary::allocated_share),
            number_of("free", neither, part, |g| g.count - g.allocated),
            number_of("free, and of no use", less, part, |g| g.fragments),
            number_of("of no use, share of all", less, percent, GpuSummary::fragments_share),
        ]
        .into_iter()
        .chain(way(all)),
    )
}

/// What had been allocated when so many percent of the GPUs had been asked for.
fn way(all: Summaries) -> impl Iterator<Item = Option<Measure>> {
    [80, 90, 95, 100, 110, 130].into_iter().map(move |asked| {
        let label = format!("allocated when {asked} % were asked for");
        Measure::numeric(&label, all, Better::More, percent, |s| {
            let gpus = s.placement.as_ref()?.gpus.as_ref()?;
            Some(gpus.at(asked)?.allocated_percent / 100.0)
        })
    })
}
