//! Contents of layers on their way: queued, asked for, downloaded.
//!
//! A transfer belongs to an engine, not to a pull: all pulls that need the content share it (the
//! transfer manager of dockerd 27, the content store of containerd 2). At most
//! `max_concurrent_downloads` come at once: by the engine with dockerd, by each pull with
//! containerd, where a transfer counts for the pull that wanted it first. One that is cut off goes
//! on from where it was when its client asks again (HTTP range requests).

use super::asking::{Asker, Asking, Came, Wish};
use super::client;
use super::images::{ChainId, ImageId, LayerId, Placed};
use super::pull::{Pull, Pulls, Stage as PullStage};
use super::refusal::Refusal;
use super::registry::{Call, RegistryError, RegistryId};
use super::store::{Chain, Content};
use super::{ContainerEvent, Context};
use crate::engine::{Schedule, Tag};
use crate::sharing::flows::FlowId;
use crate::units::{Bandwidth, Bytes};

/// A content on its way to an engine.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    pub engine: u32,
    pub layer: LayerId,
    /// The image it is asked for as a part of, by its name.
    pub image: ImageId,
    /// What that name stands for.
    pub content: ImageId,
    pub stage: Stage,
    /// Pulls that need it; the first is the one it counts for.
    pub pulls: Vec<u32>,
    /// What has come before the present stream.
    pub received: Bytes,
    /// What is to come in all, before a container can start.
    pub bytes: Bytes,
    /// What is mounted when that much has come, and the rest follows behind it.
    pub mounts: Option<ChainId>,
    /// Times it was asked for in vain.
    pub attempts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stage {
    /// Waits for one of the concurrent downloads to end.
    Queued,
    /// The registry is asked for it, or is going to be asked again.
    Asking(Asking),
    Downloading(FlowId),
    /// Its layer is mounted, and the rest of it will come after a while.
    Silent,
    /// The rest of it comes.
    Behind(FlowId),
    /// Its layer is mounted, and the registry that has the rest of it is gone.
    Paused,
}

impl Transfer {
    /// Whether nobody waits for it.
    pub fn is_behind(&self) -> bool {
        matches!(self.stage, Stage::Silent | Stage::Behind(_) | Stage::Paused)
    }

    /// Whether it counts as a concurrent download.
    fn is_counted(&self) -> bool {
        self.stage != Stage::Queued && !self.is_behind()
    }
}

impl Pulls {
    /// A pull needs a layer: it is there, or on its way, or it is queued to be transferred.
    pub(super) fn want(&mut self, pull: u32, placed: Placed) {
        let Placed { layer, chain } = placed;
        let Pull { engine, image, content, .. } = self.pulls[pull];
        let sizes = self.catalog.layer(layer);
        let mounts = self.mounts(engine, content, layer).then_some(chain);
        let store = &mut self.stores[engine as usize];
        store.totals.layers_wanted += 1;
        match store.chain(chain) {
            Chain::Present => return self.found(pull),
            Chain::Absent => {
                store.disk_used.0 += sizes.unpacked.0;
                store.set_chain(chain, Chain::Wanted(1));
            }
            Chain::Wanted(wanted) => store.set_chain(chain, Chain::Wanted(wanted + 1)),
            Chain::Unpacking { wanted, token } => {
                store.set_chain(chain, Chain::Unpacking { wanted: wanted + 1, token });
                // its content was there, whatever has become of that since
                return self.found(pull);
            }
        }
        match store.content(layer) {
            Content::Here => self.found(pull),
            Content::Coming(token) => {
                self.transfers[token].pulls.push(pull);
                self.pulls[pull].account.layers_joined += 1;
                self.pulls[pull].missing += 1;
            }
            Content::Absent => {
                let part = store.partial.iter().position(|&(other, _)| other == layer);
                let received = part.map_or(Bytes(0), |place| store.partial.swap_remove(place).1);
                if store.keeps_contents() {
                    store.disk_used.0 += sizes.compressed.0;
                }
                let bytes = self.bytes_to_start(content, layer, mounts.is_some());
                let transfer = Transfer {
                    engine,
                    layer,
                    image,
                    content,
                    stage: Stage::Queued,
                    pulls: vec![pull],
                    received: received.min(bytes),
                    bytes,
                    mounts,
                    attempts: 0,
                };
                let token = self.transfers.insert(transfer);
                let store = &mut self.stores[engine as usize];
                store.set_content(layer, Content::Coming(token));
                store.queue.push_back(token);
                self.pulls[pull].missing += 1;
            }
        }
    }

    /// A layer of a pull is here.
    fn found(&mut self, pull: u32) {
        let Pull { engine, account, .. } = &mut self.pulls[pull];
        account.layers_present += 1;
        self.stores[*engine as usize].totals.layer_hits += 1;
    }

    /// Asks the registry for the next layers, as many as may be downloaded at once.
    pub(super) fn ask_next<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        let mut at = 0;
        while let Some(&token) = self.stores[engine as usize].queue.get(at) {
            let store = &mut self.stores[engine as usize];
            let limit = store.policy.max_concurrent_downloads.max(1);
            let each = store.limits_each_pull();
            let pull = self.transfers[token].pulls[0];
            let under_way = if each { self.pulls[pull].downloading } else { store.downloading };
            if under_way < limit {
                store.queue.remove(at);
                store.downloading += 1;
                self.pulls[pull].downloading += 1;
                self.ask_layer(token, context);
            } else if each {
                at += 1;
            } else {
                return;
            }
        }
    }

    fn ask_layer<S: Schedule<ContainerEvent>>(&mut self, token: u32, context: &mut Context<'_, S>) {
        let Transfer { engine, layer, image, .. } = self.transfers[token];
        let wish = Wish { engine, image, by_tag: false, known: true, layer: Some(layer) };
        self.ask(Asker::Transfer(token), wish, context);
    }

    /// What a transfer waited for has come, or the end of its wait.
    pub(super) fn layer_due<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        generation: u32,
        context: &mut Context<'_, S>,
    ) {
        let Some(transfer) = self.transfers.tagged(Tag { index: token, generation }) else {
            return;
        };
        let came = match transfer.stage {
            Stage::Silent => return self.silence_over(token, context),
            Stage::Asking(asking) => self.came(asking, transfer.image),
            _ => None,
        };
        match came {
            Some(Came::Answer(Call::Token) | Came::Again) => self.ask_layer(token, context),
            Some(Came::Answer(_)) => {
                let rest = Bytes(transfer.bytes.0 - transfer.received.0);
                let flow = self.open(token, rest, Bandwidth(f64::INFINITY), context);
                self.transfers[token].stage = Stage::Downloading(flow);
            }
            Some(Came::Error(error)) => self.layer_failed(token, error, context),
            None => {}
        }
    }

    /// Opens the stream of a transfer, which takes no more than `cap`.
    pub(super) fn open<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        bytes: Bytes,
        cap: Bandwidth,
        context: &mut Context<'_, S>,
    ) -> FlowId {
        let Transfer { engine, image, .. } = self.transfers[token];
        let (now, home) = (context.calendar.now(), self.home(image));
        let route = &self.stores[engine as usize].route;
        self.registries.open(home, context.network, now, route, (bytes, cap), token)
    }

    /// The flow of a transfer is through.
    pub(super) fn downloaded<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
    ) {
        if self.transfers[token].is_behind() {
            let Transfer { engine, bytes, received, .. } = self.transfers.remove(token);
            self.stores[engine as usize].totals.pulled.0 += bytes.0 - received.0;
            return;
        }
        self.uncount(token);
        let transfer = self.transfers.remove(token);
        let Transfer { engine, layer, ref pulls, received, bytes, .. } = transfer;
        let store = &mut self.stores[engine as usize];
        store.totals.layers_pulled += 1;
        store.totals.layers_joined += pulls.len() as u64 - 1;
        store.totals.pulled.0 += bytes.0 - received.0;
        for &pull in pulls {
            let state = &mut self.pulls[pull];
            state.account.layers_pulled += 1;
            state.account.bytes.0 += bytes.0;
            state.missing -= 1;
            if state.missing == 0 {
                state.downloaded = context.now();
            }
        }
        let pulls = pulls.clone();
        match transfer.mounts {
            Some(chain) => self.mount(transfer, chain, context),
            None => self.stores[engine as usize].set_content(layer, Content::Here),
        }
        for pull in pulls {
            if self.is_pulling_layers(pull) {
                self.unpack_next(pull, context);
            }
        }
        self.ask_next(engine, context);
    }

    /// Whether this is a pull of which layers come.
    pub(super) fn is_pulling_layers(&self, pull: u32) -> bool {
        self.pulls.get(pull).is_some_and(|pull| pull.stage == PullStage::Layers)
    }

    /// An attempt at a layer has come to nothing: it is tried again, or its pulls have failed.
    fn layer_failed<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        error: RegistryError,
        context: &mut Context<'_, S>,
    ) {
        let transfer = &mut self.transfers[token];
        transfer.attempts += 1;
        let client = self.stores[transfer.engine as usize].policy.client;
        let pulls = transfer.pulls.clone();
        if let Some(wait) = client::layer_retry(client, transfer.attempts, error) {
            for pull in pulls {
                let account = &mut self.pulls[pull].account;
                account.layer_retries += 1;
                account.back_off += wait;
            }
            self.later(Asker::Transfer(token), Asking::Waiting, wait, context);
        } else {
            for pull in pulls {
                if self.is_pulling_layers(pull) {
                    self.fail(pull, Refusal::PullFailed(error), context);
                }
            }
        }
    }

    /// A registry is gone, and with it all streams from it.
    pub(super) fn cut<S: Schedule<ContainerEvent>>(
        &mut self,
        registry: RegistryId,
        context: &mut Context<'_, S>,
    ) {
        let all = self.transfers.iter();
        let streams: Vec<Tag> = all
            .filter(|(_, transfer)| {
                let flows = matches!(transfer.stage, Stage::Downloading(_) | Stage::Behind(_));
                flows && self.home(transfer.image) == registry
            })
            .map(|(token, _)| self.transfers.tag(token))
            .collect();
        for tag in streams {
            let Some(token) = self.transfers.current(tag) else {
                continue;
            };
            match self.transfers[token].stage {
                Stage::Downloading(flow) => {
                    self.stop_stream(token, flow, context);
                    self.layer_failed(token, RegistryError::Unreachable, context);
                }
                Stage::Behind(flow) => {
                    self.stop_stream(token, flow, context);
                    self.transfers[token].stage = Stage::Paused;
                }
                _ => {}
            }
        }
    }

    /// Ends the stream of a transfer before its time.
    pub(super) fn stop_stream<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        flow: FlowId,
        context: &mut Context<'_, S>,
    ) {
        let carried = context.network.cancel(context.calendar.now(), flow).unwrap_or(Bytes(0));
        let transfer = &mut self.transfers[token];
        transfer.received.0 += carried.0;
        self.stores[transfer.engine as usize].totals.pulled.0 += carried.0;
    }

    /// A transfer is no download any more.
    fn uncount(&mut self, token: u32) {
        let transfer = &self.transfers[token];
        if transfer.is_counted() {
            self.stores[transfer.engine as usize].downloading -= 1;
            if let Some(&pull) = transfer.pulls.first() {
                self.pulls[pull].downloading -= 1;
            }
        }
    }

    /// A pull does not need a transfer any more, if it did: where it found the layer present, the
    /// transfer brings the same content for another base. The last one takes it along.
    pub(super) fn leave_transfer<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let transfer = &mut self.transfers[token];
        if !transfer.pulls.contains(&pull) {
            return;
        }
        self.stores[transfer.engine as usize].totals.layers_given_up += 1;
        if transfer.pulls.len() == 1 {
            return self.give_up(token, context);
        }
        let first = transfer.pulls[0] == pull;
        transfer.pulls.retain(|&other| other != pull);
        if first && transfer.is_counted() {
            let heir = transfer.pulls[0];
            self.pulls[pull].downloading -= 1;
            self.pulls[heir].downloading += 1;
        }
    }

    /// Gives up a transfer that no pull needs any more.
    fn give_up<S: Schedule<ContainerEvent>>(&mut self, token: u32, context: &mut Context<'_, S>) {
        self.uncount(token);
        match self.transfers[token].stage {
            Stage::Queued => {
                let engine = self.transfers[token].engine;
                self.stores[engine as usize].queue.retain(|&other| other != token);
            }
            Stage::Downloading(flow) => self.stop_stream(token, flow, context),
            Stage::Asking(Asking::Later) => {
                let home = self.home(self.transfers[token].image);
                self.registries.withdraw(home, Asker::Transfer(token).token());
            }
            _ => {}
        }
        let Transfer { engine, layer, received, .. } = self.transfers.remove(token);
        let compressed = self.catalog.layer(layer).compressed;
        let store = &mut self.stores[engine as usize];
        store.set_content(layer, Content::Absent);
        if store.keeps_contents() {
            store.disk_used.0 -= compressed.0;
            if received.0 > 0 {
                store.partial.push((layer, received));
            }
        }
    }
}
