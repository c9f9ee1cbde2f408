//! Karpenter of an EKS cluster: its claims become instances of EC2, and these nodes.
//!
//! ```text
//!   claim made ──fleet of one──▶ instance ──boots, joins──▶ node ──drained──▶ instance terminated
//! ```
//!
//! The groups of instances after the node groups are those of its NodePools, in their order; an
//! instance has the number of its claim there.

mod files;
pub(super) mod pools;

use super::Kubernetes;
use crate::aws::eks::karpenter::types::{describe, well_known};
use crate::aws::eks::vpc_cni::policy::RESOURCE as BRANCHES;
use crate::engine::SimTime;
use crate::kubernetes::autoscale::karpenter::batcher::BatchSettings;
use crate::kubernetes::autoscale::karpenter::disruption::Settings;
use crate::kubernetes::autoscale::karpenter::instance::CapacityType;
use crate::kubernetes::autoscale::karpenter::provision::Pool;
use crate::kubernetes::control::{KarpenterCounts, KarpenterSettings, Launched};
use crate::kubernetes::objects::NodeId;
use crate::kubernetes::scheduler::resources::Resources;
use crate::scenario::aws::KarpenterDrift;
use crate::world::World;
use crate::world::ec2::Wanted;
use pools::KarpenterPool;

/// When nodes drift, and of which pools, by their places.
fn drift(written: &KarpenterDrift, pools: &[KarpenterPool]) -> (SimTime, Vec<usize>) {
    let named = |name: &str| written.node_pools.iter().any(|one| one == name);
    let all = written.node_pools.is_empty();
    let places = (0..pools.len()).filter(|&place| all || named(&pools[place].spec.name));
    (SimTime::ZERO.saturating_add(written.at), places.collect())
}

impl World<'_> {
    /// Has Karpenter of the scenario, if there is one, look after its nodes.
    pub(super) fn start_karpenter(&mut self) {
        let Some(options) = &self.cluster.karpenter else { return };
        let pools = std::mem::take(&mut self.kubernetes_mut().pools);
        let mut drifts: Vec<_> = options.drifts.iter().map(|it| drift(it, &pools)).collect();
        drifts.sort();
        let settings = KarpenterSettings {
            batch: BatchSettings { idle: options.batch_idle, most: options.batch_max },
            disruption: Settings { spot_to_spot: options.spot_to_spot },
            well_known: well_known(),
            drifts,
        };
        let shown: Vec<Pool> = pools.iter().map(|pool| self.shown_pool(pool)).collect();
        self.kubernetes_mut().pools = pools;
        self.with_control(|control, around| {
            control.provision_by_karpenter(settings, shown, around);
        });
    }

    /// A pool as Karpenter is shown it.
    fn shown_pool(&mut self, pool: &KarpenterPool) -> Pool {
        let daemons = self.host_daemons();
        let types = pool.types.iter().map(|one| {
            let branches = self.branches_of(one);
            let control = &mut self.kubernetes_mut().control;
            let volume = pool.nodes.root().size;
            let resource = &mut |name: &str| control.resource(name);
            let mut known = describe(one, &pool.class, volume, &pool.market, resource);
            known.allowed_pods = (known.allowed_pods - i64::from(daemons.pods)).max(0);
            let left = known.allocatable.milli_cpu - daemons.cpu.0 as i64;
            known.allocatable.milli_cpu = left.max(0);
            if branches > 0 {
                let kind = control.resource(BRANCHES);
                known.capacity.set(kind, branches.into());
                known.allocatable.set(kind, branches.into());
            }
            known
        });
        Pool {
            spec: pool.spec.clone(),
            types: types.collect(),
            used: Resources::default(),
            nodes: 0,
        }
    }

    /// What Karpenter has done so far, if there is one.
    pub(in crate::world) fn karpenter_counts(&self) -> Option<KarpenterCounts> {
        self.kubernetes.as_ref()?.control.karpenter_counts()
    }

    /// The group of EC2 in which a pool of Karpenter has its instances.
    fn group_of_pool(&self, pool: usize) -> u16 {
        (self.cluster.node_groups.len() + pool) as u16
    }

    /// A claim was made: EC2 is asked for an instance.
    pub(super) fn claim_made(&mut self, claim: u32) {
        let Some((pool, offers)) = self.kubernetes().control.claim_offers(claim) else { return };
        let wanted = offers.into_iter().map(|one| Wanted {
            instance_type: one.instance as u16,
            zone: one.zone,
            is_spot: one.capacity_type == CapacityType::Spot,
        });
        let wanted: Vec<Wanted> = wanted.collect();
        if wanted.is_empty() {
            return self.claim_answered(claim, None, &[]);
        }
        self.fleet_launch(self.group_of_pool(pool), claim, &wanted);
    }

    /// EC2 has answered what it has for a claim.
    pub(in crate::world) fn claim_answered(
        &mut self,
        claim: u32,
        from: Option<&Wanted>,
        refused: &[Wanted],
    ) {
        let launched = |one: &Wanted| Launched {
            instance: one.instance_type.into(),
            zone: one.zone.clone(),
            capacity_type: if one.is_spot { CapacityType::Spot } else { CapacityType::OnDemand },
        };
        let refused: Vec<Launched> = refused.iter().map(launched).collect();
        self.with_control(|control, around| {
            control.claim_launched(claim, from.map(launched), &refused, around);
        });
    }

    /// The instance of a claim is not wanted any more.
    pub(super) fn claim_unneeded(&mut self, claim: u32, pool: u32) {
        self.fleet_terminate(self.group_of_pool(pool as usize), claim);
    }

    /// The instance of a claim is to be taken back in two minutes, of which Karpenter knows where
    /// it has a queue for that.
    pub(in crate::world) fn claim_interrupted(&mut self, machine: usize) {
        let told = self.cluster.karpenter.as_ref().is_some_and(|it| it.interruption_queue);
        let claim = self.fleet_of_machine(machine).filter(|_| told);
        if let Some((_, claim)) = claim {
            self.with_control(|control, around| control.claim_interrupted(claim, around));
        }
    }

    /// The instance of a claim is no more.
    pub(in crate::world) fn claim_ended(&mut self, claim: u32) {
        self.with_control(|control, around| control.claim_ended(claim, around));
    }

    /// The machine of a claim has become a node.
    pub(super) fn claim_joined(&mut self, claim: u32, node: NodeId) {
        let Kubernetes { startup, startups, .. } = self.kubernetes_mut();
        let delay = startup.as_ref().map_or_else(Default::default, |law| law.sample(startups));
        self.with_control(|control, around| control.claim_joined(claim, node, delay, around));
    }
}
