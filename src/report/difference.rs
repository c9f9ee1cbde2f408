//! What a comparison of several runs found, as plain data: who was compared with whom, how each
//! figure differs, and whether what was not to happen did.
//!
//! The experiments fill a [`Comparison`]; terminal, files and pages show it, and so cannot
//! disagree.
//!
//! * [`sentence`]: the answer in words.
//! * [`terminal`]: the tables.
//! * [`page`]: `report.html`, with its [`charts`].
//! * [`files`]: the same for programs, as JSON and CSV, and the folder with all of it.

pub mod charts;
pub mod files;
pub mod page;
pub mod sentence;
pub mod terminal;

use crate::metrics::figures::{Heading, Unit};
use crate::statistics::paired::{Interval, Paired};

use super::quantity::{NOTHING, bytes, duration, energy, money, number, percent, rate};

/// All that was compared with one baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// `simulation.name`, or the names of the folders.
    pub name: String,
    /// What the others are held against.
    pub baseline: String,
    /// The others, in the order of the scenario.
    pub arms: Vec<Arm>,
    /// Of all intervals and verdicts, such as 0.95.
    pub confidence: f64,
    /// What a reader must know: runs without a partner, figures that only one has.
    pub notes: Vec<String>,
    /// What was not to happen, and whether it did.
    pub gates: Vec<Gate>,
    /// All runs with all their figures.
    pub runs: Runs,
    /// The scenario with its defaults filled in, where the runs are of one.
    pub scenario: Option<String>,
}

/// One of those that are held against the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// A variant, a cluster or a folder.
    pub name: String,
    /// Independent pairs of runs: one for each seed.
    pub pairs: usize,
    /// One for each figure that was compared.
    pub differences: Vec<Difference>,
}

/// How one figure differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What it is. The cluster is empty where clusters are compared.
    pub heading: Heading,
    /// Means, differences, intervals.
    pub paired: Paired,
    /// The p value after Holm's correction for all figures of the comparison; none of one pair.
    pub adjusted_p: Option<f64>,
    pub verdict: Verdict,
}

/// What the runs say about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Better,
    Worse,
    /// There is a difference, and neither end is the good one.
    Differs,
    /// Whether there is a difference is not known from these runs.
    NotShown,
    /// The same value in every pair.
    Identical,
}

impl Verdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Differs => "differs",
            Self::NotShown => "no difference shown",
            Self::Identical => "identical",
        }
    }

    /// One word for programs.
    pub const fn token(self) -> &'static str {
        match self {
            Self::NotShown => "no_difference_shown",
            other => other.words(),
        }
    }

    /// Whether there is a difference.
    pub const fn is_shown(self) -> bool {
        matches!(self, Self::Better | Self::Worse | Self::Differs)
    }
}

/// A condition that was to be false, held against one figure of one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// As it was given.
    pub condition: String,
    pub arm: String,
    pub heading: Heading,
    pub kind: GateKind,
    /// What is held against the threshold; none where the runs do not have it.
    pub measured: Option<Interval>,
    /// In the unit of the figure, or a share of the baseline.
    pub threshold: f64,
    pub outcome: GateOutcome,
    /// For what is undecided: why, and what would decide it.
    pub advice: Option<String>,
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// The change, as a share of the baseline.
    RelativeChange,
    /// The change, in the unit of the figure.
    AbsoluteChange,
    /// The mean itself, without the baseline.
    Level,
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOutcome {
    /// It does not: the interval lies wholly on the good side.
    Passed,
    /// It does: the interval lies wholly beyond the threshold.
    Failed,
    /// The threshold is within the interval.
    Undecided,
}

/// All runs as a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Runs {
    /// Paths of what was varied beside, where the runs are of sweeps.
    pub parameters: Vec<String>,
    /// Names of the figures.
    pub figures: Vec<String>,
    pub rows: Vec<Run>,
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub arm: String,
    pub seed: u64,
    /// One for each parameter.
    pub parameters: Vec<String>,
    /// One for each figure, where the run has it.
    pub values: Vec<Option<f64>>,
}

impl Comparison {
    /// All differences, of one arm after another.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.arms.iter().flat_map(|arm| &arm.differences)
    }

    /// Whether figures are of more than one cluster, so that it has to be named.
    pub fn names_clusters(&self) -> bool {
        let mut clusters = self.differences().map(|difference| &difference.heading.cluster);
        let first = clusters.next();
        clusters.any(|cluster| Some(cluster) != first)
    }

    /// Whether any condition held, or, where it must be known, may hold.
    pub fn fails(&self, strict: bool) -> bool {
        self.gates.iter().any(|gate| match gate.outcome {
            GateOutcome::Failed => true,
            GateOutcome::Undecided => strict,
            GateOutcome::Passed => false,
        })
    }
}

impl Difference {
    /// Whether there is a difference, but of less than [`NEGLIGIBLE`] of the baseline, or of the
    /// whole where the figure is a share.
    pub fn is_negligible(&self) -> bool {
        let (kind, change) = self.change();
        let is_share = kind == GateKind::RelativeChange || self.heading.unit == Unit::Fraction;
        self.verdict.is_shown() && is_share && change.estimate.abs() < NEGLIGIBLE
    }

    /// What is shown of the change: shares of the baseline, points where the figure is a share
    /// itself, and the difference where there is no share of the baseline.
    pub fn change(&self) -> (GateKind, Interval) {
        match self.paired.relative {
            Some(relative) if self.heading.unit != Unit::Fraction => {
                (GateKind::RelativeChange, relative)
            }
            _ => (GateKind::AbsoluteChange, self.paired.absolute),
        }
    }
}

/// Smaller changes than this, in size, are nothing to decide on, however well they are known.
pub const NEGLIGIBLE: f64 = 0.001;

/// `latency p99 of web on vms`.
pub fn described(heading: &Heading, with_cluster: bool) -> String {
    let mut text = heading.metric.replace('_', " ");
    if !heading.app.is_empty() {
        text += &format!(" of {}", heading.app);
    }
    if with_cluster && !heading.cluster.is_empty() {
        text += &format!(" on {}", heading.cluster);
    }
    text
}

/// A value of a figure as people read it.
pub fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count | Unit::ReplicasPerHost => number(value),
        Unit::Seconds => duration(value),
        Unit::Fraction => percent(value),
        Unit::Bytes => bytes(value),
        Unit::PerSecond => rate(value),
        Unit::KilowattHours => energy(value),
        Unit::DollarsPerHour if value.is_finite() => format!("{}/h", money(value)),
        Unit::DollarsPerHour => NOTHING.into(),
        Unit::Dollars => money(value),
    }
}

/// A change with its sign: `+12.3 %`, `-1.20 ms`, `+0.5 pp` (percentage points); a dash where it is
/// not known.
pub fn changed(value: f64, kind: GateKind, unit: Unit) -> String {
    if !value.is_finite() {
        return NOTHING.into();
    }
    let size = match (kind, unit) {
        (GateKind::Level, unit) => return shown(value, unit),
        (GateKind::RelativeChange, _) => format!("{} %", small_number(value.abs() * 100.0)),
        (GateKind::AbsoluteChange, Unit::Fraction) => {
            format!("{} pp", small_number(value.abs() * 100.0))
        }
        // a price is not quoted any finer
        (GateKind::AbsoluteChange, Unit::DollarsPerHour) if value.abs() < 0.00005 => "0 $/h".into(),
        (GateKind::AbsoluteChange, unit) => shown(value.abs(), unit),
    };
    let sign = match value {
        _ if size.starts_with("0 ") || size == "0" => "",
        value if value < 0.0 => "-",
        _ => "+",
    };
    format!("{sign}{size}")
}

/// The ends of an interval: `+1.2 to +3.4 %`; in words where one is not known.
pub fn range(interval: &Interval, kind: GateKind, unit: Unit) -> String {
    if interval.low == interval.high {
        return "in every pair".into();
    }
    let end = |value: f64| changed(value, kind, unit);
    let (low, high) = (end(interval.low), end(interval.high));
    match (interval.low.is_finite(), interval.high.is_finite()) {
        (true, true) => match (low.rsplit_once(' '), high.rsplit_once(' ')) {
            // one unit is enough where it is the same
            (Some((number, one)), Some((_, other))) if one == other => {
                format!("{number} to {high}")
            }
            _ => format!("{low} to {high}"),
        },
        (true, false) => format!("at least {low}"),
        (false, true) => format!("at most {high}"),
        (false, false) => "not known".into(),
    }
}

/// To three significant digits and at most three decimals.
fn small_number(value: f64) -> String {
    match value {
        value if value >= 0.995 => number(value),
        value if value >= 0.0005 => format!("{value:.3}"),
        _ => "0".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_carry_their_sign_and_unit() {
        let cases = [
            (0.1234, GateKind::RelativeChange, Unit::Seconds, "+12.3 %"),
            (-0.5, GateKind::RelativeChange, Unit::Seconds, "-50.0 %"),
            (2e-6, GateKind::RelativeChange, Unit::Seconds, "0 %"),
            (-0.0012, GateKind::AbsoluteChange, Unit::Seconds, "-1.20 ms"),
            (0.005, GateKind::AbsoluteChange, Unit::Fraction, "+0.500 pp"),
            (0.0, GateKind::AbsoluteChange, Unit::Count, "0"),
            (-3e-7, GateKind::RelativeChange, Unit::Count, "0 %"),
            (1.5, GateKind::AbsoluteChange, Unit::DollarsPerHour, "+$ 1.50/h"),
            (0.25, GateKind::Level, Unit::Seconds, "250 ms"),
            (f64::INFINITY, GateKind::RelativeChange, Unit::Seconds, "–"),
        ];
        for (value, kind, unit, text) in cases {
            assert_eq!(changed(value, kind, unit), text);
        }
    }

    #[test]
    fn an_interval_says_where_it_has_no_end() {
        let of = |low, high| Interval { estimate: 0.01, low, high };
        let (kind, unit) = (GateKind::RelativeChange, Unit::Seconds);
        assert_eq!(range(&of(-0.01, 0.03), kind, unit), "-1.00 to +3.00 %");
        assert_eq!(range(&of(f64::NEG_INFINITY, f64::INFINITY), kind, unit), "not known");
        assert_eq!(range(&of(0.01, 0.01), kind, unit), "in every pair");
    }
}
