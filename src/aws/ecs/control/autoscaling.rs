//! Service auto scaling.

/// Scaling policies of a service.
#[derive(Debug)]
pub(super) struct Autoscaling {}
