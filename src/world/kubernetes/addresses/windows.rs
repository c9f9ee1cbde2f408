//! Addresses of pods on Windows nodes: the VPC resource controller of the control plane.
//!
//! It gives addresses of the first interface, which [`Keeper`] keeps, to pods that ask for one: the
//! webhook has those do that have the node selector `kubernetes.io/os: windows`
//! ([`World::ask_for_addresses`]). The plug-in on the node looks for the address of its pod for two
//! seconds (`plugins/vpc-bridge/config/netconfig.go`, aws/amazon-vpc-cni-plugins: 20 times, 100 ms
//! apart), then the kubelet tries again later. Others than those pods get none, ever.

use super::pods::Answer;
use super::{AddressEvent, Addresses, Keeps, Node, Refused, network};
use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::eks::vpc_cni::ipamd::Change;
use crate::aws::eks::vpc_cni::windows_pool::keeper::{Keeper, Settings, Source};
use crate::aws::eks::vpc_cni::windows_pool::{RESOURCE, WindowsTargets};
use crate::engine::{Phase, SimDuration, SimTime};
use crate::kubernetes::objects::PodId;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::metrics::{Finding, FindingKind};
use crate::world::World;

/// For so long the plug-in looks for the address of a pod.
const LOOKS: SimDuration = SimDuration::from_secs(2);

impl World<'_> {
    /// The controller knows of a Windows node that joins.
    pub(in crate::world::kubernetes) fn controller_starts(&mut self, machine: u32) {
        let (now, host) = (self.now(), self.nodes.all[machine as usize].host);
        let address = self.address_of(machine as usize).expect("an instance has an address");
        let (one, _) = self.instance_of(machine as usize).expect("it is an instance");
        let (network, cni) = (network(self.cluster), &self.cluster.eks.vpc_cni);
        let has_prefixes = network.prefixes(one);
        let settings = Settings {
            has_prefixes,
            capacity: network.of_interface(one),
            targets: WindowsTargets::of(
                has_prefixes,
                cni.windows_warm_ip_target,
                cni.windows_minimum_ip_target,
                cni.windows_warm_prefix_target,
            ),
        };
        let Self { kubernetes, subnets, .. } = self;
        let addresses = kubernetes.as_mut().and_then(|it| it.addresses.as_deref_mut());
        let Some(Addresses { nodes, machines, delays, .. }) = addresses else { return };
        let mut changes = Vec::new();
        let mut source = Source {
            subnet: &mut subnets.ranges[address.subnet],
            delay: &mut |asked| delays.sample(asked),
        };
        let keeper = Keeper::start(settings, &mut source, now, &mut changes);
        let mut node = Node::new(one, Keeps::Controller(keeper), address.subnet, address);
        node.note(&changes);
        nodes.insert(machine, node);
        machines.insert(host, machine);
        self.passed(machine);
    }

    /// What a Windows node of this type is besides: it has so many addresses.
    pub(in crate::world::kubernetes) fn complete_windows_spec(
        &mut self,
        spec: &mut NodeSpec,
        one: &InstanceType,
    ) {
        let addresses = network(self.cluster).of_interface(one);
        let resource = self.kubernetes_mut().control.resource(RESOURCE);
        spec.allocatable.set(resource, addresses.into());
    }

    /// Lets the controller act on a node.
    fn with_keeper<R>(
        &mut self,
        machine: u32,
        act: impl FnOnce(&mut Keeper, &mut Source<'_>, SimTime, &mut Vec<Change>) -> R,
    ) -> Option<R> {
        let now = self.now();
        let Self { kubernetes, subnets, .. } = self;
        let addresses = kubernetes.as_mut().and_then(|it| it.addresses.as_deref_mut());
        let Addresses { nodes, delays, .. } = addresses?;
        let node = nodes.get_mut(&machine)?;
        let Keeps::Controller(keeper) = &mut node.keeps else { return None };
        let mut changes = Vec::new();
        let mut source = Source {
            subnet: &mut subnets.ranges[node.subnet],
            delay: &mut |asked| delays.sample(asked),
        };
        let result = act(keeper, &mut source, now, &mut changes);
        node.note(&changes);
        self.passed(machine);
        Some(result)
    }

    /// Something may have changed about the addresses of a node, and now it may be done.
    pub(super) fn controller_looks(&mut self, machine: u32) {
        let now = self.now();
        if self.plug_in(machine).is_none_or(|node| node.pass != Some(now)) {
            return self.await_pass(machine);
        }
        let served = self.with_keeper(machine, Keeper::wake);
        for uid in served.unwrap_or_default() {
            let seat = self.kubernetes().addresses.as_ref().and_then(|it| it.pods.get(&uid));
            let looks = seat.filter(|seat| !seat.is_connected && now <= seat.until);
            if let Some(pod) = looks.map(|seat| seat.pod) {
                self.answer(pod, uid, machine, Answer::Has);
            }
        }
    }

    /// Other addresses of a subnet are free than were: nodes that it had too few for look again.
    pub(in crate::world) fn starved_nodes_look(&mut self, subnet: usize) {
        let kubernetes = self.kubernetes.as_deref();
        let Some(addresses) = kubernetes.and_then(|it| it.addresses.as_deref()) else { return };
        let in_subnet =
            |machine: &&u32| addresses.nodes.get(machine).is_some_and(|node| node.subnet == subnet);
        let starved: Vec<u32> = addresses.starved.iter().filter(in_subnet).copied().collect();
        for machine in starved {
            self.await_pass(machine);
        }
    }

    /// A pod on a Windows node is to have an address.
    pub(super) fn windows_pod_connects(&mut self, pod: PodId, uid: u32, machine: u32) {
        if !self.asks_for(pod, RESOURCE) {
            self.find_unselected(pod);
            return self.answer(pod, uid, machine, Answer::None);
        }
        let added = self
            .with_keeper(machine, |keeper, source, now, out| keeper.add_pod(uid, source, now, out));
        let Some(Err(why)) = added else { return self.answer(pod, uid, machine, Answer::Has) };
        let now = self.now();
        let until = now.saturating_add(LOOKS);
        let seat = self.seat(pod, uid, machine);
        seat.until = until;
        if seat.told.replace(why) != Some(why) {
            self.kubernetes_mut().control.not_allocated(pod, &why.to_string(), now);
        }
        self.answer(pod, uid, machine, Answer::Comes);
        self.after(LOOKS, Phase::Release, AddressEvent::GivesUp(uid));
    }

    /// The plug-in has looked long enough for the address of a pod.
    pub(super) fn windows_pod_gives_up(&mut self, uid: u32) {
        let now = self.now();
        let seat = self.kubernetes().addresses.as_ref().and_then(|it| it.pods.get(&uid));
        let looks = seat.filter(|seat| !seat.is_connected && seat.until == now);
        if let Some((pod, machine)) = looks.map(|seat| (seat.pod, seat.machine)) {
            self.answer(pod, uid, machine, Answer::None);
        }
    }

    /// Nothing of a pod is on its Windows node any more.
    pub(super) fn windows_pod_has_gone(&mut self, uid: u32, machine: u32) {
        self.with_keeper(machine, |keeper, source, now, out| {
            keeper.remove_pod(uid, source, now, out);
        });
    }

    /// Tells of a pod that came to a Windows node without asking for an address.
    fn find_unselected(&mut self, pod: PodId) {
        let objects = self.kubernetes().control.objects();
        let owner = objects.pod(pod).owner.map(|owner| objects.workload(owner).name.to_string());
        let about = match owner {
            Some(owner) => format!("pods of `{owner}` on Windows nodes"),
            None => "pods on Windows nodes".to_owned(),
        };
        self.find(Finding {
            kind: FindingKind::Address,
            title: format!(
                "{about} get no address: they do not have the node selector `kubernetes.io/os: \
                 windows`"
            ),
            about,
            advice: "if they are for Windows, add it: without it nobody asks for an address for \
                     them; if they are for Linux, keep them away by `kubernetes.io/os: linux`, or \
                     by a taint of the Windows nodes"
                .to_owned(),
        });
    }

    /// Tells what pods on a Windows node lack, unless that comes by itself.
    pub(super) fn find_what_windows_lacks(&mut self, machine: u32) {
        let Some(node) = self.plug_in(machine) else { return };
        let (subnet, type_name) = (node.subnet, node.one.name.as_str());
        let Keeps::Controller(keeper) = &node.keeps else { return };
        let (pool, capacity) = (keeper.pool(), keeper.capacity());
        if let Some(Refused::Address(error)) = node.refused.clone() {
            let name = &self.subnets.places[subnet].0;
            return self.find(Finding {
                kind: FindingKind::Address,
                about: format!("subnet `{name}`"),
                title: format!(
                    "pods on Windows nodes in subnet `{name}` wait for an address: {error}"
                ),
                advice: "make its range larger (`cidr`), add another `[[cluster.subnet]]` in its \
                         zone, or have nodes keep fewer for pods to come: those with Windows by \
                         `windows_warm_ip_target` and `windows_minimum_ip_target`, those with \
                         Linux by `warm_ip_target`"
                    .to_owned(),
            });
        }
        if pool.used + pool.cooling == capacity {
            self.find(Finding {
                kind: FindingKind::Address,
                about: format!("nodes of type {type_name}"),
                title: format!(
                    "pods on Windows nodes of type {type_name} wait for an address: all \
                     {capacity} are other pods', or were until less than a minute ago"
                ),
                advice: "take types with more addresses an interface (`plimsoll catalog`), or set \
                         `prefix_delegation = true` in `[cluster.eks.vpc_cni]`"
                    .to_owned(),
            });
        }
    }
}
