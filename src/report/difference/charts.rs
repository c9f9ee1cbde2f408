//! Charts of a comparison: for each arm the changes of all figures as a forest.

use super::{Arm, Comparison, Difference, GateKind, Verdict, changed, described, range, shown};
use crate::report::VERSION;
use crate::report::chart::forest::{self, Branch, Tone};
use crate::report::chart::{Chart, Heading};
use crate::report::directory::FileNames;

/// Most figures of one chart.
const BRANCHES: usize = 30;

/// One chart for each arm.
pub fn charts(comparison: &Comparison) -> Vec<Chart> {
    let mut names = FileNames::default();
    comparison.arms.iter().filter_map(|arm| chart(comparison, arm, &mut names)).collect()
}

fn chart(comparison: &Comparison, arm: &Arm, names: &mut FileNames) -> Option<Chart> {
    let title = format!("What does {} change?", arm.name);
    let heading = Heading {
        title: title.clone(),
        subtitle: format!(
            "{}  ·  against {}  ·  {} pairs of runs  ·  plimsoll {VERSION}",
            comparison.name, comparison.baseline, arm.pairs
        ),
    };
    let clusters = comparison.names_clusters();
    let branches = arm.differences.iter().filter_map(|one| branch(one, clusters));
    let drawing = forest::draw(&heading, &branches.take(BRANCHES).collect::<Vec<_>>())?;
    let name = format!("changes-{}", names.name(&arm.name));
    Some(Chart { name, title, svg: drawing.svg, data: Some(drawing.data) })
}

/// A change that is a share of the baseline; what is the same in all pairs is not worth a line.
fn branch(difference: &Difference, clusters: bool) -> Option<Branch> {
    let relative = difference.paired.relative?;
    let unit = difference.heading.unit;
    let kind = GateKind::RelativeChange;
    let change = changed(relative.estimate, kind, unit);
    let interval = range(&relative, kind, unit);
    (difference.verdict != Verdict::Identical).then(|| Branch {
        name: described(&difference.heading, clusters),
        change: relative.estimate,
        low: relative.low,
        high: relative.high,
        text: format!("{change} ({interval})"),
        tone: tone(difference),
        rows: vec![
            ("baseline".into(), shown(difference.paired.baseline.estimate, unit)),
            ("here".into(), shown(difference.paired.variant.estimate, unit)),
            ("change".into(), change),
            ("interval".into(), interval),
            ("verdict".into(), difference.verdict.words().into()),
        ],
    })
}

const fn tone(difference: &Difference) -> Tone {
    match difference.verdict {
        Verdict::Better => Tone::Good,
        Verdict::Worse => Tone::Bad,
        Verdict::Differs => Tone::Plain,
        Verdict::NotShown | Verdict::Identical => Tone::Quiet,
    }
}
