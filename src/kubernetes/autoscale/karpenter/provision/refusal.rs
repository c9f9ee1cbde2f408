//! Why a pool makes no node for a pod.
//!
//! What Karpenter 1.x says in its event `FailedScheduling` of each NodePool
//! (pkg/controllers/provisioning/scheduling/{scheduler,nodeclaim}.go): the first thing that is in
//! the way when the pod wants no more than it has to.

use std::fmt;

use super::kind::Asked;
use super::limits::Limits;
use super::template::Template;
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::{
    CAPACITY_TYPE, Requirements, WellKnown, ZONE,
};
use crate::kubernetes::scheduler::shape::Taint;

/// What is in the way.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// A taint of its nodes.
    Taint(Taint),
    /// A label that is to be what its nodes do not have; what they may have, if they have it.
    Label {
        /// Its key.
        key: Box<str>,
        /// What the pod wants.
        wanted: Allowed,
        /// What nodes of the pool may have.
        known: Option<Allowed>,
    },
    /// A label that none of its instance types has so, in the zones where it may be.
    Types {
        /// Its key.
        key: Box<str>,
        /// What the pod wants.
        wanted: Allowed,
    },
    /// No type is large enough.
    Size,
    /// Those that would be large enough are beyond what its limits leave.
    Limits,
    /// What would do cannot be had for now.
    Unavailable,
    /// Too few values of this label would stay possible (`minValues`).
    MinValues(Box<str>),
    /// Other pods, or volumes.
    Surroundings,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taint(Taint { key, value, effect }) => {
                let value = if value.is_empty() { String::new() } else { format!("={value}") };
                write!(out, "the pod does not tolerate the taint {key}{value}:{effect:?}")
            }
            Self::Label { key, wanted, known: Some(known) } => {
                write!(out, "the pod wants {key} {wanted}, and the pool has {known}")
            }
            Self::Label { key, wanted, known: None } => {
                write!(out, "the pod wants {key} {wanted}, and its nodes have no such label")
            }
            Self::Types { key, wanted } => {
                write!(out, "the pod wants {key} {wanted}, as none of its instance types is")
            }
            Self::Size => out.write_str("no instance type is large enough for the pod"),
            Self::Limits => out.write_str("its limits leave no room for another node"),
            Self::Unavailable => out.write_str("what would do cannot be had for now"),
            Self::MinValues(key) => write!(out, "too few values of {key} are left for minValues"),
            Self::Surroundings => {
                out.write_str("other pods or volumes leave no place where its nodes could be")
            }
        }
    }
}

/// Why a pool makes no node for a pod, which was asked for in vain.
pub(super) fn refusal(
    asked: Asked,
    template: &mut Template,
    limits: &Limits,
    well_known: &WellKnown,
) -> Refusal {
    let (shape, wish, wanted) = (asked.kind.shape, &asked.rung.wish, &asked.rung.requirements);
    let mut taints = template.taints.iter();
    if let Some(taint) = taints.find(|taint| !wish.tolerates(std::slice::from_ref(*taint))) {
        return Refusal::Taint(taint.clone());
    }
    if let Some(key) = template.requirements.first_conflict(wanted, Some(well_known)) {
        let known = template.requirements.get(key).cloned();
        return Refusal::Label { key: key.into(), wanted: of(wanted, key), known };
    }
    let mut requirements = template.requirements.clone();
    requirements.add_all(wanted);
    // also those of which none is to be had now
    let mut types: Vec<usize> = (0..template.types.len()).collect();
    for (key, _) in requirements.iter() {
        match key {
            ZONE | CAPACITY_TYPE => types.retain(|&place| {
                let known = template.types[place].requirements.get(key);
                known.is_none_or(|known| known.agrees(&of(&requirements, key)))
            }),
            _ => template.keep(&mut types, &requirements, std::iter::once(key)),
        }
        if types.is_empty() {
            return Refusal::Types { key: key.into(), wanted: of(&requirements, key) };
        }
    }
    types.retain(|&place| template.has_room(place, &shape.requests, 1));
    if types.is_empty() {
        return Refusal::Size;
    }
    template.keep_offered(&mut types, &requirements);
    if types.is_empty() {
        return Refusal::Unavailable;
    }
    types.retain(|place| template.fitting.contains(place));
    let types = limits.within(&types, template.types);
    if types.is_empty() {
        return Refusal::Limits;
    }
    let scarce = template.scarce(&types, &requirements).map(Into::into);
    scarce.map_or(Refusal::Surroundings, Refusal::MinValues)
}

fn of(requirements: &Requirements, key: &str) -> Allowed {
    requirements.get(key).cloned().unwrap_or_else(Allowed::anything)
}
