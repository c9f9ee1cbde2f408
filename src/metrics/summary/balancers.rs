//! Requests that a load balancer could not deliver.

use serde::{Deserialize, Serialize};

/// Requests without an answer, by why a load balancer had none. Those of an app are a part of the
/// ones its [account](super::RequestAccount) has refused, failed and timed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// No target was registered: 503.
    pub no_target: u64,
    /// The load balancer had not grown enough: 503.
    pub no_capacity: u64,
    /// The target refused the connection: 502.
    pub refused: u64,
    /// The target closed the connection under the request: 502.
    pub closed: u64,
    /// The deregistration delay of the target was over: 502.
    pub cut: u64,
    /// The target did not accept the connection in time: 504.
    pub no_connection: u64,
    /// The target did not answer within the idle timeout: 504.
    pub idle: u64,
    /// The client left before there was an answer: 460.
    pub client_left: u64,
}

impl Undelivered {
    /// The sum of several.
    pub fn of<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        all.into_iter().fold(Self::default(), |sum, one| Self {
            no_target: sum.no_target + one.no_target,
            no_capacity: sum.no_capacity + one.no_capacity,
            refused: sum.refused + one.refused,
            closed: sum.closed + one.closed,
            cut: sum.cut + one.cut,
            no_connection: sum.no_connection + one.no_connection,
            idle: sum.idle + one.idle,
            client_left: sum.client_left + one.client_left,
        })
    }
}
