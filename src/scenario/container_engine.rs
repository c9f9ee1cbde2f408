//! `engine`: how a cluster's container engines pull, unpack, keep and start images.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Law;
use crate::engine::SimDuration;
use crate::units::{Bandwidth, Bytes, Fraction};

/// Behaviour of the container engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EngineOptions {
    /// Whose rules pulls follow: what is limited, what is tried again, what is cleaned up. Default:
    /// `kubelet` in a cluster of Kubernetes, `docker` in others.
    pub client: Option<PullClient>,
    /// Layers downloaded at once: by the engine (`docker`, `ecs-agent`) or by each pull
    /// (`kubelet`). Default 3 (dockerd and containerd).
    pub max_concurrent_downloads: u32,
    /// Images pulled at once. Default: one (`kubelet`: `serializeImagePulls`), any number (others).
    pub max_parallel_pulls: Option<u32>,
    /// Rate at which one layer is decompressed, in bytes of output. Default 100MB/s; bounded by
    /// the disk.
    pub extraction: Bandwidth,
    /// Whether the layers of an image are unpacked one after another, or each as soon as it is
    /// there. Default sequential.
    pub unpack: Unpack,
    /// When the registry is asked. Default: `missing`; `default` for `ecs-agent`.
    pub pull: Option<PullPolicy>,
    /// Images with an index for lazy loading are mounted instead of pulled: a container starts
    /// after `start_data` of their large layers, and the rest comes behind it. Default false.
    pub lazy: bool,
    /// What is removed when. Default: what the client does: `kubelet` from 85% of the disk down to
    /// 80%; `ecs-agent` five unused images of an hour every 30 minutes; `docker` nothing.
    pub cleanup: Option<Cleanup>,
    /// Time from an unpacked image to a running process. Default lognormal, mean 400ms, cv 0.3
    /// (`docker run` of a cached image 0.3-1 s).
    pub start: Law,
    /// Time between the stop signal and the kill. Default 10s.
    pub stop_timeout: SimDuration,
    /// Memory of the engine and its shims, per engine. Default 100MiB.
    pub memory: Bytes,
    /// All images are on every engine when the run starts. Default false.
    pub prepulled: bool,
    /// These images are on every engine when the run starts, such as the base of all others in a
    /// machine image. Default none.
    pub prepulled_images: Vec<String>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            client: None,
            max_concurrent_downloads: 3,
            max_parallel_pulls: None,
            extraction: Bandwidth(1e8),
            unpack: Unpack::default(),
            pull: None,
            lazy: false,
            cleanup: None,
            start: Law::Lognormal { mean: SimDuration::from_millis(400), cv: 0.3 },
            stop_timeout: SimDuration::from_secs(10),
            memory: Bytes(100 << 20),
            prepulled: false,
            prepulled_images: Vec::new(),
        }
    }
}

/// Who pulls images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PullClient {
    /// dockerd: a layer is tried five times, then `docker run` fails.
    #[default]
    Docker,
    /// The kubelet on containerd: one image at a time; a pull that fails is tried again after 10 s,
    /// then after twice as long, up to 5 min (ImagePullBackOff).
    Kubelet,
    /// The agent of Amazon ECS on dockerd: five pulls within seconds, then the task stops
    /// (CannotPullContainerError).
    EcsAgent,
}

/// How the layers of an image are unpacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unpack {
    /// From the base upwards, one after another: dockerd and containerd.
    #[default]
    Sequential,
    /// All at once, each as soon as it was transferred: the parallel mode of the SOCI snapshotter.
    Parallel,
}

/// When the registry is asked for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PullPolicy {
    /// When the image is not there (`IfNotPresent`; `once` and `prefer-cached` of the ECS agent).
    Missing,
    /// Before each start, for its manifest; layers that are there are not pulled again (`Always`).
    Always,
    /// Before each start, but an image that is there will do when that fails (the ECS agent's
    /// `default`).
    Default,
    /// Not at all: an image that is not there is an error (`Never`).
    Never,
}

/// Removal of images that no container uses, those unused for longest first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cleanup {
    /// Time between two rounds. Default 5min (the kubelet's).
    pub every: SimDuration,
    /// Images that were in use a shorter time ago stay. Default 2min.
    pub min_age: SimDuration,
    /// A round does something only when this much of the disk is in use. Default 85%.
    pub above: Fraction,
    /// A round ends when only this much of the disk is in use. Default 80%.
    pub down_to: Fraction,
    /// Most images that a round removes. Default: any number.
    pub most: Option<u32>,
}

impl Default for Cleanup {
    fn default() -> Self {
        Self {
            every: SimDuration::from_secs(300),
            min_age: SimDuration::from_secs(120),
            above: Fraction(0.85),
            down_to: Fraction(0.80),
            most: None,
        }
    }
}

impl Cleanup {
    /// The ECS agent's: every 30 minutes at most five images that were unused for an hour.
    pub const ECS_AGENT: Self = Self {
        every: SimDuration::from_secs(1800),
        min_age: SimDuration::from_secs(3600),
        above: Fraction(0.0),
        down_to: Fraction(0.0),
        most: Some(5),
    };
}

impl EngineOptions {
    /// What is removed when, by what is written or the client's habit.
    pub fn cleanup(&self) -> Option<Cleanup> {
        self.cleanup.or(match self.client() {
            PullClient::Docker => None,
            PullClient::Kubelet => Some(Cleanup::default()),
            PullClient::EcsAgent => Some(Cleanup::ECS_AGENT),
        })
    }

    /// Whose rules pulls follow.
    pub fn client(&self) -> PullClient {
        self.client.unwrap_or_default()
    }

    /// When the registry is asked, by what is written or the client's habit.
    pub fn pull(&self) -> PullPolicy {
        self.pull.unwrap_or(match self.client() {
            PullClient::Docker | PullClient::Kubelet => PullPolicy::Missing,
            PullClient::EcsAgent => PullPolicy::Default,
        })
    }

    /// Images pulled at once, by what is written or the client's habit.
    pub fn max_parallel_pulls(&self) -> u32 {
        self.max_parallel_pulls.unwrap_or(match self.client() {
            PullClient::Kubelet => 1,
            PullClient::Docker | PullClient::EcsAgent => u32::MAX,
        })
    }
}
