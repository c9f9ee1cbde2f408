//! Layers on their way: queued, asked for, downloaded, extracted.
//!
//! A transfer belongs to an engine, not to a pull: all pulls that need the layer share it (dockerd
//! 27's transfer manager).

use super::engine::LayerState;
use super::images::LayerId;
use super::pull::{Outcome, Pulls};
use super::{ContainerEvent, Context};
use crate::engine::{Phase, Schedule, Tag};
use crate::sharing::flows::FlowId;

/// A layer on its way to an engine.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    engine: u32,
    layer: LayerId,
    pub(super) stage: Stage,
    /// Pulls that need it.
    pub(super) pulls: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stage {
    /// Waits for one of the concurrent downloads to end.
    Queued,
    /// The registry was asked.
    Asked,
    Downloading(FlowId),
    /// Waits for the layers below it.
    Downloaded,
    Extracting(FlowId),
}

impl Pulls {
    /// The registry has answered the request for a layer.
    pub(super) fn layer_answered<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        generation: u32,
        context: &mut Context<'_, S>,
    ) {
        let Some(transfer) = self.transfers.tagged(Tag { index: token, generation }) else {
            return;
        };
        let bytes = self.catalog.layer(transfer.layer).compressed;
        let route = &self.stores[transfer.engine as usize].route;
        let now = context.now();
        let flow = self.registry.open(context.network, now, route, bytes, token);
        self.transfers[token].stage = Stage::Downloading(flow);
    }

    /// The flow of a transfer, its download or its extraction, is through.
    pub(super) fn flow_completed<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
        outcomes: &mut Vec<(u32, Outcome)>,
    ) {
        match self.transfers.get(token).map(|transfer| transfer.stage) {
            Some(Stage::Downloading(_)) => self.downloaded(token, context, outcomes),
            Some(Stage::Extracting(_)) => self.extracted(token, context, outcomes),
            _ => debug_assert!(false, "transfer {token} has no flow that could complete"),
        }
    }

    fn downloaded<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
        outcomes: &mut Vec<(u32, Outcome)>,
    ) {
        let Transfer { engine, layer, .. } = self.transfers[token];
        self.transfers[token].stage = Stage::Downloaded;
        let store = &mut self.stores[engine as usize];
        store.downloading -= 1;
        store.totals.layers_pulled += 1;
        store.totals.pulled.0 += self.catalog.layer(layer).compressed.0;
        for place in 0..self.transfers[token].pulls.len() {
            let pull = self.transfers[token].pulls[place];
            self.pulls[pull].missing -= 1;
            if self.pulls[pull].missing == 0 {
                self.pulls[pull].downloaded = context.now();
            }
            // the first that has all below it begins; it does not end before this loop
            self.extract_next(pull, context, outcomes);
        }
        self.ask_next(engine, context);
    }

    fn extracted<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
        outcomes: &mut Vec<(u32, Outcome)>,
    ) {
        let Transfer { engine, layer, pulls, .. } = self.transfers.remove(token);
        let store = &mut self.stores[engine as usize];
        store.set_layer(layer, LayerState::Present);
        store.totals.extracted.0 += self.catalog.layer(layer).unpacked.0;
        for pull in pulls {
            self.extract_next(pull, context, outcomes);
        }
    }

    /// A pull needs a layer: it is there, or on its way, or it is queued to be transferred.
    pub(super) fn want(&mut self, pull: u32, layer: LayerId) {
        let engine = self.pulls[pull].engine;
        let store = &mut self.stores[engine as usize];
        match store.layer(layer) {
            LayerState::Present => store.totals.layer_hits += 1,
            LayerState::Coming(token) => {
                store.totals.layers_joined += 1;
                let transfer = &mut self.transfers[token];
                transfer.pulls.push(pull);
                let here = matches!(transfer.stage, Stage::Downloaded | Stage::Extracting(_));
                self.pulls[pull].missing += usize::from(!here);
            }
            LayerState::Absent => {
                let transfer = Transfer { engine, layer, stage: Stage::Queued, pulls: vec![pull] };
                let token = self.transfers.insert(transfer);
                store.disk_used.0 += self.catalog.layer(layer).unpacked.0;
                store.set_layer(layer, LayerState::Coming(token));
                store.queue.push_back(token);
                self.pulls[pull].missing += 1;
            }
        }
    }

    /// Asks the registry for the next layers, as many as may be downloaded at once.
    pub(super) fn ask_next<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        let store = &mut self.stores[engine as usize];
        while store.downloading < store.downloads
            && let Some(transfer) = store.queue.pop_front()
        {
            store.downloading += 1;
            self.transfers[transfer].stage = Stage::Asked;
            let generation = self.transfers.tag(transfer).generation;
            let event = ContainerEvent::Layer { transfer, generation };
            context.calendar.after(self.registry.latency, Phase::Arrive, event);
        }
    }

    /// Gives up a transfer that no pull needs any more.
    pub(super) fn give_up<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
    ) {
        let Transfer { engine, layer, stage, .. } = self.transfers.remove(token);
        let store = &mut self.stores[engine as usize];
        match stage {
            Stage::Queued => store.queue.retain(|&other| other != token),
            Stage::Asked => store.downloading -= 1,
            Stage::Downloading(flow) => {
                store.downloading -= 1;
                let carried = context.network.cancel(context.calendar.now(), flow);
                store.totals.pulled.0 += carried.map_or(0, |bytes| bytes.0);
            }
            Stage::Downloaded => {}
            Stage::Extracting(flow) => {
                context.network.cancel(context.calendar.now(), flow);
            }
        }
        store.set_layer(layer, LayerState::Absent);
        store.disk_used.0 -= self.catalog.layer(layer).unpacked.0;
    }
}
