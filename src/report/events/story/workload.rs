//! The story of a workload: how many pods it wanted, its rollouts, and which pods were slow.

use super::groups::Groups;
use super::{Course, SlowPod, Story, line, pods};
use crate::metrics::events::{Event, EventLog, Kind, ObjectId, Reason};
use crate::report::events::ClusterEvents;
use crate::report::events::message::{message, replicas};
use crate::report::quantity::duration;

/// So many of the slowest pods are told.
const SLOWEST: usize = 5;

/// What is known of its pods.
struct Pods<'a> {
    log: &'a EventLog,
    /// The replica sets or jobs that are the workload's, and itself, among all objects.
    sets: Vec<bool>,
    /// By place among all objects: the pod's way, if it is one of the workload's.
    courses: Vec<Option<Box<Course>>>,
    /// What made each pod.
    owners: Vec<Option<ObjectId>>,
    ready: usize,
}

/// Tells of a workload.
pub(super) fn tell(story: &mut Story, events: &ClusterEvents, id: ObjectId) {
    let log = &events.log;
    let mut all = Pods {
        log,
        sets: vec![false; log.objects.len()],
        courses: vec![None; log.objects.len()],
        owners: vec![None; log.objects.len()],
        ready: 0,
    };
    all.sets[id.index()] = true;
    let makes_others = matches!(log.object(id).kind, Kind::Deployment | Kind::CronJob);
    let mut groups = Groups::default();
    let mut rollout = None;
    for event in &log.events {
        let of_set = event.related == Some(id) && event.reason == Reason::ScalingReplicaSet;
        let of_job = all.sets[event.object.index()]
            && matches!(event.reason, Reason::JobComplete | Reason::JobFailed);
        if event.object == id || of_set || of_job {
            story.events.extend(groups.tell(words));
            story.events.push(line(event, phrase(log, event, rollout)));
            match (event.reason, event.related) {
                (Reason::ScalingReplicaSet | Reason::SuccessfulCreate, Some(set)) => {
                    all.sets[set.index()] = true;
                }
                (Reason::NewReplicaSetCreated, _) => rollout = Some(event.time.as_secs_f64()),
                (Reason::NewReplicaSetAvailable, _) => rollout = None,
                _ => {}
            }
        } else if all.apply(event) && told(event.reason) {
            let owner = all.owners[event.object.index()].filter(|_| makes_others);
            let of = owner.map_or(String::new(), |it| format!(" of {}", log.object(it).name()));
            let changes =
                matches!(event.reason, Reason::PodReady | Reason::PodNotReady | Reason::PodGone);
            let ready = changes.then_some(all.ready);
            groups.add(event, log.object(event.object).name(), &of, ready);
        }
    }
    story.events.extend(groups.tell(words));
    all.sum_up(story);
    if let Some(since) = rollout {
        let since = duration(since);
        story
            .summary
            .push(format!("the rollout that began at {since} was not complete at the end"));
    }
}

fn told(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::PodCreated
            | Reason::FailedScheduling
            | Reason::FailedCreatePodSandBox
            | Reason::Preempted
            | Reason::Evicted
            | Reason::Failed
            | Reason::Error
            | Reason::OomKilled
            | Reason::Unhealthy
            | Reason::PodReady
            | Reason::PodNotReady
            | Reason::PodDeleted
            | Reason::PodSucceeded
            | Reason::PodFailed
            | Reason::PodGone
    )
}

fn words(reason: Reason, count: usize, of: &str) -> String {
    let pods = format!("{}{of}", pods(count));
    match reason {
        Reason::PodCreated => format!("{pods} created"),
        Reason::FailedScheduling => format!("no node for {pods}"),
        Reason::FailedCreatePodSandBox => super::unconnected(count, of),
        Reason::Preempted => format!("{pods} told to make room for others"),
        Reason::Evicted => format!("{pods} evicted, or not taken on, by their nodes"),
        Reason::Failed => format!("containers of {pods} not to be had"),
        Reason::Error => format!("containers of {pods} failed"),
        Reason::OomKilled => format!("containers of {pods} killed for want of memory"),
        Reason::Unhealthy => format!("containers of {pods} failed their probes"),
        Reason::PodReady => format!("{pods} ready"),
        Reason::PodNotReady => format!("{pods} not ready any more"),
        Reason::PodDeleted => format!("{pods} told to go"),
        Reason::PodSucceeded => format!("{pods} ended well"),
        Reason::PodFailed => format!("{pods} ended, not well"),
        _ => format!("{pods} gone"),
    }
}

impl Pods<'_> {
    /// Something happened. Whether it was to one of the workload's pods.
    fn apply(&mut self, event: &Event) -> bool {
        let index = event.object.index();
        if event.reason == Reason::PodCreated {
            let Some(owner) = event.related.filter(|it| self.sets[it.index()]) else {
                return false;
            };
            self.owners[index] = Some(owner);
            self.courses[index] = Some(Box::default());
        }
        let Some(course) = &mut self.courses[index] else { return false };
        let is_ready = |it: &Course| {
            it.ready.is_some()
                && it.unready_since.is_none()
                && it.gone.is_none()
                && it.over.is_none()
        };
        let before = is_ready(course);
        course.apply(event);
        match (before, is_ready(course)) {
            (false, true) => self.ready += 1,
            (true, false) => self.ready -= 1,
            _ => {}
        }
        true
    }

    fn sum_up(&self, story: &mut Story) {
        let courses =
            || self.courses.iter().enumerate().filter_map(|(at, it)| Some((at, it.as_ref()?)));
        let made = courses().count();
        let gone = courses().filter(|(_, it)| it.gone.is_some()).count();
        let failures: u32 = courses().map(|(_, it)| it.failures).sum();
        let mut text =
            format!("{} created, {gone} gone since, {} ready at the end", pods(made), self.ready);
        if failures > 0 {
            text += &format!("; containers failed {failures} times");
        }
        story.summary.push(text);
        let mut ready: Vec<(f64, usize)> =
            courses().filter_map(|(at, it)| Some((it.ready_after()?, at))).collect();
        // of equals the first that was created
        ready.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        if let Some((median, _)) = ready.get(ready.len() / 2) {
            let (median, most) = (duration(*median), duration(ready[0].0));
            let sentence = format!("time to ready: {median} in the median, {most} at most");
            story.summary.push(sentence);
        }
        let never = courses().filter(|(_, it)| it.ready.is_none() && it.over.is_none()).count();
        if never > 0 {
            story.summary.push(format!("{} never ready", pods(never)));
        }
        let slow = ready.into_iter().take(SLOWEST).filter_map(|(ready_after, at)| {
            let course = self.courses[at].as_ref()?;
            Some(SlowPod {
                pod: self.log.objects[at].key.to_string(),
                node: course.node.map(|node| self.log.object(node).name().to_owned()),
                ready_after,
                parts: course.parts(),
            })
        });
        story.slowest = slow.collect();
    }
}

fn phrase(log: &EventLog, event: &Event, rollout: Option<f64>) -> String {
    let after = rollout.map(|since| duration(event.time.as_secs_f64() - since));
    let (from, to) = replicas(event);
    match event.reason {
        Reason::SuccessfulRescale => {
            let why = event.text.map_or(String::new(), |why| format!(": {}", log.text(why)));
            format!("is to have {to} pods, not {from} any more{why}")
        }
        Reason::ScalingReplicaSet => {
            let set = event.related.map_or("", |it| log.object(it).name());
            format!("replica set {set} is to have {}, after {from}", pods(to as usize))
        }
        Reason::SuccessfulCreate => {
            format!("job {} is made", event.related.map_or("", |it| log.object(it).name()))
        }
        Reason::JobComplete => format!("job {} is complete", log.object(event.object).name()),
        Reason::JobFailed => format!("job {} has failed", log.object(event.object).name()),
        Reason::NewReplicaSetCreated => "a rollout begins".into(),
        Reason::NewReplicaSetAvailable => match after {
            Some(after) => format!("the rollout is complete, {after} after it began"),
            None => "all pods are of its template and available".into(),
        },
        Reason::ProgressDeadlineExceeded => match after {
            Some(after) => {
                format!("the rollout is over its progress deadline, {after} after it began")
            }
            None => "the rollout is over its progress deadline".into(),
        },
        _ => message(log, event),
    }
}
