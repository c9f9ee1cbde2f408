//! Bars of what starts are made of on average: one for each kind of starts in each cluster.

use plotters::style::RGBColor;

use super::super::quantity::{count, duration, percent};
use super::super::starts::words;
use super::bars::{self, Bar, Part};
use super::key::{KeyEntry, Swatch};
use super::palette::{self, Look};
use super::{Drawing, Heading};
use crate::metrics::starts::Phase;
use crate::metrics::summary::{ClusterSummary, StartBreakdown};

/// A phase that takes less than this share of the longest bar is not seen, and needs no key.
const SEEN: f64 = 0.002;

/// The colour of a phase, and that of text on it.
fn colours(phase: Phase) -> (RGBColor, RGBColor) {
    let hue = |index: usize| Look::of(index).line;
    match phase {
        Phase::Cluster => (hue(6), palette::PAPER),
        Phase::Place => (palette::FREE, palette::INK),
        Phase::BackOff => (palette::AXIS, palette::INK),
        Phase::Provision => (hue(3), palette::INK),
        Phase::Boot => (hue(1), palette::PAPER),
        Phase::Machine => palette::heat(palette::HEAT_STEPS - 1),
        Phase::Attach => palette::heat(0),
        Phase::Queue => (palette::MUTED, palette::PAPER),
        Phase::Download => (hue(0), palette::PAPER),
        Phase::Extract => (hue(5), palette::INK),
        Phase::Container => (hue(4), palette::INK),
        Phase::App => (hue(2), palette::PAPER),
    }
}

/// The chart of an app's starts, or `None` where none became ready.
pub fn draw(all: &[&ClusterSummary], app: &str, heading: Heading) -> Option<Drawing> {
    let kinds = || {
        all.iter().enumerate().flat_map(|(index, cluster)| {
            let app = cluster.apps.iter().find(|it| it.name == app);
            let kinds = app.into_iter().flat_map(|app| &app.starts.kinds);
            kinds.map(move |kind| (index, *cluster, kind))
        })
    };
    let longest = kinds().map(|(.., kind)| kind.mean).fold(0.0, f64::max);
    let seen = |phase: Phase| {
        kinds().any(|(.., it)| it.mean_of(phase).is_some_and(|mean| mean > SEEN * longest))
    };
    let key: Vec<_> = Phase::ALL
        .into_iter()
        .filter(|&phase| seen(phase))
        .map(|phase| KeyEntry {
            text: words::phase(phase).into(),
            swatch: Swatch::Area(colours(phase).0),
        })
        .collect();
    let bars: Vec<_> = kinds().map(|(index, cluster, it)| bar(index, cluster, it)).collect();
    (!bars.is_empty()).then(|| bars::draw(&heading, &key, &bars))
}

fn bar(index: usize, cluster: &ClusterSummary, of: &StartBreakdown) -> Bar {
    let starts = if of.count == 1 { "start" } else { "starts" };
    let phases = of.phases.iter().filter(|it| it.mean > 0.0);
    let parts = phases.clone().map(|it| {
        let (colour, ink) = colours(it.phase);
        Part { size: it.mean, colour, text: percent(it.share), ink }
    });
    let told = phases.clone().map(|it| {
        let value = format!("{} ({})", duration(it.mean), percent(it.share));
        (words::phase(it.phase).to_owned(), value)
    });
    let pull = (of.pull_share > 0.0).then(|| ("image pull".to_owned(), percent(of.pull_share)));
    Bar {
        name: cluster.cluster.clone(),
        note: format!("{}, {} {starts}", words::kind(of.kind), count(of.count)),
        parts: parts.collect(),
        value: duration(of.mean),
        look: Look::of(index),
        rows: told.chain(pull).chain([("in all".to_owned(), duration(of.mean))]).collect(),
    }
}
