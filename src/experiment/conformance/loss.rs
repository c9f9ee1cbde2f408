//! Systems without a queue: what finds no room is turned away, or there is always room.
//!
//! * Erlang B: one replica with `concurrency` places and a backlog of none.
//! * Kaufman and Roberts: VMs of several sizes on one hypervisor host, rejected when it is full.
//! * M/G/inf: a replica without limit on a host with more cores than are ever busy.
//!
//! All three do not depend on the law of the service beyond its mean, so none is exponential here.

use super::control::Control;
use super::inputs::{self, Inputs};
use super::metric::{Metric, distribution};
use super::setup::{Setup, law, traffic};
use super::system::{Course, System};

/// Squared variation of the service times. Not that of the exponential law, so that a system that
/// does depend on the law is found out; and little, since the less they vary, the sooner a state is
/// forgotten and the more a run says.
const SCV: f64 = 0.5;
/// Squared variation of the lifetimes of every other class of VMs: mostly short, sometimes long.
const LARGE_SCV: f64 = 2.0;
/// Most servers or vCPUs: the cores of the largest host.
const MOST: u32 = 4096;
/// Most classes of VMs.
const MOST_CLASSES: usize = 64;

/// The state of a system without a queue is forgotten with the services under way: the rest of one
/// lasts (1 + scv) / 2 means on average; twice that, for the tail.
fn relaxation(mean_service: f64, scv: f64) -> f64 {
    mean_service * (1.0 + scv)
}

/// Erlang's loss system, in units of the mean service time.
pub fn erlang(inputs: &mut Inputs) -> Result<System, String> {
    let load = inputs.positive("offered_load")?;
    let places = inputs.count("c", MOST)?;
    let (demand, traffic) = (law(1.0, SCV), traffic(load));
    let app = format!("concurrency = {places}\nbacklog = 0\ndemand = {demand}\n{traffic}");
    Ok(System {
        setup: Setup::containers(1, places).app("loss", &app),
        course: Course::Steady { rate: load, relaxation: relaxation(1.0, SCV) },
        controls: vec![Control::Requests(load)],
        metrics: vec![
            ("P_block".to_owned(), Metric::Refused),
            ("mean_busy".to_owned(), Metric::InFlight),
        ],
    })
}

/// As many servers as are wanted.
pub fn unlimited(inputs: &mut Inputs) -> Result<System, String> {
    let rate = inputs.positive("lambda")?;
    let mean_service = inputs.positive("mean_service")?;
    let busy = rate * mean_service;
    // ten standard deviations of the Poisson law above its mean
    let cores = busy + 10.0 * busy.sqrt() + 20.0;
    if cores > f64::from(MOST) {
        return Err(format!("{busy} busy servers are more than one host has"));
    }
    let app = format!("demand = {}\n{}", law(mean_service, SCV), traffic(rate));
    let mut metrics = vec![("mean_busy".to_owned(), Metric::InFlight)];
    metrics.extend(distribution("response", Metric::Response));
    Ok(System {
        setup: Setup::containers(1, cores as u32).app("unlimited", &app),
        course: Course::Steady { rate, relaxation: relaxation(mean_service, SCV) },
        // the work done is what is busy: known beforehand, it would be the answer
        controls: vec![Control::Requests(rate)],
        metrics,
    })
}

/// VMs of several sizes, in units of their mean lifetime.
pub fn classes(inputs: &mut Inputs) -> Result<System, String> {
    let cores = inputs.count("host_vcpus", MOST)?;
    let text = inputs.text("classes(offered_erlangs,vcpus)")?;
    let mut setup = Setup::hypervisor(cores);
    let mut metrics: Vec<(String, Metric)> = Vec::new();
    let (mut rate, mut controls) = (0.0, Vec::new());
    for (index, class) in text.split('|').enumerate() {
        let (erlangs, vcpus) = class.split_once(',').ok_or_else(|| {
            format!("a class is `offered_erlangs,vcpus`, such as `4,2`, not `{class}`")
        })?;
        let erlangs = inputs::positive("offered_erlangs", erlangs.trim())?;
        let vcpus = inputs::count("vcpus", vcpus.trim(), cores.min(1024))?;
        if index >= MOST_CLASSES {
            return Err(format!("there are more than {MOST_CLASSES} classes"));
        }
        // any law will do: the sizes take turns between much and little variation
        let lifetime = law(1.0, if index.is_multiple_of(2) { SCV } else { LARGE_SCV });
        setup = setup.vm(&format!("class{}", index + 1), vcpus, erlangs, &lifetime);
        rate += erlangs;
        controls.push(Control::Vms(index, erlangs));
        reject(&mut metrics, vcpus, index);
    }
    metrics.push(("mean_busy_vcpus".to_owned(), Metric::BusyVcpus));
    let course = Course::Steady { rate, relaxation: relaxation(1.0, LARGE_SCV) };
    Ok(System { setup, course, controls, metrics })
}

/// Counts a class to the VMs of its size.
fn reject(metrics: &mut Vec<(String, Metric)>, vcpus: u32, class: usize) {
    let name = format!("P_reject_{vcpus}vcpu");
    let same = metrics.iter_mut().find(|(other, _)| *other == name);
    if let Some((_, Metric::VmsRejected(mask))) = same {
        *mask |= 1 << class;
    } else {
        metrics.push((name, Metric::VmsRejected(1 << class)));
    }
}
