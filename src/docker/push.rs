//! Pushes: how an image comes into a registry, as dockerd 28 does it.
//!
//! A client signs in where the registry wants that. It asks for each layer whether it is there, and
//! uploads those that are not: five layers at once (`max-concurrent-uploads`), each a call to begin
//! with, a stream of bytes, and a call that ends it. When all are there it puts the manifests, of
//! an index those that it names first. A layer is tried five times with waits between, from its
//! beginning, as with downloads; too many calls and manifests are not tried again
//! (`distribution/xfer/upload.go`, `distribution/errors.go`).
//!
//! Which layers a registry lacks and whether it takes the image is not decided here: the caller
//! says the one beforehand and is told by [`PushNotice`] when the other is to be.

use super::asking::{Asking, Came};
use super::client;
use super::registry::{Answer, Call, Registries, RegistryError, RegistryId};
use crate::engine::{Phase, Schedule, SimDuration, Slab, Tag};
use crate::scenario::PullClient;
use crate::sharing::flows::{FlowId, FlowNetwork};
use crate::units::Bytes;

/// Marks the tokens of flows that are uploads.
pub const UPLOAD: u32 = 1 << 29;

/// Layers under way at once.
const UPLOADS: usize = 5;

/// The place of a push itself among its layers.
const WHOLE: u32 = u32::MAX;

/// A layer of an image that is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushedLayer {
    pub bytes: Bytes,
    /// In so many parts the registry takes it, each of which is a call.
    pub parts: u64,
    /// Whether the registry lacks it.
    pub lacking: bool,
}

/// What is pushed where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushSpec {
    pub registry: RegistryId,
    /// Of all manifests together, each once.
    pub layers: Vec<PushedLayer>,
    /// Manifests that are put, at least one.
    pub manifests: u32,
}

/// What a push has scheduled for itself. Stale ones are recognised and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushEvent {
    push: u32,
    generation: u32,
    /// Its layer, or [`WHOLE`].
    layer: u32,
}

/// A push is over: all its layers and manifests have come, or it has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushNotice {
    /// What [`Pushes::begin`] gave; another push may have it from now on.
    pub push: u32,
    pub outcome: Result<(), RegistryError>,
}

/// What pushes work with and belongs to others.
#[derive(Debug)]
pub struct PushContext<'a, S> {
    pub calendar: &'a mut S,
    pub network: &'a mut FlowNetwork,
    pub registries: &'a mut Registries,
    pub notices: &'a mut Vec<PushNotice>,
}

/// Where a layer is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Waits for others.
    Queued,
    Asking(Asking),
    Uploading(FlowId),
    There,
}

#[derive(Clone, Copy, Debug)]
struct Layer {
    pushed: PushedLayer,
    stage: Stage,
    /// Times it failed.
    attempts: u32,
}

#[derive(Clone, Debug)]
struct Push {
    registry: RegistryId,
    layers: Vec<Layer>,
    /// Manifests to be put.
    manifests: u32,
    /// The call that is not about a layer.
    asking: Option<Asking>,
}

/// All pushes under way.
#[derive(Debug, Default)]
pub struct Pushes {
    pushes: Slab<Push>,
    /// Of which push and which of its layers each flow is.
    flows: Slab<(u32, u32)>,
}

impl Pushes {
    /// Begins a push; its number, for the notice of its end.
    pub fn begin<S: Schedule<PushEvent>>(
        &mut self,
        spec: PushSpec,
        context: &mut PushContext<'_, S>,
    ) -> u32 {
        let layer = |pushed| Layer { pushed, stage: Stage::Queued, attempts: 0 };
        let push = self.pushes.insert(Push {
            registry: spec.registry,
            layers: spec.layers.into_iter().map(layer).collect(),
            manifests: spec.manifests,
            asking: None,
        });
        if context.registries.signs_in(spec.registry) {
            self.call(push, WHOLE, Call::Token, context);
        } else {
            self.go_on(push, context);
        }
        push
    }

    /// How many there are.
    pub fn under_way(&self) -> usize {
        self.pushes.len()
    }

    /// Handles an event of its own.
    pub fn on<S: Schedule<PushEvent>>(
        &mut self,
        event: PushEvent,
        context: &mut PushContext<'_, S>,
    ) {
        let PushEvent { push: index, generation, layer } = event;
        let Some(push) = self.pushes.tagged(Tag { index, generation }) else {
            return;
        };
        let asking = match push.layers.get(layer as usize) {
            None => push.asking,
            Some(Layer { stage: Stage::Asking(asking), .. }) => Some(*asking),
            Some(_) => None,
        };
        let up = context.registries.is_up(push.registry);
        let came = asking.and_then(|asking| asking.came(up));
        match (came, layer) {
            (None, _) => {}
            (Some(Came::Error(error)), WHOLE) => self.end(index, Err(error), context),
            (Some(Came::Error(error)), layer) => self.failed(index, layer, error, context),
            (Some(Came::Again), layer) => self.call(index, layer, Call::Check, context),
            (Some(Came::Answer(call)), layer) => self.answered(index, layer, call, context),
        }
    }

    /// A flow is through whose token has [`UPLOAD`].
    pub fn flow_completed<S: Schedule<PushEvent>>(
        &mut self,
        token: u32,
        context: &mut PushContext<'_, S>,
    ) {
        let (push, layer) = self.flows.remove(token & !UPLOAD);
        self.call(push, layer, Call::Complete, context);
    }

    /// A registry cannot be reached any more: all streams to it break off.
    pub fn cut<S: Schedule<PushEvent>>(
        &mut self,
        registry: RegistryId,
        context: &mut PushContext<'_, S>,
    ) {
        let flows = self.flows.iter();
        let broken: Vec<(u32, u32)> = flows
            .map(|(_, &flow)| flow)
            .filter(|&(push, _)| self.pushes[push].registry == registry)
            .collect();
        for (push, layer) in broken {
            // with the first that is not tried again the push is gone
            if self.flows.iter().any(|(_, &flow)| flow == (push, layer)) {
                self.stop(push, layer, context);
                self.failed(push, layer, RegistryError::Unreachable, context);
            }
        }
    }

    fn call<S: Schedule<PushEvent>>(
        &mut self,
        index: u32,
        layer: u32,
        call: Call,
        context: &mut PushContext<'_, S>,
    ) {
        let now = context.calendar.now();
        match context.registries.call(now, self.pushes[index].registry, call) {
            Answer::Reply(after) => self.later(index, layer, Asking::Asked(call), after, context),
            Answer::Failed { after, error } => {
                self.later(index, layer, Asking::Failing(error), after, context);
            }
            Answer::Later => unreachable!("calls of pushes are answered at once"),
        }
    }

    fn later<S: Schedule<PushEvent>>(
        &mut self,
        index: u32,
        layer: u32,
        asking: Asking,
        after: SimDuration,
        context: &mut PushContext<'_, S>,
    ) {
        let push = &mut self.pushes[index];
        match push.layers.get_mut(layer as usize) {
            Some(layer) => layer.stage = Stage::Asking(asking),
            None => push.asking = Some(asking),
        }
        let generation = self.pushes.tag(index).generation;
        let event = PushEvent { push: index, generation, layer };
        context.calendar.after(after, Phase::Arrive, event);
    }

    fn answered<S: Schedule<PushEvent>>(
        &mut self,
        index: u32,
        layer: u32,
        call: Call,
        context: &mut PushContext<'_, S>,
    ) {
        let push = &mut self.pushes[index];
        let pushed = push.layers.get(layer as usize).map(|layer| layer.pushed);
        match (call, pushed) {
            (Call::Check, Some(PushedLayer { lacking: true, .. })) => {
                self.call(index, layer, Call::Initiate, context);
            }
            (Call::Initiate, Some(PushedLayer { bytes, parts, .. })) => {
                let (now, registry) = (context.calendar.now(), push.registry);
                let token = UPLOAD | self.flows.insert((index, layer));
                let flow =
                    context.registries.take(now, registry, (bytes, parts), token, context.network);
                self.pushes[index].layers[layer as usize].stage = Stage::Uploading(flow);
            }
            (_, Some(_)) => {
                push.layers[layer as usize].stage = Stage::There;
                self.go_on(index, context);
            }
            (Call::Token, None) => self.go_on(index, context),
            (_, None) => {
                push.manifests -= 1;
                self.go_on(index, context);
            }
        }
    }

    /// Begins with layers as long as there may be more under way; after the last of them the
    /// manifests are put.
    fn go_on<S: Schedule<PushEvent>>(&mut self, index: u32, context: &mut PushContext<'_, S>) {
        let push = &self.pushes[index];
        let busy = |layer: &&Layer| !matches!(layer.stage, Stage::Queued | Stage::There);
        let free = UPLOADS - push.layers.iter().filter(busy).count();
        let queued = (0..).zip(&push.layers).filter(|(_, layer)| layer.stage == Stage::Queued);
        let next: Vec<u32> = queued.map(|(place, _)| place).take(free).collect();
        if push.layers.iter().all(|layer| layer.stage == Stage::There) {
            return match push.manifests {
                0 => self.end(index, Ok(()), context),
                _ => self.call(index, WHOLE, Call::Put, context),
            };
        }
        for layer in next {
            self.call(index, layer, Call::Check, context);
        }
    }

    /// An attempt at a layer has come to nothing: it is tried again, or that is the end.
    fn failed<S: Schedule<PushEvent>>(
        &mut self,
        index: u32,
        layer: u32,
        error: RegistryError,
        context: &mut PushContext<'_, S>,
    ) {
        let attempts = &mut self.pushes[index].layers[layer as usize].attempts;
        *attempts += 1;
        match client::layer_retry(PullClient::Docker, *attempts, error) {
            Some(wait) => self.later(index, layer, Asking::Waiting, wait, context),
            None => self.end(index, Err(error), context),
        }
    }

    /// Ends the stream of a layer before its time, if it has one.
    fn stop<S>(&mut self, index: u32, layer: u32, context: &mut PushContext<'_, S>)
    where
        S: Schedule<PushEvent>,
    {
        let stage = self.pushes[index].layers[layer as usize].stage;
        let flows = self.flows.iter();
        let place = flows.filter(|&(_, &flow)| flow == (index, layer)).map(|(place, _)| place);
        if let (Stage::Uploading(flow), Some(place)) = (stage, place.last()) {
            context.network.cancel(context.calendar.now(), flow);
            self.flows.remove(place);
        }
    }

    fn end<S: Schedule<PushEvent>>(
        &mut self,
        index: u32,
        outcome: Result<(), RegistryError>,
        context: &mut PushContext<'_, S>,
    ) {
        for layer in 0..self.pushes[index].layers.len() as u32 {
            self.stop(index, layer, context);
        }
        self.pushes.remove(index);
        context.notices.push(PushNotice { push: index, outcome });
    }
}
