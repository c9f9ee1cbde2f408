//! `[[job]]`: batch jobs.

use super::ranges::{positive, within};
use super::{Finding, apps, arrivals, laws, requests, resources};
use crate::scenario::Arrivals;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::units::Growth;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, job) in draft.jobs.iter() {
        let at = Path::element("job", index);
        apps::check_image(&job.image, at.key("image"), draft, out);
        arrivals::check_open(&job.arrivals, &at.key("arrivals"), "jobs", out);
        laws::check(&job.demand, &at.key("demand"), out);
        within(job.threads, &(1..=4096), at.key("threads"), "the number of threads", out);
        if let Arrivals::Trace(_) = job.arrivals {
            requests::check_job(job, &at, draft, out);
        } else {
            resources::check_cpu(&job.cpu, &at.key("cpu"), out);
            resources::check_memory(&job.memory, &at.key("memory"), out);
        }
        if job.memory.leak > Growth::NONE {
            let title = "a job does not leak memory here: it uses its `base` until it ends";
            out.push(Finding::new(at.key("memory").key("leak"), title));
        }
        if let Some(weight) = job.weight {
            positive(weight, 1e9, at.key("weight"), "the CPU weight", out);
        }
    }
}
