//! All policies of a target, minute by minute.
//!
//! * Of several policies the one that asks for the largest size wins. Policies that track targets
//!   take away only if all of them that may are ready to. (Application Auto Scaling User Guide,
//!   "Multiple scaling policies".)
//! * For the cooldown of a scale-out, what it adds counts as there already: a metric that is still
//!   high asks for more only if the size before would have to grow beyond what is under way.
//! * For the cooldown of a scale-in nothing is taken away; a scale-out ends it.
//! * A metric without data asks for nothing, and keeps others from taking away.
//! * While the service deploys, nothing is taken away.
//! * A size outside the bounds, as after a scheduled action, is brought inside at once.

use super::Bounds;
use super::alarm::{Alarm, State};
use super::step::StepScaling;
use super::target_tracking::TargetTracking;
use crate::engine::{SimDuration, SimTime};

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub enum Policy {
    /// Keeps a metric at a target.
    Target(TargetTracking),
    /// Takes steps on an alarm.
    Step(StepScaling),
}

/// Why the size changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// This policy, by its place, asks for more.
    Out(usize),
    /// All policies could do with less; this one asks for most.
    In(usize),
    /// The size was outside the bounds.
    Bounds,
}

/// A new size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The size from now on.
    pub desired: u32,
    /// Why.
    pub reason: Reason,
}

/// Which changes are suspended by the owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspended {
    /// No scale-in by policies.
    pub scale_in: bool,
    /// No scale-out by policies.
    pub scale_out: bool,
}

/// The policies of a target and what they remember.
#[derive(Clone, Debug)]
pub struct Scaler {
    /// Between which sizes the target is kept.
    pub bounds: Bounds,
    /// What its owner has switched off.
    pub suspended: Suspended,
    policies: Vec<Watched>,
    /// The size before the scale-out that is in progress, and until when it is.
    out: Option<(u32, SimTime)>,
    /// Until when nothing is taken away.
    no_scale_in: Option<SimTime>,
}

/// A policy with its alarms.
#[derive(Clone, Debug)]
struct Watched {
    policy: Policy,
    /// The alarm on which more is asked for, or a step is taken.
    high: Alarm,
    /// The alarm of a policy that tracks a target below it.
    low: Option<Alarm>,
}

/// What a policy says at the end of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// Nothing, but others may take away.
    Content,
    /// Others must not take away.
    Keep,
    /// This size; it is larger.
    More(u32),
    /// This size is enough; it is smaller.
    Less(u32),
}

impl Scaler {
    /// A target with these policies.
    pub fn new(bounds: Bounds, policies: Vec<Policy>) -> Self {
        let watched = policies.into_iter().map(|policy| {
            let (high, low) = match &policy {
                Policy::Target(target) => (target.high(), Some(Alarm::new(target.low()))),
                Policy::Step(step) => (step.alarm, None),
            };
            Watched { high: Alarm::new(high), low, policy }
        });
        Self {
            bounds,
            suspended: Suspended::default(),
            policies: watched.collect(),
            out: None,
            no_scale_in: None,
        }
    }

    /// The policies, in order.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.policies.iter().map(|watched| &watched.policy)
    }

    /// A minute ends. `values` are the metrics of the policies in it, in order; `size` is what the
    /// target is meant to have now. Returns the new size, if it changes.
    ///
    /// # Panics
    /// When there are not as many values as policies.
    pub fn minute(
        &mut self,
        now: SimTime,
        values: &[Option<f64>],
        size: u32,
        deploying: bool,
    ) -> Option<Decision> {
        assert_eq!(values.len(), self.policies.len(), "there is a value for each policy");
        if self.out.is_some_and(|(_, until)| now >= until) {
            self.out = None;
        }
        if self.no_scale_in.is_some_and(|until| now >= until) {
            self.no_scale_in = None;
        }
        // while a scale-out is in progress, sizes are reckoned from the one before it
        let base = self.out.map_or(size, |(base, _)| base);
        let wishes: Vec<Wish> = self
            .policies
            .iter_mut()
            .zip(values)
            .map(|(policy, value)| policy.wish(*value, base, size))
            .collect();
        let inside = self.bounds.clamp(size);
        if inside != size {
            return Some(Decision { desired: inside, reason: Reason::Bounds });
        }
        let more = self.largest(&wishes, |wish| match wish {
            Wish::More(wished) => Some(wished),
            _ => None,
        });
        if let Some((place, wished)) = more {
            let allowed = wished > size && !self.suspended.scale_out;
            return allowed.then(|| self.scale_out(now, place, wished, base));
        }
        let held = deploying || self.suspended.scale_in || self.no_scale_in.is_some();
        if held || wishes.contains(&Wish::Keep) {
            return None;
        }
        let (place, wished) = self.largest(&wishes, |wish| match wish {
            Wish::Less(wished) => Some(wished),
            _ => None,
        })?;
        (wished < size).then(|| {
            self.no_scale_in = Some(now.saturating_add(self.policies[place].cooldown(false)));
            Decision { desired: wished, reason: Reason::In(place) }
        })
    }

    /// The largest size that is wished for, within the bounds, and by which policy first.
    fn largest(
        &self,
        wishes: &[Wish],
        wished: impl Fn(Wish) -> Option<u32>,
    ) -> Option<(usize, u32)> {
        let mut largest: Option<(usize, u32)> = None;
        for (place, wish) in wishes.iter().enumerate() {
            let Some(size) = wished(*wish).map(|size| self.bounds.clamp(size)) else { continue };
            if largest.is_none_or(|(_, other)| size > other) {
                largest = Some((place, size));
            }
        }
        largest
    }

    fn scale_out(&mut self, now: SimTime, place: usize, desired: u32, base: u32) -> Decision {
        let until = now.saturating_add(self.policies[place].cooldown(true));
        self.out = Some((base, until));
        self.no_scale_in = None;
        Decision { desired, reason: Reason::Out(place) }
    }
}

impl Watched {
    fn cooldown(&self, out: bool) -> SimDuration {
        match &self.policy {
            Policy::Target(target) if out => target.scale_out_cooldown,
            Policy::Target(target) => target.scale_in_cooldown,
            Policy::Step(step) => step.cooldown,
        }
    }

    fn wish(&mut self, value: Option<f64>, base: u32, size: u32) -> Wish {
        let high = self.high.observe(value);
        let low = self.low.as_mut().map(|low| low.observe(value));
        match &self.policy {
            Policy::Target(target) => match (value, high, low) {
                (Some(value), State::Alarm, _) => Wish::More(target.proportional(base, value)),
                _ if target.disable_scale_in => Wish::Content,
                (Some(value), _, Some(State::Alarm)) => {
                    Wish::Less(target.proportional(size, value).min(size))
                }
                _ => Wish::Keep,
            },
            Policy::Step(step) => match (value, high) {
                (Some(value), State::Alarm) => match step.size(base, value) {
                    Some(wished) if wished >= base => Wish::More(wished),
                    // a step down is reckoned from what there is
                    Some(_) => step.size(size, value).map_or(Wish::Content, Wish::Less),
                    None => Wish::Content,
                },
                _ => Wish::Content,
            },
        }
    }
}
