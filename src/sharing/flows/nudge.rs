//! The common change: a flow comes or goes where one link holds back all that is not at its cap.
//!
//! There the rates follow from one number, the bottleneck's level
//! `(capacity - rate of capped flows) / number of other flows`. As long as the new level stays
//! between what the capped flows run at and what the caps and the other links of the rest allow,
//! nobody changes sides and the level is the whole solution: O(links of the path), however many
//! classes share the bottleneck. Otherwise the change is refused here and the part is filled anew.

use super::group::Held;
use super::link::{Link, LinkId, Shared};
use super::{FlowNetwork, NONE};

impl Link {
    /// The rate of the flows held by the bottleneck at which this link is full, once capped flows
    /// send `fixed` more and `moving` more flows are held by the bottleneck.
    pub(super) fn level(&self, fixed: f64, moving: i64) -> f64 {
        let rest = self.capacity - (self.shared.fixed + fixed);
        match self.shared.moving.saturating_add_signed(moving) {
            0 if rest < 0.0 => rest,
            0 => f64::INFINITY,
            moving => rest / moving as f64,
        }
    }
}

impl FlowNetwork {
    /// Finds the rates after the number of flows in `class` was `before`, if that is easy.
    pub(super) fn nudge(&mut self, class: u32, before: usize) -> bool {
        let state = &self.classes[class as usize];
        let (group, cap, path) = (state.group, state.cap, state.path);
        let change = state.flows.len() as i64 - before as i64;
        // one that came and goes within an instant never gets one
        let groupless = group == NONE && !state.flows.is_empty();
        let contended = |link: &&LinkId| self.links[link.0 as usize].contended;
        let Some(first) = path.links().iter().find(contended) else {
            if groupless {
                self.put(class, Held::ByCap(cap), cap);
            }
            return true;
        };
        let bottleneck = self.links[first.0 as usize].shared.bottleneck;
        if !self.is_bottleneck(bottleneck) || !self.solver.is_clean() {
            return false;
        }
        let capped = self.groups.is(group, Held::ByCap(cap));
        let step = if capped { (cap * change as f64, 0) } else { (0.0, change) };
        let Some(rate) = self.level_after(class, bottleneck, step) else {
            return false;
        };
        for &LinkId(link) in path.links() {
            let shared = &mut self.links[link as usize].shared;
            shared.fixed += step.0;
            shared.moving = shared.moving.saturating_add_signed(step.1);
        }
        self.groups.set_rate(self.links[bottleneck as usize].group, rate, self.clock);
        if groupless {
            self.put(class, Held::ByLink(bottleneck), rate);
        }
        true
    }

    fn is_bottleneck(&self, link: u32) -> bool {
        link != NONE && self.links[link as usize].shared.bottleneck == link
    }

    /// Ties a link that has become contended to the part that its classes belong to, if that is one
    /// part with one bottleneck. `class` counts as it was `before`.
    pub(super) fn join(&mut self, link: LinkId, class: u32, before: usize) -> bool {
        let mut shared = Shared::unknown();
        for &member in &self.links[link.0 as usize].classes {
            let state = &self.classes[member as usize];
            let count = if member == class { before } else { state.flows.len() };
            match self.groups.held(state.group) {
                Some(Held::ByLink(_)) => shared.moving += count as u64,
                _ => shared.fixed += state.cap * count as f64,
            }
            for &other in state.path.links().iter().filter(|&&other| other != link) {
                let other = &self.links[other.0 as usize];
                if !other.contended {
                    continue;
                }
                if shared.bottleneck == NONE {
                    shared.bottleneck = other.shared.bottleneck;
                }
                if other.shared.bottleneck == NONE || other.shared.bottleneck != shared.bottleneck {
                    return false;
                }
            }
        }
        let tied = self.is_bottleneck(shared.bottleneck);
        if tied {
            self.links[link.0 as usize].shared = shared;
        }
        tied
    }

    /// The bottleneck's level after a class has changed by `(fixed, moving)`, if it holds back
    /// then whom it holds back now. Lowers the bottleneck's ceiling to what the class allows.
    fn level_after(&mut self, class: u32, bottleneck: u32, step: (f64, i64)) -> Option<f64> {
        let class = &self.classes[class as usize];
        let mut ceiling = if step.1 == 0 { f64::INFINITY } else { class.cap };
        let mut crosses = false;
        for id in class.path.links() {
            let link = &self.links[id.0 as usize];
            if !link.contended {
                continue;
            }
            if link.shared.bottleneck != bottleneck {
                return None;
            }
            if id.0 == bottleneck {
                crosses = true;
            } else {
                ceiling = ceiling.min(link.level(step.0, step.1));
            }
        }
        let hub = &self.links[bottleneck as usize];
        let here = if crosses { step } else { (0.0, 0) };
        if step.1 != 0 && !crosses || hub.shared.moving.saturating_add_signed(here.1) == 0 {
            return None;
        }
        let rate = hub.level(here.0, here.1);
        let ceiling = ceiling.min(hub.shared.ceiling);
        if !(hub.shared.floor..=ceiling).contains(&rate) {
            return None;
        }
        self.links[bottleneck as usize].shared.ceiling = ceiling;
        Some(rate)
    }
}
