//! Horizontal bars, one for each cluster: how many replicas a host carries, where memory goes.

use plotters::drawing::IntoDrawingArea;
use plotters::style::RGBColor;

use super::super::font::Weight;
use super::super::quantity::{bytes, count};
use super::canvas::{Anchor, SvgCanvas, Words};
use super::data::{ChartData, Spot};
use super::key::{self, KeyEntry, Swatch};
use super::palette::{self, Look};
use super::sheet::{MARGIN, SMALL, Sheet, WIDTH, area, title, write};
use super::{Drawing, Heading, text};
use crate::metrics::summary::ClusterSummary;

/// Height of a bar and distance between two.
const BAR: f64 = 26.0;
const ROW: f64 = 46.0;
/// Most of the width that names of clusters may take.
const NAMES: f64 = 230.0;
/// From a name to its bar, and from a bar to its value.
const GAP: f64 = 12.0;
/// Size of names and values.
const SIZE: f64 = 13.0;
/// Size of the line below a name.
const NOTE: f64 = 11.0;

/// What guest systems and hypervisors hold.
const GUESTS: &str = "guest systems and hypervisor";

pub(super) struct Bar {
    pub(super) name: String,
    /// Second line of the name.
    pub(super) note: String,
    pub(super) parts: Vec<Part>,
    /// Text after the bar.
    pub(super) value: String,
    pub(super) look: Look,
    /// What is told of it.
    pub(super) rows: Vec<(String, String)>,
}

pub(super) struct Part {
    pub(super) size: f64,
    pub(super) colour: RGBColor,
    /// Written into the part where there is room.
    pub(super) text: String,
    pub(super) ink: RGBColor,
}

/// Replicas per host at the SLO, or `None` where no search was done.
pub fn density(all: &[&ClusterSummary], heading: Heading) -> Option<Drawing> {
    let bars: Vec<_> = all
        .iter()
        .enumerate()
        .filter_map(|(index, summary)| {
            let density = summary.density.as_ref()?;
            let look = Look::of(index);
            Some(Bar {
                name: summary.cluster.clone(),
                note: format!("limited by {}", density.limited_by.replace('`', "")),
                parts: vec![Part {
                    size: f64::from(density.replicas_per_host),
                    colour: look.line,
                    text: String::new(),
                    ink: palette::PAPER,
                }],
                value: count(density.replicas_per_host.into()),
                look,
                rows: vec![
                    ("replicas per host".into(), count(density.replicas_per_host.into())),
                    ("limited by".into(), density.limited_by.replace('`', "")),
                ],
            })
        })
        .collect();
    (!bars.is_empty()).then(|| draw(&heading, &[], &bars))
}

/// Memory of the hosts used: by apps, by guest systems, free. `None` where it is not known.
pub fn memory(all: &[&ClusterSummary], heading: Heading) -> Option<Drawing> {
    // where nothing but virtual machines runs, it is they who use it
    let users = match all.iter().all(|summary| summary.apps.is_empty()) {
        true => "virtual machines",
        false => "apps",
    };
    let known = |summary: &&ClusterSummary| summary.hosts.memory_capacity > 0.0;
    let virtual_machines = all.iter().any(|summary| summary.hosts.guest_memory > 0.0);
    let [apps, guests] = [Look::of(0), Look::of(1)].map(|look| look.line);
    let bars: Vec<_> = all
        .iter()
        .enumerate()
        .filter(|(_, summary)| known(summary))
        .map(|(index, summary)| {
            let hosts = &summary.hosts;
            let used = hosts.memory_utilisation * hosts.memory_capacity;
            let guest = hosts.guest_memory.clamp(0.0, used.max(0.0));
            let part = |size: f64, colour, ink| Part {
                size: size.max(0.0),
                colour,
                text: bytes(size),
                ink,
            };
            Bar {
                name: summary.cluster.clone(),
                note: match guest {
                    0.0 => format!("{} used", plural(hosts.used, "host")),
                    // a part this small has no room for its own figure
                    _ => format!("{}, guests {}", plural(hosts.used, "host"), bytes(guest)),
                },
                parts: vec![
                    part(used - guest, apps, palette::PAPER),
                    part(guest, guests, palette::PAPER),
                    part(hosts.memory_capacity - used, palette::FREE, palette::INK),
                ],
                value: bytes(hosts.memory_capacity),
                look: Look::of(index),
                rows: [
                    Some((users, used - guest)),
                    virtual_machines.then_some((GUESTS, guest)),
                    Some(("free", hosts.memory_capacity - used)),
                    Some(("in all", hosts.memory_capacity)),
                ]
                .into_iter()
                .flatten()
                .map(|(name, size)| (name.into(), bytes(size.max(0.0))))
                .collect(),
            }
        })
        .collect();
    let entry = |text: &str, colour| KeyEntry { text: text.into(), swatch: Swatch::Area(colour) };
    let mut key = vec![entry(users, apps), entry(GUESTS, guests)];
    key.truncate(if virtual_machines { 2 } else { 1 });
    key.push(entry("free", palette::FREE));
    (!bars.is_empty()).then(|| draw(&heading, &key, &bars))
}

fn plural(number: u32, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number.into()))
}

pub(super) fn draw(heading: &Heading, key: &[KeyEntry], bars: &[Bar]) -> Drawing {
    let top = key::bottom(key) + if key.is_empty() { 12.0 } else { 22.0 };
    let height = top + bars.len() as f64 * ROW + MARGIN - 6.0;
    let mut svg = String::new();
    {
        let canvas = SvgCanvas::new(&mut svg, WIDTH as u32, height as u32, &heading.title);
        let sheet: Sheet = IntoDrawingArea::into_drawing_area(canvas);
        title(&sheet, heading);
        key::draw(&sheet, key);
        let layout = Layout::of(bars);
        for (index, bar) in bars.iter().enumerate() {
            layout.bar(&sheet, top + index as f64 * ROW, bar);
        }
        layout.base(&sheet, top - 4.0, top + bars.len() as f64 * ROW - 14.0);
    }
    SvgCanvas::finish(&mut svg);
    let spots = bars.iter().enumerate().map(|(index, bar)| spot(top + index as f64 * ROW, bar));
    Drawing { svg, data: ChartData::Spots { spots: spots.collect() } }
}

/// The whole row of a bar.
fn spot(top: f64, bar: &Bar) -> Spot {
    Spot {
        left: 0.0,
        top: top - (ROW - BAR) / 2.0,
        width: WIDTH,
        height: ROW,
        title: bar.name.clone(),
        rows: bar.rows.clone(),
    }
}

/// Where bars start, and how long a unit of them is.
struct Layout {
    left: f64,
    per_unit: f64,
}

impl Layout {
    fn of(bars: &[Bar]) -> Self {
        let widest = |widths: &mut dyn Iterator<Item = f64>| widths.fold(0.0, f64::max);
        let name = |bar: &Bar| {
            let note = text::width(&bar.note, NOTE, Weight::Regular);
            text::width(&bar.name, SIZE, Weight::SemiBold).max(note)
        };
        let names = widest(&mut bars.iter().map(name)).min(NAMES);
        let value = |bar: &Bar| text::width(&bar.value, SIZE, Weight::SemiBold);
        let values = widest(&mut bars.iter().map(value));
        let length = |bar: &Bar| bar.parts.iter().map(|part| part.size).sum();
        let longest: f64 = widest(&mut bars.iter().map(length));
        let left = MARGIN + names + GAP;
        let room = WIDTH - MARGIN - left - values - GAP;
        Self { left, per_unit: if longest > 0.0 { room / longest } else { 0.0 } }
    }

    fn bar(&self, sheet: &Sheet, top: f64, bar: &Bar) {
        let middle = top + BAR / 2.0;
        self.name(sheet, middle, bar);
        let mut x = self.left;
        for part in &bar.parts {
            let end = x + part.size * self.per_unit;
            if end > x {
                area(sheet, (x, top), (end, top + BAR), part.colour);
                let room = end - x - 10.0;
                if text::width(&part.text, SMALL, Weight::Regular) <= room {
                    let words = Words::new(&part.text, SMALL, part.ink);
                    write(sheet, ((x + end) / 2.0, middle), words.anchored(Anchor::Middle));
                }
            }
            x = end;
        }
        let words = Words::new(&bar.value, SIZE, palette::INK).bold();
        write(sheet, (x + GAP - 3.0, middle), words);
    }

    fn name(&self, sheet: &Sheet, middle: f64, bar: &Bar) {
        let x = self.left - GAP;
        let name = text::fitted(&bar.name, NAMES, SIZE, Weight::SemiBold);
        let words = Words::new(name, SIZE, bar.look.text).bold();
        write(sheet, (x, middle - 7.5), words.anchored(Anchor::End));
        let note = text::fitted(&bar.note, NAMES, NOTE, Weight::Regular);
        let words = Words::new(note, NOTE, palette::MUTED);
        write(sheet, (x, middle + 9.0), words.anchored(Anchor::End));
    }

    /// The line that all bars start from.
    fn base(&self, sheet: &Sheet, from: f64, to: f64) {
        area(sheet, (self.left - 1.0, from), (self.left, to), palette::AXIS);
    }
}
