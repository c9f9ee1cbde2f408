//! The scheduler of the cluster: when it looks, and what becomes of what it says.
//!
//! It looks for a place as soon as a pod waits or something happens that may help one, and binds
//! as many pods as it may (`clientConnection` of its configuration: 50 a second, 100 at once).
//! The time of a scheduling cycle itself, which is milliseconds, is not modelled.

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::engine::{Phase, Schedule, SimTime};
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::driver::{Failed, Outcome};
use crate::kubernetes::scheduler::pod::PodId as ScheduledId;

impl ControlPlane {
    /// Has the scheduler look for places no later than at this time.
    pub(super) fn schedule_at<S>(&mut self, time: SimTime, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.scheduling.is_none_or(|next| time < next) {
            self.scheduling = Some(time);
            around.at(time, Phase::Decide, ControlEvent::Schedule);
        }
    }

    /// Has the scheduler look for places in this instant, if a pod waits for one.
    pub(super) fn schedule_soon<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.schedule_at(around.now(), around);
    }

    /// Looks for places for the pods that wait.
    pub(super) fn schedule<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        if self.scheduling.is_none_or(|next| next > now) {
            // an earlier one has looked already
            return;
        }
        self.scheduling = None;
        if self.paused {
            return;
        }
        loop {
            let next = self.binds.next(now);
            if next > now {
                self.schedule_at(next, around);
                return;
            }
            self.refresh_budgets(now);
            match self.scheduler.schedule_one(&mut self.cluster, now) {
                Outcome::Idle => break,
                Outcome::Bound { pod, node } => {
                    self.binds.take(now);
                    self.bound(pod, node, around);
                }
                Outcome::Unschedulable(failed) => self.unschedulable(&failed, around),
            }
        }
        if let Some(time) = self.scheduler.next_wakeup() {
            self.schedule_at(time.max(now), around);
        }
    }

    /// A pod has got a node.
    pub(super) fn bound<S>(
        &mut self,
        scheduled: ScheduledId,
        node: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pod = self.of_scheduled[scheduled.0 as usize];
        self.objects.bind(pod, node);
        self.unplaced.remove(&pod);
        self.log.add(around.now(), Entry::Scheduled { pod: self.objects.pod(pod).uid, node });
        around.notices.push(Notice::Bound(pod));
        self.pod_moved(pod, node, around);
        self.kubelet_takes(pod, around);
    }

    fn unschedulable<S>(&mut self, failed: &Failed, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pod = self.of_scheduled[failed.pod.0 as usize];
        let message = self.log.text(&failed.message(&self.cluster));
        let uid = self.objects.pod(pod).uid;
        if self.unplaced.insert(pod, message) != Some(message) {
            self.log.add(around.now(), Entry::Unschedulable { pod: uid, message });
        }
        for &victim in &failed.evicted {
            let victim = self.of_scheduled[victim.0 as usize];
            let victim_uid = self.objects.pod(victim).uid;
            self.log.add(around.now(), Entry::Preempted { pod: victim_uid, by: uid });
            self.delete_pod(victim, None, around);
        }
        if failed.evicted.is_empty() {
            self.wants_node(pod, around);
        }
    }

    /// The pods that the scheduler has found no place for.
    pub fn unplaced(&self) -> impl ExactSizeIterator<Item = PodId> {
        self.unplaced.keys().copied()
    }
}
