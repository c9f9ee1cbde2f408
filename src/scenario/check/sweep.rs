//! `[sweep]`: ranges that have values, lists without repetition, not more runs than one can wait
//! for. Whether the values fit where they are put is found by putting them there.

use super::Finding;
use super::ranges::within;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::sweep::{Axis, Design, Parameter, Sweep, SweepValue};

/// Most runs of a sweep: at one a second they take eleven days.
const MOST_RUNS: u64 = 1_000_000;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    let Some(sweep) = &draft.sweep else { return };
    let at = Path::section("sweep");
    let before = out.len();
    let replications = sweep.replications;
    within(replications, &(1..=10_000), at.key("replications"), "the number of replications", out);
    check_seeds(sweep, out);
    check_precision(sweep, out);
    check_design(sweep, out);
    for (path, parameter) in &sweep.parameters {
        let at = at.key("parameters").key(path.clone());
        check_path(path, "sweep", &at, out);
        match parameter {
            Parameter::List(values) => check_list(values, &at, out),
            Parameter::Range(_) => check_range(parameter, sweep.design, &at, out),
        }
    }
    if out.len() == before {
        check_size(sweep, out);
    }
}

fn check_seeds(sweep: &Sweep, out: &mut Vec<Finding>) {
    let at = Path::section("sweep").key("seeds");
    if sweep.seeds.is_empty() {
        return;
    }
    within(sweep.seeds.len() as u32, &(1..=10_000), at.clone(), "the number of seeds", out);
    let mut seen = std::collections::BTreeSet::new();
    if let Some(twice) = sweep.seeds.iter().find(|seed| !seen.insert(**seed)) {
        let title = format!("the seed {twice} stands here twice: its runs would count double");
        out.push(Finding::new(at.clone(), title));
    }
    if sweep.replications != 1 {
        let title = "there is a run for each of the `seeds`";
        let finding = Finding::new(Path::section("sweep").key("replications"), title);
        out.push(finding.related(at.clone(), "the seeds").help("leave out one of the two"));
    }
    if sweep.precision.is_some() {
        let title = "`precision` adds runs, whose seeds would not be among these";
        let finding = Finding::new(at, title);
        out.push(finding.help("say `replications`, or leave `precision` out"));
    }
}

fn check_precision(sweep: &Sweep, out: &mut Vec<Finding>) {
    let at = Path::section("sweep");
    if !(0.5..=0.9999).contains(&sweep.confidence.0) {
        let title = format!("a confidence of {} is of no use", sweep.confidence);
        out.push(Finding::new(at.key("confidence"), title).help("95% and 99% are usual"));
    }
    let Some(precision) = &sweep.precision else { return };
    let at = at.key("precision");
    within(precision.most, &(2..=10_000), at.key("most"), "the most replications", out);
    if precision.half_width.0 <= 0.0 {
        let title = "no mean of a finite number of runs is known exactly";
        out.push(Finding::new(at.key("half_width"), title).help("such as `2%`"));
    }
    if sweep.replications < 2 {
        let title = "how well a mean is known is not seen from one run";
        let finding = Finding::new(at, title);
        out.push(finding.help("begin with more: `replications = 5`"));
    } else if precision.most < sweep.replications {
        let title = format!("fewer than the {} to begin with", sweep.replications);
        let finding = Finding::new(at.key("most"), title);
        out.push(finding.related(Path::section("sweep").key("replications"), "to begin with"));
    }
}

fn check_design(sweep: &Sweep, out: &mut Vec<Finding>) {
    let at = Path::section("sweep").key("design");
    let Some(samples) = sweep.design.samples() else { return };
    let key = match sweep.design {
        Design::LatinHypercube { .. } => "latin-hypercube",
        _ => "random",
    };
    let most = MOST_RUNS as u32;
    within(samples, &(1..=most), at.key(key).key("samples"), "the number of samples", out);
    if sweep.parameters.is_empty() {
        let title = "there is nothing to draw: the sweep has no parameters";
        out.push(Finding::new(at, title).help(
            "add them: `parameters = { \"app.web.replicas\" = [2, 4, 8] }`, or leave `design` out",
        ));
    }
}

/// What a sweep, a search or a variant changes must be a value of the scenario, other than its
/// seed.
pub fn check_path(path: &str, what: &str, at: &Path, out: &mut Vec<Finding>) {
    let section = path.split('.').next().unwrap_or(path);
    if path.contains('=') || path.split('.').any(|step| step.trim() != step || step.is_empty()) {
        let title = format!("`{path}` is not a path of the scenario");
        let finding = Finding::new(at.clone(), title).on_key();
        out.push(finding.help("write it like `app.web.replicas`"));
    } else if section == what {
        let title = format!("a {what} cannot vary itself");
        out.push(Finding::new(at.clone(), title).on_key());
    } else if ["sweep", "size", "variant"].contains(&section) {
        let title = format!("a {what} varies what is simulated, not how often");
        out.push(Finding::new(at.clone(), title).on_key());
    } else if path == "simulation.seed" {
        let title = "the seed is varied by `replications`";
        let finding = Finding::new(at.clone(), title).on_key();
        out.push(finding.help(match what {
            "sweep" => "every point has the same seeds, so that points can be compared",
            "variant" => "all variants have the same seeds, so that they can be compared",
            _ => "all fleets have the same seeds, so that they can be compared",
        }));
    }
}

/// A list needs values, each of them once.
pub(super) fn check_list(values: &[SweepValue], at: &Path, out: &mut Vec<Finding>) {
    if values.is_empty() {
        let title = "the list is empty: the parameter has no value at all";
        out.push(Finding::new(at.clone(), title).help("list its values, or leave it out"));
    }
    for (index, value) in values.iter().enumerate() {
        if let Some(first) = values[..index].iter().position(|earlier| earlier == value) {
            let title = format!("{value} is in the list twice");
            let finding = Finding::new(at.index(index), title).label("second");
            out.push(finding.related(at.index(first), "first"));
        }
    }
}

fn check_range(parameter: &Parameter, design: Design, at: &Path, out: &mut Vec<Finding>) {
    match parameter.axis() {
        Err(fault) => {
            let finding = Finding::new(at.key(fault.key), fault.title);
            out.push(match fault.help {
                Some(help) => finding.help(help),
                None => finding,
            });
        }
        Ok(Axis::Between(_)) if design == Design::Grid => {
            let title = "a grid needs a range with `steps` or a `step`";
            out.push(Finding::new(at.clone(), title).help(
                "or draw from the range: `design = { latin-hypercube = { samples = 100 } }`",
            ));
        }
        Ok(_) => {}
    }
}

fn check_size(sweep: &Sweep, out: &mut Vec<Finding>) {
    let values = |parameter: &Parameter| match parameter.axis() {
        Ok(Axis::Values(values)) => values.len() as u64,
        _ => 1,
    };
    let points = match sweep.design.samples() {
        Some(samples) => u64::from(samples),
        None => sweep.parameters.values().map(values).fold(1, u64::saturating_mul),
    };
    let runs = points.saturating_mul(u64::from(sweep.most_replications()));
    if runs > MOST_RUNS {
        let title = format!("the sweep has {runs} runs, more than {MOST_RUNS}");
        let help =
            "take fewer values, or draw some: `design = { latin-hypercube = { samples = 100 } }`";
        out.push(Finding::new(Path::section("sweep"), title).help(help));
    }
}
