//! NodeVolumeLimits: how many volumes of a driver a node can attach.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/nodevolumelimits: the limits are those of
//! the node's CSINode. Volumes are counted once however many pods use them; so are claims that
//! have no volume yet, for the driver of their class, and disks of plugins that a driver now
//! serves. A node without a CSINode, or whose CSINode does not name the driver, has no limit: the
//! gate `VolumeLimitScaling`, which can refuse such nodes, is off by default until v1.37. Of
//! volumes that are attached beside those of pods (VolumeAttachment) nothing is known here.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Filter, Prepared, Rejection, Scope, Verdict};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{Disk, PodShape};
use crate::kubernetes::scheduler::volumes::{InTree, PersistentVolumeClaim, Source, Volumes};

/// Why a node is out.
const REASON: &str = "node(s) exceed max volume count";

#[derive(Debug)]
struct NodeVolumeLimits {
    namespace: Box<str>,
    claims: Vec<Box<str>>,
    disks: Vec<Disk>,
}

/// A volume as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attached<'a> {
    driver: &'a str,
    volume: Handle<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Handle<'a> {
    /// What the driver calls it.
    Known(&'a str),
    /// The claim that is to have it.
    Claimed(&'a str, &'a str),
}

pub(super) fn filter(shape: &PodShape) -> Prepared {
    let served = |disk: &&Disk| InTree::of(disk.kind).is_some();
    let disks: Vec<Disk> = shape.volumes.disks.iter().filter(served).cloned().collect();
    let claims: Vec<_> = shape.volumes.claims.iter().map(|claim| claim.name.clone()).collect();
    if disks.is_empty() && claims.is_empty() {
        return Prepared::Skip;
    }
    let namespace = shape.namespace.clone();
    Prepared::Filter(Box::new(NodeVolumeLimits { namespace, claims, disks }))
}

/// The volume that a claim has or is to have, if it is one that is counted. Disks of old plugins
/// are, where their node has a CSINode; and only such nodes are asked about.
fn attached<'a>(volumes: &'a Volumes, claim: &'a PersistentVolumeClaim) -> Option<Attached<'a>> {
    match volumes.volume(&claim.volume).map(|volume| &volume.source) {
        Some(Source::Csi { driver, handle }) => {
            (!driver.is_empty() && !handle.is_empty()).then_some(())?;
            Some(Attached { driver, volume: Handle::Known(handle) })
        }
        Some(Source::InTree { plugin, handle }) => {
            Some(Attached { driver: plugin.driver(), volume: Handle::Known(handle) })
        }
        Some(Source::Other) => None,
        None => {
            let driver = volumes.class(&claim.class)?.driver();
            (!driver.is_empty()).then_some(())?;
            Some(Attached { driver, volume: Handle::Claimed(&claim.namespace, &claim.name) })
        }
    }
}

fn inline(disk: &Disk) -> Option<Attached<'_>> {
    let plugin = InTree::of(disk.kind)?;
    Some(Attached { driver: plugin.driver(), volume: Handle::Known(plugin.handle(&disk.id)) })
}

/// Volumes of the pods on a node, each once.
fn on_node<'a>(cluster: &'a Cluster, node: &Node) -> Vec<Attached<'a>> {
    let volumes = cluster.volumes();
    let mut all = Vec::new();
    for tally in &node.tallies {
        let shape = cluster.shape(tally.shape);
        let claims = shape.volumes.claims.iter();
        let claims = claims.filter_map(|claim| volumes.claim(&shape.namespace, &claim.name));
        all.extend(claims.filter_map(|claim| attached(volumes, claim)));
        all.extend(shape.volumes.disks.iter().filter_map(inline));
    }
    all.sort_unstable();
    all.dedup();
    all
}

impl NodeVolumeLimits {
    fn wanted<'a>(&'a self, volumes: &'a Volumes) -> Result<Vec<Attached<'a>>, Rejection> {
        let mut all: Vec<Attached<'a>> = self.disks.iter().filter_map(inline).collect();
        for name in &self.claims {
            let claim = volumes.claim(&self.namespace, name).ok_or_else(|| {
                let namespace = &self.namespace;
                let missing = format!("persistentvolumeclaim \"{name}\" not found");
                Rejection::unresolvable(format!("looking up PVC {namespace}/{name}: {missing}"))
            })?;
            all.extend(attached(volumes, claim));
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }
}

impl Filter for NodeVolumeLimits {
    fn scope(&self) -> Scope {
        Scope::Pods
    }

    fn filter(&self, cluster: &Cluster, node: &Node) -> Verdict {
        let volumes = cluster.volumes();
        let mut wanted = self.wanted(volumes)?;
        let Some(csi) = volumes.node(&node.spec.name) else { return Ok(()) };
        wanted.retain(|one| csi.limit(one.driver).is_some());
        if wanted.is_empty() {
            return Ok(());
        }
        let present = on_node(cluster, node);
        wanted.retain(|one| present.binary_search(one).is_err());
        for one in &wanted {
            let of_driver = |all: &[Attached<'_>]| {
                all.iter().filter(|other| other.driver == one.driver).count()
            };
            let limit = csi.limit(one.driver).map_or(0, i64::from);
            if (of_driver(&present) + of_driver(&wanted)) as i64 > limit {
                return Err(Rejection::unschedulable(REASON));
            }
        }
        Ok(())
    }
}
