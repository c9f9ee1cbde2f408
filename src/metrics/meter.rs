//! Time-weighted gauges: the integral of a value that changes in steps.

use crate::engine::SimTime;

/// A value that holds until it is set anew, and its integral over time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    value: f64,
    since: SimTime,
    /// Integral up to `since`, in value times seconds.
    integral: f64,
    maximum: f64,
    /// Start of the measurement.
    start: SimTime,
}

impl Gauge {
    /// The value that holds now.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The largest value since the measurement started.
    pub fn maximum(&self) -> f64 {
        self.maximum
    }

    /// Sets the value from `now` on.
    pub fn set(&mut self, now: SimTime, value: f64) {
        self.settle(now);
        self.value = value;
        self.maximum = self.maximum.max(value);
    }

    /// Adds to the value from `now` on.
    pub fn add(&mut self, now: SimTime, change: f64) {
        self.set(now, self.value + change);
    }

    /// Integral from the start of the measurement to `now`, in value times seconds.
    pub fn integral(&self, now: SimTime) -> f64 {
        self.integral + self.value * now.since(self.since).as_secs_f64()
    }

    /// Time from the start of the measurement to `now`, in seconds.
    pub fn measured(&self, now: SimTime) -> f64 {
        now.since(self.start).as_secs_f64()
    }

    /// Mean from the start of the measurement to `now`; the present value where no time has passed.
    pub fn mean(&self, now: SimTime) -> f64 {
        let measured = self.measured(now);
        if measured > 0.0 { self.integral(now) / measured } else { self.value }
    }

    /// Starts the measurement anew at `now`, keeping the value.
    pub fn restart(&mut self, now: SimTime) {
        *self =
            Self { value: self.value, since: now, integral: 0.0, maximum: self.value, start: now };
    }

    fn settle(&mut self, now: SimTime) {
        self.integral = self.integral(now);
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> SimTime {
        SimTime::from_nanos(count * 1_000_000_000)
    }

    #[test]
    fn the_mean_weighs_each_value_by_how_long_it_held() {
        let mut gauge = Gauge::default();
        gauge.set(seconds(0), 4.0);
        gauge.set(seconds(1), 1.0);
        gauge.add(seconds(3), -1.0);
        // 4 for 1 s, 1 for 2 s, 0 for 1 s
        assert_eq!(gauge.mean(seconds(4)), 6.0 / 4.0);
        assert_eq!(gauge.maximum(), 4.0);
    }

    #[test]
    fn a_restart_forgets_the_past_but_not_the_value() {
        let mut gauge = Gauge::default();
        gauge.set(seconds(0), 4.0);
        gauge.restart(seconds(2));
        gauge.set(seconds(3), 2.0);
        assert_eq!(gauge.mean(seconds(4)), 3.0);
        assert_eq!(gauge.mean(seconds(4)), gauge.integral(seconds(4)) / 2.0);
    }
}
