//! Results of runs, one file each, named by what decides them.
//!
//! A file is there or not, whole: it is written beside its place and renamed. So whatever stops a
//! sweep, its finished runs are kept, and several machines may write into one folder without asking
//! each other: two that make the same run write the same bytes. A file that a loss of power left
//! damaged is none.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Run, RunId};
use crate::metrics::figures::{Better, Figure, Heading, Unit};
use crate::report::ReportError;
use crate::report::folder::{Folder, Placed};

/// Version of the layout of [`Record`] in a file.
const SCHEMA_VERSION: u32 = 1;

/// What is kept of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    schema_version: u32,
    /// What it is filed under.
    pub id: RunId,
    /// Seed of all random streams.
    pub seed: u64,
    /// Its figures, in the order of [`figures`](crate::metrics::figures::figures).
    #[serde(with = "rows")]
    pub figures: Vec<Figure>,
}

impl Record {
    /// The record of a run that came to these figures.
    pub const fn new(run: &Run, figures: Vec<Figure>) -> Self {
        Self { schema_version: SCHEMA_VERSION, id: run.id, seed: run.seed, figures }
    }
}

/// A folder of records.
#[derive(Clone, Debug)]
pub struct Store {
    folder: Folder,
}

impl Store {
    /// The records in the folder `runs` of `folder`.
    ///
    /// # Errors
    /// Where that cannot be made.
    pub fn open(folder: &Folder) -> Result<Self, ReportError> {
        Ok(Self { folder: folder.folder("runs")? })
    }

    /// The record of a run; `None` where there is none that can be used.
    pub fn read(&self, id: RunId) -> Option<Record> {
        Self::read_from(self.folder.path(), id)
    }

    /// That in another folder of records.
    pub fn read_from(runs: &Path, id: RunId) -> Option<Record> {
        let text = fs::read_to_string(runs.join(file_name(id))).ok()?;
        let record: Record = serde_json::from_str(&text).ok()?;
        (record.id == id && record.schema_version == SCHEMA_VERSION).then_some(record)
    }

    /// Keeps a record, whatever happens to this process; once it is synced, to the machine.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, record: &Record) -> Result<Placed, ReportError> {
        let text = serde_json::to_string(record).expect("plain structs always serialise");
        let mut part = self.folder.begin(&file_name(record.id))?;
        part.put(text.as_bytes())?;
        part.put(b"\n")?;
        part.place()
    }

    /// Takes away what processes that were killed left half written.
    pub fn sweep_parts(&self) {
        self.folder.sweep_parts();
    }
}

fn file_name(id: RunId) -> String {
    format!("{id}.json")
}

/// Figures as rows, which take half the room of objects.
mod rows {
    use serde::{Deserializer, Serializer};

    use super::{Better, Deserialize, Figure, Heading, Serialize, Unit};

    type Row<S> = (S, S, S, Unit, Better, f64);

    pub fn serialize<S: Serializer>(figures: &[Figure], to: S) -> Result<S::Ok, S::Error> {
        let row = |figure: &Figure| -> Row<String> {
            let of = figure.heading.clone();
            (of.cluster, of.app, of.metric, of.unit, of.better, figure.value)
        };
        figures.iter().map(row).collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Figure>, D::Error> {
        let rows: Vec<Row<String>> = Vec::deserialize(from)?;
        let figure = |(cluster, app, metric, unit, better, value)| Figure {
            heading: Heading { cluster, app, metric, unit, better },
            value,
        };
        Ok(rows.into_iter().map(figure).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(value: f64) -> Record {
        let heading = Heading {
            cluster: "c".into(),
            app: "web".into(),
            metric: "latency_p99".into(),
            unit: Unit::Seconds,
            better: Better::Less,
        };
        let run = Run { point: 0, replication: 0, seed: 7, id: RunId::of("x", &[], 7) };
        Record::new(&run, vec![Figure { heading, value }])
    }

    proptest! {
        #[test]
        fn what_is_kept_reads_back_to_the_last_bit(value in prop::num::f64::NORMAL) {
            let place = tempfile::tempdir().unwrap();
            let store = Store::open(&Folder::create(place.path().to_owned()).unwrap()).unwrap();
            store.write(&record(value)).unwrap();
            let found = store.read(record(value).id).unwrap();
            prop_assert_eq!(found.figures[0].value.to_bits(), value.to_bits());
        }
    }

    #[test]
    fn a_damaged_record_is_none() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(&Folder::create(place.path().to_owned()).unwrap()).unwrap();
        let record = record(1.5);
        assert_eq!(store.read(record.id), None);
        store.write(&record).unwrap();
        assert_eq!(store.read(record.id), Some(record.clone()));
        let file = place.path().join("runs").join(file_name(record.id));
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, &text[..text.len() / 2]).unwrap();
        assert_eq!(store.read(record.id), None);
        // another run's record under this name
        fs::write(&file, text.replace(&record.id.to_string(), &"0".repeat(32))).unwrap();
        assert_eq!(store.read(record.id), None);
    }
}
