//! `[[job]]`: batch jobs.

use super::ranges::{positive, within};
use super::{Finding, apps, arrivals, laws, resources};
use crate::scenario::load::Draft;
use crate::scenario::path::Path;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, job) in draft.jobs.iter() {
        let at = Path::element("job", index);
        apps::check_image(&job.image, at.key("image"), draft, out);
        arrivals::check_open(&job.arrivals, &at.key("arrivals"), "jobs", out);
        laws::check(&job.demand, &at.key("demand"), out);
        within(job.threads, &(1..=4096), at.key("threads"), "the number of threads", out);
        resources::check_cpu(&job.cpu, &at.key("cpu"), out);
        resources::check_memory(&job.memory, &at.key("memory"), out);
        if let Some(weight) = job.weight {
            positive(weight, 1e9, at.key("weight"), "the CPU weight", out);
        }
    }
}
