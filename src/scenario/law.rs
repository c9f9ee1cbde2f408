//! Laws: distributions of durations.

use std::path::PathBuf;

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::shorthand::{self, TextOrTable};
use crate::engine::SimDuration;
use crate::units::InvalidQuantity;

/// A distribution of durations, written with its name as the key:
/// `{ exponential = { mean = "18ms" } }`. A duration alone is a constant: `"18ms"`.
// `remote = "Self"` derives the table form as inherent functions; the text form is added below
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_duration)]
pub enum Law {
    /// `constant = "18ms"`
    Constant(SimDuration),
    /// `uniform = { min, max }`
    Uniform {
        /// The shortest duration.
        min: SimDuration,
        /// The longest duration.
        max: SimDuration,
    },
    /// `exponential = { mean }`
    Exponential {
        /// Mean duration.
        mean: SimDuration,
    },
    /// `erlang = { mean, stages }`: sum of `stages` exponentials; squared coefficient of variation
    /// 1 / stages.
    Erlang {
        /// Mean of the sum.
        mean: SimDuration,
        /// Number of exponentials.
        stages: u32,
    },
    /// `hyperexponential = { mean, scv }`: two exponential branches of balanced means; squared
    /// coefficient of variation `scv` > 1.
    Hyperexponential {
        /// Mean duration.
        mean: SimDuration,
        /// Squared coefficient of variation (variance / mean^2).
        scv: f64,
    },
    /// `lognormal = { mean, cv }`: coefficient of variation `cv` (standard deviation / mean).
    Lognormal {
        /// Mean duration.
        mean: SimDuration,
        /// Coefficient of variation.
        cv: f64,
    },
    /// `pareto = { minimum, shape, maximum }`: truncated at `maximum`, which is required since a
    /// shape of 1 or less has no mean otherwise.
    Pareto {
        /// The shortest duration.
        minimum: SimDuration,
        /// Tail index: the smaller, the heavier the tail.
        shape: f64,
        /// The longest duration.
        maximum: SimDuration,
    },
    /// `weibull = { scale, shape }`
    Weibull {
        /// Duration that 63 % do not exceed.
        scale: SimDuration,
        /// 1 is exponential; below it the tail is heavier, above it lighter.
        shape: f64,
    },
    /// `empirical = { file, column, unit }`: each value of a column of a CSV file equally likely.
    Empirical(TableColumn),
}

/// No time at all.
impl Default for Law {
    fn default() -> Self {
        Self::Constant(SimDuration::ZERO)
    }
}

impl<'de> Deserialize<'de> for Law {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        shorthand::deserialize(from)
    }
}

impl TextOrTable for Law {
    const EXPECTED: &'static str = "a law, such as `\"18ms\"` or `{ exponential = { mean = … } }`";

    fn from_text<E: Error>(text: &str) -> Result<Self, E> {
        text.parse().map(Self::Constant).map_err(|error: InvalidQuantity| {
            E::custom(format_args!("{error}, or a law like `{{ exponential = {{ mean = … }} }}`"))
        })
    }

    fn from_table<'de, A: MapAccess<'de>>(table: A) -> Result<Self, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(table))
    }
}

impl Serialize for Law {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(duration) => duration.serialize(to),
            law => Self::serialize(law, to),
        }
    }
}

fn or_duration(schema: &mut Schema) {
    let duration = json_schema!({
        "description": "A duration alone is a constant: `\"18ms\"`.",
        "type": "string",
    });
    if let Some(forms) = schema.get_mut("oneOf").and_then(|forms| forms.as_array_mut()) {
        forms.insert(0, duration.into());
    }
}

/// A column of durations in a CSV file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableColumn {
    /// Path, relative to the scenario file. `.gz` is read too.
    pub file: PathBuf,
    /// Name of the column.
    pub column: String,
    /// What one unit of the column stands for. Default 1s.
    #[serde(default = "default_unit")]
    pub unit: SimDuration,
}

fn default_unit() -> SimDuration {
    SimDuration::from_secs(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        law: Law,
    }

    fn read(text: &str) -> Result<Law, toml::de::Error> {
        toml::from_str::<Holder>(text).map(|holder| holder.law)
    }

    #[test]
    fn a_duration_alone_is_a_constant() {
        let constant = Law::Constant(SimDuration::from_millis(18));
        assert_eq!(read("law = '18ms'").as_ref(), Ok(&constant));
        assert_eq!(read("law = { constant = '18ms' }"), Ok(constant));
    }

    #[test]
    fn a_wrong_parameter_is_marked_where_it_stands() {
        let text = "law = { lognormal = { mean = '18m5', cv = 1.2 } }";
        let error = read(text).unwrap_err();
        assert_eq!(&text[error.span().unwrap()], "'18m5'");
        let text = "law = { lognormal = { mean = '18ms', vc = 1.2 } }";
        let error = read(text).unwrap_err();
        assert_eq!(&text[error.span().unwrap()], "vc");
        let text = "law = { lognormel = { mean = '18ms', cv = 1.2 } }";
        let error = read(text).unwrap_err();
        assert_eq!(&text[error.span().unwrap()], "lognormel");
    }

    #[test]
    fn two_laws_at_once_are_refused() {
        let error = read("law = { constant = '1s', exponential = { mean = '1s' } }").unwrap_err();
        assert!(error.message().contains("more than one"), "{}", error.message());
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        let second = SimDuration::from_secs(1);
        let laws = [
            Law::Constant(second),
            Law::Pareto { minimum: second, shape: 1.5, maximum: second * 9 },
            Law::Empirical(TableColumn { file: "a.csv".into(), column: "x".into(), unit: second }),
        ];
        for law in laws {
            let text = toml::to_string(&Holder { law: law.clone() }).unwrap();
            assert_eq!(read(&text), Ok(law), "{text}");
        }
    }
}
