//! The tables of a sweep of two points, row by row and read back.

use ::parquet::file::reader::{FileReader, SerializedFileReader};

use super::*;
use crate::metrics::figures::{Better, Unit};

fn heading(metric: &str, unit: Unit) -> Heading {
    let app = if metric == "cost_per_hour" { "" } else { "web" };
    let (cluster, app, metric) = ("c".to_owned(), app.to_owned(), metric.to_owned());
    Heading { cluster, app, metric, unit, better: Better::Less }
}

fn layout() -> Layout {
    let values = |text: &str| -> Vec<SweepValue> {
        let list: toml::Table = toml::from_str(&format!("v = {text}")).unwrap();
        list["v"].as_array().unwrap().iter().cloned().map(SweepValue).collect()
    };
    let parameter =
        |name: &str, text| Parameter { name: name.into(), kind: Kind::of(values(text).iter()) };
    Layout {
        parameters: vec![
            parameter("app.web.cpu.request", "['250m', '1']"),
            parameter("app.web.replicas", "[2, 4]"),
            parameter("cluster.c.overcommit.cpu", "[1, 1.5]"),
            parameter("app.web.spread", "[true, false]"),
        ],
        figures: vec![
            heading("latency_p99", Unit::Seconds),
            heading("cost_per_hour", Unit::DollarsPerHour),
        ],
    }
}

/// Two runs of one point, the second without a latency, and one of another.
fn write(place: &std::path::Path) -> Aggregates {
    let folder = Folder::create(place.to_owned()).unwrap();
    let layout = layout();
    let mut tables = Tables::begin(&folder, &layout, 0.95).unwrap();
    let text = |text: &str| SweepValue(toml::Value::String(text.into()));
    let whole = |number| SweepValue(toml::Value::Integer(number));
    let one = [text("250m"), whole(2), whole(1), SweepValue(toml::Value::Boolean(true))];
    let overcommit = SweepValue(toml::Value::Float(1.5));
    let other = [text("1"), whole(4), overcommit, SweepValue(toml::Value::Boolean(false))];
    for (point, replication, values, figures) in [
        (0, 0, &one, [Some(0.1), Some(2.0)]),
        (0, 1, &one, [None, Some(4.0)]),
        (1, 0, &other, [Some(1.0 / 3.0), Some(8.0)]),
    ] {
        let seed = 42 + u64::from(replication);
        let row = Row { point, replication, seed, id: "f0", values, figures: &figures };
        tables.add(&row).unwrap();
    }
    tables.finish().unwrap()
}

#[test]
fn tables_have_a_row_for_each_run_and_a_mean_for_each_point() {
    let place = tempfile::tempdir().unwrap();
    let aggregates = write(place.path());
    let read = |name| std::fs::read_to_string(place.path().join(name)).unwrap();
    insta::assert_snapshot!("results", read("results.csv"));
    // t(1, 95 %) = 12.706 at a standard error of 1
    insta::assert_snapshot!("aggregate", read("aggregate.csv"));
    assert_eq!(aggregates.points.len(), 2);
    assert_eq!(aggregates.points[0].runs, 2);
    assert_eq!(aggregates.points[0].means[1].unwrap().estimate.mean, 3.0);
}

#[test]
fn parquet_has_the_types_of_the_columns_and_reads_back() {
    let place = tempfile::tempdir().unwrap();
    write(place.path());
    let file = std::fs::File::open(place.path().join("results.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows: Vec<String> =
        reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
    insta::assert_snapshot!("parquet", rows.join("\n"));
}

#[test]
fn many_rows_make_several_groups() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::create(place.path().to_owned()).unwrap();
    let figures = (0..1000).map(|index| heading(&format!("m{index}"), Unit::Count)).collect();
    let layout = Layout { parameters: Vec::new(), figures };
    let mut tables = Tables::begin(&folder, &layout, 0.95).unwrap();
    let values: Vec<Option<f64>> = (0..1000).map(|number| Some(f64::from(number))).collect();
    for point in 0..1500 {
        let row = Row { point, replication: 0, seed: 1, id: "", values: &[], figures: &values };
        tables.add(&row).unwrap();
    }
    tables.finish().unwrap();
    let file = std::fs::File::open(place.path().join("results.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    assert_eq!(reader.metadata().num_row_groups(), 2);
    let sum: i64 = reader.metadata().row_groups().iter().map(|group| group.num_rows()).sum();
    assert_eq!(sum, 1500);
    let lines = std::fs::read_to_string(place.path().join("results.csv")).unwrap();
    assert_eq!(lines.lines().count(), 1501);
}
