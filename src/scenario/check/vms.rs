//! `[[vm]]`: streams of virtual machines, described or recorded.

use super::ranges::{not_zero, positive, within};
use super::{Finding, arrivals, laws, tables};
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{Arrivals, ClusterKind, VmStream, VmUsage};

/// Most virtual CPUs of a VM (vSphere 8: 768; KVM on x86: 1024 with the usual build).
pub const MOST_VCPUS: u32 = 1024;

/// Columns of the recorded VMs.
const TASK_COLUMNS: [&str; 5] = ["id", "submission_time", "duration", "cpu_count", "mem_capacity"];
const FRAGMENT_COLUMNS: [&str; 3] = ["id", "duration", "cpu_usage"];

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, vm) in draft.vms.iter() {
        let at = Path::element("vm", index);
        match &vm.usage {
            VmUsage::Constant(_) => check_described(vm, &at, out),
            VmUsage::Trace { .. } => check_recorded(vm, &at, out),
        }
        laws::check(&vm.boot, &at.key("boot"), out);
    }
    if !draft.vms.is_empty() {
        check_platforms(draft, out);
    }
}

fn check_described(vm: &VmStream, at: &Path, out: &mut Vec<Finding>) {
    within(vm.vcpus, &(1..=MOST_VCPUS), at.key("vcpus"), "the number of virtual CPUs", out);
    not_zero(&vm.memory, at.key("memory"), "the memory of a VM", out);
    match &vm.arrivals {
        Some(arrivals) => {
            arrivals::check_open(arrivals, &at.key("arrivals"), "virtual machines", out);
            if let Arrivals::Trace(_) = arrivals {
                let title = "a `trace` is a table of requests or jobs, not of virtual machines";
                let help = "replay a `usage.trace`, or give a cluster of kind `placement` `items`";
                let at = at.key("arrivals").key("trace");
                out.push(Finding::new(at, title).help(help));
            }
        }
        None => out.push(
            Finding::new(at.key("arrivals"), "the key `arrivals` is missing")
                .label("when are these VMs asked for?")
                .help("such as `arrivals = { poisson = \"20/h\" }`, or replay a `usage.trace`"),
        ),
    }
    if let Some(lifetime) = &vm.lifetime {
        laws::check_interval(lifetime, &at.key("lifetime"), "the life of a VM", out);
    }
}

fn check_recorded(vm: &VmStream, at: &Path, out: &mut Vec<Finding>) {
    let VmUsage::Trace { tasks, fragments, core_mhz } = &vm.usage else {
        return;
    };
    let given = [
        ("arrivals", vm.arrivals.is_some()),
        ("lifetime", vm.lifetime.is_some()),
        ("vcpus", vm.vcpus != 0),
        ("memory", vm.memory.0 != 0),
    ];
    for (key, _) in given.iter().filter(|(_, given)| *given) {
        let title = format!("recorded VMs have their own `{key}`: it is in the trace");
        out.push(Finding::new(at.key(*key), title).on_key().help("remove this line"));
    }
    let at = at.key("usage").key("trace");
    positive(*core_mhz, 1e5, at.key("core_mhz"), "the clock rate in MHz", out);
    for (file, key, columns) in
        [(tasks, "tasks", &TASK_COLUMNS[..]), (fragments, "fragments", &FRAGMENT_COLUMNS[..])]
    {
        let at = at.key(key);
        tables::check_all_columns(file, &at, columns, out);
    }
}

/// VMs run on hypervisors, on every cluster that is to be compared; beside instances of EC2 where
/// these are on hosts.
fn check_platforms(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, cluster) in draft.clusters.iter() {
        let has_hypervisor = match cluster.kind {
            ClusterKind::Ecs => cluster.hosts.is_some(),
            ClusterKind::Eks => false,
            kind => kind == ClusterKind::Hypervisor,
        };
        if !has_hypervisor {
            let title = format!("`{}` cannot run the VMs of `[[vm]]`", cluster.name);
            out.push(
                Finding::new(Path::element("cluster", index).key("kind"), title)
                    .label("has no hypervisor")
                    .help("every cluster runs the whole workload: use `kind = \"hypervisor\"`"),
            );
        }
    }
}
