//! What if: where would the scheduler of Kubernetes put these pods?
//!
//! A cluster as its manifests or a dump of it say, and pods to come, are played by the rules of
//! kube-scheduler v1.36 without a clock: pods are tried by priority, then in the order in which
//! they appear; pods are there as soon as they are placed, and gone as soon as they are evicted.
//! Whoever found no node is tried again as long as anything moves. Simplifications: all nodes are
//! scored, nothing runs out of time, and volumes are bound at once.

mod admission;
mod claims;
mod diagnosis;
mod explanation;
mod headroom;
mod intake;
mod session;
mod workloads;

pub use admission::Inputs;
pub use diagnosis::Pending;
pub use explanation::{Candidate, Explained, Explanation};
pub use headroom::Headroom;
pub use intake::Seen;
pub use session::{Entry, Eviction, Place, Source};
pub use workloads::{Workload, Workloads};

use crate::engine::random::Streams;
use crate::kubernetes::api::ManifestErrors;
use crate::kubernetes::api::scheduler_configuration::SchedulerConfiguration;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::ties::TieBreak;
use intake::Intake;
use session::Session;

/// How nodes of equal score are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ties {
    /// The smallest name is taken.
    #[default]
    Name,
    /// The one that kube-scheduler takes, whose heap depends on where nodes stand in its list.
    Heap,
    /// One is drawn, by this seed.
    Random(u64),
}

impl Ties {
    fn start(self) -> TieBreak {
        match self {
            Self::Name => TieBreak::Name,
            Self::Heap => TieBreak::Heap,
            Self::Random(seed) => {
                TieBreak::Random(Box::new(Streams::new(seed).named("schedule/ties")))
            }
        }
    }
}

/// How the question is answered.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Profiles of schedulers.
    pub configuration: SchedulerConfiguration,
    /// How nodes of equal score are told apart.
    pub ties: Ties,
    /// Whether pods may evict less important ones.
    pub preemption: bool,
    /// Whether to find out how many more of each kind of pod would fit, and how many are enough.
    pub headroom: Option<Option<usize>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            configuration: SchedulerConfiguration::default(),
            ties: Ties::Name,
            preemption: true,
            headroom: None,
        }
    }
}

/// A cluster and pods to place, admitted.
#[derive(Debug)]
pub struct WhatIf {
    intake: Intake,
}

/// What became of the pods.
#[derive(Debug)]
pub struct Answer {
    /// The cluster at the end.
    pub cluster: Cluster,
    /// All pods, in the order in which they appeared.
    pub pods: Vec<Entry>,
    /// Whom they belong to.
    pub workloads: Workloads,
    /// What was read.
    pub seen: Seen,
    /// Who had to go for whom, in order.
    pub evictions: Vec<Eviction>,
    /// Pods without a node, and why; pods of one workload with one reason together.
    pub pending: Vec<Pending>,
    /// How nodes of equal score were told apart.
    pub ties: Ties,
    /// How the pods that were asked about came to their nodes.
    pub explanations: Vec<Explanation>,
    /// How many more fit, if that was asked.
    pub headroom: Vec<Headroom>,
}

impl WhatIf {
    /// Admits objects as the API server would.
    ///
    /// # Errors
    /// What is wrong with objects only beside the others: duplicates, unknown priority classes.
    pub fn new(inputs: Inputs) -> Result<Self, Vec<ManifestErrors>> {
        Ok(Self { intake: intake::read(inputs)? })
    }

    /// All pods: those that are on nodes already as well.
    #[must_use]
    pub fn pods(&self) -> &[Entry] {
        &self.intake.pods
    }

    /// Whom they belong to.
    #[must_use]
    pub fn workloads(&self) -> &Workloads {
        &self.intake.workloads
    }

    /// Places all pods that wait. `explained` are places in [`pods`](Self::pods) of those to tell
    /// all about; `progress` hears how many of how many are through.
    #[must_use]
    pub fn answer(
        self,
        settings: &Settings,
        explained: &[usize],
        progress: &dyn Fn(usize, usize),
    ) -> Answer {
        let Intake { cluster, pods, nominated, workloads, templates, admission, seen } =
            self.intake;
        let mut session = Session::new(cluster, pods, settings);
        session.nominate(&nominated);
        session.explain(explained);
        session.run(progress);
        let pending = diagnosis::pending(&mut session);
        let headroom = match settings.headroom {
            None => Vec::new(),
            Some(limit) => headroom::all(&session, &admission, &templates, settings, limit),
        };
        Answer {
            cluster: session.cluster,
            pods: session.pods,
            workloads,
            seen,
            evictions: session.evictions,
            pending,
            ties: settings.ties,
            explanations: session.explanations,
            headroom,
        }
    }
}
