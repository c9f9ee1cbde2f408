//! Whether a replica fits anywhere at all: on one empty host or in one empty VM.
//!
//! Whether all replicas fit together is what a simulation finds out.

use super::Finding;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{AppCpu, AppMemory, Cluster, ClusterKind, HostShape, Overcommit, VmUsage};
use crate::units::{Bytes, Millicores};

/// The most that one thing to place may ask for.
struct Room {
    cpu: f64,
    memory: f64,
    /// What offers it: `` a host of cluster `x` ``.
    place: String,
}

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, cluster) in draft.clusters.iter() {
        if cluster.kind.is_kubernetes() {
            // its scheduler says why a pod fits nowhere, and a pool can be added for it
            continue;
        }
        let Some(hosts) = &cluster.hosts else { continue };
        let Some(host) = draft.hosts.get(&hosts.shape) else { continue };
        // tasks are on instances, whose types are not known here
        let is_direct = cluster.kind != ClusterKind::Ecs;
        if is_direct {
            check_spread(cluster, index, draft, out);
        }
        let Overcommit { cpu, memory } = cluster.overcommit;
        if !(cpu > 0.0 && memory > 0.0) {
            // reported there; nothing would fit
            continue;
        }
        if !is_direct {
            check_vms(cluster, host, draft, out);
            continue;
        }
        let room = room_for_container(cluster, host);
        for (index, app) in draft.apps.iter() {
            check_container(&app.cpu, &app.memory, &room, &Path::element("app", index), out);
        }
        for (index, job) in draft.jobs.iter() {
            check_container(&job.cpu, &job.memory, &room, &Path::element("job", index), out);
        }
        check_vms(cluster, host, draft, out);
    }
}

/// A container has a VM of its own, shares a VM's engine, or shares the host's engine.
fn room_for_container(cluster: &Cluster, host: &HostShape) -> Room {
    let engine = cluster.engine.memory.0 as f64;
    let name = &cluster.name;
    match (&cluster.vm, cluster.kind) {
        (Some(vm), ClusterKind::Hypervisor) => Room {
            cpu: f64::from(vm.vcpus),
            memory: vm.memory.0 as f64 - vm.guest.memory.0 as f64,
            place: format!("a VM of cluster `{name}`"),
        },
        (Some(vm), _) => Room {
            cpu: f64::from(vm.vcpus) * cluster.overcommit.cpu,
            memory: (vm.memory.0 as f64 - vm.guest.memory.0 as f64 - engine)
                * cluster.overcommit.memory,
            place: format!("a VM of cluster `{name}`"),
        },
        (None, _) => Room {
            cpu: f64::from(host.cores) * f64::from(host.threads_per_core) * cluster.overcommit.cpu,
            memory: (host.memory.0 as f64 - host.system_memory.0 as f64 - engine)
                * cluster.overcommit.memory,
            place: format!("a host of cluster `{name}`"),
        },
    }
}

fn check_container(
    cpu: &AppCpu,
    memory: &AppMemory,
    room: &Room,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let place = &room.place;
    if cpu.request.cores() > room.cpu {
        let title = format!(
            "a CPU request of {} fits nowhere: {place} offers {}",
            cpu.request,
            Millicores((room.cpu * 1000.0) as u64)
        );
        out.push(Finding::new(at.key("cpu").key("request"), title));
    }
    // what is short by a guest or engine that is itself larger than its VM is reported there
    if memory.request.0 as f64 > room.memory && room.memory > 0.0 {
        let title = format!(
            "a memory request of {} fits nowhere: {place} offers {}",
            memory.request,
            in_mebibytes(room.memory)
        );
        out.push(Finding::new(at.key("memory").key("request"), title));
    }
}

fn in_mebibytes(bytes: f64) -> String {
    const MEBIBYTE: f64 = 1_048_576.0;
    if bytes < MEBIBYTE {
        return format!("{} bytes", bytes as u64);
    }
    Bytes((bytes / MEBIBYTE) as u64 * (1 << 20)).to_string()
}

/// Replicas that must be on different hosts need as many hosts.
fn check_spread(cluster: &Cluster, index: usize, draft: &Draft, out: &mut Vec<Finding>) {
    for (app_index, app) in draft.apps.iter() {
        let (replicas, hosts) = (app.replicas, cluster.host_count());
        if app.spread && replicas > hosts {
            let title = format!(
                "{replicas} replicas cannot be on different hosts of `{}`, which has {hosts}",
                cluster.name
            );
            let count = Path::element("cluster", index).key("hosts");
            out.push(
                Finding::new(Path::element("app", app_index).key("spread"), title)
                    .related(count, "hosts of the cluster"),
            );
        }
    }
}

fn check_vms(cluster: &Cluster, host: &HostShape, draft: &Draft, out: &mut Vec<Finding>) {
    let threads = u64::from(host.cores) * u64::from(host.threads_per_core);
    let free = host.memory.0.saturating_sub(host.system_memory.0) as f64;
    let room = free * cluster.overcommit.memory;
    for (index, vm) in draft.vms.iter() {
        if matches!(vm.usage, VmUsage::Trace { .. }) {
            continue;
        }
        let at = Path::element("vm", index);
        let name = &cluster.name;
        if u64::from(vm.vcpus) > threads {
            let title = format!(
                "a VM of {} vCPUs fits nowhere: a host of cluster `{name}` has {threads} threads",
                vm.vcpus
            );
            out.push(Finding::new(at.key("vcpus"), title));
        }
        if vm.memory.0 as f64 > room {
            let title = format!(
                "a VM of {} fits nowhere: a host of cluster `{name}` offers {}",
                vm.memory,
                in_mebibytes(room)
            );
            out.push(Finding::new(at.key("memory"), title));
        }
    }
}
