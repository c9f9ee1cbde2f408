//! VolumeRestrictions: disks that cannot be used by two pods at once.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/volumerestrictions: disks that pods name
//! without a claim conflict on one node; a claim for one pod (ReadWriteOncePod) that a pod uses
//! anywhere is not to be had on any node, until that pod is evicted.

use crate::kubernetes::scheduler::cluster::{Change, Cluster};
use crate::kubernetes::scheduler::framework::{Filter, Prepared, Rejection, Scope, Verdict};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{Claim, Disk, DiskKind, PodShape, ShapeId};

/// Why a node is out whose pods use a disk.
const DISK_CONFLICT: &str = "node(s) had no available disk";
/// Why all nodes are out while a claim for one pod is in use.
const ONE_POD_CONFLICT: &str = "node(s) unavailable due to PersistentVolumeClaim with \
                                ReadWriteOncePod access mode already in-use by another pod";

#[derive(Debug)]
struct VolumeRestrictions {
    disks: Vec<Disk>,
    /// Names of claims that only one pod may use at a time.
    exclusive: Vec<Box<str>>,
    /// How often pods use those.
    uses: i32,
}

/// Claims of pods that they name; those made for a pod alone are left out.
fn named(shape: &PodShape) -> impl Iterator<Item = &Claim> {
    shape.volumes.claims.iter().filter(|claim| claim.pod.is_none())
}

pub(super) fn filter(cluster: &Cluster, shape: &PodShape) -> Prepared {
    let restricted = |disk: &&Disk| {
        !matches!(disk.kind, DiskKind::AzureDisk | DiskKind::Cinder | DiskKind::Portworx)
    };
    let disks: Vec<Disk> = shape.volumes.disks.iter().filter(restricted).cloned().collect();
    let mut exclusive: Vec<Box<str>> = Vec::new();
    for Claim { name, .. } in named(shape) {
        let Some(claim) = cluster.volumes().claim(&shape.namespace, name) else {
            let reason = format!("persistentvolumeclaim \"{name}\" not found");
            return Prepared::Reject(Rejection::unresolvable(reason));
        };
        if claim.is_for_one_pod() && !exclusive.contains(name) {
            exclusive.push(name.clone());
        }
    }
    let in_use = exclusive.iter().filter(|name| is_used(cluster, &shape.namespace, name)).count();
    if disks.is_empty() && in_use == 0 {
        return Prepared::Skip;
    }
    Prepared::Filter(Box::new(VolumeRestrictions { disks, exclusive, uses: in_use as i32 }))
}

/// Whether any pod on a node uses a claim.
fn is_used(cluster: &Cluster, namespace: &str, name: &str) -> bool {
    let mut shapes = cluster.nodes().flat_map(|node| &node.tallies);
    shapes.any(|tally| {
        let other = cluster.shape(tally.shape);
        *other.namespace == *namespace && named(other).any(|claim| *claim.name == *name)
    })
}

/// Whether two pods cannot use these disks on one node.
fn conflict(one: &Disk, other: &Disk) -> bool {
    if one.kind != other.kind || one.id != other.id {
        return false;
    }
    let both_read = one.read_only && other.read_only;
    match one.kind {
        DiskKind::AwsElasticBlockStore => true,
        DiskKind::GcePersistentDisk | DiskKind::Iscsi => !both_read,
        DiskKind::Rbd => {
            !both_read && one.addresses.iter().any(|address| other.addresses.contains(address))
        }
        DiskKind::AzureDisk | DiskKind::Cinder | DiskKind::Portworx => false,
    }
}

impl Filter for VolumeRestrictions {
    fn scope(&self) -> Scope {
        Scope::Pods
    }

    fn filter(&self, cluster: &Cluster, node: &Node) -> Verdict {
        let on_node = |disk: &Disk| {
            let mut shapes = node.tallies.iter().map(|tally| cluster.shape(tally.shape));
            shapes.any(|shape| shape.volumes.disks.iter().any(|other| conflict(disk, other)))
        };
        if self.disks.iter().any(on_node) {
            return Err(Rejection::unschedulable(DISK_CONFLICT));
        }
        if self.uses > 0 {
            return Err(Rejection::unschedulable(ONE_POD_CONFLICT));
        }
        Ok(())
    }

    fn minds(&mut self, _: &Cluster, _: ShapeId) -> bool {
        !self.exclusive.is_empty()
    }

    /// As `updateWithPod`, which goes by the name of a claim and not by its namespace.
    fn changed(&mut self, cluster: &Cluster, change: Change) {
        if self.exclusive.is_empty() {
            return;
        }
        let claims = named(cluster.shape(change.shape));
        let uses = claims.filter(|claim| self.exclusive.contains(&claim.name)).count();
        self.uses += change.delta.present * uses as i32;
    }
}
