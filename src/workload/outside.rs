//! Calls that requests make of services outside the cluster, such as those of AWS.
//!
//! Such a call has no replicas and no queue: it takes a time that is drawn, and is answered or not.
//! All calls of a request are drawn when it arrives, whatever becomes of them, so that two
//! platforms that see the same arrivals see the same calls; in the request they are one time off
//! the CPU, and whether it fails at the end of that.

use super::TraceError;
use super::law::Sampler;
use crate::engine::{SimDuration, Stream, Streams};
use crate::scenario::AwsCall;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// It is answered.
    #[default]
    Answered,
    /// It is refused, in the time of an answer: the request fails.
    Refused,
    /// Nobody hears it: the request fails once the one who calls has waited this long.
    Unheard(SimDuration),
}

/// The calls of one request together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outside {
    /// Time until the last is answered, or the first that is not has failed.
    pub time: SimDuration,
    /// Whether one is not answered.
    pub fails: bool,
}

impl Outside {
    /// Whether there is nothing to wait for.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// The calls that requests of an app make, one after another.
#[derive(Clone, Debug)]
pub(super) struct OutsideCalls {
    calls: Vec<Call>,
}

#[derive(Clone, Debug)]
struct Call {
    share: f64,
    latency: Sampler,
    draws: Stream,
    outcome: Outcome,
}

impl OutsideCalls {
    /// The calls of an app, all of which are answered; none where it makes none. `name` is that of
    /// their random streams.
    ///
    /// # Errors
    /// When a file of times cannot be used.
    pub fn new(
        calls: &[AwsCall],
        streams: Streams,
        name: &str,
    ) -> Result<Option<Self>, TraceError> {
        let call = |(place, call): (usize, &AwsCall)| -> Result<Call, TraceError> {
            Ok(Call {
                share: call.share.0,
                latency: Sampler::new(&call.latency)?,
                draws: streams.named(&format!("{name}/{place}")),
                outcome: Outcome::Answered,
            })
        };
        let calls: Vec<Call> = calls.iter().enumerate().map(call).collect::<Result<_, _>>()?;
        Ok((!calls.is_empty()).then_some(Self { calls }))
    }

    /// What becomes of a call from now on, by its place.
    pub fn set(&mut self, place: usize, outcome: Outcome) {
        self.calls[place].outcome = outcome;
    }

    /// Draws those of the next request.
    pub fn next(&mut self) -> Outside {
        let mut all = Outside::default();
        for call in &mut self.calls {
            let made = call.draws.uniform() < call.share;
            let time = call.latency.sample(&mut call.draws);
            if !made || all.fails {
                continue;
            }
            let (time, fails) = match call.outcome {
                Outcome::Answered => (time, false),
                Outcome::Refused => (time, true),
                Outcome::Unheard(patience) => (patience, true),
            };
            all = Outside { time: all.time + time, fails };
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Law;
    use crate::units::Fraction;

    fn calls(shares: &[f64]) -> OutsideCalls {
        let call = |&share: &f64| AwsCall {
            action: "s3:GetObject".into(),
            resource: "*".into(),
            policy: None,
            share: Fraction(share),
            latency: Law::Constant(SimDuration::from_millis(20)),
        };
        let calls: Vec<AwsCall> = shares.iter().map(call).collect();
        OutsideCalls::new(&calls, Streams::new(7), "app/web/aws").unwrap().unwrap()
    }

    fn after(millis: u64, fails: bool) -> Outside {
        Outside { time: SimDuration::from_millis(millis), fails }
    }

    #[test]
    fn calls_follow_each_other_until_one_fails() {
        let mut all = calls(&[1.0, 1.0, 1.0]);
        assert_eq!(all.next(), after(60, false));
        all.set(1, Outcome::Refused);
        assert_eq!(all.next(), after(40, true));
        all.set(0, Outcome::Unheard(SimDuration::from_secs(60)));
        assert_eq!(all.next(), after(60_000, true));
        all.set(0, Outcome::Answered);
        all.set(1, Outcome::Answered);
        all.set(2, Outcome::Refused);
        assert_eq!(all.next(), after(60, true));
    }

    #[test]
    fn a_share_of_requests_makes_the_call_whatever_becomes_of_others() {
        let made = |all: &mut OutsideCalls| -> Vec<bool> {
            (0..20_000).map(|_| !all.next().is_nothing()).collect()
        };
        let plain = made(&mut calls(&[0.25]));
        let count = plain.iter().filter(|made| **made).count() as f64;
        // four standard errors of a share of 0.25
        let error = (0.25_f64 * 0.75 / 20_000.0).sqrt();
        assert!((count / 20_000.0 - 0.25).abs() < 4.0 * error, "{count}");
        let mut denied = calls(&[0.25]);
        denied.set(0, Outcome::Refused);
        assert_eq!(made(&mut denied), plain);
    }

    #[test]
    fn an_app_without_calls_has_none() {
        assert!(OutsideCalls::new(&[], Streams::new(7), "app/web/aws").unwrap().is_none());
    }
}
