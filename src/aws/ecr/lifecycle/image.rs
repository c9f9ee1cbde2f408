//! Images of a repository, as `DescribeImages` lists them.
//!
//! Source: Amazon ECR API reference, `ImageDetail`. Keys that have no bearing on a lifecycle policy
//! are skipped: the command line prints what the service says, and that grows.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Moment, StorageClass};
use crate::aws::json::{Object, Part, Read};
use crate::scenario::load::Sources;
use crate::scenario::{Diagnostics, Problem};

/// An image in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageDetail {
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// In the order of the list; none if it is untagged.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: Moment,
    /// When a pull was last recorded.
    pub pulled_at: Option<Moment>,
    /// When it was last archived.
    pub archived_at: Option<Moment>,
    /// When it was last restored from the archive.
    pub activated_at: Option<Moment>,
    /// Compressed size of its layers; of an index, that of its largest image.
    pub size_bytes: u64,
    /// Whether it can be pulled.
    pub status: Status,
    /// Media type of the manifest, where known.
    pub media_type: Option<String>,
    /// Digest of the image that this artifact, such as a signature, is about.
    pub subject: Option<String>,
    /// Digests of the images that this index consists of, where known (see
    /// [`super::manifests::read`]).
    pub children: Vec<String>,
}

/// Whether an image can be pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// It can.
    #[default]
    Active,
    /// It is in the archive.
    Archived,
    /// It is on its way back from there.
    Activating,
}

const STATUS: &[(&str, Status)] = &[
    ("ACTIVE", Status::Active),
    ("ARCHIVED", Status::Archived),
    ("ACTIVATING", Status::Activating),
];

/// Media types of manifests that list other manifests, such as one for each platform.
const INDEXES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

impl ImageDetail {
    /// Where it is stored. An image that is being restored is no longer in the archive: that takes
    /// minutes, and a policy acts within a day.
    pub fn storage(&self) -> StorageClass {
        match self.status {
            Status::Archived => StorageClass::Archive,
            Status::Active | Status::Activating => StorageClass::Standard,
        }
    }

    /// What stands for the time of the push: the time it was restored, if it ever was. One that is
    /// being restored is so now.
    pub fn counts_from(&self, now: Moment) -> Moment {
        match self.status {
            Status::Activating => now,
            Status::Active | Status::Archived => self.activated_at.unwrap_or(self.pushed_at),
        }
    }

    /// When it was last pulled, or what stands for that.
    pub fn last_use(&self, now: Moment) -> Moment {
        let start = self.counts_from(now);
        let restored = self.status == Status::Activating || self.activated_at.is_some();
        match self.pulled_at {
            Some(pulled) if restored => pulled.max(start),
            Some(pulled) => pulled,
            None => start,
        }
    }

    /// When it went into the archive, as far as is known.
    pub fn transitioned_at(&self) -> Moment {
        self.archived_at.unwrap_or(self.pushed_at)
    }

    /// Whether it is an index: a list of images for several platforms.
    pub fn is_index(&self) -> bool {
        let known = |media: &String| INDEXES.contains(&media.as_str());
        !self.children.is_empty() || self.media_type.as_ref().is_some_and(known)
    }
}

/// Reads the output of `aws ecr describe-images`, or the list in it; `name` is for messages.
///
/// # Errors
/// All that is wrong with it, at once: no list of all images of one repository.
pub fn images(text: &str, name: &str) -> Result<Vec<ImageDetail>, Diagnostics> {
    let mut list = List::default();
    match parts(text) {
        Ok((parts, flaw)) => {
            list.problems.extend(flaw);
            list.images.reserve_exact(parts.len());
            parts.into_iter().for_each(|part| list.add(part));
        }
        Err(problem) => list.problems.push(*problem),
    }
    if list.problems.is_empty() {
        return Ok(list.images);
    }
    Err(Diagnostics::new(Sources::new(name, text, &[]), list.problems))
}

/// The images of the list, and what is wrong with the list as a whole.
fn parts(text: &str) -> Read<(Vec<Part<'_>>, Option<Problem>)> {
    let whole = Part::document(text, "the list of images")?;
    if whole.is_list() {
        return Ok((whole.list()?, None));
    }
    let whole = whole.object()?;
    let list = whole.required("imageDetails").map_err(|problem| {
        Box::new(
            problem.help("give the output of `aws ecr describe-images --repository-name NAME`"),
        )
    })?;
    let more = whole.fields.iter().find(|field| {
        matches!(field.name.as_str(), "nextToken" | "NextToken") && field.value.is_text()
    });
    let flaw = more.map(|field| {
        let problem = Problem::new("this is a part of the list: there are more images");
        problem
            .at(field.key.clone())
            .help("list them all, without `--max-items` or `--no-paginate`")
    });
    Ok((list.list()?, flaw))
}

/// Problems that are collected; who has more has given another file.
const ENOUGH: usize = 100;

#[derive(Default)]
struct List {
    images: Vec<ImageDetail>,
    problems: Vec<Problem>,
    repository: Option<(String, Range<usize>)>,
    /// Where each digest stands.
    digests: BTreeMap<String, Range<usize>>,
}

impl List {
    fn add(&mut self, part: Part<'_>) {
        if self.problems.len() >= ENOUGH {
            return;
        }
        match part.object() {
            Ok(object) => {
                let image = self.image(&object);
                self.images.extend(image);
            }
            Err(problem) => self.problems.push(*problem),
        }
    }

    fn image(&mut self, object: &Object<'_>) -> Option<ImageDetail> {
        self.same_repository(object);
        let digest = self.digest(object);
        let pushed =
            object.required("imagePushedAt").and_then(|part| moment(part, "imagePushedAt"));
        let pushed = pushed.map_err(|problem| self.problems.push(*problem)).ok();
        let tags = self.optional(object, "imageTags", Part::texts);
        let size = self.optional(object, "imageSizeInBytes", size);
        let status = self.optional(object, "imageStatus", status);
        let mut time = |key| self.optional(object, key, |part| moment(part, key));
        let pulled_at = time("lastRecordedPullTime");
        let archived_at = time("lastArchivedAt");
        let activated_at = time("lastActivatedAt");
        let media_type = self.optional(object, "imageManifestMediaType", Part::text);
        let subject = self.optional(object, "subjectManifestDigest", Part::text);
        let status = status.unwrap_or_default();
        if status == Status::Archived && object.get("lastArchivedAt").is_none() {
            let part = object.required("imageStatus");
            let title = "an archived image needs `lastArchivedAt`, which is missing";
            self.problems.extend(part.map(|part| part.problem(title)));
        }
        Some(ImageDetail {
            digest: digest?,
            tags: tags.unwrap_or_default(),
            pushed_at: pushed?,
            pulled_at,
            archived_at,
            activated_at,
            size_bytes: size.unwrap_or_default(),
            status,
            media_type,
            subject,
            children: Vec::new(),
        })
    }

    fn optional<'t, T>(
        &mut self,
        object: &Object<'t>,
        key: &str,
        read: impl FnOnce(Part<'t>) -> Read<T>,
    ) -> Option<T> {
        // `--query` prints null for what an image does not have
        let part = object.get(key).filter(|part| part.written() != "null")?;
        read(part).map_err(|problem| self.problems.push(*problem)).ok()
    }

    fn digest(&mut self, object: &Object<'_>) -> Option<String> {
        let part = object.required("imageDigest");
        let read = part.and_then(|part| part.text().map(|text| (text, part)));
        let (digest, part) = read.map_err(|problem| self.problems.push(*problem)).ok()?;
        if let Some(first) = self.digests.insert(digest.clone(), part.span()) {
            let mut problem = part.problem("this image stands in the list twice");
            problem.related = Some((first, "the first time".to_owned()));
            self.problems.push(problem);
        }
        Some(digest)
    }

    /// A policy belongs to one repository.
    fn same_repository(&mut self, object: &Object<'_>) {
        let Some(part) = object.get("repositoryName") else { return };
        let Some(name) = self.optional(object, "repositoryName", Part::text) else { return };
        match &self.repository {
            None => self.repository = Some((name, part.span())),
            Some((first, _)) if *first == name => {}
            Some((first, at)) => {
                let title = format!("images of two repositories, `{first}` and `{name}`");
                let mut problem = part.problem(title);
                problem.related = Some((at.clone(), "the first one".to_owned()));
                let help = "a lifecycle policy belongs to one repository: list them one by one";
                self.problems.push(problem.help(help));
            }
        }
    }
}

fn moment(part: Part<'_>, key: &str) -> Read<Moment> {
    let wrong = |help: String| -> Box<Problem> {
        let title = format!("`{key}` is no point in time");
        part.problem(title).help(help).into()
    };
    if part.is_text() {
        let text = part.text()?;
        return text.parse().map_err(|_| wrong("write it like `2026-03-01T12:00:00Z`".to_owned()));
    }
    let help = "expected a time like `\"2026-03-01T12:00:00Z\"`, or seconds since 1970";
    part.written().parse().map_err(|_| wrong(help.to_owned()))
}

fn size(part: Part<'_>) -> Read<u64> {
    let bytes = part.whole_number()?;
    u64::try_from(bytes).map_err(|_| part.problem("a size cannot be negative").into())
}

fn status(part: Part<'_>) -> Read<Status> {
    super::choice::choose(part, "imageStatus", STATUS)
}
