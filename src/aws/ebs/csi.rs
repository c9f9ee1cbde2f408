//! What the EBS CSI driver makes of a claim: the parameters of its class and its size.
//!
//! kubernetes-sigs/aws-ebs-csi-driver, `docs/parameters.md` and `pkg/driver/controller.go`: keys
//! are read whatever their case, and one that the driver does not know it refuses; the type is gp3
//! unless one is named; sizes are rounded up to whole GiB; `iops`, or `iopsPerGB` for each GiB, is
//! cut at what the type and the size may have, or raised to the least where
//! `allowAutoIOPSPerGBIncrease` says so.

use std::collections::BTreeMap;

use thiserror::Error;

use super::kind::{KINDS, VolumeKind};
use super::spec::{Provisioned, SpecError, VolumeSpec};

/// The driver's name.
pub const DRIVER: &str = "ebs.csi.aws.com";

/// The taint that it takes off a node where it has come up, where the node joined with it
/// (`pkg/driver/node.go`, `AgentNotReadyNodeTaintKey`).
pub const STARTUP_TAINT: &str = "ebs.csi.aws.com/agent-not-ready";

/// The label of its zone that a node has once the driver is up on it (`ZoneTopologyKey`).
pub const ZONE_LABEL: &str = "topology.ebs.csi.aws.com/zone";

/// Parameters that change nothing here, in small letters. Those of zones are of the plugin of old.
const IDLE: [&str; 14] = [
    "blockexpress",
    "blocksize",
    "bytesperinode",
    "encrypted",
    "ext4bigalloc",
    "ext4clustersize",
    "ext4encryptionsupport",
    "fstype",
    "inodesize",
    "kmskeyid",
    "numberofinodes",
    "volumeinitializationrate",
    "zone",
    "zones",
];
/// What keys of tags begin with.
const TAGS: &str = "tagSpecification";
/// What keys begin with that the provisioner keeps for itself.
const OF_PROVISIONER: &str = "csi.storage.k8s.io/";

fn is_idle(key: &str) -> bool {
    IDLE.contains(&key) || key.starts_with(OF_PROVISIONER)
}

const GIB: u64 = 1 << 30;

/// Why the driver makes no volume.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParameterError {
    /// There is no such type.
    #[error("invalid AWS VolumeType \"{0}\"")]
    Kind(String),
    /// Not a number.
    #[error("could not parse invalid {key}: \"{value}\" is not a whole number")]
    Number {
        /// The parameter.
        key: String,
        /// What it says.
        value: String,
    },
    /// It is none of the driver's.
    #[error("Invalid parameter key {0} for CreateVolume")]
    Unknown(String),
    /// What EBS would not make.
    #[error("{0}")]
    Spec(SpecError),
}

/// What is asked of the driver.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    kind: VolumeKind,
    iops: Option<u32>,
    iops_per_gib: Option<u32>,
    raises_iops: bool,
    throughput: Option<u32>,
}

/// The volume that the driver makes for a claim of so many bytes, of a class with these parameters.
///
/// # Errors
/// The first thing that is wrong.
pub fn volume(
    parameters: &BTreeMap<String, String>,
    bytes: u64,
) -> Result<Provisioned, ParameterError> {
    let wanted = Wanted::read(parameters)?;
    let size = u32::try_from(bytes.div_ceil(GIB)).unwrap_or(u32::MAX).max(1);
    let is_gp3 = wanted.kind == VolumeKind::Gp3;
    let spec = VolumeSpec {
        kind: wanted.kind,
        size,
        iops: wanted.iops_of(size),
        // of the others it follows from their size
        throughput: wanted.throughput.filter(|_| is_gp3),
    };
    spec.check().map_err(|errors| ParameterError::Spec(errors[0]))
}

impl Wanted {
    fn read(parameters: &BTreeMap<String, String>) -> Result<Self, ParameterError> {
        let mut wanted = Self::default();
        for (key, value) in parameters {
            let number = || {
                let wrong = || ParameterError::Number { key: key.clone(), value: value.clone() };
                value.parse::<u32>().map(Some).map_err(|_| wrong())
            };
            match key.to_ascii_lowercase().as_str() {
                "type" => {
                    let kind = KINDS.into_iter().find(|kind| kind.name() == value);
                    wanted.kind = kind.ok_or_else(|| ParameterError::Kind(value.clone()))?;
                }
                "iops" => wanted.iops = number()?,
                "iopspergb" => wanted.iops_per_gib = number()?,
                "allowautoiopspergbincrease" => wanted.raises_iops = value == "true",
                "throughput" => wanted.throughput = number()?,
                other if is_idle(other) || key.starts_with(TAGS) => {}
                _ => return Err(ParameterError::Unknown(key.clone())),
            }
        }
        Ok(wanted)
    }

    /// IOPS to ask for; none of types that let nobody ask, and where nobody does. What is more than
    /// the type may have, or a volume of this size, is cut (`capIOPS`).
    fn iops_of(&self, size: u32) -> Option<u32> {
        let limits = self.kind.limits();
        let bounds = limits.iops?;
        let per_gib = self.iops_per_gib.map(|per_gib| per_gib.saturating_mul(size));
        let asked = self.iops.filter(|&iops| iops > 0).or(per_gib).filter(|&iops| iops > 0)?;
        let asked = if self.raises_iops { asked.max(bounds.least) } else { asked };
        let most = match limits.iops_per_gib.saturating_mul(size) {
            by_size if by_size < bounds.least => bounds.most,
            by_size => by_size.min(bounds.most),
        };
        Some(asked.min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(parameters: &[(&str, &str)], gib: u64) -> Result<Provisioned, String> {
        let parameters = parameters.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        volume(&parameters.collect(), gib * GIB).map_err(|error| error.to_string())
    }

    fn of(kind: VolumeKind, size: u32, iops: u32, throughput: u32) -> Result<Provisioned, String> {
        Ok(Provisioned { kind, size, iops, throughput })
    }

    #[test]
    fn a_class_without_parameters_makes_gp3() {
        assert_eq!(made(&[], 10), of(VolumeKind::Gp3, 10, 3000, 125));
        assert_eq!(made(&[("csi.storage.k8s.io/fstype", "xfs")], 10), made(&[], 10));
    }

    #[test]
    fn sizes_are_whole_gib() {
        let sizes = [1, GIB, GIB + 1].map(|bytes| volume(&BTreeMap::new(), bytes).unwrap().size);
        assert_eq!(sizes, [1, 1, 2]);
    }

    #[test]
    fn speed_is_asked_for_by_number_or_by_size() {
        let fast = [("type", "gp3"), ("IOPS", "6000"), ("throughput", "500")];
        assert_eq!(made(&fast, 100), of(VolumeKind::Gp3, 100, 6000, 500));
        let per_gib = [("type", "io1"), ("iopsPerGB", "50")];
        assert_eq!(made(&per_gib, 100), of(VolumeKind::Io1, 100, 5000, 0));
        // 64,000 is the most that io1 has
        assert_eq!(made(&per_gib, 2000), of(VolumeKind::Io1, 2000, 64_000, 0));
        let little = [("type", "io2"), ("iopsPerGB", "10")];
        assert!(made(&little, 4).is_err());
        let raised = [little[0], little[1], ("allowAutoIOPSPerGBIncrease", "true")];
        assert_eq!(made(&raised, 4), of(VolumeKind::Io2, 4, 100, 0));
        // more than a volume of this size may have: 500, or 50, for each GiB
        let much = [("type", "gp3"), ("iops", "20000")];
        assert_eq!(made(&much, 10), of(VolumeKind::Gp3, 10, 5000, 125));
        assert_eq!(made(&[("type", "io1"), ("iops", "5000")], 10), of(VolumeKind::Io1, 10, 500, 0));
        // where the size would have less than the least nothing is cut
        assert_eq!(made(&[("iops", "3000")], 1), made(&[], 1));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let wrong = |parameters: &[(&str, &str)]| made(parameters, 10).unwrap_err();
        let slip = "Invalid parameter key tpye for CreateVolume";
        assert_eq!(wrong(&[("tpye", "gp3")]), slip);
        let idle = ["fsType", "encrypted", "kmsKeyId", "tagSpecification_1", "blockSize"];
        assert_eq!(made(&idle.map(|key| (key, "x")), 10), made(&[], 10));
        assert_eq!(wrong(&[("type", "gp4")]), "invalid AWS VolumeType \"gp4\"");
        assert_eq!(
            wrong(&[("iops", "many")]),
            "could not parse invalid iops: \"many\" is not a whole number"
        );
        assert_eq!(wrong(&[("type", "st1")]), "an st1 volume has 125 to 16384 GiB, not 10");
        assert_eq!(
            wrong(&[("type", "io1")]),
            "an io1 volume needs to be told its IOPS, from 100 to 64000"
        );
    }
}
