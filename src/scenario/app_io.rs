//! `[app.io]`: what the requests of an app read and write, and where.

use std::fmt;

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ClusterKind;
use super::aws::Volume;
use crate::units::{Bytes, Fraction};

/// `[app.io]`: after its `wait` and before it uses the CPU, a request reads and writes. Its
/// operations wait for those of the requests before it: a disk or volume serves one after another,
/// as fast as its limits let it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppIo {
    /// Operations of a request.
    pub operations: Operations,
    /// Bytes that an operation moves. Default 16Ki.
    #[serde(default = "default_size")]
    pub size: Bytes,
    /// Share of operations that read; disks can be slower at writing. Default 50%.
    #[serde(default = "default_reads")]
    pub reads: Fraction,
    /// Whether the operations of a request follow each other on the disk, so that EBS counts them
    /// by what they move and not one by one. Default false.
    #[serde(default)]
    pub sequential: bool,
    /// Operations that a request has under way at once. Default 1: it waits for each before the
    /// next, so that it takes its operations times the latency at least.
    #[serde(default = "one")]
    pub depth: u32,
    /// The volume of EBS it is on. Default: the disk of the host, the root volume of an instance. A
    /// pod on EKS that has a claim reads and writes on the volume of the first one, whatever is
    /// said here.
    pub volume: Option<Volume>,
    /// With `volume`: who has one. Default replica.
    #[serde(default)]
    pub volume_per: VolumePer,
    /// With `volume`: on which clusters. It is on the bill of each. Default ecs.
    #[serde(default)]
    pub volume_on: VolumeOn,
}

fn default_size() -> Bytes {
    Bytes(16 << 10)
}

fn default_reads() -> Fraction {
    Fraction(0.5)
}

fn one() -> u32 {
    1
}

/// Who has a volume of an app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VolumePer {
    /// Each replica, for as long as it is there: what ECS makes for a task and deletes with it.
    #[default]
    Replica,
    /// Each machine, for all replicas of the app there.
    Machine,
}

/// On which clusters an app has its volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VolumeOn {
    /// Those of kind `ecs`; on others the disk of the host takes its place.
    #[default]
    Ecs,
    /// All, such as one of Kubernetes whose hosts are instances of EC2.
    All,
}

impl AppIo {
    /// The volume that the app has on clusters of a kind.
    pub fn volume_on(&self, kind: ClusterKind) -> Option<&Volume> {
        let has = self.volume_on == VolumeOn::All || kind.is_on_ec2();
        self.volume.as_ref().filter(|_| has)
    }
}

/// A number of operations, or how it is drawn: `3`, `{ geometric = { mean = 2.5 } }`.
// `remote = "Self"` derives the table form as inherent functions; the number is added below
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_number)]
pub enum Operations {
    /// `constant = 3`
    Constant(u32),
    /// `uniform = { min, max }`: each number from the one to the other equally likely.
    Uniform {
        /// The fewest.
        min: u32,
        /// The most.
        max: u32,
    },
    /// `geometric = { mean }`: 0 most likely, as where a cache has what most requests want.
    Geometric {
        /// Mean number.
        mean: f64,
    },
}

impl<'de> Deserialize<'de> for Operations {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NumberOrTable)
    }
}

impl Serialize for Operations {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(number) => number.serialize(to),
            law => Self::serialize(law, to),
        }
    }
}

struct NumberOrTable;

impl<'de> Visitor<'de> for NumberOrTable {
    type Value = Operations;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of operations, such as `3` or `{ geometric = { mean = … } }`")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Operations, E> {
        let number = u32::try_from(number).map_err(|_| {
            E::custom(format_args!("{number} is no number of operations: 0 to {} are", u32::MAX))
        })?;
        Ok(Operations::Constant(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Operations, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Operations, A::Error> {
        let law = Operations::deserialize(MapAccessDeserializer::new(&mut table))?;
        if table.next_key::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom("wanted exactly 1 element, more than one element"));
        }
        Ok(law)
    }
}

fn or_number(schema: &mut Schema) {
    let number = json_schema!({
        "description": "A number alone is that of every request.",
        "type": "integer",
        "minimum": 0,
    });
    if let Some(forms) = schema.get_mut("oneOf").and_then(|forms| forms.as_array_mut()) {
        forms.insert(0, number.into());
    }
}
