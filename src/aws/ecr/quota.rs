//! Service quotas of Amazon ECR: how much a registry holds and how many calls a second it takes.
//!
//! Defaults of an account in one region, from the Amazon ECR User Guide, "Amazon ECR service
//! quotas" and the API reference (`UploadLayerPart`). Rates are token buckets: calls of one kind
//! refill at their rate up to the burst; beyond that ECR answers 429 `ThrottlingException`. The
//! guide tells a burst for GetAuthorizationToken only (ten seconds' worth, "Troubleshooting Amazon
//! ECR error messages", when its rate was 20 a second); here the burst is one second's worth unless
//! told otherwise.

use serde::{Deserialize, Serialize};

use crate::units::{Bytes, Rate};

/// A call of the API, as far as pulls and pushes make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Call {
    /// Credentials for twelve hours.
    GetAuthorizationToken,
    /// A manifest, or the images of an index.
    BatchGetImage,
    /// Where a layer's bytes are.
    GetDownloadUrlForLayer,
    /// Whether a layer has to be uploaded.
    BatchCheckLayerAvailability,
    /// The start of a layer's upload.
    InitiateLayerUpload,
    /// A part of a layer.
    UploadLayerPart,
    /// The end of a layer's upload.
    CompleteLayerUpload,
    /// A manifest with a tag.
    PutImage,
}

/// All calls, in the order of [`Call`].
pub const CALLS: [Call; 8] = [
    Call::GetAuthorizationToken,
    Call::BatchGetImage,
    Call::GetDownloadUrlForLayer,
    Call::BatchCheckLayerAvailability,
    Call::InitiateLayerUpload,
    Call::UploadLayerPart,
    Call::CompleteLayerUpload,
    Call::PutImage,
];

impl Call {
    /// Its name in policies: `ecr:BatchGetImage`.
    pub fn action(self) -> &'static str {
        match self {
            Self::GetAuthorizationToken => "ecr:GetAuthorizationToken",
            Self::BatchGetImage => "ecr:BatchGetImage",
            Self::GetDownloadUrlForLayer => "ecr:GetDownloadUrlForLayer",
            Self::BatchCheckLayerAvailability => "ecr:BatchCheckLayerAvailability",
            Self::InitiateLayerUpload => "ecr:InitiateLayerUpload",
            Self::UploadLayerPart => "ecr:UploadLayerPart",
            Self::CompleteLayerUpload => "ecr:CompleteLayerUpload",
            Self::PutImage => "ecr:PutImage",
        }
    }

    /// What an account may call in one region by default.
    pub fn limit(self) -> Limit {
        let per_second = match self {
            Self::GetAuthorizationToken | Self::UploadLayerPart => 500,
            Self::BatchGetImage => 2000,
            Self::GetDownloadUrlForLayer => 3000,
            Self::BatchCheckLayerAvailability => 1000,
            Self::InitiateLayerUpload | Self::CompleteLayerUpload => 100,
            Self::PutImage => 10,
        };
        Limit { rate: Rate(f64::from(per_second)), burst: per_second }
    }
}

/// A token bucket: so many calls at once, then so many a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Refilled at this rate.
    pub rate: Rate,
    /// Calls it holds.
    pub burst: u32,
}

/// How much a registry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quotas {
    /// Repositories of a region.
    pub repositories: u32,
    /// Images of a repository, with and without tags.
    pub images: u32,
    /// Tags of an image.
    pub tags: u32,
    /// Size of a layer, compressed.
    pub layer: Bytes,
    /// Basic scans in 24 hours.
    pub scans: u32,
    /// Replication rules of a registry.
    pub replication_rules: u32,
    /// Destinations of all replication rules together.
    pub replication_destinations: u32,
    /// Pull-through cache rules of a registry.
    pub pull_through_rules: u32,
}

const MIB: u64 = 1 << 20;

impl Default for Quotas {
    fn default() -> Self {
        Self {
            repositories: 100_000,
            images: 100_000,
            tags: 1000,
            layer: Bytes(52_000 * MIB),
            scans: 100_000,
            replication_rules: 10,
            replication_destinations: 25,
            pull_through_rules: 50,
        }
    }
}

/// Size of the parts in which a layer is uploaded, where it is not too large for that.
const PART: u64 = 10 * MIB;
/// Parts of a layer at most; larger layers go in larger parts, which may have up to 20 MiB.
const MOST_PARTS: u64 = 4200;

/// In how many parts a layer is uploaded: one even if it is empty.
pub fn parts(layer: Bytes) -> u64 {
    layer.0.div_ceil(PART).clamp(1, MOST_PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_goes_in_parts_of_ten_mebibytes() {
        let cases = [
            (0, 1),
            (1, 1),
            (10 * MIB, 1),
            (10 * MIB + 1, 2),
            (95 * MIB, 10),
            (52_000 * MIB, 4200),
        ];
        for (bytes, expected) in cases {
            assert_eq!(parts(Bytes(bytes)), expected, "{bytes}");
        }
    }

    #[test]
    fn every_call_has_its_place_its_name_and_its_rate() {
        for (place, call) in CALLS.into_iter().enumerate() {
            assert_eq!(call as usize, place);
            assert_eq!(call.action(), format!("ecr:{call:?}"));
            assert!(call.limit().burst >= 10);
        }
        assert_eq!(Call::GetDownloadUrlForLayer.limit().rate, Rate(3000.0));
        assert_eq!(Call::PutImage.limit().rate, Rate(10.0));
    }
}
