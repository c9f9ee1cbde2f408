//! Volumes of claims.

use super::super::{Measure, Section};
use super::Summaries;
use super::nodes::whole;
use crate::metrics::figures::Better;
use crate::metrics::summary::VolumesSummary;

/// Volumes that a CSI driver makes, where any cluster has had some. What never happened has no row.
pub(super) fn section(all: Summaries) -> Option<Section> {
    let happened = |label, better, get: fn(&VolumesSummary) -> u64| {
        let known = super::any(all, |s| s.volumes.as_ref().map_or(0.0, |it| get(it) as f64));
        Measure::numeric(label, all, better, whole, |s| {
            s.volumes.as_ref().filter(|_| known).map(|it| get(it) as f64)
        })
    };
    let (less, neither) = (Better::Less, Better::Neither);
    let rows = [
        happened("made", neither, |it| it.made),
        happened("deleted", neither, |it| it.deleted),
        happened("attached", neither, |it| it.attached),
        happened("attachments that failed", less, |it| it.attach_failures),
        happened("Multi-Attach errors", less, |it| it.multi_attach_errors),
        happened("detached by force", less, |it| it.forced_detaches),
        happened("pods that wait for one", less, |it| it.pods_waiting),
    ];
    Section::of("Volumes of claims", rows)
}
