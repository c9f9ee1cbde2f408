//! VolumeZone: a pod runs in the zone and region of its volumes.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/volumezone. It goes by the labels of volumes;
//! node affinity of volumes is for VolumeBinding.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Filter, Prepared, Rejection, Scope, Verdict};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::PodShape;
use crate::kubernetes::scheduler::volumes::{PersistentVolume, Volumes};

/// Why a node is out that is elsewhere.
const REASON: &str = "node(s) had no available volume zone";

/// Labels for zones and regions, and the name of each today.
const LABELS: [(&str, &str); 4] = [
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("topology.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("topology.kubernetes.io/region", "topology.kubernetes.io/region"),
];

/// A label that nodes have to have, with one of some values.
#[derive(Debug)]
struct Place {
    key: &'static str,
    today: &'static str,
    values: Vec<Box<str>>,
}

#[derive(Debug)]
struct VolumeZone {
    places: Vec<Place>,
}

pub(super) fn filter(cluster: &Cluster, shape: &PodShape) -> Prepared {
    let mut places = Vec::new();
    for claim in shape.volumes.claims.iter().filter(|claim| claim.pod.is_none()) {
        match volume(cluster.volumes(), &shape.namespace, &claim.name) {
            Ok(Some(volume)) => places.extend(of(volume)),
            Ok(None) => {}
            Err(reason) => return Prepared::Reject(Rejection::unresolvable(reason)),
        }
    }
    if places.is_empty() {
        Prepared::Skip
    } else {
        Prepared::Filter(Box::new(VolumeZone { places }))
    }
}

/// The volume that a claim has; none where it waits for a pod.
fn volume<'a>(
    volumes: &'a Volumes,
    namespace: &str,
    name: &str,
) -> Result<Option<&'a PersistentVolume>, String> {
    let claim = volumes
        .claim(namespace, name)
        .ok_or_else(|| format!("persistentvolumeclaim \"{name}\" not found"))?;
    if !claim.volume.is_empty() {
        let volume = volumes.volume(&claim.volume);
        let missing = || format!("persistentvolume \"{}\" not found", claim.volume);
        return volume.map(Some).ok_or_else(missing);
    }
    if claim.class.is_empty() {
        return Err("PersistentVolumeClaim had no pv name and storageClass name".to_owned());
    }
    if volumes.class(&claim.class).is_none() {
        return Err(format!("storageclass.storage.k8s.io \"{}\" not found", claim.class));
    }
    if volumes.waits(claim) { Ok(None) } else { Err("PersistentVolume had no name".to_owned()) }
}

/// Where a volume is. Several zones are separated by `__`; a label with an empty one among them is
/// passed over (`LabelZonesToSet`).
fn of(volume: &PersistentVolume) -> impl Iterator<Item = Place> {
    LABELS.into_iter().filter_map(|(key, today)| {
        let values: Vec<Box<str>> =
            volume.labels.get(key)?.split("__").map(|value| value.trim().into()).collect();
        let readable = values.iter().all(|value| !value.is_empty());
        readable.then_some(Place { key, today, values })
    })
}

impl Filter for VolumeZone {
    fn scope(&self) -> Scope {
        Scope::Node
    }

    /// A node without any of the labels is taken to be where everything is.
    fn filter(&self, _: &Cluster, node: &Node) -> Verdict {
        let labels = &node.spec.labels;
        if LABELS.iter().all(|(key, _)| labels.get(key).is_none()) {
            return Ok(());
        }
        let is_there = |place: &Place| {
            let value = labels.get(place.key).or_else(|| labels.get(place.today));
            value.is_some_and(|value| place.values.iter().any(|known| **known == *value))
        };
        if self.places.iter().all(is_there) { Ok(()) } else { Err(Rejection::unresolvable(REASON)) }
    }
}
