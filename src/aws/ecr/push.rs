//! Pushes: which layers travel, which calls are made, what becomes of the tags.
//!
//! A client asks for every layer whether it is there (BatchCheckLayerAvailability), uploads those
//! that are not (InitiateLayerUpload, UploadLayerPart for each part, CompleteLayerUpload), and puts
//! the manifest once for each tag (PutImage). (Amazon ECR API Reference; "Pushing an image" of the
//! User Guide. That Docker is refused a tag that is there already, even at the same image, where
//! tags are immutable: moby/buildkit issue 3776, aws/containers-roadmap issue 2380.)
//!
//! Nothing is kept of a push that fails. In ECR uploaded layers stay for a while, unbilled.

use thiserror::Error;

use super::image::{Digest, Image, Layer, Manifest, Origin};
use super::quota::{CALLS, Call, Quotas, parts};
use super::repository::{Mutability, Repository};
use crate::engine::SimTime;
use crate::units::Bytes;

/// How often each call was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls([u64; CALLS.len()]);

impl Calls {
    /// How often this one was made.
    pub fn of(&self, call: Call) -> u64 {
        self.0[call as usize]
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(super) fn add(&mut self, call: Call, times: u64) {
        self.0[call as usize] += times;
    }
}

/// What a push did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Layers that were not there.
    pub uploaded: Vec<Layer>,
    /// Calls that were made.
    pub calls: Calls,
    /// Whether the image is new in the repository.
    pub is_new: bool,
    /// Tags that stood at another image, with that image.
    pub moved: Vec<(String, Digest)>,
    /// Images that have lost their last tag.
    pub untagged: Vec<Digest>,
}

impl Receipt {
    /// Bytes that travelled.
    pub fn bytes(&self) -> Bytes {
        Bytes(self.uploaded.iter().map(|layer| layer.bytes.0).sum())
    }
}

/// Why a push failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PushError {
    /// The tag stands at an image and cannot be put anew.
    #[error(
        "The image tag '{tag}' already exists in the '{repository}' repository and cannot be \
         overwritten because the {what} is immutable."
    )]
    ImageTagAlreadyExists {
        /// The tag.
        tag: String,
        /// Name of the repository.
        repository: String,
        /// `repository`, or `tag` where a filter decided.
        what: &'static str,
    },
    /// Nothing would change.
    #[error(
        "Image with digest '{digest}' and tag '{tag}' already exists in the repository with name \
         '{repository}' in registry with id '{account}'"
    )]
    ImageAlreadyExists {
        /// Of the manifest.
        digest: Digest,
        /// The tag, empty where there is none.
        tag: String,
        /// Name of the repository.
        repository: String,
        /// The registry.
        account: String,
    },
    /// An index names an image that is not there.
    #[error(
        "Images with digests '[{missing}]' required for pushing image into repository with \
             name '{repository}' in the registry with id '{account}' do not exist"
    )]
    ReferencedImagesNotFound {
        /// The first that is missing.
        missing: Digest,
        /// Name of the repository.
        repository: String,
        /// The registry.
        account: String,
    },
    /// A layer is too large, or there would be too many images or tags.
    #[error("the quota of {most} {what} would be exceeded")]
    LimitExceeded {
        /// What is limited.
        what: &'static str,
        /// To how many.
        most: u64,
    },
}

impl PushError {
    /// The exception of the API.
    pub fn exception(&self) -> &'static str {
        match self {
            Self::ImageTagAlreadyExists { .. } => "ImageTagAlreadyExistsException",
            Self::ImageAlreadyExists { .. } => "ImageAlreadyExistsException",
            Self::ReferencedImagesNotFound { .. } => "ReferencedImagesNotFoundException",
            Self::LimitExceeded { .. } => "LimitExceededException",
        }
    }

    /// What `docker push` prints.
    pub fn docker(&self) -> String {
        match self {
            Self::ImageTagAlreadyExists { .. } => format!("tag invalid: {self}"),
            Self::ReferencedImagesNotFound { .. } => format!("manifest blob unknown: {self}"),
            other => format!("denied: {other}"),
        }
    }
}

impl Repository {
    /// What `docker push` and other clients of the registry do. An image that is there already with
    /// its tags is fine where tags can move.
    ///
    /// # Errors
    /// A tag that is fixed, an index without its images, or a quota.
    pub fn push(
        &mut self,
        now: SimTime,
        manifest: &Manifest,
        tags: &[String],
        quotas: &Quotas,
    ) -> Result<Receipt, PushError> {
        self.check(manifest, tags, quotas)?;
        let fixed = |tag: &&String| {
            self.tags.contains_key(tag.as_str()) && self.settings.mutability.fixes(tag)
        };
        if let Some(tag) = tags.iter().find(fixed) {
            return Err(self.tag_exists(tag));
        }
        Ok(self.accept(now, manifest, tags, Origin::Pushed))
    }

    /// What the call PutImage does with an image whose layers are there or come with it. Unlike a
    /// client of the registry, it is refused what is there already.
    ///
    /// # Errors
    /// The same image with the same tag, a tag that is fixed, an index without its images, a quota.
    pub fn put_image(
        &mut self,
        now: SimTime,
        manifest: &Manifest,
        tag: Option<&str>,
        quotas: &Quotas,
    ) -> Result<Receipt, PushError> {
        let standing = tag.and_then(|tag| self.tags.get(tag));
        let exists = match tag {
            Some(_) => standing == Some(&manifest.digest),
            None => self.images.contains_key(&manifest.digest),
        };
        if exists {
            return Err(PushError::ImageAlreadyExists {
                digest: manifest.digest.clone(),
                tag: tag.unwrap_or_default().to_owned(),
                repository: self.name().to_owned(),
                account: self.registry().account.clone(),
            });
        }
        let tags: Vec<String> = tag.map(str::to_owned).into_iter().collect();
        self.push(now, manifest, &tags, quotas)
    }

    fn tag_exists(&self, tag: &str) -> PushError {
        let what = match self.settings.mutability {
            Mutability::Mutable | Mutability::Immutable => "repository",
            _ => "tag",
        };
        let (tag, repository) = (tag.to_owned(), self.name().to_owned());
        PushError::ImageTagAlreadyExists { tag, repository, what }
    }

    fn check(
        &self,
        manifest: &Manifest,
        tags: &[String],
        quotas: &Quotas,
    ) -> Result<(), PushError> {
        let exceeded = |what, most| Err(PushError::LimitExceeded { what, most });
        if manifest.layers.iter().any(|layer| layer.bytes > quotas.layer) {
            return exceeded("bytes of a layer", quotas.layer.0);
        }
        let standing = self.images.get(&manifest.digest);
        if standing.is_none() && self.images.len() >= quotas.images as usize {
            return exceeded("images of a repository", quotas.images.into());
        }
        let own = standing.map_or(&[][..], |image| image.tags.as_slice());
        let new = tags.iter().filter(|tag| !own.contains(tag)).count();
        if own.len() + new > quotas.tags as usize {
            return exceeded("tags of an image", quotas.tags.into());
        }
        let missing = manifest.images.iter().find(|digest| !self.images.contains_key(*digest));
        match missing {
            Some(missing) => Err(PushError::ReferencedImagesNotFound {
                missing: missing.clone(),
                repository: self.name().to_owned(),
                account: self.registry().account.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Takes an image in, whatever the tags were.
    pub(super) fn accept(
        &mut self,
        now: SimTime,
        manifest: &Manifest,
        tags: &[String],
        origin: Origin,
    ) -> Receipt {
        let mut receipt = self.upload(manifest);
        receipt.calls.add(Call::PutImage, tags.len().max(1) as u64);
        match self.images.get_mut(&manifest.digest) {
            Some(image) => image.pushed_at = now,
            None => {
                let manifest = manifest.clone();
                let image = Image {
                    manifest,
                    tags: Vec::new(),
                    pushed_at: now,
                    origin,
                    pulled_at: None,
                    archived_at: None,
                };
                self.keep_layers(&image);
                self.images.insert(image.manifest.digest.clone(), image);
                receipt.is_new = true;
            }
        }
        for tag in tags {
            self.put_tag(tag, &manifest.digest, &mut receipt);
        }
        receipt
    }

    /// The layers that have to travel, and the calls that takes.
    fn upload(&self, manifest: &Manifest) -> Receipt {
        let mut receipt = Receipt::default();
        receipt.calls.add(Call::BatchCheckLayerAvailability, manifest.layers.len() as u64);
        for layer in &manifest.layers {
            let known = self.has_layer(&layer.digest)
                || receipt.uploaded.iter().any(|earlier| earlier.digest == layer.digest);
            if !known {
                receipt.calls.add(Call::InitiateLayerUpload, 1);
                receipt.calls.add(Call::UploadLayerPart, parts(layer.bytes));
                receipt.calls.add(Call::CompleteLayerUpload, 1);
                receipt.uploaded.push(layer.clone());
            }
        }
        receipt
    }

    fn put_tag(&mut self, tag: &str, digest: &Digest, receipt: &mut Receipt) {
        if self.tags.get(tag) == Some(digest) {
            return;
        }
        if let Some(earlier) = self.take_tag(tag) {
            let earlier_digest = earlier.manifest.digest.clone();
            if earlier.tags.is_empty() {
                receipt.untagged.push(earlier_digest.clone());
            }
            receipt.moved.push((tag.to_owned(), earlier_digest));
        }
        self.tags.insert(tag.to_owned(), digest.clone());
        let image = self.images.get_mut(digest).expect("it was taken in");
        let at = image.tags.partition_point(|own| own.as_str() < tag);
        image.tags.insert(at, tag.to_owned());
    }
}

#[cfg(test)]
mod tests;
