//! Requests within and between the zones of a cluster.

use super::super::{Measure, Section};
use super::Summaries;
use crate::metrics::figures::Better;
use crate::metrics::summary::NetworkSummary;
use crate::report::quantity::{bytes, count, percent};

/// Requests by zone, where any cluster has several and any request came from one.
pub(super) fn section(all: Summaries) -> Option<Section> {
    let from_zones = |network: &NetworkSummary| network.within + network.across > 0;
    all.iter().find(|s| s.network.as_ref().is_some_and(from_zones))?;
    let number_of = |label, better, show: fn(f64) -> String, get: fn(&NetworkSummary) -> f64| {
        Measure::numeric(label, all, better, show, |s| s.network.as_ref().map(get))
    };
    Section::of(
        "Requests between zones",
        [
            number_of("within a zone", Better::Neither, whole, |n| n.within as f64),
            number_of("to another zone", Better::Less, whole, |n| n.across as f64),
            Measure::numeric("share to another zone", all, Better::Less, percent, |s| {
                s.network.as_ref()?.share_across()
            }),
            Measure::numeric("data to another zone", all, Better::Less, bytes, |s| {
                s.network.as_ref()?.bytes_across.map(|bytes| bytes as f64)
            }),
        ],
    )
}

fn whole(value: f64) -> String {
    count(value as u64)
}
