//! Addresses of subnets.

use super::super::{Measure, Section};
use super::Summaries;
use super::nodes::{part, whole};
use crate::metrics::figures::Better;
use crate::metrics::summary::{AddressesSummary, SubnetSummary};
use crate::report::quantity::duration;

/// Addresses of subnets, where any cluster is one of Amazon EKS. Where no pod waited there is no
/// word of it.
pub(super) fn section(all: Summaries) -> Option<Section> {
    let less = Better::Less;
    let waited = super::any(all, |s| s.addresses.as_ref().map_or(0.0, |it| it.pods_waited as f64));
    let of_pods = |label, show: fn(f64) -> String, get: fn(&AddressesSummary) -> Option<f64>| {
        Measure::numeric(label, all, less, show, |s| {
            s.addresses.as_ref().filter(|_| waited).and_then(get)
        })
    };
    let pods = [
        of_pods("pods that waited for one", whole, |it| Some(it.pods_waited as f64)),
        of_pods("wait, mean", duration, |it| it.waits.mean),
        of_pods("wait, longest", duration, |it| it.waits.max),
        of_pods("pods without one at the end", whole, |it| Some(it.pods_waiting as f64)),
    ];
    Section::of("Addresses of subnets", subnets(all).into_iter().chain(pods))
}

/// What is taken of each subnet that any cluster has.
fn subnets(all: Summaries) -> Vec<Option<Measure>> {
    let every = all.iter().flat_map(|summary| &summary.addresses).flat_map(|it| &it.subnets);
    let mut names: Vec<&str> = Vec::new();
    for subnet in every {
        if !names.contains(&subnet.name.as_str()) {
            names.push(&subnet.name);
        }
    }
    let row =
        |name: &str, label: String, show: fn(f64) -> String, get: fn(&SubnetSummary) -> f64| {
            Measure::numeric(&label, all, Better::Less, show, |summary| {
                let subnets = &summary.addresses.as_ref()?.subnets;
                subnets.iter().find(|it| it.name == name).map(get)
            })
        };
    let rows = names.iter().flat_map(|name| {
        [
            row(name, format!("{name}, mean"), part, |it| it.taken),
            row(name, format!("{name}, most"), whole, |it| it.taken_max.into()),
            row(name, format!("{name}, there are"), whole, |it| it.addresses.into()),
        ]
    });
    rows.collect()
}
