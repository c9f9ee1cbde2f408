//! What the hypervisor tells, and to whom it matters.

use super::{Owner, World};
use crate::hypervisor::VmNotice;

impl World<'_> {
    /// Hands on what the hypervisor tells.
    pub(super) fn on_vm_notice(&mut self, notice: VmNotice) {
        match notice {
            VmNotice::Running { vm, owner, host } => {
                match Owner::of(owner) {
                    Owner::Replica(replica) => self.replica_vm_running(replica, host),
                    Owner::Node(node) => self.node_vm_running(node as usize, vm, host),
                    Owner::Fleet(instance) => self.fleet_vm_running(instance, host),
                    Owner::Instance(instance) => self.instance_vm_running(instance, vm),
                    Owner::Job(_) | Owner::Unit(_) => unreachable!("these are containers"),
                }
                self.continue_drain(host);
            }
            VmNotice::Stopped { vm, owner, .. } | VmNotice::Failed { vm, owner, .. } => {
                match Owner::of(owner) {
                    Owner::Replica(replica) => self.replica_lost(replica),
                    Owner::Node(node) => self.node_vm_gone(node as usize),
                    Owner::Fleet(instance) => self.fleet_vm_gone(instance),
                    Owner::Instance(instance) => self.instance_vm_gone(instance, vm),
                    Owner::Job(_) | Owner::Unit(_) => unreachable!("these are containers"),
                }
                self.continue_drains();
            }
            VmNotice::Rejected { owner, reason } => match Owner::of(owner) {
                Owner::Replica(replica) => self.replica_waits(replica, &reason.to_string()),
                Owner::Node(node) => {
                    self.recorder.warn(format!("VM of node {node} was rejected: {reason}"));
                    self.node_settled(node as usize);
                }
                Owner::Fleet(instance) => self.fleet_vm_rejected(instance),
                // it stays broken, and its group launches another
                Owner::Instance(_) => {}
                Owner::Job(_) | Owner::Unit(_) => unreachable!("these are containers"),
            },
            VmNotice::Waiting { owner, .. } => {
                if let Owner::Replica(replica) = Owner::of(owner) {
                    self.replica_waits(replica, "no host has enough CPU or memory left");
                }
            }
            VmNotice::Slowdown { owner, factor, .. } => {
                if factor > 1.0 {
                    self.recorder.warn("hosts are short of memory: VMs were swapped".into());
                }
                match Owner::of(owner) {
                    Owner::Replica(replica) => self.replica_vm_slows(replica, factor),
                    Owner::Node(node) => self.node_vm_slows(node, factor),
                    // what it does is a rate, not work that takes longer
                    Owner::Fleet(_) => {}
                    Owner::Instance(instance) => self.instance_vm_slows(instance, factor),
                    Owner::Job(_) | Owner::Unit(_) => unreachable!("these are containers"),
                }
            }
            VmNotice::Placed { owner, host, .. } => {
                if let Owner::Replica(replica) = Owner::of(owner) {
                    self.replica_vm_placed(replica, host);
                }
            }
            VmNotice::MigrationStarted { owner, .. } => self.set_vm_effort(owner),
            VmNotice::Paused { owner, .. } => self.vm_paused(owner),
            VmNotice::Resumed { owner, host, .. } => self.vm_resumed(owner, host),
            VmNotice::Migrated { vm, migrated, .. } => self.migration_done(vm, migrated),
            VmNotice::MigrationFailed { vm, owner, .. } => self.migration_failed(vm, owner),
            VmNotice::Stopping { .. } => {}
        }
    }

    pub(super) fn node_vm_slows(&mut self, node: u32, factor: f64) {
        self.nodes.all[node as usize].slowdown = factor;
        for replica in self.replicas_on(node) {
            self.set_replica_effort(replica);
        }
    }

    fn node_vm_gone(&mut self, node: usize) {
        if self.nodes.all[node].up {
            self.node_down(node);
        } else {
            self.node_settled(node);
        }
    }
}
