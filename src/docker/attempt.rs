//! An attempt at a pull, from the first call to the image being there.
//!
//! A client asks for a token where the registry wants one, for the image's manifest (for an index
//! first, where it has several platforms; for that of lazy loading last), and then for every layer
//! that is absent ([`transfer`](super::transfer)), which is unpacked where it belongs
//! ([`unpack`](super::unpack)). An attempt that fails is followed by another as its
//! [`client`](super::client) does.

use super::asking::{Asker, Asking, Came, Wish};
use super::client;
use super::images::Placed;
use super::pull::{Outcome, Pull, Pulls, Stage};
use super::refusal::{self, Refusal};
use super::registry::Call;
use super::store::{Chain, Content};
use super::{ContainerEvent, Context};
use crate::engine::{Schedule, SimTime, Tag};
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
            let idle = |pull: &&u32| {
                let stage = self.pulls[**pull].stage;
                matches!(stage, Stage::Queued | Stage::Asking(Asking::Waiting))
            };
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
        let content = self.stores[engine as usize].content_of(image);
        let state = &mut self.pulls[pull];
        state.account.attempts += 1;
        (state.content, state.named) = (content, false);
        if self.stores[engine as usize].may_pull(context.now()) {
            self.ask_manifest(pull, context);
        } else {
            self.fail(pull, Refusal::TooManyPulls, context);
        }
    }

    fn ask_manifest<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, image, content, named, .. } = self.pulls[pull];
        let known = self.stores[engine as usize].image(content).known;
        let wish = Wish { engine, image, by_tag: !named, known, layer: None };
        let asked = self.ask(Asker::Pull(pull), wish, context);
        if asked == (Call::Manifest, true) && !named {
            self.name(pull, known, context.now());
        }
    }

    /// The registry tells what a pull's name stands for. Who only asks whether that is still the
    /// same, and learns that it is not, has to ask for it; for an index the engine's manifest in it
    /// comes next, and that of lazy loading last.
    fn name(&mut self, pull: u32, only_asks: bool, now: SimTime) {
        let Pull { engine, image, .. } = self.pulls[pull];
        let content = self.registries.content(self.home(image), image, now).unwrap_or(image);
        let known = self.stores[engine as usize].image(content).known;
        let manifests = match (known, only_asks) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => {
                let index = self.catalog.image(content).is_index();
                1 + u32::from(index) + u32::from(self.is_lazy(engine, content))
            }
        };
        let state = &mut self.pulls[pull];
        (state.content, state.manifests) = (content, manifests);
        state.named = known || !only_asks;
    }

    /// What a pull waited for has come, or the end of its wait.
    pub(super) fn pull_due<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        generation: u32,
        context: &mut Context<'_, S>,
    ) {
        let Some(&Pull { image, stage: Stage::Asking(asking), engine, .. }) =
            self.pulls.tagged(Tag { index: pull, generation })
        else {
            return;
        };
        match self.came(asking, image) {
            Some(Came::Answer(Call::Token)) => self.ask_manifest(pull, context),
            Some(Came::Answer(_)) => {
                self.pulls[pull].manifests -= 1;
                if self.pulls[pull].manifests > 0 {
                    self.ask_manifest(pull, context);
                } else {
                    self.begin_layers(pull, context);
                }
            }
            Some(Came::Error(error)) => self.fail(pull, Refusal::PullFailed(error), context),
            Some(Came::Again) => {
                self.pulls[pull].stage = Stage::Queued;
                self.begin_next(engine, context);
            }
            None => {}
        }
    }

    /// The manifest has come: now it is known which layers are missing.
    pub(super) fn begin_layers<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, content, .. } = self.pulls[pull];
        let (store, image) = (&self.stores[engine as usize], self.catalog.image(content));
        if let Err(refusal) = refusal::check(&store.os, image) {
            // the name stands for something else than when the container was created
            return self.fail(pull, refusal, context);
        }
        if let Err(refusal) = self.check_disk(engine, content, context.now()) {
            self.reclaim(engine, context);
            return self.fail(pull, refusal, context);
        }
        self.stores[engine as usize].image_mut(content).known = true;
        let state = &mut self.pulls[pull];
        (state.stage, state.next, state.downloaded) = (Stage::Layers, 0, context.now());
        let layers = self.layers(engine, content).to_vec();
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
        let content = store.content_of(image);
        let cached = store.policy.pull == PullPolicy::Default && store.image(content).there;
        if let Some(wait) = client::pull_retry(store.policy.client, account.attempts, error) {
            let account = &mut self.pulls[pull].account;
            account.back_off += wait;
            let waiting = self.pulls[pull].waiting.iter();
            let again = Outcome::Again { reason, wait };
            self.outcomes.extend(waiting.map(|&container| (container, again)));
            self.later(Asker::Pull(pull), Asking::Waiting, wait, context);
            self.begin_next(engine, context);
        } else if cached {
            store.totals.image_hits += 1;
            self.finish(pull, Outcome::Ready { content, downloaded, account }, context);
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
        let Pull { engine, image, content, downloaded, account, .. } = self.pulls[pull];
        let store = &mut self.stores[engine as usize];
        store.set_content_of(image, content);
        let kept = store.image_mut(content);
        kept.last_used = context.now();
        if std::mem::replace(&mut kept.there, true) {
            store.totals.image_hits += 1;
        } else {
            store.totals.images_pulled += 1;
        }
        self.finish(pull, Outcome::Ready { content, downloaded, account }, context);
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
        if stage == Stage::Asking(Asking::Later) {
            self.registries.withdraw(self.registries.home(image), Asker::Pull(pull).token());
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
        let Pull { engine, content, stage, .. } = self.pulls[pull];
        if stage != Stage::Layers {
            return;
        }
        self.pulls[pull].stage = Stage::Asking(Asking::Waiting);
        for Placed { layer, chain } in self.layers(engine, content).to_vec() {
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
