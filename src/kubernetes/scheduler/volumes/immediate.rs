//! Volumes for claims that do not wait for a pod: what the volume controller and a provisioner do
//! as soon as there is a claim.
//!
//! Source: Kubernetes v1.36, `pkg/controller/volume/persistentvolume/pv_controller.go`
//! (`syncUnboundClaim`): the volume that it names, the smallest that will do, or a new one. The
//! external provisioner picks the zone of a new one by the name of its claim, so that those of a
//! stateful set go round (kubernetes-csi/external-provisioner v5, `pkg/controller/topology.go`,
//! `getPVCNameHashAndIndexOffset`, `sortAndShift`).

use std::collections::BTreeMap;

use super::ZONE;
use super::bind::{Binding, made};
use super::class::StorageClass;
use super::matching::Demand;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::Node;

/// What became of a claim that does not wait for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provision {
    /// There is nothing to do: it has its volume, waits for a pod, or nobody makes any for it.
    Nothing,
    /// It was given a volume that was there.
    Bound,
    /// A volume was made for it.
    Made,
    /// There is no node yet that its volume could be made for.
    NoNode,
}

/// The volume that a claim gets, unless it has one, waits for a pod, or cannot have any. `takes`
/// says whether a driver makes volumes for a node.
pub fn decide_now(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    takes: impl Fn(&str, &Node) -> bool,
) -> (Provision, Option<Binding>) {
    let (volumes, nothing) = (cluster.volumes(), (Provision::Nothing, None));
    let Some(claim) = volumes.claim(namespace, name) else { return nothing };
    if claim.is_bound() || (claim.volume.is_empty() && volumes.waits(claim)) {
        return nothing;
    }
    if !claim.volume.is_empty() {
        // it names a volume, which is its own unless it is another's
        let named = volumes.volume(&claim.volume);
        let free = named.filter(|volume| volume.claim.is_none() || volume.is_of(claim));
        return free.map_or(nothing, |volume| {
            let (namespace, claim) = (claim.namespace.clone(), claim.name.clone());
            let volume = volume.name.clone();
            (Provision::Bound, Some(Binding { namespace, claim, volume, made: None }))
        });
    }
    let demand = Demand::of(volumes, claim);
    let (made, volume) = match demand.smallest() {
        Some(volume) => (None, volume.into()),
        None => {
            let driver = volumes.class(&claim.class).map(StorageClass::driver).unwrap_or_default();
            let possible = |node: &&Node| demand.provision(node).is_ok() && takes(driver, node);
            let Some(node) = zone_of(cluster.nodes().filter(possible), name) else {
                let some = demand.can_be_made();
                return if some { (Provision::NoNode, None) } else { nothing };
            };
            let new = made(volumes, claim, node);
            let name = new.name.clone();
            (Some(new), name)
        }
    };
    let (namespace, claim) = (claim.namespace.clone(), claim.name.clone());
    let became = if made.is_some() { Provision::Made } else { Provision::Bound };
    (became, Some(Binding { namespace, claim, volume, made }))
}

/// A node of the zone in which the provisioner makes the volume of a claim of this name.
fn zone_of<'n>(nodes: impl Iterator<Item = &'n Node>, claim: &str) -> Option<&'n Node> {
    let mut zones: BTreeMap<&str, &Node> = BTreeMap::new();
    for node in nodes {
        zones.entry(node.spec.labels.get(ZONE).unwrap_or_default()).or_insert(node);
    }
    let turn = turn(claim) as usize;
    zones.values().nth(turn % zones.len().max(1)).copied()
}

/// Where a claim begins in the list of zones: by the name of the stateful set that its own ends in,
/// one further for each number.
fn turn(claim: &str) -> u32 {
    let (mut base, mut number) = (claim, 0);
    if let Some((front, last)) = claim.rsplit_once('-')
        && let Ok(ordinal) = last.parse::<u32>()
    {
        number = ordinal;
        base = front.rsplit_once('-').map_or(front, |(_, set)| set);
    }
    // FNV-1 of 32 bits
    let mix = |hash: u32, byte: u8| hash.wrapping_mul(16_777_619) ^ u32::from(byte);
    base.bytes().fold(2_166_136_261, mix).wrapping_add(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_of_a_stateful_set_go_round_the_zones() {
        let first = turn("data-db-0");
        assert_eq!(turn("data-db-1"), first.wrapping_add(1));
        assert_eq!(turn("logs-db-0"), first, "volumes of one pod are in one zone");
        // FNV-1 of nothing is its offset
        assert_eq!(turn(""), 2_166_136_261);
    }
}
