//! Hosts over time: their CPU, memory and power, and what instances that are VMs on them use.

use crate::units::Bytes;
use crate::world::World;

/// Means over the time since they were last taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Means {
    pub time: f64,
    pub cpu: f64,
    pub memory: f64,
    pub power: f64,
}

impl Means {
    pub fn add(&mut self, time: f64, cpu: f64, memory: f64, power: f64) {
        self.time += time;
        self.cpu += cpu * time;
        self.memory += memory * time;
        self.power += power * time;
    }

    pub fn memory_mean(&self) -> f64 {
        if self.time > 0.0 { self.memory / self.time } else { 0.0 }
    }
}

impl World<'_> {
    /// Meters hosts and memory for the time since the last metering.
    pub(in crate::world) fn meter_hosts(&mut self) {
        let now = self.now();
        let elapsed = now.since(self.recorder.last_tick).as_secs_f64();
        self.recorder.last_tick = now;
        let fullest = self.engines.fullest_disk(now);
        self.recorder.fullest_disk = self.recorder.fullest_disk.max(fullest);
        let memory = self.memory_by_host();
        let metered = self.hosts_metered();
        let (mut count, mut cpu, mut used, mut power) = (0.0, 0.0, 0.0, 0.0);
        let (mut tenants, mut tenants_cpu) = (0.0, 0.0);
        for (index, host) in self.hosts.iter_mut().enumerate() {
            let (utilisation, watts) = host.meter(now);
            let is_on = self.recorder.used[index] && self.recorder.powered[index].value() > 0.0;
            if index >= metered {
                if is_on && self.tenants.has(host.id()) {
                    tenants += 1.0;
                    tenants_cpu += utilisation;
                }
            } else if is_on {
                count += 1.0;
                cpu += utilisation;
                used += memory[index] / self.shapes[index].memory.0 as f64;
                power += watts.0;
            }
        }
        if tenants > 0.0 {
            self.recorder.tenants.add(elapsed, tenants_cpu / tenants, 0.0, 0.0);
        }
        if count > 0.0 {
            for host in self.hypervisor.host_ids() {
                let memory = self.hypervisor.host_memory(host);
                let reclaimed = &mut self.recorder.reclaimed;
                reclaimed.shared += memory.shared.0 as f64 * elapsed;
                reclaimed.ballooned += memory.ballooned.0 as f64 * elapsed;
                reclaimed.swapped += memory.swapped.0 as f64 * elapsed;
            }
            let recorder = &mut self.recorder;
            recorder.interval_means.add(elapsed, cpu / count, used / count, power);
            recorder.measured.add(elapsed, cpu / count, used / count, power);
        }
    }

    /// Memory in use on each host in bytes, after telling the hypervisor what its guests use.
    fn memory_by_host(&mut self) -> Vec<f64> {
        let engine = self.cluster.engine.memory.0;
        let mut by_host = vec![0.0; self.hosts.len()];
        let mut by_node = vec![0u64; self.nodes.all.len()];
        // what is used in each VM, and by its system
        let mut by_vm = Vec::new();
        let system = self.cluster.vm.as_ref().map_or(0, |vm| vm.guest.memory.0);
        for (node, vm, used) in self.replica_memory() {
            match (node, vm) {
                (_, Some(vm)) => by_vm.push((vm, used.0 + system)),
                (Some(node), None) => by_node[node as usize] += used.0,
                (None, None) => {}
            }
        }
        let now = self.now();
        for (node, used) in self.nodes.all.iter().zip(&mut by_node) {
            *used += self.engines.memory(node.engine, now).0;
        }
        for (machine, (node, used)) in self.nodes.all.iter().zip(by_node).enumerate() {
            match node.vm {
                Some(vm) => by_vm.push((vm, used + engine + system)),
                None if node.up => {
                    by_host[node.host.index()] += (used + engine) as f64;
                    if let Some(vm) = self.vm_of_machine(machine) {
                        let system = self.shapes[node.host.index()].system_memory.0;
                        by_vm.push((vm, used + engine + system));
                    }
                }
                None => {}
            }
        }
        for (vm, active) in by_vm {
            self.hypervisor.set_active_memory(vm, Bytes(active), &mut self.inbox.vms);
        }
        for host in self.hypervisor.host_ids().filter(|&host| self.hypervisor.is_up(host)) {
            by_host[host.index()] += self.hypervisor.host_memory(host).physical.0 as f64;
        }
        by_host
    }
}
