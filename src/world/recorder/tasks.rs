//! Tasks and instances of a cluster of Amazon ECS over time.

use super::Recorder;
use crate::aws::ecs::control::ControlPlane;
use crate::engine::SimTime;
use crate::metrics::Gauge;

/// How many tasks and instances there are, and how far capacity is reserved.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct TaskRecord {
    /// Tasks that services want.
    pub desired: Gauge,
    pub running: Gauge,
    /// Tasks in PENDING or ACTIVATING.
    pub pending: Gauge,
    /// Tasks in PROVISIONING.
    pub provisioning: Gauge,
    /// Container instances that are registered.
    pub instances: Gauge,
    /// Of each capacity provider with managed scaling, what is reserved of its capacity; nothing
    /// where it has not been found yet.
    reservations: Vec<Reservation>,
    /// Integrals at the last point, and what came between it and the start of the measurement.
    last: [f64; GAUGES],
    unmeasured: [f64; GAUGES],
}

const GAUGES: usize = 5;

/// `CapacityProviderReservation` of a provider, which is found once a minute and holds until it is
/// found again.
#[derive(Clone, Copy, Debug)]
struct Reservation {
    provider: u32,
    /// As a share of the capacity.
    value: Option<f64>,
    since: SimTime,
    /// Value times seconds, and seconds in which there was one: of the current interval, and of the
    /// measured time.
    interval: [f64; 2],
    measured: [f64; 2],
}

impl Reservation {
    /// Settles the time until now.
    fn advance(&mut self, now: SimTime) {
        if let Some(value) = self.value {
            let held = now.since(self.since).as_secs_f64();
            for [sum, time] in [&mut self.interval, &mut self.measured] {
                *sum += value * held;
                *time += held;
            }
        }
        self.since = now;
    }

    /// The mean of the interval that ends; NaN where there was none.
    fn end_interval(&mut self, now: SimTime) -> f64 {
        self.advance(now);
        let [sum, time] = std::mem::take(&mut self.interval);
        if time > 0.0 { sum / time } else { f64::NAN }
    }
}

impl TaskRecord {
    /// Of a cluster in which these providers are scaled.
    pub fn new(providers: impl Iterator<Item = u32>) -> Self {
        let reservations = providers.map(|provider| Reservation {
            provider,
            value: None,
            since: SimTime::ZERO,
            interval: [0.0; 2],
            measured: [0.0; 2],
        });
        Self { reservations: reservations.collect(), ..Self::default() }
    }

    fn gauges(&mut self) -> [&mut Gauge; GAUGES] {
        [
            &mut self.desired,
            &mut self.running,
            &mut self.pending,
            &mut self.provisioning,
            &mut self.instances,
        ]
    }

    fn integrals(&mut self, now: SimTime) -> [f64; GAUGES] {
        self.gauges().map(|gauge| gauge.integral(now))
    }

    /// Means since the last point, which was so long ago: tasks desired, running, pending and
    /// provisioning, instances, and the reservation of each provider that is scaled.
    pub fn end_interval(&mut self, now: SimTime, elapsed: f64) -> Vec<f64> {
        let totals = self.integrals(now);
        let (last, unmeasured) = (self.last, std::mem::take(&mut self.unmeasured));
        self.last = totals;
        let counts = (0..GAUGES).map(|at| (totals[at] - last[at] + unmeasured[at]) / elapsed);
        let mut row: Vec<f64> = counts.collect();
        row.extend(self.reservations.iter_mut().map(|it| it.end_interval(now)));
        row
    }

    /// Everything is measured anew from here.
    pub fn restart(&mut self, now: SimTime) {
        let (totals, last) = (self.integrals(now), std::mem::take(&mut self.last));
        self.unmeasured = std::array::from_fn(|at| totals[at] - last[at]);
        for gauge in self.gauges() {
            gauge.restart(now);
        }
        for it in &mut self.reservations {
            it.advance(now);
            it.measured = [0.0; 2];
        }
    }

    /// What was reserved of the capacity of a provider, on average over the measured time.
    pub fn reservation(&self, provider: u32, now: SimTime) -> Option<f64> {
        let mut it = *self.reservations.iter().find(|it| it.provider == provider)?;
        it.advance(now);
        let [sum, time] = it.measured;
        (time > 0.0).then(|| sum / time)
    }
}

impl Recorder {
    /// Something has happened in a cluster: takes note of how many tasks and instances there are.
    pub fn tasks_and_instances(&mut self, now: SimTime, control: &ControlPlane) {
        let counts = control.counts();
        let values =
            [counts.desired, counts.running, counts.pending, counts.provisioning, counts.instances];
        for (gauge, value) in self.tasks.gauges().into_iter().zip(values.map(f64::from)) {
            if gauge.value() != value {
                gauge.set(now, value);
            }
        }
        for it in &mut self.tasks.reservations {
            let value = control.reservation(it.provider).map(|percent| percent / 100.0);
            if it.value != value {
                it.advance(now);
                it.value = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn means_of_intervals_weigh_values_by_their_time_across_the_start_of_the_measurement() {
        let mut record = TaskRecord::new(std::iter::once(3));
        record.running.set(at(0), 2.0);
        record.running.set(at(30), 4.0);
        record.restart(at(40));
        record.running.set(at(50), 0.0);
        // 2 for 30 s, 4 for 20 s, 0 for 10 s
        let row = record.end_interval(at(60), 60.0);
        assert_eq!(row[..5], [0.0, 140.0 / 60.0, 0.0, 0.0, 0.0]);
        assert!(row[5].is_nan());
        // since the measurement began: 4 for 10 s, 0 for 10 s
        assert_eq!(record.running.mean(at(60)), 2.0);
    }

    #[test]
    fn a_reservation_holds_until_it_is_found_anew_and_is_missing_before() {
        let mut record = TaskRecord::new(std::iter::once(0));
        let it = &mut record.reservations[0];
        it.advance(at(20));
        it.value = Some(2.0);
        // nothing for 20 s, 200 % for 40 s
        assert_eq!(it.end_interval(at(60)), 2.0);
        it.advance(at(80));
        it.value = Some(0.5);
        // 200 % for 20 s, 50 % for 40 s
        assert_eq!(it.end_interval(at(120)), 1.0);
        // of the hundred seconds 200 % for 60 and 50 % for 40
        assert_eq!(record.reservation(0, at(120)), Some(1.4));
        record.restart(at(120));
        assert_eq!(record.reservation(0, at(120)), None);
        assert_eq!(record.reservation(0, at(180)), Some(0.5));
    }
}
