//! What a load balancer has carried: what it is charged by, and what it could not deliver.

use super::spec::Kind;
use crate::aws::elb::cost::{Meter, Reading, Unit};
use crate::aws::elb::outcome::Failure;
use crate::engine::SimTime;
use crate::metrics::summary::Undelivered;
use crate::units::Bytes;

/// Meters of a load balancer, from its creation on.
#[derive(Debug)]
pub struct Usage {
    meter: Meter,
    /// Those of each target group, where there are several.
    parts: Vec<Part>,
    /// Requests that came to it.
    requests: u64,
    /// Requests that went to a target in another zone than the node's.
    crossed: u64,
    /// What went from zone to zone between nodes and targets, requests and answers, as far as it is
    /// known.
    crossed_bytes: Bytes,
    undelivered: Undelivered,
}

/// What a load balancer has carried for one of its target groups.
#[derive(Clone, Debug)]
struct Part {
    meter: Meter,
    crossed_bytes: Bytes,
}

impl Usage {
    pub(super) fn new(kind: Kind, groups: usize, now: SimTime) -> Self {
        let unit = match kind {
            Kind::Application { .. } => Unit::APPLICATION,
            Kind::Network(_) => Unit::TCP,
        };
        let part = Part { meter: Meter::new(unit, now), crossed_bytes: Bytes(0) };
        Self {
            meter: Meter::new(unit, now),
            parts: if groups > 1 { vec![part; groups] } else { Vec::new() },
            requests: 0,
            crossed: 0,
            crossed_bytes: Bytes(0),
            undelivered: Undelivered::default(),
        }
    }

    /// What it is charged by.
    pub fn reading(&self, now: SimTime) -> Reading {
        self.meter.read(now)
    }

    /// Units times hours that the requests of a target group alone would have used, and what of
    /// them went from zone to zone.
    pub fn of_group(&self, group: u32, now: SimTime) -> (f64, Bytes) {
        match self.parts.get(group as usize) {
            Some(part) => (part.meter.read(now).units, part.crossed_bytes),
            None => (self.meter.read(now).units, self.crossed_bytes),
        }
    }

    /// Requests that came to it, each attempt counted.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Requests that went to a target in another zone than the node's, and what went there and
    /// back, as far as it is known.
    pub fn crossed(&self) -> (u64, Bytes) {
        (self.crossed, self.crossed_bytes)
    }

    /// Requests that were not answered, each attempt counted.
    pub fn undelivered(&self) -> &Undelivered {
        &self.undelivered
    }

    /// A request for a target group came, and was held against so many rules.
    #[inline]
    pub(super) fn ruled(&mut self, now: SimTime, group: u32, rules: u32) {
        self.requests += 1;
        if rules > 0 {
            self.meters(group, |meter| meter.ruled(now, rules));
        }
    }

    /// A connection for requests to a target group is opened.
    #[inline]
    pub(super) fn opened(&mut self, now: SimTime, group: u32) {
        self.meters(group, |meter| meter.opened(now));
    }

    /// And closed.
    #[inline]
    pub(super) fn closed(&mut self, now: SimTime, group: u32) {
        self.meters(group, |meter| meter.closed(now));
    }

    #[inline]
    fn meters(&mut self, group: u32, count: impl Fn(&mut Meter)) {
        count(&mut self.meter);
        if let Some(part) = self.parts.get_mut(group as usize) {
            count(&mut part.meter);
        }
    }

    /// A request goes to a target of a group, or an answer comes from one, maybe in another zone.
    #[inline]
    pub(in crate::workload) fn carried(
        &mut self,
        now: SimTime,
        group: u32,
        bytes: Bytes,
        crosses: bool,
    ) {
        if bytes.0 > 0 {
            self.meters(group, |meter| meter.carried(now, bytes));
            let crossed = if crosses { bytes.0 } else { 0 };
            self.crossed_bytes.0 += crossed;
            if let Some(part) = self.parts.get_mut(group as usize) {
                part.crossed_bytes.0 += crossed;
            }
        }
    }

    /// A request has gone to a target in another zone, or in the node's own.
    #[inline]
    pub(in crate::workload) fn sent(&mut self, crosses: bool) {
        self.crossed += u64::from(crosses);
    }

    /// A request was not answered.
    pub(in crate::workload) fn failed(&mut self, failure: Failure) {
        *count(&mut self.undelivered, failure) += 1;
    }
}

/// The count of those that failed like that.
pub(in crate::workload) fn count(of: &mut Undelivered, failure: Failure) -> &mut u64 {
    match failure {
        Failure::NoTarget => &mut of.no_target,
        Failure::NoCapacity => &mut of.no_capacity,
        Failure::Refused => &mut of.refused,
        Failure::Closed => &mut of.closed,
        Failure::Cut => &mut of.cut,
        Failure::NoConnection => &mut of.no_connection,
        Failure::Idle => &mut of.idle,
        Failure::ClientLeft => &mut of.client_left,
    }
}
