//! Notices: what components have told, until it is handed on.

use super::World;
use crate::docker::ContainerNotice;
use crate::hypervisor::VmNotice;
use crate::workload::ServiceNotice;

/// What components have told and nobody has dealt with yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub services: Vec<ServiceNotice>,
    pub vms: Vec<VmNotice>,
    pub containers: Vec<ContainerNotice>,
}

impl Inbox {
    fn is_empty(&self) -> bool {
        self.vms.is_empty() && self.containers.is_empty() && self.services.is_empty()
    }
}

impl World<'_> {
    /// Hands notices on until there are none left.
    #[inline]
    pub(super) fn deliver(&mut self) {
        while !self.inbox.is_empty() || self.has_control_notices() || self.engines.has_low_disks() {
            self.deliver_some();
        }
    }

    #[cold]
    fn deliver_some(&mut self) {
        let mut vms = std::mem::take(&mut self.inbox.vms);
        for notice in vms.drain(..) {
            self.on_vm_notice(notice);
        }
        put_back(vms, &mut self.inbox.vms);
        let mut containers = std::mem::take(&mut self.inbox.containers);
        for notice in containers.drain(..) {
            self.on_container_notice(notice);
        }
        put_back(containers, &mut self.inbox.containers);
        self.deliver_control_notices();
        self.deliver_ecs_notices();
        self.deliver_low_disks();
        let mut services = std::mem::take(&mut self.inbox.services);
        for notice in services.drain(..) {
            match notice {
                ServiceNotice::AllowanceExceeded(replica) => self.allowance_exceeded(replica),
                ServiceNotice::Drained(replica) => self.replica_drained(replica),
                ServiceNotice::TargetHealth { replica, healthy } => {
                    self.target_health(replica, healthy);
                }
                ServiceNotice::TargetDrained(replica) => self.target_drained(replica),
            }
        }
        put_back(services, &mut self.inbox.services);
    }
}

/// Puts a list that was taken to be emptied back where it was, so that its memory is used again.
pub(super) fn put_back<T>(emptied: Vec<T>, place: &mut Vec<T>) {
    // unless there is something in its place by now
    if place.is_empty() {
        *place = emptied;
    }
}
