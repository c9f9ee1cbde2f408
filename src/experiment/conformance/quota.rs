//! CFS bandwidth control: one job whose threads use up the quota of each period until they are
//! done.
//!
//! No chance is involved, so the time must come out to the nanosecond
//! (Linux, `Documentation/scheduler/sched-bwc.rst`).

use super::inputs::Inputs;
use super::metric::{Figure, Metric};
use super::setup::{Setup, span};
use super::system::{Course, System};

/// Most threads: the cores of the largest host.
const MOST_THREADS: u32 = 4096;

/// A job of one thread (`cpu_demand_s`), or of several (`threads`, `demand_each_s`).
pub fn system(inputs: &mut Inputs) -> Result<System, String> {
    let (threads, demand) = match inputs.optional_positive("cpu_demand_s")? {
        Some(demand) => (1, demand),
        None => (inputs.count("threads", MOST_THREADS)?, inputs.positive("demand_each_s")?),
    };
    let quota = inputs.positive("quota_s")?;
    let period = inputs.positive("period_s")?;
    let millicores = quota / period * 1000.0;
    if (millicores - millicores.round()).abs() > 1e-6 {
        return Err(format!(
            "a quota of {quota} s in {period} s is {millicores} millicores; CPU limits are whole \
             millicores"
        ));
    }
    let (millicores, demand_text, period_text) = (millicores.round(), span(demand), span(period));
    let job = format!(
        "arrivals = {{ at = [\"0s\"] }}\ndemand = {demand_text}\nthreads = {threads}\n\
         cpu = {{ request = \"1m\", limit = \"{millicores}m\", period = {period_text} }}\n"
    );
    let work = demand * f64::from(threads);
    // each period gets the whole quota done, or as much as the threads can use of it
    let per_period = quota.min(period * f64::from(threads));
    let longest = (work / per_period + 2.0) * period;
    Ok(System {
        setup: Setup::containers(1, threads).job("throttled", &job),
        course: Course::Once(longest),
        controls: Vec::new(),
        metrics: vec![("wall_time_s".to_owned(), Metric::Turnaround(0, Figure::Max))],
    })
}
