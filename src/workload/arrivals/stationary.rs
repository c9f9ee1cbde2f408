//! Arrivals whose intervals all have one law: Poisson, deterministic and renewal processes.

use super::later;
use crate::engine::{SimDuration, SimTime, Stream};
use crate::workload::law::{self, Exponential, Sampler};

/// Independent exponential intervals: arrivals of a large crowd.
#[derive(Clone, Debug)]
pub struct Poisson {
    interval: Exponential,
    stream: Stream,
    last: SimTime,
}

impl Poisson {
    pub(super) fn new(rate: f64, stream: Stream) -> Self {
        Self { interval: Exponential::of_rate(rate), stream, last: SimTime::ZERO }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<SimTime> {
        let interval = law::round(self.interval.draw(&mut self.stream));
        self.last = later(self.last, interval)?;
        Some(self.last)
    }
}

/// Equal intervals, the first arrival after one of them.
#[derive(Clone, Debug)]
pub struct Deterministic {
    /// In nanoseconds.
    interval: f64,
    passed: u64,
}

impl Deterministic {
    pub(super) fn new(rate: f64) -> Self {
        Self { interval: 1e9 / rate, passed: 0 }
    }

    /// Multiplies the interval instead of adding it up, so that its rounding does not accumulate.
    #[inline]
    pub(super) fn next(&mut self) -> Option<SimTime> {
        self.passed += 1;
        later(SimTime::ZERO, law::round(self.passed as f64 * self.interval))
    }
}

/// Independent intervals of any law.
#[derive(Clone, Debug)]
pub struct Renewal {
    interval: Sampler,
    /// Factor on intervals.
    stretch: f64,
    stream: Stream,
    last: SimTime,
}

impl Renewal {
    pub(super) fn new(interval: Sampler, scale: f64, stream: Stream) -> Self {
        Self { interval, stretch: 1.0 / scale, stream, last: SimTime::ZERO }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<SimTime> {
        let interval = self.interval.sample(&mut self.stream);
        self.last = later(self.last, self.stretched(interval))?;
        Some(self.last)
    }

    fn stretched(&self, interval: SimDuration) -> SimDuration {
        if self.stretch == 1.0 { interval } else { interval.mul_f64(self.stretch) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ArrivalProcess;
    use crate::engine::{SimDuration, Streams};
    use crate::scenario::{Arrivals, Law};
    use crate::units::Rate;
    use crate::workload::law::check;

    fn nanos(arrivals: &Arrivals, scale: f64, count: usize) -> Vec<u64> {
        let process = ArrivalProcess::new(arrivals, scale, Streams::new(2), "test").unwrap();
        process.take(count).map(crate::engine::SimTime::as_nanos).collect()
    }

    fn intervals(times: &[u64]) -> Vec<f64> {
        std::iter::once(times[0] as f64)
            .chain(times.windows(2).map(|pair| (pair[1] - pair[0]) as f64))
            .collect()
    }

    #[test]
    fn poisson_intervals_are_exponential_and_uncorrelated() {
        let times = nanos(&Arrivals::Poisson(Rate(300.0)), 2.0, 200_000);
        let mut gaps: Vec<f64> = intervals(&times).iter().map(|gap| gap / 1e9 * 600.0).collect();
        check::moments("interval", &gaps, 1.0, 1.0);
        let products: f64 = gaps.windows(2).map(|pair| (pair[0] - 1.0) * (pair[1] - 1.0)).sum();
        // the correlation of n independent pairs has the standard error 1 / sqrt(n)
        assert!(products.abs() < 4.0 * (gaps.len() as f64).sqrt(), "{products}");
        check::distribution("interval", &mut gaps, |x| -libm::expm1(-x));
    }

    #[test]
    fn deterministic_arrivals_do_not_drift() {
        // a third of a second is no whole number of nanoseconds
        let times = nanos(&Arrivals::Deterministic(Rate(3.0)), 1.0, 3_000_000);
        assert_eq!(times[..3], [333_333_333, 666_666_667, 1_000_000_000]);
        assert_eq!(times[2_999_999], 1_000_000 * 1_000_000_000);
    }

    #[test]
    fn a_renewal_process_adds_up_its_intervals_shortened_by_the_scale() {
        let arrivals = Arrivals::Renewal(Law::Constant(SimDuration::from_millis(3)));
        assert_eq!(nanos(&arrivals, 1.0, 3), [3_000_000, 6_000_000, 9_000_000]);
        assert_eq!(nanos(&arrivals, 1.5, 3), [2_000_000, 4_000_000, 6_000_000]);
    }

    #[test]
    fn a_renewal_process_of_another_law_has_its_variation() {
        let law = Law::Erlang { mean: SimDuration::from_millis(3), stages: 4 };
        let times = nanos(&Arrivals::Renewal(law), 1.0, 100_000);
        check::moments("interval", &intervals(&times), 3e6, 0.25);
    }
}
