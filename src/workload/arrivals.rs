//! Arrivals: the instants at which requests, jobs or VMs turn up.
//!
//! An [`ArrivalProcess`] is an iterator over absolute instants that never decrease. It depends on
//! its seed and on nothing that happens in the simulation, so that two variants of a scenario see
//! the same arrivals (common random numbers). Where arrivals depend on answers there is no such
//! process but a number of [`Users`]; a [`Source`] is either.
//!
//! Cost of an arrival: a random draw and a few additions, 6 to 12 ns; nothing is allocated.

pub mod counts;
pub mod diurnal;
pub mod instants;
pub mod mmpp;
pub mod recorded;
pub mod stationary;

pub use counts::Counts;
use diurnal::Diurnal;
use instants::Instants;
use mmpp::Mmpp;
pub use recorded::{Recorded, RecordedJob, RecordedRequest};
use stationary::{Deterministic, Poisson, Renewal};

use super::law::Sampler;
use super::traces::TraceError;
use crate::engine::{SimDuration, SimTime, Stream, Streams};
use crate::scenario::Arrivals;

/// Where requests come from.
#[expect(clippy::large_enum_variant, reason = "there is one per app, and a box costs each arrival")]
pub enum Source {
    /// They arrive whatever becomes of them.
    Open(ArrivalProcess),
    /// Each user sends the next one some time after the answer to the last.
    Closed(Users),
    /// A table says of each when it comes, and what of it.
    Recorded(Recorded<RecordedRequest>),
}

/// The users of a closed loop.
#[derive(Clone, Debug)]
pub struct Users {
    /// How many there are.
    pub count: u32,
    think: Sampler,
    stream: Stream,
}

/// Instants of arrival, in order.
pub enum ArrivalProcess {
    /// Nothing ever arrives.
    Silent,
    /// [`Poisson`].
    Poisson(Poisson),
    /// [`Deterministic`].
    Deterministic(Deterministic),
    /// [`Renewal`].
    Renewal(Renewal),
    /// [`Mmpp`].
    Mmpp(Mmpp),
    /// [`Diurnal`].
    Diurnal(Diurnal),
    /// [`Counts`].
    Counts(Counts),
    /// [`Instants`].
    Instants(Instants),
}

impl Source {
    /// The source that `arrivals` describes, its rates multiplied by `scale`. The number of users
    /// of a closed loop is multiplied too, and rounded; a table is not scaled. `name` names its
    /// random stream; `replicas` is how many the table may name.
    ///
    /// # Errors
    /// When a file it reads cannot be used.
    pub fn new(
        arrivals: &Arrivals,
        scale: f64,
        streams: Streams,
        name: &str,
        replicas: u32,
    ) -> Result<Self, TraceError> {
        Ok(match arrivals {
            Arrivals::Trace(table) => Self::Recorded(Recorded::requests(table, replicas)?),
            Arrivals::Users { count, think } => Self::Closed(Users {
                count: (f64::from(*count) * scale).round() as u32,
                think: Sampler::new(think)?,
                stream: streams.named(name),
            }),
            open => Self::Open(ArrivalProcess::new(open, scale, streams, name)?),
        })
    }

    /// Why it ended early: a file that was sound when it was opened and is no longer, or was
    /// found wrong further down.
    pub fn take_failure(&mut self) -> Option<TraceError> {
        match self {
            Self::Open(process) => process.take_failure(),
            Self::Recorded(recorded) => recorded.take_failure(),
            Self::Closed(_) => None,
        }
    }
}

impl Users {
    /// The time a user takes between an answer and the next request.
    #[inline]
    pub fn think(&mut self) -> SimDuration {
        self.think.sample(&mut self.stream)
    }
}

impl ArrivalProcess {
    /// The process that `arrivals` describes, its rate multiplied by `scale`: intervals become
    /// shorter by that factor, counts and instants are multiplied. `name` names its random stream.
    /// Users and tables of requests are no process; of them nothing arrives by itself (see
    /// [`Source`]).
    ///
    /// # Errors
    /// When a file it reads cannot be used. A table of counts is read through and checked here.
    pub fn new(
        arrivals: &Arrivals,
        scale: f64,
        streams: Streams,
        name: &str,
    ) -> Result<Self, TraceError> {
        if scale.is_nan() || scale <= 0.0 {
            return Ok(Self::Silent);
        }
        let stream = streams.named(name);
        Ok(match arrivals {
            Arrivals::Poisson(rate) => Self::poisson(rate.0 * scale, stream),
            Arrivals::Deterministic(rate) => match rate.0 * scale {
                rate if rate > 0.0 => Self::Deterministic(Deterministic::new(rate)),
                _ => Self::Silent,
            },
            Arrivals::Renewal(law) => {
                Self::Renewal(Renewal::new(Sampler::new(law)?, scale, stream))
            }
            Arrivals::Mmpp { rates, sojourns } => {
                let states = rates.iter().map(|rate| rate.0 * scale).zip(sojourns.iter().copied());
                let chain = streams.named(&format!("{name}/state"));
                Mmpp::new(states, stream, chain).map_or(Self::Silent, Self::Mmpp)
            }
            Arrivals::Diurnal { mean, amplitude, peak_at, period } => match mean.0 * scale {
                rate if rate > 0.0 && !period.is_zero() => {
                    Self::Diurnal(Diurnal::new(rate, amplitude.0, *peak_at, *period, stream))
                }
                rate => Self::poisson(rate, stream),
            },
            Arrivals::Counts(table) => Self::Counts(Counts::open(table, scale, stream)?),
            Arrivals::At(times) => Self::Instants(Instants::new(times, scale)),
            Arrivals::Users { .. } | Arrivals::Trace(_) => Self::Silent,
        })
    }

    fn poisson(rate: f64, stream: Stream) -> Self {
        if rate > 0.0 { Self::Poisson(Poisson::new(rate, stream)) } else { Self::Silent }
    }

    /// Why the process ended early: a file that was sound when it was opened and is no longer.
    pub fn take_failure(&mut self) -> Option<TraceError> {
        match self {
            Self::Counts(counts) => counts.take_failure(),
            _ => None,
        }
    }
}

impl Iterator for ArrivalProcess {
    type Item = SimTime;

    /// The next arrival; none when no more come before the end of time.
    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        match self {
            Self::Silent => None,
            Self::Poisson(process) => process.next(),
            Self::Deterministic(process) => process.next(),
            Self::Renewal(process) => process.next(),
            Self::Mmpp(process) => process.next(),
            Self::Diurnal(process) => process.next(),
            Self::Counts(process) => process.next(),
            Self::Instants(process) => process.next(),
        }
    }
}

/// `time` after `span`, if that is before the end of time.
#[inline]
fn later(time: SimTime, span: SimDuration) -> Option<SimTime> {
    let later = time.saturating_add(span);
    (later < SimTime::MAX).then_some(later)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Law;
    use crate::units::{Fraction, Rate};
    use proptest::prelude::*;

    const STREAMS: Streams = Streams::new(1);
    const SECOND: SimDuration = SimDuration::from_secs(1);

    fn some_arrivals() -> impl Strategy<Value = Arrivals> {
        let rate = prop_oneof![Just(0.0), 1e-9..1e9, Just(-1.0)].prop_map(Rate);
        let span = prop_oneof![Just(0), 0..100u64, 0..u64::MAX].prop_map(SimDuration::from_nanos);
        let states = prop::collection::vec((rate.clone(), span.clone()), 0..4);
        prop_oneof![
            rate.clone().prop_map(Arrivals::Poisson),
            rate.clone().prop_map(Arrivals::Deterministic),
            span.clone().prop_map(|mean| Arrivals::Renewal(Law::Exponential { mean })),
            states.prop_map(|states| {
                let (rates, sojourns) = states.into_iter().unzip();
                Arrivals::Mmpp { rates, sojourns }
            }),
            (rate, -0.5..1.5, span.clone(), span.clone()).prop_map(
                |(mean, amplitude, peak_at, period)| Arrivals::Diurnal {
                    mean,
                    amplitude: Fraction(amplitude),
                    peak_at,
                    period
                }
            ),
            prop::collection::vec(span, 0..5).prop_map(Arrivals::At),
        ]
    }

    proptest! {
        #[test]
        fn arrivals_of_any_process_never_go_back_in_time(
            arrivals in some_arrivals(), scale in prop_oneof![Just(1.0), 0.0..3.0]
        ) {
            let process = ArrivalProcess::new(&arrivals, scale, STREAMS, "any").unwrap();
            let mut last = SimTime::ZERO;
            for time in process.take(500) {
                prop_assert!(time >= last && time < SimTime::MAX);
                last = time;
            }
        }
    }

    #[test]
    fn without_a_rate_nothing_arrives() {
        for arrivals in [
            Arrivals::Poisson(Rate(0.0)),
            Arrivals::Deterministic(Rate(0.0)),
            Arrivals::Mmpp { rates: vec![Rate(0.0)], sojourns: vec![SECOND] },
            Arrivals::Users { count: 3, think: Law::Constant(SECOND) },
            Arrivals::At(vec![]),
        ] {
            let mut process = ArrivalProcess::new(&arrivals, 1.0, STREAMS, "none").unwrap();
            assert_eq!(process.next(), None, "{arrivals:?}");
        }
        let poisson = Arrivals::Poisson(Rate(5.0));
        assert_eq!(ArrivalProcess::new(&poisson, 0.0, STREAMS, "none").unwrap().next(), None);
    }

    #[test]
    fn users_think_and_their_number_is_scaled() {
        let users = Arrivals::Users { count: 10, think: Law::Constant(SECOND) };
        let Source::Closed(mut users) = Source::new(&users, 2.5, STREAMS, "users", 1).unwrap()
        else {
            panic!("users are a closed source");
        };
        assert_eq!((users.count, users.think()), (25, SECOND));
    }
}
