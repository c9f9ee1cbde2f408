//! The answer in a sentence: which platform carries most, and whether the objectives are met.

mod placement;

use super::comparison::measures::misses;
use super::quantity::{count, duration, money, number, percent};
use crate::metrics::RunResult;
use crate::metrics::summary::{ClusterSummary, DensitySummary};

/// What a reader in a hurry takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub headline: String,
    /// Further sentences.
    pub support: Vec<String>,
}

impl Verdict {
    /// The verdict on a run.
    pub fn of(result: &RunResult) -> Self {
        let all: Vec<_> = result.recordings.iter().map(|r| &r.summary).collect();
        let mut sentences = [density(&all), objectives(&all), utilisation(&all), cheapest(&all)]
            .into_iter()
            .flatten();
        Self {
            headline: sentences
                .next()
                .or_else(|| readiness(&all))
                .or_else(|| completion(&all))
                .or_else(|| pods(&all))
                .or_else(|| placement::sentence(&all))
                .unwrap_or_else(|| "Nothing ran that could be compared.".into()),
            support: sentences.collect(),
        }
    }
}

/// Which cluster carries most replicas of an app per host while its objectives hold.
fn density(all: &[&ClusterSummary]) -> Option<String> {
    let mut ranked: Vec<(&str, &DensitySummary)> =
        all.iter().filter_map(|s| Some((s.cluster.as_str(), s.density.as_ref()?))).collect();
    // stable: the order of the scenario among equals
    ranked.sort_by_key(|(_, density)| std::cmp::Reverse(density.replicas_per_host));
    let (first, best) = *ranked.first()?;
    let app = &best.app;
    let most = best.replicas_per_host;
    if most == 0 {
        return Some(format!(
            "No cluster meets the SLO of {app}, not even with one replica per host."
        ));
    }
    let replicas = format!("{} of {app} per host at the SLO", replicas(most));
    let ties = ranked.iter().take_while(|r| r.1.replicas_per_host == most).count();
    let others = &ranked[ties..];
    let sentence = match (ranked.len(), ties) {
        (1, _) => format!("{first} carries {replicas}, limited by {}.", best.limited_by),
        (_, 1) => format!("{first} carries the most: {replicas}, {}.", ratios(most, others)),
        _ => {
            let names = list(ranked[..ties].iter().map(|r| r.0.to_owned()).collect());
            let rest = match others {
                [] => String::new(),
                others => format!(", {}", ratios(most, others)),
            };
            format!("{names} carry the same: {replicas} each{rest}.")
        }
    };
    Some(sentence)
}

fn replicas(number: u32) -> String {
    match number {
        1 => "1 replica".into(),
        more => format!("{} replicas", count(more.into())),
    }
}

/// `1.46 times b (28) and 1.14 times c (36), while d cannot meet it at all`; the two ends where
/// there are more than three.
fn ratios(most: u32, others: &[(&str, &DensitySummary)]) -> String {
    let (able, unable): (Vec<_>, Vec<_>) =
        others.iter().partition(|(_, density)| density.replicas_per_host > 0);
    let ratio = |(name, density): &(&str, &DensitySummary)| {
        let times = number(f64::from(most) / f64::from(density.replicas_per_host));
        format!("{times} times {name} ({})", count(density.replicas_per_host.into()))
    };
    let compared = match able.as_slice() {
        [] => None,
        [next, .., last] if able.len() > 3 => {
            Some(format!("from {} to {}", ratio(next), ratio(last)))
        }
        few => Some(list(few.iter().map(ratio).collect())),
    };
    let names: Vec<_> = unable.iter().map(|(name, _)| (*name).to_owned()).collect();
    let failed =
        (!names.is_empty()).then(|| format!("while {} cannot meet it at all", list(names)));
    compared.into_iter().chain(failed).collect::<Vec<_>>().join(", ")
}

/// Where the replicas of an app are ready soonest and latest.
fn readiness(all: &[&ClusterSummary]) -> Option<String> {
    let apps = all.first()?.apps.iter().map(|app| app.name.as_str());
    let ready = |summary: &ClusterSummary, name: &str| {
        summary.apps.iter().find(|app| app.name == name)?.start_up.p50
    };
    soonest(all, apps, ready, |app| format!("Half of the replicas of {app} are ready"))
}

/// Where the jobs of a stream are completed soonest and latest.
fn completion(all: &[&ClusterSummary]) -> Option<String> {
    let jobs = all.first()?.jobs.iter().map(|job| job.name.as_str());
    let done = |summary: &ClusterSummary, name: &str| {
        summary.jobs.iter().find(|job| job.name == name)?.turnaround.p50
    };
    soonest(all, jobs, done, |job| format!("Half of the jobs of {job} are completed"))
}

/// On which cluster what these names stand for comes about soonest, and on which latest, by its
/// median time; of several, what differs most.
fn soonest<'n>(
    all: &[&ClusterSummary],
    names: impl Iterator<Item = &'n str>,
    median: impl Fn(&ClusterSummary, &str) -> Option<f64>,
    what: impl Fn(&str) -> String,
) -> Option<String> {
    let ranked = names.filter_map(|name| {
        let of = all.iter().filter_map(|it| Some((median(it, name)?, &it.cluster)));
        let medians: Vec<(f64, &String)> = of.collect();
        let first = *medians.iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let last = *medians.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((name, first, last))
    });
    let (name, first, last) = ranked.max_by(|a, b| (a.2.0 / a.1.0).total_cmp(&(b.2.0 / b.1.0)))?;
    let mut sentence = format!("{} after {}", what(name), duration(first.0));
    if first.0 < last.0 {
        sentence += &format!(" on {}, after {} on {}", first.1, duration(last.0), last.1);
    }
    let never = all.iter().filter(|summary| median(summary, name).is_none());
    let never: Vec<String> = never.map(|summary| summary.cluster.clone()).collect();
    if !never.is_empty() {
        sentence += &format!(", never on {}", list(never));
    }
    Some(sentence + ".")
}

/// How many pods run on how many nodes, and whether some wait for one.
fn pods(all: &[&ClusterSummary]) -> Option<String> {
    let sentence = |summary: &&ClusterSummary| {
        let nodes = summary.nodes.as_ref()?;
        let (pods, on) = (number(nodes.pods_running), number(nodes.ready));
        let waiting = match nodes.pods_pending_max {
            0 => "none waits for a node".to_owned(),
            1 => "at most 1 waits for a node".to_owned(),
            most => format!("at most {} wait for a node at once", count(most.into())),
        };
        let addresses = summary.addresses.as_ref().map_or(0, |it| it.pods_waited);
        let addresses = match addresses {
            0 => String::new(),
            1 => " 1 pod waited for an address.".to_owned(),
            many => format!(" {} pods waited for an address.", count(many)),
        };
        Some(format!(
            "{}: {pods} pods run on {on} nodes on average, and {waiting}.{addresses}",
            summary.cluster
        ))
    };
    let sentences: Vec<String> = all.iter().filter_map(sentence).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Which clusters meet every objective at the load of the scenario itself.
fn objectives(all: &[&ClusterSummary]) -> Option<String> {
    let judged: Vec<_> =
        all.iter().filter(|s| s.apps.iter().any(|app| !app.objectives.is_empty())).collect();
    let misses: Vec<_> = judged.iter().filter_map(|s| Some((&s.cluster, misses(s)?))).collect();
    // what was missed is in the table; a sentence holds two of them
    let brief = misses.len() > 2;
    let missed: Vec<_> = misses
        .into_iter()
        .map(|(name, missed)| if brief { name.clone() } else { format!("{name} ({missed})") })
        .collect();
    match (judged.len(), missed.len()) {
        (0, _) => None,
        (1, 0) => Some("At the load of the scenario every objective is met.".into()),
        (_, 0) => Some("At the load of the scenario every cluster meets every objective.".into()),
        (judged, missing) if judged == missing && judged > 2 => {
            Some("At the load of the scenario no cluster meets every objective.".into())
        }
        _ => {
            Some(format!("At the load of the scenario an objective is missed by {}.", list(missed)))
        }
    }
}

/// The cheapest cluster, where costs differ.
fn cheapest(all: &[&ClusterSummary]) -> Option<String> {
    // what takes longer for the same items has cheaper hours
    if all.iter().any(|s| s.placement.is_some()) {
        return None;
    }
    let cost = |s: &&&ClusterSummary| s.hosts.cost_per_hour;
    let least = all.iter().min_by(|a, b| cost(a).total_cmp(&cost(b)))?;
    let most = all.iter().max_by(|a, b| cost(a).total_cmp(&cost(b)))?;
    let (low, high) = (money(cost(&least)), money(cost(&most)));
    (low != high).then(|| {
        format!(
            "{} costs least, {low} per hour; {} costs most, {high}.",
            least.cluster, most.cluster
        )
    })
}

/// How well the hosts are used, where VMs are the workload.
fn utilisation(all: &[&ClusterSummary]) -> Option<String> {
    let top = all
        .iter()
        .filter(|s| s.apps.is_empty() && s.vms.requested > 0)
        .max_by(|a, b| a.hosts.cpu_utilisation.total_cmp(&b.hosts.cpu_utilisation))?;
    let hosts = match top.hosts.used {
        1 => "1 host".into(),
        more => format!("{} hosts", count(more.into())),
    };
    let ready = match top.hosts.cpu_ready {
        Some(ready) => format!(", at {} CPU ready", percent(ready)),
        None => String::new(),
    };
    let used = percent(top.hosts.cpu_utilisation);
    Some(format!("{} uses its hosts most: {used} of the CPU of {hosts}{ready}.", top.cluster))
}

/// `a`, `a and b`, `a, b and c`.
fn list(mut items: Vec<String>) -> String {
    match items.pop() {
        Some(last) if !items.is_empty() => format!("{} and {last}", items.join(", ")),
        last => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(replicas_per_host: u32) -> DensitySummary {
        DensitySummary {
            app: "web".into(),
            replicas_per_host,
            limited_by: "p99".into(),
            hosts_needed: None,
            probes: Vec::new(),
        }
    }

    #[test]
    fn ratios_compare_with_each_of_a_few_and_with_the_ends_of_many() {
        let (a, b, none) = (found(28), found(36), found(0));
        assert_eq!(ratios(41, &[("c", &b), ("d", &a)]), "1.14 times c (36) and 1.46 times d (28)");
        assert_eq!(
            ratios(41, &[("c", &b), ("d", &b), ("e", &a), ("f", &a)]),
            "from 1.14 times c (36) to 1.46 times f (28)"
        );
        assert_eq!(ratios(41, &[("c", &none)]), "while c cannot meet it at all");
        assert_eq!(
            ratios(41, &[("c", &b), ("d", &none), ("e", &none)]),
            "1.14 times c (36), while d and e cannot meet it at all"
        );
    }

    #[test]
    fn lists_read_as_written_by_hand() {
        let items = |names: &[&str]| list(names.iter().map(ToString::to_string).collect());
        assert_eq!(items(&[]), "");
        assert_eq!(items(&["a"]), "a");
        assert_eq!(items(&["a", "b"]), "a and b");
        assert_eq!(items(&["a", "b", "c"]), "a, b and c");
    }
}
