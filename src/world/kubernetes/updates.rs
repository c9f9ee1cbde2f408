//! Updates of managed node groups of Amazon EKS: all nodes of a group are replaced.
//!
//! ```text
//!   begins ─▶ group raised ─▶ new nodes ready ─▶ old one drained ─60 s─▶ ended ─▶ … ─▶ lowered
//! ```
//!
//! What is done and when [`Update`] decides; the Auto Scaling group of the node group launches and
//! ends instances, and the drain is that of `kubectl`. Old nodes are instances of older versions of
//! the launch template. The Cluster Autoscaler takes no node of the group meanwhile, which EKS
//! would not keep it from.

use std::collections::{BTreeMap, BTreeSet};

use super::Kubernetes;
use crate::aws::auto_scaling::node_group::{Failure, Node, Step, Update};
use crate::aws::eks::node_group::MaxUnavailable;
use crate::engine::{Phase, SimTime, Streams};
use crate::kubernetes::control::log::UpdateStatus;
use crate::kubernetes::objects::NodeId;
use crate::scenario::aws::NodeGroupUpdate;
use crate::world::World;

/// Something about the update of a node group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateEvent {
    /// One of its updates begins.
    Begins {
        /// Which group.
        group: u16,
        /// Which of its updates.
        nth: u16,
    },
    /// Time alone may change something.
    Wake(u16),
}

/// An update that is under way.
#[derive(Debug)]
struct Running {
    update: Update,
    /// Nodes that are being drained, and which of the group's instances each is.
    draining: BTreeMap<NodeId, Node>,
    failed: bool,
    /// When it is woken next.
    armed: Option<SimTime>,
}

/// The updates that are under way, by node group.
#[derive(Debug, Default)]
pub(super) struct Updates {
    running: BTreeMap<u16, Running>,
}

/// How many nodes may be unavailable.
fn max_unavailable(of: &NodeGroupUpdate) -> MaxUnavailable {
    match (of.max_unavailable, of.max_unavailable_percentage) {
        (Some(nodes), _) => MaxUnavailable::Nodes(nodes),
        (None, Some(percent)) => MaxUnavailable::Percent(percent),
        (None, None) => MaxUnavailable::default(),
    }
}

impl World<'_> {
    /// Schedules the updates of all node groups.
    pub(super) fn await_updates(&mut self) {
        for (group, of) in (0..).zip(&self.cluster.node_groups) {
            for (nth, update) in (0..).zip(&of.updates) {
                let at = SimTime::ZERO.saturating_add(update.at);
                self.calendar.push(at, Phase::Decide, UpdateEvent::Begins { group, nth }.into());
            }
        }
    }

    /// Handles an event of an update.
    pub(in crate::world) fn on_update(&mut self, event: UpdateEvent) {
        match event {
            UpdateEvent::Begins { group, nth } => self.update_begins(group, nth),
            UpdateEvent::Wake(group) => {
                let (now, running) = (self.now(), &self.kubernetes_mut().updates.running);
                let next = running.get(&group).and_then(|it| it.update.next());
                if next.is_some_and(|next| next <= now) {
                    self.tell_update(group, Update::wake);
                }
            }
        }
    }

    /// Whether a node group is being updated.
    pub(super) fn is_updated(&self, group: u16) -> bool {
        self.kubernetes().updates.running.contains_key(&group)
    }

    fn update_begins(&mut self, group: u16, nth: u16) {
        let of = &self.cluster.node_groups[usize::from(group)];
        let (name, update) = (&of.name, &of.updates[usize::from(nth)]);
        if self.is_updated(group) {
            let why = "another one is under way (ResourceInUseException)";
            let at = update.at;
            return self
                .recorder
                .warn(format!("the update of `{name}` at {at} was refused: {why}"));
        }
        self.group_renews(group);
        let old = self.members(group).into_iter().filter(|it| it.is_old && !it.ends);
        let old: BTreeSet<Node> = old.map(|it| it.id).collect();
        if old.is_empty() {
            return self.note_update(group, UpdateStatus::Over, "there are no nodes to replace");
        }
        let (now, nodes) = (self.now(), old.len() as u32);
        let zones = self.zones_of_group(group);
        let config = max_unavailable(update).update(nodes, zones, update.force);
        let lots = Streams::new(self.seed).named(&format!("eks/update/{name}/{nth}"));
        let mut out = Vec::new();
        let update = Update::start(config, &old, now, lots, &mut out);
        let message = format!(
            "{nodes} {} to be replaced, {} at a time, and the group is raised by {}",
            if nodes == 1 { "node is" } else { "nodes are" },
            config.max_unavailable,
            update.raised()
        );
        self.note_update(group, UpdateStatus::InProgress, &message);
        let running = Running { update, draining: BTreeMap::new(), failed: false, armed: None };
        self.kubernetes_mut().updates.running.insert(group, running);
        self.do_steps(group, out);
    }

    fn note_update(&mut self, group: u16, status: UpdateStatus, message: &str) {
        let now = self.now();
        self.with_control(|control, _| control.pool_updates(group.into(), status, message, now));
    }

    /// Tells the update of a group something, if there is one, and does what comes back.
    fn tell_update(&mut self, group: u16, tell: impl FnOnce(&mut Update, SimTime, &mut Vec<Step>)) {
        let (now, mut out) = (self.now(), Vec::new());
        if let Some(running) = self.kubernetes_mut().updates.running.get_mut(&group) {
            tell(&mut running.update, now, &mut out);
            self.do_steps(group, out);
        }
    }

    fn do_steps(&mut self, group: u16, steps: Vec<Step>) {
        for step in steps {
            self.do_step(group, step);
        }
        let running = self.kubernetes_mut().updates.running.get_mut(&group);
        let Some(running) = running else { return };
        let next = running.update.next();
        if std::mem::replace(&mut running.armed, next) != next
            && let Some(at) = next
        {
            self.calendar.push(at, Phase::Decide, UpdateEvent::Wake(group).into());
        }
    }

    fn do_step(&mut self, group: u16, step: Step) {
        match step {
            Step::Raise(by) => {
                self.with_control(|control, _| control.pool_resized(group.into(), by as i32));
                self.group_raise(group, by);
            }
            Step::Cordon(member) => {
                if let Some(node) = self.node_of_member(group, member) {
                    self.with_control(|control, around| control.replace_node(node, true, around));
                }
            }
            Step::Drain(member) => self.drain_member(group, member),
            Step::Delete(member) => {
                if let Some(node) = self.node_of_member(group, member) {
                    self.with_control(|control, around| control.delete_pods(node, around));
                }
            }
            Step::Terminate(member) => self.group_replaces(group, member),
            Step::Fail(failure) => self.update_fails(group, failure),
            Step::Lower => {
                self.with_control(|control, _| control.pool_resized(group.into(), -1));
                if !self.group_lower(group) {
                    self.tell_update(group, |update, _, out| update.lowered(out));
                }
            }
            Step::End => {
                let running = self.kubernetes_mut().updates.running.remove(&group);
                let failed = running.is_some_and(|it| it.failed);
                let message = match failed {
                    true => "the update has failed, and the group has its size again",
                    false => "all nodes are new, and the group has its size again",
                };
                self.note_update(group, UpdateStatus::Over, message);
            }
        }
    }

    /// The node that an instance of a group is, while it is one.
    fn node_of_member(&self, group: u16, member: Node) -> Option<NodeId> {
        let members = self.members(group);
        let machine = members.into_iter().find(|it| it.id == member)?.machine?;
        self.kubernetes().node_of(machine)
    }

    /// The pods of an old node are to leave it. What is not a node yet has none.
    fn drain_member(&mut self, group: u16, member: Node) {
        let known = self.members(group).into_iter().find(|it| it.id == member);
        let Some(known) = known else {
            // EC2 had none
            return self.tell_update(group, |update, now, out| update.gone(member, now, out));
        };
        let Some(node) = known.machine.and_then(|machine| self.kubernetes().node_of(machine))
        else {
            return self.tell_update(group, |update, now, _| update.drained(member, now));
        };
        if let Some(running) = self.kubernetes_mut().updates.running.get_mut(&group) {
            running.draining.insert(node, member);
        }
        self.with_control(|control, around| {
            control.replace_node(node, true, around);
            control.drain(node, around);
        });
        self.updated_nodes_empty();
    }

    /// Lets updates know of nodes that have no pods any more that have to leave.
    pub(super) fn updated_nodes_empty(&mut self) {
        let Kubernetes { control, updates, .. } = self.kubernetes_mut();
        let mut empty = Vec::new();
        for (&group, running) in &mut updates.running {
            let drained = running.draining.extract_if(.., |&node, _| control.is_drained(node));
            empty.extend(drained.map(|(_, member)| (group, member)));
        }
        for (group, member) in empty {
            self.tell_update(group, |update, now, _| update.drained(member, now));
        }
    }

    /// An instance of a node group is no more.
    pub(in crate::world) fn member_ended(&mut self, group: u16, member: Node) {
        if let Some(running) = self.kubernetes_mut().updates.running.get_mut(&group) {
            running.draining.retain(|_, of| *of != member);
        }
        self.tell_update(group, |update, now, out| update.gone(member, now, out));
        self.new_nodes_ready(group);
    }

    /// Old nodes may go when all new instances are nodes, and there are some in every zone that has
    /// old ones.
    pub(in crate::world) fn new_nodes_ready(&mut self, group: u16) {
        let running = self.kubernetes().updates.running.get(&group);
        if !running.is_some_and(|running| running.update.is_scaling_up()) {
            return;
        }
        let members = self.members(group).into_iter().filter(|it| !it.ends);
        let (old, new): (Vec<_>, Vec<_>) = members.partition(|it| it.is_old);
        let is_node = |machine| self.kubernetes().node_of(machine).is_some();
        let all = new.iter().all(|it| it.machine.is_some_and(is_node));
        let zones: BTreeSet<u16> = new.iter().map(|it| it.zone).collect();
        if all && old.iter().all(|it| zones.contains(&it.zone)) {
            self.tell_update(group, Update::ready);
        }
    }

    /// Old nodes that are left stay, and take pods again.
    fn update_fails(&mut self, group: u16, failure: Failure) {
        let name = &self.cluster.node_groups[usize::from(group)].name;
        let why = match failure {
            Failure::NodeCreation => {
                "NodeCreationFailure: new nodes were not ready in all zones within 15 minutes"
                    .into()
            }
            Failure::PodEviction(member) => {
                let node = self.node_of_member(group, member);
                let node = node.map_or("a node", |node| {
                    self.kubernetes().control.objects().node(node).map_or("a node", |it| &it.name)
                });
                format!(
                    "PodEvictionFailure: pods did not leave {node} within 15 minutes, as their \
                     disruption budgets or tolerations have it (`force = true` deletes them)"
                )
            }
        };
        self.recorder.warn(format!("the update of `{name}` failed: {why}"));
        self.note_update(group, UpdateStatus::Failed, &why);
        if let Some(running) = self.kubernetes_mut().updates.running.get_mut(&group) {
            running.failed = true;
            running.draining.clear();
        }
        for member in self.members(group).into_iter().filter(|it| it.is_old && !it.ends) {
            if let Some(node) = self.node_of_member(group, member.id) {
                self.with_control(|control, around| control.replace_node(node, false, around));
            }
        }
    }
}
