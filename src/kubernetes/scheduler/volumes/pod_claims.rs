//! The claims of a pod, and what they come to on a node.
//!
//! Kubernetes v1.36, `GetPodVolumeClaims` and `FindPodVolumes`
//! (pkg/scheduler/framework/plugins/volumebinding/binder.go): claims that have a volume bind the
//! pod to the nodes that reach it; claims that waited for a pod get the smallest free volume that
//! the node reaches, or a new one.

use super::Volumes;
use super::matching::{Demand, Refused, reaches};
use super::migration::{self, InTree};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{NodeSelector, PodShape};

/// Where a claim's volume can be reached from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bound {
    /// The volume is gone.
    Gone,
    /// From these nodes; where a driver took over from a plugin of old, in the driver's words.
    Reached { affinity: Option<NodeSelector>, migrated: Option<(InTree, NodeSelector)> },
}

/// The claims of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodClaims {
    bound: Vec<Bound>,
    /// Claims that waited for a pod, the smallest first.
    waiting: Vec<Demand>,
    unbound: bool,
}

/// Where the volume of a claim comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply<'a> {
    /// There is a volume of this name.
    Volume(&'a str),
    /// It has to be made.
    New,
}

/// What the claims of a pod come to on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings<'a> {
    /// Claims by name, and the volumes they get.
    pub supplies: Vec<(&'a str, Supply<'a>)>,
    /// A volume that is bound cannot be reached.
    pub unreachable: bool,
    /// A claim finds no volume.
    pub unmatched: bool,
    /// Too little storage is left for a new volume.
    pub no_space: bool,
    /// A volume that is bound does not exist.
    pub gone: bool,
}

impl Findings<'_> {
    /// Whether the pod can run there.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        !(self.unreachable || self.unmatched || self.no_space || self.gone)
    }
}

impl PodClaims {
    /// Sorts out the claims of pods of a shape. Those that do not exist are passed over.
    #[must_use]
    pub fn of(volumes: &Volumes, shape: &PodShape) -> Self {
        let mut all = Self::default();
        for claim in &shape.volumes.claims {
            let Some(claim) = volumes.claim(&shape.namespace, &claim.name) else { continue };
            if claim.is_bound() {
                all.bound.push(bound(volumes, &claim.volume));
            } else if volumes.waits(claim) && claim.volume.is_empty() {
                all.waiting.push(Demand::of(volumes, claim));
            } else {
                all.unbound = true;
            }
        }
        all.waiting.sort_by_key(|demand| demand.size);
        all
    }

    /// Whether some claim should have had a volume before any pod used it, and has none.
    #[must_use]
    pub fn has_unbound(&self) -> bool {
        self.unbound
    }

    /// What they come to on a node.
    #[must_use]
    pub fn on(&self, volumes: &Volumes, node: &Node) -> Findings<'_> {
        let mut found = Findings::default();
        self.check_bound(volumes, node, &mut found);
        self.supply(node, &mut found);
        found
    }

    /// The first claim that fails decides.
    fn check_bound(&self, volumes: &Volumes, node: &Node, found: &mut Findings<'_>) {
        for bound in &self.bound {
            let Bound::Reached { affinity, migrated } = bound else {
                found.gone = true;
                return;
            };
            let csi = volumes.node(&node.spec.name);
            let now =
                migrated.as_ref().filter(|(old, _)| csi.is_some_and(|csi| csi.has_migrated(*old)));
            if !reaches(now.map(|(_, now)| now).or(affinity.as_ref()), node) {
                found.unreachable = true;
                return;
            }
        }
    }

    fn supply<'a>(&'a self, node: &Node, found: &mut Findings<'a>) {
        let elsewhere =
            |demand: &Demand| demand.selected_node.as_ref().is_some_and(|on| *on != node.spec.name);
        if self.waiting.iter().any(elsewhere) {
            found.unmatched = true;
            return;
        }
        let (selected, waiting): (Vec<_>, Vec<_>) =
            self.waiting.iter().partition(|demand| demand.selected_node.is_some());
        let mut wanting = selected;
        for demand in waiting {
            let taken = |name: &str| {
                found.supplies.iter().any(|(_, supply)| *supply == Supply::Volume(name))
            };
            match demand.fit(node, taken) {
                Some(fit) => found.supplies.push((&demand.claim, Supply::Volume(&fit.name))),
                None => wanting.push(demand),
            }
        }
        for demand in wanting {
            match demand.provision(node) {
                Ok(()) => found.supplies.push((&demand.claim, Supply::New)),
                Err(refused) => {
                    found.unmatched = refused == Refused::NotThere;
                    found.no_space = refused == Refused::NoSpace;
                    return;
                }
            }
        }
    }
}

fn bound(volumes: &Volumes, name: &str) -> Bound {
    volumes.volume(name).map_or(Bound::Gone, |volume| Bound::Reached {
        affinity: volume.affinity.clone(),
        migrated: migration::migrated(volume),
    })
}
