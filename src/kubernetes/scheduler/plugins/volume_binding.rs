//! VolumeBinding: the claims of a pod have volumes that its node reaches, or can get them there.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/volumebinding. What a claim comes to on a
//! node is [`PodClaims`]'s to say. The plugin's score exists only with the gate
//! `StorageCapacityScoring`, which is off by default.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{
    Code, Filter, Prepared, Reason, Rejection, Scope, Verdict,
};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{Claim, PodShape};
use crate::kubernetes::scheduler::volumes::{PodClaims, Volumes};

/// Why a node is out that does not reach a volume.
const UNREACHABLE: &str = "node(s) didn't match PersistentVolume's node affinity";
/// Why a node is out where a claim finds no volume.
const UNMATCHED: &str = "node(s) didn't find available persistent volumes to bind";
/// Why a node is out where too little storage is left.
const NO_SPACE: &str = "node(s) did not have enough free storage";
/// Why all nodes are out when a volume is gone.
const GONE: &str = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
/// Why all nodes are out while a claim waits for a volume that depends on no pod.
const UNBOUND: &str = "pod has unbound immediate PersistentVolumeClaims";

#[derive(Debug)]
struct VolumeBinding {
    claims: PodClaims,
}

pub(super) fn filter(cluster: &Cluster, shape: &PodShape) -> Prepared {
    let volumes = cluster.volumes();
    if shape.volumes.claims.is_empty() {
        return Prepared::Skip;
    }
    let mut claims = shape.volumes.claims.iter();
    if let Some(reason) = claims.find_map(|claim| unusable(volumes, &shape.namespace, claim)) {
        return Prepared::Reject(Rejection::unresolvable(reason));
    }
    let claims = PodClaims::of(volumes, shape);
    if claims.has_unbound() {
        return Prepared::Reject(Rejection::unresolvable(UNBOUND));
    }
    Prepared::Filter(Box::new(VolumeBinding { claims }))
}

/// Why a claim cannot be used at all (`podHasPVCs`).
fn unusable(volumes: &Volumes, namespace: &str, wanted: &Claim) -> Option<String> {
    let name = &wanted.name;
    let Some(claim) = volumes.claim(namespace, name) else {
        let claim = format!("persistentvolumeclaim \"{name}\"");
        return Some(match wanted.pod {
            None => format!("{claim} not found"),
            Some(_) => format!("waiting for ephemeral volume controller to create the {claim}"),
        });
    };
    if claim.lost {
        let volume = &claim.volume;
        let gone = format!("bound to non-existent persistentvolume \"{volume}\"");
        return Some(format!("persistentvolumeclaim \"{name}\" {gone}"));
    }
    if claim.deleting {
        return Some(format!("persistentvolumeclaim \"{name}\" is being deleted"));
    }
    let pod = wanted.pod.as_ref().filter(|_| claim.pod != wanted.pod)?;
    let owner = format!("pod {namespace}/{pod} (pod is not owner)");
    Some(format!("PVC {namespace}/{name} was not created for {owner}"))
}

impl Filter for VolumeBinding {
    fn scope(&self) -> Scope {
        Scope::Node
    }

    fn filter(&self, cluster: &Cluster, node: &Node) -> Verdict {
        let found = self.claims.on(cluster.volumes(), node);
        if found.is_fit() {
            return Ok(());
        }
        let all = [
            (found.unreachable, UNREACHABLE),
            (found.unmatched, UNMATCHED),
            (found.no_space, NO_SPACE),
            (found.gone, GONE),
        ];
        let reasons = all.into_iter().filter(|(is_so, _)| *is_so);
        let reasons = reasons.map(|(_, reason)| Reason::from(reason)).collect();
        Err(Rejection { code: Code::UnschedulableAndUnresolvable, reasons })
    }
}
