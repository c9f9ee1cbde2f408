//! What a load balancer costs: its hours, and the capacity units it uses.
//!
//! A unit carries so many new connections a second, so many active ones, so many bytes an hour and,
//! at an Application Load Balancer, so many rules a second. Each hour is charged by the one of
//! these dimensions that takes most units, by its average over the hour; a Network Load Balancer's
//! protocols are charged each for itself. Every hour or part of one that the load balancer is there
//! costs its price. (AWS, "Elastic Load Balancing pricing"; LCU = Load Balancer Capacity Unit.)
//!
//! A GB of a unit is 10^9 bytes: in the examples of that page 300 KB a second are 1.08 GB an hour.
//! Hours are counted from the creation of the load balancer.

use serde::{Deserialize, Serialize};

use crate::engine::{SimDuration, SimTime};
use crate::units::{Bytes, DataPrice, HourlyPrice, Usd};

const HOUR: u64 = 3_600_000_000_000;
const SECONDS_PER_HOUR: f64 = 3600.0;
const GB: f64 = 1e9;
/// Rules that a request is held against for free.
const FREE_RULES: u32 = 10;

/// What one unit carries.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// New connections a second.
    pub new_connections: f64,
    /// Active connections, on average.
    pub active_connections: f64,
    /// GB an hour, in both directions together.
    pub gb_per_hour: f64,
    /// Rules a second beyond the free ones; none where rules cost nothing.
    pub rules: Option<f64>,
}

impl Unit {
    /// An LCU of an Application Load Balancer, with targets that are no Lambda functions.
    pub const APPLICATION: Self = Self {
        new_connections: 25.0,
        active_connections: 3000.0,
        gb_per_hour: 1.0,
        rules: Some(1000.0),
    };
    /// An NLCU for TCP.
    pub const TCP: Self = Self {
        new_connections: 800.0,
        active_connections: 100_000.0,
        gb_per_hour: 1.0,
        rules: None,
    };
    /// An NLCU for UDP.
    pub const UDP: Self =
        Self { new_connections: 400.0, active_connections: 50_000.0, ..Self::TCP };
    /// An NLCU for TLS.
    pub const TLS: Self = Self { new_connections: 50.0, active_connections: 3000.0, ..Self::TCP };
}

/// What units are charged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Connections that were opened.
    NewConnections,
    /// Connections that were there.
    ActiveConnections,
    /// Bytes that were carried.
    Bytes,
    /// Rules that requests were held against.
    Rules,
}

const DIMENSIONS: [Dimension; 4] =
    [Dimension::NewConnections, Dimension::ActiveConnections, Dimension::Bytes, Dimension::Rules];

/// Rules that are charged for a request that was held against so many.
pub fn charged_rules(processed: u32) -> u64 {
    u64::from(processed.saturating_sub(FREE_RULES))
}

/// Sums of an hour, exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Usage {
    new_connections: u64,
    connection_nanos: u128,
    bytes: u64,
    rules: u64,
}

impl Usage {
    /// Units by each dimension.
    fn units(&self, unit: &Unit) -> [f64; 4] {
        let rules = unit.rules.map_or(0.0, |rules| self.rules as f64 / SECONDS_PER_HOUR / rules);
        [
            self.new_connections as f64 / SECONDS_PER_HOUR / unit.new_connections,
            self.connection_nanos as f64 / HOUR as f64 / unit.active_connections,
            self.bytes as f64 / GB / unit.gb_per_hour,
            rules,
        ]
    }
}

/// Counts what a load balancer carries of one protocol.
#[derive(Clone, Debug)]
pub struct Meter {
    unit: Unit,
    created: SimTime,
    /// Until when it has counted.
    read: SimTime,
    active: u64,
    hour: Usage,
    /// Units times hours until the current hour, charged, and by each dimension if that decided.
    charged: f64,
    by_dimension: [f64; 4],
}

/// What a load balancer has used of one protocol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Hours it was there, the last one whole.
    pub hours: u64,
    /// Units times hours.
    pub units: f64,
    /// Units times hours for which each dimension was the one that decided.
    by_dimension: [f64; 4],
}

impl Reading {
    /// What most of the units are charged by; none where there are no units.
    pub fn leading(&self) -> Option<Dimension> {
        let most = self.by_dimension.iter().copied().fold(0.0, f64::max);
        let place = self.by_dimension.iter().position(|units| *units == most);
        place.filter(|_| most > 0.0).map(|place| DIMENSIONS[place])
    }
}

impl Meter {
    /// Of a load balancer that is created now.
    pub fn new(unit: Unit, now: SimTime) -> Self {
        let (hour, charged, by_dimension) = (Usage::default(), 0.0, [0.0; 4]);
        Self { unit, created: now, read: now, active: 0, hour, charged, by_dimension }
    }

    /// A connection is opened.
    pub fn opened(&mut self, now: SimTime) {
        self.advance(now);
        self.active += 1;
        self.hour.new_connections += 1;
    }

    /// A connection is closed.
    ///
    /// # Panics
    /// When none is open: the caller lost track.
    pub fn closed(&mut self, now: SimTime) {
        self.advance(now);
        self.active = self.active.checked_sub(1).expect("a connection is open");
    }

    /// Bytes are carried, in whatever direction.
    pub fn carried(&mut self, now: SimTime, bytes: Bytes) {
        self.advance(now);
        self.hour.bytes += bytes.0;
    }

    /// A request was held against so many rules.
    pub fn ruled(&mut self, now: SimTime, processed: u32) {
        self.advance(now);
        self.hour.rules += charged_rules(processed);
    }

    /// What was used until now. The hour that runs counts with what it has had.
    #[must_use]
    pub fn read(&self, now: SimTime) -> Reading {
        let mut meter = self.clone();
        meter.advance(now);
        let hours = now.since(self.created).as_nanos().div_ceil(HOUR);
        meter.close_hour();
        Reading { hours, units: meter.charged, by_dimension: meter.by_dimension }
    }

    /// Counts until then.
    fn advance(&mut self, now: SimTime) {
        while self.read < now {
            let past = self.read.since(self.created).as_nanos();
            let left = SimDuration::from_nanos(HOUR - past % HOUR);
            let until = now.min(self.read + left);
            let nanos = until.since(self.read).as_nanos();
            self.hour.connection_nanos += u128::from(self.active) * u128::from(nanos);
            self.read = until;
            if until.since(self.created).as_nanos().is_multiple_of(HOUR) {
                self.close_hour();
            }
        }
    }

    fn close_hour(&mut self) {
        let units = std::mem::take(&mut self.hour).units(&self.unit);
        let most = units.into_iter().fold(0.0, f64::max);
        self.charged += most;
        if let Some(place) = units.iter().position(|units| *units == most) {
            self.by_dimension[place] += most;
        }
    }
}

/// Prices of load balancers, those of US East (N. Virginia) by default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prices {
    /// An hour of an Application Load Balancer.
    pub application: HourlyPrice,
    /// An LCU for an hour.
    pub application_unit: HourlyPrice,
    /// An hour of a Network Load Balancer.
    pub network: HourlyPrice,
    /// An NLCU for an hour.
    pub network_unit: HourlyPrice,
    /// A GB from one zone to another, at each of its two ends.
    pub cross_zone: DataPrice,
}

impl Default for Prices {
    fn default() -> Self {
        Self {
            application: HourlyPrice(0.0225),
            application_unit: HourlyPrice(0.008),
            network: HourlyPrice(0.0225),
            network_unit: HourlyPrice(0.006),
            cross_zone: DataPrice(0.01),
        }
    }
}

impl Prices {
    /// The bill of an Application Load Balancer: hours, and units.
    pub fn of_application(&self, reading: &Reading) -> [Usd; 2] {
        let hours = Usd(reading.hours as f64 * self.application.0);
        [hours, Usd(reading.units * self.application_unit.0)]
    }

    /// The bill of a Network Load Balancer with readings of each of its protocols: hours, and
    /// units.
    pub fn of_network(&self, readings: &[Reading]) -> [Usd; 2] {
        let hours = readings.iter().map(|reading| reading.hours).max().unwrap_or(0);
        let units: f64 = readings.iter().map(|reading| reading.units).sum();
        [Usd(hours as f64 * self.network.0), Usd(units * self.network_unit.0)]
    }

    /// What it costs that a Network Load Balancer sends so much to targets in other zones than its
    /// nodes', or they to it. That of an Application Load Balancer is free.
    pub fn of_crossing(&self, bytes: Bytes) -> Usd {
        Usd(2.0 * self.cross_zone.of(bytes).0)
    }
}

#[cfg(test)]
mod tests;
