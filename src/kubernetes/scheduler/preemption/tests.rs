//! One or two nodes with room for four pods, all taken: who has to go.

use serde_json::{Value, json};

use super::*;
use crate::kubernetes::scheduler::cluster::Budget;
use crate::kubernetes::scheduler::cycle::attempt;
use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::plugins::fixture::{requesting, sized};
use crate::kubernetes::scheduler::pod::Pod;
use crate::kubernetes::scheduler::read;
use crate::kubernetes::scheduler::shape::PodShape;

/// A node of four cores with pods of one core, which started at these times.
fn full(cluster: &mut Cluster, starts: [i64; 4]) -> [PodId; 4] {
    let name = format!("n{}", cluster.node_count());
    let node = cluster.add_node(sized(&name, 4_000, 0));
    let labels = [("app", "web")].into_iter().collect();
    let shape = cluster.intern(PodShape { namespace: "a".into(), labels, ..requesting(1_000, 0) });
    let mut number = 0;
    starts.map(|start| {
        number += 1;
        let key = format!("a/{name}-{number}");
        cluster.add_pod(Pod { node: Some(node), start, ..Pod::pending(&key, shape) })
    })
}

fn preemptor(cluster: &mut Cluster) -> PodId {
    let shape = cluster.intern(PodShape { priority: 10, ..requesting(1_000, 0) });
    cluster.add_pod(Pod::pending("a/preemptor", shape))
}

fn tried(cluster: &Cluster, nominations: &Nominations, pod: PodId) -> Preemption {
    let profile = Profile::default();
    let attempt = attempt(&profile, cluster, nominations, pod);
    preempt(&profile, cluster, nominations, pod, &attempt, Reach::All)
}

/// Who has to leave each node.
fn victims(cluster: &mut Cluster) -> Vec<Vec<PodId>> {
    let pod = preemptor(cluster);
    let found = tried(cluster, &Nominations::default(), pod);
    cluster.remove_pod(pod);
    found.candidates.into_iter().map(|candidate| candidate.pods).collect()
}

#[test]
fn of_equals_the_one_that_came_last_goes_and_a_pod_comes_anew_when_it_is_changed() {
    let mut cluster = Cluster::new();
    let [first, second, third, last] = full(&mut cluster, [5; 4]);
    assert_eq!(victims(&mut cluster), [[last]]);
    // the last takes the place of the first, which is put behind all others
    cluster.terminate(first);
    assert_eq!(victims(&mut cluster), [[first]]);
    cluster.remove_pod(first);
    // of those left (last, second, third) only the one in front has room beside a larger pod
    let shape = cluster.intern(PodShape { priority: 10, ..requesting(3_000, 0) });
    let pod = cluster.add_pod(Pod::pending("a/large", shape));
    let found = tried(&cluster, &Nominations::default(), pod);
    assert_eq!(found.candidates[0].pods, [second, third]);
}

#[test]
fn a_pod_that_has_not_started_yet_goes_first_and_its_node_is_the_one_to_take() {
    let mut cluster = Cluster::new();
    full(&mut cluster, [1, 2, 3, 4]);
    let unstarted = full(&mut cluster, [1, i64::MAX, 3, 4])[1];
    let pod = preemptor(&mut cluster);
    let found = tried(&cluster, &Nominations::default(), pod);
    assert_eq!(found.candidates[1].pods, [unstarted]);
    assert_eq!(found.ties, [1]);
}

#[test]
fn every_budget_counts_the_pods_it_protects_and_those_against_one_are_given_back_first() {
    let mut cluster = Cluster::new();
    let [_, _, third, fourth] = full(&mut cluster, [1, 2, 3, 4]);
    let operator = Operator::In(vec!["web".into()]);
    let budget = |allowed, disrupted: &[&str]| Budget {
        namespace: "a".into(),
        name: "web".into(),
        selector: Selector::All(vec![Requirement {
            key: "app".into(),
            operator: operator.clone(),
        }]),
        allowed,
        disrupted: disrupted.iter().map(|&name| name.into()).collect(),
    };
    // 3 may go by the first, all by the second: the fourth violates, is given back, the third goes
    cluster.objects_mut().budgets = vec![budget(3, &[]), budget(4, &[])];
    assert_eq!(victims(&mut cluster), [[third]]);
    // the fourth is on its way out: it goes against neither, and nobody else does
    cluster.objects_mut().budgets = vec![budget(3, &["n0-4"]), budget(3, &["n0-4"])];
    assert_eq!(victims(&mut cluster), [[fourth]]);
    // below zero all violate: the least important goes after all
    cluster.objects_mut().budgets = vec![budget(-1, &[])];
    assert_eq!(victims(&mut cluster), [[fourth]]);
    let pod = preemptor(&mut cluster);
    assert_eq!(tried(&cluster, &Nominations::default(), pod).candidates[0].violations, 1);
}

#[test]
fn a_nominee_waits_for_victims_that_the_scheduler_marked_and_for_no_others() {
    let mut cluster = Cluster::new();
    let [first, ..] = full(&mut cluster, [1, 2, 3, 4]);
    let pod = preemptor(&mut cluster);
    let mut nominations = Nominations::default();
    nominations.add(pod, NodeId(0));
    cluster.terminate(first);
    // it is being deleted already, so that nobody marks it any more
    cluster.evict(first);
    assert_eq!(tried(&cluster, &nominations, pod).ineligible, None);
    let second = cluster.node(NodeId(0)).pods[1];
    cluster.evict(second);
    assert_eq!(tried(&cluster, &nominations, pod).ineligible, Some(VICTIMS_LEAVING));
}

fn read(status: &Value, deleted: bool) -> Pod {
    let mut pod = json!({"metadata": {"name": "p"}, "spec": {"containers": []}, "status": status});
    if deleted {
        pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    }
    let pod = serde_json::from_value(pod).expect("it is a pod");
    read::pod(&mut Cluster::new(), &pod)
}

#[test]
fn only_a_condition_that_holds_marks_a_pod_as_evicted_by_the_scheduler() {
    let conditions = |status: &str| {
        let by = "PreemptionByScheduler";
        json!({"conditions": [{"type": "DisruptionTarget", "status": status, "reason": by}]})
    };
    assert!(read(&conditions("True"), true).preempted);
    assert!(!read(&conditions("True"), false).preempted);
    assert!(!read(&conditions("False"), true).preempted);
}

#[test]
fn a_pod_without_a_start_counts_as_starting_now() {
    assert_eq!(read(&json!({}), false).start, i64::MAX);
    let started = json!({"startTime": "1970-01-01T00:00:02Z"});
    assert_eq!(read(&started, false).start, 2_000_000_000);
}
