//! Runs of several arms, and how those of two arms pair.
//!
//! Two runs pair where they have the same seed and, if they are points of sweeps, the same values
//! of all parameters. Runs of one seed at several points depend on each other, since they share
//! their random numbers; so their figures are averaged over the points first, and what counts as
//! independent is the seed.

use std::collections::{BTreeMap, BTreeSet};

use super::QuestionError;
use crate::metrics::figures::{Figure, Heading};
use crate::report::difference::{Run, Runs};

/// Runs to compare.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// What results are filed under.
    pub name: String,
    /// Paths of what is varied between the runs of one arm, where they are of sweeps.
    pub parameters: Vec<String>,
    /// The first is the baseline, unless another is named.
    pub arms: Vec<SampleArm>,
    /// The scenario with its defaults filled in, as TOML, where the runs are of one.
    pub scenario: Option<String>,
}

/// The runs of one variant, cluster or folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleArm {
    pub name: String,
    pub runs: Vec<Observation>,
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    pub key: Key,
    pub figures: Vec<Figure>,
}

/// What runs are paired by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub seed: u64,
    /// Values of the parameters of a sweep, in their order.
    pub values: Vec<String>,
}

impl Key {
    /// That of a run which is no point of a sweep.
    pub const fn seed(seed: u64) -> Self {
        Self { seed, values: Vec::new() }
    }
}

impl Samples {
    /// All runs with all their figures.
    pub fn table(&self) -> Runs {
        let mut names: Vec<String> = Vec::new();
        let mut columns: BTreeMap<String, usize> = BTreeMap::new();
        let runs = || self.arms.iter().flat_map(|arm| arm.runs.iter().map(move |run| (arm, run)));
        for figure in runs().flat_map(|(_, run)| &run.figures) {
            let name = super::name(&figure.heading);
            columns.entry(name).or_insert_with_key(|name| {
                names.push(name.clone());
                names.len() - 1
            });
        }
        let row = |(arm, run): (&SampleArm, &Observation)| {
            let mut values = vec![None; names.len()];
            for figure in &run.figures {
                values[columns[&super::name(&figure.heading)]] = Some(figure.value);
            }
            let Key { seed, values: parameters } = run.key.clone();
            Run { arm: arm.name.clone(), seed, parameters, values }
        };
        let rows = runs().map(row).collect();
        Runs { parameters: self.parameters.clone(), figures: names, rows }
    }
}

/// The figures of one run by name.
type ByName<'a> = BTreeMap<String, &'a Figure>;

/// The runs of an arm with their partners of the baseline.
#[derive(Clone, Debug)]
pub struct Matched<'a> {
    /// Name of the arm.
    pub arm: &'a str,
    /// Baseline and arm at every point, by seed.
    seeds: BTreeMap<u64, Vec<(ByName<'a>, ByName<'a>)>>,
    /// Figures that both have, in the order of the baseline.
    shared: Vec<&'a Heading>,
    /// Names of figures that only one of them has.
    only_one: BTreeSet<String>,
    /// Keys of runs without a partner: of the baseline, of the arm.
    alone: [Vec<&'a Key>; 2],
}

impl<'a> Matched<'a> {
    /// Pairs the runs of two arms.
    ///
    /// # Errors
    /// Where no run has a partner.
    pub fn of(baseline: &'a SampleArm, arm: &'a SampleArm) -> Result<Self, QuestionError> {
        let by_key = |arm: &'a SampleArm| -> BTreeMap<&'a Key, &'a Observation> {
            arm.runs.iter().map(|run| (&run.key, run)).collect()
        };
        let (first, second) = (by_key(baseline), by_key(arm));
        let mut matched = Self {
            arm: &arm.name,
            seeds: BTreeMap::new(),
            shared: Vec::new(),
            only_one: BTreeSet::new(),
            alone: [alone(&first, &second), alone(&second, &first)],
        };
        for (key, run) in &first {
            if let Some(partner) = second.get(key) {
                let pair = (by_name(run), by_name(partner));
                matched.seeds.entry(key.seed).or_default().push(pair);
            }
        }
        if matched.seeds.is_empty() {
            let why = format!("{}, {}", has(baseline), has(arm));
            let (arm, baseline) = (arm.name.clone(), baseline.name.clone());
            return Err(QuestionError::NothingPairs { arm, baseline, why });
        }
        matched.find_shared(baseline);
        Ok(matched)
    }

    fn find_shared(&mut self, baseline: &'a SampleArm) {
        let pairs = || self.seeds.values().flatten();
        let first: BTreeSet<&String> = pairs().flat_map(|(first, _)| first.keys()).collect();
        let second: BTreeSet<&String> = pairs().flat_map(|(_, second)| second.keys()).collect();
        self.only_one = first.symmetric_difference(&second).map(|name| (*name).clone()).collect();
        let mut seen = BTreeSet::new();
        for figure in baseline.runs.iter().flat_map(|run| &run.figures) {
            let name = super::name(&figure.heading);
            if first.contains(&name) && second.contains(&name) && seen.insert(name) {
                self.shared.push(&figure.heading);
            }
        }
    }

    /// Number of independent pairs: of seeds.
    pub fn pairs(&self) -> usize {
        self.seeds.len()
    }

    /// Figures that both have.
    pub fn headings(&self) -> impl Iterator<Item = &'a Heading> {
        self.shared.iter().copied()
    }

    /// Values of a figure in the baseline and in the arm for each seed, means over the points that
    /// have it in both.
    pub fn values(&self, heading: &Heading) -> (Vec<f64>, Vec<f64>) {
        let name = super::name(heading);
        let of_seed = |points: &Vec<(ByName<'_>, ByName<'_>)>| {
            let both = points.iter().filter_map(|(first, second)| {
                Some((first.get(&name)?.value, second.get(&name)?.value))
            });
            let (mut count, mut sums) = (0.0, (0.0, 0.0));
            for (first, second) in both {
                count += 1.0;
                sums = (sums.0 + first, sums.1 + second);
            }
            (count > 0.0).then(|| (sums.0 / count, sums.1 / count))
        };
        self.seeds.values().filter_map(of_seed).unzip()
    }

    /// What a reader must know about how the runs pair.
    pub fn notes(&self, baseline: &SampleArm) -> Vec<String> {
        let mut notes = Vec::new();
        for (alone, of, other) in [
            (&self.alone[0], baseline.name.as_str(), self.arm),
            (&self.alone[1], self.arm, baseline.name.as_str()),
        ] {
            if !alone.is_empty() {
                let keys = first_few(alone.iter().map(|key| written(key)));
                notes.push(format!("{of} has runs that {other} has not, left out: {keys}"));
            }
        }
        if let Some(points) = self.seeds.values().map(Vec::len).max().filter(|most| *most > 1) {
            notes.push(format!(
                "{}: figures are means over {points} points for each seed, as runs of one seed \
                 depend on each other",
                self.arm
            ));
        }
        if !self.only_one.is_empty() {
            let (count, arm) = (self.only_one.len(), self.arm);
            let names = first_few(self.only_one.iter().cloned());
            let figures = if count == 1 { "1 figure".into() } else { format!("{count} figures") };
            let baseline = &baseline.name;
            notes.push(format!("only one of {arm} and {baseline} has {figures}: {names}"));
        }
        notes
    }

    /// What to do where no figure that was asked for is shared.
    pub fn no_figure(&self) -> String {
        match self.shared.first() {
            Some(_) => " of those asked for; `--all-metrics` compares all".into(),
            None => ": do their clusters and apps have the same names?".into(),
        }
    }
}

/// Figures that at least one arm shares with the baseline.
pub fn headings<'a>(matched: &[Matched<'a>]) -> Vec<&'a Heading> {
    let mut headings: Vec<&Heading> = Vec::new();
    let mut seen = BTreeSet::new();
    for heading in matched.iter().flat_map(Matched::headings) {
        if seen.insert(heading.name()) {
            headings.push(heading);
        }
    }
    headings
}

fn by_name(run: &Observation) -> ByName<'_> {
    run.figures.iter().map(|figure| (super::name(&figure.heading), figure)).collect()
}

fn alone<'a>(
    one: &BTreeMap<&'a Key, &'a Observation>,
    other: &BTreeMap<&'a Key, &'a Observation>,
) -> Vec<&'a Key> {
    one.keys().filter(|key| !other.contains_key(*key)).copied().collect()
}

/// `base has seeds 1, 2 and 3`.
fn has(arm: &SampleArm) -> String {
    let name = &arm.name;
    match arm.runs.as_slice() {
        [] => format!("{name} has no runs"),
        [run] => format!("{name} has {}", written(&run.key)),
        runs => format!("{name} has {}", first_few(runs.iter().map(|run| written(&run.key)))),
    }
}

fn written(key: &Key) -> String {
    match key.values.as_slice() {
        [] => format!("seed {}", key.seed),
        values => format!("seed {} at {}", key.seed, values.join(" ")),
    }
}

fn first_few(items: impl Iterator<Item = String>) -> String {
    const MOST: usize = 3;
    let all: Vec<String> = items.collect();
    let more = match all.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", all[..all.len().min(MOST)].join(", "))
}
