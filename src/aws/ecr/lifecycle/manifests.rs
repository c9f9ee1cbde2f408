//! What indexes consist of, as `BatchGetImage` answers.
//!
//! An image that is in an index cannot be expired while the index is there, but a list of images
//! does not tell which those are: only the manifest of the index does (OCI image specification,
//! `image-index.md`: `manifests[].digest`).

use super::ImageDetail;
use crate::aws::json::{Part, Read};
use crate::scenario::load::Sources;
use crate::scenario::{Diagnostics, Problem};

/// The images of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Digest of the index.
    pub digest: String,
    /// Digests of what it consists of.
    pub children: Vec<String>,
}

/// Reads the output of `aws ecr batch-get-image`; `name` is for messages. Manifests of single
/// images are skipped.
///
/// # Errors
/// All that is wrong with it, at once.
pub fn read(text: &str, name: &str) -> Result<Vec<Index>, Diagnostics> {
    let whole = Part::document(text, "the manifests").and_then(Part::object);
    let list =
        whole.and_then(|whole| whole.required("images")).and_then(Part::list).map_err(|problem| {
            Box::new(problem.help("give the output of `aws ecr batch-get-image --image-ids …`"))
        });
    let read = list.map(|parts| parts.into_iter().map(index).collect::<Vec<_>>());
    let mut problems = Vec::new();
    let mut indexes = Vec::new();
    for one in read.unwrap_or_else(|problem| vec![Err(problem)]) {
        match one {
            Ok(index) => indexes.extend(index),
            Err(problem) => problems.push(*problem),
        }
    }
    if problems.is_empty() {
        return Ok(indexes);
    }
    Err(Diagnostics::new(Sources::new(name, text, &[]), problems))
}

fn index(part: Part<'_>) -> Read<Option<Index>> {
    let image = part.object()?;
    let id = image.required("imageId")?.object()?;
    let digest = id.required("imageDigest")?.text()?;
    let written = image.required("imageManifest")?;
    let manifest = written.text()?;
    // positions in the manifest are none in the file
    let inside = |problem: Box<Problem>| -> Box<Problem> {
        written.problem(format!("in the manifest: {}", problem.title)).into()
    };
    let manifest =
        Part::document(&manifest, "the manifest").and_then(Part::object).map_err(inside)?;
    let Some(list) = manifest.get("manifests") else { return Ok(None) };
    let mut children = Vec::new();
    for child in list.list().map_err(inside)? {
        let child = child.object().map_err(inside)?;
        let digest = child.required("digest").and_then(Part::text).map_err(inside)?;
        children.push(digest);
    }
    Ok(Some(Index { digest, children }))
}

/// Tells each image that is one of these indexes what it consists of.
pub fn attach(images: &mut [ImageDetail], mut indexes: Vec<Index>) {
    indexes.sort_by(|one, other| one.digest.cmp(&other.digest));
    for image in images {
        let place = indexes.binary_search_by(|index| index.digest.cmp(&image.digest));
        if let Ok(place) = place {
            image.children.clone_from(&indexes[place].children);
        }
    }
}
