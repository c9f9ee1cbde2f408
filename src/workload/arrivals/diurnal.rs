//! Poisson arrivals whose rate rises and falls with the time of day.
//!
//! Exact, by thinning (Lewis and Shedler, Nav. Res. Logist. Q. 26(3), 1979): arrivals are drawn
//! at a higher rate and kept with the probability that the true rate is of it. The higher rate is a
//! staircase close above the sinusoid, one step for each 256th of the period, so that hardly any
//! is drawn in vain; and what lies below a second staircase close under the sinusoid is kept
//! without computing the cosine.

use std::f64::consts::TAU;

use super::later;
use crate::engine::{SimDuration, SimTime, Stream};
use crate::workload::law::{self, Exponential};

const STEPS: u64 = 256;
/// What the bounds of a step are moved apart, so that no rounding puts the rate outside of them.
const MARGIN: f64 = 1e-9;

/// One step of the two staircases.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Where it ends, counted from the peak.
    end: SimDuration,
    /// Intervals of the upper staircase.
    interval: Exponential,
    /// Bounds of the rate, relative to the mean.
    lower: f64,
    upper: f64,
}

/// Poisson arrivals of a sinusoidal rate.
#[derive(Clone, Debug)]
pub struct Diurnal {
    steps: Vec<Step>,
    step: usize,
    amplitude: f64,
    period: SimDuration,
    /// Time since the last peak, at `last`.
    phase: SimDuration,
    last: SimTime,
    stream: Stream,
}

impl Diurnal {
    /// A mean `rate` per second and a `period`, neither of them zero. An amplitude outside 0 to 1
    /// is taken as the nearer of the two.
    pub(super) fn new(
        rate: f64,
        amplitude: f64,
        peak_at: SimDuration,
        period: SimDuration,
        stream: Stream,
    ) -> Self {
        let amplitude = if amplitude > 0.0 { amplitude.min(1.0) } else { 0.0 };
        let length = period.as_nanos();
        let phase = SimDuration::from_nanos((length - peak_at.as_nanos() % length) % length);
        let steps: Vec<Step> =
            (0..STEPS).map(|step| Step::new(step, rate, amplitude, length)).collect();
        let step = steps.partition_point(|step| step.end <= phase);
        Self { steps, step, amplitude, period, phase, last: SimTime::ZERO, stream }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<SimTime> {
        loop {
            let step = self.steps[self.step];
            let interval = law::round(step.interval.draw(&mut self.stream));
            let left = step.end.saturating_sub(self.phase);
            if interval >= left {
                // what is drawn beyond the step is forgotten, as the lack of memory allows
                self.last = later(self.last, left)?;
                self.begin_step();
                continue;
            }
            self.last = later(self.last, interval)?;
            self.phase += interval;
            let height = self.stream.uniform() * step.upper;
            if height < step.lower || height < self.rate() {
                return Some(self.last);
            }
        }
    }

    fn begin_step(&mut self) {
        self.phase = self.steps[self.step].end;
        self.step += 1;
        if self.step == self.steps.len() {
            self.step = 0;
            self.phase = SimDuration::ZERO;
        }
    }

    /// The rate now, relative to the mean.
    fn rate(&self) -> f64 {
        let turn = self.phase.as_nanos() as f64 / self.period.as_nanos() as f64;
        1.0 + self.amplitude * libm::cos(TAU * turn)
    }
}

impl Step {
    /// Step number `step` of a period of `length` nanoseconds from peak to peak. The rate is
    /// monotone within it, since the low is at half of the period, where a step ends too.
    fn new(step: u64, rate: f64, amplitude: f64, length: u64) -> Self {
        let place = |step| (u128::from(length) * u128::from(step) / u128::from(STEPS)) as u64;
        let at = |place: u64| 1.0 + amplitude * libm::cos(TAU * place as f64 / length as f64);
        // ends are rounded down to whole nanoseconds, and the next one is still part of the bound
        let bounds = [at(place(step)), at(place(step + 1)), at(place(step + 1) + 1)];
        let least = bounds.into_iter().fold(f64::INFINITY, f64::min);
        let most = bounds.into_iter().fold(0.0, f64::max);
        let lower = if step + 1 == STEPS / 2 || step == STEPS / 2 {
            // the low itself, wherever in these two its nanosecond is
            1.0 - amplitude
        } else {
            least
        };
        let upper = most + MARGIN;
        Self {
            end: SimDuration::from_nanos(place(step + 1)),
            interval: Exponential::of_rate(rate * upper),
            lower: lower - MARGIN,
            upper,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;
    use crate::workload::law::check;

    const HOUR: SimDuration = SimDuration::from_secs(3600);

    fn day(rate: f64, amplitude: f64, name: &str) -> Diurnal {
        let stream = Streams::new(4).named(name);
        Diurnal::new(rate, amplitude, HOUR * 14, HOUR * 24, stream)
    }

    fn times(mut process: Diurnal, count: usize) -> Vec<SimTime> {
        std::iter::from_fn(|| process.next()).take(count).collect()
    }

    /// Arrivals of a mean rate of 1 from the start to `t` seconds, the peak being at 14 h.
    fn integral(t: f64, amplitude: f64) -> f64 {
        let wave = TAU / 86_400.0;
        let peak = 14.0 * 3600.0;
        t + amplitude / wave * (libm::sin(wave * (t - peak)) + libm::sin(wave * peak))
    }

    /// A Poisson process is one of rate 1 in the time that its integrated rate shows.
    #[test]
    fn in_the_time_of_the_integrated_rate_intervals_are_exponential() {
        for amplitude in [0.0, 0.5, 1.0] {
            let rate = 0.5;
            let times = times(day(rate, amplitude, "intervals"), 200_000);
            let mut last = 0.0;
            let mut gaps = Vec::new();
            for time in times {
                let now = rate * integral(time.as_secs_f64(), amplitude);
                gaps.push(now - last);
                last = now;
            }
            let name = format!("amplitude {amplitude}");
            check::moments(&name, &gaps, 1.0, 1.0);
            check::distribution(&name, &mut gaps, |x| -libm::expm1(-x));
        }
    }

    #[test]
    fn each_hour_of_the_day_has_the_share_of_the_integral() {
        let amplitude = 0.8;
        let days = 50;
        let mut found = [0usize; 24];
        let end = SimTime::ZERO + HOUR * (24 * days);
        let mut total = 0;
        let mut process = day(0.1, amplitude, "hours");
        while let Some(time) = process.next().filter(|&time| time < end) {
            found[(time.as_nanos() / HOUR.as_nanos() % 24) as usize] += 1;
            total += 1;
        }
        for (hour, found) in found.into_iter().enumerate() {
            let start = hour as f64 * 3600.0;
            let share =
                (integral(start + 3600.0, amplitude) - integral(start, amplitude)) / 86_400.0;
            check::count(&format!("hour {hour}"), found, total, share);
        }
    }

    #[test]
    fn the_rate_stays_within_the_staircases_at_every_nanosecond_of_a_short_period() {
        for length in [1, 2, 3, 255, 256, 257, 1000, 4099] {
            let period = SimDuration::from_nanos(length);
            let stream = Streams::new(5).named("short");
            let mut process = Diurnal::new(1.0, 1.0, SimDuration::ZERO, period, stream);
            for nanos in 0..length {
                process.phase = SimDuration::from_nanos(nanos);
                let place = process.steps.partition_point(|step| step.end <= process.phase);
                let (step, rate) = (process.steps[place], process.rate());
                assert!(step.lower < rate && rate < step.upper, "{nanos} of {length}: {step:?}");
            }
        }
    }
}
