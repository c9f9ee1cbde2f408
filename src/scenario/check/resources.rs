//! CPU and memory of a container.

use super::Finding;
use crate::engine::SimDuration;
use crate::scenario::path::Path;
use crate::scenario::{AppCpu, AppMemory};
use crate::units::{Bytes, Millicores};

/// Shortest and longest CFS period (Linux, `Documentation/scheduler/sched-bwc.rst`).
const PERIODS: [SimDuration; 2] = [SimDuration::from_millis(1), SimDuration::from_secs(1)];
/// Least CFS quota in a period (the same document), in nanoseconds.
const LEAST_QUOTA: u64 = 1_000_000;
/// Least memory limit that Docker accepts (moby, `linuxMinMemory`).
const LEAST_LIMIT: Bytes = Bytes(6 << 20);
/// Requests below this are a slip: `512m` of memory is half a byte.
const LEAST_REQUEST: Bytes = Bytes(1024);

/// Checks the CPU of one container.
pub fn check_cpu(cpu: &AppCpu, at: &Path, out: &mut Vec<Finding>) {
    if cpu.request == Millicores(0) {
        out.push(
            Finding::new(at.key("request"), "the CPU request must be more than zero")
                .help("it is also the weight under contention; `1m` is the least"),
        );
    }
    let [shortest, longest] = PERIODS;
    let period = cpu.period;
    if !(shortest..=longest).contains(&period) {
        let title = format!("a CFS period must be from {shortest} to {longest}, not {period}");
        out.push(Finding::new(at.key("period"), title));
        return;
    }
    let Some(limit) = cpu.limit else { return };
    if limit < cpu.request {
        let title = format!("the CPU limit of {limit} is below the request of {}", cpu.request);
        let request = at.key("request");
        out.push(Finding::new(at.key("limit"), title).related(request, "request"));
    } else if u128::from(limit.0) * u128::from(period.as_nanos()) < u128::from(LEAST_QUOTA) * 1000 {
        let least = Millicores((LEAST_QUOTA * 1000).div_ceil(period.as_nanos()));
        let title = format!("a CPU limit of {limit} is less than Linux can keep: 1ms per period");
        out.push(
            Finding::new(at.key("limit"), title)
                .help(format!("with a period of {period} the least limit is `{least}`")),
        );
    }
}

/// Checks the memory of one container.
pub fn check_memory(memory: &AppMemory, at: &Path, out: &mut Vec<Finding>) {
    for (key, bytes) in [("request", Some(memory.request)), ("base", memory.base)] {
        if let Some(bytes) = bytes.filter(|bytes| (1..LEAST_REQUEST.0).contains(&bytes.0)) {
            out.push(
                Finding::new(at.key(key), format!("{} B of memory are hardly meant", bytes.0))
                    .help("`m` stands for thousandths; write `Mi` or `M` for millions"),
            );
        }
    }
    let Some(limit) = memory.limit else { return };
    if limit < LEAST_LIMIT {
        let title = format!("Docker refuses memory limits below {LEAST_LIMIT}B, such as {limit}");
        out.push(Finding::new(at.key("limit"), title));
    } else if limit < memory.request {
        let title = format!("the limit of {limit} is below the request of {}", memory.request);
        let request = at.key("request");
        out.push(Finding::new(at.key("limit"), title).related(request, "request"));
    } else if let Some(base) = memory.base.filter(|base| *base > limit) {
        let title = format!("an idle replica uses {base} and is killed at {limit}");
        out.push(Finding::new(at.key("base"), title).related(at.key("limit"), "limit"));
    }
}
