//! Container images: what an engine has to have before it can start a container.
//!
//! An image is a list of layers from the base upwards (OCI image specification 1.1). A layer is
//! known by its digest: images that name the same digest share the layer, and an engine transfers
//! and keeps it once. A layer written without a digest belongs to its image alone.
//!
//! Simplification: dockerd 27 keeps an unpacked layer under the chain of all digests below it, so
//! it shares base layers but not a layer that sits on different bases. Here the digest alone
//! counts, as in a content store (containerd).

use std::collections::BTreeMap;

use crate::scenario::{self, Architecture, OsFamily};
use crate::units::Bytes;

/// An image of a [`Catalog`]: its position in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageId(pub u32);

/// A layer of a [`Catalog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerId(pub u32);

/// What a layer weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What is transferred.
    pub compressed: Bytes,
    /// What it takes on disk.
    pub unpacked: Bytes,
}

/// An image, and what it is built for.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Reference, such as `shop/web:1.4`.
    pub name: String,
    pub os: OsFamily,
    pub architecture: Architecture,
    /// From the base upwards, each once.
    pub layers: Vec<LayerId>,
}

/// All images of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    images: Vec<Image>,
    layers: Vec<Layer>,
    by_digest: BTreeMap<String, LayerId>,
}

/// A set of images that contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// A digest is the hash of a layer's content: there is one size to it.
    #[error(
        "layer `{digest}` of image `{image}` has another size than in an earlier image; \
         layers of equal digest are the same layer"
    )]
    SizesDiffer { image: String, digest: String },
}

impl Catalog {
    /// The catalogue of a scenario's images, in their order.
    ///
    /// # Errors
    /// When two layers of one digest differ in size.
    pub fn new(images: &[scenario::Image]) -> Result<Self, ImageError> {
        let mut catalog = Self::default();
        for image in images {
            catalog.add(image)?;
        }
        Ok(catalog)
    }

    /// Adds an image.
    ///
    /// # Errors
    /// When one of its layers has the digest of a known layer but not its sizes.
    pub fn add(&mut self, image: &scenario::Image) -> Result<ImageId, ImageError> {
        let mut layers = Vec::with_capacity(image.layers.len());
        for layer in &image.layers {
            let id = self.layer_for(image, layer)?;
            if !layers.contains(&id) {
                layers.push(id);
            }
        }
        let (name, os, architecture) = (image.name.clone(), image.os, image.architecture);
        self.images.push(Image { name, os, architecture, layers });
        Ok(ImageId(self.images.len() as u32 - 1))
    }

    fn layer_for(
        &mut self,
        image: &scenario::Image,
        written: &scenario::Layer,
    ) -> Result<LayerId, ImageError> {
        // gzip makes about 40 % of what images hold
        let unpacked = written.unpacked.unwrap_or(Bytes(written.size.0.saturating_mul(5) / 2));
        let layer = Layer { compressed: written.size, unpacked };
        let fresh = LayerId(self.layers.len() as u32);
        if let Some(digest) = &written.digest {
            let known = *self.by_digest.entry(digest.clone()).or_insert(fresh);
            if known != fresh {
                let same = self.layers[known.0 as usize] == layer;
                let (image, digest) = (image.name.clone(), digest.clone());
                return same.then_some(known).ok_or(ImageError::SizesDiffer { image, digest });
            }
        }
        self.layers.push(layer);
        Ok(fresh)
    }

    /// An image of this catalogue.
    pub fn image(&self, image: ImageId) -> &Image {
        &self.images[image.0 as usize]
    }

    /// A layer of this catalogue.
    pub fn layer(&self, layer: LayerId) -> Layer {
        self.layers[layer.0 as usize]
    }

    /// The image of this name.
    pub fn find(&self, name: &str) -> Option<ImageId> {
        let place = self.images.iter().position(|image| image.name == name)?;
        Some(ImageId(place as u32))
    }

    /// What the layers of an image weigh together.
    pub fn size(&self, image: ImageId) -> Layer {
        let layers = self.image(image).layers.iter().map(|&layer| self.layer(layer));
        layers.fold(Layer { compressed: Bytes(0), unpacked: Bytes(0) }, |sum, layer| Layer {
            compressed: Bytes(sum.compressed.0 + layer.compressed.0),
            unpacked: Bytes(sum.unpacked.0 + layer.unpacked.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(name: &str, layers: &[(u64, Option<u64>, Option<&str>)]) -> scenario::Image {
        let layers = layers.iter().map(|&(size, unpacked, digest)| scenario::Layer {
            size: Bytes(size),
            unpacked: unpacked.map(Bytes),
            digest: digest.map(str::to_owned),
        });
        scenario::Image {
            name: name.to_owned(),
            os: OsFamily::Linux,
            architecture: Architecture::Amd64,
            layers: layers.collect(),
            registry: None,
        }
    }

    #[test]
    fn layers_of_one_digest_are_one_layer_and_others_belong_to_their_image() {
        let web = image("web", &[(100, None, Some("debian")), (10, Some(11), None)]);
        let api = image("api", &[(100, Some(250), Some("debian")), (10, Some(11), None)]);
        let catalog = Catalog::new(&[web, api]).expect("the sizes agree");
        assert_eq!(catalog.image(ImageId(0)).layers, [LayerId(0), LayerId(1)]);
        assert_eq!(catalog.image(ImageId(1)).layers, [LayerId(0), LayerId(2)]);
        let total = Layer { compressed: Bytes(110), unpacked: Bytes(261) };
        assert_eq!(catalog.size(ImageId(1)), total);
        assert_eq!(catalog.find("api"), Some(ImageId(1)));
    }

    #[test]
    fn a_digest_with_two_sizes_is_refused() {
        let web = image("web", &[(100, None, Some("debian"))]);
        let api = image("api", &[(101, None, Some("debian"))]);
        let error = Catalog::new(&[web, api]).expect_err("the sizes differ");
        assert_eq!(
            error.to_string(),
            "layer `debian` of image `api` has another size than in an earlier image; \
             layers of equal digest are the same layer"
        );
    }
}
