//! Nodes and pods of a Kubernetes cluster over time.

use super::Recorder;
use crate::engine::SimTime;
use crate::kubernetes::control::{ControlPlane, KarpenterCounts, ScalingCounts, VolumeCounts};
use crate::machine::{HostId, Readings};
use crate::metrics::Gauge;

/// How many nodes and pods there are.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::world) struct NodeRecord {
    pub ready: Gauge,
    /// Nodes there are to be.
    pub wanted: Gauge,
    /// Pods without a node.
    pub pending: Gauge,
    pub running: Gauge,
    /// What the Cluster Autoscaler had decided when the measurement began.
    pub before: ScalingCounts,
    /// What Karpenter had done then.
    pub karpenter_before: KarpenterCounts,
    /// What had happened to volumes of claims then.
    pub volumes_before: VolumeCounts,
    /// Integrals at the last point, and what came between it and the start of the measurement.
    last: [f64; 4],
    unmeasured: [f64; 4],
}

impl NodeRecord {
    fn gauges(&mut self) -> [&mut Gauge; 4] {
        [&mut self.ready, &mut self.wanted, &mut self.pending, &mut self.running]
    }

    fn integrals(&mut self, now: SimTime) -> [f64; 4] {
        self.gauges().map(|gauge| gauge.integral(now))
    }

    /// Means since the last point, which was so long ago: nodes ready, nodes wanted, pods pending,
    /// pods running.
    pub fn end_interval(&mut self, now: SimTime, elapsed: f64) -> [f64; 4] {
        let totals = self.integrals(now);
        let (last, unmeasured) = (self.last, std::mem::take(&mut self.unmeasured));
        self.last = totals;
        std::array::from_fn(|at| (totals[at] - last[at] + unmeasured[at]) / elapsed)
    }

    /// Everything is measured anew from here.
    pub fn restart(&mut self, now: SimTime, counts: ScalingCounts, karpenter: KarpenterCounts) {
        let (totals, last) = (self.integrals(now), std::mem::take(&mut self.last));
        self.unmeasured = std::array::from_fn(|at| totals[at] - last[at]);
        for gauge in self.gauges() {
            gauge.restart(now);
        }
        self.before = counts;
        self.karpenter_before = karpenter;
    }
}

impl Recorder {
    /// Something has happened in a cluster: takes note of how many nodes and pods there are.
    /// So many there are to be on Fargate.
    pub fn nodes_and_pods(&mut self, now: SimTime, control: &ControlPlane, on_fargate: u32) {
        let counts = control.objects().counts();
        let at_start = self.nodes_at_start;
        let wanted = control.nodes_wanted(at_start).unwrap_or(at_start) + on_fargate;
        let values = [
            f64::from(counts.nodes_ready),
            f64::from(wanted),
            f64::from(counts.pods_pending),
            f64::from(counts.pods_running),
        ];
        for (gauge, value) in self.nodes.gauges().into_iter().zip(values) {
            if gauge.value() != value {
                gauge.set(now, value);
            }
        }
    }

    /// There is another host from now on, which is off.
    pub fn host_added(&mut self) {
        let mut powered = Gauge::default();
        powered.restart(self.measured_from);
        self.powered.push(powered);
        self.on.push(false);
        self.used.push(false);
        self.before.push(Readings::default());
    }

    /// A host is switched on or off.
    pub fn host_powered(&mut self, host: HostId, now: SimTime, on: bool) {
        self.powered[host.index()].set(now, f64::from(u8::from(on)));
        self.on[host.index()] = on;
    }
}
