//! The scheduler as a whole: takes pods from its queue and gives them nodes.
//!
//! Follows `ScheduleOne` (Kubernetes v1.36, pkg/scheduler/schedule_one.go) and the event handlers
//! around it (pkg/scheduler/eventhandlers.go). A trial and all that follows from it takes no time
//! here: a pod is bound, or others are marked for eviction, at the instant at which it is tried.
//! Whoever drives it adds the time that trials take, deletes evicted pods when they have ended, and
//! reports what happens in the cluster through the methods of [`Scheduler`].

mod failures;
mod outcome;
mod reports;
#[cfg(test)]
mod tests;

pub use outcome::{Failed, Outcome};

use std::rc::Rc;

use rand::RngExt;

use super::cluster::Cluster;
use super::cycle::{Attempt, attempt_some};
use super::index::{Answer, Index};
use super::node::NodeId;
use super::nominations::Nominations;
use super::pod::PodId;
use super::preemption::{Preemption, Reach, Victims, displaced, preempt};
use super::profile::Profile;
use super::queue::{Context, Event, Queue, Rejectors, Settings};
use super::sampling::Sampling;
use super::ties::{self, TieBreak};
use super::volumes::decide;
use crate::engine::SimTime;
use crate::kubernetes::api::scheduler_configuration::DefaultPreemptionArgs;
use failures::Failures;

/// On how many of the nodes where evictions might help they are tried, where the nodes are taken at
/// random (`DefaultPreemptionArgs`); the defaults are those of Kubernetes v1.36.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// At least this share, in percent …
    pub percentage: u32,
    /// … and at least so many.
    pub absolute: u32,
}

impl Default for Candidates {
    fn default() -> Self {
        Self { percentage: 10, absolute: 100 }
    }
}

impl From<&DefaultPreemptionArgs> for Candidates {
    fn from(args: &DefaultPreemptionArgs) -> Self {
        let DefaultPreemptionArgs { min_candidate_nodes_percentage, min_candidate_nodes_absolute } =
            *args;
        Self { percentage: min_candidate_nodes_percentage, absolute: min_candidate_nodes_absolute }
    }
}

impl Candidates {
    /// How many of so many nodes.
    fn of(self, nodes: usize) -> usize {
        let share = nodes * self.percentage as usize / 100;
        share.max(self.absolute as usize).min(nodes)
    }
}

/// A scheduler of one profile.
#[derive(Debug)]
pub struct Scheduler {
    profile: Profile,
    queue: Queue,
    nominations: Nominations,
    index: Index,
    failures: Failures,
    ties: TieBreak,
    candidates: Candidates,
    sampling: Sampling,
}

impl Scheduler {
    /// A scheduler that knows no pods yet. Where ties are broken at random, preemption tries only
    /// some nodes, as the real one does; otherwise all.
    #[must_use]
    pub fn new(profile: Profile, settings: Settings, ties: TieBreak) -> Self {
        Self {
            profile,
            queue: Queue::new(settings),
            nominations: Nominations::default(),
            index: Index::default(),
            failures: Failures::default(),
            ties,
            candidates: Candidates::default(),
            sampling: Sampling::new(100),
        }
    }

    /// The same, where preemption tries another number of nodes.
    #[must_use]
    pub fn with_candidates(self, candidates: Candidates) -> Self {
        Self { candidates, ..self }
    }

    /// The same, where not all nodes are looked at for a pod (`percentageOfNodesToScore`).
    #[must_use]
    pub fn with_sampling(self, sampling: Sampling) -> Self {
        Self { sampling, ..self }
    }

    /// The plugins and their arguments.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The pods that wait.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The pods that evicted others and wait for their place.
    #[must_use]
    pub fn nominations(&self) -> &Nominations {
        &self.nominations
    }

    /// When time alone gets a waiting pod tried again; never where there is none. It need be looked
    /// at only after [`schedule_one`](Self::schedule_one) said [`Outcome::Idle`].
    #[must_use]
    pub fn next_wakeup(&self) -> Option<SimTime> {
        self.queue.next_wakeup()
    }

    /// Tries the next pod, if any.
    pub fn schedule_one(&mut self, cluster: &mut Cluster, now: SimTime) -> Outcome {
        let Some(pod) = self.queue.pop(now) else { return Outcome::Idle };
        cluster.snapshot();
        let (profile, nominations) = (&self.profile, &self.nominations);
        let sampling = Some(&mut self.sampling);
        if let Answer::Node(node) =
            self.index.ask_some(profile, cluster, nominations, pod, &mut self.ties, sampling)
        {
            return self.bind(cluster, pod, node, now);
        }
        if cluster.node_count() == 0 {
            // no plugin is to blame, so that the pod is tried again without any event
            self.reject(cluster, pod, Rejectors::NOBODY, now);
            return Outcome::Unschedulable(Box::new(Failed::without_nodes(pod)));
        }
        // that others of its shape just failed says nothing where some nodes are promised to pods,
        // or where volumes matter, of which the cluster does not tell when they change
        let shape = cluster.pod(pod).shape;
        let alike = nominations.nodes().next().is_none() && cluster.shape(shape).volumes.is_empty();
        if alike && let Some((attempt, preemption)) = self.failures.get(cluster, shape) {
            return self.fail(cluster, pod, attempt, preemption, now);
        }
        let list = self.sampling.nodes(cluster);
        let attempt = attempt_some(profile, cluster, nominations, pod, &mut self.sampling);
        let (feasible, best) = (&attempt.feasible, attempt.best());
        if let Some(node) = self.ties.choose_from(&list, cluster, feasible, &best) {
            return self.bind(cluster, pod, node, now);
        }
        let reach = self.reach(&attempt);
        let found = preempt(&self.profile, cluster, &self.nominations, pod, &attempt, reach);
        let (attempt, preemption) = (Rc::new(attempt), Rc::new(found));
        if alike && preemption.candidates.is_empty() {
            self.failures.keep(cluster, shape, &attempt, &preemption);
        }
        self.fail(cluster, pod, attempt, preemption, now)
    }

    fn bind(&mut self, cluster: &mut Cluster, pod: PodId, node: NodeId, now: SimTime) -> Outcome {
        self.bind_volumes(cluster, pod, node, now);
        cluster.bind(pod, node, start_time(now));
        self.nominations.remove(pod);
        self.queue.done(pod);
        self.happened(cluster, &Event::PodAdded(cluster.pod(pod).shape), now);
        Outcome::Bound { pod, node }
    }

    /// Gives the claims of a pod their volumes.
    fn bind_volumes(&mut self, cluster: &mut Cluster, pod: PodId, node: NodeId, now: SimTime) {
        let shape = cluster.shape_of(pod);
        if shape.volumes.is_empty() {
            return;
        }
        let bindings = decide(cluster.volumes(), shape, cluster.node(node));
        let mut events = Vec::new();
        for binding in &bindings {
            events.push(match binding.made {
                Some(_) => Event::VolumeAdded,
                None => Event::VolumeUpdated { zones: false },
            });
            let (namespace, name) = (binding.namespace.clone(), binding.claim.clone());
            events.push(Event::ClaimUpdated { namespace, name });
        }
        cluster.volumes_mut().bind(bindings);
        for event in &events {
            self.happened(cluster, event, now);
        }
    }

    /// Makes room for a pod where that is possible, and has it wait.
    fn fail(
        &mut self,
        cluster: &mut Cluster,
        pod: PodId,
        attempt: Rc<Attempt>,
        preemption: Rc<Preemption>,
        now: SimTime,
    ) -> Outcome {
        let chosen = self.chosen(cluster, &preemption).cloned();
        let before = self.nominations.node(pod);
        let mut cleared = Vec::new();
        let mut evicted = Vec::new();
        if let Some(victims) = &chosen {
            cleared = displaced(cluster, &self.nominations, pod, victims.node);
            for &other in &cleared {
                self.nominations.remove(other);
            }
            evicted = evict(cluster, victims);
            self.nominations.add(pod, victims.node);
        } else if attempt.refused.is_none() && preemption.ineligible.is_none() {
            // preemption was asked, and had no better idea
            self.nominations.remove(pod);
        }
        if before.is_some() && self.nominations.node(pod) != before {
            cleared.push(pod);
        }
        self.reject(cluster, pod, Rejectors::of(&attempt), now);
        for other in cleared {
            let shape = cluster.pod(other).shape;
            self.happened(cluster, &Event::NominationCleared(shape), now);
        }
        Outcome::Unschedulable(Box::new(Failed { pod, attempt, preemption, chosen, evicted }))
    }

    fn reject(&mut self, cluster: &Cluster, pod: PodId, rejectors: Rejectors, now: SimTime) {
        let context = Context { profile: &self.profile, cluster };
        self.queue.reject(&context, pod, rejectors, now);
    }

    /// The nodes that preemption tries (`GetOffsetAndNumCandidates`).
    fn reach(&mut self, attempt: &Attempt) -> Reach {
        let TieBreak::Random(stream) = &mut self.ties else { return Reach::All };
        let nodes =
            attempt.infeasible.iter().filter(|(_, refusal)| refusal.is_resolvable()).count();
        if nodes == 0 {
            return Reach::All;
        }
        let wanted = self.candidates.of(nodes);
        Reach::Some { offset: stream.random_range(0..nodes), wanted }
    }

    fn chosen<'a>(&mut self, cluster: &Cluster, found: &'a Preemption) -> Option<&'a Victims> {
        match &mut self.ties {
            // the real one takes the first of a map, which is arbitrary
            TieBreak::Name | TieBreak::Heap => found.chosen(cluster),
            TieBreak::Random(stream) => {
                ties::random(&found.ties, stream).map(|place| &found.candidates[place])
            }
        }
    }
}

/// Marks victims for deletion; those that are being deleted already are left alone.
fn evict(cluster: &mut Cluster, victims: &Victims) -> Vec<PodId> {
    let staying = |pod: &&PodId| !cluster.pod(**pod).terminating;
    let evicted: Vec<PodId> = victims.pods.iter().filter(staying).copied().collect();
    for &pod in &evicted {
        cluster.evict(pod);
    }
    evicted
}

/// A time as pods keep it.
fn start_time(now: SimTime) -> i64 {
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX)
}
