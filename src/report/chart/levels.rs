//! The values of a parameter of a sweep as places along an axis.
//!
//! Values are numbers where all are written with the same unit (`40/s`, `250m`, `60%`): then they
//! stand at their distance from each other. Otherwise each is a word with a place of its own.

use super::super::quantity::Quantity;
use super::axis::{Axis, Scale};
use super::ticks::{Tick, decimal, nice_step};
use crate::scenario::SweepValue;

/// Most values that are named one by one.
const NAMED: usize = 12;
/// Values this many times apart may be spread along a logarithm.
const WIDE: f64 = 8.0;
/// Room at both ends, as a share of the length.
const ROOM: f64 = 0.025;

/// The distinct values of a parameter: numbers from the least on, words as they first appear.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// What is varied.
    pub name: String,
    /// As they are written.
    pub texts: Vec<String>,
    /// What they stand for, where they are numbers.
    pub numbers: Option<Vec<f64>>,
    /// What is written before and after each number.
    pub affixes: (String, String),
    /// Place of the value of each point in the lists above.
    pub of_point: Vec<usize>,
}

/// A number, and what is written around it.
struct Written {
    number: f64,
    affixes: (String, String),
}

impl Levels {
    /// Those of a parameter that has these values at the points of a sweep.
    pub fn of<'a>(name: &str, values: impl Iterator<Item = &'a SweepValue> + Clone) -> Self {
        let mut texts: Vec<String> = Vec::new();
        let mut written: Vec<Option<Written>> = Vec::new();
        let mut places = std::collections::BTreeMap::new();
        let mut of_point = Vec::new();
        let names = SweepValue::names(values.clone());
        for (value, text) in values.zip(names) {
            let place = *places.entry(text.clone()).or_insert(texts.len());
            if place == texts.len() {
                texts.push(text);
                written.push(Written::of(value));
            }
            of_point.push(place);
        }
        let levels =
            Self { name: name.into(), texts, numbers: None, affixes: Default::default(), of_point };
        match written.into_iter().collect::<Option<Vec<_>>>() {
            Some(written) => levels.ordered(&written),
            None => levels,
        }
    }

    /// With its numbers in order, unless they are of different units.
    fn ordered(self, written: &[Written]) -> Self {
        let Some(first) = written.first() else { return self };
        if written.iter().any(|other| other.affixes != first.affixes) {
            return self;
        }
        let mut order: Vec<usize> = (0..written.len()).collect();
        order.sort_by(|&one, &other| written[one].number.total_cmp(&written[other].number));
        let mut rank = vec![0; order.len()];
        for (place, &before) in order.iter().enumerate() {
            rank[before] = place;
        }
        Self {
            texts: order.iter().map(|&before| self.texts[before].clone()).collect(),
            numbers: Some(order.iter().map(|&before| written[before].number).collect()),
            affixes: first.affixes.clone(),
            of_point: self.of_point.iter().map(|&before| rank[before]).collect(),
            name: self.name,
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Where a value is on the axis: its number, or its place in the list.
    pub fn position(&self, level: usize) -> f64 {
        self.numbers.as_ref().map_or(level as f64, |numbers| numbers[level])
    }

    /// The axis that all values are on.
    pub fn axis(&self) -> Axis {
        match &self.numbers {
            Some(numbers) => self.numeric(numbers),
            None => Axis {
                scale: Scale::Linear,
                quantity: Quantity::Count,
                low: -0.5,
                high: self.len() as f64 - 0.5,
                ticks: (0..).zip(&self.texts).map(|(at, text)| tick(at.into(), text)).collect(),
            },
        }
    }

    fn numeric(&self, numbers: &[f64]) -> Axis {
        let scale = if is_geometric(numbers) { Scale::Log } else { Scale::Linear };
        let ends = [numbers.first(), numbers.last()].map(|end| end.copied().unwrap_or(0.0));
        let [least, most] = ends.map(|end| scale.place(end));
        let room = if most > least { (most - least) * ROOM } else { 0.5 };
        let ticks = match numbers.len() {
            ..=NAMED => {
                let named = numbers.iter().zip(&self.texts);
                named.map(|(number, text)| tick(scale.place(*number), text)).collect()
            }
            _ => self.round_ticks(scale, ends),
        };
        let (low, high) = (least - room, most + room);
        Axis { scale, quantity: Quantity::Count, low, high, ticks }
    }

    /// Round numbers between the ends.
    fn round_ticks(&self, scale: Scale, [least, most]: [f64; 2]) -> Vec<Tick> {
        let named = |number: f64, step: f64| {
            let digits = decimal(number, step, 1.0, "");
            tick(scale.place(number), &format!("{}{digits}{}", self.affixes.0, self.affixes.1))
        };
        if scale == Scale::Log {
            let exponent = |end: f64| libm::log10(end).floor() as i32;
            let decades = (exponent(least)..=exponent(most)).map(|e| libm::pow(10.0, e.into()));
            let round = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| (digit, decade)));
            let inside = |(digit, decade): &(f64, f64)| {
                (least * 0.999..=most * 1.001).contains(&(digit * decade))
            };
            return round.filter(inside).map(|(digit, at)| named(digit * at, at)).collect();
        }
        let step = nice_step(most - least, 6.0);
        let first = (least / step - 1e-9).ceil() as i64;
        let last = (most / step + 1e-9).floor() as i64;
        (first..=last).map(|multiple| named(multiple as f64 * step, step)).collect()
    }
}

fn tick(at: f64, label: &str) -> Tick {
    Tick { at, label: label.into() }
}

/// Whether numbers are more evenly apart on a logarithm.
fn is_geometric(numbers: &[f64]) -> bool {
    let (Some(least), Some(most)) = (numbers.first(), numbers.last()) else { return false };
    if numbers.len() < 3 || *least <= 0.0 || most / least < WIDE {
        return false;
    }
    let unevenness = |place: fn(f64) -> f64| {
        let gaps = numbers.windows(2).map(|pair| place(pair[1]) - place(pair[0]));
        let (least, most) = gaps
            .fold((f64::INFINITY, 0.0_f64), |(least, most), gap| (least.min(gap), most.max(gap)));
        most / least
    };
    unevenness(libm::log10) < unevenness(|number| number)
}

impl Written {
    fn of(value: &SweepValue) -> Option<Self> {
        let plain = |number| Self { number, affixes: Default::default() };
        match &value.0 {
            toml::Value::Integer(whole) => Some(plain(*whole as f64)),
            toml::Value::Float(number) => number.is_finite().then(|| plain(*number)),
            toml::Value::String(text) => Self::in_text(text),
            _ => None,
        }
    }

    /// The only number in a text.
    fn in_text(text: &str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let start = start - usize::from(text[..start].ends_with(['-', '+', '.']));
        let (before, rest) = text.split_at(start);
        let is_part = |c: char| c.is_ascii_digit() || "._eE+-".contains(c);
        let longest = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let parsed = (1..=longest).rev().find_map(|end| {
            let number: f64 = rest[..end].replace('_', "").parse().ok()?;
            number.is_finite().then_some((number, &rest[end..]))
        });
        let (number, after) = parsed?;
        let is_only = !after.contains(|c: char| c.is_ascii_digit());
        is_only.then(|| Self { number, affixes: (before.into(), after.into()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(values: &str) -> Levels {
        let list: toml::Table = toml::from_str(&format!("v = {values}")).unwrap();
        let values: Vec<_> =
            list["v"].as_array().unwrap().iter().cloned().map(SweepValue).collect();
        Levels::of("p", values.iter())
    }

    fn labels(levels: &Levels) -> Vec<String> {
        levels.axis().ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn numbers_of_one_unit_are_put_in_order() {
        let rates = levels("['100/s', '40/s', '100/s', '220/s']");
        assert_eq!(rates.texts, ["40/s", "100/s", "220/s"]);
        assert_eq!(rates.numbers, Some(vec![40.0, 100.0, 220.0]));
        assert_eq!(rates.of_point, [1, 0, 1, 2]);
        assert_eq!(rates.affixes, (String::new(), "/s".into()));
        let prices = levels("['$1.5/h', '$0.5/h']");
        assert_eq!(prices.numbers, Some(vec![0.5, 1.5]));
        assert_eq!(prices.affixes, ("$".into(), "/h".into()));
        assert_eq!(levels("[1, 0.5]").numbers, Some(vec![0.5, 1.0]));
        assert_eq!(levels("['16EiB', '1e3EiB']").numbers, Some(vec![16.0, 1000.0]));
    }

    #[test]
    fn what_has_no_common_unit_stays_as_it_is_written() {
        for values in ["['500m', '1']", "['b', 'a']", "[true, false]", "['1min 30s', '1min 40s']"] {
            let words = levels(values);
            assert_eq!(words.numbers, None, "{values}");
            assert_eq!(words.of_point, [0, 1]);
        }
        let axis = levels("['b', 'a']").axis();
        assert_eq!((axis.low, axis.high), (-0.5, 1.5));
        assert_eq!(labels(&levels("['b', 'a']")), ["b", "a"]);
    }

    #[test]
    fn few_values_are_named_themselves_and_many_by_round_numbers() {
        assert_eq!(labels(&levels("['40/s', '95/s', '100/s']")), ["40/s", "95/s", "100/s"]);
        let many: Vec<String> = (0..50).map(|n| format!("'{}/s'", 13 + 2 * n)).collect();
        let axis = labels(&levels(&format!("[{}]", many.join(","))));
        assert_eq!(axis, ["20/s", "40/s", "60/s", "80/s", "100/s"]);
    }

    #[test]
    fn doubling_values_are_spread_along_a_logarithm() {
        assert_eq!(levels("[1, 2, 4, 8, 16]").axis().scale, Scale::Log);
        assert_eq!(levels("[2, 4, 6, 8, 10, 12, 14, 16, 18, 20]").axis().scale, Scale::Linear);
        assert_eq!(levels("[0, 1, 100]").axis().scale, Scale::Linear);
        let powers: Vec<String> = (0..14).map(|n| (1_u32 << n).to_string()).collect();
        let axis = labels(&levels(&format!("[{}]", powers.join(","))));
        assert_eq!(axis[..4], ["1", "2", "5", "10"]);
        assert_eq!(axis.last().map(String::as_str), Some("5,000"));
    }
}
