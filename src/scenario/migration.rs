//! `[cluster.migration]`: how the VMs of a cluster are migrated while they run.
//!
//! The defaults are those of QEMU where it has one, and otherwise what Clark et al., Live Migration
//! of Virtual Machines, NSDI 2005, measured of a web server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::{Bandwidth, Bytes, Fraction};

/// Pre-copy live migration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MigrationOptions {
    /// Most that one migration sends; migrations through one network card share it. Default
    /// 128MiB/s (QEMU, `max-bandwidth`).
    pub bandwidth: Bandwidth,
    /// Rate at which a VM writes to memory that was sent already. Default 2.25MB/s (a web server:
    /// 960 MB sent of an 800 MB guest in 71 s; Clark et al., NSDI 2005).
    pub dirty_rate: Bandwidth,
    /// Memory a VM writes to at all: no round leaves more to send. Default: all it has.
    pub working_set: Option<Bytes>,
    /// The VM is paused as soon as the rest can be sent in this time. Default 300ms (QEMU,
    /// `downtime-limit`).
    pub max_downtime: SimDuration,
    /// The VM is paused after so many rounds in any case. Default 30 (Xen: 29 and the last).
    pub max_rounds: u32,
    /// Time from the arrival of the last page to the first instruction on the other host, during
    /// which the VM is paused too. Default 30ms (Xen: 20-50 ms).
    pub resume: SimDuration,
    /// Performance lost while memory is copied: what begins then takes 1 / (1 - `slowdown`) times
    /// as long. Default 12% (a web server; Clark et al., NSDI 2005).
    pub slowdown: Fraction,
    /// VMs that leave one host at a time. Default 1 (OpenStack Nova,
    /// `max_concurrent_live_migrations`).
    pub parallel: u32,
}

impl Default for MigrationOptions {
    fn default() -> Self {
        Self {
            bandwidth: Bandwidth(f64::from(128 << 20)),
            dirty_rate: Bandwidth(2.25e6),
            working_set: None,
            max_downtime: SimDuration::from_millis(300),
            max_rounds: 30,
            resume: SimDuration::from_millis(30),
            slowdown: Fraction(0.12),
            parallel: 1,
        }
    }
}
