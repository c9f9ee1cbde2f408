//! Bars of what an hour costs: one for each cluster, of what is paid for.

use plotters::style::RGBColor;

use super::super::cost::label;
use super::super::quantity::{money, percent};
use super::bars::{self, Bar, Part};
use super::key::{KeyEntry, Swatch};
use super::palette::{self, Look};
use super::{Drawing, Heading};
use crate::metrics::summary::{ClusterSummary, CostItem};

/// An item of less than this share of the dearest cluster is not seen, and needs no key.
const SEEN: f64 = 0.002;

/// As price lists of AWS have it.
const HOURS_OF_A_MONTH: f64 = 730.0;

/// The colour of an item, and that of text on it. What is alike has one colour.
fn colours(item: CostItem) -> (RGBColor, RGBColor) {
    let hue = |index: usize| Look::of(index).line;
    match item {
        CostItem::Machines => (hue(0), palette::PAPER),
        CostItem::WindowsLicences => (hue(1), palette::PAPER),
        CostItem::SurplusCredits => (hue(6), palette::PAPER),
        CostItem::VolumeStorage
        | CostItem::VolumeIops
        | CostItem::VolumeThroughput
        | CostItem::VolumeRequests => (hue(5), palette::INK),
        CostItem::FargateCpu => (hue(3), palette::INK),
        CostItem::FargateMemory | CostItem::FargateStorage => (hue(4), palette::INK),
        CostItem::LoadBalancers | CostItem::LoadBalancerUnits => (hue(2), palette::PAPER),
        CostItem::CrossZone => (palette::MUTED, palette::PAPER),
        CostItem::RegistryStorage | CostItem::RegistryTransfer | CostItem::RegistryScans => {
            palette::heat(palette::HEAT_STEPS - 1)
        }
        CostItem::ControlPlane => (palette::FREE, palette::INK),
        CostItem::Electricity => (palette::AXIS, palette::INK),
    }
}

/// The chart of costs, or `None` where no cluster pays for more than one thing.
pub fn draw(all: &[&ClusterSummary], heading: Heading) -> Option<Drawing> {
    // an hour of a cluster that only places says little: it has as many as its items take
    let is_shown = |it: &ClusterSummary| !it.cost.is_zero() && it.placement.is_none();
    let paid = || all.iter().enumerate().filter(|(_, it)| is_shown(it));
    let dearest = paid().map(|(_, it)| hourly(it, it.cost.total)).fold(0.0, f64::max);
    let seen = |item: CostItem| {
        paid().any(|(_, it)| hourly(it, it.cost.by_item.of(item)) > SEEN * dearest)
    };
    let items: Vec<CostItem> = CostItem::ALL.into_iter().filter(|&item| seen(item)).collect();
    if items.len() < 2 {
        return None;
    }
    let mut key: Vec<(RGBColor, KeyEntry)> = Vec::new();
    for item in items {
        let colour = colours(item).0;
        if !key.iter().any(|(known, _)| *known == colour) {
            let swatch = Swatch::Area(colour);
            key.push((colour, KeyEntry { text: label(item).into(), swatch }));
        }
    }
    let key: Vec<KeyEntry> = key.into_iter().map(|(_, entry)| entry).collect();
    let bars: Vec<Bar> = paid().map(|(index, cluster)| bar(index, cluster)).collect();
    Some(bars::draw(&heading, &key, &bars))
}

fn hourly(summary: &ClusterSummary, dollars: f64) -> f64 {
    dollars * 3600.0 / summary.measured_seconds
}

fn bar(index: usize, cluster: &ClusterSummary) -> Bar {
    let (cost, whole) = (&cluster.cost, hourly(cluster, cluster.cost.total));
    let parts = cost.by_item.items().map(|(item, dollars)| {
        let (colour, ink) = colours(item);
        let size = hourly(cluster, dollars);
        Part { size, colour, text: money(size), ink }
    });
    let told = cost.by_item.items().map(|(item, dollars)| {
        let value =
            format!("{} ({})", money(hourly(cluster, dollars)), percent(dollars / cost.total));
        (label(item).to_owned(), value)
    });
    Bar {
        name: cluster.cluster.clone(),
        note: format!("{} a month", money(whole * HOURS_OF_A_MONTH)),
        parts: parts.collect(),
        value: money(whole),
        look: Look::of(index),
        rows: told.chain([("in all".to_owned(), money(whole))]).collect(),
    }
}
