//! The schedulers of a cluster, by the name that pods give.

use crate::kubernetes::api::scheduler_configuration::{
    Plugin, Point, Profile as Configured, SchedulerConfiguration,
};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::index::Index;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::sampling::Sampling;

/// One scheduler.
#[derive(Debug)]
pub struct Scheduler {
    /// What pods write in `schedulerName`.
    pub name: String,
    /// Its plugins.
    pub profile: Profile,
    /// Whether its pods may evict others.
    pub preempts: bool,
    /// Nodes on which evictions have to be found to help before one is chosen: in percent of all,
    /// and at least.
    pub candidates: (u32, u32),
    /// Whether scheduling gates keep its pods.
    pub gates: bool,
    /// How many nodes it looks at for a pod.
    pub sampling: Sampling,
    /// What it found out about shapes.
    pub index: Index,
}

impl Scheduler {
    /// On how many of so many nodes evictions are tried (`GetOffsetAndNumCandidates`, Kubernetes
    /// v1.36, pkg/scheduler/framework/plugins/defaultpreemption).
    pub fn wanted(&self, nodes: usize) -> usize {
        let (percent, least) = self.candidates;
        let share = (nodes as u64 * u64::from(percent) / 100).max(u64::from(least));
        usize::try_from(share).unwrap_or(nodes).min(nodes)
    }
}

/// All of them.
#[derive(Debug)]
pub struct Schedulers(Vec<Scheduler>);

impl Schedulers {
    /// Those that a configuration has. Resources that it names become known to the cluster.
    pub fn new(configuration: &SchedulerConfiguration, cluster: &mut Cluster) -> Self {
        let read = |configured: &Configured| {
            let preemption = &configured.args.default_preemption;
            let has = |point, plugin| configured.plugins.at(point).contains(&plugin);
            Scheduler {
                name: configured.scheduler_name.clone(),
                profile: Profile::from_configuration(configured, cluster),
                preempts: has(Point::PostFilter, Plugin::DefaultPreemption),
                candidates: (
                    preemption.min_candidate_nodes_percentage,
                    preemption.min_candidate_nodes_absolute,
                ),
                gates: has(Point::PreEnqueue, Plugin::SchedulingGates),
                sampling: Sampling::new(percentage(configuration, configured)),
                index: Index::default(),
            }
        };
        Self(configuration.profiles.iter().map(read).collect())
    }

    /// The number of the scheduler of this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|scheduler| scheduler.name == name)
    }

    /// A scheduler by its number.
    pub fn get(&self, number: usize) -> &Scheduler {
        &self.0[number]
    }

    /// The same, to ask its index.
    pub fn get_mut(&mut self, number: usize) -> &mut Scheduler {
        &mut self.0[number]
    }
}

/// The share of the nodes that a scheduler looks for, in percent. Where none is configured all are:
/// the question is where pods can go, not where a search happens to end.
fn percentage(configuration: &SchedulerConfiguration, profile: &Configured) -> u32 {
    let configured = profile.percentage_of_nodes_to_score;
    match configured.unwrap_or(configuration.percentage_of_nodes_to_score) {
        0 => 100,
        share => share,
    }
}
