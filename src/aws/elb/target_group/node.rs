//! The node of a load balancer in one zone, as far as it concerns one target group.

use crate::aws::elb::routing::Router;

#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The targets it uses.
    pub(super) router: Router,
    /// Targets it might use.
    pub(super) registered: usize,
    /// Of them those it finds healthy.
    pub(super) healthy: usize,
    /// Whether it uses all it might, because too few are healthy.
    pub(super) open: bool,
}

impl Node {
    /// A node without targets uses all of them.
    pub(super) fn new(router: Router) -> Self {
        Self { router, registered: 0, healthy: 0, open: true }
    }
}
