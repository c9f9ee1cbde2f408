//! Requests by the zones they went between, and what that costs.

use serde::{Deserialize, Serialize};

/// Attempts at requests of one app that replicas took, by where they came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ZoneTraffic {
    /// From the same zone.
    pub within: u64,
    /// From another zone.
    pub across: u64,
    /// From outside of all zones.
    pub outside: u64,
    /// Answers to those from another zone.
    pub answers_across: u64,
    /// What went from zone to zone, requests and answers, in bytes; `None` where the app's
    /// `payload` is not known.
    pub bytes_across: Option<u64>,
}

/// The traffic between apps of a cluster of several zones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkSummary {
    /// Attempts within a zone, of all apps.
    pub within: u64,
    /// Attempts from one zone to another.
    pub across: u64,
    /// Attempts from outside of all zones.
    pub outside: u64,
    /// What went from zone to zone, in bytes, for those apps whose `payload` is known; `None`
    /// where it is for none.
    pub bytes_across: Option<u64>,
    /// What is paid for that an hour, in US dollars.
    pub cost_per_hour: f64,
}

impl ZoneTraffic {
    /// Share of those from any zone that came from another one.
    pub fn share_across(&self) -> Option<f64> {
        share(self.within, self.across)
    }
}

impl NetworkSummary {
    /// The sum over apps; what it costs is left at zero.
    pub fn of<'a>(apps: impl IntoIterator<Item = &'a ZoneTraffic>) -> Self {
        apps.into_iter().fold(Self::default(), |sum, app| Self {
            within: sum.within + app.within,
            across: sum.across + app.across,
            outside: sum.outside + app.outside,
            bytes_across: match (sum.bytes_across, app.bytes_across) {
                (Some(sum), Some(more)) => Some(sum + more),
                (one, other) => one.or(other),
            },
            cost_per_hour: 0.0,
        })
    }

    /// Share of those from any zone that came from another one.
    pub fn share_across(&self) -> Option<f64> {
        share(self.within, self.across)
    }
}

fn share(within: u64, across: u64) -> Option<f64> {
    let all = within + across;
    (all > 0).then(|| across as f64 / all as f64)
}
