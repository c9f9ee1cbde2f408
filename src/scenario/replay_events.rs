//! What happens to items of `[cluster.replay]` beside coming and leaving, and what of their hosts
//! is measured.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trace::Column;
use crate::engine::SimDuration;
use crate::units::{Bytes, Millicores};

/// `[cluster.replay.resizes]`: items that need more or less from a time on.
///
/// An item on a host is resized there if the host has room for the difference; one that waits for
/// a host comes with what it needs now. One that is being migrated is not resized (as Nova of
/// OpenStack refuses it: HTTP 409, the instance is in task state `migrating`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resizes {
    /// CSV file, relative to the scenario file, sorted by time. `.gz` is read too.
    pub file: PathBuf,
    /// Which of its columns is what.
    pub columns: ResizeColumns,
    /// Whether an item that its host has no room for is migrated to one that has, as
    /// `[cluster.migration]` says. Default false: it keeps what it has.
    #[serde(default)]
    pub migrate: bool,
}

/// Columns of a table of resizes. What a row leaves blank stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResizeColumns {
    /// The name of the item, as in the table of items; its number where that has no names.
    pub name: String,
    /// When it is resized. The usual unit is a second.
    pub time: Column<SimDuration>,
    /// CPU it needs from then on. The usual unit is a core.
    pub cpu: Option<Column<Millicores>>,
    /// Memory it needs from then on. The usual unit is a byte.
    pub memory: Option<Column<Bytes>>,
    /// Any other kinds of resource, by the names that items have for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// How long an item stays that lost its host, once it has one again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interrupted {
    /// Its whole lifetime, as a job whose work is lost.
    #[default]
    StartsAnew,
    /// What is left of its lifetime, as a virtual machine that is started again: as long as it
    /// would have stayed where it was.
    GoesOn,
}

/// Whether hosts without items are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdleHosts {
    /// No: hosts take power and are paid for while they have items.
    #[default]
    Off,
    /// Yes: all hosts are paid for until the end, and those that have not failed take power.
    On,
}

/// Amounts below which nothing can be placed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SmallestItem {
    /// CPU. Default: any.
    pub cpu: Option<Millicores>,
    /// Memory. Default: any.
    pub memory: Option<Bytes>,
    /// Any other kinds of resource. Default: any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, u64>,
}
