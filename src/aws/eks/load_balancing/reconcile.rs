//! The controller at work: what it asks of Elastic Load Balancing, and when.
//!
//! Each target group is looked at when something about it changes, three at a time; one that
//! changes while it is looked at is looked at again. A look finds out which targets there should
//! be, asks which there are, and deregisters and registers the difference, up to 200 with a call.
//! These calls are limited to four a second, twenty at once, for all groups together. Where a pod
//! waits for its readiness gate the group is looked at again after 15 s, and only then: that the
//! containers of such a pod are ready changes no endpoint, and nor does the health of a target.
//! (`pkg/targetgroupbinding/resource_manager.go`, `targets_manager.go`;
//! `pkg/aws/throttle/defaults.go`; `docs/deploy/configurations.md`.)
//!
//! Whoever simulates it says that groups have changed, calls [`Controller::advance`] at every
//! [`Controller::next_event`], and does what it says. Targets are numbers that are not used again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::control::limiter::{Limiter, Rate};
use crate::scenario::aws::ControllerOptions;

/// Groups that are looked at at once.
const WORKERS: usize = 3;
/// Calls that register and deregister.
const CALLS: Rate = Rate { qps: 4.0, burst: 20 };
/// Targets of a call.
const TARGETS_OF_A_CALL: usize = 200;
/// From a look that found gates closed to the next.
const POLL: SimDuration = SimDuration::from_secs(15);

/// What the controller does, or wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Which targets a group should have: to be answered by [`Controller::resolved`].
    Resolve(u32),
    /// These are targets of a group from now on.
    Registered(u32, Vec<u32>),
    /// These get nothing new from now on.
    Deregistered(u32, Vec<u32>),
    /// All is done for a group, whose pods may be ready now: to be answered by
    /// [`Controller::reviewed`].
    Review(u32),
}

/// A call of Elastic Load Balancing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    List,
    Deregister(Vec<u32>),
    Register(Vec<u32>),
}

/// A look at a group.
#[derive(Clone, Debug, Default)]
struct Look {
    /// Targets that there should be.
    wanted: BTreeSet<u32>,
    /// Calls that are to be made.
    calls: VecDeque<Call>,
    /// The call that is under way.
    current: Option<Call>,
}

#[derive(Clone, Debug, Default)]
struct Group {
    /// Targets that the calls so far have made.
    targets: BTreeSet<u32>,
    look: Option<Look>,
    /// Whether it waits to be looked at.
    queued: bool,
    /// When it is looked at in any case.
    poll: Option<SimTime>,
}

/// The controller of a cluster.
#[derive(Clone, Debug)]
pub struct Controller {
    groups: Vec<Group>,
    queue: VecDeque<u32>,
    /// Groups whose look goes on by itself, and when.
    due: BTreeSet<(SimTime, u32)>,
    busy: usize,
    calls: Limiter,
    call: SimDuration,
    deregistration: SimDuration,
    /// What load balancers have yet to hear: targets that get nothing new, by group.
    leaving: BTreeMap<(SimTime, u32), Vec<u32>>,
    acts: Vec<Act>,
}

impl Controller {
    /// A controller of so many target groups, without targets.
    pub fn new(groups: usize, options: &ControllerOptions) -> Self {
        Self {
            groups: vec![Group::default(); groups],
            queue: VecDeque::new(),
            due: BTreeSet::new(),
            busy: 0,
            calls: Limiter::new(CALLS),
            call: options.call,
            deregistration: options.deregistration,
            leaving: BTreeMap::new(),
            acts: Vec::new(),
        }
    }

    /// Something about a group has changed.
    pub fn touch(&mut self, now: SimTime, group: u32) {
        let of = &mut self.groups[group as usize];
        if !std::mem::replace(&mut of.queued, true) {
            self.queue.push_back(group);
            self.take_up(now);
        }
    }

    /// Which targets a group should have.
    pub fn resolved(&mut self, now: SimTime, group: u32, wanted: BTreeSet<u32>, gated: bool) {
        let of = &mut self.groups[group as usize];
        let same = wanted == of.targets;
        let Some(look) = &mut of.look else { return };
        look.wanted = wanted;
        if same && !gated {
            // nothing has changed since the last look
            return self.finish(now, group);
        }
        look.calls.push_back(Call::List);
        self.go_on(now, group);
    }

    /// Whether a pod of a group still waits for its gate.
    pub fn reviewed(&mut self, now: SimTime, group: u32, waits: bool) {
        if waits {
            let of = &mut self.groups[group as usize];
            of.poll.get_or_insert(now.saturating_add(POLL));
        }
        self.finish(now, group);
    }

    /// What was to be registered is not: the next look tries again.
    pub fn forget(&mut self, group: u32, target: u32) {
        self.groups[group as usize].targets.remove(&target);
    }

    /// When something happens by itself next.
    pub fn next_event(&self) -> Option<SimTime> {
        if !self.acts.is_empty() {
            return Some(SimTime::ZERO);
        }
        let due = self.due.first().map(|(at, _)| *at);
        let leaving = self.leaving.first_key_value().map(|((at, _), _)| *at);
        let polls = self.groups.iter().filter_map(|group| group.poll).min();
        due.into_iter().chain(leaving).chain(polls).min()
    }

    /// Does what is due until `now`, and adds what that is, of which each is to be seen to in this
    /// order.
    pub fn advance(&mut self, now: SimTime, acts: &mut Vec<Act>) {
        while let Some(first) = self.leaving.first_entry().filter(|it| it.key().0 <= now) {
            let ((_, group), targets) = first.remove_entry();
            self.acts.push(Act::Deregistered(group, targets));
        }
        for group in 0..self.groups.len() as u32 {
            let of = &mut self.groups[group as usize];
            if of.poll.is_some_and(|at| at <= now) {
                of.poll = None;
                self.touch(now, group);
            }
        }
        while let Some(&(at, group)) = self.due.first().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, group));
            self.answered(now, group);
        }
        acts.append(&mut self.acts);
    }

    /// Workers that are free take up groups that wait.
    fn take_up(&mut self, now: SimTime) {
        let mut waiting = std::mem::take(&mut self.queue);
        waiting.retain(|&group| {
            let of = &mut self.groups[group as usize];
            if self.busy == WORKERS || of.look.is_some() {
                return true;
            }
            self.busy += 1;
            (of.queued, of.look) = (false, Some(Look::default()));
            of.poll = of.poll.filter(|at| *at > now);
            self.acts.push(Act::Resolve(group));
            false
        });
        self.queue = waiting;
    }

    /// The current call of a group has been answered, or may be made now.
    fn answered(&mut self, now: SimTime, group: u32) {
        let of = &mut self.groups[group as usize];
        let Some(look) = &mut of.look else { return };
        match look.current.take() {
            None => {}
            Some(Call::List) => {
                let gone: Vec<u32> = of.targets.difference(&look.wanted).copied().collect();
                let new: Vec<u32> = look.wanted.difference(&of.targets).copied().collect();
                let chunks = |all: &[u32], call: fn(Vec<u32>) -> Call| -> Vec<Call> {
                    all.chunks(TARGETS_OF_A_CALL).map(|some| call(some.to_vec())).collect()
                };
                look.calls.extend(chunks(&gone, Call::Deregister));
                look.calls.extend(chunks(&new, Call::Register));
            }
            Some(Call::Deregister(targets)) => {
                of.targets.retain(|target| !targets.contains(target));
                let at = now.saturating_add(self.deregistration);
                self.leaving.entry((at, group)).or_default().extend(targets);
            }
            Some(Call::Register(targets)) => {
                of.targets.extend(&targets);
                for ((_, other), leaving) in &mut self.leaving {
                    leaving.retain(|target| *other != group || !targets.contains(target));
                }
                self.acts.push(Act::Registered(group, targets));
            }
        }
        self.go_on(now, group);
    }

    /// Makes the next call of a group, if it may.
    fn go_on(&mut self, now: SimTime, group: u32) {
        let Some(look) = &mut self.groups[group as usize].look else { return };
        let Some(call) = look.calls.front() else {
            return self.acts.push(Act::Review(group));
        };
        if *call != Call::List && !self.calls.take(now) {
            self.due.insert((self.calls.next(now), group));
            return;
        }
        look.current = look.calls.pop_front();
        self.due.insert((now.saturating_add(self.call), group));
    }

    fn finish(&mut self, now: SimTime, group: u32) {
        if self.groups[group as usize].look.take().is_some() {
            self.busy -= 1;
            self.take_up(now);
        }
    }
}
