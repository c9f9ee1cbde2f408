//! How many volumes fit on an instance.
//!
//! Two rules (EC2 `DescribeInstanceTypes`, `AttachmentLimitType`; Amazon EBS User Guide, "Amazon
//! EBS volume limits for Amazon EC2 instances"). *Shared*: network interfaces, instance store by
//! NVMe, accelerators and volumes share 28 slots (more on bare metal); the catalogue has what is
//! left for volumes, the root included, with one interface. Every further interface takes one away.
//! *Dedicated* (Intel and AMD of the seventh generation, all of the eighth): volumes have slots of
//! their own.
//!
//! What a scheduler believes is another number: the CSI driver counts once, when it starts
//! ([`AttachLimit::csi_allocatable`]). Interfaces that come later take slots that it gave away, and
//! pods wait for volumes that cannot be attached.

use serde::Deserialize;

/// Who shares the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Slots {
    /// Volumes and network interfaces.
    Shared,
    /// Volumes have their own.
    Dedicated,
}

/// How many volumes fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachLimit {
    /// Who shares the slots.
    pub slots: Slots,
    /// Volumes, the root included, beside one network interface.
    pub volumes: u32,
}

impl AttachLimit {
    /// Volumes, the root included, that fit beside so many network interfaces.
    pub fn volumes_with(&self, interfaces: u32) -> u32 {
        match self.slots {
            Slots::Shared => self.volumes.saturating_sub(interfaces.saturating_sub(1)),
            Slots::Dedicated => self.volumes,
        }
    }

    /// Network interfaces that fit beside so many volumes, as far as slots go.
    pub fn interfaces_with(&self, volumes: u32) -> u32 {
        match self.slots {
            Slots::Shared => (self.volumes + 1).saturating_sub(volumes),
            Slots::Dedicated => u32::MAX,
        }
    }

    /// Volumes of pods that the EBS CSI driver says a node takes (`pkg/driver/node.go`,
    /// kubernetes-sigs/aws-ebs-csi-driver 429e202), from what is attached when it starts.
    /// `reserved` are volumes that are not for pods: `--reserved-volume-attachments`, by default
    /// those of the boot, at least the root. Never below 1.
    pub fn csi_allocatable(&self, interfaces: u32, reserved: u32) -> u32 {
        self.volumes_with(interfaces).saturating_sub(reserved).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    fn limit(name: &str) -> AttachLimit {
        instance_type(name).expect("it is in the catalogue").attach
    }

    #[test]
    fn interfaces_take_slots_where_they_are_shared() {
        // m5.large: 28 slots, one is its interface's; m5d.large has a disk by NVMe besides
        let shared = limit("m5.large");
        assert_eq!(shared, AttachLimit { slots: Slots::Shared, volumes: 27 });
        assert_eq!(limit("m5d.large").volumes, 26);
        assert_eq!([1, 2, 3].map(|enis| shared.volumes_with(enis)), [27, 26, 25]);
        assert_eq!([1, 25, 27, 28].map(|volumes| shared.interfaces_with(volumes)), [27, 3, 1, 0]);
        let dedicated = limit("m7i.large");
        assert_eq!(dedicated, AttachLimit { slots: Slots::Dedicated, volumes: 32 });
        assert_eq!([1, 2, 3].map(|enis| dedicated.volumes_with(enis)), [32, 32, 32]);
    }

    #[test]
    fn the_driver_counts_once_what_pods_may_attach() {
        // the root is one of 27; with a second interface there are 25 for pods
        assert_eq!(limit("m5.large").csi_allocatable(1, 1), 26);
        assert_eq!(limit("m5.large").csi_allocatable(2, 1), 25);
        assert_eq!(limit("m7i.large").csi_allocatable(3, 1), 31);
        assert_eq!(limit("m5.large").csi_allocatable(15, 40), 1);
    }

    #[test]
    fn with_as_many_volumes_as_fit_there_is_room_for_those_interfaces_and_no_more() {
        let limit = limit("c6i.4xlarge");
        for interfaces in 1..=8 {
            let volumes = limit.volumes_with(interfaces);
            assert_eq!(limit.interfaces_with(volumes), interfaces);
        }
    }
}
