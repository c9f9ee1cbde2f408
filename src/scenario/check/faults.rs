//! `[[fault]]`: failures of hosts and registries that exist, within the simulated time.

use super::ranges::lasting;
use super::{Finding, laws, registries, tables};
use crate::engine::SimDuration;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, Fault, FaultKind};
use crate::units::Fraction;

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
            FaultKind::Slow { at: instant, duration, speed } => {
                let at = at.key("kind").key("slow");
                lasting(*duration, at.key("duration"), "the length of a slowness", out);
                check_instant(*instant, at.key("at"), "slowness", draft, out);
                if *speed <= Fraction(0.0) {
                    let title = "a host without any speed is one that failed";
                    let help = "use `scheduled = { at, duration }` for that";
                    out.push(Finding::new(at.key("speed"), title).help(help));
                }
                if clusters_of(fault, draft).is_some_and(|them| them.iter().all(only_places)) {
                    let title = "items are as fast on a slow host: nothing runs in the cluster";
                    out.push(Finding::new(at, title).on_key());
                }
            }
            FaultKind::ApiOutage { at: instant, duration } => {
                check_of_no_hosts(fault, &at, "an API server", out);
                let kind = at.key("kind").key("api-outage");
                let mut clusters = draft.clusters.iter().map(|(_, cluster)| cluster);
                if !clusters.any(|cluster| cluster.kind.is_kubernetes()) {
                    let title = "only a cluster of Kubernetes has an API server";
                    out.push(Finding::new(kind.clone(), title).on_key());
                }
                lasting(*duration, kind.key("duration"), "the length of an outage", out);
                check_instant(*instant, kind.key("at"), "outage", draft, out);
            }
            FaultKind::RegistryOutage { registry, at: instant, duration } => {
                check_of_no_hosts(fault, &at, "a registry", out);
                let at = at.key("kind").key("registry-outage");
                registries::check_name(draft, registry, at.key("registry"), out);
                lasting(*duration, at.key("duration"), "the length of an outage", out);
                check_instant(*instant, at.key("at"), "outage", draft, out);
            }
        }
    }
}

/// The outage of something else than hosts names none.
fn check_of_no_hosts(fault: &Fault, at: &Path, what: &str, out: &mut Vec<Finding>) {
    for (named, key) in [(fault.hosts.is_some(), "hosts"), (fault.zone.is_some(), "zone")] {
        if named {
            let title = format!("the outage of {what} is not one of hosts");
            let help = format!("leave `{key}` out; `cluster` says who cannot reach it");
            out.push(Finding::new(at.key(key), title).on_key().help(help));
        }
    }
}

pub(super) fn check_instant(
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

/// The clusters that a fault is of; none where there are none, or not all could be read.
fn clusters_of<'d>(fault: &Fault, draft: &'d Draft) -> Option<Vec<&'d Cluster>> {
    let mine = |cluster: &&Cluster| fault.cluster.as_ref().is_none_or(|name| *name == cluster.name);
    let clusters: Vec<&Cluster> =
        draft.clusters.iter().map(|(_, cluster)| cluster).filter(mine).collect();
    let all_read = draft.clusters.iter().count() == draft.clusters.len();
    (all_read && !clusters.is_empty()).then_some(clusters)
}

fn only_places(cluster: &&Cluster) -> bool {
    cluster.kind == ClusterKind::Placement
}

/// There must be VMs to move, and another host to move them to.
fn check_drained(fault: &Fault, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let Some(clusters) = clusters_of(fault, draft) else { return };
    let has_vms = |cluster: &&Cluster| cluster.vm.is_some() || cluster.kind != ClusterKind::Docker;
    let path = at.key("kind").key("drain");
    // without hosts it is the instances that are drained
    if clusters.iter().all(|cluster| cluster.kind == ClusterKind::Ecs && cluster.hosts.is_some()) {
        let title = "a drain migrates VMs, and instances of EC2 are not migrated";
        let help = "what is on a host that fails is launched anew: `scheduled = { at, duration }`";
        out.push(Finding::new(path, title).on_key().help(help));
        return;
    }
    if !clusters.iter().any(has_vms) {
        let title = "a drain migrates VMs, and there are none in the cluster";
        out.push(
            Finding::new(path, title)
                .help("containers on bare metal cannot be migrated; give the cluster a `vm`"),
        );
        return;
    }
    let hosts = clusters.iter().map(|cluster| host_count(cluster)).max().unwrap_or(0);
    let drained = |host: u32| fault.hosts.as_ref().is_none_or(|hosts| hosts.contains(&host));
    // instances of EC2 are not counted: their groups may start others
    if (1..=100_000).contains(&hosts) && (0..hosts).all(drained) {
        let title = "a drain of every host leaves none to migrate to";
        out.push(Finding::new(path, title).help("say which, such as `hosts = [0]`"));
    }
}

fn check_place(fault: &Fault, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let (hosts, place) = match &fault.cluster {
        None => {
            let largest = draft.clusters.iter().map(|(_, cluster)| most_hosts(cluster)).max();
            let all_read = draft.clusters.iter().count() == draft.clusters.len();
            (largest.filter(|_| all_read), "the largest cluster".to_owned())
        }
        Some(name) => match draft.clusters.find(name) {
            Referent::Found(_, cluster) => (Some(most_hosts(cluster)), format!("`{name}`")),
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
    check_zone(fault, at, draft, out);
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

/// How many hosts a cluster can have: on EC2 that is not known where it has as many as are asked
/// for, because what is broken or interrupted is replaced.
fn most_hosts(cluster: &Cluster) -> u32 {
    let is_unlimited = cluster.kind.is_on_ec2() && cluster.hosts.is_none();
    if is_unlimited { u32::MAX } else { host_count(cluster) }
}

/// How many hosts a cluster has, those of a table among them; of one that cannot be read none.
fn host_count(cluster: &Cluster) -> u32 {
    let table = cluster.replay.as_ref().and_then(|replay| replay.host_table.as_ref());
    let rows = table.and_then(|table| tables::count_rows(&table.file));
    rows.unwrap_or_else(|| cluster.host_count())
}

/// A cluster has to have the zone.
fn check_zone(fault: &Fault, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let Some(zone) = fault.zone else { return };
    let mine = |cluster: &&Cluster| fault.cluster.as_ref().is_none_or(|name| *name == cluster.name);
    let clusters = draft.clusters.iter().map(|(_, cluster)| cluster).filter(mine);
    let most = clusters.map(|cluster| cluster.zones.map_or(1, |zones| zones.count)).max();
    if let Some(most) = most.filter(|&most| zone >= most) {
        let title = format!("there is no zone {zone}: there are {most}, counted from 0");
        out.push(Finding::new(at.key("zone"), title).help("`zones` of a cluster says how many"));
    }
}
