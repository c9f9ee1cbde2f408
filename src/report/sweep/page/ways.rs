//! What had been allocated of GPUs when so many had been asked for: means and standard deviations,
//! as papers have them, while the table of all points has intervals of the means.

use crate::metrics::figures::placement::names::ALLOCATED;
use crate::report::page::{Block, Cell, Column, Row, Section, Table};
use crate::report::quantity::NOTHING;
use crate::report::sweep::charts::short_name;
use crate::report::sweep::{Account, Aggregate};

/// Percents asked for that have a column: those of the table of Weng et al.'s experiment.
const ASKED: [u32; 6] = [80, 90, 95, 100, 110, 130];

/// The section, where any cluster has GPUs and places only.
pub(super) fn section(account: &Account) -> Option<Section> {
    let place = |cluster: &str, asked: u32| {
        let name = format!("{ALLOCATED}{asked}");
        let found = account.headings().find(|(_, it)| it.cluster == cluster && it.metric == name);
        found.map(|(place, _)| place)
    };
    let clusters: Vec<&str> = account.clusters();
    let having = clusters.iter().filter(|name| ASKED.iter().any(|it| place(name, *it).is_some()));
    let having: Vec<&str> = having.copied().collect();
    let parameters = account.layout.parameters.iter();
    let settings = parameters.map(|parameter| Column::words(short_name(&parameter.name)));
    let asked = ASKED.iter().map(|asked| Column::figures(format!("at {asked} %")));
    let columns = [Column::words("cluster")].into_iter().chain(settings).chain(asked);
    let names = account.names();
    let row = |(point, cluster): (usize, &str)| {
        let of = &account.aggregates.points[point];
        let settings = names.iter().map(|names| Cell::words(&names[point]));
        let figure = |asked: &u32| match place(cluster, *asked).and_then(|place| of.means[place]) {
            Some(mean) => Cell { text: shown(&mean), value: Some(mean.estimate.mean), mark: None },
            None => Cell { text: NOTHING.into(), ..Cell::default() },
        };
        Row {
            head: Cell { text: cluster.to_owned(), ..Cell::default() },
            cells: settings.chain(ASKED.iter().map(figure)).collect(),
        }
    };
    let points = 0..account.aggregates.points.len();
    let rows: Vec<Row> =
        points.flat_map(|point| having.iter().map(move |name| (point, *name))).map(row).collect();
    if rows.is_empty() {
        return None;
    }
    let text = "Share of all GPUs that was allocated when so many percent of them had been asked \
                for: the mean over the runs, and their standard deviation, in percent.";
    let table = Block::Table(Table::sortable(columns.collect(), rows));
    Section::of("GPUs allocated", vec![Block::Paragraph(text.into()), table])
}

/// `95.23 ± 0.11`
fn shown(of: &Aggregate) -> String {
    let mean = of.estimate.mean * 100.0;
    match of.deviation {
        Some(deviation) => format!("{mean:.2} ± {:.2}", deviation * 100.0),
        None => format!("{mean:.2}"),
    }
}
