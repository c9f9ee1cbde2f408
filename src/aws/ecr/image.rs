//! Images as a registry keeps them: a manifest by digest, its layers, its tags.

use serde::{Deserialize, Serialize};

use crate::engine::SimTime;
use crate::units::Bytes;

/// The digest of a manifest or a layer: `sha256:…`. Nothing is computed from it, so that any text
/// may stand for one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub String);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// What a manifest is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaType {
    /// An image, of the Open Container Initiative.
    #[default]
    #[serde(rename = "application/vnd.oci.image.manifest.v1+json")]
    OciImage,
    /// Images for several platforms.
    #[serde(rename = "application/vnd.oci.image.index.v1+json")]
    OciIndex,
    /// An image, of Docker.
    #[serde(rename = "application/vnd.docker.distribution.manifest.v2+json")]
    DockerImage,
    /// Images for several platforms.
    #[serde(rename = "application/vnd.docker.distribution.manifest.list.v2+json")]
    DockerList,
}

impl MediaType {
    /// As it stands in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::OciImage => "application/vnd.oci.image.manifest.v1+json",
            Self::OciIndex => "application/vnd.oci.image.index.v1+json",
            Self::DockerImage => "application/vnd.docker.distribution.manifest.v2+json",
            Self::DockerList => "application/vnd.docker.distribution.manifest.list.v2+json",
        }
    }

    /// Whether it names images instead of layers.
    pub fn is_index(self) -> bool {
        matches!(self, Self::OciIndex | Self::DockerList)
    }
}

/// A layer, or the configuration of an image, which a registry treats as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Of the compressed bytes.
    pub digest: Digest,
    /// Compressed.
    pub bytes: Bytes,
}

/// What a client pushes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the manifest.
    pub digest: Digest,
    /// What it is.
    #[serde(default)]
    pub media_type: MediaType,
    /// Its layers with its configuration; none for an index.
    #[serde(default)]
    pub layers: Vec<Layer>,
    /// The images of an index.
    #[serde(default)]
    pub images: Vec<Digest>,
}

/// How an image came into a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A client pushed it.
    Pushed,
    /// It was replicated from another registry, and is not replicated further.
    Replicated,
    /// A pull-through cache fetched it.
    Imported,
}

/// An image of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// What it is.
    pub manifest: Manifest,
    /// Its tags, by name.
    pub tags: Vec<String>,
    /// When it came, or when its manifest was put last.
    pub pushed_at: SimTime,
    /// How it came.
    pub origin: Origin,
    /// When it was pulled last.
    pub pulled_at: Option<SimTime>,
    /// When it was moved into the archive, from which it cannot be pulled.
    pub archived_at: Option<SimTime>,
}

impl Image {
    /// Size of its layers, as `DescribeImages` tells it: shared layers count in every image.
    pub fn size(&self) -> Bytes {
        Bytes(self.manifest.layers.iter().map(|layer| layer.bytes.0).sum())
    }
}
