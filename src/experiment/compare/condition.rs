//! What is not to happen, in a line: `p99 > +5%`.
//!
//! A figure, a comparison, an amount. With a sign the amount is a change against the baseline, in
//! percent of it (`+5%`) or in the figure's own unit (`+20ms`, `+$0.10`, `-0.5`); without one it is
//! a level of the figure itself (`250ms`, `99.9%`).

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use thiserror::Error;

use super::QuestionError;
use super::selection::check_name;
use crate::engine::SimDuration;
use crate::metrics::figures::{Heading, Unit};
use crate::report::difference::GateKind;
use crate::statistics::paired::Interval;
use crate::units::{Bytes, HourlyPrice, Joules, Rate, Usd};

/// A condition on one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    text: String,
    /// Name of the figure, as `--metrics` takes it.
    pub figure: String,
    operator: Operator,
    /// What is held against the threshold.
    pub kind: GateKind,
    amount: Amount,
    /// Where the amount stands.
    amount_at: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// A number with what it is counted in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Amount {
    Plain(f64),
    /// As a share.
    Percent(f64),
    Seconds(f64),
    Bytes(f64),
    Dollars(f64),
    PerSecond(f64),
    KilowattHours(f64),
}

/// A text that is no condition, or none on that figure.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct InvalidCondition {
    text: String,
    at: Range<usize>,
    title: String,
    help: String,
}

/// The text with a mark below what is wrong, as problems of scenarios are shown.
impl fmt::Display for InvalidCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = AnnotationKind::Primary.span(self.at.clone());
        let snippet = Snippet::source(&self.text).path("--fail-on").annotation(mark);
        let title = Level::ERROR.primary_title(&self.title).element(snippet);
        let group = title.element(Level::HELP.message(&self.help));
        let text = Renderer::plain().render(&[group]);
        f.write_str(text.strip_prefix("error: ").unwrap_or(&text))
    }
}

/// What a condition looks like.
const EXAMPLES: &str = "write it like `p99 > +5%` (a change of the mean), `web.p99 > +20ms`, \
                        `cost_per_hour > +$0.10` or `success_ratio < 99.9%` (without a sign: the \
                        mean itself)";

impl FromStr for Condition {
    type Err = InvalidCondition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |at: Range<usize>, title: &str| InvalidCondition {
            text: text.to_owned(),
            at,
            title: title.to_owned(),
            help: EXAMPLES.to_owned(),
        };
        let Some(start) = text.find(['<', '>']) else {
            return Err(fail(0..text.len(), "a condition needs one of `>`, `>=`, `<`, `<=`"));
        };
        let figure = text[..start].trim();
        if figure.is_empty() {
            return Err(fail(start..start + 1, "there is no figure before the comparison"));
        }
        if let Some(at) = figure.find(char::is_whitespace) {
            let at = text.find(figure).unwrap_or(0) + at;
            return Err(fail(at..start, "a figure is one word"));
        }
        let (operator, length) = Operator::read(&text[start..]);
        let rest = &text[start + length..];
        let begins = text.len() - rest.trim_start().len();
        let written = rest.trim();
        let amount_at = begins..begins + written.len();
        let unsigned = written.trim_start_matches(['+', '-']).trim_start();
        let sign = written.chars().next().filter(|c| ['+', '-'].contains(c));
        let Some(amount) = Amount::read(unsigned) else {
            let title = match written {
                "" => "there is no amount after the comparison",
                _ => "this is no amount",
            };
            let mark = amount_at.start.min(text.len().saturating_sub(1))..amount_at.end;
            return Err(fail(mark, title));
        };
        let kind = match (sign, amount) {
            (None, _) => GateKind::Level,
            (Some(_), Amount::Percent(_)) => GateKind::RelativeChange,
            (Some(_), _) => GateKind::AbsoluteChange,
        };
        let amount = if sign == Some('-') { amount.negated() } else { amount };
        let (figure, text) = (figure.to_owned(), text.to_owned());
        Ok(Self { text, figure, operator, kind, amount, amount_at })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.trim())
    }
}

impl Condition {
    /// Whether there is such a figure, and the amount is one of its unit.
    ///
    /// # Errors
    /// Says what would be right.
    pub fn check(&self, known: &[&Heading]) -> Result<(), QuestionError> {
        check_name(&self.figure, known)?;
        let called = known.iter().filter(|heading| heading.is_called(&self.figure));
        for heading in called {
            if self.threshold(heading.unit).is_none() {
                return Err(QuestionError::Condition(InvalidCondition {
                    text: self.text.clone(),
                    at: self.amount_at.clone(),
                    title: format!("`{}` is {}", heading.metric, counted_in(heading.unit)),
                    help: format!("write it like {}", example(heading.unit, self.kind)),
                }));
            }
        }
        Ok(())
    }

    /// The threshold in the unit of a figure, or as a share of the baseline; none where the amount
    /// is not one of that unit.
    pub fn threshold(&self, unit: Unit) -> Option<f64> {
        match (self.amount, unit) {
            (Amount::Percent(share), _) if self.kind == GateKind::RelativeChange => Some(share),
            (Amount::Percent(value), Unit::Fraction)
            | (Amount::Seconds(value), Unit::Seconds)
            | (Amount::Bytes(value), Unit::Bytes)
            | (Amount::Dollars(value), Unit::DollarsPerHour | Unit::Dollars)
            | (Amount::PerSecond(value), Unit::PerSecond)
            | (Amount::KilowattHours(value), Unit::KilowattHours)
            | (
                Amount::Plain(value),
                Unit::Count | Unit::Fraction | Unit::PerSecond | Unit::ReplicasPerHost,
            ) => Some(value),
            // nothing is nothing in any unit
            (Amount::Plain(0.0), _) => Some(0.0),
            _ => None,
        }
    }

    /// Whether all of an interval is beyond the threshold, or none of it; `None` where it is
    /// neither.
    pub fn holds(&self, interval: &Interval, threshold: f64) -> Option<bool> {
        let (low, high) = (interval.low, interval.high);
        let (all, none) = match self.operator {
            Operator::Above => (low > threshold, high <= threshold),
            Operator::AtLeast => (low >= threshold, high < threshold),
            Operator::Below => (high < threshold, low >= threshold),
            Operator::AtMost => (high <= threshold, low > threshold),
        };
        (all || none).then_some(all)
    }
}

impl Operator {
    /// The operator that a text begins with, and its length.
    fn read(text: &str) -> (Self, usize) {
        match text.as_bytes() {
            [b'>', b'=', ..] => (Self::AtLeast, 2),
            [b'<', b'=', ..] => (Self::AtMost, 2),
            [b'>', ..] => (Self::Above, 1),
            _ => (Self::Below, 1),
        }
    }
}

impl Amount {
    /// An amount without a sign.
    fn read(text: &str) -> Option<Self> {
        if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == '$') {
            return None;
        }
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        if let Some(percent) = text.strip_suffix('%') {
            return number(percent.trim_end()).map(|percent| Self::Percent(percent / 100.0));
        }
        let plain = number(text).map(Self::Plain);
        let money = || {
            let hourly = text.parse().map(|HourlyPrice(price)| price);
            let price = hourly.or_else(|_| text.parse().map(|Usd(price)| price));
            price.ok().map(Self::Dollars)
        };
        let duration = || text.parse().ok().map(|t: SimDuration| Self::Seconds(t.as_secs_f64()));
        let rate = || text.parse().ok().map(|Rate(rate)| Self::PerSecond(rate));
        let energy = || text.parse().ok().map(|it: Joules| Self::KilowattHours(it.0 / 3.6e6));
        let bytes = || text.parse().ok().map(|Bytes(bytes)| Self::Bytes(bytes as f64));
        plain.or_else(money).or_else(duration).or_else(rate).or_else(energy).or_else(bytes)
    }

    fn negated(self) -> Self {
        match self {
            Self::Plain(value) => Self::Plain(-value),
            Self::Percent(value) => Self::Percent(-value),
            Self::Seconds(value) => Self::Seconds(-value),
            Self::Bytes(value) => Self::Bytes(-value),
            Self::Dollars(value) => Self::Dollars(-value),
            Self::PerSecond(value) => Self::PerSecond(-value),
            Self::KilowattHours(value) => Self::KilowattHours(-value),
        }
    }
}

const fn counted_in(unit: Unit) -> &'static str {
    match unit {
        Unit::Count | Unit::ReplicasPerHost => "a number",
        Unit::Seconds => "a duration",
        Unit::Fraction => "a share",
        Unit::Bytes => "an amount of bytes",
        Unit::PerSecond => "a rate",
        Unit::KilowattHours => "an amount of energy",
        Unit::DollarsPerHour => "a price per hour",
        Unit::Dollars => "an amount of money",
    }
}

/// An amount of that unit.
fn example(unit: Unit, kind: GateKind) -> String {
    let amount = match unit {
        Unit::Count | Unit::ReplicasPerHost => "2",
        Unit::Seconds => "20ms",
        Unit::Fraction => "0.01",
        Unit::Bytes => "512MiB",
        Unit::PerSecond => "10/s",
        Unit::KilowattHours => "0.5kWh",
        Unit::DollarsPerHour | Unit::Dollars => "$0.10",
    };
    match kind {
        GateKind::Level => format!("`{amount}`, or `+5%` for a change"),
        _ => format!("`+{amount}` or `+5%`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Condition {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_sign_makes_a_change_and_its_absence_a_level() {
        use GateKind::{AbsoluteChange, Level, RelativeChange};
        let cases = [
            ("p99 > +5%", "p99", RelativeChange, Unit::Seconds, 0.05),
            ("throughput<-2.5 %", "throughput", RelativeChange, Unit::PerSecond, -0.025),
            (
                "vms.web.latency_p99>=+20ms",
                "vms.web.latency_p99",
                AbsoluteChange,
                Unit::Seconds,
                0.02,
            ),
            ("p99 > 1.5s", "p99", Level, Unit::Seconds, 1.5),
            ("cost_per_hour > +$0.10", "cost_per_hour", AbsoluteChange, Unit::DollarsPerHour, 0.1),
            ("cost_per_hour > $1.20/h", "cost_per_hour", Level, Unit::DollarsPerHour, 1.2),
            ("success_ratio < 99.9%", "success_ratio", Level, Unit::Fraction, 0.999),
            ("hosts_used > +0.5", "hosts_used", AbsoluteChange, Unit::Count, 0.5),
            ("guest_memory > +1GiB", "guest_memory", AbsoluteChange, Unit::Bytes, 1073741824.0),
            ("energy > 0.5kWh", "energy", Level, Unit::KilowattHours, 0.5),
            ("p99 > +0", "p99", AbsoluteChange, Unit::Seconds, 0.0),
        ];
        for (text, figure, kind, unit, threshold) in cases {
            let condition = read(text);
            assert_eq!((condition.figure.as_str(), condition.kind), (figure, kind), "{text}");
            let found = condition.threshold(unit).unwrap_or_else(|| panic!("{text}"));
            assert!((found - threshold).abs() < 1e-12, "{text}: {found}");
        }
    }

    #[test]
    fn what_is_no_condition_is_shown_with_an_example() {
        let message = |text: &str| text.parse::<Condition>().unwrap_err().to_string();
        let all =
            ["p99", "> 5%", "p 99 > +5%", "p99 >> +5%", "p99 > ", "p99 > +five%", "p99 > +5mz"];
        insta::assert_snapshot!(all.map(message).join("\n\n"));
    }

    #[test]
    fn an_amount_of_another_unit_is_none_of_the_figure() {
        assert_eq!(read("p99 > 250").threshold(Unit::Seconds), None);
        assert_eq!(read("p99 > 5%").threshold(Unit::Seconds), None);
        assert_eq!(read("energy > +20ms").threshold(Unit::KilowattHours), None);
    }

    #[test]
    fn a_condition_holds_where_all_of_the_interval_is_beyond() {
        let interval = |low, high| Interval { estimate: 0.0, low, high };
        let cases = [
            ("x > +1", interval(1.5, 2.0), Some(true)),
            ("x > +1", interval(1.0, 2.0), None),
            ("x >= +1", interval(1.0, 2.0), Some(true)),
            ("x > +1", interval(0.0, 1.0), Some(false)),
            ("x >= +1", interval(0.0, 1.0), None),
            ("x < -1", interval(-3.0, -2.0), Some(true)),
            ("x < -1", interval(-3.0, 0.0), None),
            ("x <= -1", interval(-1.0, -1.0), Some(true)),
            ("x < -1", interval(-1.0, 0.0), Some(false)),
            ("x > +1", interval(f64::NEG_INFINITY, f64::INFINITY), None),
        ];
        for (text, interval, holds) in cases {
            let condition = read(text);
            let threshold = condition.threshold(Unit::Count).unwrap();
            assert_eq!(condition.holds(&interval, threshold), holds, "{text} {interval:?}");
        }
    }
}
