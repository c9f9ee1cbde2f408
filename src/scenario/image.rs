//! `[[image]]`: container images made of layers.

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::shorthand::{self, TextOrTable};
use super::{Architecture, OsFamily};
use crate::units::{Bytes, Fraction};

/// `[[image]]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Reference that apps use, such as `shop/web:1.4`.
    pub name: String,
    /// Name of the `[[registry]]` it is pulled from. Default: the first.
    pub registry: Option<String>,
    /// Image it is built on: that one's layers come first, and are shared with all others built on
    /// it. Default: none, the layers are all there is.
    pub from: Option<String>,
    /// Kernel its programs are made for. Default: that of `from`, or linux.
    pub os: Option<OsFamily>,
    /// Instruction set its programs are made for. Default: that of `from`, or amd64.
    pub architecture: Option<Architecture>,
    /// Version of the operating system it is made for, such as `10.0.20348` for Windows Server
    /// 2022; Windows containers run on a matching host only. Default: that of `from`, or any.
    pub os_version: Option<String>,
    /// Layers from the base upwards, those of `from` left out. Required, unless there is a `from`
    /// or there are `platforms`.
    pub layers: Option<Vec<Layer>>,
    /// Builds for several platforms under one reference (an image index), instead of `os`,
    /// `architecture`, `os_version` and `layers`. An engine pulls the one for its machine.
    #[serde(default)]
    pub platforms: Vec<PlatformBuild>,
    /// Share of its data that is read until its process is up, which is all that lazy loading waits
    /// for. Default 6.4% (the mean of 57 images: Harter et al., Slacker, FAST'16).
    #[serde(default = "default_start_data")]
    pub start_data: Fraction,
    /// An index for lazy loading (SOCI, stargz) is published with it; engines with `lazy = true`
    /// make use of that. Default false.
    #[serde(default)]
    pub lazy: bool,
}

/// An image for one platform.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformBuild {
    /// Kernel its programs are made for. Default linux.
    #[serde(default)]
    pub os: OsFamily,
    /// Instruction set its programs are made for. Default amd64.
    #[serde(default)]
    pub architecture: Architecture,
    /// Version of the operating system, such as `10.0.20348` for Windows Server 2022.
    pub os_version: Option<String>,
    /// Layers from the base upwards.
    pub layers: Vec<Layer>,
}

impl Image {
    /// Its own layers, those of the image it is built on left out.
    pub fn layers(&self) -> &[Layer] {
        self.layers.as_deref().unwrap_or(&[])
    }
}

fn default_start_data() -> Fraction {
    Fraction(0.064)
}

/// A layer: written as its compressed size (`"29MiB"`), or as a table
/// `{ size = "29MiB", unpacked = "77MiB", digest = "debian-12" }`.
// `remote = "Self"` derives the table form as inherent functions; the text form is added below
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_size)]
pub struct Layer {
    /// Compressed size, what is transferred.
    pub size: Bytes,
    /// Size on disk after extraction. Default 2.5 times `size`.
    pub unpacked: Option<Bytes>,
    /// Identity: layers of equal digest are one layer, pulled once per engine. Without a digest a
    /// layer belongs to its image alone.
    pub digest: Option<String>,
}

impl<'de> Deserialize<'de> for Layer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        shorthand::deserialize(from)
    }
}

impl TextOrTable for Layer {
    const EXPECTED: &'static str = "a layer, such as `\"29MiB\"` or `{ size = \"29MiB\" }`";

    fn from_text<E: Error>(text: &str) -> Result<Self, E> {
        let size = text.parse().map_err(E::custom)?;
        Ok(Self { size, unpacked: None, digest: None })
    }

    fn from_table<'de, A: MapAccess<'de>>(table: A) -> Result<Self, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(table))
    }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self { size, unpacked: None, digest: None } => size.serialize(to),
            layer => Self::serialize(layer, to),
        }
    }
}

fn or_size(schema: &mut Schema) {
    let table = schema.clone();
    let description = table.get("description").cloned().unwrap_or_default();
    *schema = json_schema!({
        "description": description,
        "anyOf": [{ "description": "Its compressed size.", "type": "string" }, table],
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_its_size_or_a_table() {
        let text = "name = 'web'\nlayers = ['29MiB', { size = '1MiB', digest = 'base' }]\n";
        let image: Image = toml::from_str(text).unwrap();
        let sizes: Vec<_> = image.layers().iter().map(|layer| layer.size).collect();
        assert_eq!(sizes, [Bytes(29 << 20), Bytes(1 << 20)]);
        assert_eq!(image.layers()[1].digest.as_deref(), Some("base"));
        assert_eq!(toml::from_str(&toml::to_string(&image).unwrap()), Ok(image));
    }

    #[test]
    fn a_wrong_layer_is_marked_where_it_stands() {
        let text = "name = 'web'\nlayers = ['29MiB', '80 megs']";
        let error = toml::from_str::<Image>(text).unwrap_err();
        assert_eq!(&text[error.span().unwrap()], "'80 megs'");
        let text = "name = 'web'\nlayers = ['29MiB', { sice = '80Mi' }]";
        let error = toml::from_str::<Image>(text).unwrap_err();
        assert_eq!(&text[error.span().unwrap()], "sice");
    }
}
