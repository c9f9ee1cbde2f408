//! Hosts over time: their CPU, memory and power, and what instances that are VMs on them use.

use std::iter::repeat;

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
        self.read_memory();
        self.hosts.meter(now);
        self.meter_tenants(elapsed);
        let (mut count, mut cpu, mut used, mut power) = (0.0, 0.0, 0.0, 0.0);
        let read = self.hosts.utilisation().iter().zip(self.hosts.power());
        let memory = self.recorder.node_memory.by_host();
        // the hypervisor knows no machines that came later
        let of_vms = self.hypervisor.physical_memory().iter().chain(repeat(&Bytes(0)));
        let memory = memory.iter().zip(of_vms).zip(&self.shapes);
        let each = self.recorder.are_on().zip(read).zip(memory);
        let each = each.take(self.hosts_metered());
        for ((on, (utilisation, watts)), ((of_nodes, of_vms), shape)) in each {
            if on {
                count += 1.0;
                cpu += utilisation;
                used += (of_nodes + of_vms.0) as f64 / shape.memory.0 as f64;
                power += watts.0;
            }
        }
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
}
