//! Pods get their addresses, and give them back.
//!
//! A pod that a policy selects has a branch, which is asked for when the pod comes to its node. The
//! kubelet hears of all that keeps a pod from an address in the same words.

use super::{AddressEvent, Addresses, Delays, Keeps, Node, Refused};
use crate::aws::eks::vpc_cni::branch::NoBranch;
use crate::aws::eks::vpc_cni::policy::RESOURCE;
use crate::aws::eks::vpc_cni::windows_pool::keeper::NoAddress;
use crate::engine::{Phase, SimTime};
use crate::kubernetes::objects::PodId;
use crate::metrics::starts::Phase as StartPhase;
use crate::metrics::{Finding, FindingKind};
use crate::world::World;

/// What the kubelet tells (`cmd/routed-eni-cni-plugin/cni.go`, aws/amazon-vpc-cni-k8s 0089259),
/// without the number of the sandbox.
const MESSAGE: &str = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to \
                       setup network for sandbox: plugin type=\"aws-cni\" name=\"aws-cni\" \
                       failed (add): add cmd: failed to assign an IP address to container";
/// Likewise what that of Windows does (`plugins/vpc-bridge`, aws/amazon-vpc-cni-plugins), also
/// without the name of the pod.
const OF_WINDOWS: &str = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to \
                          setup network for sandbox: plugin type=\"vpc-bridge\" name=\"vpc\" \
                          failed (add): failed to parse Kubernetes args: failed to get pod IP \
                          address: pod does not have label vpc.amazonaws.com/PrivateIPv4Address";
/// So many events of an object are told one after the other, then one in each five minutes
/// (`defaultSpamBurst` and `defaultSpamQPS` of client-go, `tools/record/events_cache.go`): one of
/// these tries.
const TOLD: u32 = 25;
const THEN_EVERY: u32 = 30;

/// A pod on its node, as far as its address goes.
#[derive(Debug)]
pub(super) struct Seat {
    pub pod: PodId,
    pub machine: u32,
    /// When its address was asked for first.
    asked: SimTime,
    tries: u32,
    pub is_connected: bool,
    /// When its branch is asked for again, if there was none.
    again: SimTime,
    /// Until when the plug-in of Windows waits for its address.
    pub until: SimTime,
    /// What the controller has told of it.
    pub told: Option<NoAddress>,
}

/// Whether a pod gets an address.
pub(super) enum Answer {
    Has,
    /// Its branch, or address, is being made.
    Comes,
    None,
}

impl World<'_> {
    /// How many pods got no address and wait for one, in a cluster of EKS.
    pub(in crate::world) fn pods_without_address(&self) -> Option<u64> {
        let pods = &self.kubernetes.as_ref()?.addresses.as_ref()?.pods;
        let waiting = pods.values().filter(|seat| !seat.is_connected && seat.tries > 0);
        Some(waiting.count() as u64)
    }

    /// A pod is to have an address.
    pub(in crate::world::kubernetes) fn pod_connects(&mut self, pod: PodId) {
        let now = self.now();
        let objects = self.kubernetes().control.objects();
        let Some(known) = objects.get_pod(pod) else { return };
        let Some(node) = known.node.and_then(|node| objects.node(node)) else { return };
        let (uid, machine) = (known.uid, node.machine);
        let has_branch = self.has_branch(pod);
        let Some(node) = self.plug_in(machine) else {
            // nobody has addresses to give there
            return self.with_control(|control, around| control.connected(pod, around));
        };
        let Keeps::Daemon(ipamd, _) = &mut node.keeps else {
            return self.windows_pod_connects(pod, uid, machine);
        };
        if !has_branch {
            let has = ipamd.add_pod(uid, now).is_some();
            self.await_pass(machine);
            let answer = if has { Answer::Has } else { Answer::None };
            return self.answer(pod, uid, machine, answer);
        }
        let answer = self.ask_for_branch(pod, uid, machine);
        self.answer(pod, uid, machine, answer);
    }

    /// Whether a pod asks for a branch.
    fn has_branch(&self, pod: PodId) -> bool {
        self.asks_for(pod, RESOURCE)
    }

    /// Whether a pod asks for any of a resource.
    pub(super) fn asks_for(&self, pod: PodId, resource: &str) -> bool {
        let control = &self.kubernetes().control;
        let Some(resource) = control.cluster().known_resource(resource) else { return false };
        let template = control.objects().template(control.objects().pod(pod).template);
        control.cluster().shape(template.shape).requests.get(resource) > 0
    }

    fn ask_for_branch(&mut self, pod: PodId, uid: u32, machine: u32) -> Answer {
        let now = self.now();
        let Self { kubernetes, subnets, .. } = self;
        let addresses = kubernetes.as_mut().and_then(|it| it.addresses.as_deref_mut());
        let Some(Addresses { nodes, pods, delays, .. }) = addresses else { return Answer::Has };
        let Some(node) = nodes.get_mut(&machine) else { return Answer::Has };
        let Keeps::Daemon(_, Some(branches)) = &mut node.keeps else { return Answer::None };
        if branches.has(uid) {
            // it is that of the pod before its machine booted
            return Answer::Has;
        }
        if pods.get(&uid).is_some_and(|seat| now < seat.again) {
            return Answer::None;
        }
        let subnet = node.subnet;
        let added = branches.add(uid, &mut subnets.ranges[subnet]);
        let again = match &added {
            Err(NoBranch::Full { retry, .. }) => now.saturating_add(*retry),
            _ => SimTime::ZERO,
        };
        if let Err(NoBranch::Subnet(error)) = &added {
            node.refused = Some(Refused::Address(error.to_string()));
        }
        let delay = delays.branch.sample(&mut delays.draws);
        if added.is_ok() {
            self.meter_subnet(subnet);
            self.after(delay, Phase::Release, AddressEvent::Branch(uid));
            return Answer::Comes;
        }
        self.seat(pod, uid, machine).again = again;
        Answer::None
    }

    /// The branch of a pod has been made.
    pub(super) fn branch_made(&mut self, uid: u32) {
        let addresses = self.kubernetes().addresses.as_deref();
        // it may be gone, or connected by now
        let seat = addresses.and_then(|addresses| addresses.pods.get(&uid));
        let waits = seat.filter(|seat| !seat.is_connected);
        if let Some(&Seat { pod, machine, .. }) = waits {
            self.answer(pod, uid, machine, Answer::Has);
        }
    }

    pub(super) fn seat(&mut self, pod: PodId, uid: u32, machine: u32) -> &mut Seat {
        let now = self.now();
        let addresses = self.kubernetes_mut().addresses.as_mut();
        let pods = &mut addresses.expect("there is somebody who has addresses").pods;
        pods.entry(uid).or_insert(Seat {
            pod,
            machine,
            asked: now,
            tries: 0,
            is_connected: false,
            again: SimTime::ZERO,
            until: SimTime::ZERO,
            told: None,
        })
    }

    /// Tells the kubelet what came of it.
    pub(super) fn answer(&mut self, pod: PodId, uid: u32, machine: u32, answer: Answer) {
        let now = self.now();
        let seat = self.seat(pod, uid, machine);
        match answer {
            Answer::Comes => {}
            Answer::Has => {
                seat.is_connected = true;
                let (tries, waited) = (seat.tries, now.since(seat.asked));
                if tries > 0 {
                    self.recorder.addresses.pod_has_waited(waited);
                }
                if let Some(replica) = self.kubernetes().replica_of(pod) {
                    self.start_passes(replica, StartPhase::Attach);
                }
                self.with_control(|control, around| control.connected(pod, around));
            }
            Answer::None => {
                seat.is_connected = false;
                seat.tries += 1;
                let tries = seat.tries;
                self.recorder.addresses.sandbox_failed(tries == 1);
                self.find_what_lacks(machine);
                let is_told = tries <= TOLD || tries.is_multiple_of(THEN_EVERY);
                let keeps = self.plug_in(machine).map(|node| &node.keeps);
                let message = match keeps {
                    Some(Keeps::Controller(_)) => OF_WINDOWS,
                    _ => MESSAGE,
                };
                let reason = is_told.then_some(message);
                let addresses = self.kubernetes_mut().addresses.as_mut();
                let Delays { retry, draws, .. } = &mut addresses.expect("it had none").delays;
                let wait = retry.sample(draws);
                self.with_control(|control, around| {
                    control.not_connected(pod, reason, wait, around);
                });
            }
        }
    }

    /// Nothing of a pod is on its node any more.
    pub(in crate::world::kubernetes) fn pod_is_disconnected(&mut self, uid: u32) {
        let now = self.now();
        let Some(addresses) = &mut self.kubernetes_mut().addresses else { return };
        let Some(seat) = addresses.pods.remove(&uid) else { return };
        let Some(node) = addresses.nodes.get_mut(&seat.machine) else { return };
        let Keeps::Daemon(ipamd, branches) = &mut node.keeps else {
            return self.windows_pod_has_gone(uid, seat.machine);
        };
        if !ipamd.remove_pod(uid, now)
            && let Some(branches) = branches
        {
            branches.remove(uid, now);
        }
        self.await_pass(seat.machine);
    }

    /// Tells what a pod lacks that has no address, unless that comes by itself.
    fn find_what_lacks(&mut self, machine: u32) {
        let Some(node) = self.plug_in(machine) else { return };
        if let Keeps::Controller(_) = node.keeps {
            return self.find_what_windows_lacks(machine);
        }
        let (type_name, subnet) = (node.one.name.as_str(), node.subnet);
        let lack = node.refused.clone();
        let full = node.full();
        match (lack, full) {
            (Some(Refused::Address(error)), _) => {
                let name = self.subnets.places[subnet].0.clone();
                let title = format!("pods in subnet `{name}` wait for an address: {error}");
                self.find_address(&name, title);
            }
            (Some(Refused::Slot(error)), _) => self.find(Finding {
                kind: FindingKind::Slot,
                about: format!("nodes of type {type_name}"),
                title: format!("pods wait for an address: {error}"),
                advice: "choose a type with more slots (`plimsoll catalog`), or one whose volumes \
                         have their own"
                    .to_owned(),
            }),
            (None, Some(addresses)) => self.find(Finding {
                kind: FindingKind::Address,
                about: format!("nodes of type {type_name}"),
                title: format!(
                    "pods on nodes of type {type_name} wait for an address: all {addresses} are \
                     other pods'"
                ),
                advice: "lower `max_pods` of the node group, raise `max_eni`, or set \
                         `prefix_delegation = true` in `[cluster.eks.vpc_cni]`"
                    .to_owned(),
            }),
            (None, None) => {}
        }
    }
}

impl Node {
    /// How many addresses there are, where all are pods' and there will be no more.
    fn full(&self) -> Option<u32> {
        let Keeps::Daemon(ipamd, _) = &self.keeps else { return None };
        let stats = ipamd.store().stats();
        (ipamd.is_grown() && stats.spare() == 0).then_some(stats.total)
    }
}
