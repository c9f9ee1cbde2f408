//! `vm` of a cluster: VMs that a host of the cluster can run.

use super::ranges::{not_zero, positive, within};
use super::vms::MOST_VCPUS;
use super::{Finding, laws};
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, HostShape, VmShape};
use crate::units::{Bytes, Fraction, Millicores};

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, cluster) in draft.clusters.iter() {
        let Some(vm) = &cluster.vm else { continue };
        let at = Path::element("cluster", index).key("vm");
        check_vm(vm, &at, out);
        check_guest(vm, &at, out);
        for machines in cluster.machines() {
            let Some(host) = draft.hosts.get(machines.shape) else { continue };
            check_on_host(vm, host, &at, out);
            if cluster.kind.runs_containers() {
                check_all_on_host(cluster, vm, host, &at, out);
            }
        }
    }
}

fn check_vm(vm: &VmShape, at: &Path, out: &mut Vec<Finding>) {
    within(vm.vcpus, &(1..=MOST_VCPUS), at.key("vcpus"), "the number of virtual CPUs", out);
    within(vm.per_host, &(1..=100_000), at.key("per_host"), "the number of VMs per host", out);
    if let Some(shares) = vm.shares {
        positive(shares, 1e9, at.key("shares"), "the shares of a VM", out);
    }
    let all = Millicores(u64::from(vm.vcpus) * 1000);
    let limit = vm.cpu_limit.unwrap_or(all);
    not_zero(&limit, at.key("cpu_limit"), "the CPU limit of a VM", out);
    let most = limit.min(all);
    if vm.cpu_reservation > most {
        let title = format!(
            "a VM that gets a CPU of at most {most} cannot be guaranteed {}",
            vm.cpu_reservation
        );
        out.push(Finding::new(at.key("cpu_reservation"), title));
    }
}

fn check_guest(vm: &VmShape, at: &Path, out: &mut Vec<Finding>) {
    let guest = &vm.guest;
    if guest.memory >= vm.memory {
        let title = format!(
            "a VM of {} has nothing left: its guest system uses {}",
            vm.memory, guest.memory
        );
        let related = at.key("guest").key("memory");
        out.push(Finding::new(at.key("memory"), title).related(related, "used when idle"));
    }
    let at = at.key("guest");
    if guest.cpu_overhead >= Fraction(1.0) {
        let title = "virtualisation cannot take all of the CPU time";
        out.push(Finding::new(at.key("cpu_overhead"), title));
    }
    laws::check(&guest.boot, &at.key("boot"), out);
    laws::check(&guest.provision, &at.key("provision"), out);
}

fn check_on_host(vm: &VmShape, host: &HostShape, at: &Path, out: &mut Vec<Finding>) {
    let threads = u64::from(host.cores) * u64::from(host.threads_per_core);
    if u64::from(vm.vcpus) > threads {
        let title = format!(
            "a VM of {} vCPUs does not fit on a `{}`, which has {threads} hardware threads",
            vm.vcpus, host.name
        );
        out.push(Finding::new(at.key("vcpus"), title).help(
            "overcommitting shares threads between VMs; one VM never has more than the host",
        ));
    }
    let (inside, outside) = (vm.guest.os.architecture, host.os.architecture);
    if inside != outside {
        let names = format!("{inside:?} guest on the {outside:?} host").to_lowercase();
        let title = format!("there is no emulation: an {names} `{}` cannot run", host.name);
        let path = at.key("guest").key("os").key("architecture");
        out.push(Finding::new(path, title));
    }
}

/// The VMs that every host of a Docker cluster has from the start must have room there.
fn check_all_on_host(
    cluster: &Cluster,
    vm: &VmShape,
    host: &HostShape,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let count = u64::from(vm.per_host);
    let each = vm.memory.0.saturating_add(vm.guest.hypervisor_memory.0);
    let wanted = Bytes(each.saturating_mul(count));
    let free = host.memory.0.saturating_sub(host.system_memory.0) as f64;
    let room = Bytes((free * cluster.overcommit.memory) as u64);
    if wanted > room && cluster.overcommit.memory > 0.0 {
        let title = format!(
            "{count} VMs need {wanted} with the hypervisor's own memory, but a `{}` has room \
             for {room}",
            host.name
        );
        out.push(Finding::new(at.key("memory"), title).help(
            "make them smaller or fewer (`per_host`), or allow `overcommit = { memory = … }`",
        ));
    }
    let vcpus = count * u64::from(vm.vcpus);
    let threads = f64::from(host.cores) * f64::from(host.threads_per_core);
    let most = threads * cluster.overcommit.cpu;
    if vcpus as f64 > most && most > 0.0 {
        let title = format!(
            "{count} VMs have {vcpus} vCPUs, but a `{}` may promise only {most}",
            host.name
        );
        out.push(
            Finding::new(at.key("vcpus"), title).help("allow more by `overcommit = { cpu = … }`"),
        );
    }
}
