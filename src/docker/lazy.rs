//! Lazy loading: a layer is mounted from the registry, and a container starts before it is here.
//!
//! The SOCI snapshotter and stargz read what a process touches, by ranges, and fetch the rest
//! behind it. Layers below 10 MiB are pulled as ever (SOCI's `min-layer-size`). An index is asked
//! for in addition to the manifest. A container starts after `start_data` of its data (6.4 % by
//! Harter et al., *Slacker*, FAST'16): that part of each large layer comes first, and nothing is
//! unpacked. The rest is fetched after 30 s in which nothing was mounted, one span of 4 MiB each
//! 500 ms (defaults of SOCI's `[background_fetch]`), here as streams whose rates add up to that.
//! Simplifications: a mount does not interrupt the fetches of images that were mounted before; the
//! reads of a process are one stream for each layer instead of many small ranges, and it does not
//! read from what is still missing later on.

use super::asking::Asker;
use super::images::{ChainId, ImageId, LayerId};
use super::pull::Pulls;
use super::registry::RegistryId;
use super::store::{Chain, Content};
use super::transfer::{Stage, Transfer};
use super::{ContainerEvent, Context};
use crate::engine::{Schedule, SimDuration};
use crate::units::{Bandwidth, Bytes};

/// Between the last mount and the first fetch behind it (`silence_period_msec`).
const SILENCE: SimDuration = SimDuration::from_secs(30);

/// A span each half second, all layers of an image together (`fetch_period_msec`).
const BEHIND: Bandwidth = Bandwidth((8 << 20) as f64);

/// Layers below this are pulled (`soci create --min-layer-size`).
const SMALLEST: Bytes = Bytes(10 << 20);

impl Pulls {
    /// Whether an image is mounted on an engine instead of pulled.
    pub(super) fn is_lazy(&self, engine: u32, image: ImageId) -> bool {
        self.stores[engine as usize].policy.lazy && self.catalog.image(image).lazy
    }

    /// Whether a layer of it is.
    pub(super) fn mounts(&self, engine: u32, image: ImageId, layer: LayerId) -> bool {
        self.is_lazy(engine, image) && self.catalog.layer(layer).compressed >= SMALLEST
    }

    /// What has to come of a layer before a container can start.
    pub(super) fn bytes_to_start(&self, image: ImageId, layer: LayerId, mounted: bool) -> Bytes {
        let whole = self.catalog.layer(layer).compressed;
        let share = if mounted { self.catalog.image(image).start_data } else { 1.0 };
        Bytes((whole.0 as f64 * share).round() as u64)
    }

    /// What a container reads at first of a layer has come: it is usable, and the rest follows.
    pub(super) fn mount<S: Schedule<ContainerEvent>>(
        &mut self,
        first: Transfer,
        chain: ChainId,
        context: &mut Context<'_, S>,
    ) {
        let whole = self.catalog.layer(first.layer).compressed;
        let rest = Bytes(whole.0 - first.bytes.0);
        let store = &mut self.stores[first.engine as usize];
        if store.keeps_contents() {
            store.disk_used.0 -= whole.0;
        }
        store.set_content(first.layer, Content::Absent);
        store.set_chain(chain, Chain::Present);
        store.mounted = context.now();
        let behind = Transfer {
            stage: Stage::Silent,
            pulls: Vec::new(),
            received: Bytes(0),
            bytes: rest,
            ..first
        };
        let token = self.transfers.insert(behind);
        self.wake(Asker::Transfer(token), SILENCE, context);
    }

    /// The silence after a mount is over, unless there was another one.
    pub(super) fn silence_over<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
    ) {
        let mounted = self.stores[self.transfers[token].engine as usize].mounted;
        let rest = SILENCE.saturating_sub(context.now().since(mounted));
        if rest.is_zero() {
            self.fetch_behind(token, context);
        } else {
            self.wake(Asker::Transfer(token), rest, context);
        }
    }

    /// Fetches the rest of a mounted layer, or waits for its registry.
    fn fetch_behind<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
    ) {
        let Transfer { engine, image, content, bytes, received, .. } = self.transfers[token];
        self.transfers[token].stage = Stage::Paused;
        if self.registries.is_up(self.home(image)) {
            let layers = self.layers(engine, content).iter();
            let mounted =
                layers.filter(|placed| self.mounts(engine, content, placed.layer)).count();
            let cap = Bandwidth(BEHIND.0 / mounted as f64);
            let flow = self.open(token, Bytes(bytes.0 - received.0), cap, context);
            self.transfers[token].stage = Stage::Behind(flow);
        }
    }

    /// A registry is back: what is mounted from it comes on.
    pub(super) fn resume_behind<S: Schedule<ContainerEvent>>(
        &mut self,
        registry: RegistryId,
        context: &mut Context<'_, S>,
    ) {
        let paused = self.transfers.iter().filter(|(_, transfer)| {
            transfer.stage == Stage::Paused && self.home(transfer.image) == registry
        });
        for token in paused.map(|(token, _)| token).collect::<Vec<_>>() {
            self.fetch_behind(token, context);
        }
    }

    /// The rest of these layers is not wanted on an engine any more.
    pub(super) fn stop_behind<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        gone: impl Fn(ChainId) -> bool,
        context: &mut Context<'_, S>,
    ) {
        if !self.stores[engine as usize].policy.lazy {
            return;
        }
        let behind = self.transfers.iter().filter(|(_, transfer)| {
            transfer.engine == engine && transfer.is_behind() && transfer.mounts.is_some_and(&gone)
        });
        for token in behind.map(|(token, _)| token).collect::<Vec<_>>() {
            if let Stage::Behind(flow) = self.transfers[token].stage {
                self.stop_stream(token, flow, context);
            }
            self.transfers.remove(token);
        }
    }
}
