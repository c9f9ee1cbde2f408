//! Quantities with their unit in the type, and the one way each is written and read.
//!
//! A bare number crosses no public boundary of this crate with a unit in its name only. Every
//! quantity is written as text (`"500m"`, `"512Mi"`, `"300/s"`), read back to exactly the value it
//! was, and says what would be right when it is not understood.
//!
//! * [`quantity`]: the Kubernetes quantity grammar, which CPU and memory follow;
//! * [`decimal`]: exact decimal numbers, so that no text takes a detour through binary fractions;
//! * [`text`]: how a quantity crosses the border of a file (serde, JSON Schema);
//! * one file for each family: [`cpu`], [`bytes`], [`bandwidth`], [`growth`], [`rate`],
//!   [`fraction`], [`power`], [`money`], [`duration`], [`instant`], [`target`];
//! * [`cron`]: expressions that say when something is due.

pub mod bandwidth;
pub mod bytes;
pub mod cpu;
pub mod cron;
pub mod decimal;
pub mod duration;
pub mod fraction;
pub mod growth;
pub mod instant;
pub mod money;
pub mod power;
pub mod quantity;
pub mod rate;
pub mod target;
pub mod text;

pub use bandwidth::Bandwidth;
pub use bytes::Bytes;
pub use cpu::Millicores;
pub use fraction::Fraction;
pub use growth::Growth;
pub use instant::Instant;
pub use money::{DataPrice, EnergyPrice, HourlyPrice, StoragePrice, Usd};
pub use power::{Joules, Watts};
pub use quantity::Quantity;
pub use rate::Rate;
pub use target::Target;
pub use text::{Flaw, InvalidQuantity};
