//! A CPU shared by all that is there.
//!
//! * M/G/c-PS: the requests of one replica share the cores of its host equally, none using more
//!   than one. Neither the mean response nor its linearity in the size depends on the law
//!   (Kleinrock 1967, Cohen 1979), so the law is not exponential here.
//! * Given the job's size: jobs are containers of their own with equal weights, which share a core
//!   like the requests of a replica. Some of them all have the size asked about; those are a stream
//!   of their own, whose mean turnaround is the conditional mean.
//! * Discriminatory PS: the same with a CPU weight for each class (`cpu.shares`; Fayolle, Mitrani
//!   and Iasnogorodski 1980).

use super::control::Control;
use super::inputs::Inputs;
use super::metric::{Figure, Metric, distribution};
use super::setup::{Setup, law, span, traffic};
use super::system::{Course, System, relaxation, stable};

/// Squared variation of the demands: mostly short, sometimes long.
const SCV: f64 = 2.0;
/// Squared variation of the demands beside those of the size asked about, which are all alike.
const REST_SCV: f64 = 0.5;
/// Most cores of a host.
const MOST_CORES: u32 = 4096;

/// Equal shares.
pub fn egalitarian(inputs: &mut Inputs) -> Result<System, String> {
    let rate = inputs.positive("lambda")?;
    let mean = inputs.positive("mean_service")?;
    let cores = match inputs.optional_text("cores") {
        Some(text) => super::inputs::count("cores", &text, MOST_CORES)?,
        None => 1,
    };
    inputs.remark("PS");
    inputs.remark("any law");
    let load = stable(rate * mean / f64::from(cores))?;
    let course = Course::Steady { rate, relaxation: relaxation(load, mean, cores, SCV) };
    if let Some(size) = inputs.optional_positive("job_size")? {
        return Ok(System { course, ..given_size(rate, mean, cores, size) });
    }
    let app = format!("demand = {}\n{}", law(mean, SCV), traffic(rate));
    let mut metrics = vec![("mean_in_system".to_owned(), Metric::InFlight)];
    metrics.extend(distribution("response", Metric::Response));
    let setup = Setup::containers(1, cores).app("shared", &app);
    let controls = vec![Control::Requests(rate), Control::Work(load)];
    Ok(System { setup, course, controls, metrics })
}

/// Half of all jobs or half of all work, whichever is less, comes in jobs of `size`; the rest has
/// the mean that makes up for it.
fn given_size(rate: f64, mean: f64, cores: u32, size: f64) -> System {
    let part = f64::min(0.5, 0.5 * mean / size);
    let rest = (mean - part * size) / (1.0 - part);
    let sized = job(rate * part, &span(size), 1.0);
    let other = job(rate * (1.0 - part), &law(rest, REST_SCV), 1.0);
    let turnaround = Metric::Turnaround(0, Figure::Mean);
    System {
        setup: Setup::containers(1, cores).job("sized", &sized).job("other", &other),
        course: Course::Steady { rate, relaxation: 0.0 },
        controls: vec![
            Control::Jobs(0, rate * part),
            Control::Jobs(1, rate * (1.0 - part)),
            Control::Work(rate * mean / f64::from(cores)),
        ],
        metrics: vec![("mean_response_given_size".to_owned(), turnaround)],
    }
}

/// Shares by weight, exponential demands.
pub fn discriminatory(inputs: &mut Inputs) -> Result<System, String> {
    let mut setup = Setup::containers(1, 1);
    let (mut metrics, mut controls) = (Vec::new(), Vec::new());
    let (mut rate, mut load, mut second) = (0.0, 0.0, 0.0);
    for class in 1.. {
        let Some(lambda) = inputs.optional_positive(&format!("lambda{class}"))? else { break };
        let mu = inputs.positive(&format!("mu{class}"))?;
        let weight = inputs.positive(&format!("weight{class}"))?;
        let demand = law(1.0 / mu, 1.0);
        setup = setup.job(&format!("class{class}"), &job(lambda, &demand, weight));
        metrics.extend(distribution(&format!("response_class{class}"), |figure| {
            Metric::Turnaround(class - 1, figure)
        }));
        controls.push(Control::Jobs(class - 1, lambda));
        rate += lambda;
        load += lambda / mu;
        second += 2.0 * lambda / (mu * mu);
    }
    if metrics.is_empty() {
        return Err("`lambda1` is missing".to_owned());
    }
    inputs.remark("1 core");
    let load = stable(load)?;
    let mean = load / rate;
    let scv = second / rate / (mean * mean) - 1.0;
    let relaxation = relaxation(load, mean, 1, scv);
    controls.push(Control::Work(load));
    Ok(System { setup, course: Course::Steady { rate, relaxation }, controls, metrics })
}

fn job(rate: f64, demand: &str, weight: f64) -> String {
    format!(
        "arrivals = {{ poisson = \"{rate}/s\" }}\ndemand = {demand}\nweight = {weight:?}\n\
         cpu = {{ request = \"1m\" }}\n"
    )
}
