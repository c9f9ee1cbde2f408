//! `[sweep]`: which values a scenario is simulated with, and how often.
//!
//! Only what is asked for stands here. Which runs come of it, with which seeds and in which order,
//! is planned by the experiments.

pub mod axis;
pub mod range;

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::units::Fraction;
pub use axis::Axis;

pub use range::{Fault as RangeFault, Interval, Range, Scale};

/// `[sweep]`: the scenario as many times, with other values.
///
/// Every run of a sweep with the same replication has the same seed, whatever its values: what
/// differs between points is theirs and not luck (common random numbers).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// What is varied: a path as in `--set`, in quotes, with its values:
    /// `"app.web.replicas" = [2, 4, 8]`.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// Which combinations of values are simulated. Default `"grid"`.
    #[serde(default)]
    pub design: Design,
    /// Runs of each combination, each with a seed of its own. Default 1.
    #[serde(default = "one")]
    pub replications: u32,
    /// The seeds of the runs of each combination, one run each, instead of `replications`: where
    /// they are known from elsewhere, as those of published results are. Default: the first is
    /// `simulation.seed`, the others are drawn from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<u64>,
    /// Confidence of the intervals of means, and of `precision`. Default 95%.
    #[serde(default = "default_confidence")]
    pub confidence: Fraction,
    /// Replications are added to each combination until a mean is known as well as this.
    /// Default: none are added.
    pub precision: Option<Precision>,
    /// Which combination is the best of those that meet all objectives. Default: that of the
    /// least `cost_per_hour` where anything costs, else of the least `latency_p99`.
    pub best: Option<Goal>,
}

fn one() -> u32 {
    1
}

const fn default_confidence() -> Fraction {
    Fraction(0.95)
}

/// How well a mean is to be known.
///
/// The number of replications is decided by looking at results, which makes intervals cover a
/// little less often than they say unless `replications`, the number to begin with, is five or
/// more (Law, Simulation Modeling and Analysis, section 9.4.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Precision {
    /// The figure: `latency_p99`, or that of one app, `web.latency_p99`, or of one app in one
    /// cluster, `containers.web.latency_p99`.
    pub metric: String,
    /// Half of the width of its confidence interval, as a share of the mean: `2%`.
    pub half_width: Fraction,
    /// Most replications of a combination. Default 100.
    #[serde(default = "default_most")]
    pub most: u32,
}

const fn default_most() -> u32 {
    100
}

/// What makes one combination better than another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Goal {
    /// `{ least = "latency_p99" }`
    Least(String),
    /// `{ most = "throughput" }`
    Most(String),
}

impl Sweep {
    /// Runs of each combination, or with `precision` those to begin with.
    pub fn first_replications(&self) -> u32 {
        match self.seeds.len() {
            0 => self.replications,
            many => many as u32,
        }
    }

    /// Most runs of each combination.
    pub fn most_replications(&self) -> u32 {
        let precise = self.precision.as_ref().map_or(0, |precision| precision.most);
        self.first_replications().max(precise)
    }
}

/// The values of one parameter: a list, or a range.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Parameter {
    /// These values, which may be anything that can stand at the path.
    List(Vec<SweepValue>),
    /// Numbers from one to another, alone or with a unit.
    Range(Range),
}

/// A value for a path of the scenario: whatever TOML can say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SweepValue(pub toml::Value);

/// Which combinations of values a sweep has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Design {
    /// `"grid"`: every value with every other.
    #[default]
    Grid,
    /// `latin-hypercube = { samples }`: the range of each parameter is cut into `samples` equally
    /// likely strata, each of which is drawn from once (McKay, Beckman and Conover, Technometrics
    /// 21, 1979).
    LatinHypercube {
        /// Number of combinations.
        samples: u32,
    },
    /// `random = { samples }`: each combination is drawn independently.
    Random {
        /// Number of combinations.
        samples: u32,
    },
}

impl Design {
    /// Number of combinations that are drawn; none where they are not drawn but counted out.
    pub const fn samples(self) -> Option<u32> {
        match self {
            Self::Grid => None,
            Self::LatinHypercube { samples } | Self::Random { samples } => Some(samples),
        }
    }
}

impl Parameter {
    /// The values it can have.
    ///
    /// # Errors
    /// Where a range makes no sense.
    pub fn axis(&self) -> Result<Axis, RangeFault> {
        match self {
            Self::List(values) => Ok(Axis::Values(values.clone())),
            Self::Range(range) => range.axis(),
        }
    }
}

impl SweepValue {
    /// Text without its quotes; anything else as TOML.
    pub fn plain(&self) -> String {
        self.0.as_str().map_or_else(|| self.to_string(), str::to_owned)
    }

    /// What people call each of these values of one parameter: a table that names a file by the
    /// name of that, without folder and ending, unless another value would be called the same;
    /// anything else in full.
    pub fn names<'a>(values: impl IntoIterator<Item = &'a Self>) -> Vec<String> {
        let names: Vec<_> =
            values.into_iter().map(|value| (value.short(), value.plain())).collect();
        let mut whose: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for (short, plain) in &names {
            let only = whose.entry(short).or_insert(Some(plain));
            *only = only.filter(|only| only == plain);
        }
        let name = |(short, plain): &(String, String)| match whose[short.as_str()] {
            Some(_) => short.clone(),
            None => plain.clone(),
        };
        names.iter().map(name).collect()
    }

    fn short(&self) -> String {
        let file = self.0.get("file").and_then(toml::Value::as_str);
        let stem = file.and_then(|file| file.rsplit('/').next()?.split('.').next());
        stem.filter(|stem| !stem.is_empty()).map_or_else(|| self.plain(), str::to_owned)
    }
}

/// As TOML on one line, which a setting takes.
impl fmt::Display for SweepValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl JsonSchema for SweepValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SweepValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

/// An untagged enum would forget where in the file an error is.
impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ListOrRange)
    }
}

struct ListOrRange;

impl<'de> Visitor<'de> for ListOrRange {
    type Value = Parameter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values, such as `[1, 2]` or `{ from = 1, to = 9, steps = 5 }`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<Parameter, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(values)).map(Parameter::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Parameter, A::Error> {
        Range::deserialize(MapAccessDeserializer::new(table)).map(Parameter::Range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_equal() {
        let text = "
            design = { latin-hypercube = { samples = 8 } }
            replications = 3
            [parameters]
            'app.web.cpu.request' = ['250m', '1']
            'app.web.traffic.arrivals' = [{ poisson = '3/s' }, { deterministic = '3/s' }]
            'app.web.replicas' = { from = 2, to = 64, step = 2, scale = 'log' }
        ";
        let sweep: Sweep = toml::from_str(text).unwrap();
        assert_eq!(sweep.design, Design::LatinHypercube { samples: 8 });
        assert_eq!(sweep.parameters.len(), 3);
        let written = toml::to_string(&sweep).unwrap();
        assert_eq!(toml::from_str::<Sweep>(&written), Ok(sweep), "{written}");
    }

    #[test]
    fn a_sweep_is_a_grid_run_once_unless_it_says_otherwise() {
        let sweep: Sweep = toml::from_str("").unwrap();
        assert_eq!((sweep.design, sweep.replications), (Design::Grid, 1));
    }

    #[test]
    fn values_are_called_by_their_files_where_that_tells_them_apart() {
        let text = "
            [parameters]
            p = [
                { file = 'traces/a.csv.gz' }, { file = 'b.csv', sort = true }, { file = 'b.csv' },
                { file = 'traces/a.csv.gz' }, 'b', { file = 'c.csv' }, 4,
            ]
        ";
        let sweep: Sweep = toml::from_str(text).unwrap();
        let Parameter::List(values) = &sweep.parameters["p"] else { panic!("a list") };
        let names = SweepValue::names(values);
        let in_full = [r#"{ file = "b.csv", sort = true }"#, r#"{ file = "b.csv" }"#];
        assert_eq!(names, ["a", in_full[0], in_full[1], "a", "b", "c", "4"]);
    }
}
