//! Container images: what an engine has to have before it can start a container.
//!
//! An image is a list of layers from the base upwards (OCI image specification 1.1), or an index of
//! such lists for several platforms. A layer's content is known by its digest: images that name the
//! same digest share it, and an engine transfers it once. A layer written without a digest belongs
//! to its image and those built on that. What is unpacked of a layer is a difference to what lies
//! below it, so it is known by the digests of the whole chain down to the base (the specification's
//! `ChainID`): images share unpacked layers only from the base upwards.

use std::collections::BTreeMap;

use crate::scenario::{self, Architecture, OsFamily};
use crate::units::Bytes;

/// An image of a [`Catalog`]: its position in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageId(pub u32);

/// The content of a layer of a [`Catalog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerId(pub u32);

/// A layer on top of all that lies below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(pub u32);

/// What a layer weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What is transferred.
    pub compressed: Bytes,
    /// What it takes on disk.
    pub unpacked: Bytes,
}

/// A layer at its place in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What is transferred.
    pub layer: LayerId,
    /// What it is once unpacked.
    pub chain: ChainId,
}

/// An image as it is built for one kind of machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Platform {
    pub os: OsFamily,
    pub architecture: Architecture,
    /// Version of the operating system, where it matters.
    pub version: Option<String>,
    /// From the base upwards, each content once.
    pub layers: Vec<Placed>,
}

/// An image, and what it is built for.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Reference, such as `shop/web:1.4`.
    pub name: String,
    /// At least one; more in an index.
    pub platforms: Vec<Platform>,
    /// Share of the data that is read until the process is up.
    pub start_data: f64,
    /// An index for lazy loading is published with it.
    pub lazy: bool,
}

/// All images of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    images: Vec<Image>,
    layers: Vec<Layer>,
    chains: usize,
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
    /// An image is built on one that is not there, or on itself.
    #[error("image `{image}` is built on `{base}`, which is no image or is built on it in turn")]
    NoBase { image: String, base: String },
}

impl Catalog {
    /// The catalogue of a scenario's images, in their order.
    ///
    /// # Errors
    /// When two layers of one digest differ in size, or an image is built on none that is there.
    pub fn new(images: &[scenario::Image]) -> Result<Self, ImageError> {
        let mut builder = Builder { images, built: vec![None; images.len()], ..Builder::default() };
        for index in 0..images.len() {
            builder.build(index, 0)?;
        }
        let built = builder.built.into_iter().flatten();
        let images = images.iter().zip(built).map(|(image, platforms)| Image {
            name: image.name.clone(),
            platforms,
            start_data: image.start_data.0,
            lazy: image.lazy,
        });
        let (layers, chains) = (builder.layers, builder.chains.len());
        Ok(Self { images: images.collect(), layers, chains })
    }

    /// An image of this catalogue.
    pub fn image(&self, image: ImageId) -> &Image {
        &self.images[image.0 as usize]
    }

    /// All images, in the order of the scenario.
    pub fn images(&self) -> impl ExactSizeIterator<Item = ImageId> + use<> {
        (0..self.images.len() as u32).map(ImageId)
    }

    /// The layers of all images at their places; what images share comes more than once.
    pub fn all_placed(&self) -> impl Iterator<Item = Placed> {
        let platforms = self.images.iter().flat_map(|image| &image.platforms);
        platforms.flat_map(|platform| platform.layers.iter().copied())
    }

    /// A layer of this catalogue.
    pub fn layer(&self, layer: LayerId) -> Layer {
        self.layers[layer.0 as usize]
    }

    /// Number of different layers.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Number of different unpacked layers.
    pub fn chains(&self) -> usize {
        self.chains
    }

    /// The image of this name.
    pub fn find(&self, name: &str) -> Option<ImageId> {
        let place = self.images.iter().position(|image| image.name == name)?;
        Some(ImageId(place as u32))
    }

    /// What the layers of a platform of an image weigh together.
    pub fn size(&self, platform: &Platform) -> Layer {
        let layers = platform.layers.iter().map(|placed| self.layer(placed.layer));
        layers.fold(Layer { compressed: Bytes(0), unpacked: Bytes(0) }, |sum, layer| Layer {
            compressed: Bytes(sum.compressed.0 + layer.compressed.0),
            unpacked: Bytes(sum.unpacked.0 + layer.unpacked.0),
        })
    }
}

impl Image {
    /// Whether a reference to it names builds for several platforms.
    pub fn is_index(&self) -> bool {
        self.platforms.len() > 1
    }
}

/// Numbers layers and chains while images are built, bases first.
#[derive(Default)]
struct Builder<'a> {
    images: &'a [scenario::Image],
    built: Vec<Option<Vec<Platform>>>,
    layers: Vec<Layer>,
    by_digest: BTreeMap<&'a str, LayerId>,
    chains: BTreeMap<(Option<ChainId>, LayerId), ChainId>,
}

impl<'a> Builder<'a> {
    /// Builds an image on its base; `depth` bases are being built on it.
    fn build(&mut self, index: usize, depth: usize) -> Result<(), ImageError> {
        if self.built[index].is_some() {
            return Ok(());
        }
        let image = &self.images[index];
        let platforms = match &image.from {
            Some(base) => {
                let place = self.images.iter().position(|other| other.name == *base);
                let place = place.filter(|_| depth < self.images.len()).ok_or_else(|| {
                    ImageError::NoBase { image: image.name.clone(), base: base.clone() }
                })?;
                self.build(place, depth + 1)?;
                let bases = self.built[place].clone().unwrap_or_default();
                let built = bases.into_iter().map(|base| self.on_base(image, base));
                built.collect::<Result<_, _>>()?
            }
            None if image.platforms.is_empty() => vec![self.alone(image)?],
            None => {
                let built = image.platforms.iter().map(|build| {
                    let platform = Platform {
                        os: build.os,
                        architecture: build.architecture,
                        version: build.os_version.clone(),
                        layers: Vec::new(),
                    };
                    self.stack(image, platform, &build.layers)
                });
                built.collect::<Result<_, _>>()?
            }
        };
        self.built[index] = Some(platforms);
        Ok(())
    }

    fn alone(&mut self, image: &'a scenario::Image) -> Result<Platform, ImageError> {
        let platform = Platform {
            os: image.os.unwrap_or_default(),
            architecture: image.architecture.unwrap_or_default(),
            version: image.os_version.clone(),
            layers: Vec::new(),
        };
        self.stack(image, platform, image.layers())
    }

    fn on_base(
        &mut self,
        image: &'a scenario::Image,
        base: Platform,
    ) -> Result<Platform, ImageError> {
        let version = image.os_version.clone().or(base.version.clone());
        self.stack(image, Platform { version, ..base }, image.layers())
    }

    /// Puts layers on a platform, each content once.
    fn stack(
        &mut self,
        image: &scenario::Image,
        mut platform: Platform,
        layers: &'a [scenario::Layer],
    ) -> Result<Platform, ImageError> {
        for written in layers {
            let layer = self.layer(image, written)?;
            if platform.layers.iter().any(|placed| placed.layer == layer) {
                continue;
            }
            let below = platform.layers.last().map(|placed| placed.chain);
            let fresh = ChainId(self.chains.len() as u32);
            let chain = *self.chains.entry((below, layer)).or_insert(fresh);
            platform.layers.push(Placed { layer, chain });
        }
        Ok(platform)
    }

    fn layer(
        &mut self,
        image: &scenario::Image,
        written: &'a scenario::Layer,
    ) -> Result<LayerId, ImageError> {
        // gzip makes about 40 % of what images hold
        let unpacked = written.unpacked.unwrap_or(Bytes(written.size.0.saturating_mul(5) / 2));
        let layer = Layer { compressed: written.size, unpacked };
        let fresh = LayerId(self.layers.len() as u32);
        if let Some(digest) = &written.digest {
            let known = *self.by_digest.entry(digest).or_insert(fresh);
            if known != fresh {
                let same = self.layers[known.0 as usize] == layer;
                let (image, digest) = (image.name.clone(), digest.clone());
                return same.then_some(known).ok_or(ImageError::SizesDiffer { image, digest });
            }
        }
        self.layers.push(layer);
        Ok(fresh)
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
            layers: Some(layers.collect()),
            ..scenario::Image::default()
        }
    }

    fn layers(catalog: &Catalog, image: u32) -> Vec<(u32, u32)> {
        let placed = catalog.image(ImageId(image)).platforms[0].layers.iter();
        placed.map(|placed| (placed.layer.0, placed.chain.0)).collect()
    }

    #[test]
    fn layers_of_one_digest_are_one_layer_and_others_belong_to_their_image() {
        let web = image("web", &[(100, None, Some("debian")), (10, Some(11), None)]);
        let api = image("api", &[(100, Some(250), Some("debian")), (10, Some(11), None)]);
        let catalog = Catalog::new(&[web, api]).expect("the sizes agree");
        assert_eq!(layers(&catalog, 0), [(0, 0), (1, 1)]);
        assert_eq!(layers(&catalog, 1), [(0, 0), (2, 2)]);
        let total = Layer { compressed: Bytes(110), unpacked: Bytes(261) };
        assert_eq!(catalog.size(&catalog.image(ImageId(1)).platforms[0]), total);
        assert_eq!(catalog.find("api"), Some(ImageId(1)));
    }

    #[test]
    fn a_layer_on_another_base_is_the_same_content_and_another_difference() {
        let web = image("web", &[(100, None, Some("debian")), (10, None, Some("node"))]);
        let api = image("api", &[(90, None, Some("alpine")), (10, None, Some("node"))]);
        let catalog = Catalog::new(&[web, api]).expect("the sizes agree");
        assert_eq!(layers(&catalog, 1), [(2, 2), (1, 3)]);
    }

    #[test]
    fn an_image_has_the_layers_of_its_base_on_every_platform_of_that() {
        let base = |os, bytes| scenario::PlatformBuild {
            os,
            layers: image("", &[(bytes, None, None)]).layers().to_vec(),
            ..scenario::PlatformBuild::default()
        };
        let platforms = vec![base(OsFamily::Linux, 100), base(OsFamily::Windows, 900)];
        let base = scenario::Image { platforms, layers: None, ..image("base", &[]) };
        let on = |name: &str, from: &str| scenario::Image {
            from: Some(from.to_owned()),
            ..image(name, &[(10, None, Some(name))])
        };
        // in any order
        let catalog = Catalog::new(&[on("top", "web"), on("web", "base"), base.clone()]);
        let catalog = catalog.expect("all bases are there");
        let top = catalog.image(ImageId(0));
        assert!(top.is_index());
        let sizes = top.platforms.iter().map(|platform| catalog.size(platform).compressed);
        assert_eq!(sizes.collect::<Vec<_>>(), [Bytes(120), Bytes(920)]);
        let error = Catalog::new(&[on("a", "b"), on("b", "a")]).expect_err("a cycle");
        assert!(matches!(error, ImageError::NoBase { .. }));
        let error = Catalog::new(&[on("a", "b")]).expect_err("no base");
        assert!(error.to_string().contains("`a` is built on `b`"));
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
