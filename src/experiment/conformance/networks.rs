//! Several queues: apps that call one another, each one replica with one worker.
//!
//! An app in front, which itself takes no time, calls the others: all at once for the fork-join of
//! Flatto and Hahn (mean by Nelson and Tantawi 1988), one after another for Jackson's tandem.

use super::control::Control;
use super::inputs::{self, Inputs};
use super::metric::{Metric, distribution};
use super::setup::{Setup, law, traffic};
use super::system::{Course, System, relaxation, stable};

/// Most stations of a network.
const MOST_STATIONS: u32 = 64;

/// A request is answered when all its parts are; `name` says how many: `Fork-join 2 x M/M/1`.
pub fn fork_join(name: &str, inputs: &mut Inputs) -> Result<System, String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let ["Fork-join", branches, "x", "M/M/1"] = words[..] else {
        return Err(format!("`{name}` must be like `Fork-join 2 x M/M/1`"));
    };
    let branches = inputs::count("number of branches", branches, MOST_STATIONS)?;
    let rate = inputs.positive("lambda")?;
    let text = inputs.text("mu")?;
    let mu = inputs::positive("mu", text.trim_end_matches("each").trim())?;
    network(rate, &vec![mu; branches as usize], |names| format!("[[{}]]", names.join(", ")))
}

/// A request passes one station after another.
pub fn tandem(inputs: &mut Inputs) -> Result<System, String> {
    let rate = inputs.positive("lambda")?;
    let mus = inputs.list("mu")?;
    if mus.len() > MOST_STATIONS as usize {
        return Err(format!("there are more than {MOST_STATIONS} stations"));
    }
    network(rate, &mus, |names| format!("[[{}]]", names.join("], [")))
}

fn network(rate: f64, mus: &[f64], calls: impl Fn(&[String]) -> String) -> Result<System, String> {
    let names: Vec<String> = (1..=mus.len()).map(|station| format!("\"{station}\"")).collect();
    let front = format!("calls = {}\n{}", calls(&names), traffic(rate));
    let mut setup = Setup::containers(1, mus.len() as u32).app("front", &front);
    let (mut slowest, mut work): (f64, f64) = (0.0, 0.0);
    for (index, mu) in mus.iter().enumerate() {
        let load = stable(rate / mu)?;
        work += load;
        slowest = slowest.max(relaxation(load, 1.0 / mu, 1, 1.0));
        let station = format!("concurrency = 1\ndemand = {}\n", law(1.0 / mu, 1.0));
        setup = setup.app(&(index + 1).to_string(), &station);
    }
    let mut metrics = vec![("mean_in_system".to_owned(), Metric::InFlight)];
    metrics.extend(distribution("response", Metric::Response));
    // what one station lets out is what reaches the next, so their memories add up at worst
    let relaxation = slowest * if mus.len() > 1 { 2.0 } else { 1.0 };
    let controls = vec![Control::Requests(rate), Control::Work(work / mus.len() as f64)];
    Ok(System { setup, course: Course::Steady { rate, relaxation }, controls, metrics })
}
