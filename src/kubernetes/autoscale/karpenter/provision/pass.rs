//! One plan in the making.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::catalogue::Catalogue;
use super::draft::Draft;
use super::kind::{Answer, Asked, Kind, Rung};
use super::limits::Limits;
use super::places::Places;
use super::refusal::{Refusal, refusal};
use super::{PendingPod, Plan, Unplanned};
use crate::kubernetes::autoscale::cluster_autoscaler::simulation::{Memory, Simulation};
use crate::kubernetes::autoscale::karpenter::claim::NodeClaim;
use crate::kubernetes::autoscale::karpenter::topology::{Ground, Moving, Source, Topology};
use crate::kubernetes::autoscale::karpenter::volumes;
use crate::kubernetes::autoscale::karpenter::wish::Wish;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::shape::{PodShape, ShapeId};

/// So many types are left to a claim, the cheapest (`MaxInstanceTypes` in nodeclaimtemplate.go).
const MOST_TYPES: usize = 600;

pub(super) struct Pass<'p, 'a> {
    catalogue: &'p mut Catalogue<'a>,
    simulation: Simulation<'p>,
    topology: Topology,
    /// Pods that are planned for and have a node, by node and shape.
    moving: BTreeMap<(NodeId, ShapeId), Moving>,
    places: Places<'p>,
    /// By template.
    limits: Vec<Limits>,
    drafts: Vec<Draft>,
    /// The claims, those with the fewest pods first, of equal ones the older.
    order: Vec<usize>,
    placed: Vec<(PodId, NodeId)>,
    /// How many pods found places.
    found: usize,
}

impl<'p, 'a> Pass<'p, 'a> {
    pub fn new(
        catalogue: &'p mut Catalogue<'a>,
        cluster: &'p mut Cluster,
        profile: &'p Profile,
        memory: &'p mut Memory,
        daemons: &'p [PodShape],
        without: &[NodeId],
    ) -> Self
    where
        'a: 'p,
    {
        let shown = catalogue.shown;
        let limits = catalogue.templates.iter();
        let limits = limits.map(|one| Limits::of(cluster, &shown.pools[one.pool], without));
        let limits = limits.collect();
        let tried = shown.nodes.iter().copied().filter(|node| !without.contains(node)).collect();
        Self {
            places: Places::new(tried, shown.pools, daemons.iter().collect()),
            simulation: Simulation::new(cluster, profile, memory),
            catalogue,
            topology: Topology::default(),
            moving: BTreeMap::new(),
            limits,
            drafts: Vec::new(),
            order: Vec::new(),
            placed: Vec::new(),
            found: 0,
        }
    }

    /// Looks at what runs and keeps pods away.
    pub fn look(&mut self, pending: &[PendingPod]) {
        let cluster = self.simulation.cluster();
        for pod in pending.iter().map(|one| cluster.pod(one.pod)) {
            if let Some(node) = pod.node {
                let moving = self.moving.entry((node, pod.shape)).or_default();
                moving.present += 1;
                moving.alive += i64::from(!pod.terminating);
            }
        }
        self.on_ground(|topology, ground, domains| *topology = Topology::new(ground, domains));
    }

    /// Does something with the topology, and with what it counts in.
    fn on_ground<R>(&mut self, act: impl FnOnce(&mut Topology, &Ground, Source) -> R) -> R {
        let Self { catalogue, simulation, topology, moving, places, .. } = self;
        let ground = Ground { cluster: simulation.cluster(), nodes: &places.nodes, moving };
        act(topology, &ground, &mut |key: &str| catalogue.domains(key))
    }

    /// All shapes with what they want at first: only then it is known who keeps away from whom.
    pub fn kinds<'s>(&mut self, shapes: &'s BTreeMap<ShapeId, PodShape>) -> Vec<Kind<'s>> {
        let mut kinds = Vec::new();
        for (&id, shape) in shapes {
            let volumes = volumes::alternatives(self.simulation.cluster().volumes(), shape).ok();
            let standing = self
                .on_ground(|topology, ground, domains| topology.standing(shape, ground, domains));
            let first = self.rung(shape, Wish::new(shape));
            kinds.push(Kind::new(kinds.len(), id, shape, volumes, standing, first));
        }
        kinds
    }

    fn rung<'s>(&mut self, shape: &PodShape, wish: Wish<'s>) -> Rung<'s> {
        self.on_ground(|topology, ground, domains| {
            let owned = topology.owned(shape, &wish, ground, domains);
            Rung::new(wish, owned, topology)
        })
    }

    /// Finds places for pods in this order, and asks again about those that found none, as long as
    /// any does (pkg/controllers/provisioning/scheduling/queue.go). Returns those that found none.
    pub fn run(
        &mut self,
        pods: &[(PodId, ShapeId)],
        kinds: &mut [Kind],
    ) -> Vec<(PodId, Unplanned)> {
        let by_shape: BTreeMap<ShapeId, usize> =
            kinds.iter().map(|kind| (kind.id, kind.place)).collect();
        let mut queue: VecDeque<usize> = (0..pods.len()).collect();
        let mut unplanned = Vec::new();
        // how long the queue was when a pod went to its end
        let mut length = vec![0; pods.len()];
        while let Some(&next) = queue.front() {
            if length[next] == queue.len() {
                break;
            }
            queue.pop_front();
            let (pod, shape) = pods[next];
            let kind = &mut kinds[by_shape[&shape]];
            if kind.volumes.is_none() {
                unplanned.push((pod, Unplanned::Dependent));
            } else if !self.find(pod, kind) {
                queue.push_back(next);
                length[next] = queue.len();
            }
        }
        let mut left: Vec<_> = queue.into_iter().collect();
        left.sort_unstable();
        unplanned.extend(left.into_iter().map(|one| (pods[one].0, Unplanned::NoPool)));
        unplanned
    }

    /// Finds a place for a pod, which wants less as long as there is none.
    fn find(&mut self, pod: PodId, kind: &mut Kind) -> bool {
        if kind.is_hopeless(self.found) {
            return false;
        }
        let mut step = 0;
        while self.climb(kind, step) {
            self.topology.renew(&mut kind.standing, self.simulation.cluster(), kind.shape);
            if self.on_a_node(pod, kind, step)
                || self.in_a_claim(pod, kind, step)
                || self.in_a_new_claim(pod, Asked::new(kind, step))
            {
                self.found += 1;
                return true;
            }
            step += 1;
        }
        kind.fail(self.found);
        false
    }

    /// Makes a step of the ladder ready, if there is one.
    fn climb(&mut self, kind: &mut Kind, step: usize) -> bool {
        if step < kind.ladder.len() {
            return true;
        }
        let mut wish = kind.ladder[step - 1].wish.clone();
        if kind.complete || !wish.relax(self.catalogue.discouraging) {
            kind.complete = true;
            return false;
        }
        let rung = self.rung(kind.shape, wish);
        kind.ladder.push(rung);
        true
    }

    /// The first node that takes it.
    fn on_a_node(&mut self, pod: PodId, kind: &mut Kind, step: usize) -> bool {
        let (mut never, mut taken) = (Vec::new(), None);
        let asked = Asked::new(kind, step);
        let closed = &asked.rung.nodes;
        for place in closed.first()..self.places.nodes.len() {
            if closed.has(place) {
                continue;
            }
            match self.places.ask(place, asked, &mut self.simulation, &self.topology) {
                Answer::Yes(()) => {
                    taken = Some(place);
                    break;
                }
                Answer::No => {}
                Answer::Never => never.push(place),
            }
        }
        if let Some(place) = taken {
            self.places.put(place, pod, asked, &mut self.simulation, &mut self.topology);
            self.placed.push((pod, self.places.nodes[place]));
        }
        kind.ladder[step].nodes.close(&never);
        taken.is_some()
    }

    /// The claim with the fewest pods that takes it.
    fn in_a_claim(&mut self, pod: PodId, kind: &mut Kind, step: usize) -> bool {
        let (mut never, mut taken) = (Vec::new(), None);
        let asked = Asked::new(kind, step);
        let Self { catalogue, topology, drafts, .. } = self;
        let well_known = catalogue.shown.well_known;
        for (rank, &place) in self.order.iter().enumerate() {
            if asked.rung.claims.has(place) {
                continue;
            }
            let draft = &drafts[place];
            let template = &mut catalogue.templates[draft.template];
            match draft.ask(asked, template, topology, well_known) {
                Answer::Yes(added) => {
                    taken = Some((rank, added));
                    break;
                }
                Answer::No => {}
                Answer::Never => never.push(place),
            }
        }
        let found = taken.is_some();
        if let Some((rank, added)) = taken {
            let draft = &mut drafts[self.order[rank]];
            draft.add(pod, asked, added, &catalogue.templates[draft.template], topology);
            self.rank(rank);
        }
        kind.ladder[step].claims.close(&never);
        found
    }

    /// A claim has a pod more than before: it comes behind others.
    fn rank(&mut self, rank: usize) {
        let place = self.order[rank];
        let pods = |&place: &usize| (self.drafts[place].claim.pods.len(), place);
        let key = pods(&place);
        let behind = self.order[rank + 1..].partition_point(|other| pods(other) < key);
        self.order[rank..=rank + behind].rotate_left(1);
    }

    /// A claim of the first pool that can make a node for it.
    fn in_a_new_claim(&mut self, pod: PodId, asked: Asked) -> bool {
        let Self { catalogue, topology, drafts, limits, .. } = self;
        let well_known = catalogue.shown.well_known;
        for (place, (template, limits)) in catalogue.templates.iter_mut().zip(limits).enumerate() {
            let wanted = &asked.rung.requirements;
            if !asked.rung.wish.tolerates(template.taints)
                || !template.requirements.can_meet(wanted, well_known)
            {
                continue;
            }
            let types = limits.within(&template.fitting, template.types);
            let mut draft = Draft::new(drafts.len(), place, template, types);
            if let Answer::Yes(added) = draft.ask(asked, template, topology, well_known) {
                draft.add(pod, asked, added, template, topology);
                limits.take(&draft.claim.types, template.types);
                drafts.push(draft);
                // with one pod it comes behind the others that have one
                let one = |&place: &usize| drafts[place].claim.pods.len() <= 1;
                let rank = self.order.partition_point(one);
                self.order.insert(rank, drafts.len() - 1);
                return true;
            }
        }
        false
    }

    /// Why pools make no nodes for pods that found no places, by shape.
    pub fn refusals(
        &mut self,
        pods: &[(PodId, ShapeId)],
        unplanned: &[(PodId, Unplanned)],
        kinds: &[Kind],
    ) -> BTreeMap<ShapeId, Vec<(usize, Refusal)>> {
        let mut all = BTreeMap::new();
        if !self.catalogue.tells || unplanned.is_empty() {
            return all;
        }
        let left: BTreeSet<PodId> = unplanned.iter().map(|(pod, _)| *pod).collect();
        let of: BTreeSet<ShapeId> =
            pods.iter().filter(|(pod, _)| left.contains(pod)).map(|(_, shape)| *shape).collect();
        let Self { catalogue, limits, .. } = self;
        let well_known = catalogue.shown.well_known;
        for kind in kinds.iter().filter(|kind| of.contains(&kind.id)) {
            let each = catalogue.templates.iter_mut().zip(limits.iter());
            let why = each.map(|(template, limits)| {
                let asked = Asked::new(kind, kind.ladder.len() - 1);
                (template.pool, refusal(asked, template, limits, well_known))
            });
            all.insert(kind.id, why.collect());
        }
        all
    }

    /// What was planned.
    pub fn finish(self, mut unplanned: Vec<(PodId, Unplanned)>) -> Plan {
        let mut claims = Vec::new();
        // claims that are alike, as all of one deployment often are, are cut alike
        let mut last: Option<(NodeClaim, Vec<usize>)> = None;
        for draft in self.drafts {
            let template = &self.catalogue.templates[draft.template];
            let mut claim = draft.finish(template);
            if claim.types.len() > MOST_TYPES {
                let alike = last.as_ref().filter(|(known, _)| {
                    (known.pool, &known.types) == (claim.pool, &claim.types)
                        && known.requirements == claim.requirements
                });
                if let Some((_, cut)) = alike {
                    claim.types.clone_from(cut);
                } else {
                    let whole = claim.clone();
                    if !claim.truncate(MOST_TYPES, template.types) {
                        let pods = claim.pods.into_iter();
                        unplanned.extend(pods.map(|pod| (pod, Unplanned::NoPool)));
                        continue;
                    }
                    last = Some((whole, claim.types.clone()));
                }
            }
            claims.push(claim);
        }
        Plan { claims, placed: self.placed, unplanned, ..Plan::default() }
    }
}
