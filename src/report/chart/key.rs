//! The key above a plot: who is who, in as many rows as it takes.

use plotters::style::RGBColor;

use super::super::font::Weight;
use super::canvas::{Stroke, Words};
use super::palette::{self, Look};
use super::sheet::{LINE, MARGIN, SMALL, Sheet, WIDTH, area, dot, group, rule, write};
use super::text;

/// Where the middle of the first row is.
pub const TOP: f64 = 70.0;
/// Length of a line.
const SWATCH: f64 = 22.0;
/// From a swatch to its text, and from an entry to the next.
const GAP: f64 = 8.0;
const BETWEEN: f64 = 20.0;

/// One entry.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    pub text: String,
    pub swatch: Swatch,
}

/// What an entry shows.
#[derive(Clone, Copy, Debug)]
pub enum Swatch {
    Line(Look),
    Area(RGBColor),
    Dot { colour: RGBColor, filled: bool },
}

/// Where the middle of the last row is; of no rows, one above the first.
pub fn bottom(key: &[KeyEntry]) -> f64 {
    places(key).last().map_or(TOP - LINE, |place| place.1)
}

/// Draws the key.
pub fn draw(sheet: &Sheet, key: &[KeyEntry]) {
    for (index, (entry, place)) in key.iter().zip(places(key)).enumerate() {
        group(sheet, &format!("class=\"entry\" data-series=\"{index}\""), || {
            draw_entry(sheet, entry, place);
        });
    }
}

/// Where each entry starts.
fn places(key: &[KeyEntry]) -> Vec<(f64, f64)> {
    let (mut x, mut y) = (MARGIN, TOP);
    let mut places = Vec::with_capacity(key.len());
    for entry in key {
        let width = SWATCH + GAP + text::width(&shown(entry), SMALL, Weight::Regular);
        if x > MARGIN && x + width > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + LINE + 2.0);
        }
        places.push((x, y));
        x += width + BETWEEN;
    }
    places
}

/// As much of the text as fits into a row of its own.
fn shown(entry: &KeyEntry) -> String {
    let room = WIDTH - 2.0 * MARGIN - SWATCH - GAP;
    text::fitted(&entry.text, room, SMALL, Weight::Regular)
}

fn draw_entry(sheet: &Sheet, entry: &KeyEntry, (x, y): (f64, f64)) {
    let colour = match entry.swatch {
        Swatch::Line(look) => {
            rule(sheet, (x, y), (x + SWATCH, y), Stroke::of_line(look));
            look.text
        }
        Swatch::Area(colour) => {
            area(sheet, (x + GAP, y - 6.0), (x + SWATCH, y + 6.0), colour);
            palette::INK
        }
        Swatch::Dot { colour, filled } => {
            dot(sheet, (x + SWATCH - GAP, y), 3.5, colour, filled);
            palette::INK
        }
    };
    let place = (x + SWATCH + GAP, y);
    write(sheet, place, Words::new(shown(entry), SMALL, colour));
}
