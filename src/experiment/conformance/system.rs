//! From a row of the table to a scenario: which model it is, and what can be measured of it.

use super::control::Control;
use super::inputs::Inputs;
use super::metric::Metric;
use super::setup::Setup;
use super::{availability, loss, networks, processor_sharing, queues, quota};

/// A system of the table, ready to be simulated.
#[derive(Clone, Debug)]
pub struct System {
    /// Its scenario.
    pub setup: Setup,
    /// How long it must be simulated.
    pub course: Course,
    /// What is known of its inputs beforehand.
    pub controls: Vec<Control>,
    /// What can be measured, under the names that the table has for it.
    pub metrics: Vec<(String, Metric)>,
}

/// How a system goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// For ever, at random: measured over long times, after the start is forgotten.
    Steady {
        /// Jobs per second: what a run is measured in.
        rate: f64,
        /// Time in seconds in which the memory of a state fades by a factor of e.
        relaxation: f64,
    },
    /// Once, without chance, within so many seconds.
    Once(f64),
}

impl System {
    /// What is called `name` in the table.
    pub fn metric(&self, name: &str) -> Option<Metric> {
        self.metrics.iter().find(|(known, _)| known == name).map(|&(_, metric)| metric)
    }

    /// The system that a row describes.
    ///
    /// # Errors
    /// When the model is unknown, or its parameters are not ones it has.
    pub fn recognise(model: &str, inputs: &str) -> Result<Self, String> {
        let mut inputs = Inputs::parse(inputs)?;
        // in brackets or after a comma stand remarks, such as `(Erlang B, any service law)`
        let name = model.split([',', '(']).next().unwrap_or(model).trim();
        let system = if let Some(system) = by_name(name, &mut inputs) {
            system?
        } else {
            return Err(format!("there is no model `{name}`; known are {KNOWN}"));
        };
        inputs.finish()?;
        Ok(system)
    }
}

/// The models, as the message for an unknown one lists them.
const KNOWN: &str = "M/M/c, M/D/1, M/E2/1, M/H2/1, M/G/1 (with numbers or letters in their \
                     places), M/G/1-PS, M/G/c-PS, M/M/1-DPS, M/G/c/c, M/G/inf, Kaufman-Roberts, \
                     Fork-join, Tandem, CFS quota, k-of-n availability";

fn by_name(name: &str, inputs: &mut Inputs) -> Option<Result<System, String>> {
    Some(match name {
        "M/G/c/c" | "Erlang B" => loss::erlang(inputs),
        "M/G/inf" => loss::unlimited(inputs),
        "M/G/1-PS" | "M/G/c-PS" => processor_sharing::egalitarian(inputs),
        "CFS quota" => quota::system(inputs),
        "k-of-n availability" => availability::system(inputs),
        _ if name.starts_with("M/M/1-DPS") => processor_sharing::discriminatory(inputs),
        _ if name.starts_with("Kaufman-Roberts") => loss::classes(inputs),
        _ if name.starts_with("Fork-join") => networks::fork_join(name, inputs),
        _ if name.starts_with("Tandem") => networks::tandem(inputs),
        _ => queues::first_come_first_served(name, inputs)?,
    })
}

/// A load of the servers must be below one, or there is no steady state.
pub fn stable(load: f64) -> Result<f64, String> {
    if load < 1.0 {
        Ok(load)
    } else {
        Err(format!("with a load of {load} there is no steady state"))
    }
}

/// Relaxation time of a queue with `servers` at `load` in seconds. Exact for the slowest mode of
/// M/M/1, 1 / (mu (1 - sqrt(rho))^2); a service law that varies more stretches it as it stretches
/// the queue, by (1 + scv) / 2; and it is never shorter than a service.
pub fn relaxation(load: f64, mean_service: f64, servers: u32, scv: f64) -> f64 {
    let slowness = 1.0 - load.sqrt();
    let stretch = f64::midpoint(1.0, scv).max(1.0);
    mean_service * stretch * (1.0 / (f64::from(servers) * slowness * slowness)).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(model: &str, inputs: &str) -> String {
        System::recognise(model, inputs).expect_err(inputs)
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_reason() {
        let cases = [
            ("M/X/1", "lambda=0.5;mu=1;c=1", "no model `M/X/1`"),
            ("G/G/1", "lambda=0.5;mu=1;c=1", "no model `G/G/1`"),
            ("M/M/c", "lambda=0.5;mu=1", "`c` is missing"),
            ("M/M/c", "lambda=0.5;mu=1;c=1;discipline=LCFS", "discipline"),
            ("M/M/c", "lambda=2;mu=1;c=2", "no steady state"),
            ("M/M/1", "lambda=0.5;mu=1;c=2", "1 server"),
            ("M/D/1", "lambda=0.5;mean_service=1;c=1;FCFS;scv=1", "scv"),
            ("M/G/1", "lambda=0.5;mean_service=1;c=1;FCFS", "`scv` is missing"),
            ("M/M/c", "lambda=0.5;mu=1;c=1;patience=3", "`patience` has no meaning"),
            ("Tandem M/M/1 (Jackson)", "lambda=0.5;mu=1,0.4", "no steady state"),
            ("Fork-join n x M/M/1", "lambda=0.5;mu=1", "number of branches"),
            ("k-of-n availability", "k=3;n=2;node_availability=0.9", "k"),
            ("k-of-n availability", "k=1;n=2;node_availability=1.5", "below one"),
        ];
        for (model, inputs, expected) in cases {
            let said = problem(model, inputs);
            assert!(said.contains(expected), "{model} {inputs}: {said}");
        }
    }

    #[test]
    fn the_relaxation_time_of_a_busy_single_server_is_that_of_its_slowest_mode() {
        // rho = 0.81: (1 - 0.9)^-2 = 100 services
        assert!((relaxation(0.81, 2.0, 1, 1.0) - 200.0).abs() < 1e-9);
        assert_eq!(relaxation(0.01, 2.0, 8, 1.0), 2.0);
    }
}
