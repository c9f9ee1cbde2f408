//! A figure against one parameter of many: a dot for each point of a sweep. Filled dots met all
//! objectives in all runs, hollow ones did not.

use super::axis::Scale;
use super::data::{ChartData, Reading, Spot};
use super::figure::Figure;
use super::finding::Finding;
use super::key::{KeyEntry, Swatch};
use super::levels::Levels;
use super::palette::{self, Look};
use super::{Drawing, Heading, scales};
use crate::metrics::figures::Unit;

/// Radius of a dot, and half of the size of the place that can be pointed at.
const DOT: f64 = 3.5;
const REACH: f64 = 6.0;
/// Share of the room of a word that clouds are spread over.
const SPREAD: f64 = 0.4;

/// What to draw.
pub struct Question<'a> {
    pub heading: Heading,
    /// What the vertical axis measures.
    pub caption: &'a str,
    pub unit: Unit,
    pub parameter: &'a Levels,
    pub clouds: Vec<Cloud>,
}

/// The dots of one cluster and app.
pub struct Cloud {
    /// Empty where it is the only one.
    pub name: String,
    pub dots: Vec<Dot>,
}

/// A point of the sweep.
pub struct Dot {
    /// Place of its value of the parameter.
    pub level: usize,
    pub finding: Finding,
    /// Its values of all parameters.
    pub values: Vec<(String, String)>,
}

/// The chart, or `None` without any value.
pub fn draw(question: &Question) -> Option<Drawing> {
    let dots = || question.clouds.iter().flat_map(|cloud| &cloud.dots);
    let means = || dots().map(|dot| dot.finding.mean);
    let y = scales::axis(question.unit, means().reduce(f64::min)?, means().reduce(f64::max)?);
    let caption = match y.scale {
        Scale::Log => format!("{}, logarithmic", question.caption),
        _ => question.caption.into(),
    };
    let figure = Figure {
        heading: question.heading.clone(),
        key: key(question),
        x: question.parameter.axis(),
        y,
        x_caption: question.parameter.name.clone(),
        y_caption: caption,
        ends: Vec::new(),
        reading: Reading::Nearest,
    };
    let (x, y) = (figure.x.clone(), figure.y.clone());
    let mut drawing = figure.draw(|plot| {
        for (index, cloud) in question.clouds.iter().enumerate() {
            let colour = Look::of(index).line;
            for dot in &cloud.dots {
                let position = question.position(index, dot);
                let place = (plot.x.place(position), plot.y.place(dot.finding.mean));
                let is_filled = dot.finding.met.is_none_or(|share| share >= 1.0);
                plot.dot(place, DOT, colour, is_filled);
            }
        }
    });
    if let ChartData::Lines(lines) = &drawing.data {
        let (question, x, y) = (&question, &x, &y);
        let spots = question.clouds.iter().enumerate().flat_map(|(index, cloud)| {
            cloud.dots.iter().map(move |dot| {
                let at = (question.position(index, dot), dot.finding.mean);
                question.spot(cloud, dot, scales::pixel(&lines.plot, (x, y), at))
            })
        });
        drawing.data = ChartData::Spots { spots: spots.collect() };
    }
    Some(drawing)
}

impl Question<'_> {
    /// Where a dot of a cloud is across: over a word the clouds stand side by side.
    fn position(&self, cloud: usize, dot: &Dot) -> f64 {
        let middle = (self.clouds.len() - 1) as f64 / 2.0;
        let aside = match self.parameter.numbers {
            None => (cloud as f64 - middle) * SPREAD / self.clouds.len() as f64,
            Some(_) => 0.0,
        };
        self.parameter.position(dot.level) + aside
    }

    fn spot(&self, cloud: &Cloud, dot: &Dot, (x, y): (f64, f64)) -> Spot {
        let name = (!cloud.name.is_empty()).then(|| (String::new(), cloud.name.clone()));
        let told = dot.finding.rows(self.caption, self.unit.into());
        let values = dot.values.iter().cloned();
        Spot {
            left: x - REACH,
            top: y - REACH,
            width: 2.0 * REACH,
            height: 2.0 * REACH,
            title: format!("{} {}", self.parameter.name, self.parameter.texts[dot.level]),
            rows: name.into_iter().chain(told).chain(values).collect(),
        }
    }
}

/// Whose dots these are, and what filled and hollow ones mean.
fn key(question: &Question) -> Vec<KeyEntry> {
    let named = question.clouds.iter().enumerate().filter(|(_, cloud)| !cloud.name.is_empty());
    let entry = |(index, cloud): (usize, &Cloud)| KeyEntry {
        text: cloud.name.clone(),
        swatch: Swatch::Dot { colour: Look::of(index).line, filled: true },
    };
    let mut key: Vec<_> = named.map(entry).collect();
    let judged = question.clouds.iter().flat_map(|cloud| &cloud.dots);
    if judged.into_iter().any(|dot| dot.finding.met.is_some()) {
        for (text, filled) in [("SLO met in all runs", true), ("SLO not met in all runs", false)] {
            let swatch = Swatch::Dot { colour: palette::INK, filled };
            key.push(KeyEntry { text: text.into(), swatch });
        }
    }
    key
}
