//! Garbage collection: images that no container uses make room for others.
//!
//! * The kubelet looks every 5 min; from 85 % of the disk on it removes images, those unused for
//!   longest first and none that was in use within 2 min, until 80 % are in use.
//! * The ECS agent looks every 30 min and removes at most five images, those unused for longest
//!   first and none that was in use within an hour, whatever the disk has left.
//! * dockerd removes nothing by itself; `docker image prune` on a timer is a `cleanup` of one's
//!   own.
//!
//! (Kubernetes 1.36, `pkg/kubelet/images/image_gc_manager.go`; the agent's
//! `engine/docker_image_manager.go`.)
//! What is unpacked for no image, such as by a pull that was abandoned, goes with the first.

use super::engine::EngineId;
use super::engines::Engines;
use super::images::{ChainId, ImageId};
use super::pull::Pulls;
use super::store::{Chain, Content};
use super::{ContainerEvent, Context};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::scenario::{Cleanup, PullClient};
use crate::units::Fraction;

impl Engines {
    /// The kubelet of an engine is under disk pressure: it removes all images that it may
    /// (`DeleteUnusedImages`).
    pub fn delete_unused_images<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: EngineId,
        context: &mut Context<'_, S>,
    ) {
        self.pulls.reclaim(engine.0, context);
    }
}

/// Rounds of garbage collection of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rounds {
    /// None has begun.
    #[default]
    None,
    /// The next one is due.
    Due,
    /// The last one, at this time, had nothing to do, nor has another before the disk fills.
    Resting(SimTime),
}

impl Pulls {
    /// The first round of an engine that has not had one, if it has any.
    pub(super) fn begin_cleanup<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        let store = &self.stores[engine as usize];
        if let Some(rule) = store.policy.cleanup
            && store.rounds == Rounds::None
        {
            self.next_round(engine, context.now().saturating_add(rule.every), context);
        }
    }

    fn next_round<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        time: SimTime,
        context: &mut Context<'_, S>,
    ) {
        let store = &mut self.stores[engine as usize];
        store.rounds = Rounds::Due;
        let event = ContainerEvent::Cleanup { engine, installed: store.installed };
        context.calendar.at(time, Phase::Release, event);
    }

    /// A round begins.
    pub(super) fn cleanup_due<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        installed: u32,
        context: &mut Context<'_, S>,
    ) {
        let now = context.now();
        let store = &self.stores[engine as usize];
        let Some(rule) = store.policy.cleanup.filter(|_| store.installed == installed) else {
            return;
        };
        if store.usage(now) >= rule.above.0 {
            self.collect(engine, rule, context);
        }
        let store = &mut self.stores[engine as usize];
        match store.usage(now) < rule.above.0 && store.is_still() {
            true => store.rounds = Rounds::Resting(now),
            false => self.next_round(engine, now.saturating_add(rule.every), context),
        }
    }

    /// The space that is taken on a disk may grow from now on: rounds go on, at the times at which
    /// they would have been.
    pub(super) fn wake_rounds<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        let store = &self.stores[engine as usize];
        if let (Rounds::Resting(last), Some(rule)) = (store.rounds, store.policy.cleanup) {
            let (passed, every) = (context.now().since(last).as_nanos(), rule.every.as_nanos());
            // one at this very instant would have been before what happens now
            let rounds = passed.checked_div(every).map_or(1, |rounds| rounds + 1);
            let wait = SimDuration::from_nanos(every.saturating_mul(rounds));
            self.next_round(engine, last.saturating_add(wait), context);
        }
    }

    /// A pull has found the disk full. The kubelet then removes all images that it may, as under
    /// disk pressure (`DeleteUnusedImages`), so that the next attempt finds room.
    pub(super) fn reclaim<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        let policy = self.stores[engine as usize].policy;
        if let Some(rule) = policy.cleanup
            && policy.client == PullClient::Kubelet
        {
            self.collect(engine, Cleanup { down_to: Fraction(0.0), ..rule }, context);
        }
    }

    /// Removes images until the disk has the room that a rule wants.
    fn collect<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        rule: Cleanup,
        context: &mut Context<'_, S>,
    ) {
        let (before, now) = (self.stores[engine as usize].disk_used, context.now());
        let victims = self.victims(engine, rule, now);
        for image in victims {
            let store = &mut self.stores[engine as usize];
            if rule.down_to.0 > 0.0 && store.usage(now) <= rule.down_to.0 {
                break;
            }
            let kept = store.image_mut(image);
            (kept.there, kept.known) = (false, false);
            store.totals.images_removed += 1;
            self.sweep(engine, context);
        }
        let store = &mut self.stores[engine as usize];
        store.totals.reclaimed.0 += before.0 - store.disk_used.0;
        self.disk_changed(engine, context);
    }

    /// Images that may be removed, in the order in which they are.
    fn victims(&self, engine: u32, rule: Cleanup, now: SimTime) -> Vec<ImageId> {
        let store = &self.stores[engine as usize];
        let unused = self.catalog.images().filter(|&image| {
            let kept = store.image(image);
            kept.there && kept.users == 0 && now.since(kept.last_used) >= rule.min_age
        });
        let mut victims: Vec<ImageId> = unused.collect();
        victims.sort_by_key(|&image| (store.image(image).last_used, image));
        victims.truncate(rule.most.map_or(usize::MAX, |most| most as usize));
        victims
    }

    /// Removes what neither an image nor a pull needs.
    fn sweep<S: Schedule<ContainerEvent>>(&mut self, engine: u32, context: &mut Context<'_, S>) {
        let mut chains = vec![false; self.catalog.chains()];
        let mut contents = vec![false; self.catalog.layers()];
        let store = &self.stores[engine as usize];
        let there = self.catalog.images().filter(|&image| store.image(image).there);
        let pulls = store.pulls.iter().map(|&pull| self.pulls[pull].content);
        for image in there.chain(pulls) {
            for placed in self.layers(engine, image) {
                chains[placed.chain.0 as usize] = true;
                contents[placed.layer.0 as usize] = true;
            }
        }
        let mut gone = vec![false; chains.len()];
        for placed in self.catalog.all_placed() {
            let store = &mut self.stores[engine as usize];
            if !chains[placed.chain.0 as usize] && store.chain(placed.chain) == Chain::Present {
                store.set_chain(placed.chain, Chain::Absent);
                store.disk_used.0 -= self.catalog.layer(placed.layer).unpacked.0;
                gone[placed.chain.0 as usize] = true;
            }
            if !contents[placed.layer.0 as usize] && store.content(placed.layer) == Content::Here {
                store.set_content(placed.layer, Content::Absent);
                store.disk_used.0 -= self.catalog.layer(placed.layer).compressed.0;
            }
        }
        self.stop_behind(engine, |chain: ChainId| gone[chain.0 as usize], context);
    }
}
