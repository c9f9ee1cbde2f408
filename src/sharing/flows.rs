//! Data transfers as flows over shared links: image layers, migrating memory, extraction to disk.
//!
//! At every instant the rates of all flows are max-min fair: they are what raising all rates
//! together gives, where a flow stops at its cap or when a link on its path is full (progressive
//! filling; Bertsekas and Gallager, *Data Networks*, 2nd edition, section 6.5.2). That is the usual
//! fluid view of many TCP connections of one round-trip time over their bottlenecks. A flow
//! completes at the first nanosecond at which its bytes are through.
//!
//! Why it costs little, although one registry may feed thousands of engines:
//!
//! * Flows of one path and cap are a *class*; rates are solved for classes.
//! * A link that its flows could not fill even at their caps binds nobody and ties nobody together.
//! * Classes with one rate (those held by one link, or by equal caps) are a *group*. Its members
//!   progress in one virtual time, the bytes each has received, so a change of the group's rate
//!   moves no flow and no class.
//! * Where a part of the network has one bottleneck, a flow that comes or goes changes the rate of
//!   one group (`nudge`). Only otherwise is that part, and no other, filled anew (`solve`),
//!   once an instant.
//!
//! Virtual times are floats, measured from an origin that moves along. A completion that
//! rounding would put less than a picosecond late is taken to be in time.

mod class;
mod group;
mod heap;
mod link;
mod nudge;
#[cfg(test)]
mod reference;
mod solve;
#[cfg(test)]
mod timelines;
mod timer;

use std::collections::BTreeMap;

pub use link::{LinkId, MAX_HOPS};
pub use timer::FlowEvent;

use crate::engine::SimTime;
use crate::units::{Bandwidth, Bytes};
use class::Class;
use group::Groups;
use link::{Link, Path};
use solve::Solver;
use timer::Timer;

/// No class, group or place.
const NONE: u32 = u32::MAX;
/// Caps and capacities above this (8 Pbit/s) are as good as none.
const FASTEST: f64 = 1e15;

/// A flow; stays unique after the flow is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlowId {
    index: u32,
    generation: u32,
}

#[derive(Clone, Debug)]
struct Flow {
    class: u32,
    /// Where it is among its class's flows.
    place: u32,
    generation: u32,
    token: u32,
    bytes: u64,
    /// Orders completions of one instant.
    sequence: u64,
}

/// Links and the flows over them; see the [module documentation](self).
#[derive(Debug, Default)]
pub struct FlowNetwork {
    /// The instant of the last change.
    clock: SimTime,
    links: Vec<Link>,
    flows: Vec<Flow>,
    free_flows: Vec<u32>,
    classes: Vec<Class>,
    free_classes: Vec<u32>,
    class_of: BTreeMap<(Path, u64), u32>,
    groups: Groups,
    solver: Solver,
    timer: Timer,
    sequence: u64,
    active: usize,
    ended: Vec<(u64, u32)>,
}

impl FlowNetwork {
    /// A network without links.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a link that carries `capacity`, shared by all flows whose path names it.
    pub fn add_link(&mut self, capacity: Bandwidth) -> LinkId {
        let id = LinkId(self.links.len() as u32);
        self.links.push(Link::new(rate_of(capacity)));
        id
    }

    /// Changes what a link carries, zero included (an outage), from `now` on.
    pub fn set_capacity(&mut self, now: SimTime, link: LinkId, capacity: Bandwidth) {
        self.move_to(now);
        let index = link.0 as usize;
        let crossing = std::mem::take(&mut self.links[index].classes);
        for &class in &crossing {
            self.add_potential(class, -1);
        }
        self.links[index].capacity = rate_of(capacity);
        for &class in &crossing {
            self.add_potential(class, 1);
            let path = self.classes[class as usize].path;
            for &link in path.links() {
                if self.recheck(link) {
                    self.solver.mark(link);
                }
            }
        }
        self.links[index].classes = crossing;
        self.recheck(link);
        self.solver.mark(link);
    }

    /// Starts a transfer of `bytes` over `path` at a rate of at most `cap`. Its `token` is what
    /// [`FlowNetwork::advance`] reports when the bytes are through. A path without links, or a link
    /// named twice, is allowed.
    ///
    /// # Panics
    /// When the path has more than [`MAX_HOPS`] links.
    pub fn start(
        &mut self,
        now: SimTime,
        path: &[LinkId],
        bytes: Bytes,
        cap: Bandwidth,
        token: u32,
    ) -> FlowId {
        self.move_to(now);
        let class = self.class_for(Path::new(path), rate_of(cap));
        let id = self.new_flow(class, bytes.0, token);
        let state = &mut self.classes[class as usize];
        let before = state.flows.len();
        let target = self.groups.served(state.group, now) + bytes.0 as f64;
        let flows = &mut self.flows;
        heap::push(&mut state.flows, (target, id.index), |flow, at| {
            flows[flow as usize].place = at;
        });
        self.active += 1;
        self.first_changed(class);
        self.resized(class, before);
        id
    }

    /// Ends a transfer before its bytes are through. Returns how many were, or none where it has
    /// ended before.
    pub fn cancel(&mut self, now: SimTime, flow: FlowId) -> Option<Bytes> {
        self.flows.get(flow.index as usize).filter(|held| held.generation == flow.generation)?;
        self.move_to(now);
        let carried = self.received(flow.index, now);
        self.remove(flow.index, carried);
        Some(Bytes(carried))
    }

    /// When the next transfer completes, if none is started or cancelled before.
    pub fn next_completion(&mut self) -> Option<SimTime> {
        self.settle();
        let first = self.groups.first_due()?;
        (first < SimTime::MAX).then(|| first.max(self.clock))
    }

    /// Moves to `now` and appends the tokens of all transfers completed by then: in order of
    /// completion, and of start within one instant.
    pub fn advance(&mut self, now: SimTime, done: &mut Vec<u32>) {
        while let Some(time) = self.next_completion().filter(|&time| time <= now) {
            self.clock = time;
            while let Some(flow) = self.first_ended_by(time) {
                let Flow { sequence, token, bytes, .. } = self.flows[flow as usize];
                self.ended.push((sequence, token));
                self.remove(flow, bytes);
            }
            self.ended.sort_unstable();
            done.extend(self.ended.drain(..).map(|(_, token)| token));
        }
        self.move_to(now);
    }

    /// Bytes a link has carried by `now`, those of unfinished transfers included.
    pub fn carried(&mut self, now: SimTime, link: LinkId) -> Bytes {
        self.move_to(now);
        self.settle();
        let link = &self.links[link.0 as usize];
        let classes = link.classes.iter().map(|&class| &self.classes[class as usize]);
        let flows = classes.flat_map(|class| &class.flows);
        let moving: u64 = flows.map(|&(_, flow)| self.received(flow, now)).sum();
        Bytes(link.carried + moving)
    }

    /// What a link carries at most.
    pub fn capacity(&self, link: LinkId) -> Bandwidth {
        Bandwidth(self.links[link.0 as usize].capacity)
    }

    /// What a link carries at this moment.
    pub fn load(&mut self, link: LinkId) -> Bandwidth {
        self.settle();
        let classes = self.links[link.0 as usize].classes.iter();
        let classes = classes.map(|&class| &self.classes[class as usize]);
        let loads = classes.map(|it| self.groups[it.group].rate * it.flows.len() as f64);
        Bandwidth(loads.sum())
    }

    /// The current rate of a transfer, or none where it has ended.
    pub fn rate(&mut self, flow: FlowId) -> Option<Bandwidth> {
        self.settle();
        let flow =
            self.flows.get(flow.index as usize).filter(|f| f.generation == flow.generation)?;
        let class = &self.classes[flow.class as usize];
        Some(Bandwidth(self.groups[class.group].rate))
    }

    /// Number of transfers under way.
    pub fn active(&self) -> usize {
        self.active
    }

    /// Whether the rates are known that follow from the flows there are.
    fn is_settled(&self) -> bool {
        self.solver.is_clean()
    }

    /// Rates hold from the last change to `now`.
    fn move_to(&mut self, now: SimTime) {
        debug_assert!(now >= self.clock, "{now} is before {}", self.clock);
        if now > self.clock {
            self.settle();
            self.clock = now;
        }
    }

    /// Bytes of a transfer that are through, rounded down.
    fn received(&self, flow: u32, now: SimTime) -> u64 {
        let Flow { class, place, bytes, .. } = self.flows[flow as usize];
        let class = &self.classes[class as usize];
        let missing = class.flows[place as usize].0 - self.groups.served(class.group, now);
        bytes - (missing.max(0.0).ceil() as u64).min(bytes)
    }

    /// A transfer that is through at `time`, the current instant.
    fn first_ended_by(&mut self, time: SimTime) -> Option<u32> {
        self.flush();
        let group = self.groups.first_group_due(time)?;
        let class = self.groups[group].classes[0].1;
        Some(self.classes[class as usize].flows[0].1)
    }

    fn new_flow(&mut self, class: u32, bytes: u64, token: u32) -> FlowId {
        self.sequence += 1;
        let sequence = self.sequence;
        let mut flow = Flow { class, place: NONE, generation: 0, token, bytes, sequence };
        if let Some(index) = self.free_flows.pop() {
            flow.generation = self.flows[index as usize].generation;
            self.flows[index as usize] = flow;
            return FlowId { index, generation: self.flows[index as usize].generation };
        }
        self.flows.push(flow);
        FlowId { index: self.flows.len() as u32 - 1, generation: 0 }
    }

    /// Takes out a flow of which `carried` bytes went through.
    fn remove(&mut self, flow: u32, carried: u64) {
        let Flow { class, place, .. } = self.flows[flow as usize];
        let state = &mut self.classes[class as usize];
        let before = state.flows.len();
        let flows = &mut self.flows;
        heap::remove(&mut state.flows, place, |flow, at| flows[flow as usize].place = at);
        for &link in state.path.links() {
            self.links[link.0 as usize].carried += carried;
        }
        let state = &mut self.flows[flow as usize];
        state.generation = state.generation.wrapping_add(1);
        self.free_flows.push(flow);
        self.active -= 1;
        self.resized(class, before);
        if before == 1 {
            self.free_class(class);
        } else {
            self.first_changed(class);
        }
    }
}

/// A capacity or cap as a finite rate that is not negative.
fn rate_of(bandwidth: Bandwidth) -> f64 {
    if bandwidth.0.is_nan() { 0.0 } else { bandwidth.0.clamp(0.0, FASTEST) }
}
