//! Where the volumes of a pod let it be.
//!
//! Follows pkg/controllers/provisioning/scheduling/volumetopology.go of Karpenter 1.x: a volume
//! that is there says by its node affinity from where it is reached, a class for which volumes are
//! made by its allowed topologies; of each one term has to hold. These requirements narrow the
//! node, and do not decide which nodes count for how pods are spread.

use super::requirement::Allowed;
use super::requirements::{HOSTNAME, Requirements};
use crate::kubernetes::scheduler::shape::{NodeTerm, PodShape};
use crate::kubernetes::scheduler::volumes::{
    BindingMode, PersistentVolume, PersistentVolumeClaim, Source, StorageClass, Volumes,
};

/// A claim of a pod is not one that nodes are made for: it is missing, going, lost, without a
/// class, or should have had its volume before any pod used it (`ValidatePersistentVolumeClaims`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unusable;

/// What its volumes demand of a pod's node, as alternatives of which one has to hold: one that
/// demands nothing where volumes do not matter.
pub(super) fn alternatives(
    volumes: &Volumes,
    shape: &PodShape,
) -> Result<Vec<Requirements>, Unusable> {
    let mut all = vec![Requirements::default()];
    for claim in &shape.volumes.claims {
        let claim = volumes.claim(&shape.namespace, &claim.name).ok_or(Unusable)?;
        let terms = of_claim(volumes, claim)?;
        if !terms.is_empty() {
            all = products(&all, &terms);
        }
    }
    Ok(all)
}

/// Every alternative with every term; those that contradict each other only if all do.
fn products(all: &[Requirements], terms: &[Requirements]) -> Vec<Requirements> {
    let mut joined = Vec::new();
    for one in all {
        for term in terms {
            let mut both = one.clone();
            both.add_all(term);
            joined.push((one.intersect(term), both));
        }
    }
    let possible = joined.iter().any(|(agree, _)| *agree);
    let left = joined.into_iter().filter(|(agree, _)| *agree || !possible);
    left.map(|(_, both)| both).collect()
}

fn of_claim(
    volumes: &Volumes,
    claim: &PersistentVolumeClaim,
) -> Result<Vec<Requirements>, Unusable> {
    if claim.deleting || claim.lost {
        return Err(Unusable);
    }
    if !claim.volume.is_empty() {
        let volume = volumes.volume(&claim.volume).filter(|volume| !volume.deleting);
        let volume = volume.filter(|_| claim.is_bound()).ok_or(Unusable)?;
        return Ok(of_volume(volume));
    }
    let class = volumes.class(&claim.class).ok_or(Unusable)?;
    match class.mode {
        BindingMode::Immediate => Err(Unusable),
        BindingMode::WaitForFirstConsumer => Ok(of_class(class)),
    }
}

fn of_volume(volume: &PersistentVolume) -> Vec<Requirements> {
    let terms = volume.affinity.iter().flat_map(|affinity| &affinity.0);
    // a disk of a host is not awaited on another: the pod starts anew there
    let is_local = volume.source == Source::Other;
    let of_term = |term: &NodeTerm| {
        let mut all = Requirements::default();
        for one in term.labels.iter().filter(|one| !is_local || *one.key != *HOSTNAME) {
            all.require(one);
        }
        all
    };
    terms.filter(|term| !term.labels.is_empty()).map(of_term).collect()
}

fn of_class(class: &StorageClass) -> Vec<Requirements> {
    let terms = class.topologies.iter().filter(|term| !term.is_empty());
    let of_term = |term: &Vec<(Box<str>, Vec<Box<str>>)>| {
        let mut all = Requirements::default();
        for (key, values) in term {
            all.add(key, &Allowed::only(values.iter().cloned()));
        }
        all
    };
    terms.map(of_term).collect()
}
