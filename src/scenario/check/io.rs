//! `[app.io]`: what requests read and write, and volumes that can be asked for.

use super::Finding;
use super::ranges::{not_zero, within};
use crate::scenario::aws::Volume;
use crate::scenario::path::Path;
use crate::scenario::{AppIo, Operations, VolumeOn, VolumePer};
use crate::units::Bytes;

/// Most operations of a request.
const MOST_OPERATIONS: u32 = 1_000_000;
const GIB: u64 = 1 << 30;
const MIB: f64 = 1_048_576.0;

pub fn check(io: &AppIo, at: &Path, out: &mut Vec<Finding>) {
    check_operations(io.operations, &at.key("operations"), out);
    let sizes = Bytes(1)..=Bytes(GIB);
    within(io.size, &sizes, at.key("size"), "the size of an operation", out);
    within(io.depth, &(1..=65_536), at.key("depth"), "the operations at once", out);
    if let Some(volume) = &io.volume {
        check_volume(volume, &at.key("volume"), out);
        return;
    }
    for (key, is_set) in [
        ("volume_per", io.volume_per != VolumePer::default()),
        ("volume_on", io.volume_on != VolumeOn::default()),
    ] {
        if is_set {
            let title = format!("`{key}` says something of a volume, and there is none");
            let help = "such as `volume = { kind = \"gp3\", size = \"100GiB\" }`";
            out.push(Finding::new(at.key(key), title).on_key().help(help));
        }
    }
}

fn check_operations(law: Operations, at: &Path, out: &mut Vec<Finding>) {
    let what = "the number of operations";
    let count = 0..=MOST_OPERATIONS;
    match law {
        Operations::Constant(number) => within(number, &count, at.clone(), what, out),
        Operations::Uniform { min, max } => {
            let at = at.key("uniform");
            within(max, &count, at.key("max"), what, out);
            if min > max {
                let title = format!("the fewest, {min}, are more than the most, {max}");
                out.push(Finding::new(at.key("min"), title).related(at.key("max"), "the most"));
            }
        }
        Operations::Geometric { mean } => {
            let at = at.key("geometric").key("mean");
            super::ranges::positive(mean, f64::from(MOST_OPERATIONS), at, "the mean", out);
        }
    }
}

/// What EBS counts in: whole GiB, and whole MiB a second. What a type may have is another matter.
pub(super) fn check_volume(volume: &Volume, at: &Path, out: &mut Vec<Finding>) {
    let size = volume.size;
    not_zero(&size, at.key("size"), "the size of a volume", out);
    if !size.0.is_multiple_of(GIB) {
        let title = format!("a volume has whole GiB, and {size} are none");
        let help = format!("such as `\"{}GiB\"`", size.0.div_ceil(GIB));
        out.push(Finding::new(at.key("size"), title).help(help));
    }
    if let Some(throughput) = volume.throughput
        && (throughput.0 / MIB).fract() != 0.0
    {
        let title = format!("a volume has whole MiB/s, and {throughput} are none");
        let help = format!("such as `\"{}MiB/s\"`", (throughput.0 / MIB).ceil());
        out.push(Finding::new(at.key("throughput"), title).help(help));
    }
}
