//! `[size]`: which number is searched for, among which choices, and how sure the answer must be.
//!
//! Only what is asked for stands here; the experiments know how it is found.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Parameter;
use crate::units::Fraction;

/// `[size]`: the smallest or cheapest fleet that meets every service level objective, which `size`
/// searches for; `run` does not look at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// The whole number that is searched for: a path as in `--set`, such as
    /// `"cluster.web.hosts.count"`, `"app.web.replicas"`, `"app.web.concurrency"` or
    /// `"host.server.cores"`. More of it must never make an objective harder to meet.
    pub vary: String,
    /// Smallest number that is allowed. Default 1.
    #[serde(default = "default_from")]
    pub from: u32,
    /// Largest number that is allowed. Default 1000.
    #[serde(default = "default_to")]
    pub to: u32,
    /// What else may be chosen: a path as in `--set`, in quotes, with its values:
    /// `"cluster.web.hosts.shape" = ["small", "large"]`. Of several paths every value goes with
    /// every other. The smallest number is found for each.
    #[serde(default)]
    pub choices: BTreeMap<String, Parameter>,
    /// The cluster to size; the others are not simulated. Default: all of them, each of which must
    /// meet the objectives.
    pub cluster: Option<String>,
    /// What the best fleet has least of. Default `"cost"` where there are `choices` and prices,
    /// else `"number"`.
    pub minimise: Option<Minimise>,
    /// How likely everything that the search states is true at once. Default 95%.
    #[serde(default = "default_confidence")]
    pub confidence: Fraction,
    /// Runs of each fleet that is tried.
    #[serde(default)]
    pub replications: ReplicationLimits,
}

fn default_from() -> u32 {
    1
}

fn default_to() -> u32 {
    1000
}

fn default_confidence() -> Fraction {
    Fraction(0.95)
}

/// What a search for a fleet minimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Minimise {
    /// What the hosts and their electricity cost in an hour.
    Cost,
    /// The number that is varied.
    Number,
}

/// Runs of one fleet, each with a seed of its own: as many as it takes to tell whether the
/// objectives are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplicationLimits {
    /// At least so many. Default 5.
    pub min: u32,
    /// At most so many; a fleet that is not decided then counts as one that misses. Default 100.
    pub max: u32,
}

impl Default for ReplicationLimits {
    fn default() -> Self {
        Self { min: 5, max: 100 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_equal() {
        let text = "
            vary = 'cluster.web.hosts.count'
            from = 2
            cluster = 'web'
            minimise = 'number'
            confidence = '99%'
            replications = { max = 40 }
            [choices]
            'cluster.web.hosts.shape' = ['small', 'large']
        ";
        let size: Size = toml::from_str(text).unwrap();
        assert_eq!((size.from, size.to), (2, 1000));
        assert_eq!(size.replications, ReplicationLimits { min: 5, max: 40 });
        let written = toml::to_string(&size).unwrap();
        assert_eq!(toml::from_str::<Size>(&written), Ok(size), "{written}");
    }

    #[test]
    fn the_path_alone_is_enough() {
        let size: Size = toml::from_str("vary = 'app.web.replicas'").unwrap();
        assert_eq!((size.from, size.to, size.confidence), (1, 1000, Fraction(0.95)));
        assert_eq!((size.minimise, size.choices.len()), (None, 0));
    }
}
