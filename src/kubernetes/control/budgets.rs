//! Disruption budgets, and evictions that ask them.
//!
//! The status of a budget is what the disruption controller would write by now: it is made up when
//! somebody asks for it, as the scheduler does before it preempts and the Eviction API before it
//! evicts. Source: Kubernetes v1.36, `pkg/controller/disruption/disruption.go`
//! (`getExpectedScale`: where the replicas wanted count and a pod's controller has none, as Jobs
//! and DaemonSets, nothing may be evicted).

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::policy::v1::PodDisruptionBudget;

use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::controllers::disruption::{
    Answer, Budget, Limit, Selected, Status, UnhealthyPods, evict,
};
use crate::kubernetes::controllers::share::Share;
use crate::kubernetes::objects::{PodId, WorkloadId};

/// All budgets, in the order in which the scheduler knows them.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    all: Vec<Kept>,
    /// Which budgets select pods of these workloads.
    of_workload: BTreeMap<WorkloadId, BTreeSet<usize>>,
    /// Those that select pods without a controller.
    of_bare: BTreeSet<usize>,
    /// Those whose status is to be made up again.
    stale: BTreeSet<usize>,
    /// Those with pods whose eviction is under way.
    awaiting: BTreeSet<usize>,
}

#[derive(Debug)]
struct Kept {
    budget: Budget,
    status: Status,
    /// The pods it selects.
    pods: BTreeSet<PodId>,
}

/// Why a pod is not evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEvicted {
    /// Its budget allows no more disruptions now.
    TooManyRequests,
    /// It has more than one budget, which the Eviction API does not bear.
    MoreThanOneBudget,
}

impl Budgets {
    /// Something of a workload has changed: its pods, or how many there are to be.
    pub fn touch(&mut self, workload: Option<WorkloadId>) {
        let of = workload.map_or(Some(&self.of_bare), |workload| self.of_workload.get(&workload));
        self.stale.extend(of.into_iter().flatten());
    }

    /// A pod is gone.
    pub fn forget(&mut self, pod: PodId) {
        for (at, kept) in self.all.iter_mut().enumerate() {
            if kept.pods.remove(&pod) {
                kept.status.disrupted.remove(&pod.0);
                self.stale.insert(at);
            }
        }
    }

    fn of_pod(&self, pod: PodId) -> Vec<usize> {
        let of = |kept: &Kept| kept.pods.contains(&pod);
        (0..self.all.len()).filter(|&at| of(&self.all[at])).collect()
    }
}

impl ControlPlane {
    /// Takes in a budget; the scheduler knows of it already.
    pub(super) fn add_budget(&mut self, written: &PodDisruptionBudget) {
        let kept =
            Kept { budget: budget(written), status: Status::default(), pods: BTreeSet::new() };
        self.budgets.stale.insert(self.budgets.all.len());
        self.budgets.all.push(kept);
        let pods: Vec<PodId> = self.objects.pods().map(|(id, _)| id).collect();
        for pod in pods {
            self.budget_pod(pod);
        }
    }

    /// A pod came: notes which budgets select it.
    pub(super) fn budget_pod(&mut self, id: PodId) {
        if self.budgets.all.is_empty() {
            return;
        }
        let pod = self.objects.pod(id);
        let Some(scheduled) = pod.scheduled else { return };
        let shape = self.cluster.shape_of(scheduled);
        let known = &self.cluster.objects().budgets;
        for (at, (one, kept)) in known.iter().zip(&mut self.budgets.all).enumerate() {
            if one.namespace == shape.namespace && one.selector.matches(&shape.labels) {
                kept.pods.insert(id);
                self.budgets.stale.insert(at);
                let mut next = pod.owner;
                if next.is_none() {
                    self.budgets.of_bare.insert(at);
                }
                while let Some(owner) = next {
                    self.budgets.of_workload.entry(owner).or_default().insert(at);
                    next = self.objects.workload(owner).owner;
                }
            }
        }
    }

    /// Makes up the status of budgets that may have changed, and tells the scheduler.
    pub(super) fn refresh_budgets(&mut self, now: SimTime) {
        // as nearly always
        if self.budgets.stale.is_empty() && self.budgets.awaiting.is_empty() {
            return;
        }
        let mut stale = std::mem::take(&mut self.budgets.stale);
        let overdue = |at: &usize| {
            let recheck = self.budgets.all[*at].status.recheck();
            recheck.is_some_and(|due| due <= now)
        };
        stale.extend(self.budgets.awaiting.iter().filter(|at| overdue(at)));
        for at in stale {
            let kept = &self.budgets.all[at];
            let budget = kept.budget;
            let pods: Vec<_> = kept.pods.iter().map(|&pod| self.view(pod)).collect();
            let wanted = self.replicas_wanted(kept.pods.iter().copied());
            let selected = Selected { pods: &pods, wanted: wanted.unwrap_or(0) };
            let status = &mut self.budgets.all[at].status;
            status.update(&budget, selected, now);
            let plain = matches!(budget.limit, Limit::MinAvailable(Share::Count(_)));
            if wanted.is_none() && !plain {
                status.allowed = 0;
            }
            if status.disrupted.is_empty() {
                self.budgets.awaiting.remove(&at);
            }
            self.tell_scheduler(at);
        }
    }

    fn tell_scheduler(&mut self, at: usize) {
        let status = &self.budgets.all[at].status;
        let name = |&pod: &u32| self.objects.pod_name(PodId(pod)).into();
        let disrupted = status.disrupted.keys().map(name).collect();
        let known = &mut self.cluster.objects_mut().budgets[at];
        (known.allowed, known.disrupted) = (status.allowed, disrupted);
    }

    /// The replicas wanted of the controllers of these pods, each counted once; none where one of
    /// them does not say.
    fn replicas_wanted(&self, pods: impl Iterator<Item = PodId>) -> Option<i32> {
        let owners = pods.filter_map(|pod| self.objects.pod(pod).owner);
        let tops: BTreeSet<WorkloadId> =
            owners.map(|owner| self.objects.workload(owner).owner.unwrap_or(owner)).collect();
        let mut wanted = 0;
        for top in tops {
            wanted += i32::try_from(self.objects.workload(top).replicas()?).unwrap_or(i32::MAX);
        }
        Some(wanted)
    }

    /// Asks the Eviction API to have a pod go, which its budgets may forbid for now.
    ///
    /// # Errors
    /// When they do.
    pub fn request_eviction<S>(
        &mut self,
        pod: PodId,
        reason: &str,
        around: &mut Around<'_, S>,
    ) -> Result<(), NotEvicted>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.ask_budgets(pod, around.now())?;
        self.delete_because(pod, reason, around);
        Ok(())
    }

    /// Asks the budgets of a pod whether it may be evicted; if so, they count it as gone.
    ///
    /// # Errors
    /// When one of them says no.
    pub(super) fn ask_budgets(&mut self, pod: PodId, now: SimTime) -> Result<(), NotEvicted> {
        self.refresh_budgets(now);
        let view = self.view(pod);
        let of = self.budgets.of_pod(pod);
        let mut asked: Vec<_> = (0..)
            .zip(&mut self.budgets.all)
            .filter(|(at, _)| of.contains(at))
            .map(|(_, kept)| (&kept.budget, &mut kept.status))
            .collect();
        let answer = evict(&view, &mut asked, now);
        for at in of {
            self.budgets.awaiting.insert(at);
            self.tell_scheduler(at);
        }
        match answer {
            Answer::Evicted => Ok(()),
            Answer::TooManyRequests => Err(NotEvicted::TooManyRequests),
            Answer::MoreThanOneBudget => Err(NotEvicted::MoreThanOneBudget),
        }
    }

    /// How many pods of the budget of this namespace and name may be evicted now.
    pub fn disruptions_allowed(
        &mut self,
        namespace: &str,
        name: &str,
        now: SimTime,
    ) -> Option<i32> {
        self.refresh_budgets(now);
        let mut all = self.cluster.objects().budgets.iter();
        let found = all.find(|one| &*one.namespace == namespace && &*one.name == name);
        found.map(|one| one.allowed)
    }
}

fn budget(written: &PodDisruptionBudget) -> Budget {
    let spec = written.spec.as_ref();
    let share = |least: bool| {
        let field = spec.and_then(|spec| match least {
            true => spec.min_available.as_ref(),
            false => spec.max_unavailable.as_ref(),
        });
        field.and_then(Share::read)
    };
    let limit = match (share(false), share(true)) {
        (Some(most), _) => Limit::MaxUnavailable(most),
        (None, Some(least)) => Limit::MinAvailable(least),
        // neither: nothing is asked (`updatePdbStatus` counts on one of them)
        (None, None) => Limit::MinAvailable(Share::Count(0)),
    };
    let policy = spec.and_then(|spec| spec.unhealthy_pod_eviction_policy.as_deref());
    let unhealthy = match policy {
        Some("AlwaysAllow") => UnhealthyPods::AlwaysAllow,
        _ => UnhealthyPods::IfHealthyBudget,
    };
    Budget { limit, unhealthy }
}
