//! Clusters in several zones.

use plimsoll::metrics::series::names;
use plimsoll::metrics::summary::{Cost, CostItem, CostSummary, NetworkSummary, ZoneTraffic};
use plimsoll::metrics::{RunResult, Unit};

use super::{GIB, Platform, run, wave};

/// Clusters in three zones, of which one is lost for a while; the second keeps calls in their zone.
pub fn zoned(clusters: &[Platform]) -> RunResult {
    let mut result = run("zones", "web", clusters);
    for (index, recording) in result.recordings.iter_mut().enumerate() {
        let (within, across) = if index == 0 { (411_500, 823_000) } else { (1_234_500, 0) };
        let bytes_across = Some(across * 22_528);
        let summary = &mut recording.summary;
        summary.apps[0].zones =
            Some(ZoneTraffic { within, across, outside: 0, answers_across: across, bytes_across });
        let sum = NetworkSummary::of(summary.apps[0].zones.as_ref());
        let cost_per_hour = across as f64 * 22_528.0 / GIB * 0.02 / 0.15;
        summary.network = Some(NetworkSummary { cost_per_hour, ..sum });
        summary.hosts.cost_per_hour += cost_per_hour;
        let across = Cost::default().with(CostItem::CrossZone, cost_per_hour * 0.15);
        let mut bill = summary.cost.by_item;
        bill.merge(&across);
        summary.cost = CostSummary::new(bill, &[]);
        let spike = |from: f64, to: f64, share: f64| {
            move |t: f64| if (from..to).contains(&t) { share } else { 0.0 }
        };
        let kinds = [
            (names::ERROR_SHARE, spike(0.5, 0.6, 0.0213)),
            (names::TIMED_OUT_SHARE, spike(0.5, 0.6, 0.021)),
            (names::REFUSED_SHARE, spike(0.54, 0.56, 0.0003)),
            (names::FAILED_SHARE, spike(0.5, 0.5, 1.0)),
        ];
        let app = Some("web".to_owned());
        let shares = kinds.map(|(name, share)| wave(app.clone(), name, Unit::Fraction, share));
        recording.series.series.extend(shares);
    }
    result
}
