//! `[[cluster]]`: platforms on hosts that exist.

use super::apps::check_image;
use super::ranges::{lasting, not_zero, positive, within};
use super::{
    Finding, access, auto_scaling, cluster_autoscaler, ecs, eks, laws, node_pools, replays,
};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, EngineOptions, MigrationOptions};
use crate::units::Fraction;

/// Most hosts of a cluster.
pub(super) const MOST_HOSTS: u32 = 1_000_000;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, cluster) in draft.clusters.iter() {
        let at = Path::element("cluster", index);
        check_hosts(cluster, &at, draft, out);
        node_pools::check(cluster, &at, draft, out);
        cluster_autoscaler::check(cluster, &at, out);
        ecs::check(cluster, &at, out);
        eks::check(cluster, &at, draft, out);
        auto_scaling::check(cluster, &at, out);
        replays::check(cluster, &at, draft, out);
        check_vm_presence(cluster, &at, draft, out);
        let overcommit = at.key("overcommit");
        positive(cluster.overcommit.cpu, 100.0, overcommit.key("cpu"), "CPU overcommit", out);
        let memory = cluster.overcommit.memory;
        positive(memory, 100.0, overcommit.key("memory"), "memory overcommit", out);
        for (law, key) in [
            (&cluster.ebs.create, "create"),
            (&cluster.ebs.attach, "attach"),
            (&cluster.ebs.detach, "detach"),
        ] {
            laws::check(law, &at.key("ebs").key(key), out);
        }
        check_migration(&cluster.migration, &at.key("migration"), out);
        check_engine(&cluster.engine, &at.key("engine"), draft, out);
        access::check_identity(cluster, &at, out);
        if let Some(zones) = &cluster.zones {
            let at = at.key("zones");
            within(zones.count, &(1..=1000), at.key("count"), "the number of zones", out);
            not_zero(&zones.uplink, at.key("uplink"), "the bandwidth of a zone", out);
        }
    }
}

fn check_hosts(cluster: &Cluster, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let at = at.key("hosts");
    let Some(hosts) = &cluster.hosts else {
        let has_table = cluster.replay.as_ref().is_some_and(|it| it.host_table.is_some());
        if !cluster.kind.is_orchestrated() && !has_table {
            let title = format!("`{}` has no hosts", cluster.name);
            out.push(
                Finding::new(at, title)
                    .label("this needs `hosts`")
                    .help("such as `hosts = { shape = \"server\", count = 3 }`"),
            );
        }
        return;
    };
    check_shape(&hosts.shape, at.key("shape"), draft, out);
    within(hosts.count, &(1..=MOST_HOSTS), at.key("count"), "the number of hosts", out);
}

/// The shape of hosts has to exist.
pub(super) fn check_shape(shape: &str, at: Path, draft: &Draft, out: &mut Vec<Finding>) {
    if let Referent::Missing = draft.hosts.find(shape) {
        let names = draft.hosts.names().map(|(_, name)| name);
        let title = format!("there is no host `{shape}`");
        out.push(Finding::new(at, title).help(suggestion(shape, names, "host")));
    }
}

/// A hypervisor needs to know the VMs of the replicas it is to run, and makes one for each.
fn check_vm_presence(cluster: &Cluster, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    if cluster.kind != ClusterKind::Hypervisor {
        return;
    }
    let containers = !draft.apps.is_empty() || !draft.jobs.is_empty();
    match &cluster.vm {
        None if containers => {
            let title = format!("`{}` runs each replica in a VM, but which?", cluster.name);
            out.push(
                Finding::new(at.key("vm"), title)
                    .label("this needs `vm`")
                    .help("such as `vm = { vcpus = 2, memory = \"2Gi\" }`"),
            );
        }
        Some(vm) if vm.per_host != 1 => {
            let title = "a hypervisor makes one VM for each replica, not a number on each host";
            out.push(
                Finding::new(at.key("vm").key("per_host"), title)
                    .help("`per_host` is for containers in VMs: `kind = \"docker\"`"),
            );
        }
        _ => {}
    }
}

fn check_migration(options: &MigrationOptions, at: &Path, out: &mut Vec<Finding>) {
    not_zero(&options.bandwidth, at.key("bandwidth"), "the bandwidth of a migration", out);
    within(options.max_rounds, &(1..=1000), at.key("max_rounds"), "the number of rounds", out);
    within(options.parallel, &(1..=1000), at.key("parallel"), "VMs that leave at a time", out);
    if options.slowdown >= Fraction(1.0) {
        let title = "copying cannot take all of a VM's performance";
        out.push(Finding::new(at.key("slowdown"), title));
    }
}

fn check_engine(engine: &EngineOptions, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let downloads = at.key("max_concurrent_downloads");
    within(engine.max_concurrent_downloads, &(1..=1000), downloads, "concurrent downloads", out);
    if let Some(pulls) = engine.max_parallel_pulls {
        let at = at.key("max_parallel_pulls");
        within(pulls, &(1..=10_000), at, "the number of parallel pulls", out);
    }
    not_zero(&engine.extraction, at.key("extraction"), "the rate of extraction", out);
    laws::check(&engine.start, &at.key("start"), out);
    for (index, image) in engine.prepulled_images.iter().enumerate() {
        check_image(image, at.key("prepulled_images").index(index), draft, out);
    }
    if let Some(cleanup) = &engine.cleanup {
        let at = at.key("cleanup");
        lasting(cleanup.every, at.key("every"), "the time between two rounds", out);
        if cleanup.down_to > cleanup.above {
            let title = format!(
                "a round that begins above {} cannot end at {}",
                cleanup.above, cleanup.down_to
            );
            out.push(Finding::new(at.key("down_to"), title));
        }
        if cleanup.most == Some(0) {
            out.push(
                Finding::new(at.key("most"), "a round that removes no image does nothing")
                    .help("leave out `most`, or all of `cleanup`"),
            );
        }
    }
}
