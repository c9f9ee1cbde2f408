//! Calls of engines to registries, whatever they are about: a pull asks for manifests, a transfer
//! for the content of a layer.
//!
//! A token is asked for first where the registry wants one. The answer is known when the call is
//! made and comes a round trip later, unless the registry is out of reach by then; or the registry
//! has to fetch it first and answers by itself.

use super::images::{ImageId, LayerId};
use super::pull::{Pulls, Stage as PullStage};
use super::registry::{Answer, Call, RegistryError, Request};
use super::transfer::Stage as TransferStage;
use super::{ContainerEvent, Context};
use crate::engine::{Phase, Schedule, SimDuration};

/// Marks the token of a request that is a pull's, not a transfer's.
const PULL: u32 = 1 << 30;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Pull(u32),
    Transfer(u32),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub engine: u32,
    pub image: ImageId,
    /// A manifest by its name, not by its digest.
    pub by_tag: bool,
    /// Whether a manifest that is here is still that of the name.
    pub known: bool,
    /// A layer instead of a manifest.
    pub layer: Option<LayerId>,
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Asking {
    /// The answer is on its way.
    Asked(Call),
    /// The registry has to fetch the answer first.
    Later,
    /// An error is on its way.
    Failing(RegistryError),
    /// It failed, and is made again after a while.
    Waiting,
}

/// What a call has come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Came {
    /// This was answered.
    Answer(Call),
    Error(RegistryError),
    /// The wait is over after which the call is made again.
    Again,
}

impl Asking {
    /// What has come of a call, now that its time has come; `up` is whether the registry can be
    /// reached.
    pub fn came(self, up: bool) -> Option<Came> {
        match self {
            Self::Asked(_) if !up => Some(Came::Error(RegistryError::Unreachable)),
            Self::Asked(call) => Some(Came::Answer(call)),
            Self::Failing(error) => Some(Came::Error(error)),
            Self::Waiting => Some(Came::Again),
            Self::Later => None,
        }
    }
}

impl Asker {
    /// The token of its requests.
    pub fn token(self) -> u32 {
        match self {
            Self::Pull(pull) => PULL | pull,
            Self::Transfer(transfer) => transfer,
        }
    }

    /// Whose requests have this token.
    pub fn of(token: u32) -> Self {
        match token & PULL {
            0 => Self::Transfer(token),
            _ => Self::Pull(token & !PULL),
        }
    }
}

impl Pulls {
    /// Asks the registry of an image. The call that was made, and whether it will be answered as
    /// things are now.
    pub(super) fn ask<S: Schedule<ContainerEvent>>(
        &mut self,
        asker: Asker,
        wish: Wish,
        context: &mut Context<'_, S>,
    ) -> (Call, bool) {
        let Wish { engine, image, by_tag, known, layer } = wish;
        let (now, home) = (context.now(), self.home(image));
        let call = match layer {
            _ if self.registries.needs_token(home, engine, now) => Call::Token,
            Some(_) => Call::Layer,
            None => Call::Manifest,
        };
        let token = asker.token();
        let request = Request { client: engine, call, image, by_tag, known, layer, token };
        let answer = self.registries.ask(now, home, request, &self.catalog, context.network);
        self.answered(asker, call, answer, context);
        (call, matches!(answer, Answer::Reply(_)))
    }

    /// The registry has said what becomes of a call.
    pub(super) fn answered<S: Schedule<ContainerEvent>>(
        &mut self,
        asker: Asker,
        call: Call,
        answer: Answer,
        context: &mut Context<'_, S>,
    ) {
        match answer {
            Answer::Reply(after) => self.later(asker, Asking::Asked(call), after, context),
            Answer::Failed { after, error } => {
                self.later(asker, Asking::Failing(error), after, context);
            }
            Answer::Later => self.set_asking(asker, Asking::Later),
        }
    }

    /// Who asked goes on with this after some time.
    pub(super) fn later<S: Schedule<ContainerEvent>>(
        &mut self,
        asker: Asker,
        asking: Asking,
        after: SimDuration,
        context: &mut Context<'_, S>,
    ) {
        self.set_asking(asker, asking);
        self.wake(asker, after, context);
    }

    fn set_asking(&mut self, asker: Asker, asking: Asking) {
        match asker {
            Asker::Pull(pull) => self.pulls[pull].stage = PullStage::Asking(asking),
            Asker::Transfer(transfer) => {
                self.transfers[transfer].stage = TransferStage::Asking(asking);
            }
        }
    }

    /// Has a pull or a transfer go on after some time.
    pub(super) fn wake<S: Schedule<ContainerEvent>>(
        &mut self,
        asker: Asker,
        after: SimDuration,
        context: &mut Context<'_, S>,
    ) {
        let event = match asker {
            Asker::Pull(pull) => {
                ContainerEvent::Pull { pull, generation: self.pulls.tag(pull).generation }
            }
            Asker::Transfer(transfer) => {
                let generation = self.transfers.tag(transfer).generation;
                ContainerEvent::Layer { transfer, generation }
            }
        };
        context.calendar.after(after, Phase::Arrive, event);
    }

    /// What has come of a call about an image, now that its time has come.
    pub(super) fn came(&self, asking: Asking, image: ImageId) -> Option<Came> {
        asking.came(self.registries.is_up(self.home(image)))
    }
}
