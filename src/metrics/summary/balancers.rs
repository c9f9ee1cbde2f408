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
    /// All of them.
    pub fn total(&self) -> u64 {
        let [unavailable, bad, late] = [
            self.no_target + self.no_capacity,
            self.refused + self.closed + self.cut,
            self.no_connection + self.idle,
        ];
        unavailable + bad + late + self.client_left
    }
}
