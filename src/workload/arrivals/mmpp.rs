//! Markov-modulated Poisson arrivals: bursts.
//!
//! The rate follows a Markov chain that goes round its states. Exact: within a state arrivals are
//! Poisson, and where the state ends before the next arrival, that arrival is forgotten and a new
//! one drawn at the rate of the next state, which the lack of memory allows. The chain has a
//! random stream of its own, so that it is the same at any scale of the rates.

use super::later;
use crate::engine::{SimDuration, SimTime, Stream};
use crate::workload::law::{self, Exponential};

#[derive(Clone, Copy, Debug)]
struct State {
    /// None where the rate is zero.
    interval: Option<Exponential>,
    sojourn: Exponential,
}

/// Poisson arrivals whose rate changes at random.
#[derive(Clone, Debug)]
pub struct Mmpp {
    states: Vec<State>,
    state: usize,
    /// When the current state ends.
    until: SimTime,
    last: SimTime,
    stream: Stream,
    chain: Stream,
}

impl Mmpp {
    /// A chain of states with their rates per second and mean sojourns, beginning in the first.
    /// States without duration are left out; `None` if nothing remains that could bring forth an
    /// arrival.
    pub(super) fn new(
        states: impl Iterator<Item = (f64, SimDuration)>,
        stream: Stream,
        mut chain: Stream,
    ) -> Option<Self> {
        let states: Vec<State> = states
            .filter(|(_, sojourn)| !sojourn.is_zero())
            .map(|(rate, sojourn)| State {
                interval: (rate > 0.0).then(|| Exponential::of_rate(rate)),
                sojourn: Exponential::new(sojourn),
            })
            .collect();
        states.iter().find(|state| state.interval.is_some())?;
        let first = law::round(states[0].sojourn.draw(&mut chain));
        let until = SimTime::ZERO.saturating_add(first);
        Some(Self { states, state: 0, until, last: SimTime::ZERO, stream, chain })
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<SimTime> {
        loop {
            if let Some(interval) = self.states[self.state].interval {
                let time = later(self.last, law::round(interval.draw(&mut self.stream)));
                if let Some(time) = time
                    && time < self.until
                {
                    self.last = time;
                    return Some(time);
                }
            }
            self.change_state()?;
        }
    }

    /// Goes to the next state; `None` when that begins after the end of time.
    fn change_state(&mut self) -> Option<()> {
        self.last = self.until;
        self.state = (self.state + 1) % self.states.len();
        let sojourn = self.states[self.state].sojourn.draw(&mut self.chain);
        self.until = self.until.saturating_add(law::round(sojourn));
        (self.last < SimTime::MAX).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ArrivalProcess;
    use crate::engine::{SimDuration, SimTime, Streams};
    use crate::scenario::Arrivals;
    use crate::units::Rate;

    fn process(rates: [f64; 2], sojourns: [f64; 2], scale: f64) -> ArrivalProcess {
        let arrivals = Arrivals::Mmpp {
            rates: rates.map(Rate).to_vec(),
            sojourns: sojourns.map(SimDuration::from_secs_f64).to_vec(),
        };
        ArrivalProcess::new(&arrivals, scale, Streams::new(3), "mmpp").unwrap()
    }

    /// Arrivals per window of this many seconds, over `windows` of them.
    fn counts(process: ArrivalProcess, window: f64, windows: usize) -> Vec<f64> {
        let mut counts = vec![0.0; windows];
        let place = |time: SimTime| (time.as_secs_f64() / window) as usize;
        for place in process.map(place).take_while(|&place| place < windows) {
            counts[place] += 1.0;
        }
        counts
    }

    /// Two states left at the rates s1 and s2 (Heffes and Lucantoni, IEEE JSAC 4(6), 1986): mean
    /// rate (l1 s2 + l2 s1) / s with s = s1 + s2, and the variance over the mean of the arrivals in
    /// a time t is 1 + 2 s1 s2 (l1 - l2)^2 / (s^2 (l1 s2 + l2 s1)) (1 - (1 - e^-st) / st).
    #[test]
    fn rate_and_index_of_dispersion_are_those_of_the_closed_form() {
        let (rates, sojourns) = ([40.0, 5.0], [0.5, 1.5]);
        let (windows, window) = (40_000, 2.0);
        let counts = counts(process(rates, sojourns, 1.0), window, windows);
        let mean = counts.iter().sum::<f64>() / windows as f64;
        let squares: Vec<f64> = counts.iter().map(|count| (count - mean).powi(2)).collect();
        let variance = squares.iter().sum::<f64>() / (windows - 1) as f64;

        let [l1, l2] = rates;
        let [s1, s2] = sojourns.map(|sojourn| 1.0 / sojourn);
        let s = s1 + s2;
        let flow = l1 * s2 + l2 * s1;
        let excess = 2.0 * s1 * s2 * (l1 - l2).powi(2) / (s * s * flow);
        let dispersion = |t: f64| 1.0 + excess * (1.0 + libm::expm1(-s * t) / (s * t));
        let expected = flow / s * window;
        // windows are correlated, so the error of their mean follows from the whole length
        let error = (dispersion(window * windows as f64) * expected / windows as f64).sqrt();
        assert!((mean - expected).abs() < 4.0 * error, "{mean} {expected} {error}");

        // correlation widens the error of the variance: by less than 1.2 at this window, since the
        // chain forgets e^(-s t) = 0.005 of itself in one; so five errors instead of four
        let fourth = squares.iter().map(|square| (square - variance).powi(2)).sum::<f64>();
        let error = fourth.sqrt() / windows as f64;
        let expected = dispersion(window) * expected;
        assert!((variance - expected).abs() < 5.0 * error, "{variance} {expected} {error}");
    }

    #[test]
    fn a_silent_state_brings_forth_nothing_and_the_chain_is_the_same_at_any_scale() {
        let bursts = |scale: f64| -> Vec<u64> {
            let times: Vec<u64> = process([1000.0, 0.0], [0.1, 10.0], scale)
                .take((2000.0 * scale) as usize)
                .map(SimTime::as_nanos)
                .collect();
            // a pause of a second is no interval of a rate of 1000/s
            let pause = |pair: &&[u64]| pair[1] - pair[0] > 1_000_000_000;
            times.windows(2).filter(pause).map(|pair| pair[1] / 100_000_000).collect()
        };
        let (once, tenfold) = (bursts(1.0), bursts(10.0));
        assert!(once.len() > 5);
        let common = once.len().min(tenfold.len()).min(5);
        // bursts begin at the same tenths of a second, give or take one
        for (a, b) in once[..common].iter().zip(&tenfold[..common]) {
            assert!(a.abs_diff(*b) <= 1, "{once:?} {tenfold:?}");
        }
    }
}
