//! `[[fault]]`: failures of hosts and registries that exist, within the simulated time.

use super::ranges::lasting;
use super::{Finding, laws, registries};
use crate::engine::SimDuration;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, Fault, FaultKind};

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
                check_instant(*instant, at.key("at"), "failure", draft, out);
            }
            FaultKind::Drain { at: instant, duration } => {
                check_drained(fault, &at, draft, out);
                let at = at.key("kind").key("drain");
                if let Some(duration) = duration {
                    lasting(*duration, at.key("duration"), "the length of a drain", out);
                }
                check_instant(*instant, at.key("at"), "drain", draft, out);
            }
            FaultKind::RegistryOutage { registry, at: instant, duration } => {
                if fault.hosts.is_some() {
                    let title = "the outage of a registry is not one of hosts";
                    let help = "leave `hosts` out; `cluster` says who cannot reach the registry";
                    out.push(Finding::new(at.key("hosts"), title).on_key().help(help));
                }
                let at = at.key("kind").key("registry-outage");
                registries::check_name(draft, registry, at.key("registry"), out);
                lasting(*duration, at.key("duration"), "the length of an outage", out);
                check_instant(*instant, at.key("at"), "outage", draft, out);
            }
        }
    }
}

fn check_instant(
    instant: SimDuration,
    at: Path,
    what: &str,
    draft: &Draft,
    out: &mut Vec<Finding>,
) {
    let end = draft.simulation.as_ref().map(|simulation| simulation.duration);
    if let Some(end) = end.filter(|&end| instant >= end) {
        let article = if what == "outage" { "an" } else { "a" };
        let title = format!("{article} {what} at {instant} comes after the end at {end}");
        let related = Path::section("simulation").key("duration");
        out.push(Finding::new(at, title).related(related, "end"));
    }
}

/// There must be VMs to move, and another host to move them to.
fn check_drained(fault: &Fault, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let mine = |cluster: &&Cluster| fault.cluster.as_ref().is_none_or(|name| *name == cluster.name);
    let clusters: Vec<&Cluster> =
        draft.clusters.iter().map(|(_, cluster)| cluster).filter(mine).collect();
    if clusters.is_empty() || draft.clusters.iter().count() < draft.clusters.len() {
        return;
    }
    let has_vms = |cluster: &&Cluster| cluster.vm.is_some() || cluster.kind != ClusterKind::Docker;
    let path = at.key("kind").key("drain");
    if !clusters.iter().any(has_vms) {
        let title = "a drain migrates VMs, and there are none in the cluster";
        out.push(
            Finding::new(path, title)
                .help("containers on bare metal cannot be migrated; give the cluster a `vm`"),
        );
        return;
    }
    let hosts = clusters.iter().map(|cluster| cluster.host_count()).max().unwrap_or(0);
    let drained = |host: u32| fault.hosts.as_ref().is_none_or(|hosts| hosts.contains(&host));
    if hosts <= 100_000 && (0..hosts).all(drained) {
        let title = "a drain of every host leaves none to migrate to";
        out.push(Finding::new(path, title).help("say which, such as `hosts = [0]`"));
    }
}

fn check_place(fault: &Fault, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let (hosts, place) = match &fault.cluster {
        None => {
            let largest = draft.clusters.iter().map(|(_, cluster)| cluster.host_count()).max();
            let all_read = draft.clusters.iter().count() == draft.clusters.len();
            (largest.filter(|_| all_read), "the largest cluster".to_owned())
        }
        Some(name) => match draft.clusters.find(name) {
            Referent::Found(_, cluster) => (Some(cluster.host_count()), format!("`{name}`")),
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
