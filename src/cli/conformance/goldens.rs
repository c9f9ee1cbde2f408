//! `conformance DIR`: does the product decide as the real Kubernetes did?

use comfy_table::{CellAlignment, Table, presets};

use super::Conformance;
use crate::cli::{Failure, Format, Outcome, eprint_text, print};
use crate::experiment::goldens::{Report, run};

/// Runs the cases of a folder and prints a line per family.
pub(super) fn execute(arguments: &Conformance) -> Result<Outcome, Failure> {
    let bar = arguments.bar("cases");
    let report = run(&arguments.table, &|done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let report = report.map_err(|error| Failure::Input(format!("error: {error}\n")))?;
    match arguments.format {
        Format::Table => print(&format!("{}\n{}\n", table(&report), report.verdict()))?,
        Format::Json => print(&json(&report))?,
        Format::Csv => print(&csv(&report))?,
    };
    if arguments.format != Format::Table && !arguments.quiet {
        eprint_text(&report.verdict());
    }
    Ok(if report.agree() == report.attempts() { Outcome::Done } else { Outcome::No })
}

fn table(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["family", "cases", "attempts", "agree", "first disagreement"]);
    for family in &report.families {
        table.add_row([
            family.name.clone(),
            family.cases.to_string(),
            family.attempts.to_string(),
            family.agree.to_string(),
            family.first.clone().unwrap_or_default(),
        ]);
    }
    for column in 1..4 {
        let column = table.column_mut(column).expect("the table has these columns");
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

fn json(report: &Report) -> String {
    let families: Vec<_> = report
        .families
        .iter()
        .map(|family| {
            serde_json::json!({
                "family": family.name,
                "cases": family.cases,
                "attempts": family.attempts,
                "agree": family.agree,
                "first_disagreement": family.first,
            })
        })
        .collect();
    let whole = serde_json::json!({
        "schema_version": 1,
        "agree": report.agree(),
        "of": report.attempts(),
        "families": families,
    });
    format!("{whole:#}\n")
}

fn csv(report: &Report) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["family", "cases", "attempts", "agree", "first_disagreement"];
    writer.write_record(header).expect("writing to memory does not fail");
    for family in &report.families {
        let fields = [
            family.name.clone(),
            family.cases.to_string(),
            family.attempts.to_string(),
            family.agree.to_string(),
            family.first.clone().unwrap_or_default(),
        ];
        writer.write_record(fields).expect("writing to memory does not fail");
    }
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("all fields were text")
}
