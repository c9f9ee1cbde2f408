//! The processes of a group that can be suspended.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Suspend and resume processes". Two of them are the
//! caller's to heed: whoever runs scaling policies and scheduled actions asks
//! [`Suspended::contains`] first.

/// A process of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Instances are launched, started and put back into service.
    Launch,
    /// Instances are terminated.
    Terminate,
    /// New instances are registered with the load balancer.
    AddToLoadBalancer,
    /// Alarms make policies scale the group.
    AlarmNotification,
    /// Zones are balanced anew.
    AzRebalance,
    /// What EC2 and the load balancer report makes instances unhealthy.
    HealthCheck,
    /// Unhealthy instances are replaced.
    ReplaceUnhealthy,
    /// Scheduled actions change the group.
    ScheduledActions,
}

/// The processes that are suspended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspended(u8);

impl Suspended {
    /// Whether this one is.
    pub const fn contains(self, process: Process) -> bool {
        self.0 & (1 << process as u8) != 0
    }

    /// Suspends one, or lets it go on.
    pub const fn set(&mut self, process: Process, suspended: bool) {
        let bit = 1 << process as u8;
        self.0 = if suspended { self.0 | bit } else { self.0 & !bit };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_suspended_alone() {
        let mut suspended = Suspended::default();
        suspended.set(Process::Launch, true);
        suspended.set(Process::ScheduledActions, true);
        suspended.set(Process::Launch, false);
        assert!(suspended.contains(Process::ScheduledActions));
        assert!(!suspended.contains(Process::Launch) && !suspended.contains(Process::Terminate));
    }
}
