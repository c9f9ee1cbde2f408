//! What an engine has of images: contents that were transferred, layers that are unpacked, images
//! that are complete, and the space they take.
//!
//! dockerd 27 keeps what is unpacked and forgets the compressed content. containerd 2, on which the
//! kubelet works, keeps both, which takes the compressed size in addition and saves the transfer
//! where a content is needed on another base.
//!
//! Space is taken when a pull begins to need it, so that two pulls do not count on the same.
//! Simplification: what dockerd keeps of a content until it is unpacked takes none.

use std::collections::VecDeque;

use super::engine::{EnginePolicy, EngineSpec};
use super::garbage::Rounds;
use super::images::{Catalog, ChainId, Image, ImageId, LayerId, Placed, Platform};
use super::refusal::{self, Refusal};
use super::registry::Bucket;
use super::totals::EngineTotals;
use super::writable::Writable;
use crate::engine::{SimTime, fetch};
use crate::scenario::{CallLimit, OperatingSystem, PullClient};
use crate::sharing::flows::LinkId;
use crate::units::{Bytes, Rate};

/// The kubelet's limit of pulls (`KubeletConfiguration`, Kubernetes 1.36); one that comes too early
/// fails as if the registry had (`pull QPS exceeded`).
const KUBELET_PULLS: CallLimit = CallLimit { rate: Rate(5.0), burst: Some(10) };

/// The content of a layer on one engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Content {
    #[default]
    Absent,
    /// This transfer brings it.
    Coming(u32),
    Here,
}

/// A layer on its base on one engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Chain {
    #[default]
    Absent,
    /// Pulls under way need it, so many, and its space is taken.
    Wanted(u32),
    /// So many pulls need it, and this unpacking makes it.
    Unpacking {
        wanted: u32,
        token: u32,
    },
    Present,
}

/// An image on one engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub there: bool,
    /// Its manifest is here: the registry need only be asked whether it is still the same.
    pub known: bool,
    /// Containers made of it that have not been removed.
    pub users: u32,
    /// When one was last seen.
    pub last_used: SimTime,
}

/// The images of one engine: what it has, and what is on its way.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub os: OperatingSystem,
    pub policy: EnginePolicy,
    pub route: Vec<LinkId>,
    pub disk: LinkId,
    pub disk_size: Bytes,
    /// Bytes of images, those on their way included.
    pub disk_used: Bytes,
    /// What containers have written on top of their images.
    pub writable: Writable,
    /// With less than this free, its owner is told, once.
    pub watched: Option<Bytes>,
    /// Tells the engines apart that one after another have this place.
    pub installed: u32,
    pub rounds: Rounds,
    /// How many pulls the kubelet begins (`registryPullQPS` 5, `registryBurst` 10).
    pull_rate: Option<Bucket>,
    /// When a layer was last mounted.
    pub mounted: SimTime,
    pub totals: EngineTotals,
    /// Transfers that wait for one of the concurrent downloads to end, first come, first served.
    pub queue: VecDeque<u32>,
    pub downloading: u32,
    /// Pulls in the order in which they came.
    pub pulls: Vec<u32>,
    /// Bytes that have come of contents that are not here, where they are kept.
    pub partial: Vec<(LayerId, Bytes)>,
    contents: Vec<Content>,
    chains: Vec<Chain>,
    /// By content. One that a name has stood for stays until it is removed.
    images: Vec<Kept>,
    /// What each name of an image stands for here.
    names: Vec<ImageId>,
}

impl Store {
    /// Asks for the memory that a container which ends needs of it.
    pub fn fetch(&self) {
        fetch(&self.writable);
        fetch(&self.images);
        self.images.first().into_iter().for_each(fetch);
    }

    pub fn new(spec: &EngineSpec, catalog: &Catalog) -> Self {
        Self {
            os: spec.os.clone(),
            policy: spec.policy,
            route: spec.route.clone(),
            disk: spec.disk,
            disk_size: spec.disk_size,
            disk_used: Bytes(0),
            writable: Writable::default(),
            watched: None,
            installed: 0,
            rounds: Rounds::None,
            pull_rate: (spec.policy.client == PullClient::Kubelet)
                .then(|| Bucket::new(KUBELET_PULLS)),
            mounted: SimTime::ZERO,
            totals: EngineTotals::default(),
            queue: VecDeque::new(),
            downloading: 0,
            pulls: Vec::new(),
            partial: Vec::new(),
            contents: vec![Content::Absent; catalog.layers()],
            chains: vec![Chain::Absent; catalog.chains()],
            images: vec![Kept::default(); catalog.images().len()],
            names: catalog.images().collect(),
        }
    }

    /// Whether the client begins another pull now, or has begun too many.
    pub fn may_pull(&mut self, now: SimTime) -> bool {
        self.pull_rate.as_mut().is_none_or(|rate| rate.take(now))
    }

    /// Whether contents stay after they were unpacked.
    pub fn keeps_contents(&self) -> bool {
        self.policy.client == PullClient::Kubelet
    }

    /// Whether the client limits downloads for each pull of its own.
    pub fn limits_each_pull(&self) -> bool {
        self.policy.client == PullClient::Kubelet
    }

    /// Bytes in use, at an instant.
    pub fn used(&self, now: SimTime) -> Bytes {
        Bytes(self.disk_used.0 + self.writable.written(now).0)
    }

    pub fn free(&self, now: SimTime) -> Bytes {
        Bytes(self.disk_size.0.saturating_sub(self.used(now).0))
    }

    /// Share of the disk in use.
    pub fn usage(&self, now: SimTime) -> f64 {
        self.used(now).0 as f64 / (self.disk_size.0 as f64).max(1.0)
    }

    /// Whether nothing will take more of the disk before somebody else makes it.
    pub fn is_still(&self) -> bool {
        self.pulls.is_empty() && !self.writable.grows()
    }

    /// The build of an image for this engine's machine.
    ///
    /// # Panics
    /// When there is none: such containers are refused when they are created.
    pub fn platform<'a>(&self, image: &'a Image) -> &'a Platform {
        let platform = refusal::check(&self.os, image);
        platform.expect("a container that cannot run is refused when it is created")
    }

    pub fn content(&self, layer: LayerId) -> Content {
        self.contents[layer.0 as usize]
    }

    pub fn set_content(&mut self, layer: LayerId, content: Content) {
        self.contents[layer.0 as usize] = content;
    }

    pub fn chain(&self, chain: ChainId) -> Chain {
        self.chains[chain.0 as usize]
    }

    pub fn set_chain(&mut self, chain: ChainId, state: Chain) {
        self.chains[chain.0 as usize] = state;
    }

    /// What the name of an image stands for here.
    pub fn content_of(&self, name: ImageId) -> ImageId {
        self.names[name.0 as usize]
    }

    /// From now on, a name stands for this here.
    pub fn set_content_of(&mut self, name: ImageId, content: ImageId) {
        self.names[name.0 as usize] = content;
    }

    pub fn image(&self, content: ImageId) -> Kept {
        self.images[content.0 as usize]
    }

    pub fn image_mut(&mut self, content: ImageId) -> &mut Kept {
        &mut self.images[content.0 as usize]
    }

    /// A container was made of an image.
    pub fn use_image(&mut self, content: ImageId, now: SimTime) {
        let kept = self.image_mut(content);
        (kept.users, kept.last_used) = (kept.users + 1, now);
    }

    /// A container that was made of an image is removed.
    pub fn leave_image(&mut self, content: ImageId, now: SimTime) {
        let kept = self.image_mut(content);
        (kept.users, kept.last_used) = (kept.users.saturating_sub(1), now);
    }

    /// What a pull of these layers would add to the disk.
    pub fn needs(&self, layers: &[Placed], catalog: &Catalog) -> Bytes {
        let needed = layers.iter().map(|&Placed { layer, chain }| {
            let sizes = catalog.layer(layer);
            let unpacked = if self.chain(chain) == Chain::Absent { sizes.unpacked.0 } else { 0 };
            let kept = self.keeps_contents() && self.content(layer) == Content::Absent;
            unpacked + if kept { sizes.compressed.0 } else { 0 }
        });
        Bytes(needed.sum())
    }

    /// Has an image be there without a pull, before anything else happens.
    pub fn preload(&mut self, image: ImageId, catalog: &Catalog) -> Result<(), Refusal> {
        let platform = refusal::check(&self.os, catalog.image(image))?;
        let (needed, free) = (self.needs(&platform.layers, catalog), self.free(SimTime::ZERO));
        if needed > free {
            return Err(Refusal::DiskFull { needed, free });
        }
        self.disk_used.0 += needed.0;
        for placed in &platform.layers {
            self.set_chain(placed.chain, Chain::Present);
            if self.keeps_contents() {
                self.set_content(placed.layer, Content::Here);
            }
        }
        let kept = self.image_mut(image);
        (kept.there, kept.known) = (true, true);
        Ok(())
    }

    /// Forgets everything: another disk.
    pub fn wipe(&mut self) {
        self.contents.fill(Content::Absent);
        self.chains.fill(Chain::Absent);
        self.images.fill(Kept::default());
        self.names = (0..self.names.len() as u32).map(ImageId).collect();
        self.partial.clear();
        (self.disk_used, self.writable) = (Bytes(0), Writable::default());
    }
}
