//! Measures processor time instead of wall-clock time, so that a busy machine costs a benchmark
//! patience and not truth. (What others do to shared caches still shows.)

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{Criterion, Throughput};

/// Processor time of the current thread; wall-clock time where the system does not tell.
pub struct CpuTime;

/// The set-up of all benchmarks here: so many samples, taken in about this time.
pub fn criterion(samples: usize, time: Duration) -> Criterion<CpuTime> {
    Criterion::default()
        .with_measurement(CpuTime)
        .sample_size(samples)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(time)
}

#[cfg(target_os = "linux")]
pub fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "a benchmark reads a clock")]
pub fn now() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        now()
    }

    fn end(&self, start: Duration) -> Duration {
        now() - start
    }

    fn add(&self, left: &Duration, right: &Duration) -> Duration {
        *left + *right
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &Formatter
    }
}

/// Nanoseconds for people.
struct Formatter;

/// Divides all values, so that they read well where the typical one does.
fn scale(values: &mut [f64], typical: f64, units: &[(f64, &'static str)]) -> &'static str {
    let fits = units.iter().rev().find(|(size, _)| typical >= *size);
    let &(size, name) = fits.unwrap_or(&units[0]);
    values.iter_mut().for_each(|value| *value /= size);
    name
}

impl ValueFormatter for Formatter {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        scale(values, typical, &[(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")])
    }

    fn scale_throughputs(
        &self,
        typical: f64,
        throughput: &Throughput,
        values: &mut [f64],
    ) -> &'static str {
        let Throughput::Elements(elements) = *throughput else {
            panic!("benchmarks here count elements")
        };
        let rate = |nanos: f64| elements as f64 * 1e9 / nanos;
        values.iter_mut().for_each(|value| *value = rate(*value));
        scale(values, rate(typical), &[(1.0, "/s"), (1e3, "k/s"), (1e6, "M/s")])
    }

    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        "ns"
    }
}
