//! A repository: its images by digest, its tags, its layers, each of which it keeps once.
//!
//! Layers are shared by digest within a repository and not between repositories (Amazon ECR User
//! Guide; storage is billed so). A tag stands at one image; putting it on another leaves the first
//! without it, possibly untagged ("Image tag mutability"). Deleting the last tag of an image
//! deletes the image ("Deleting an image"). Pushes are in [`push`](super::push).
//!
//! Manifests themselves take kilobytes and are not counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::image::{Digest, Image};
use crate::aws::iam::pattern::Pattern;
use crate::aws::iam::{Attached, Context};
use crate::engine::SimTime;
use crate::units::Bytes;

/// Which registry: each account has one in every region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RegistryName {
    /// Twelve digits.
    pub account: String,
    /// Such as `us-east-1`.
    pub region: String,
}

impl RegistryName {
    /// The host that clients speak to.
    pub fn host(&self) -> String {
        format!("{}.dkr.ecr.{}.amazonaws.com", self.account, self.region)
    }

    /// ARN of a repository in it.
    pub fn arn(&self, repository: &str) -> String {
        format!("arn:aws:ecr:{}:{}:repository/{repository}", self.region, self.account)
    }
}

/// Whether a tag can be put on another image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Mutability {
    /// Every tag can.
    #[default]
    Mutable,
    /// No tag can.
    Immutable,
    /// Every tag can but those that match one of the filters, in which `*` is a wildcard.
    MutableWithExclusion(Vec<String>),
    /// No tag can but those that match one of the filters.
    ImmutableWithExclusion(Vec<String>),
}

impl Mutability {
    /// Whether a tag stays where it is (`PutImageTagMutability`).
    pub fn fixes(&self, tag: &str) -> bool {
        let excluded = |filters: &[String]| {
            filters.iter().any(|filter| Pattern::plain(filter).matches(tag, &Context::default()))
        };
        match self {
            Self::Mutable => false,
            Self::Immutable => true,
            Self::MutableWithExclusion(filters) => excluded(filters),
            Self::ImmutableWithExclusion(filters) => !excluded(filters),
        }
    }
}

/// How a repository is set up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Whether its tags can move.
    pub mutability: Mutability,
    /// Whether images are scanned when they are pushed.
    pub scan_on_push: bool,
    /// Who may do what with it, besides what identities are allowed.
    pub policy: Option<Attached>,
}

/// A layer that is kept, and by how many images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) bytes: Bytes,
    pub(super) images: u32,
}

/// A repository.
#[derive(Clone, Debug, PartialEq)]
pub struct Repository {
    registry: RegistryName,
    name: String,
    /// How it is set up.
    pub settings: Settings,
    pub(super) images: BTreeMap<Digest, Image>,
    pub(super) tags: BTreeMap<String, Digest>,
    pub(super) layers: BTreeMap<Digest, Kept>,
    stored: Bytes,
}

/// Why an image was not deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteError {
    /// There is none.
    #[error("Requested image not found")]
    ImageNotFound,
    /// An index names it.
    #[error("Requested image referenced by manifest list: [{by}]")]
    ReferencedByList {
        /// The index.
        by: Digest,
    },
}

impl Repository {
    /// An empty repository.
    pub fn new(registry: RegistryName, name: impl Into<String>, settings: Settings) -> Self {
        let (images, tags, layers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (name, stored) = (name.into(), Bytes(0));
        Self { registry, name, settings, images, tags, layers, stored }
    }

    /// The registry it is in.
    pub fn registry(&self) -> &RegistryName {
        &self.registry
    }

    /// Its name, with its slashes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How images of it are called: `123456789012.dkr.ecr.us-east-1.amazonaws.com/web`.
    pub fn uri(&self) -> String {
        format!("{}/{}", self.registry.host(), self.name)
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        self.registry.arn(&self.name)
    }

    /// Its images, by digest.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.images.values()
    }

    /// The image of this digest.
    pub fn image(&self, digest: &Digest) -> Option<&Image> {
        self.images.get(digest)
    }

    /// The image a tag stands at.
    pub fn tagged(&self, tag: &str) -> Option<&Image> {
        self.tags.get(tag).and_then(|digest| self.images.get(digest))
    }

    /// Whether it keeps a layer, which then need not be uploaded.
    pub fn has_layer(&self, digest: &Digest) -> bool {
        self.layers.contains_key(digest)
    }

    /// Notes that an image was pulled, where it is there.
    pub fn pulled(&mut self, now: SimTime, digest: &Digest) {
        if let Some(image) = self.images.get_mut(digest) {
            image.pulled_at = Some(now);
        }
    }

    /// What it stores, each layer once: what is billed.
    pub fn stored(&self) -> Bytes {
        self.stored
    }

    /// Keeps the layers of an image that is new.
    pub(super) fn keep_layers(&mut self, image: &Image) {
        for layer in &image.manifest.layers {
            let new = Kept { bytes: layer.bytes, images: 0 };
            let kept = self.layers.entry(layer.digest.clone()).or_insert(new);
            if kept.images == 0 {
                self.stored.0 += kept.bytes.0;
            }
            kept.images += 1;
        }
    }

    /// Takes a tag off; the image without it.
    pub(super) fn take_tag(&mut self, tag: &str) -> Option<&Image> {
        let digest = self.tags.remove(tag)?;
        let image = self.images.get_mut(&digest).expect("a tag stands at an image");
        image.tags.retain(|own| own != tag);
        Some(image)
    }

    /// Deletes a tag, and with the last tag the image (`BatchDeleteImage` by tag). What is freed.
    ///
    /// # Errors
    /// There is no such tag, or it is the last one of an image of an index.
    pub fn delete_tag(&mut self, tag: &str) -> Result<Bytes, DeleteError> {
        let image = self.tagged(tag).ok_or(DeleteError::ImageNotFound)?;
        if image.tags.len() == 1 {
            let digest = image.manifest.digest.clone();
            return self.delete(&digest);
        }
        self.take_tag(tag);
        Ok(Bytes(0))
    }

    /// Deletes an image with its tags, and the layers that no other image has. What is freed.
    ///
    /// # Errors
    /// There is no such image, or an index names it.
    pub fn delete(&mut self, digest: &Digest) -> Result<Bytes, DeleteError> {
        if !self.images.contains_key(digest) {
            return Err(DeleteError::ImageNotFound);
        }
        let mut lists = self.images.values();
        if let Some(list) = lists.find(|image| image.manifest.images.contains(digest)) {
            return Err(DeleteError::ReferencedByList { by: list.manifest.digest.clone() });
        }
        let image = self.images.remove(digest).expect("it was found");
        for tag in &image.tags {
            self.tags.remove(tag);
        }
        let mut freed = Bytes(0);
        for layer in &image.manifest.layers {
            let kept = self.layers.get_mut(&layer.digest).expect("an image's layers are kept");
            kept.images -= 1;
            if kept.images == 0 {
                freed.0 += kept.bytes.0;
                self.layers.remove(&layer.digest);
            }
        }
        self.stored.0 -= freed.0;
        Ok(freed)
    }
}
