//! Availability of k out of n: one replica on each of n hosts that fail on their own, and a quorum.

use super::inputs::Inputs;
use super::metric::Metric;
use super::setup::{Setup, span};
use super::system::{Course, System};

/// Most hosts.
const MOST_HOSTS: u32 = 1000;

/// Each host is up for an exponential time and down for a fixed one, which varies less and is as
/// good: only means matter. One round takes a second on average.
pub fn system(inputs: &mut Inputs) -> Result<System, String> {
    let hosts = inputs.count("n", MOST_HOSTS)?;
    let quorum = inputs.count("k", hosts)?;
    let up = inputs.positive("node_availability")?;
    if up >= 1.0 {
        return Err(format!("`node_availability` must be below one, not {up}"));
    }
    let app = format!("replicas = {hosts}\nquorum = {quorum}\nspread = true\n");
    let fault = format!(
        "\n[[fault]]\nkind.random.time_to_failure.exponential.mean = {}\n\
         kind.random.time_to_repair = {}\n",
        span(up),
        span(1.0 - up)
    );
    Ok(System {
        setup: Setup::containers(hosts, 1).app("service", &app).with(&fault),
        course: Course::Steady { rate: f64::from(hosts), relaxation: 1.0 },
        controls: Vec::new(),
        metrics: vec![("availability".to_owned(), Metric::Availability)],
    })
}
