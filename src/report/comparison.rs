//! The comparison of clusters: measures in rows, clusters in columns, ready to be shown.
//!
//! Terminal and HTML report print the same [`Comparison`], so they cannot disagree. A measure that
//! no cluster has (CPU ready without VMs, density without a search) is left out.

pub(super) mod measures;

use crate::metrics::RunResult;
use crate::metrics::figures::Better;
use crate::metrics::summary::ClusterSummary;

use super::quantity::NOTHING;

/// All measures of a run side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// One a column.
    pub clusters: Vec<Heading>,
    pub sections: Vec<Section>,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    pub name: String,
    pub platform: String,
}

/// Measures that belong together, such as those of one app.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    pub title: String,
    pub measures: Vec<Measure>,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    pub name: String,
    /// One for each cluster.
    pub cells: Vec<Cell>,
}

/// What one cluster has of a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub text: String,
    /// Better than at least one other cluster, and worse than none.
    pub best: bool,
    /// Whether an objective was met, where the measure is one.
    pub met: Option<bool>,
}

impl Comparison {
    /// The comparison of all clusters of a run.
    pub fn of(result: &RunResult) -> Self {
        let summaries: Vec<_> = result.recordings.iter().map(|r| &r.summary).collect();
        Self {
            clusters: summaries
                .iter()
                .map(|summary| Heading {
                    name: summary.cluster.clone(),
                    platform: summary.platform.clone(),
                })
                .collect(),
            sections: measures::sections(&summaries),
        }
    }
}

impl Section {
    /// A section of the measures there are, or `None` without any.
    fn of(
        title: impl Into<String>,
        measures: impl IntoIterator<Item = Option<Measure>>,
    ) -> Option<Self> {
        let measures: Vec<_> = measures.into_iter().flatten().collect();
        (!measures.is_empty()).then(|| Self { title: title.into(), measures })
    }
}

impl Measure {
    /// A measure in numbers, or `None` where no cluster has it.
    fn numeric(
        name: &str,
        summaries: &[&ClusterSummary],
        better: Better,
        show: impl Fn(f64) -> String,
        value: impl Fn(&ClusterSummary) -> Option<f64>,
    ) -> Option<Self> {
        let values: Vec<_> = summaries
            .iter()
            .map(|summary| value(summary).filter(|value| value.is_finite()))
            .collect();
        values.iter().any(Option::is_some).then(|| {
            let mut measure = Self {
                name: name.into(),
                cells: values
                    .iter()
                    .map(|value| Cell::plain(value.map_or(NOTHING.into(), &show)))
                    .collect(),
            };
            measure.mark_best(&values, better);
            measure
        })
    }

    /// A measure in words, or `None` where no cluster has it.
    fn words(
        name: &str,
        summaries: &[&ClusterSummary],
        cell: impl Fn(&ClusterSummary) -> Option<Cell>,
    ) -> Option<Self> {
        let cells: Vec<_> = summaries.iter().map(|summary| cell(summary)).collect();
        cells.iter().any(Option::is_some).then(|| Self {
            name: name.into(),
            cells: cells
                .into_iter()
                .map(|cell| cell.unwrap_or_else(|| Cell::plain(NOTHING.into())))
                .collect(),
        })
    }

    /// Marks every cell that reads like the best one, unless all read alike.
    fn mark_best(&mut self, values: &[Option<f64>], better: Better) {
        let present = || values.iter().enumerate().filter_map(|(i, v)| Some((i, (*v)?)));
        let best = match better {
            Better::More => present().max_by(|a, b| a.1.total_cmp(&b.1)),
            Better::Less => present().min_by(|a, b| a.1.total_cmp(&b.1)),
            Better::Neither => None,
        };
        let Some((best, _)) = best else { return };
        let text = self.cells[best].text.clone();
        if present().all(|(index, _)| self.cells[index].text == text) {
            return;
        }
        for cell in &mut self.cells {
            cell.best = cell.text == text;
        }
    }
}

impl Cell {
    fn plain(text: String) -> Self {
        Self { text, best: false, met: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(values: &[Option<f64>], better: Better) -> Vec<bool> {
        let cell =
            |value: &Option<f64>| Cell::plain(value.map_or(NOTHING.into(), |v| format!("{v:.0}")));
        let mut measure = Measure { name: "m".into(), cells: values.iter().map(cell).collect() };
        measure.mark_best(values, better);
        measure.cells.iter().map(|cell| cell.best).collect()
    }

    #[test]
    fn the_best_is_marked_as_the_reader_sees_it() {
        let values = [Some(3.0), Some(1.2), None, Some(0.8)];
        assert_eq!(best(&values, Better::More), [true, false, false, false]);
        // 1.2 and 0.8 both read 1
        assert_eq!(best(&values, Better::Less), [false, true, false, true]);
        assert_eq!(best(&values, Better::Neither), [false; 4]);
    }

    #[test]
    fn without_a_difference_nothing_is_best() {
        assert_eq!(best(&[Some(1.0), Some(1.1)], Better::More), [false; 2]);
        assert_eq!(best(&[Some(1.0)], Better::More), [false]);
        assert_eq!(best(&[Some(1.0), None], Better::More), [false; 2]);
    }
}
