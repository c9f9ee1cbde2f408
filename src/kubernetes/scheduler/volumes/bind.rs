//! Giving volumes to the claims of a pod, once its node is chosen.
//!
//! The scheduler reserves the volumes it found (`AssumePodVolumes`,
//! pkg/scheduler/framework/plugins/volumebinding/binder.go, Kubernetes v1.36); controllers
//! complete the binding and provisioners make new volumes. Here all of that is done at once. A
//! new volume is of the size of its claim and can be reached from the zone of the node.

use std::fmt;

use super::claim::PersistentVolumeClaim;
use super::class::StorageClass;
use super::pod_claims::{PodClaims, Supply};
use super::volume::{ClaimRef, PersistentVolume, Source};
use super::{Volumes, ZONE};
use crate::kubernetes::scheduler::labels::{Operator, Requirement};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{NodeSelector, NodeTerm, PodShape};

/// A claim and the volume it gets. Displayed as `shop/data=pv-shop-data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Namespace of the claim.
    pub namespace: Box<str>,
    /// Name of the claim.
    pub claim: Box<str>,
    /// Name of the volume.
    pub volume: Box<str>,
    /// The volume, where it has to be made.
    pub made: Option<PersistentVolume>,
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}={}", self.namespace, self.claim, self.volume)
    }
}

/// The volumes that the claims of a pod get on a node that passed the filters, sorted by their
/// text. A claim named twice gets one.
#[must_use]
pub fn decide(volumes: &Volumes, shape: &PodShape, node: &Node) -> Vec<Binding> {
    let claims = PodClaims::of(volumes, shape);
    let mut bindings: Vec<Binding> = Vec::new();
    for (name, supply) in claims.on(volumes, node).supplies {
        let Some(claim) = volumes.claim(&shape.namespace, name) else { continue };
        if bindings.iter().any(|known| *known.claim == *name) {
            continue;
        }
        let made = match supply {
            Supply::Volume(_) => None,
            Supply::New => Some(made(volumes, claim, node)),
        };
        let volume = match (supply, &made) {
            (_, Some(volume)) => volume.name.clone(),
            (Supply::Volume(name), None) => name.into(),
            (Supply::New, None) => continue,
        };
        let (namespace, claim) = (shape.namespace.clone(), claim.name.clone());
        bindings.push(Binding { namespace, claim, volume, made });
    }
    bindings.sort_by_key(ToString::to_string);
    bindings
}

/// A new volume for a claim, reached from the zone of a node.
pub(super) fn made(
    volumes: &Volumes,
    claim: &PersistentVolumeClaim,
    node: &Node,
) -> PersistentVolume {
    let name = free_name(volumes, &format!("pv-{}-{}", claim.namespace, claim.name));
    let driver = volumes.class(&claim.class).map(StorageClass::driver).unwrap_or_default().into();
    let zone = node.spec.labels.get(ZONE).map(|zone| {
        let labels =
            vec![Requirement { key: ZONE.into(), operator: Operator::In(vec![zone.into()]) }];
        NodeSelector(vec![NodeTerm { labels, name: Vec::new() }])
    });
    PersistentVolume {
        name: name.clone(),
        capacity: claim.size(),
        class: claim.class.clone(),
        access_modes: claim.access_modes.clone(),
        block: claim.block,
        attributes: claim.attributes.clone(),
        affinity: zone,
        source: Source::Csi { driver, handle: name },
        ..PersistentVolume::default()
    }
}

/// A name that no volume has: an earlier claim of the same name may have left its own.
fn free_name(volumes: &Volumes, name: &str) -> Box<str> {
    let others = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(others);
    let free = names.find(|name| volumes.volume(name).is_none());
    free.expect("numbers do not end").into()
}

impl Volumes {
    /// Binds claims to volumes.
    pub fn bind(&mut self, bindings: Vec<Binding>) {
        for binding in bindings {
            if let Some(volume) = binding.made {
                self.add_volume(volume);
            }
            let claims = self.claims.get_mut(&binding.namespace);
            let claim = claims.and_then(|claims| claims.get_mut(&binding.claim));
            let volume = self.volumes.get_mut(&binding.volume);
            let (Some(claim), Some(volume)) = (claim, volume) else { continue };
            claim.volume = binding.volume;
            claim.complete = true;
            volume.available = false;
            let uid = claim.uid.clone();
            volume.claim =
                Some(ClaimRef { namespace: binding.namespace, name: binding.claim, uid });
        }
    }
}
