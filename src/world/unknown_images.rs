//! Images that a user's manifests and task definitions name and no scenario knows.
//!
//! These files run unchanged, so an image that is not in the scenario is taken as one of a usual
//! size, for every architecture of Linux and for Windows, and the run says so.

use std::collections::BTreeSet;

use super::ecs::{self, Documents};
use super::{World, kubernetes};
use crate::kubernetes::api::Object;
use crate::scenario::{
    Architecture, Cluster, ClusterKind, Image, Layer, OsFamily, PlatformBuild, Scenario,
};
use crate::units::Bytes;

/// The images of a cluster's files that are not among those of the scenario.
pub(super) fn of(
    scenario: &Scenario,
    cluster: &Cluster,
    objects: &[Object],
    documents: &Documents,
) -> Vec<Image> {
    let names = kubernetes::image_names(objects).chain(ecs::image_names(documents));
    let new = |name: &&str| scenario.images.iter().all(|image| image.name != *name);
    let names: BTreeSet<&str> = names.filter(new).collect();
    names.into_iter().map(|name| usual(name, size(cluster))).collect()
}

/// What they are taken to have.
fn size(cluster: &Cluster) -> Bytes {
    match cluster.kind {
        ClusterKind::Ecs => cluster.ecs.unknown_image,
        _ => cluster.kubernetes.unknown_image,
    }
}

impl World<'_> {
    /// Says which images are taken to be of a usual size.
    pub(super) fn warn_of_unknown(&mut self, images: &[Image]) {
        if images.is_empty() {
            return;
        }
        let files = match self.cluster.kind {
            ClusterKind::Ecs => "task definitions",
            _ => "manifests",
        };
        let names: Vec<&str> = images.iter().map(|image| image.name.as_str()).collect();
        let size = size(self.cluster);
        let warning = format!(
            "images of {files} that are not in the scenario were taken as {size} each: {}",
            names.join(", ")
        );
        self.recorder.warn(warning);
    }
}

fn usual(name: &str, size: Bytes) -> Image {
    let build = |os, architecture| PlatformBuild {
        os,
        architecture,
        layers: vec![Layer { size, unpacked: None, digest: None }],
        ..PlatformBuild::default()
    };
    Image {
        name: name.to_owned(),
        platforms: vec![
            build(OsFamily::Linux, Architecture::Amd64),
            build(OsFamily::Linux, Architecture::Arm64),
            build(OsFamily::Windows, Architecture::Amd64),
        ],
        ..Image::default()
    }
}
