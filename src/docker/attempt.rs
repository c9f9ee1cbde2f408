//! An attempt at a pull, from the first call to the image being there.
//!
//! A client asks for a token where the registry wants one, for the image's manifest (for an index
//! first, where it has several platforms; for that of lazy loading last), and then for every layer
//! that is absent ([`transfer`](super::transfer)), which is unpacked where it belongs
//! ([`unpack`](super::unpack)). An attempt that fails is followed by another as its
//! [`client`](super::client) does.

use super::client;
use super::images::{ImageId, Placed};
use super::pull::{Outcome, PULL, Pull, Pulls, Stage};
use super::refusal::Refusal;
use super::registry::{Answer, Call, RegistryError, Request};
use super::store::{Chain, Content};
use super::{ContainerEvent, Context};
use crate::engine::{Phase, Schedule, SimDuration, Tag};
use crate::scenario::PullPolicy;

impl Pulls {
    /// Begins the pulls that wait for others, as many as may be under way at once.
    pub(super) fn begin_next<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        loop {
            let store = &self.stores[engine as usize];
            let idle =
                |pull: &&u32| matches!(self.pulls[**pull].stage, Stage::Queued | Stage::Waiting);
            let busy = store.pulls.len() - store.pulls.iter().filter(idle).count();
            let queued = |pull: &&u32| self.pulls[**pull].stage == Stage::Queued;
            let next = store.pulls.iter().find(queued).copied();
            match next {
                Some(pull) if busy < store.policy.max_parallel_pulls as usize => {
                    self.begin(pull, context);
                }
                _ => return,
            }
        }
    }

    pub(super) fn begin<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, image, .. } = self.pulls[pull];
        let manifests = self.manifests_of(engine, image);
        let state = &mut self.pulls[pull];
        state.account.attempts += 1;
        state.manifests = manifests;
        if self.stores[engine as usize].may_pull(context.now()) {
            self.ask_manifest(pull, context);
        } else {
            self.fail(pull, Refusal::TooManyPulls, context);
        }
    }

    /// How many manifests an engine asks for: that of an index first, that of lazy loading last;
    /// where it has them, it only asks whether the first is still the same.
    pub(super) fn manifests_of(&self, engine: u32, image: ImageId) -> u32 {
        if self.stores[engine as usize].image(image).known {
            return 1;
        }
        let index = self.catalog.image(image).is_index();
        1 + u32::from(index) + u32::from(self.is_lazy(engine, image))
    }

    pub(super) fn ask_manifest<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let (now, &Pull { engine, image, .. }) = (context.now(), &self.pulls[pull]);
        let home = self.home(image);
        let wanting = self.registries.needs_token(home, engine, now);
        let call = if wanting { Call::Token } else { Call::Manifest };
        let by_tag = self.pulls[pull].manifests == self.manifests_of(engine, image);
        let known = self.stores[engine as usize].image(image).known;
        let token = PULL | pull;
        let request = Request { client: engine, call, image, by_tag, known, layer: None, token };
        let answer = self.registries.ask(now, home, request, &self.catalog, context.network);
        self.pull_answered(pull, call, answer, context);
    }

    /// The registry has said what becomes of a pull's call.
    pub(super) fn pull_answered<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        call: Call,
        answer: Answer,
        context: &mut Context<'_, S>,
    ) {
        let (stage, after) = match answer {
            Answer::Reply(after) => (Stage::Asked(call), after),
            Answer::Failed { after, error } => (Stage::Failing(error), after),
            Answer::Later => {
                self.pulls[pull].stage = Stage::Later;
                return;
            }
        };
        self.pull_later(pull, stage, after, context);
    }

    /// A pull goes on at `stage` after some time.
    pub(super) fn pull_later<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        stage: Stage,
        after: SimDuration,
        context: &mut Context<'_, S>,
    ) {
        self.pulls[pull].stage = stage;
        let generation = self.pulls.tag(pull).generation;
        context.calendar.after(after, Phase::Arrive, ContainerEvent::Pull { pull, generation });
    }

    /// What a pull waited for has come, or the end of its wait.
    pub(super) fn pull_due<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        generation: u32,
        context: &mut Context<'_, S>,
    ) {
        let Some(&Pull { image, stage, engine, .. }) =
            self.pulls.tagged(Tag { index: pull, generation })
        else {
            return;
        };
        match stage {
            Stage::Asked(_) if !self.registries.is_up(self.home(image)) => {
                self.fail(pull, Refusal::PullFailed(RegistryError::Unreachable), context);
            }
            Stage::Asked(Call::Token) => self.ask_manifest(pull, context),
            Stage::Asked(_) => {
                self.pulls[pull].manifests -= 1;
                if self.pulls[pull].manifests > 0 {
                    self.ask_manifest(pull, context);
                } else {
                    self.begin_layers(pull, context);
                }
            }
            Stage::Failing(error) => self.fail(pull, Refusal::PullFailed(error), context),
            Stage::Waiting => {
                self.pulls[pull].stage = Stage::Queued;
                self.begin_next(engine, context);
            }
            Stage::Queued | Stage::Later | Stage::Layers => {}
        }
    }

    /// The manifest has come: now it is known which layers are missing.
    pub(super) fn begin_layers<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, image, .. } = self.pulls[pull];
        if let Err(refusal) = self.check_disk(engine, image, context.now()) {
            self.reclaim(engine, context);
            return self.fail(pull, refusal, context);
        }
        self.stores[engine as usize].image_mut(image).known = true;
        let state = &mut self.pulls[pull];
        (state.stage, state.next, state.downloaded) = (Stage::Layers, 0, context.now());
        let layers = self.layers(engine, image).to_vec();
        for placed in layers {
            self.want(pull, placed);
        }
        self.disk_changed(engine, context);
        self.ask_next(engine, context);
        self.unpack_next(pull, context);
    }

    /// An attempt has come to nothing: it is tried again, or that is the end.
    pub(super) fn fail<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        reason: Refusal,
        context: &mut Context<'_, S>,
    ) {
        self.give_up_layers(pull, context);
        self.pulls[pull].account.last_error = Some(reason);
        let Pull { engine, image, account, downloaded, .. } = self.pulls[pull];
        let store = &mut self.stores[engine as usize];
        store.totals.pulls_failed += 1;
        let error = match reason {
            Refusal::PullFailed(error) => Some(error),
            _ => None,
        };
        let cached = store.policy.pull == PullPolicy::Default && store.image(image).there;
        if let Some(wait) = client::pull_retry(store.policy.client, account.attempts, error) {
            let account = &mut self.pulls[pull].account;
            account.back_off += wait;
            self.pull_later(pull, Stage::Waiting, wait, context);
            self.begin_next(engine, context);
        } else if cached {
            store.totals.image_hits += 1;
            self.finish(pull, Outcome::Ready { downloaded, account }, context);
        } else {
            self.finish(pull, Outcome::Refused(reason), context);
        }
        self.ask_next(engine, context);
    }

    /// All layers of an image are unpacked.
    pub(super) fn complete<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, image, downloaded, account, .. } = self.pulls[pull];
        let store = &mut self.stores[engine as usize];
        let kept = store.image_mut(image);
        kept.last_used = context.now();
        if std::mem::replace(&mut kept.there, true) {
            store.totals.image_hits += 1;
        } else {
            store.totals.images_pulled += 1;
        }
        self.finish(pull, Outcome::Ready { downloaded, account }, context);
    }

    /// Ends a pull of which no layer is under way, and tells who waits for it.
    pub(super) fn finish<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        outcome: Outcome,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, waiting, .. } = self.pulls.remove(pull);
        let store = &mut self.stores[engine as usize];
        store.pulls.retain(|&other| other != pull);
        match outcome {
            Outcome::Refused(_) => store.totals.pulls_refused += 1,
            _ => store.totals.pulls_done += 1,
        }
        // what came is one's account: to the others, it was on its way
        let others = outcome.joined();
        let outcomes = std::iter::once(outcome).chain(std::iter::repeat(others));
        self.outcomes.extend(waiting.into_iter().zip(outcomes));
        self.begin_next(engine, context);
    }

    pub(super) fn abandon<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        self.give_up_layers(pull, context);
        let Pull { engine, image, stage, .. } = self.pulls.remove(pull);
        if stage == Stage::Later {
            self.registries.withdraw(self.registries.home(image), PULL | pull);
        }
        let store = &mut self.stores[engine as usize];
        store.pulls.retain(|&other| other != pull);
        store.totals.pulls_abandoned += 1;
    }

    /// A pull needs no layers any more: those that no other needs are given up.
    pub(super) fn give_up_layers<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, image, stage, .. } = self.pulls[pull];
        if stage != Stage::Layers {
            return;
        }
        self.pulls[pull].stage = Stage::Waiting;
        for Placed { layer, chain } in self.layers(engine, image).to_vec() {
            if let Content::Coming(token) = self.stores[engine as usize].content(layer) {
                self.leave_transfer(token, pull, context);
            }
            match self.stores[engine as usize].chain(chain) {
                Chain::Wanted(_) | Chain::Unpacking { .. } => {
                    self.want_chain_less(engine, Placed { layer, chain }, context);
                }
                Chain::Absent | Chain::Present => {}
            }
            self.forget_content(engine, layer);
        }
        let state = &mut self.pulls[pull];
        (state.missing, state.downloading) = (0, 0);
        self.disk_changed(engine, context);
    }
}
