//! What is allocated, and what is of no use, by how much has arrived.
//!
//! The curves of the FGD experiment (Weng et al., USENIX ATC 2023): after each item, how much of
//! all GPUs the items so far have asked for, placed or not; at each whole percent of that the mean
//! over the items that fall on it (`experiments/analysis` of
//! hkust-adsl/kubernetes-scheduler-simulator 8f3d641).

use super::fleet::Totals;
use crate::metrics::summary::CurvePoint;

/// The curve as it grows.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    arrived: u64,
    sums: Vec<(u32, [f64; 3])>,
}

impl Curve {
    /// An item has asked for so many thousandths, and has got them or not.
    pub fn record(&mut self, asked: u64, totals: Totals) {
        self.arrived += asked;
        if totals.gpus == 0 {
            return;
        }
        let all = totals.gpus as f64;
        let free = totals.gpus - totals.taken;
        let of_free = if free == 0 { 0.0 } else { 100.0 * totals.fragments / free as f64 };
        // as the logs behind the published curves have them
        let allocated = hundredths(100.0 * totals.taken as f64 / all);
        let values = [allocated, 100.0 * totals.fragments / all, hundredths(of_free)];
        let percent = (100.0 * self.arrived as f64 / all).round_ties_even() as usize;
        if self.sums.len() <= percent {
            self.sums.resize(percent + 1, (0, [0.0; 3]));
        }
        let (count, sums) = &mut self.sums[percent];
        *count += 1;
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }

    /// The points from 0 on, in hundredths of a percent. One on which no item fell has the mean of
    /// those beside it.
    pub fn points(&self) -> Vec<CurvePoint> {
        (0..self.sums.len()).map(|percent| self.point(percent)).collect()
    }

    fn point(&self, percent: usize) -> CurvePoint {
        let beside = percent.saturating_sub(1)..(percent + 2).min(self.sums.len());
        let range = if self.sums[percent].0 > 0 { percent..percent + 1 } else { beside };
        let items: u32 = self.sums[range.clone()].iter().map(|&(count, _)| count).sum();
        let mean = |which: usize| {
            let sum: f64 = self.sums[range.clone()].iter().map(|(_, sums)| sums[which]).sum();
            hundredths(if items == 0 { 0.0 } else { sum / f64::from(items) })
        };
        CurvePoint {
            arrived_percent: percent as u32,
            allocated_percent: mean(0),
            fragments_percent: mean(1),
            fragments_of_free_percent: mean(2),
            items,
        }
    }
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round_ties_even() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten GPUs; items of 0.04, 0.04 and 0.3 bring the load to 0.4, 0.8 and 3.8 %: the first on 0,
    /// the second on 1, the third on 4.
    #[test]
    fn a_point_is_the_mean_of_the_items_on_it_or_beside_it() {
        let mut curve = Curve::default();
        let totals = |taken, fragments| Totals { gpus: 10_000, taken, fragments };
        curve.record(40, totals(40, 996.0));
        curve.record(40, totals(80, 992.0));
        curve.record(300, totals(80, 496.0));
        let allocated: Vec<f64> =
            curve.points().iter().map(|point| point.allocated_percent).collect();
        assert_eq!(allocated, [0.4, 0.8, 0.8, 0.8, 0.8]);
        let last = curve.points()[4];
        assert_eq!((last.fragments_percent, last.fragments_of_free_percent), (4.96, 5.0));
    }
}
