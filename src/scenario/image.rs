//! `[[image]]`: container images made of layers.

use super::{Architecture, OsFamily};
use crate::units::Bytes;

/// `[[image]]`
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Reference that apps use, such as `shop/web:1.4`.
    pub name: String,
    /// Default linux.
    pub os: OsFamily,
    /// Default amd64.
    pub architecture: Architecture,
    /// Layers from the base upwards.
    pub layers: Vec<Layer>,
}

/// A layer: written as its compressed size (`"29MiB"`), or as a table
/// `{ size = "29MiB", unpacked = "77MiB", digest = "debian-12" }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Compressed size, what is transferred.
    pub size: Bytes,
    /// Size on disk after extraction. Default 2.5 times `size`.
    pub unpacked: Option<Bytes>,
    /// Identity: layers of equal digest are one layer, pulled once per engine. Without a digest a
    /// layer belongs to its image alone.
    pub digest: Option<String>,
}
