//! How a call is judged: whether it arrives, whether it may be made, whether there are too many,
//! and whether there is what it asks for, in this order.
//!
//! A token comes first with the real services too: without one, a call does not get as far as an
//! account whose limits it could count against. Docker Hub counts a pull for each image, whether it
//! is one manifest or an index of several of which one is pulled, and none for a HEAD (*Pull
//! definition*); by that a cache asks whether what it has is still right.

use super::cache::Who;
use super::tokens::Caller;
use super::{Answer, Call, Registries, RegistryError, RegistryId};
use crate::docker::images::{ImageId, LayerId};
use crate::engine::{SimDuration, SimTime};
use crate::sharing::flows::FlowNetwork;
use crate::units::Bytes;

/// A layer that is asked for, of which image, and how much that is to transfer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) image: ImageId,
    pub(super) layer: LayerId,
    pub(super) bytes: Bytes,
}

/// When and why a call fails.
pub(super) type Failure = (SimDuration, RegistryError);

impl Registries {
    pub(super) fn ask_token(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        caller: Caller,
        image: Option<ImageId>,
    ) -> Answer {
        let admitted = self.admit(now, registry, Call::Token).and_then(|round_trip| {
            let refused = self.refused(registry, caller, Call::Token, image);
            refused.map_or(Ok(round_trip), |error| Err((round_trip, error)))
        });
        if let Ok(round_trip) = admitted
            && let Some(tokens) = &mut self.state_mut(registry).tokens
        {
            // it is good for something however short its life is
            tokens.give(caller, now.saturating_add(round_trip));
        }
        self.answer(registry, admitted)
    }

    pub(super) fn ask_manifest(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        caller: Caller,
        image: ImageId,
        as_pull: bool,
    ) -> Answer {
        let found = self.find_manifest(now, registry, caller, image, as_pull);
        if as_pull && found.is_ok() {
            let content = self.content(registry, image, now);
            let state = self.state_mut(registry);
            state.totals.pulls += 1;
            state.shelf.pull(content.unwrap_or(image), now);
        }
        self.answer(registry, found)
    }

    fn find_manifest(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        caller: Caller,
        image: ImageId,
        as_pull: bool,
    ) -> Result<SimDuration, Failure> {
        let round_trip = self.admit_to(now, registry, caller, Call::Manifest, image)?;
        if as_pull {
            self.count_pull(now, registry, caller).map_err(|error| (round_trip, error))?;
        }
        let fetched = self.fetch_manifest(now, registry, image);
        fetched
            .map(|after| round_trip + after)
            .map_err(|(after, error)| (round_trip + after, error))
    }

    /// A cache asks whether an image is as it was, or a client for what the manifest that it has
    /// names by digest: neither is a pull.
    pub(super) fn ask_known(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        caller: Caller,
        image: ImageId,
    ) -> Answer {
        let found = self.admit_to(now, registry, caller, Call::Manifest, image);
        self.answer(registry, found)
    }

    pub(super) fn ask_layer(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        caller: Caller,
        wanted: Wanted,
        who: Who,
        network: &mut FlowNetwork,
    ) -> Answer {
        let answer = match self.admit_to(now, registry, caller, Call::Layer, wanted.image) {
            Ok(round_trip) => self.fetch_layer(now, registry, wanted, who, round_trip, network),
            Err((after, error)) => Answer::Failed { after, error },
        };
        if let Answer::Failed { error, .. } = answer {
            self.count_failure(registry, error);
        }
        answer
    }

    /// Whether a call arrives and is not one too many; the time until its answer.
    pub(super) fn admit(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        call: Call,
    ) -> Result<SimDuration, Failure> {
        let state = self.state_mut(registry);
        state.totals.calls += 1;
        if !state.up {
            return Err((state.timeout, RegistryError::Unreachable));
        }
        let limit = state.limits[call as usize].as_mut();
        match limit.is_none_or(|bucket| bucket.take(now)) {
            true => Ok(state.latency),
            false => Err((state.latency, RegistryError::Throttled)),
        }
    }

    /// Whether a call about an image arrives, may be made, is not one too many and finds it.
    fn admit_to(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        caller: Caller,
        call: Call,
        image: ImageId,
    ) -> Result<SimDuration, Failure> {
        if self.is_up(registry) && self.lacks_token(registry, caller, now) {
            let state = self.state_mut(registry);
            state.totals.calls += 1;
            return Err((state.latency, RegistryError::Unauthorized));
        }
        let round_trip = self.admit(now, registry, call)?;
        if let Some(error) = self.refused(registry, caller, call, Some(image)) {
            return Err((round_trip, error));
        }
        let client = match caller {
            Caller::Engine(engine) => Some(engine),
            Caller::Registry(_) => None,
        };
        let state = self.state(registry);
        if state.shelf.denies(image, client) {
            return Err((round_trip, RegistryError::Denied));
        }
        // what a cache lacks may still come from its upstream
        if state.cache.is_none() && !state.shelf.has(image, now) {
            return Err((round_trip, RegistryError::NotFound));
        }
        Ok(round_trip)
    }

    /// Policies decide about engines; a registry that caches this one has a right of its own.
    fn refused(
        &self,
        registry: RegistryId,
        caller: Caller,
        call: Call,
        image: Option<ImageId>,
    ) -> Option<RegistryError> {
        match caller {
            Caller::Engine(_) => self.state(registry).shelf.refuses(image?, call),
            Caller::Registry(_) => None,
        }
    }

    fn count_pull(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        caller: Caller,
    ) -> Result<(), RegistryError> {
        let window = self.state_mut(registry).pulls.as_mut();
        match window.is_none_or(|window| window.take(caller, now)) {
            true => Ok(()),
            false => Err(RegistryError::Throttled),
        }
    }

    pub(super) fn answer(
        &mut self,
        registry: RegistryId,
        outcome: Result<SimDuration, Failure>,
    ) -> Answer {
        match outcome {
            Ok(after) => Answer::Reply(after),
            Err((after, error)) => {
                self.count_failure(registry, error);
                Answer::Failed { after, error }
            }
        }
    }

    pub(super) fn count_failure(&mut self, registry: RegistryId, error: RegistryError) {
        let totals = &mut self.state_mut(registry).totals;
        match error {
            RegistryError::Throttled => totals.throttled += 1,
            _ => totals.failed += 1,
        }
    }
}
