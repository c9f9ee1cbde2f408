//! `[size]`: limits that leave something to search, choices that can be told apart, an objective to
//! meet and prices to compare. Whether the values fit where they are put is found by putting them
//! there.

use super::Finding;
use super::ranges::within;
use super::sweep::{check_list, check_path};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;
use crate::scenario::sweep::{Axis, Parameter};
use crate::scenario::{Minimise, Size};

/// Most combinations of choices: each takes a search of its own.
const MOST_CHOICES: u64 = 1000;
/// Most runs of one fleet.
const MOST_REPLICATIONS: u32 = 10_000;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    let Some(size) = &draft.size else { return };
    let at = Path::section("size");
    check_path(&size.vary, "search", &at.key("vary"), out);
    check_limits(size, &at, out);
    check_choices(size, &at, out);
    check_objectives(draft, &at, out);
    if let Some(name) = &size.cluster
        && draft.clusters.find(name) == Referent::Missing
    {
        let known = draft.clusters.names().map(|(_, name)| name);
        let finding = Finding::new(at.key("cluster"), format!("there is no cluster `{name}`"));
        out.push(finding.help(suggestion(name, known, "cluster")));
    }
    if size.minimise == Some(Minimise::Cost) && !any_price(draft) {
        let title = "nothing has a price, so no fleet is cheaper than another";
        let finding = Finding::new(at.key("minimise"), title);
        out.push(finding.help("give the hosts a `price`, or write `minimise = \"number\"`"));
    }
}

fn check_limits(size: &Size, at: &Path, out: &mut Vec<Finding>) {
    within(size.from, &(1..=1_000_000), at.key("from"), "the smallest number", out);
    within(size.to, &(1..=1_000_000), at.key("to"), "the largest number", out);
    if size.from > size.to {
        let title = format!("there is no number from {} to {}", size.from, size.to);
        let finding = Finding::new(at.key("to"), title).label("largest");
        out.push(finding.related(at.key("from"), "smallest"));
    }
    let sure = size.confidence.0;
    if !(0.5..=0.9999).contains(&sure) {
        let title = format!("the confidence must be from 50% to 99.99%, not {}", size.confidence);
        out.push(Finding::new(at.key("confidence"), title));
    }
    let limits = size.replications;
    let at = at.key("replications");
    within(limits.min, &(2..=MOST_REPLICATIONS), at.key("min"), "the fewest runs of a fleet", out);
    within(limits.max, &(2..=MOST_REPLICATIONS), at.key("max"), "the most runs of a fleet", out);
    if limits.min > limits.max {
        let title = format!("at least {} runs and at most {}", limits.min, limits.max);
        let finding = Finding::new(at.key("max"), title).label("most");
        out.push(finding.related(at.key("min"), "fewest").help("leave one of them out"));
    }
}

fn check_choices(size: &Size, at: &Path, out: &mut Vec<Finding>) {
    let at = at.key("choices");
    let mut combinations = 1_u64;
    for (path, parameter) in &size.choices {
        let at = at.key(path.clone());
        check_path(path, "search", &at, out);
        if *path == size.vary {
            let title = "this is the number that is searched for";
            out.push(Finding::new(at.clone(), title).on_key().help("leave it out of the choices"));
        }
        match (parameter, parameter.axis()) {
            (Parameter::List(values), _) => check_list(values, &at, out),
            (_, Ok(Axis::Values(_))) => {}
            (_, Ok(Axis::Between(_))) => {
                let title = "a choice needs a range with `steps` or a `step`";
                out.push(Finding::new(at.clone(), title));
            }
            (_, Err(fault)) => out.push(Finding::new(at.key(fault.key), fault.title)),
        }
        if let Ok(Axis::Values(values)) = parameter.axis() {
            combinations = combinations.saturating_mul(values.len() as u64);
        }
    }
    if combinations > MOST_CHOICES {
        let title = format!("there are {combinations} choices, more than {MOST_CHOICES}");
        out.push(Finding::new(at, title).help("take fewer values"));
    }
}

fn check_objectives(draft: &Draft, at: &Path, out: &mut Vec<Finding>) {
    let all_read = draft.apps.iter().count() == draft.apps.len();
    if all_read && !draft.apps.iter().any(|(_, app)| app.slo.is_some()) {
        let title = "no app has an `slo`, so every fleet is large enough";
        let finding = Finding::new(at.clone(), title).on_key();
        out.push(finding.help("say what an app must achieve: `slo = { p99 = \"250ms\" }`"));
    }
}

fn any_price(draft: &Draft) -> bool {
    let hosts = draft.hosts.iter().count() < draft.hosts.len()
        || draft.hosts.iter().any(|(_, host)| host.price.0 > 0.0);
    hosts || draft.prices.is_none_or(|prices| prices.electricity.0 > 0.0)
}
