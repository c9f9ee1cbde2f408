//! The pools of a provisioner, made ready for planning.

use std::collections::BTreeMap;

use super::pass::Pass;
use super::template::Template;
use super::{PendingPod, Plan, Pool, Shown};
use crate::kubernetes::autoscale::cluster_autoscaler::simulation::Memory;
use crate::kubernetes::autoscale::karpenter::topology::Domains;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::shape::{Effect, PodShape, ShapeId};

/// The pools, sorted out for as many plans as are made while nothing of them changes.
#[derive(Debug)]
pub struct Catalogue<'a> {
    pub(super) shown: &'a Shown<'a>,
    /// In the order in which they are tried: by weight, then by name.
    pub(super) templates: Vec<Template<'a>>,
    /// By label: the domains that pools could make nodes in.
    domains: BTreeMap<Box<str>, Domains>,
    /// The pods of DaemonSets, one of each.
    pub(super) daemons: Vec<PodShape>,
    /// The filters that are asked about nodes.
    pub(super) profile: Profile,
    /// Whether any pool has taints that only discourage.
    pub(super) discouraging: bool,
    /// Whether plans tell why pools make no nodes for a pod.
    pub(super) tells: bool,
}

impl<'a> Catalogue<'a> {
    pub fn new(cluster: &Cluster, shown: &'a Shown<'a>) -> Self {
        let mut order: Vec<usize> = (0..shown.pools.len()).collect();
        order.sort_by_key(|&place| {
            let spec = &shown.pools[place].spec;
            (std::cmp::Reverse(spec.weight), spec.name.clone())
        });
        let daemons: Vec<_> = shown.daemons.iter().map(|&one| cluster.shape(one)).collect();
        let template =
            |place: usize| Template::new(place, &shown.pools[place], &daemons, shown.well_known);
        let discourages = |pool: &Pool| {
            let mut taints = pool.spec.template.taints.iter();
            taints.any(|taint| taint.effect == Effect::PreferNoSchedule)
        };
        let filters = shown.profile.filters.iter().copied();
        let filters = filters.filter(|&one| one == Plugin::NodeVolumeLimits).collect();
        Self {
            shown,
            templates: order.into_iter().map(template).collect(),
            domains: BTreeMap::new(),
            daemons: daemons.into_iter().cloned().collect(),
            profile: Profile { filters, ..shown.profile.clone() },
            discouraging: shown.pools.iter().any(discourages),
            tells: false,
        }
    }

    /// The domains of a label that pools could make nodes in.
    pub(super) fn domains(&mut self, key: &str) -> Domains {
        let of_pools = || {
            let mut all = Domains::new();
            self.templates.iter().for_each(|one| one.add_domains(key, &mut all));
            all
        };
        self.domains.entry(key.into()).or_insert_with(of_pools).clone()
    }

    /// Plans for pods; see [`plan`](super::plan).
    pub fn plan(
        &mut self,
        cluster: &mut Cluster,
        pending: &[PendingPod],
        without: &[NodeId],
    ) -> Plan {
        let mut order = pending.to_vec();
        order.sort_by_key(|one| {
            let requests = &cluster.shape_of(one.pod).requests;
            (-requests.milli_cpu, -requests.memory, one.created, one.pod)
        });
        let pods: Vec<_> = order.iter().map(|one| (one.pod, cluster.pod(one.pod).shape)).collect();
        let shapes: BTreeMap<ShapeId, PodShape> =
            pods.iter().map(|&(_, shape)| (shape, cluster.shape(shape).clone())).collect();
        let (daemons, profile) = (self.daemons.clone(), self.profile.clone());
        let mut memory = Memory::default();
        let mut pass = Pass::new(self, cluster, &profile, &mut memory, &daemons, without);
        pass.look(pending);
        let mut kinds = pass.kinds(&shapes);
        let unplanned = pass.run(&pods, &mut kinds);
        let refusals = pass.refusals(&pods, &unplanned, &kinds);
        Plan { refusals, ..pass.finish(unplanned) }
    }
}
