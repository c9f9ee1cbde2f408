//! What the registries of a cluster keep: repositories, their images and tags, and what all that
//! weighs.
//!
//! The rules are those of Amazon ECR ([`ecr`](crate::aws::ecr)); registries of other kinds keep
//! images likewise, without quotas, scans and policies. What the scenario pushes nowhere is in the
//! registry from which it is pulled, at the end of the caches, as if pushed when the run begins.
//! What a cache has fetched is not in its books.

use std::collections::BTreeMap;

use super::rules::Rules;
use crate::aws::ecr::expire::{Calendar, Expired};
use crate::aws::ecr::image::{Digest, Layer, Manifest, MediaType};
use crate::aws::ecr::push::PushError;
use crate::aws::ecr::quota::Quotas;
use crate::aws::ecr::repository::{Mutability, RegistryName, Repository, Settings};
use crate::aws::ecr::scan::{ScanError, Scanner};
use crate::docker::images::Platform;
use crate::docker::{Catalog, ImageId, LayerId, Registries, RegistryId};
use crate::engine::SimTime;
use crate::scenario::{self, RegistryKind};
use crate::units::Bytes;
use crate::world::access::repository_and_tag;

/// Lifecycle policies compare dates, so that it does not matter when a run begins: 2026-01-01.
const CALENDAR: Calendar = Calendar { start: 1_767_225_600.0 };

/// The books of one registry.
#[derive(Debug)]
pub struct Book {
    kind: RegistryKind,
    name: RegistryName,
    rules: Rules,
    repositories: BTreeMap<String, Repository>,
    scanner: Scanner,
    quotas: Quotas,
    /// What is stored from each instant on.
    pub stored: Vec<(SimTime, Bytes)>,
    /// When images were scanned.
    pub scans: Vec<SimTime>,
    /// Images that were not, because there were too many.
    pub not_scanned: u64,
    /// What went to registries that copy it.
    pub copied: Vec<(SimTime, RegistryId, Bytes)>,
    pub expired: u64,
    pub archived: u64,
}

/// A repository and a tag in it; none where an image is named by its digest.
pub type Place<'a> = (&'a str, Option<&'a str>);

impl Book {
    /// The books of a registry at the start.
    pub fn new(
        id: RegistryId,
        written: &scenario::Registry,
        rules: Rules,
        catalog: &Catalog,
        registries: &Registries,
    ) -> Self {
        let unlimited = Quotas {
            images: u32::MAX,
            tags: u32::MAX,
            layer: Bytes(u64::MAX),
            ..Quotas::default()
        };
        let account = written.account.clone().unwrap_or_default();
        let region = written.region.clone().unwrap_or_default();
        let mut book = Self {
            kind: written.kind,
            name: RegistryName { account, region },
            rules,
            repositories: BTreeMap::new(),
            scanner: Scanner::default(),
            quotas: unlimited,
            stored: Vec::new(),
            scans: Vec::new(),
            not_scanned: 0,
            copied: Vec::new(),
            expired: 0,
            archived: 0,
        };
        for image in catalog.images() {
            let here = registries.origin(image) == id
                && registries.content(id, image, SimTime::ZERO) == Some(image);
            if here {
                book.copy(SimTime::ZERO, image, image, catalog);
            }
        }
        if written.kind == RegistryKind::Ecr {
            book.quotas = Quotas::default();
        }
        book
    }

    /// Whether a repository lacks a layer, so that it has to come with a push.
    pub fn lacks(&self, repository: &str, layer: LayerId) -> bool {
        let repository = self.repositories.get(repository);
        repository.is_none_or(|it| !it.has_layer(&layer_digest(layer)))
    }

    /// The last manifest of a push has come: an image is put in a repository, or not.
    ///
    /// # Errors
    /// What the registry says against it.
    pub fn put(
        &mut self,
        now: SimTime,
        name: ImageId,
        content: ImageId,
        catalog: &Catalog,
    ) -> Result<(), PushError> {
        let (repository, tag) = place_of(&catalog.image(name).name);
        let tags: Vec<String> = tag.map(str::to_owned).into_iter().collect();
        let quotas = self.quotas;
        let (parts, top) = manifests(catalog, content);
        let scans = self.kind == RegistryKind::Ecr && self.rules.of(repository).scan_on_push;
        let target = self.repository(repository);
        let put = parts
            .iter()
            .try_for_each(|part| target.push(now, part, &[], &quotas).map(|_| ()))
            .and_then(|()| target.push(now, &top, &tags, &quotas));
        self.weigh(now);
        put?;
        let images = if parts.is_empty() { vec![top] } else { parts };
        for image in images.iter().filter(|_| scans) {
            match self.scanner.begin(now, &quotas, repository, &image.digest) {
                Ok(_) => self.scans.push(now),
                // its findings are there
                Err(ScanError::ImageQuota) => {}
                Err(ScanError::RegistryQuota(_)) => self.not_scanned += 1,
            }
        }
        Ok(())
    }

    /// A copy of what was pushed elsewhere arrives. What had to travel, and whether its name stands
    /// for it now, which a tag does not that is immutable.
    pub fn copy(
        &mut self,
        now: SimTime,
        name: ImageId,
        content: ImageId,
        catalog: &Catalog,
    ) -> (Bytes, bool) {
        let (repository, tag) = place_of(&catalog.image(name).name);
        let tags: Vec<String> = tag.map(str::to_owned).into_iter().collect();
        let (parts, top) = manifests(catalog, content);
        let target = self.repository(repository);
        let mut bytes = Bytes(0);
        for part in &parts {
            bytes.0 += target.receive(now, part, &[]).bytes().0;
        }
        bytes.0 += target.receive(now, &top, &tags).bytes().0;
        let stands = |tag| target.tagged(tag).is_some_and(|there| there.manifest == top);
        let named = tag.is_none_or(stands);
        self.weigh(now);
        (bytes, named)
    }

    /// Whether anything is ever expired.
    pub fn expires(&self) -> bool {
        self.kind == RegistryKind::Ecr && self.rules.expire()
    }

    /// Lifecycle policies are at work: the contents that cannot be pulled any more, each with the
    /// repository it was in. `pulled` tells when one was pulled last.
    pub fn expire(
        &mut self,
        now: SimTime,
        catalog: &Catalog,
        pulled: impl Fn(ImageId) -> Option<SimTime>,
    ) -> Vec<(String, ImageId)> {
        let mut gone = Vec::new();
        for (name, repository) in &mut self.repositories {
            let Some(policy) = &self.rules.of(name).lifecycle else { continue };
            for content in catalog.images() {
                if let Some(at) = pulled(content) {
                    let (parts, top) = manifests(catalog, content);
                    let digests = parts.into_iter().chain([top]);
                    digests.for_each(|manifest| repository.pulled(at, &manifest.digest));
                }
            }
            let Expired { images, archived, .. } = repository.expire(policy, CALENDAR, now);
            self.expired += images.len() as u64;
            self.archived += archived.len() as u64;
            let contents = images.iter().chain(&archived);
            let contents = contents.filter_map(|digest| catalog.find(&digest.0));
            gone.extend(contents.map(|content| (name.clone(), content)));
        }
        self.weigh(now);
        gone
    }

    fn repository(&mut self, name: &str) -> &mut Repository {
        let rule = self.rules.of(name);
        let mutability = match (rule.immutable, &rule.mutable_tags[..]) {
            (false, _) => Mutability::Mutable,
            (true, []) => Mutability::Immutable,
            (true, tags) => Mutability::ImmutableWithExclusion(tags.to_vec()),
        };
        let settings =
            Settings { mutability, scan_on_push: rule.scan_on_push, ..Settings::default() };
        let new = || Repository::new(self.name.clone(), name, settings);
        self.repositories.entry(name.to_owned()).or_insert_with(new)
    }

    fn weigh(&mut self, now: SimTime) {
        let stored = self.repositories.values().map(|repository| repository.stored().0).sum();
        self.stored.push((now, Bytes(stored)));
    }
}

/// Where the name of an image puts it.
pub fn place_of(image: &str) -> Place<'_> {
    let (repository, tag) = repository_and_tag(image);
    (repository, (!image.contains('@')).then_some(tag))
}

/// The images that an index names, and the image or the index. Their digests stand for what the
/// scenario calls them, since nothing hashes.
fn manifests(catalog: &Catalog, content: ImageId) -> (Vec<Manifest>, Manifest) {
    let image = catalog.image(content);
    let digest = Digest(image.name.clone());
    let layers = |platform: &Platform| {
        let placed = platform.layers.iter().map(|placed| placed.layer);
        let layer = |id| Layer { digest: layer_digest(id), bytes: catalog.layer(id).compressed };
        placed.map(layer).collect()
    };
    let (media_type, images) = (MediaType::OciImage, Vec::new());
    if let [platform] = &image.platforms[..] {
        let layers = layers(platform);
        return (Vec::new(), Manifest { digest, media_type, layers, images });
    }
    let platforms = image.platforms.iter().enumerate();
    let parts = platforms.map(|(place, platform)| Manifest {
        digest: Digest(format!("{} {place}", image.name)),
        media_type,
        layers: layers(platform),
        images: Vec::new(),
    });
    let parts: Vec<Manifest> = parts.collect();
    let images = parts.iter().map(|part| part.digest.clone()).collect();
    let top = Manifest { digest, media_type: MediaType::OciIndex, layers: Vec::new(), images };
    (parts, top)
}

fn layer_digest(layer: LayerId) -> Digest {
    Digest(layer.0.to_string())
}
