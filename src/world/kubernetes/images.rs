//! Images that manifests name and no scenario knows.
//!
//! A user's manifests run unchanged, so an image that is not in the scenario is taken as one of a
//! usual size, for every architecture of Linux, and the run says so.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::PodSpec;

use crate::kubernetes::api::Object;
use crate::scenario::{Architecture, Image, KubernetesOptions, Layer, OsFamily, PlatformBuild};
use crate::world::World;

/// The pods that an object makes.
pub fn pod_spec(object: &Object) -> Option<&PodSpec> {
    match object {
        Object::Pod(one) => one.spec.as_ref(),
        Object::Deployment(one) => one.spec.as_ref()?.template.spec.as_ref(),
        Object::ReplicaSet(one) => one.spec.as_ref()?.template.as_ref()?.spec.as_ref(),
        Object::ReplicationController(one) => one.spec.as_ref()?.template.as_ref()?.spec.as_ref(),
        Object::StatefulSet(one) => one.spec.as_ref()?.template.spec.as_ref(),
        Object::DaemonSet(one) => one.spec.as_ref()?.template.spec.as_ref(),
        Object::Job(one) => one.spec.as_ref()?.template.spec.as_ref(),
        Object::CronJob(one) => one.spec.job_template.spec.as_ref()?.template.spec.as_ref(),
        _ => None,
    }
}

/// The images of manifests that are not among those known, as they are taken to be.
pub fn unknown(objects: &[Object], known: &[Image], options: &KubernetesOptions) -> Vec<Image> {
    let specs = objects.iter().filter_map(pod_spec);
    let containers =
        specs.flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers));
    let names = containers.filter_map(|container| container.image.as_deref());
    let new = |name: &&str| known.iter().all(|image| image.name != *name);
    let names: BTreeSet<&str> = names.filter(new).collect();
    names.into_iter().map(|name| usual(name, options)).collect()
}

impl World<'_> {
    /// Says which images are taken to be of a usual size.
    pub(in crate::world) fn warn_of_unknown(&mut self, images: &[Image]) {
        if images.is_empty() {
            return;
        }
        let names: Vec<&str> = images.iter().map(|image| image.name.as_str()).collect();
        let size = self.cluster.kubernetes.unknown_image;
        let warning = format!(
            "images of manifests that are not in the scenario were taken as {size} each: {}",
            names.join(", ")
        );
        self.recorder.warn(warning);
    }
}

fn usual(name: &str, options: &KubernetesOptions) -> Image {
    let build = |architecture| PlatformBuild {
        os: OsFamily::Linux,
        architecture,
        layers: vec![Layer { size: options.unknown_image, unpacked: None, digest: None }],
        ..PlatformBuild::default()
    };
    Image {
        name: name.to_owned(),
        platforms: vec![build(Architecture::Amd64), build(Architecture::Arm64)],
        ..Image::default()
    }
}
