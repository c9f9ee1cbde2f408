//! How a node of a load balancer chooses among the targets it may use.
//!
//! * [`round_robin`]: in turn; targets in slow start are passed over now and then.
//! * [`least_outstanding`]: the fewest requests that are not answered.
//! * [`weighted_random`]: at random, by weights.
//! * [`flow_hash`]: by a hash of the connection.
//!
//! Targets are the small numbers that their owner counts them with.

pub mod flow_hash;
pub mod least_outstanding;
pub mod round_robin;
pub mod weighted_random;

pub use flow_hash::FlowHash;
pub use least_outstanding::LeastOutstanding;
pub use round_robin::RoundRobin;
pub use weighted_random::WeightedRandom;

use super::settings::Algorithm;
use crate::engine::{SimDuration, SimTime, Stream};

/// The targets that a node uses, and its way to choose among them.
#[derive(Clone, Debug)]
pub enum Router {
    /// In turn.
    RoundRobin(RoundRobin),
    /// The fewest requests that are not answered.
    LeastOutstanding(LeastOutstanding),
    /// At random, by weights.
    WeightedRandom(WeightedRandom),
    /// By a hash of the connection.
    FlowHash(FlowHash),
}

impl Router {
    /// A router without targets.
    pub fn new(algorithm: Algorithm, slow_start: SimDuration) -> Self {
        match algorithm {
            Algorithm::RoundRobin => Self::RoundRobin(RoundRobin::new(slow_start)),
            Algorithm::LeastOutstandingRequests => {
                Self::LeastOutstanding(LeastOutstanding::default())
            }
            Algorithm::WeightedRandom(_) => Self::WeightedRandom(WeightedRandom::default()),
            Algorithm::FlowHash => Self::FlowHash(FlowHash::default()),
        }
    }

    /// A target is used from now on, with this weight, or in slow start since some instant; other
    /// algorithms than those take no notice of that. Nothing happens if it was used before.
    pub fn add(&mut self, target: u32, weight: u64, warming_since: Option<SimTime>) {
        match self {
            Self::RoundRobin(router) => router.add(target, warming_since),
            Self::LeastOutstanding(router) => router.add(target),
            Self::WeightedRandom(router) => router.set(target, weight),
            Self::FlowHash(router) => router.add(target),
        }
    }

    /// A target is not used any more.
    pub fn remove(&mut self, target: u32) {
        match self {
            Self::RoundRobin(router) => router.remove(target),
            Self::LeastOutstanding(router) => router.remove(target),
            Self::WeightedRandom(router) => router.set(target, 0),
            Self::FlowHash(router) => router.remove(target),
        }
    }

    /// The target for a request, or for a connection with this hash; none where there is none.
    #[inline]
    pub fn pick(&mut self, now: SimTime, flow: u64, stream: &mut Stream) -> Option<u32> {
        match self {
            Self::RoundRobin(router) => router.pick(now),
            Self::LeastOutstanding(router) => router.pick(),
            Self::WeightedRandom(router) => router.pick(stream),
            Self::FlowHash(router) => router.pick(flow),
        }
    }

    /// A request was sent to a target.
    #[inline]
    pub fn started(&mut self, target: u32) {
        if let Self::LeastOutstanding(router) = self {
            router.started(target);
        }
    }

    /// A request has ended at a target.
    ///
    /// # Panics
    /// When none is outstanding there, for the algorithm that counts: the caller lost track.
    #[inline]
    pub fn finished(&mut self, target: u32) {
        if let Self::LeastOutstanding(router) = self {
            router.finished(target);
        }
    }
}
