//! Disruption budgets, evictions and drains.

use super::deployments::web;
use super::rig::{Rig, at};
use crate::kubernetes::control::NotEvicted;
use crate::kubernetes::control::log::Entry;
use crate::kubernetes::objects::NodeId;

fn budget(limit: &str) -> String {
    format!(
        "
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{ name: web }}
spec: {{ {limit}, selector: {{ matchLabels: {{ app: web }} }} }}
"
    )
}

#[test]
fn a_budget_follows_its_pods() {
    let mut rig = Rig::new(2);
    rig.apply(&(web(4) + &budget("minAvailable: 75%")));
    let allowed = |rig: &mut Rig, millis| {
        rig.run_to(millis);
        rig.control.disruptions_allowed("default", "web", at(millis)).unwrap()
    };
    assert_eq!(allowed(&mut rig, 500), 0, "none is ready yet");
    assert_eq!(allowed(&mut rig, 5_000), 1);
    let id = rig.workload("web");
    rig.with(|control, around| control.scale(id, 8, None, around));
    assert_eq!(allowed(&mut rig, 5_500), 0, "of 8 wanted, 6 are to be there");
    assert_eq!(allowed(&mut rig, 6_000), 2);
}

#[test]
fn evictions_beyond_the_budget_are_refused() {
    let mut rig = Rig::new(2);
    rig.apply(&(web(4) + &budget("maxUnavailable: 1")));
    rig.run_to(5_000);
    let pods: Vec<_> = rig.control.objects().pods().map(|(id, _)| id).collect();
    let evict = |rig: &mut Rig, pod| {
        rig.with(|control, around| control.request_eviction(pod, "test", around))
    };
    assert_eq!(evict(&mut rig, pods[0]), Ok(()));
    assert_eq!(evict(&mut rig, pods[1]), Err(NotEvicted::TooManyRequests));
    // another pod is made when the controllers look, and ready after a second
    rig.with(|control, around| control.settle(around));
    rig.run_to(6_000);
    assert_eq!(evict(&mut rig, pods[1]), Ok(()));
}

#[test]
fn pods_with_two_budgets_cannot_be_evicted() {
    let mut rig = Rig::new(1);
    let second = budget("maxUnavailable: 1").replace("name: web", "name: other");
    rig.apply(&(web(2) + &budget("maxUnavailable: 1") + &second));
    rig.run_to(5_000);
    let pod = rig.control.objects().pods().next().unwrap().0;
    let answer = rig.with(|control, around| control.request_eviction(pod, "test", around));
    assert_eq!(answer, Err(NotEvicted::MoreThanOneBudget));
}

#[test]
fn a_drain_asks_again_every_five_seconds() {
    let mut rig = Rig::new(2);
    rig.apply(&(web(4) + &budget("minAvailable: 3")));
    rig.run_to(10_000);
    let first = NodeId(0);
    assert_eq!(rig.control.objects().node(first).unwrap().pods.len(), 2);
    rig.with(|control, around| control.drain(first, around));
    let told = rig.told_until(60_000, |_, entry| match entry {
        Entry::NotEvicted { .. } => Some("kept".to_owned()),
        Entry::Deleted { .. } => Some("evicted".to_owned()),
        Entry::Cordoned { cordoned: true, .. } => Some("cordoned".to_owned()),
        _ => None,
    });
    assert_eq!(told, ["10 cordoned", "10 evicted", "10 kept", "15 evicted"]);
    assert!(rig.control.objects().node(first).unwrap().pods.is_empty());
    assert_eq!(rig.ready(), 4);
}

#[test]
fn a_budget_that_allows_none_keeps_a_drain_waiting() {
    let mut rig = Rig::new(2);
    rig.apply(&(web(4) + &budget("maxUnavailable: 0")));
    rig.run_to(10_000);
    rig.with(|control, around| control.drain(NodeId(0), around));
    rig.run_to(600_000);
    assert_eq!(rig.control.kept_from_drain(NodeId(0)), 2);
    rig.with(|control, around| control.end_drain(NodeId(0), around));
    let count = rig.told_until(700_000, |_, entry| match entry {
        Entry::NotEvicted { .. } => Some(String::new()),
        _ => None,
    });
    // at 10, 15, …, 600 s for each of two pods
    assert_eq!(count.len(), 2 * 119);
}
