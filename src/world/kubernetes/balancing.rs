//! Load balancers of a cluster of EKS in front of its pods, and the controller that has pods and
//! nodes be their targets.
//!
//! ```text
//!   endpoint of a pod changes ─▶ controller looks ─▶ registers / deregisters ─▶ load balancer
//!   target healthy ─▶ controller looks every 15 s ─▶ gate opens ─▶ pod is Ready
//! ```
//!
//! A pod that is deleted gets its stop signal at once, and requests until the controller has
//! deregistered it and the load balancer knows: a server that stops before that refuses them (502),
//! and what goes to a pod that is gone nobody answers (504).

mod fronts;

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::eks::fargate::node::COMPUTE_TYPE;
use crate::aws::eks::load_balancing::reconcile::{Act, Controller};
use crate::aws::elb::target_group::TargetState;
use crate::engine::{Phase, SimTime};
use crate::kubernetes::control::{ControlPlane, EXCLUDED};
use crate::kubernetes::objects::{NodeId, PodId};
use crate::machine::HostId;
use crate::scenario::Cluster;
use crate::scenario::aws::TargetType;
use crate::workload::AppId;
use crate::world::World;
pub(in crate::world) use fronts::{Fronts, fronts};

/// The controller has something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalancingEvent;

/// The taint of nodes that the Cluster Autoscaler is about to remove, which are no targets any more
/// (`pkg/backend/endpoint_utils.go`).
const TO_BE_DELETED: &str = "ToBeDeletedByClusterAutoscaler";

/// The controller among pods and nodes.
#[derive(Debug)]
pub(super) struct Balancing {
    controller: Controller,
    fronts: Fronts,
    /// The app of each target group.
    apps: Vec<AppId>,
    /// Pods that may be targets: their `uid` and their group.
    pods: BTreeMap<PodId, (u32, u32)>,
    of_uid: BTreeMap<u32, PodId>,
    /// Replicas of the pods that are targets, by `uid`.
    targets: BTreeMap<u32, u32>,
    /// Hosts of the nodes that are targets of a group.
    nodes: BTreeMap<(u32, NodeId), HostId>,
    /// Apps of which was said that their pods stop too early.
    warned: BTreeSet<AppId>,
    /// For when its event is pending.
    armed: Option<SimTime>,
}

impl Balancing {
    /// Nobody is a target yet.
    pub fn new(fronts: Fronts, cluster: &Cluster) -> Self {
        let behind = (0..).map(AppId).zip(&fronts.of_app).filter(|(_, front)| front.is_some());
        let apps: Vec<AppId> = behind.map(|(app, _)| app).collect();
        Self {
            controller: Controller::new(apps.len(), &cluster.eks.load_balancer_controller),
            fronts,
            apps,
            pods: BTreeMap::new(),
            of_uid: BTreeMap::new(),
            targets: BTreeMap::new(),
            nodes: BTreeMap::new(),
            warned: BTreeSet::new(),
            armed: None,
        }
    }

    /// The target group of an app, and what its targets are.
    fn group_of(&self, app: AppId) -> Option<(u32, TargetType)> {
        let front = self.fronts.of_app[app.0 as usize].as_ref()?;
        let group = self.apps.iter().position(|other| *other == app)?;
        Some((group as u32, front.targets))
    }

    fn targets_of(&self, group: u32) -> TargetType {
        let front = self.fronts.of_app[self.apps[group as usize].0 as usize].as_ref();
        front.expect("groups are those of apps behind a load balancer").targets
    }
}

/// What changes in the cluster.
impl World<'_> {
    /// The objects of users are about to be applied.
    pub(super) fn prepare_balancing(&mut self) {
        let Some(balancing) = &mut self.kubernetes_mut().balancing else { return };
        let warnings = std::mem::take(&mut balancing.fronts.warnings);
        let lone = balancing.apps.iter().zip(0..);
        let lone = lone.filter(|(_, group)| balancing.targets_of(*group) == TargetType::Instance);
        let lone: Vec<AppId> = lone.map(|(app, _)| *app).collect();
        let fronts = balancing.fronts.of_app.iter().flatten();
        let gated: Vec<_> = fronts.filter_map(|front| front.gated.clone()).collect();
        warnings.into_iter().for_each(|warning| self.recorder.warn(warning));
        if self.cluster.node_groups.is_empty() && self.cluster.karpenter.is_none() {
            lone.into_iter().for_each(|app| self.warn_without_nodes(app));
        }
        self.with_control(|control, _| {
            control.watch_endpoints();
            gated.iter().for_each(|(kind, namespace, name)| control.gate(*kind, namespace, name));
        });
        self.balanced_nodes_changed();
    }

    /// Warns of an app that never has a target: its load balancer sends to nodes, and nodes of
    /// Fargate are none that it could be.
    fn warn_without_nodes(&mut self, app: AppId) {
        let name = &{ self.scenario }.apps[app.0 as usize].name;
        self.recorder.warn(format!(
            "the load balancer of `{name}` has no target, so that its requests get a 503: targets \
             are nodes, and those of Fargate are none; with target-type: ip (`target_type = \
             \"ip\"`) its pods are targets"
        ));
    }

    /// A pod of an app was created.
    pub(super) fn balanced_pod_created(&mut self, pod: PodId, app: AppId) {
        let kubernetes = self.kubernetes_mut();
        let uid = kubernetes.control.objects().pod(pod).uid;
        let Some(balancing) = &mut kubernetes.balancing else { return };
        if let Some((group, TargetType::Ip)) = balancing.group_of(app) {
            balancing.pods.insert(pod, (uid, group));
            balancing.of_uid.insert(uid, pod);
        }
    }

    /// A container of a pod runs: the pod has an address, and is an endpoint that is not ready.
    pub(super) fn balanced_pod_runs(&mut self, pod: PodId) {
        if self.kubernetes().control.is_gated(pod) {
            self.endpoints_changed(pod);
        }
    }

    /// A pod may be an endpoint, or not any more.
    pub(super) fn endpoints_changed(&mut self, pod: PodId) {
        let Some(balancing) = &self.kubernetes().balancing else { return };
        if let Some((_, group)) = balancing.pods.get(&pod).copied() {
            self.touch_groups([group]);
        }
    }

    /// The app in a pod is told to stop. Says so where its load balancer still sends to it.
    pub(super) fn balanced_pod_stops(&mut self, pod: PodId, app: AppId) {
        let of = &{ self.scenario }.apps[app.0 as usize];
        let kubernetes = self.kubernetes_mut();
        let deleted = kubernetes.control.objects().get_pod(pod).is_some_and(|it| !it.is_active());
        let Some(balancing) = &mut kubernetes.balancing else { return };
        let uid = balancing.pods.get(&pod).map(|(uid, _)| *uid);
        let is_target = uid.is_some_and(|uid| balancing.targets.contains_key(&uid));
        if deleted && is_target && of.traffic.is_some() && balancing.warned.insert(app) {
            self.recorder.warn(format!(
                "pods of `{}` stop while its load balancer still sends them requests, which get a \
                 502 or a 504: a preStop hook that sleeps longer than it takes to deregister them \
                 would have them answer (`pre_stop`, `lifecycle.preStop.sleep`)",
                of.name
            ));
        }
    }

    /// A pod is gone: nobody answers at its address any more.
    pub(super) fn balanced_pod_gone(&mut self, pod: PodId) {
        let Some(balancing) = &mut self.kubernetes_mut().balancing else { return };
        let Some((uid, group)) = balancing.pods.remove(&pod) else { return };
        balancing.of_uid.remove(&uid);
        let replica = balancing.targets.get(&uid).copied();
        if let Some(server) = replica.and_then(|it| self.replicas.all[it as usize].service) {
            let (services, mut around) = self.split();
            services.set_reachable(server, false, &mut around);
        }
        self.touch_groups([group]);
    }

    /// Nodes came or went, or are known to work or not.
    pub(super) fn balanced_nodes_changed(&mut self) {
        let Some(balancing) = &self.kubernetes().balancing else { return };
        let groups = 0..balancing.apps.len() as u32;
        let by_node = |group: &u32| balancing.targets_of(*group) == TargetType::Instance;
        let groups: Vec<u32> = groups.filter(by_node).collect();
        self.touch_groups(groups);
    }

    /// What nodes do with requests may be another from now on, as one fails or is back.
    pub(super) fn balanced_nodes_answer(&mut self) {
        let Some(balancing) = &self.kubernetes().balancing else { return };
        for app in balancing.apps.clone() {
            self.routes_of_app_changed(app);
        }
    }

    /// The nodes send requests to other pods than before, or less to a replica.
    pub(super) fn routes_changed(&mut self, replica: u32) {
        self.routes_of_app_changed(self.replicas.all[replica as usize].app());
    }

    /// The nodes send requests of an app to other pods than before.
    pub(super) fn routes_of_app_changed(&mut self, app: AppId) {
        if self.kubernetes().balancing.is_some() {
            let (services, mut around) = self.split();
            services.nodes_changed(app, &mut around);
        }
    }

    /// Whether the pod of this `uid` is a target of a load balancer.
    pub(super) fn is_target(&self, uid: u32) -> bool {
        let balancing = self.kubernetes().balancing.as_ref();
        balancing.is_some_and(|balancing| balancing.targets.contains_key(&uid))
    }

    fn touch_groups(&mut self, groups: impl IntoIterator<Item = u32>) {
        let now = self.now();
        let Some(balancing) = &mut self.kubernetes_mut().balancing else { return };
        groups.into_iter().for_each(|group| balancing.controller.touch(now, group));
        self.arm_balancing();
    }

    fn arm_balancing(&mut self) {
        let now = self.now();
        let Some(balancing) = &mut self.kubernetes_mut().balancing else { return };
        let Some(next) = balancing.controller.next_event() else { return };
        let next = next.max(now);
        if balancing.armed.is_none_or(|armed| next < armed) {
            balancing.armed = Some(next);
            self.after(next.since(now), Phase::Decide, BalancingEvent);
        }
    }
}

/// What the controller does.
impl World<'_> {
    /// The controller has something to do, if nothing else has had it do that before.
    pub(in crate::world) fn on_balancing(&mut self, _: BalancingEvent) {
        let now = self.now();
        let mut acts = Vec::new();
        while let Some(balancing) = &mut self.kubernetes_mut().balancing
            && balancing.controller.next_event().is_some_and(|next| next <= now)
        {
            balancing.controller.advance(now, &mut acts);
            for act in std::mem::take(&mut acts) {
                self.balancing_acts(act);
            }
        }
        if let Some(balancing) = &mut self.kubernetes_mut().balancing {
            balancing.armed = None;
        }
        self.arm_balancing();
    }

    fn balancing_acts(&mut self, act: Act) {
        let now = self.now();
        match act {
            Act::Resolve(group) => {
                let (wanted, gated) = self.wanted_targets(group);
                self.balancing().controller.resolved(now, group, wanted, gated);
            }
            Act::Registered(group, targets) => {
                for target in targets {
                    let done = match self.balancing().targets_of(group) {
                        TargetType::Ip => self.register_pod(target),
                        TargetType::Instance => self.register_node(group, NodeId(target)),
                    };
                    if !done {
                        self.balancing().controller.forget(group, target);
                    }
                }
            }
            Act::Deregistered(group, targets) => {
                for target in targets {
                    match self.balancing().targets_of(group) {
                        TargetType::Ip => self.deregister_pod(target),
                        TargetType::Instance => self.deregister_node(group, NodeId(target)),
                    }
                }
            }
            Act::Review(group) => {
                let waits = self.open_gates(group);
                self.balancing().controller.reviewed(now, group, waits);
            }
        }
    }

    fn balancing(&mut self) -> &mut Balancing {
        let balancing = self.kubernetes_mut().balancing.as_mut();
        balancing.expect("the controller is there that acts")
    }

    /// Which targets a group should have, and whether pods of it wait for their gate.
    fn wanted_targets(&mut self, group: u32) -> (BTreeSet<u32>, bool) {
        let kubernetes = self.kubernetes();
        let (control, balancing) = (&kubernetes.control, kubernetes.balancing.as_ref());
        let balancing = balancing.expect("the controller is there that asks");
        if balancing.targets_of(group) == TargetType::Instance {
            let nodes = control.objects().nodes().filter(|(_, node)| node.is_ready());
            let stays = |id: NodeId| {
                let spec = &control.cluster().node(id).spec;
                let (key, fargate) = COMPUTE_TYPE;
                !spec.taints.iter().any(|taint| &*taint.key == TO_BE_DELETED)
                    && spec.labels.get(EXCLUDED).is_none()
                    && spec.labels.get(key) != Some(fargate)
            };
            return (
                nodes.map(|(id, _)| id).filter(|&id| stays(id)).map(|id| id.0).collect(),
                false,
            );
        }
        let own = balancing.pods.iter().filter(|(_, (_, of))| *of == group);
        let gated = own.clone().any(|(&pod, _)| has_closed_gate(control, pod));
        let serving = own.filter(|&(&pod, _)| control.is_serving(pod));
        (serving.map(|(_, &(uid, _))| uid).collect(), gated)
    }

    /// The pod of this `uid` is a target from now on; whether it is, or is gone already.
    fn register_pod(&mut self, uid: u32) -> bool {
        let kubernetes = self.kubernetes();
        let pod = kubernetes.balancing.as_ref().and_then(|it| it.of_uid.get(&uid).copied());
        let Some(replica) = pod.and_then(|pod| kubernetes.replica_of(pod)) else { return false };
        let routed = kubernetes.routed.contains_key(&uid);
        if self.replicas.all[replica as usize].service.is_none() {
            self.unit_routed(replica);
            if !routed {
                self.unit_leaves_router(replica);
            }
        }
        let Some(server) = self.replicas.all[replica as usize].service else {
            // its process has ended just now
            self.replicas.all[replica as usize].routed = routed;
            return false;
        };
        self.replicas.all[replica as usize].routed = true;
        self.balancing().targets.insert(uid, replica);
        let leaf = self.replicas.all[replica as usize].leaf;
        let zone = leaf.map_or(0, |(host, _)| self.services.zone_of_host(host));
        let (services, mut around) = self.split();
        services.set_reachable(server, true, &mut around);
        services.register_target(server, zone, &mut around);
        true
    }

    /// The pod of this `uid`, which may be gone, gets nothing new from its load balancer.
    fn deregister_pod(&mut self, uid: u32) {
        let Some(replica) = self.balancing().targets.remove(&uid) else { return };
        if let Some(server) = self.replicas.all[replica as usize].service {
            let (services, mut around) = self.split();
            services.deregister_target(server, &mut around);
        }
        if !self.kubernetes().routed.contains_key(&uid) {
            self.unit_unrouted(replica);
        }
    }

    /// A node is a target from now on; whether it is, or is gone already.
    fn register_node(&mut self, group: u32, node: NodeId) -> bool {
        let objects = self.kubernetes().control.objects();
        let Some(machine) = objects.node(node).map(|node| node.machine) else { return false };
        let host = self.nodes.all[machine as usize].host;
        let balancing = self.balancing();
        balancing.nodes.insert((group, node), host);
        let app = balancing.apps[group as usize];
        let (services, mut around) = self.split();
        services.register_node(app, host, &mut around);
        true
    }

    fn deregister_node(&mut self, group: u32, node: NodeId) {
        let balancing = self.balancing();
        let Some(host) = balancing.nodes.remove(&(group, node)) else { return };
        let app = balancing.apps[group as usize];
        let (services, mut around) = self.split();
        services.deregister_node(app, host, &mut around);
    }

    /// Opens the gates of pods that the load balancer finds healthy. Whether others wait.
    fn open_gates(&mut self, group: u32) -> bool {
        let pods = self.balancing().pods.iter().filter(|(_, (_, of))| *of == group);
        let pods: Vec<(PodId, u32)> = pods.map(|(&pod, &(uid, _))| (pod, uid)).collect();
        let mut waits = false;
        for (pod, uid) in pods {
            if !has_closed_gate(&self.kubernetes().control, pod) {
                continue;
            }
            let replica = self.balancing().targets.get(&uid).copied();
            let server = replica.and_then(|replica| self.replicas.all[replica as usize].service);
            let healthy = |server| self.services.target_state(server) == TargetState::Healthy;
            if server.is_some_and(healthy) {
                self.with_control(|control, around| control.open_gate(pod, around));
            } else {
                waits = true;
            }
        }
        waits
    }
}

/// Whether a pod waits for its gate.
fn has_closed_gate(control: &ControlPlane, pod: PodId) -> bool {
    control.is_gated(pod) && control.objects().get_pod(pod).is_some_and(|pod| pod.is_active())
}
