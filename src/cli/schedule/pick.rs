//! Which pods `--explain` means.

use crate::cli::Failure;
use crate::experiment::what_if::{Entry, Place, WhatIf};

/// Names that are shown where none is meant.
const SHOWN: usize = 5;
/// Names less alike than this are not shown.
const ALIKE: f64 = 0.6;

/// The places of the pods that are meant.
pub(super) fn pods(what_if: &WhatIf, names: &[String]) -> Result<Vec<usize>, Failure> {
    let mut places = Vec::new();
    for name in names {
        let place = find(what_if, name)?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(places)
}

fn find(what_if: &WhatIf, name: &str) -> Result<usize, Failure> {
    let pods = what_if.pods();
    let named = |entry: &Entry| *entry.key == *name || short(&entry.key) == name;
    let meant: Vec<usize> = (0..pods.len()).filter(|&place| named(&pods[place])).collect();
    let waits = |place: &usize| pods[*place].place == Place::Waiting;
    match meant[..] {
        [place] if waits(&place) => Ok(place),
        [place] => Err(input(format!(
            "--explain {name}: {} is on a node already; only pods that have none yet are placed",
            pods[place].key
        ))),
        [first, ..] => Err(input(format!(
            "--explain {name}: there is one in {} namespaces; write for instance `{}`",
            meant.len(),
            pods[first].key
        ))),
        [] => of_workload(what_if, name).ok_or_else(|| unknown(what_if, name)),
    }
}

/// The first pod of a workload that waits.
fn of_workload(what_if: &WhatIf, name: &str) -> Option<usize> {
    what_if.pods().iter().position(|entry| {
        let workload = what_if.workloads().get(entry.workload);
        let whole = format!("{}/{}", workload.namespace, workload.name);
        entry.place == Place::Waiting
            && !workload.is_bare()
            && (workload.name == name || whole == name)
    })
}

fn short(key: &str) -> &str {
    key.split_once('/').map_or(key, |(_, name)| name)
}

fn unknown(what_if: &WhatIf, name: &str) -> Failure {
    let waiting = what_if.pods().iter().filter(|entry| entry.place == Place::Waiting);
    let alike = |key: &str| {
        let whole = strsim::jaro_winkler(key, name);
        whole.max(strsim::jaro_winkler(short(key), name))
    };
    let mut near: Vec<(f64, &str)> =
        waiting.map(|entry| (alike(&entry.key), &*entry.key)).collect();
    near.retain(|(alike, _)| *alike >= ALIKE);
    near.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    let names: Vec<String> = near.iter().take(SHOWN).map(|(_, key)| format!("  {key}\n")).collect();
    let advice = if names.is_empty() {
        "no pod that waits for a node has a similar name".to_owned()
    } else {
        format!("names like it:\n{}", names.concat())
    };
    input(format!("--explain {name}: there is no such pod; {}", advice.trim_end()))
}

fn input(text: String) -> Failure {
    Failure::Input(format!("error: {text}\n"))
}
