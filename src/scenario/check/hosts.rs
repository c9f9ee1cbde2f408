//! `[[host]]`: machines that can exist.

use super::ranges::{not_zero, positive, within};
use super::{Finding, laws, needs};
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{HostShape, Power};

/// Cores of the largest machine that is let through; the largest ever sold have some 2,000.
pub const MOST_CORES: u32 = 4096;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, host) in draft.hosts.iter() {
        check_host(host, &Path::element("host", index), out);
        needs::check_shape(host, &Path::element("host", index), draft, out);
    }
}

fn check_host(host: &HostShape, at: &Path, out: &mut Vec<Finding>) {
    within(host.cores, &(1..=MOST_CORES), at.key("cores"), "the number of cores", out);
    let threads = at.key("threads_per_core");
    within(host.threads_per_core, &(1..=2), threads, "threads per core", out);
    positive(host.speed, 100.0, at.key("speed"), "the speed of a core", out);
    not_zero(&host.network, at.key("network"), "the network bandwidth", out);
    not_zero(&host.disk.size, at.key("disk").key("size"), "the size of the disk", out);
    let throughput = at.key("disk").key("throughput");
    not_zero(&host.disk.throughput, throughput, "the throughput of the disk", out);
    for (key, rate) in [("iops", host.disk.iops), ("write_iops", host.disk.write_iops)] {
        if let Some(rate) = rate {
            let at = at.key("disk").key(key);
            positive(rate.0, 1e9, at, "operations of a disk a second", out);
        }
    }
    if host.system_memory >= host.memory {
        let title = format!(
            "a host with {} of memory has none left: its own system keeps {}",
            host.memory, host.system_memory
        );
        out.push(
            Finding::new(at.key("memory"), title)
                .related(at.key("system_memory"), "kept by the host's system"),
        );
    }
    check_power(&host.power, &at.key("power"), out);
    laws::check(&host.boot, &at.key("boot"), out);
}

pub(super) fn check_power(power: &Power, at: &Path, out: &mut Vec<Finding>) {
    match power {
        Power::Linear { idle, max } if idle > max => {
            let title = format!("idle power of {idle} is more than the {max} at full load");
            out.push(Finding::new(at.key("linear").key("idle"), title));
        }
        Power::Linear { .. } => {}
        Power::Curve(points) => {
            let count = points.len();
            within(count, &(2..=1001), at.key("curve"), "the number of points of a curve", out);
        }
    }
}
