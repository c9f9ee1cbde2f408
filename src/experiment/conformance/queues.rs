//! Queues served in the order of arrival: one replica whose `concurrency` is the number of servers,
//! in a container on a host with as many cores.
//!
//! Closed forms: Erlang C for M/M/c (Gross and Harris, Fundamentals of Queueing Theory, chapter 2),
//! Pollaczek and Khinchine for M/G/1.

use super::control::Control;
use super::inputs::{self, Inputs};
use super::metric::{Metric, distribution};
use super::setup::{Setup, law, traffic};
use super::system::{Course, System, relaxation, stable};

/// Most servers: the cores of the largest host.
const MOST_SERVERS: u32 = 4096;

/// A model named `M/…/…`; `None` where the name is no such name.
pub fn first_come_first_served(name: &str, inputs: &mut Inputs) -> Option<Result<System, String>> {
    // `M/H2/1 scv=4`: the squared coefficient of variation is among the inputs as well
    let (name, stated) = match name.split_once(' ') {
        None => (name, None),
        Some((name, rest)) => (name, Some(rest.strip_prefix("scv=")?)),
    };
    let parts: Vec<&str> = name.split('/').collect();
    let ["M", service, servers] = parts[..] else { return None };
    let servers = match servers {
        "c" => None,
        number => Some(number.parse::<u32>().ok()?),
    };
    let service = Service::of(service)?;
    Some(build(service, servers, stated, inputs))
}

/// The service laws of Kendall's notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Exponential,
    Deterministic,
    Erlang(u32),
    Hyperexponential,
    General,
}

impl Service {
    fn of(letters: &str) -> Option<Self> {
        match letters {
            "M" => Some(Self::Exponential),
            "D" => Some(Self::Deterministic),
            "H2" => Some(Self::Hyperexponential),
            "G" => Some(Self::General),
            _ => letters.strip_prefix('E')?.parse().ok().filter(|&k| k > 0).map(Self::Erlang),
        }
    }

    /// The squared coefficient of variation, which must be the `stated` one where it is implied.
    fn scv(self, stated: Option<f64>) -> Result<f64, String> {
        let implied = match self {
            Self::Exponential => 1.0,
            Self::Deterministic => 0.0,
            Self::Erlang(stages) => 1.0 / f64::from(stages),
            Self::General => return stated.ok_or_else(|| "`scv` is missing".to_owned()),
            Self::Hyperexponential => {
                let scv = stated.ok_or_else(|| "`scv` is missing".to_owned())?;
                let fits = scv > 1.0;
                return fits.then_some(scv).ok_or_else(|| format!("no H2 law has scv = {scv}"));
            }
        };
        match stated {
            Some(stated) if (stated - implied).abs() > 1e-3 => {
                Err(format!("the law of this model has scv = {implied}, not {stated}"))
            }
            _ => Ok(implied),
        }
    }
}

fn build(
    service: Service,
    servers: Option<u32>,
    stated: Option<&str>,
    inputs: &mut Inputs,
) -> Result<System, String> {
    let rate = inputs.positive("lambda")?;
    let mean_service = match inputs.optional_positive("mu")? {
        Some(mu) => 1.0 / mu,
        None => inputs.positive("mean_service")?,
    };
    let c = inputs.count("c", MOST_SERVERS)?;
    if let Some(named) = servers.filter(|&named| named != c) {
        return Err(format!("the model has {named} server, the inputs have c = {c}"));
    }
    inputs.remark("FCFS");
    if let Some(other) = inputs.optional_text("discipline").filter(|text| text != "FCFS") {
        return Err(format!("the discipline must be FCFS, not {other}"));
    }
    let scv = scv_stated(stated, inputs)?;
    let scv = service.scv(scv)?;
    let load = stable(rate * mean_service / f64::from(c))?;
    let app = format!("concurrency = {c}\ndemand = {}\n{}", law(mean_service, scv), traffic(rate));
    Ok(System {
        setup: Setup::containers(1, c).app("queue", &app),
        course: Course::Steady { rate, relaxation: relaxation(load, mean_service, c, scv) },
        controls: vec![Control::Requests(rate), Control::Work(load)],
        metrics: metrics(),
    })
}

fn scv_stated(in_name: Option<&str>, inputs: &mut Inputs) -> Result<Option<f64>, String> {
    let read = |text: &str| match text {
        "0" => Ok(0.0),
        text => inputs::positive("scv", text),
    };
    let in_inputs = inputs.optional_text("scv").map(|text| read(&text)).transpose()?;
    let in_name = in_name.map(read).transpose()?;
    match (in_name, in_inputs) {
        (Some(one), Some(other)) if one != other => {
            Err(format!("the name says scv = {one}, the inputs say {other}"))
        }
        (in_name, in_inputs) => Ok(in_inputs.or(in_name)),
    }
}

fn metrics() -> Vec<(String, Metric)> {
    let mut metrics = vec![
        ("P_wait".to_owned(), Metric::Waited),
        ("mean_in_system".to_owned(), Metric::InFlight),
    ];
    metrics.extend(distribution("wait", Metric::Wait));
    metrics.extend(distribution("response", Metric::Response));
    metrics
}
