//! Layers that are unpacked: the difference each makes to what lies below it.
//!
//! dockerd 27 and containerd 2 unpack the layers of an image from the base upwards, each once it
//! was transferred, as one stream of decompression that also writes to the disk; what two images
//! share is unpacked once. In parallel mode each layer is unpacked as soon as it was transferred.

use super::images::{ChainId, LayerId, Placed};
use super::pull::{Pull, Pulls};
use super::store::{Chain, Content};
use super::{ContainerEvent, Context};
use crate::engine::Schedule;
use crate::scenario::Unpack;
use crate::sharing::flows::FlowId;

/// Marks the token of a flow that is an unpacking's, not a transfer's.
pub(super) const UNPACKING: u32 = 1 << 30;

/// A layer that is being unpacked on an engine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unpacking {
    engine: u32,
    layer: LayerId,
    chain: ChainId,
    /// Its stream to the disk, once that has begun.
    flow: Option<FlowId>,
}

impl Pulls {
    /// Unpacks what a pull can go on with, or finds that its image is complete.
    pub(super) fn unpack_next<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, content, mut next, .. } = self.pulls[pull];
        let sequential = self.stores[engine as usize].policy.unpack == Unpack::Sequential;
        let count = self.layers(engine, content).len();
        let layer_at = |pulls: &Self, at: usize| pulls.layers(engine, content)[at];
        while next < count {
            let Placed { chain, .. } = layer_at(self, next);
            if self.stores[engine as usize].chain(chain) != Chain::Present {
                break;
            }
            next += 1;
        }
        self.pulls[pull].next = next;
        if next == count {
            return self.complete(pull, context);
        }
        let last = if sequential { next + 1 } else { count };
        for at in next..last {
            let placed = layer_at(self, at);
            self.unpack(engine, placed, context);
        }
    }

    /// Unpacks a layer if its content is here and nobody has begun.
    fn unpack<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        placed: Placed,
        context: &mut Context<'_, S>,
    ) {
        let Placed { layer, chain } = placed;
        let store = &mut self.stores[engine as usize];
        if let Chain::Wanted(wanted) = store.chain(chain)
            && store.content(layer) == Content::Here
        {
            let unpacked = self.catalog.layer(layer).unpacked;
            let (now, rate) = (context.calendar.now(), store.policy.extraction);
            let token = self.unpackings.insert(Unpacking { engine, layer, chain, flow: None });
            let flow = context.network.start(now, &[store.disk], unpacked, rate, UNPACKING | token);
            self.unpackings[token].flow = Some(flow);
            store.set_chain(chain, Chain::Unpacking { wanted, token });
        }
    }

    /// The flow of an unpacking is through.
    pub(super) fn unpacked<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
    ) {
        let Unpacking { engine, layer, chain, .. } = self.unpackings.remove(token);
        let store = &mut self.stores[engine as usize];
        store.set_chain(chain, Chain::Present);
        store.totals.extracted.0 += self.catalog.layer(layer).unpacked.0;
        self.forget_content(engine, layer);
        self.go_on(engine, context);
    }

    /// All pulls of an engine look for what they can go on with.
    pub(super) fn go_on<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        for pull in self.stores[engine as usize].pulls.clone() {
            if self.is_pulling_layers(pull) {
                self.unpack_next(pull, context);
            }
        }
    }

    /// One pull fewer needs a layer that is not unpacked; with the last one it is given up.
    pub(super) fn want_chain_less<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        placed: Placed,
        context: &mut Context<'_, S>,
    ) {
        let store = &mut self.stores[engine as usize];
        let chain = placed.chain;
        match store.chain(chain) {
            Chain::Wanted(wanted) if wanted > 1 => {
                store.set_chain(chain, Chain::Wanted(wanted - 1))
            }
            Chain::Unpacking { wanted, token } if wanted > 1 => {
                store.set_chain(chain, Chain::Unpacking { wanted: wanted - 1, token });
            }
            state => {
                if let Chain::Unpacking { token, .. } = state {
                    let flow = self.unpackings.remove(token).flow;
                    flow.map(|flow| context.network.cancel(context.calendar.now(), flow));
                }
                store.set_chain(chain, Chain::Absent);
                store.disk_used.0 -= self.catalog.layer(placed.layer).unpacked.0;
            }
        }
    }

    /// Drops a content that no pull needs any more, where contents are not kept.
    pub(super) fn forget_content(&mut self, engine: u32, layer: LayerId) {
        let store = &self.stores[engine as usize];
        if store.keeps_contents() || store.content(layer) != Content::Here {
            return;
        }
        let wants = |placed: &Placed| {
            placed.layer == layer && matches!(store.chain(placed.chain), Chain::Wanted(_))
        };
        let pulls = store.pulls.iter().filter(|&&pull| self.is_pulling_layers(pull));
        let images = pulls.map(|&pull| self.pulls[pull].content);
        if !images.into_iter().any(|image| self.layers(engine, image).iter().any(wants)) {
            self.stores[engine as usize].set_content(layer, Content::Absent);
        }
    }
}
