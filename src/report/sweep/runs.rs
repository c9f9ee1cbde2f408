//! `results.csv`: one row a run.

use super::{Layout, Row};
use crate::report::ReportError;
use crate::report::csv_text::{disarmed, plain};
use crate::report::folder::PartFile;
use crate::scenario::SweepValue;

/// The file while it is written.
pub struct RunsCsv {
    writer: csv::Writer<Vec<u8>>,
    file: PartFile,
}

/// Bytes that are gathered before they are written.
const CHUNK: usize = 1 << 16;

impl RunsCsv {
    pub fn begin(file: PartFile, layout: &Layout) -> Result<Self, ReportError> {
        let mut runs = Self { writer: csv::Writer::from_writer(Vec::new()), file };
        let first = ["point", "replication", "seed", "id"].map(str::to_owned);
        let parameters = layout.parameters.iter().map(|parameter| parameter.name.clone());
        let figures = layout.figures.iter().map(|figure| figure.name());
        runs.record(first.into_iter().chain(parameters).chain(figures))?;
        Ok(runs)
    }

    pub fn add(&mut self, row: &Row) -> Result<(), ReportError> {
        let first = [row.point.to_string(), row.replication.to_string(), row.seed.to_string()];
        let values = row.values.iter().map(SweepValue::plain);
        let figures = row.figures.iter().map(|value| value.map_or(String::new(), plain));
        self.record(first.into_iter().chain([row.id.to_owned()]).chain(values).chain(figures))
    }

    fn record(&mut self, fields: impl Iterator<Item = String>) -> Result<(), ReportError> {
        let fields = fields.map(|field| disarmed(&field).into_owned());
        self.writer.write_record(fields).expect("memory takes rows of equal length");
        if self.writer.get_ref().len() >= CHUNK { self.drain() } else { Ok(()) }
    }

    fn drain(&mut self) -> Result<(), ReportError> {
        let full = std::mem::replace(&mut self.writer, csv::Writer::from_writer(Vec::new()));
        self.file.put(&full.into_inner().expect("memory can be flushed"))
    }

    pub fn finish(mut self) -> Result<(), ReportError> {
        self.drain()?;
        self.file.finish()
    }
}
