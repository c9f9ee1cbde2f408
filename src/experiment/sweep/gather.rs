//! From results that are kept, run by run, to the tables of a sweep.
//!
//! The results are a function of the outline and of the records, whoever made them and in whatever
//! order: one machine, several, or one that was stopped ten times.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::standing::{Standing, standing, watched};
use super::{Contest, Outline, Record, Run, RunId, Store};
use crate::metrics::figures::Heading;
use crate::report::folder::Folder;
use crate::report::sweep::{Aggregates, Kind, Layout, Parameter, Row, Tables};
use crate::report::{ReportError, VERSION};

/// Records, or points, that are read at once.
const CHUNK: usize = 256;

/// Which runs the results are of.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Their places in the outline, in order.
    runs: Vec<usize>,
    /// Runs that are wanted and not there.
    pub missing: Vec<Run>,
    headings: Headings,
}

impl Selection {
    /// The runs that each point needs, as far as they are in `store`.
    pub fn of(outline: &Outline, store: &Store) -> Self {
        let mut selection = Self::default();
        let points: Vec<usize> = (0..outline.points.len()).collect();
        for points in points.chunks(CHUNK) {
            let found = points.par_iter().map(|&point| Self::of_point(outline, store, point));
            for point in found.collect::<Vec<_>>() {
                selection.runs.extend(point.runs);
                selection.missing.extend(point.missing);
                if point.headings.all != selection.headings.all {
                    point.headings.all.into_iter().for_each(|one| selection.headings.add(one));
                }
            }
        }
        selection
    }

    fn of_point(outline: &Outline, store: &Store, point: usize) -> Self {
        let mut selection = Self::default();
        let mut found: BTreeMap<RunId, Record> = BTreeMap::new();
        let mut read = |run: &Run| {
            let record = store.read(run.id)?;
            let figures = watched(outline, &record);
            found.insert(run.id, record);
            Some(figures)
        };
        let standing = standing(outline, point, &mut read);
        let (Standing::Enough(wanted) | Standing::Wants(wanted)) = standing;
        let runs = outline.of_point(point);
        let first = point * runs.len();
        for (index, run) in runs.iter().enumerate().take(wanted as usize) {
            // the first that is not there ends the search of the point
            let record = found.remove(&run.id).or_else(|| store.read(run.id));
            match record {
                Some(record) => {
                    selection.runs.push(first + index);
                    selection.headings.add_all(&record);
                }
                None => selection.missing.push(*run),
            }
        }
        selection
    }

    /// The runs that are there, in order.
    pub fn runs<'a>(&'a self, outline: &'a Outline) -> impl Iterator<Item = &'a Run> {
        self.runs.iter().map(|&index| &outline.runs[index])
    }

    /// Number of runs that are there.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether none is there.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// Headings in the order of their first appearance, with their places.
#[derive(Clone, Debug, Default)]
struct Headings {
    all: Vec<Heading>,
    places: BTreeMap<String, usize>,
}

impl Headings {
    fn add_all(&mut self, record: &Record) {
        for (index, figure) in record.figures.iter().enumerate() {
            // nearly always all runs have the same
            if self.all.get(index) != Some(&figure.heading) {
                self.add(figure.heading.clone());
            }
        }
    }

    fn add(&mut self, heading: Heading) {
        let next = self.all.len();
        if *self.places.entry(heading.name()).or_insert(next) == next {
            self.all.push(heading);
        }
    }

    fn values(&self, record: &Record) -> Vec<Option<f64>> {
        let mut values = vec![None; self.all.len()];
        for (index, figure) in record.figures.iter().enumerate() {
            let place = match self.all.get(index) {
                Some(heading) if *heading == figure.heading => index,
                _ => self.places[&figure.heading.name()],
            };
            values[place] = Some(figure.value);
        }
        values
    }
}

/// What there is to show of a sweep.
#[derive(Clone, Debug)]
pub struct Results {
    pub layout: Layout,
    pub aggregates: Aggregates,
    /// Which point is the best.
    pub contest: Contest,
}

/// Writes the tables of the selected runs into `folder`.
///
/// # Errors
/// Where a file cannot be written.
pub fn gather<'a>(
    outline: &'a Outline,
    selection: &'a Selection,
    store: &Store,
    folder: &Folder,
) -> Result<Results, ReportError> {
    let layout = layout(outline, &selection.headings.all);
    let mut contest = Contest::new(outline);
    let mut tables = Tables::begin(folder, &layout, outline.confidence)?;
    let runs: Vec<&Run> = selection.runs(outline).collect();
    let records = runs.chunks(CHUNK).flat_map(|runs| {
        let read = |run: &&'a Run| store.read(run.id).map(|record| (*run, record));
        runs.par_iter().filter_map(read).collect::<Vec<_>>()
    });
    for (run, record) in records {
        contest.enter(run, &record);
        tables.add(&Row {
            point: run.point,
            replication: run.replication,
            seed: run.seed,
            id: &run.id.to_string(),
            values: &outline.points[run.point].values,
            figures: &selection.headings.values(&record),
        })?;
    }
    let aggregates = tables.finish()?;
    folder.file("sweep.json", description(outline, selection, &layout))?;
    Ok(Results { layout, aggregates, contest })
}

fn layout(outline: &Outline, headings: &[Heading]) -> Layout {
    let parameter = |(index, name): (usize, &String)| Parameter {
        name: name.clone(),
        kind: Kind::of(outline.points.iter().map(|point| &point.values[index])),
    };
    Layout {
        parameters: outline.parameters.iter().enumerate().map(parameter).collect(),
        figures: headings.to_vec(),
    }
}

/// `sweep.json`: what the columns of the tables are.
#[derive(Serialize)]
struct Description<'a> {
    schema_version: u32,
    plimsoll: &'static str,
    scenario: &'a str,
    /// Whether all runs are there.
    complete: bool,
    runs: usize,
    points: usize,
    confidence: f64,
    parameters: &'a [String],
    figures: Vec<ColumnDescription<'a>>,
}

#[derive(Serialize)]
struct ColumnDescription<'a> {
    /// Name of the column.
    column: String,
    #[serde(flatten)]
    heading: &'a Heading,
}

fn description(outline: &Outline, selection: &Selection, layout: &Layout) -> String {
    let column = |heading| ColumnDescription { column: Heading::name(heading), heading };
    let description = Description {
        schema_version: 1,
        plimsoll: VERSION,
        scenario: &outline.scenario,
        complete: selection.missing.is_empty(),
        runs: selection.len(),
        points: outline.points.len(),
        confidence: outline.confidence,
        parameters: &outline.parameters,
        figures: layout.figures.iter().map(column).collect(),
    };
    serde_json::to_string_pretty(&description).expect("plain structs always serialise") + "\n"
}
