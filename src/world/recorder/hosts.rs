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
        self.engines.look_at_disks(now);
        let memory = self.memory_by_host();
        self.hosts.meter(now);
        self.meter_tenants(elapsed);
        let (mut count, mut cpu, mut used, mut power) = (0.0, 0.0, 0.0, 0.0);
        let read = self.hosts.utilisation().iter().zip(self.hosts.power());
        let each = self.recorder.are_on().zip(read).zip(memory.iter().zip(&self.shapes));
        for ((on, (utilisation, watts)), (memory, shape)) in each.take(self.hosts_metered()) {
            if on {
                count += 1.0;
                cpu += utilisation;
                used += memory / shape.memory.0 as f64;
                power += watts.0;
            }
        }
        self.recorder.memory_by_host = memory;
        if count > 0.0 {
            self.meter_reclaimed(elapsed);
            let recorder = &mut self.recorder;
            recorder.interval_means.add(elapsed, cpu / count, used / count, power);
            recorder.measured.add(elapsed, cpu / count, used / count, power);
        }
    }

    /// Meters the instances on hosts of the cluster.
    fn meter_tenants(&mut self, elapsed: f64) {
        let (mut tenants, mut cpu) = (0.0, 0.0);
        for index in self.hosts_metered()..self.hosts.len() {
            if self.recorder.is_on(index) && self.tenants.has(self.hosts[index].id()) {
                tenants += 1.0;
                cpu += self.hosts.utilisation()[index];
            }
        }
        if tenants > 0.0 {
            self.recorder.tenants.add(elapsed, cpu / tenants, 0.0, 0.0);
        }
    }

    /// Meters what the hypervisor has reclaimed.
    fn meter_reclaimed(&mut self, elapsed: f64) {
        if self.hypervisor.is_unused() {
            return;
        }
        for host in self.hypervisor.host_ids() {
            let memory = self.hypervisor.host_memory(host);
            let reclaimed = &mut self.recorder.reclaimed;
            reclaimed.shared += memory.shared.0 as f64 * elapsed;
            reclaimed.ballooned += memory.ballooned.0 as f64 * elapsed;
            reclaimed.swapped += memory.swapped.0 as f64 * elapsed;
        }
    }

    /// Memory in use on each host in bytes, after telling the hypervisor what its guests use.
    fn memory_by_host(&mut self) -> Vec<f64> {
        let engine = self.cluster.engine.memory.0;
        let mut by_host = std::mem::take(&mut self.recorder.memory_by_host);
        by_host.clear();
        by_host.resize(self.hosts.len(), 0.0);
        // of requests of replicas
        let mut by_node = vec![0u64; self.nodes.all.len()];
        // what is used in each VM, and by its system
        let mut by_vm = Vec::new();
        let system = self.cluster.vm.as_ref().map_or(0, |vm| vm.guest.memory.0);
        self.replica_memory(
            |vm, used| by_vm.push((vm, used.0 + system)),
            |node, used| by_node[node as usize] += used.0,
        );
        let now = self.now();
        for (machine, (node, requests)) in self.nodes.all.iter().zip(by_node).enumerate() {
            let used = requests + self.engines.memory(node.engine, now).0;
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
        for (sum, used) in by_host.iter_mut().zip(self.hypervisor.physical_memory()) {
            *sum += used.0 as f64;
        }
        by_host
    }
}
