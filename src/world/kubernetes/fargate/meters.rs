//! What pods on Fargate have and cost over time.

use super::Fargate;
use super::seat::Seat;
use crate::engine::SimTime;
use crate::metrics::Gauge;
use crate::metrics::summary::FargateSummary;
use crate::world::World;
use crate::world::shares::Shares;

const GB: f64 = (1_u64 << 30) as f64;

/// Pods that have a machine that works, what they ask for and what they have.
#[derive(Debug, Default)]
pub(super) struct Meters {
    pods: Gauge,
    /// vCPUs, and GB of memory.
    asked: [Gauge; 2],
    given: [Gauge; 2],
}

impl Meters {
    /// A pod more, or one fewer.
    pub fn count(&mut self, seat: &Seat, now: SimTime, change: f64) {
        self.pods.add(now, change);
        let asked = [seat.asked.cpu.cores(), seat.asked.memory.0 as f64 / GB];
        let given = [seat.size.cpu.cores(), seat.size.memory.0 as f64 / GB];
        for (gauges, amounts) in [(&mut self.asked, asked), (&mut self.given, given)] {
            for (gauge, amount) in gauges.iter_mut().zip(amounts) {
                gauge.add(now, amount * change);
            }
        }
    }

    fn restart(&mut self, now: SimTime) {
        self.pods.restart(now);
        self.asked.iter_mut().chain(&mut self.given).for_each(|gauge| gauge.restart(now));
    }
}

impl Fargate {
    fn summary(&self, now: SimTime) -> FargateSummary {
        let of = |gauges: &[Gauge; 2]| [gauges[0].mean(now), gauges[1].mean(now)];
        let ([asked_vcpus, asked_gb], [vcpus, gb]) =
            (of(&self.meters.asked), of(&self.meters.given));
        FargateSummary {
            pods: self.meters.pods.mean(now),
            pods_max: self.meters.pods.maximum() as u32,
            vcpus_asked: asked_vcpus,
            vcpus,
            memory_asked: asked_gb * GB,
            memory: gb * GB,
        }
    }
}

impl World<'_> {
    /// The measurement begins.
    pub(in crate::world) fn restart_fargate(&mut self, now: SimTime) {
        if let Some(kubernetes) = self.kubernetes.as_deref_mut() {
            kubernetes.fargate.charges.restart(now);
            kubernetes.fargate.meters.restart(now);
        }
    }

    /// What pods on Fargate cost in the measured time, by whose they are.
    pub(in crate::world) fn fargate_bills(&self, now: SimTime) -> Shares {
        match self.kubernetes.as_deref() {
            Some(kubernetes) => kubernetes.fargate.charges.bills(now),
            None => Shares::new(self.scenario.apps.len()),
        }
    }

    /// Pods on Fargate over the measured time, where there are profiles for them.
    pub(in crate::world) fn fargate_summary(&self, now: SimTime) -> Option<FargateSummary> {
        let fargate = &self.kubernetes.as_deref()?.fargate;
        (!fargate.profiles.is_empty()).then(|| fargate.summary(now))
    }

    /// Pods that have ended, and are still charged for, as a warning.
    pub(in crate::world) fn ended_on_fargate(&self) -> Option<String> {
        let kubernetes = self.kubernetes.as_deref()?;
        let objects = kubernetes.control.objects();
        let pods = kubernetes.fargate.seats.keys();
        let ended = pods.filter(|&&pod| objects.get_pod(pod).is_some_and(|pod| pod.is_over()));
        let have = match ended.count() {
            0 => return None,
            1 => "1 pod has ended and still costs".to_owned(),
            count => format!("{count} pods have ended and still cost"),
        };
        Some(format!("{have} on Fargate until deleted: give their Jobs `ttlSecondsAfterFinished`"))
    }

    /// Checks that pods on Fargate, their machines and their addresses are of each other.
    ///
    /// # Panics
    /// When they are not.
    pub(in crate::world) fn audit_fargate(&self) {
        let Some(kubernetes) = self.kubernetes.as_deref() else { return };
        let fargate = &kubernetes.fargate;
        let seats = fargate.seats.values();
        let with_machine = seats.clone().filter(|seat| seat.machine.is_some()).count();
        assert_eq!(with_machine, fargate.machines.len(), "each machine is one pod's");
        let with_address = seats.filter(|seat| seat.address.is_some()).count();
        assert_eq!(with_address + fargate.waiting.len(), fargate.seats.len(), "or it waits");
        let counted: u32 = fargate.zones.values().flatten().sum();
        assert_eq!(counted as usize, with_address, "each address is in a zone");
        for (&pod, seat) in &fargate.seats {
            let known = kubernetes.control.objects().get_pod(pod).map(|pod| pod.uid);
            assert_eq!(known, Some(seat.uid), "the pod is there");
            if let (Some(machine), Some(_)) = (seat.machine, seat.node) {
                assert_eq!(kubernetes.node_of(machine), seat.node, "its machine is its node");
            }
        }
    }
}
