//! What a chart shows, as numbers: the report's script lets a reader point at values, zoom in and
//! hide lines. The drawing is complete without; it is drawn from the same values.

use serde::{Serialize, Serializer};

use super::super::quantity::Quantity;
use super::axis::{Axis, Scale};

/// The numbers of a chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChartData {
    /// Lines over a horizontal axis: values at the pointer, zoom, lines that can be hidden.
    Lines(Box<Lines>),
    /// Places that tell more when pointed at: bars, cells, single points.
    Spots { spots: Vec<Spot> },
}

/// Lines in a plot with two axes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lines {
    pub reading: Reading,
    pub plot: PlotBox,
    pub x: AxisData,
    pub y: AxisData,
    /// In the order of the key.
    pub series: Vec<SeriesData>,
    /// What lines are measured against.
    pub marks: Vec<MarkData>,
}

/// Which value of a line belongs to a place of the pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// That of the nearest point.
    Nearest,
    /// That of the last point at or before it, as distribution functions are read.
    AtOrBefore,
}

/// Where the plot is in the drawing, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PlotBox {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// An axis as it is drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AxisData {
    /// What it measures.
    pub label: String,
    pub quantity: Quantity,
    pub scale: Scale,
    /// Both ends, as the scale places values: on a logarithm these are logarithms.
    pub low: f64,
    pub high: f64,
    /// What is written before and after each number; empty for what its quantity has.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesData {
    pub name: String,
    /// Class of its colour.
    pub class: &'static str,
    #[serde(serialize_with = "compact")]
    pub x: Vec<f64>,
    /// One for each `x`; where it is not finite, the line has a gap.
    #[serde(serialize_with = "compact")]
    pub y: Vec<f64>,
    /// Ends of the interval of each `y`, not finite where there is none; empty of a line without.
    #[serde(serialize_with = "compact", skip_serializing_if = "Vec::is_empty")]
    pub low: Vec<f64>,
    #[serde(serialize_with = "compact", skip_serializing_if = "Vec::is_empty")]
    pub high: Vec<f64>,
}

/// An objective or limit: a rule at one value, or a point at two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MarkData {
    pub name: String,
    pub x: Option<f64>,
    pub y: Option<f64>,
}

/// A rectangle of the drawing in pixels, and what is told where the pointer is on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spot {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
    pub title: String,
    /// Names and values.
    pub rows: Vec<(String, String)>,
}

impl AxisData {
    pub(super) fn of(axis: &Axis, label: &str) -> Self {
        Self {
            label: label.into(),
            quantity: axis.quantity,
            scale: axis.scale,
            low: axis.low,
            high: axis.high,
            before: String::new(),
            after: String::new(),
        }
    }
}

/// Numbers of at most eight digits, of which none can be seen to be missing; `null` for none.
fn compact<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|value| Compact(*value)))
}

struct Compact(f64);

impl Serialize for Compact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rounded = format!("{:.7e}", self.0).parse::<f64>();
        match rounded {
            Ok(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => {
                serializer.serialize_i64(whole as i64)
            }
            Ok(value) if value.is_finite() => serializer.serialize_f64(value),
            _ => serializer.serialize_none(),
        }
    }
}

impl ChartData {
    /// As JSON that can stand in a `<script>` of a page: no `<` is left in it.
    pub fn json(&self) -> String {
        let json = serde_json::to_string(self).expect("plain structs always serialise");
        // outside of texts JSON has no such character, and inside an escape is the same text
        json.replace('<', "\\u003c")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_gaps_are_null() {
        let series = SeriesData {
            name: "a".into(),
            class: "c0",
            x: vec![0.0, 2.5, 600.0],
            y: vec![0.1 + 0.2, f64::NAN, 1.0 / 3.0],
            low: Vec::new(),
            high: Vec::new(),
        };
        assert_eq!(
            serde_json::to_string(&series).unwrap(),
            r#"{"name":"a","class":"c0","x":[0,2.5,600],"y":[0.3,null,0.33333333]}"#
        );
    }

    #[test]
    fn a_name_cannot_end_the_script_it_stands_in() {
        let spot = Spot { title: "</script><!--".into(), ..Spot::default() };
        let json = ChartData::Spots { spots: vec![spot] }.json();
        assert!(!json.contains('<'), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["spots"][0]["title"], "</script><!--");
    }
}
