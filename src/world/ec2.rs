//! EC2 in the world: groups of instances that come and go, each a machine of its own.
//!
//! What a group wants `aws::auto_scaling` decides; here its actions are done, in the time that EC2
//! takes for them, and it is told what came of them:
//!
//! ```text
//!   launch ──asked──▶ pending ──running──▶ boots ──up──▶ on ──terminated──▶ shuts down ──▶ gone
//!               └──▶ refused: no capacity, no address
//! ```
//!
//! A group counts an instance as in service when it is `running` and no hook holds it (Amazon EC2
//! Auto Scaling User Guide, "Amazon EC2 Auto Scaling instance lifecycle"); it is of use when its
//! operating system is up. Whoever uses the machines is told by what is in [`told`].

mod bill;
mod fleets;
mod groups;
mod instance;
mod meters;
mod renewal;
mod resources;
mod rooms;
mod scaling;
mod settings;
mod shapes;
mod spot;
#[cfg(test)]
pub(in crate::world) mod tests;
mod told;

use std::collections::{BTreeMap, VecDeque};

use super::World;
use super::kubernetes::fleets;
use super::subnets::Subnets;
use crate::aws::auto_scaling::Action;
use crate::aws::pricing::Bill;
use crate::engine::{Slab, Streams, Tag};
use crate::scenario::aws::AutoScalingGroup;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, Scenario};
use crate::world::InputError;
pub(in crate::world) use fleets::Wanted;
use groups::GroupState;
use instance::Instance;
use shapes::Ground;

/// Something about EC2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ec2Event {
    /// Time alone may change something in a group.
    Wake(u16),
    /// The next step of an instance's life.
    Step(Tag),
    /// A Spot instance is recommended to be replaced, gets notice, or is taken back.
    Spot(Tag),
    /// Whoever completes a hook does so.
    Hook {
        /// Of which instance.
        instance: Tag,
        /// Which, by its place.
        hook: u16,
    },
    /// An instance has failed its status check for long enough.
    StatusCheck(Tag),
    /// A scheduled action of a group is due.
    Scheduled(u16),
    /// A minute is over, at the end of which policies look at the CPU.
    Minute,
}

/// The groups of a cluster and their instances.
pub(super) struct Ec2 {
    groups: Vec<GroupState>,
    instances: Slab<Instance>,
    /// The instance that is each machine, while it is one.
    of_machine: Vec<Option<u32>>,
    /// What is still to be done for groups.
    todo: VecDeque<(u16, Action)>,
    is_busy: bool,
    /// What each machine was charged for as instances that are no more.
    charged: BTreeMap<u32, bill::Charged>,
    /// What all had cost when the measurement began.
    before: Bill,
    meters: meters::Meters,
}

/// Whether the groups and subnets of a scenario's clusters are those that AWS could have.
pub(super) fn check(scenario: &Scenario) -> Result<(), InputError> {
    for (place, cluster) in scenario.clusters.iter().enumerate() {
        let at = Path::element("cluster", place);
        let subnets = Subnets::new(cluster, &at)?;
        let (_, fleets) = fleets(cluster, &at)?;
        Ec2::new(scenario, cluster, &subnets, &fleets, Streams::new(0), &at)?;
    }
    Ok(())
}

impl Ec2 {
    /// The groups of a cluster, at this place of the scenario, before anything was launched; after
    /// them come those whose instances `fleets` launch.
    ///
    /// # Errors
    /// There is no such type of instance, or a group is none that AWS takes.
    pub fn new(
        scenario: &Scenario,
        cluster: &Cluster,
        subnets: &Subnets,
        fleets: &[AutoScalingGroup],
        streams: Streams,
        at: &Path,
    ) -> Result<Option<Box<Self>>, InputError> {
        if !cluster.kind.is_on_ec2() {
            return Ok(None);
        }
        let ground = Ground::new(scenario, cluster);
        let key =
            if cluster.kind == ClusterKind::Eks { "node_group" } else { "auto_scaling_group" };
        let groups = cluster.instance_groups();
        let groups = groups.iter().enumerate().map(|(place, group)| {
            let at = at.key(key).index(place);
            GroupState::new(ground, group, subnets, streams, &at)
        });
        let of_fleets = fleets.iter().map(|of| {
            let at = at.key("karpenter");
            GroupState::of_fleets(ground, of, subnets, streams, &at)
        });
        Ok(Some(Box::new(Self {
            groups: groups.chain(of_fleets).collect::<Result<_, _>>()?,
            instances: Slab::default(),
            of_machine: Vec::new(),
            todo: VecDeque::new(),
            is_busy: false,
            charged: BTreeMap::new(),
            before: Bill::default(),
            meters: meters::Meters::default(),
        })))
    }
}

impl World<'_> {
    /// EC2, in a cluster that has it.
    fn ec2(&self) -> &Ec2 {
        self.ec2.as_deref().expect("the cluster is on EC2")
    }

    fn ec2_mut(&mut self) -> &mut Ec2 {
        self.ec2.as_deref_mut().expect("the cluster is on EC2")
    }

    /// Launches the first instances.
    pub(super) fn start_ec2(&mut self) {
        self.meter_subnets();
        let groups = self.ec2.as_ref().map_or(0, |ec2| ec2.groups.len()) as u16;
        for group in 0..groups {
            self.arm_schedule(group);
            self.tell_group(group, |group, now, out| group.wake(now, out));
        }
        self.start_policies();
    }

    /// Handles an event of EC2.
    pub(super) fn on_ec2(&mut self, event: Ec2Event) {
        let current = |tag: Tag| self.ec2().instances.current(tag);
        match event {
            Ec2Event::Wake(group) => self.wake_group(group),
            Ec2Event::Scheduled(group) => self.scheduled_action(group),
            Ec2Event::Minute => self.policies_look(),
            Ec2Event::Step(tag) => {
                if let Some(instance) = current(tag) {
                    self.instance_steps(instance);
                }
            }
            Ec2Event::Spot(tag) => {
                if let Some(instance) = current(tag) {
                    self.spot_steps(instance);
                }
            }
            Ec2Event::Hook { instance, hook } => {
                if let Some(instance) = current(instance) {
                    self.complete_hook(instance, hook);
                }
            }
            Ec2Event::StatusCheck(tag) => {
                if let Some(instance) = current(tag) {
                    self.status_check(instance);
                }
            }
        }
    }

    /// Checks that instances, their machines and their addresses are of each other.
    ///
    /// # Panics
    /// When they are not.
    pub(super) fn audit_instances(&self) {
        let Some(ec2) = self.ec2.as_deref() else { return };
        assert!(ec2.todo.is_empty(), "all that groups asked for is done");
        for (instance, it) in ec2.instances.iter() {
            let group = &ec2.groups[usize::from(it.group)];
            assert_eq!(group.instances.get(&it.id), Some(&instance), "the group knows it");
            if let Some(machine) = it.machine {
                assert_eq!(ec2.of_machine[machine], Some(instance), "a machine is one instance");
            }
        }
        let machines = ec2.of_machine.iter().flatten().count();
        let have = ec2.instances.values().filter(|it| it.machine.is_some()).count();
        assert_eq!(machines, have, "and no other machine is any");
        self.audit_rooms();
        let known: usize = ec2.groups.iter().map(|group| group.instances.len()).sum();
        assert_eq!(known, ec2.instances.len(), "every instance is of one group");
    }
}
