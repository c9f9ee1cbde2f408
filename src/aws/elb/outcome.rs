//! What a client of an Application Load Balancer is told.
//!
//! A load balancer answers by itself with 502 when a target refuses, closes the connection under a
//! request, or is cut off because its deregistration delay is over; with 503 when there is no
//! target to send a request to, or no capacity to carry it; with 504 when a target does not accept
//! a connection within 10 seconds or says nothing for the idle timeout; and notes 460 when the
//! client has left before. (Application Load Balancer User Guide, "Troubleshoot your Application
//! Load Balancers".) What the target itself answers goes to the client as it is.

use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;

/// Why a load balancer did not get an answer for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The target group has no target: 503.
    NoTarget,
    /// The load balancer has not grown as fast as its load: 503.
    NoCapacity,
    /// The target refused the connection: 502.
    Refused,
    /// The target closed the connection under the request: 502.
    Closed,
    /// The deregistration delay of the target was over: 502.
    Cut,
    /// The target did not accept the connection in time: 504.
    NoConnection,
    /// The target said nothing for the idle timeout: 504.
    Idle,
    /// The client had enough: 460.
    ClientLeft,
}

impl Failure {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::NoTarget | Self::NoCapacity => 503,
            Self::Refused | Self::Closed | Self::Cut => 502,
            Self::NoConnection | Self::Idle => 504,
            Self::ClientLeft => 460,
        }
    }

    /// What went wrong, in words for reports.
    pub fn worded(self) -> &'static str {
        match self {
            Self::NoTarget => "no target is registered",
            Self::NoCapacity => "the load balancer had not grown enough",
            Self::Refused => "the target refused the connection",
            Self::Closed => "the target closed the connection under the request",
            Self::Cut => "the deregistration delay of the target was over",
            Self::NoConnection => "the target did not accept the connection in time",
            Self::Idle => "the target did not answer within the idle timeout",
            Self::ClientLeft => "the client left before there was an answer",
        }
    }
}

/// How long a load balancer waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// For the target to accept a connection. AWS fixes it.
    pub connect: SimDuration,
    /// For anything to be said on a connection, 1 s to 4000 s.
    pub idle: SimDuration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: SimDuration::from_secs(10), idle: SimDuration::from_secs(60) }
    }
}

/// What happens between load balancer and target, and how long after the request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// It answers then, with whatever status.
    Answers(SimDuration),
    /// Nothing listens there, or not any more.
    Refuses,
    /// It closes the connection then, because it stops or crashes.
    Closes(SimDuration),
    /// It is cut off then, because it has deregistered long enough.
    IsCut(SimDuration),
    /// It is gone, or what connects to it is dropped.
    IsSilent,
}

/// What the client is told, and when. Its patience ends then, if ever.
///
/// A target is taken to say nothing before its answer, so that an answer which takes longer than
/// the idle timeout does not come through.
pub fn outcome(
    exchange: Exchange,
    timeouts: &Timeouts,
    patience: Option<SimDuration>,
) -> (Result<(), Failure>, SimDuration) {
    let (result, after) = match exchange {
        Exchange::Answers(after) => (Ok(()), after),
        Exchange::Refuses => (Err(Failure::Refused), SimDuration::ZERO),
        Exchange::Closes(after) => (Err(Failure::Closed), after),
        Exchange::IsCut(after) => (Err(Failure::Cut), after),
        Exchange::IsSilent => (Err(Failure::NoConnection), timeouts.connect),
    };
    let waited = match after > timeouts.idle {
        true => (Err(Failure::Idle), timeouts.idle),
        false => (result, after),
    };
    match patience.filter(|patience| *patience < waited.1) {
        Some(patience) => (Err(Failure::ClientLeft), patience),
        None => waited,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gives_up_first_decides() {
        let secs = SimDuration::from_secs;
        let cases = [
            (Exchange::Answers(secs(59)), None, Ok(()), 59),
            (Exchange::Answers(secs(60)), None, Ok(()), 60),
            (Exchange::Answers(secs(61)), None, Err(504), 60),
            (Exchange::Answers(secs(61)), Some(30), Err(460), 30),
            (Exchange::Answers(secs(30)), Some(30), Ok(()), 30),
            (Exchange::Refuses, Some(1), Err(502), 0),
            (Exchange::Closes(secs(5)), None, Err(502), 5),
            (Exchange::Closes(secs(70)), None, Err(504), 60),
            (Exchange::IsCut(secs(5)), None, Err(502), 5),
            (Exchange::IsSilent, None, Err(504), 10),
            (Exchange::IsSilent, Some(3), Err(460), 3),
        ];
        for (exchange, patience, expected, after) in cases {
            let found = outcome(exchange, &Timeouts::default(), patience.map(secs));
            let status = found.0.map_err(Failure::status);
            assert_eq!((status, found.1), (expected, secs(after)), "{exchange:?}");
        }
        assert_eq!([Failure::NoTarget, Failure::NoCapacity].map(Failure::status), [503; 2]);
    }
}
