//! Pods of Amazon EKS on AWS Fargate: each on a node of its own, which is there as long as it is.
//!
//! ```text
//!   created ──address──▶ launched ──start──▶ node, Ready; bound, charged ──gone──▶ node deleted
//!      ├──▶ no address is free: waits
//!      └──▶ refused: Fargate does not run it
//! ```
//!
//! Which pods these are the webhook says when they are created; what Fargate makes of them
//! `aws::eks::fargate`. A pod that has ended keeps its machine, which is charged for, until it is
//! deleted: the logs are still there to be read (Amazon EKS User Guide, "Simplify compute
//! management with AWS Fargate"). A machine that fails does not come back: once its node is missed,
//! the cloud controller finds that it is no more, and deletes the node.
//!
//! Pods are spread over the zones of their profile's subnets, those of a controller evenly. What
//! they say of nodes, zones and each other (selectors, affinity, spread constraints) counts for
//! nothing: a node is made for the pod.

mod addresses;
mod lives;
mod meters;
mod seat;

use std::collections::{BTreeMap, BTreeSet};

use super::Kubernetes;
use crate::aws::ecs::fargate::Launches;
use crate::aws::eks::fargate::admission::{SCHEDULER, admit};
use crate::aws::eks::fargate::profile::{Profile, Selector, choose};
use crate::engine::{Stream, Streams};
use crate::kubernetes::control::elsewhere::Webhook;
use crate::kubernetes::objects::{PodId, WorkloadId};
use crate::scenario::aws::FargateProfile;
use crate::scenario::{App, Cluster, ClusterKind};
use crate::units::Millicores;
use crate::workload::Sampler;
use crate::world::fargate::Charges;
use crate::world::{InputError, World};
use meters::Meters;
use seat::Seat;

/// Something about a pod on Fargate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FargateEvent {
    /// The account may start the machine of a pod, if that is still there.
    Launch {
        /// The pod.
        pod: PodId,
        /// Its `uid`.
        uid: u32,
    },
    /// The machine of a pod is up, if that is still there.
    Up {
        /// The pod.
        pod: PodId,
        /// Its `uid`.
        uid: u32,
    },
    /// Pods that wait for an address are tried again.
    Retry,
}

/// What is known of pods on Fargate.
#[derive(Debug)]
pub(super) struct Fargate {
    profiles: Vec<Profile>,
    /// From an address to a node that is `Ready`, of each profile.
    start: Vec<Sampler>,
    draws: Stream,
    launches: Launches,
    /// Pods that Fargate runs, or is to.
    seats: BTreeMap<PodId, Seat>,
    /// The pod of each machine.
    machines: BTreeMap<u32, PodId>,
    /// Pods without an address, in the order in which they came.
    waiting: BTreeSet<(u32, PodId)>,
    /// Whether they are to be tried again.
    retries: bool,
    /// Of each controller, how many of its pods have an address in each zone.
    zones: BTreeMap<Option<WorkloadId>, Vec<u32>>,
    /// By `uid`.
    charges: Charges<u32>,
    meters: Meters,
}

fn profile(written: &FargateProfile) -> Profile {
    let selectors = written.selectors.iter().map(|selector| Selector {
        namespace: selector.namespace.clone(),
        labels: selector.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
    });
    Profile::new(&written.name, selectors.collect()).expect("the scenario was checked")
}

/// Whether pods of an app with a Deployment of its own run on Fargate.
pub(in crate::world) fn is_on_fargate(app: &App, cluster: &Cluster) -> bool {
    let labels = BTreeMap::from([("app".to_owned(), app.name.clone())]);
    let selects = |it: &FargateProfile| profile(it).selects("default", &labels);
    cluster.kind == ClusterKind::Eks
        && app.workload.is_none()
        && cluster.fargate_profiles.iter().any(selects)
}

impl Fargate {
    /// No pod yet; so many apps.
    ///
    /// # Errors
    /// A file of a law cannot be used.
    pub fn new(cluster: &Cluster, apps: usize, streams: Streams) -> Result<Self, InputError> {
        let start = cluster.fargate_profiles.iter().map(|it| Sampler::new(&it.start));
        Ok(Self {
            profiles: cluster.fargate_profiles.iter().map(profile).collect(),
            start: start.collect::<Result<_, _>>()?,
            draws: streams.named("eks/fargate"),
            launches: Launches::default(),
            seats: BTreeMap::new(),
            machines: BTreeMap::new(),
            waiting: BTreeSet::new(),
            retries: false,
            zones: BTreeMap::new(),
            charges: Charges::new(apps),
            meters: Meters::default(),
        })
    }

    /// What sends pods here, if anything does.
    pub fn webhook(&self) -> Option<Webhook> {
        let profiles = self.profiles.clone();
        let admit = Box::new(move |pod: &mut _| admit(&profiles, pod));
        (!self.profiles.is_empty()).then_some(Webhook { scheduler: SCHEDULER, admit })
    }

    /// Whether a profile selects pods of this namespace with these labels.
    pub fn takes(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        choose(&self.profiles, namespace, labels).is_some()
    }

    /// Nodes that there are, or are to be.
    pub fn nodes(&self) -> u32 {
        (self.seats.len() - self.waiting.len()) as u32
    }

    /// The most CPU that a container of a pod can have that may have so much: on Fargate what the
    /// pod has.
    pub fn limit(&self, pod: PodId, limit: Option<Millicores>) -> Option<Millicores> {
        let most = self.seats.get(&pod).map(|seat| seat.size.cpu);
        limit.into_iter().chain(most).min()
    }
}

impl Kubernetes {
    /// Whether a machine is that of a pod on Fargate.
    pub(in crate::world) fn is_on_fargate(&self, machine: u32) -> bool {
        self.fargate.machines.contains_key(&machine)
    }
}

impl World<'_> {
    /// What runs on no node of this cluster, as a warning.
    pub(in crate::world) fn idle_jobs(&self) -> Option<String> {
        let Cluster { node_groups, karpenter, fargate_profiles, .. } = self.cluster;
        let none = node_groups.is_empty() && karpenter.is_none() && !fargate_profiles.is_empty();
        (none && !self.scenario.jobs.is_empty()).then(|| {
            "`[[job]]` runs on instances of EC2, and there are none; Fargate runs the Jobs of \
             manifests"
                .to_owned()
        })
    }

    /// Handles an event of a pod on Fargate.
    pub(in crate::world) fn on_fargate(&mut self, event: FargateEvent) {
        let is_there = |world: &Self, pod, uid| {
            world.kubernetes().fargate.seats.get(&pod).is_some_and(|seat| seat.uid == uid)
        };
        match event {
            FargateEvent::Launch { pod, uid } if is_there(self, pod, uid) => {
                self.fargate_launches(pod);
            }
            FargateEvent::Up { pod, uid } if is_there(self, pod, uid) => self.fargate_pod_up(pod),
            FargateEvent::Launch { .. } | FargateEvent::Up { .. } => {}
            FargateEvent::Retry => self.fargate_retries_later(),
        }
    }
}
