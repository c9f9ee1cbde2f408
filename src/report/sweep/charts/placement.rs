//! What becomes of GPUs by how many were asked for: a line with its band for each policy, and a
//! chart for each combination of all else that was varied, such as the workload.

use super::{Album, Whose};
use crate::metrics::figures::placement::names;
use crate::report::chart::bands::{self, Line};
use crate::report::chart::levels::Levels;
use crate::report::chart::placement::{ALLOCATED, asked, start};

/// The figures of one cluster on the way: percents asked for, and the places of the figures.
struct Way {
    cluster: String,
    steps: Vec<(u32, usize)>,
}

impl Album<'_> {
    /// All of them.
    pub(super) fn ways(&mut self) {
        let is_policy = |levels: &&Levels| levels.name.ends_with("replay.policy");
        let found = self.parameters.iter().find(is_policy).or(self.parameters.first());
        let Some(policies) = found.cloned() else { return };
        let others = self.parameters.iter().filter(|levels| levels.name != policies.name);
        let others: Vec<Levels> = others.cloned().collect();
        for way in self.all_ways() {
            let mut done: Vec<Vec<usize>> = Vec::new();
            for point in 0..policies.of_point.len() {
                let settings = of(&others, point);
                if !done.contains(&settings) {
                    self.way(&way, &policies, &others, &settings);
                    done.push(settings);
                }
            }
        }
    }

    fn all_ways(&self) -> Vec<Way> {
        let mut ways: Vec<Way> = Vec::new();
        for (place, heading) in self.account.headings() {
            let percent = heading.metric.strip_prefix(names::ALLOCATED);
            let Some(percent) = percent.and_then(|text| text.parse().ok()) else { continue };
            match ways.iter_mut().find(|way| way.cluster == heading.cluster) {
                Some(way) => way.steps.push((percent, place)),
                None => ways
                    .push(Way { cluster: heading.cluster.clone(), steps: vec![(percent, place)] }),
            }
        }
        ways.iter_mut().for_each(|way| way.steps.sort_unstable());
        ways
    }

    fn way(&mut self, way: &Way, policies: &Levels, others: &[Levels], settings: &[usize]) {
        let points: Vec<usize> =
            (0..policies.of_point.len()).filter(|&point| of(others, point) == settings).collect();
        let mean = |point: usize, place| Some(self.account.finding(point, place)?.mean);
        let all = points.iter().flat_map(|&point| {
            let steps = way.steps.iter();
            steps.filter_map(move |&(asked, place)| Some((asked, mean(point, place)?)))
        });
        let start = start(all);
        let shown: Vec<(u32, usize)> =
            way.steps.iter().copied().filter(|(asked, _)| *asked >= start).collect();
        let line = |&point: &usize| Line {
            name: policies.texts[policies.of_point[point]].clone(),
            findings: shown.iter().map(|(_, place)| self.account.finding(point, *place)).collect(),
        };
        let lines: Vec<Line> = points.iter().map(line).collect();
        let of_what = others.iter().zip(settings).map(|(of, level)| of.texts[*level].as_str());
        let of_what = of_what.collect::<Vec<_>>().join(", ");
        let cluster = (self.account.clusters().len() > 1).then(|| way.cluster.clone());
        let whose = Whose { app: of_what.clone(), cluster };
        let mut title = "How many GPUs are allocated, by how many were asked for".to_owned();
        for part in [Some(of_what), whose.cluster.clone()].into_iter().flatten() {
            if !part.is_empty() {
                title += &format!(", {part}");
            }
        }
        let parameter = asked(shown.iter().map(|(asked, _)| *asked));
        let unit = crate::metrics::figures::Unit::Fraction;
        self.add("gpus-allocated".to_owned(), title + "?", &whose, |heading| {
            bands::draw(bands::Question {
                heading,
                caption: ALLOCATED,
                unit,
                parameter: &parameter,
                lines,
                limit: None,
            })
        });
    }
}

/// The values that parameters have at a point.
fn of(parameters: &[Levels], point: usize) -> Vec<usize> {
    parameters.iter().map(|levels| levels.of_point[point]).collect()
}
