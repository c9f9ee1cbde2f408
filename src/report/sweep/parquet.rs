//! `results.parquet`: one row a run, for data frames, in the Apache Parquet format (version 1
//! pages, Snappy), with the types that the columns have.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::{Kind, Layout, Row};
use crate::report::ReportError;
use crate::report::folder::PartFile;
use crate::scenario::SweepValue;

/// Values that are gathered before a group of rows is written.
const GROUP: usize = 1 << 20;

/// The values of one column.
enum Column {
    Whole(Vec<i64>),
    Number(Vec<f64>),
    Truth(Vec<bool>),
    Text(Vec<ByteArray>),
    /// Numbers, and for each row whether it has one.
    Figure(Vec<f64>, Vec<i16>),
}

/// The file while it is written.
pub struct RunsParquet<'a> {
    writer: SerializedFileWriter<Vec<u8>>,
    file: PartFile,
    layout: &'a Layout,
    columns: Vec<Column>,
    rows: usize,
}

impl<'a> RunsParquet<'a> {
    pub fn begin(file: PartFile, layout: &'a Layout) -> Result<Self, ReportError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("plimsoll {}", crate::report::VERSION))
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), schema(layout), Arc::new(properties));
        let writer = writer.expect(NEVER);
        Ok(Self { writer, file, layout, columns: empty(layout), rows: 0 })
    }

    pub fn add(&mut self, row: &Row) -> Result<(), ReportError> {
        let (first, rest) = self.columns.split_at_mut(4);
        let (values, figures) = rest.split_at_mut(self.layout.parameters.len());
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for (column, number) in
            first.iter_mut().zip([row.point as u64, row.replication.into(), row.seed])
        {
            column.push_whole(whole(number));
        }
        first[3].push_text(row.id);
        for (column, value) in values.iter_mut().zip(row.values) {
            column.push_value(value);
        }
        for (column, value) in figures.iter_mut().zip(row.figures) {
            column.push_figure(*value);
        }
        self.rows += 1;
        if self.rows * self.columns.len() >= GROUP { self.close_group() } else { Ok(()) }
    }

    fn close_group(&mut self) -> Result<(), ReportError> {
        let columns = std::mem::replace(&mut self.columns, empty(self.layout));
        self.rows = 0;
        let mut group = self.writer.next_row_group().expect(NEVER);
        for column in &columns {
            let mut writer = group.next_column().expect(NEVER).expect("one for each column");
            column.write(&mut writer).expect(NEVER);
            writer.close().expect(NEVER);
        }
        group.close().expect(NEVER);
        self.drain()
    }

    /// Hands what is in memory to the file; the writer counts on by itself.
    fn drain(&mut self) -> Result<(), ReportError> {
        let bytes = std::mem::take(self.writer.inner_mut());
        self.file.put(&bytes)
    }

    pub fn finish(mut self) -> Result<(), ReportError> {
        if self.rows > 0 {
            self.close_group()?;
        }
        self.writer.finish().expect(NEVER);
        self.drain()?;
        self.file.finish()
    }
}

/// Why writing cannot fail.
const NEVER: &str = "columns fit the schema, and memory takes all of them";

fn empty(layout: &Layout) -> Vec<Column> {
    let whole = || Column::Whole(Vec::new());
    let values = layout.parameters.iter().map(|parameter| match parameter.kind {
        Kind::Whole => whole(),
        Kind::Number => Column::Number(Vec::new()),
        Kind::Truth => Column::Truth(Vec::new()),
        Kind::Text => Column::Text(Vec::new()),
    });
    let figures = layout.figures.iter().map(|_| Column::Figure(Vec::new(), Vec::new()));
    let first = [whole(), whole(), whole(), Column::Text(Vec::new())];
    first.into_iter().chain(values).chain(figures).collect()
}

fn schema(layout: &Layout) -> TypePtr {
    let first = [
        ("point", Kind::Whole),
        ("replication", Kind::Whole),
        ("seed", Kind::Whole),
        ("id", Kind::Text),
    ];
    let first = first.map(|(name, kind)| field(name, kind, Repetition::REQUIRED));
    let values = layout
        .parameters
        .iter()
        .map(|parameter| field(&parameter.name, parameter.kind, Repetition::REQUIRED));
    let figures = layout
        .figures
        .iter()
        .map(|figure| field(&figure.name(), Kind::Number, Repetition::OPTIONAL));
    let fields = first.into_iter().chain(values).chain(figures).collect();
    let schema = Type::group_type_builder("runs").with_fields(fields).build();
    Arc::new(schema.expect("a group of fields is a schema"))
}

fn field(name: &str, kind: Kind, repetition: Repetition) -> TypePtr {
    let physical = match kind {
        Kind::Whole => Physical::INT64,
        Kind::Number => Physical::DOUBLE,
        Kind::Truth => Physical::BOOLEAN,
        Kind::Text => Physical::BYTE_ARRAY,
    };
    let text = (kind == Kind::Text).then_some(LogicalType::String);
    let field = Type::primitive_type_builder(name, physical)
        .with_repetition(repetition)
        .with_logical_type(text)
        .build();
    Arc::new(field.expect("all of these types may be so annotated"))
}

impl Column {
    fn push_whole(&mut self, number: i64) {
        match self {
            Self::Whole(numbers) => numbers.push(number),
            Self::Number(numbers) => numbers.push(number as f64),
            _ => unreachable!("the kind of a column is that of all its values"),
        }
    }

    fn push_text(&mut self, text: &str) {
        match self {
            Self::Text(texts) => texts.push(ByteArray::from(text)),
            _ => unreachable!("the kind of a column is that of all its values"),
        }
    }

    fn push_value(&mut self, value: &SweepValue) {
        match (self, &value.0) {
            (Self::Number(numbers), toml::Value::Float(number)) => numbers.push(*number),
            (Self::Truth(truths), toml::Value::Boolean(truth)) => truths.push(*truth),
            (column @ (Self::Whole(_) | Self::Number(_)), toml::Value::Integer(number)) => {
                column.push_whole(*number);
            }
            (column, _) => column.push_text(&value.plain()),
        }
    }

    fn push_figure(&mut self, value: Option<f64>) {
        if let Self::Figure(numbers, there) = self {
            numbers.extend(value);
            there.push(i16::from(value.is_some()));
        }
    }

    fn write(&self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Self::Whole(numbers) => {
                writer.typed::<Int64Type>().write_batch(numbers, None, None)?;
            }
            Self::Number(numbers) => {
                writer.typed::<DoubleType>().write_batch(numbers, None, None)?;
            }
            Self::Truth(truths) => {
                writer.typed::<BoolType>().write_batch(truths, None, None)?;
            }
            Self::Text(texts) => {
                writer.typed::<ByteArrayType>().write_batch(texts, None, None)?;
            }
            Self::Figure(numbers, there) => {
                writer.typed::<DoubleType>().write_batch(numbers, Some(there), None)?;
            }
        }
        Ok(())
    }
}
