//! `[[variant]]`: the scenario with some values changed, to be compared with what it is.
//!
//! A variant is made as `--set` makes a change, so that whatever can be written in a scenario can
//! be varied. How the variants are run and compared is a matter of the experiments.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SweepValue;

/// What the scenario itself is called in comparisons.
pub const BASE: &str = "base";

/// `[[variant]]`: the scenario with some values changed.
///
/// `plimsoll compare` runs the scenario as it stands, called `base`, and every variant under the
/// same seeds: what differs between two of them is theirs and not luck (common random numbers).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What it is called in comparisons.
    pub name: String,
    /// What is changed: paths as in `--set`, in quotes, each with its value:
    /// `{ "app.web.replicas" = 8, "cluster.vms.placement" = "best-fit" }`.
    pub set: BTreeMap<String, SweepValue>,
}
