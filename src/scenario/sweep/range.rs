//! Ranges of numbers with or without a unit: `{ from = "250m", to = "2000m", steps = 8 }`.
//!
//! What a unit means is not known here, since a path may lead to any kind of quantity: the two ends
//! have the same unit, and what lies between them has it too. Between whole numbers lie whole
//! numbers, because most of what is counted (replicas, hosts) has no halves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Axis, SweepValue};

/// Most values of a range.
const MOST_VALUES: f64 = 10_000.0;

/// `{ from, to, steps }` or `{ from, to, step }`; without either, a law to draw from. Whole ends
/// have whole numbers between them: write `1.0` for others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The least value: a number, or text of a number and its unit.
    pub from: SweepValue,
    /// The greatest value, with the unit of `from`.
    pub to: SweepValue,
    /// Number of values, both ends included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// From one value to the next, with the unit of `from`; in a logarithmic range the factor, a
    /// number. The last value is the greatest that is not beyond `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<SweepValue>,
    /// How values are spaced, or drawn. Default `"linear"`.
    #[serde(default)]
    pub scale: Scale,
}

/// How the values of a range are spaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Equal differences.
    #[default]
    Linear,
    /// Equal ratios.
    Log,
}

/// What is wrong with a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key whose value is wrong.
    pub key: &'static str,
    /// What is wrong, in one sentence.
    pub title: String,
    /// What would be right.
    pub help: Option<&'static str>,
}

/// All numbers between two ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    low: f64,
    high: f64,
    /// Whether only whole numbers count.
    whole: bool,
    scale: Scale,
    unit: Unit,
}

/// How a number is written as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unit {
    /// A number of TOML.
    None,
    /// Text with this before and after the number: `$` and `/h`.
    Around(String, String),
}

/// A number and how it was written.
struct Measure {
    number: f64,
    whole: bool,
    unit: Unit,
}

impl Range {
    /// The values it has.
    ///
    /// # Errors
    /// Where it has none, or ends that do not go together.
    pub fn axis(&self) -> Result<Axis, Fault> {
        let mut interval = self.interval()?;
        let numbers = match (self.steps, &self.step) {
            (None, None) => return Ok(Axis::Between(interval)),
            (Some(steps), None) => interval.spaced(steps)?,
            (None, Some(step)) => interval.stepped(step)?,
            (Some(_), Some(_)) => {
                return Err(Fault::new("step", "a range has either `steps` or a `step`"));
            }
        };
        let numbers = numbers.into_iter();
        let mut values: Vec<_> = numbers.map(|number| interval.value(number)).collect();
        // whole numbers may be rounded to the same
        values.dedup();
        Ok(Axis::Values(values))
    }

    fn interval(&self) -> Result<Interval, Fault> {
        let low = Measure::read(&self.from, "from")?;
        let high = Measure::read(&self.to, "to")?;
        if low.unit != high.unit {
            let title = format!("{} and {} have different units", self.from, self.to);
            return Err(Fault::new("to", title).help("write both ends in the same unit"));
        }
        if low.number >= high.number {
            let title = format!("a range goes up, not from {} to {}", self.from, self.to);
            return Err(Fault::new("to", title));
        }
        if self.scale == Scale::Log && low.number <= 0.0 {
            let title = format!("a logarithmic range begins above zero, not at {}", self.from);
            return Err(Fault::new("from", title));
        }
        Ok(Interval {
            low: low.number,
            high: high.number,
            whole: low.whole && high.whole,
            scale: self.scale,
            unit: low.unit,
        })
    }
}

impl Interval {
    /// The value below which the share `at` of all is. Of whole numbers each has its part: on a
    /// linear scale all the same.
    pub fn quantile(&self, at: f64) -> SweepValue {
        let beyond = if self.whole { self.high + 1.0 } else { self.high };
        let number = between(self.low, beyond, at, self.scale);
        self.value(if self.whole { number.floor().min(self.high) } else { number })
    }

    /// Its least and its greatest value.
    pub fn ends(&self) -> [SweepValue; 2] {
        [self.value(self.low), self.value(self.high)]
    }

    /// So many numbers at equal distances, both ends included.
    fn spaced(&self, steps: u32) -> Result<Vec<f64>, Fault> {
        if !(2.0..=MOST_VALUES).contains(&f64::from(steps)) {
            let title = format!("the number of steps must be from 2 to {MOST_VALUES}, not {steps}");
            return Err(Fault::new("steps", title));
        }
        let last = steps - 1;
        let number = |index| match index {
            0 => self.low,
            index if index == last => self.high,
            index => between(self.low, self.high, f64::from(index) / f64::from(last), self.scale),
        };
        Ok((0..steps).map(number).collect())
    }

    /// The numbers from the lower end on, each a step from the one before.
    fn stepped(&mut self, step: &SweepValue) -> Result<Vec<f64>, Fault> {
        // a sum that should be at the end may be beyond it in its last digit
        const SLACK: f64 = 1e-9;
        let step_of = Measure::read(step, "step")?;
        let (unit, least, factor) = match self.scale {
            Scale::Linear => (&self.unit, 0.0, "a step must be above 0 and"),
            Scale::Log => {
                (&Unit::None, 1.0, "the step of a logarithmic range is a factor above 1,")
            }
        };
        if step_of.unit != *unit || step_of.number <= least {
            let title = format!("{factor} in the unit of the range, not {step}");
            return Err(Fault::new("step", title));
        }
        let steps = match self.scale {
            Scale::Linear => (self.high - self.low) / step_of.number,
            Scale::Log => libm::log(self.high / self.low) / libm::log(step_of.number),
        };
        let last = (steps + SLACK).floor();
        if last >= MOST_VALUES {
            let title = format!("a range has at most {MOST_VALUES} values, not {}", last + 1.0);
            return Err(Fault::new("step", title).help("make the step larger"));
        }
        self.whole &= step_of.whole;
        let number = |index| match self.scale {
            Scale::Linear => self.low + f64::from(index) * step_of.number,
            Scale::Log => self.low * libm::pow(step_of.number, f64::from(index)),
        };
        Ok((0..=last as u32).map(number).collect())
    }

    fn value(&self, number: f64) -> SweepValue {
        let number = if self.whole { number.round() } else { tidy(number) };
        SweepValue(match &self.unit {
            Unit::None if self.whole => toml::Value::Integer(number as i64),
            Unit::None => toml::Value::Float(number),
            Unit::Around(before, after) => toml::Value::String(format!("{before}{number}{after}")),
        })
    }
}

fn between(low: f64, high: f64, share: f64, scale: Scale) -> f64 {
    match scale {
        Scale::Linear => low + share * (high - low),
        Scale::Log => low * libm::pow(high / low, share),
    }
}

/// Without the noise of sums in the last digits: 0.3 for 0.1 + 0.2.
fn tidy(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

impl Measure {
    fn read(value: &SweepValue, key: &'static str) -> Result<Self, Fault> {
        let measure = match &value.0 {
            toml::Value::Integer(number) => {
                Some(Self { number: *number as f64, whole: true, unit: Unit::None })
            }
            toml::Value::Float(number) => {
                Some(Self { number: *number, whole: false, unit: Unit::None })
            }
            toml::Value::String(text) => Self::parse(text),
            _ => None,
        };
        measure.filter(|measure| measure.number.is_finite()).ok_or_else(|| {
            Fault::new(key, format!("a range is of numbers, which {value} is not"))
                .help("write one number, alone or with a unit: `3`, `\"250m\"`; or list the values")
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let numeric = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
        let start = text.find(numeric)?;
        let length = text[start..].find(|c| !numeric(c)).unwrap_or(text.len() - start);
        let (number, after) = text[start..].split_at(length);
        // two numbers, as in `1h 30m`, have no one number between them and others
        if after.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let unit = Unit::Around(text[..start].to_owned(), after.to_owned());
        Some(Self { number: number.parse().ok()?, whole: !number.contains('.'), unit })
    }
}

impl Fault {
    fn new(key: &'static str, title: impl Into<String>) -> Self {
        Self { key, title: title.into(), help: None }
    }

    fn help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(text: &str) -> Result<Axis, Fault> {
        toml::from_str::<Range>(text).unwrap().axis()
    }

    fn values(text: &str) -> String {
        match axis(text) {
            Ok(Axis::Values(values)) => {
                values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn steps_include_both_ends() {
        assert_eq!(values("from = 1\nto = 10\nsteps = 4"), "1 4 7 10");
        assert_eq!(values("from = 0.1\nto = 0.5\nsteps = 5"), "0.1 0.2 0.3 0.4 0.5");
        assert_eq!(
            values("from = '$1.0/h'\nto = '$2.0/h'\nsteps = 3"),
            r#""$1/h" "$1.5/h" "$2/h""#
        );
        assert_eq!(values("from = 1\nto = 1000\nsteps = 4\nscale = 'log'"), "1 10 100 1000");
    }

    #[test]
    fn between_whole_numbers_are_whole_numbers_each_once() {
        assert_eq!(values("from = 1\nto = 3\nsteps = 5"), "1 2 3");
        assert_eq!(values("from = '250m'\nto = '500m'\nsteps = 3"), r#""250m" "375m" "500m""#);
    }

    #[test]
    fn a_step_goes_as_far_as_the_end_allows() {
        assert_eq!(values("from = 2\nto = 9\nstep = 3"), "2 5 8");
        assert_eq!(values("from = 0.0\nto = 0.3\nstep = 0.1"), "0.0 0.1 0.2 0.3");
        assert_eq!(values("from = 1\nto = 3\nstep = 0.5"), "1.0 1.5 2.0 2.5 3.0");
        assert_eq!(values("from = 1\nto = 9\nstep = 2\nscale = 'log'"), "1 2 4 8");
        assert_eq!(values("from = '5ms'\nto = '9ms'\nstep = '2ms'"), r#""5ms" "7ms" "9ms""#);
    }

    #[test]
    fn quantiles_are_those_of_the_law() {
        let at = |text: &str, share| axis(text).unwrap().quantile(share).to_string();
        assert_eq!(at("from = 2.0\nto = 6.0", 0.25), "3.0");
        assert_eq!(at("from = 1.0\nto = 100.0\nscale = 'log'", 0.5), "10.0");
        // three whole numbers: a third of the probability each
        let thirds = [0.0, 0.33, 0.34, 0.66, 0.67, 0.99].map(|u| at("from = 1\nto = 3", u));
        assert_eq!(thirds, ["1", "1", "2", "2", "3", "3"]);
    }

    #[test]
    fn ranges_that_make_no_sense_say_at_which_key() {
        for (text, key) in [
            ("from = true\nto = 3", "from"),
            ("from = '1h 30m'\nto = '2h'", "from"),
            ("from = '1s'\nto = '2ms'", "to"),
            ("from = 1\nto = '2'", "to"),
            ("from = 3\nto = 3", "to"),
            ("from = nan\nto = 3", "from"),
            ("from = 0\nto = 3\nscale = 'log'", "from"),
            ("from = 1\nto = 3\nsteps = 1", "steps"),
            ("from = 1\nto = 3\nsteps = 2\nstep = 1", "step"),
            ("from = 1\nto = 3\nstep = 0", "step"),
            ("from = 1\nto = 3\nstep = '1s'", "step"),
            ("from = 1\nto = 3\nstep = 1\nscale = 'log'", "step"),
            ("from = 1\nto = 1_000_000\nstep = 1", "step"),
        ] {
            assert_eq!(axis(text).unwrap_err().key, key, "{text}");
        }
    }
}
