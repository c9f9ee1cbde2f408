//! What a registry costs: storage by time, and transfers by where they go.
//!
//! Prices of US East (N. Virginia) in US dollars, from the Amazon ECR pricing page: storage $0.10
//! per GB-month; transfers to services in the same region free; to other regions $0.02 per GB from
//! there ($0.01 to us-east-2); to the internet $0.09 per GB in the first tier (10 TB a month; the
//! first 100 GB of an account are free, which is not taken off here). A GB is 2^30 bytes, as on
//! bills of Amazon S3, and a month 730 hours, as in the calculators of AWS.

use serde::{Deserialize, Serialize};

use crate::engine::SimTime;
use crate::units::{Bytes, Usd};

const GB: f64 = (1_u64 << 30) as f64;
const NANOS_PER_MONTH: f64 = 730.0 * 3600.0 * 1e9;

/// Prices per GB.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prices {
    /// Of a GB stored for a month.
    pub storage: Usd,
    /// Of a GB to another region: pulls and replication.
    pub cross_region: Usd,
    /// Of a GB to the internet.
    pub internet: Usd,
}

impl Default for Prices {
    fn default() -> Self {
        Self { storage: Usd(0.10), cross_region: Usd(0.02), internet: Usd(0.09) }
    }
}

/// Where bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// To EC2, ECS, EKS or Fargate in the region of the registry.
    SameRegion,
    /// To another region.
    CrossRegion,
    /// Out of AWS.
    Internet,
}

impl Prices {
    /// Price of a transfer. What comes in is free.
    pub fn transfer(&self, bytes: Bytes, route: Route) -> Usd {
        let per_gb = match route {
            Route::SameRegion => 0.0,
            Route::CrossRegion => self.cross_region.0,
            Route::Internet => self.internet.0,
        };
        Usd(bytes.0 as f64 / GB * per_gb)
    }

    /// Price of what was stored.
    pub fn storage(&self, stored: Stored) -> Usd {
        Usd(stored.gb_months() * self.storage.0)
    }
}

/// What is stored, and has been, as an exact sum of bytes times nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    bytes: Bytes,
    since: SimTime,
    byte_nanos: u128,
}

impl Stored {
    /// From now on so much is stored.
    ///
    /// # Panics
    /// When `now` lies before the last change: a model that turns back time is wrong.
    pub fn set(&mut self, now: SimTime, bytes: Bytes) {
        *self = self.at(now);
        self.bytes = bytes;
    }

    /// The same meter, read at a later instant.
    #[must_use]
    pub fn at(mut self, now: SimTime) -> Self {
        let nanos = now.since(self.since).as_nanos();
        self.byte_nanos += u128::from(self.bytes.0) * u128::from(nanos);
        self.since = now;
        self
    }

    /// What has been stored until the meter was last read.
    pub fn gb_months(&self) -> f64 {
        self.byte_nanos as f64 / GB / NANOS_PER_MONTH
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SimDuration;

    fn hours(hours: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(hours * 3600)
    }

    #[test]
    fn a_month_of_storage_by_hand() {
        // 10 GB for 73 hours, 50 GB for 365 hours, nothing for the rest of 730 hours:
        // 10 * 0.1 + 50 * 0.5 = 26 GB-months, of which each costs 10 cents
        let mut stored = Stored::default();
        stored.set(hours(0), Bytes(10 << 30));
        stored.set(hours(73), Bytes(50 << 30));
        stored.set(hours(438), Bytes(0));
        let month = stored.at(hours(730));
        assert!((month.gb_months() - 26.0).abs() < 1e-12);
        assert!((Prices::default().storage(month).0 - 2.6).abs() < 1e-12);
    }

    #[test]
    fn transfers_cost_by_where_they_go() {
        let prices = Prices::default();
        let cases = [
            (100 << 30, Route::SameRegion, 0.0),
            (100 << 30, Route::CrossRegion, 2.0),
            (100 << 30, Route::Internet, 9.0),
            (1 << 29, Route::CrossRegion, 0.01),
        ];
        for (bytes, route, expected) in cases {
            let found = prices.transfer(Bytes(bytes), route).0;
            assert!((found - expected).abs() < 1e-12, "{route:?}: {found}");
        }
    }
}
