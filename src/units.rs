//! Quantities with their unit in the type, and the one way each is written and read.
//!
//! A bare number crosses no public boundary of this crate with a unit in its name only.

/// CPU capacity or demand in thousandths of a core (Kubernetes: `500m`, `0.5`, `2`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millicores(pub u64);

/// An amount of memory or data in bytes (Kubernetes: `512Mi`, `1G`, `1e9`; also `29MiB`, `2TB`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// A data rate in bytes per second (`25Gbit/s`, `100MB/s`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Bandwidth(pub f64);

/// A rate of occurrences per second (`300/s`, `20/min`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

/// A share of a whole, 1.0 being all of it (`60%`, `0.6`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Fraction(pub f64);

/// Power in watts (`120W`, `1.2kW`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Watts(pub f64);

/// Energy in joules.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Joules(pub f64);

/// An amount of money in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Usd(pub f64);

/// US dollars per hour (`$1.20/h`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct HourlyPrice(pub f64);

/// US dollars per kilowatt hour (`$0.12/kWh`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct EnergyPrice(pub f64);

impl Millicores {
    /// The amount in cores.
    pub fn cores(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl Joules {
    /// The amount in kilowatt hours.
    pub fn kilowatt_hours(self) -> f64 {
        self.0 / 3.6e6
    }
}
