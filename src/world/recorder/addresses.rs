//! Addresses of subnets that are taken over time, and pods that wait for one.

use crate::engine::{SimDuration, SimTime};
use crate::metrics::{Gauge, LatencyHistogram};
use crate::scenario::{Cluster, ClusterKind};
use crate::world::subnets::Subnets;

/// Of a cluster of Amazon EKS; nothing of others.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct AddressRecord {
    /// Addresses taken of each subnet.
    pub taken: Vec<Gauge>,
    /// Integrals at the last point, and what came between it and the start of the measurement.
    last: Vec<f64>,
    unmeasured: Vec<f64>,
    /// Pods that got no address at once.
    pub pods_waited: u64,
    /// How often a pod got none.
    pub sandboxes_failed: u64,
    /// How long those waited that got one.
    pub waits: LatencyHistogram,
}

impl AddressRecord {
    pub fn new(cluster: &Cluster) -> Self {
        if cluster.kind != ClusterKind::Eks {
            return Self::default();
        }
        let subnets = Subnets::names(cluster).len();
        let (taken, zeros) = (vec![Gauge::default(); subnets], vec![0.0; subnets]);
        Self { taken, last: zeros.clone(), unmeasured: zeros, ..Self::default() }
    }

    /// So many addresses of a subnet are taken from now on.
    pub fn set(&mut self, now: SimTime, subnet: usize, taken: u32) {
        if let Some(gauge) = self.taken.get_mut(subnet)
            && gauge.value() != f64::from(taken)
        {
            gauge.set(now, taken.into());
        }
    }

    /// A pod got no address, for the first time or again.
    pub fn sandbox_failed(&mut self, is_first: bool) {
        self.sandboxes_failed += 1;
        self.pods_waited += u64::from(is_first);
    }

    /// A pod got its address in the end.
    pub fn pod_has_waited(&mut self, time: SimDuration) {
        self.waits.record(time);
    }

    /// Means since the last point, which was so long ago, of each subnet.
    pub fn end_interval(&mut self, now: SimTime, elapsed: f64) -> Vec<f64> {
        let totals: Vec<f64> = self.taken.iter().map(|gauge| gauge.integral(now)).collect();
        let (last, unmeasured) = (&self.last, &self.unmeasured);
        let grown = |at: usize| (totals[at] - last[at] + unmeasured[at]) / elapsed;
        let row = (0..totals.len()).map(grown).collect();
        self.unmeasured.fill(0.0);
        self.last = totals;
        row
    }

    /// Everything is measured anew from here.
    pub fn restart(&mut self, now: SimTime) {
        for (at, gauge) in self.taken.iter_mut().enumerate() {
            self.unmeasured[at] = gauge.integral(now) - std::mem::take(&mut self.last[at]);
            gauge.restart(now);
        }
        (self.pods_waited, self.sandboxes_failed) = (0, 0);
        self.waits.clear();
    }
}
