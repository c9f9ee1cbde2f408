//! Metrics that a sweep has charts of, and the questions those answer.

use super::charts::Whose;

/// A metric in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// As figures have it.
    pub name: &'static str,
    /// The question a chart of it answers; `@` stands for the app, with the word before it.
    question: &'static str,
    /// What stands before the name of an app.
    preposition: &'static str,
    /// Its name for people.
    caption: &'static str,
}

const fn metric(
    name: &'static str,
    question: &'static str,
    preposition: &'static str,
    caption: &'static str,
) -> Metric {
    Metric { name, question, preposition, caption }
}

/// Those that people ask for, the first of them first.
pub const SHOWN: [Metric; 23] = [
    metric(
        "density",
        "How many replicas@ does one host carry at the SLO",
        "of",
        "replicas per host at the SLO",
    ),
    metric("hosts_needed", "How many hosts does the fleet need", "of", "hosts needed"),
    metric("latency_p99", "How long do the slowest requests@ take", "to", "p99 latency"),
    metric(
        "success_ratio",
        "How many of the requests@ succeed",
        "to",
        "share of requests that succeed",
    ),
    metric("cost_per_hour", "What does it cost", "of", "cost per hour"),
    metric(
        "slo_met",
        "How often are all objectives met",
        "of",
        "share of runs that met all objectives",
    ),
    metric(
        "turnaround_mean",
        "How long do jobs@ take from arrival to end",
        "of",
        "mean turnaround",
    ),
    metric("replicas_ready", "How many replicas@ are ready", "of", "replicas ready"),
    metric("availability", "How much of the time is a replica@ there", "of", "availability"),
    metric("hosts_used", "How many hosts are used", "of", "hosts used"),
    metric("cpu_utilisation", "How busy are the hosts", "of", "CPU utilisation of the hosts used"),
    metric(
        "cpu_ready",
        "How long do virtual CPUs wait for a core",
        "of",
        "CPU ready, share of time",
    ),
    metric("energy", "How much energy do the hosts use", "of", "energy"),
    metric("gpus_allocated", "How many of the GPUs are allocated", "of", "GPUs allocated"),
    metric("gpu_fragments", "How many GPUs are free and of no use", "of", "GPUs of no use"),
    metric(
        "items_rejected_share",
        "How many of the items are turned away",
        "of",
        "share of items turned away",
    ),
    metric("host_hours", "How many host-hours does it take", "of", "host-hours"),
    metric(
        "host_hours_ratio",
        "How many host-hours does it take for each that is needed",
        "of",
        "host-hours to the fewest possible",
    ),
    metric("cost", "What do the hosts cost in all", "of", "cost of the whole run"),
    metric(
        "memory_stranded",
        "How much memory is free where other kinds are used up",
        "of",
        "memory stranded, share of all",
    ),
    metric("items_lost", "How many items are lost with their hosts", "of", "items lost"),
    metric(
        "drain_time_mean",
        "How long does it take until all items have left a drained host",
        "of",
        "mean time of a drain",
    ),
    metric("hosts_max", "How many hosts are in use at most", "of", "hosts in use at most"),
];

impl Metric {
    /// `How long do the slowest requests to web take in containers?`
    pub fn question(&self, whose: &Whose) -> String {
        let app = self.app(whose);
        format!("{}{}?", self.question.replace('@', &app), cluster(whose))
    }

    /// What an axis of it measures.
    pub fn axis(&self) -> String {
        match self.name.starts_with("latency_") {
            // where few are answered, those may be fast
            true => format!("{} of answered requests", self.caption),
            false => self.caption.to_owned(),
        }
    }

    /// `How does the p99 latency of web in containers change with traffic?`
    pub fn change(&self, whose: &Whose, parameter: &str) -> String {
        let app = match whose.app.as_str() {
            "" => String::new(),
            app => format!(" of {app}"),
        };
        format!("How does the {}{app}{} change with {parameter}?", self.caption, cluster(whose))
    }

    fn app(&self, whose: &Whose) -> String {
        match whose.app.as_str() {
            "" => String::new(),
            app => format!(" {} {app}", self.preposition),
        }
    }
}

fn cluster(whose: &Whose) -> String {
    whose.cluster.as_ref().map_or(String::new(), |cluster| format!(" in {cluster}"))
}
