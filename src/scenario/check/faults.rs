//! `[[fault]]`: failures of hosts that exist, within the simulated time.

use super::ranges::lasting;
use super::{Finding, laws};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;
use crate::scenario::{Fault, FaultKind};

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, fault) in draft.faults.iter() {
        let at = Path::element("fault", index);
        check_place(fault, &at, draft, out);
        match &fault.kind {
            FaultKind::Random { time_to_failure, time_to_repair } => {
                let at = at.key("kind").key("random");
                let failure = at.key("time_to_failure");
                laws::check_interval(time_to_failure, &failure, "the time to a failure", out);
                laws::check(time_to_repair, &at.key("time_to_repair"), out);
            }
            FaultKind::Scheduled { at: instant, duration } => {
                let at = at.key("kind").key("scheduled");
                lasting(*duration, at.key("duration"), "the length of a failure", out);
                let end = draft.simulation.as_ref().map(|simulation| simulation.duration);
                if let Some(end) = end.filter(|end| instant >= end) {
                    let title = format!("a failure at {instant} comes after the end at {end}");
                    let related = Path::section("simulation").key("duration");
                    out.push(Finding::new(at.key("at"), title).related(related, "end"));
                }
            }
        }
    }
}

fn check_place(fault: &Fault, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let (hosts, place) = match &fault.cluster {
        None => {
            let largest = draft.clusters.iter().map(|(_, cluster)| cluster.hosts.count).max();
            let all_read = draft.clusters.iter().count() == draft.clusters.len();
            (largest.filter(|_| all_read), "the largest cluster".to_owned())
        }
        Some(name) => match draft.clusters.find(name) {
            Referent::Found(_, cluster) => (Some(cluster.hosts.count), format!("`{name}`")),
            Referent::Unreadable => (None, String::new()),
            Referent::Missing => {
                let names = draft.clusters.names().map(|(_, name)| name);
                out.push(
                    Finding::new(at.key("cluster"), format!("there is no cluster `{name}`"))
                        .help(suggestion(name, names, "cluster")),
                );
                (None, String::new())
            }
        },
    };
    let Some(listed) = &fault.hosts else { return };
    let at = at.key("hosts");
    if listed.is_empty() {
        out.push(
            Finding::new(at.clone(), "the fault is of no host at all")
                .help("leave `hosts` out for a fault of every host"),
        );
    }
    for (index, host) in listed.iter().enumerate() {
        if listed[..index].contains(host) {
            let title = format!("host {host} is in the list twice");
            out.push(Finding::new(at.index(index), title));
        } else if let Some(count) = hosts.filter(|count| host >= count) {
            let title = format!("there is no host {host}: {place} has {count}");
            let help = format!("hosts are counted from 0 to {}", count.saturating_sub(1));
            out.push(Finding::new(at.index(index), title).help(help));
        }
    }
}
