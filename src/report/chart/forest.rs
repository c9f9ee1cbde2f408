//! A forest of differences: for each figure the change against the baseline and its interval, on
//! one axis of percent.

use plotters::drawing::IntoDrawingArea;
use plotters::style::RGBColor;

use super::super::font::Weight;
use super::canvas::{Anchor, Stroke, SvgCanvas, Words};
use super::data::{ChartData, Spot};
use super::palette;
use super::sheet::{LINE, MARGIN, SMALL, Sheet, WIDTH, area, rule, title, write};
use super::ticks::{decimal, nice_step};
use super::{Drawing, Heading, text};

/// Distance between two figures.
const ROW: f64 = 26.0;
/// Room for names, and for the change in words.
const NAMES: f64 = 210.0;
const VALUES: f64 = 186.0;
/// Where the first row is.
const TOP: f64 = 92.0;
/// Changes beyond so many times the usual one are drawn at the edge: a doubling must not hide five
/// percent.
const FAR: f64 = 4.0;
/// The least the axis reaches to either side.
const NEAR: f64 = 0.01;
/// Half of the side of a mark.
const MARK: f64 = 4.0;

/// One figure.
pub struct Branch {
    pub name: String,
    /// Shares of the baseline: the change and the ends of its interval, which may be infinite.
    pub change: f64,
    pub low: f64,
    pub high: f64,
    /// The change in words.
    pub text: String,
    pub tone: Tone,
    /// What is told where the pointer is on it.
    pub rows: Vec<(String, String)>,
}

/// What a change means to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Bad,
    /// A difference that is neither.
    Plain,
    /// None is shown.
    Quiet,
}

impl Tone {
    const fn colour(self) -> RGBColor {
        match self {
            Self::Good => palette::SHADES[8].light,
            Self::Bad => palette::SHADES[7].light,
            Self::Plain => palette::INK,
            Self::Quiet => palette::AXIS,
        }
    }
}

/// The chart, or `None` of nothing.
pub fn draw(heading: &Heading, branches: &[Branch]) -> Option<Drawing> {
    if branches.is_empty() {
        return None;
    }
    let height = TOP + branches.len() as f64 * ROW + 2.0 * LINE + MARGIN;
    let scale = Scale::of(branches);
    let mut svg = String::new();
    {
        let canvas = SvgCanvas::new(&mut svg, WIDTH as u32, height as u32, &heading.title);
        let sheet: Sheet = IntoDrawingArea::into_drawing_area(canvas);
        title(&sheet, heading);
        scale.draw(&sheet, TOP - 12.0, TOP + branches.len() as f64 * ROW);
        for (index, branch) in branches.iter().enumerate() {
            scale.branch(&sheet, middle(index), branch);
        }
    }
    SvgCanvas::finish(&mut svg);
    let spots = branches.iter().enumerate().map(|(index, branch)| Spot {
        left: 0.0,
        top: middle(index) - ROW / 2.0,
        width: WIDTH,
        height: ROW,
        title: branch.name.clone(),
        rows: branch.rows.clone(),
    });
    Some(Drawing { svg, data: ChartData::Spots { spots: spots.collect() } })
}

fn middle(index: usize) -> f64 {
    TOP + (index as f64 + 0.5) * ROW
}

/// The median size of the changes that are shown to be any.
fn usual(branches: &[Branch]) -> f64 {
    let shown = branches.iter().filter(|branch| branch.tone != Tone::Quiet);
    let mut sizes: Vec<f64> = shown.map(|branch| branch.change.abs()).collect();
    if sizes.is_empty() {
        sizes.extend(branches.iter().map(|branch| branch.high.abs().min(1.0)));
    }
    sizes.sort_by(f64::total_cmp);
    sizes[sizes.len() / 2]
}

/// The axis of changes.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    fn of(branches: &[Branch]) -> Self {
        let ends = || branches.iter().flat_map(|branch| [branch.low, branch.change, branch.high]);
        let far = (FAR * usual(branches)).max(NEAR);
        let kept = || ends().map(|end| end.clamp(-far, far));
        let (low, high) = (kept().fold(0.0, f64::min), kept().fold(0.0, f64::max));
        let room = ((high - low) * 0.06).max(NEAR);
        let (low, high) = (low - room, high + room);
        Self { low, high, step: nice_step(high - low, 6.0) }
    }

    const fn left() -> f64 {
        MARGIN + NAMES + 12.0
    }

    const fn right() -> f64 {
        WIDTH - MARGIN - VALUES - 12.0
    }

    /// Where a change goes, kept within the plot.
    fn place(&self, change: f64) -> f64 {
        let share = (change.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        Self::left() + share * (Self::right() - Self::left())
    }

    fn draw(&self, sheet: &Sheet, from: f64, to: f64) {
        let (first, last) = ((self.low / self.step).ceil(), (self.high / self.step).floor());
        for tick in first as i32..=last as i32 {
            let change = f64::from(tick) * self.step;
            let x = self.place(change);
            let colour = if tick == 0 { palette::INK } else { palette::RULE };
            rule(sheet, (x, from), (x, to), Stroke::thin(colour));
            let sign = ["-", "", "+"][(tick.signum() + 1) as usize];
            let label = format!("{sign}{}", decimal(change.abs(), self.step, 0.01, "%"));
            let words = Words::new(label, SMALL, palette::MUTED).anchored(Anchor::Middle);
            write(sheet, (x, to + 14.0), words);
        }
        let caption = Words::new("change against the baseline", SMALL, palette::MUTED);
        write(sheet, (Self::right(), to + 14.0 + LINE), caption.anchored(Anchor::End));
    }

    fn branch(&self, sheet: &Sheet, y: f64, branch: &Branch) {
        let colour = branch.tone.colour();
        let name = text::fitted(&branch.name, NAMES, SMALL, Weight::Regular);
        let words = Words::new(name, SMALL, palette::INK).anchored(Anchor::End);
        write(sheet, (MARGIN + NAMES, y), words);
        let stroke = Stroke { width: 2.0, ..Stroke::thin(colour) };
        rule(sheet, (self.place(branch.low), y), (self.place(branch.high), y), stroke);
        for end in [branch.low, branch.high] {
            // an end beyond the edge has no cap
            if (self.low..=self.high).contains(&end) {
                let x = self.place(end);
                rule(sheet, (x, y - MARK), (x, y + MARK), Stroke::thin(colour));
            }
        }
        let x = self.place(branch.change);
        area(sheet, (x - MARK, y - MARK), (x + MARK, y + MARK), colour);
        let value = text::fitted(&branch.text, VALUES, SMALL, Weight::Regular);
        write(sheet, (WIDTH - MARGIN - VALUES, y), Words::new(value, SMALL, palette::INK));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(change: f64, low: f64, high: f64) -> Branch {
        let (name, text) = ("p99".into(), String::new());
        Branch { name, change, low, high, text, tone: Tone::Bad, rows: Vec::new() }
    }

    #[test]
    fn no_change_is_always_on_the_axis_and_what_is_far_away_at_its_edge() {
        let scale = Scale::of(&[branch(0.05, 0.04, 0.06)]);
        assert!(scale.low < 0.0 && scale.high > 0.06);
        let near = [branch(0.05, 0.04, 0.06), branch(0.04, 0.03, 0.05)];
        let far = branch(30.0, 20.0, f64::INFINITY);
        let far = Scale::of(&near.into_iter().chain([far]).collect::<Vec<_>>());
        // four times the median of 4, 5 and 3,000 percent, and some room
        assert!((0.2..0.25).contains(&far.high), "{}", far.high);
        assert_eq!(far.place(30.0), Scale::right());
        assert_eq!(far.place(f64::NEG_INFINITY), Scale::left());
    }
}
