//! Hand-computed timelines of trials.

mod nobody_waits;

use super::*;
use crate::engine::{SimDuration, Streams};
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::pod::Pod;
use crate::kubernetes::scheduler::queue::{Counts, Place};
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{Claim, PodShape, PodVolumes, PreemptionPolicy};
use crate::kubernetes::scheduler::volumes::{BindingMode, PersistentVolumeClaim, StorageClass};

fn at(millis: u64) -> SimTime {
    SimTime::ZERO.saturating_add(SimDuration::from_millis(millis))
}

fn cores(cores: i64) -> Resources {
    let mut amounts = Resources::default();
    amounts.milli_cpu = cores * 1000;
    amounts
}

fn node(name: &str, size: i64) -> NodeSpec {
    NodeSpec {
        name: name.into(),
        allocatable: cores(size),
        allowed_pods: 110,
        ..NodeSpec::default()
    }
}

fn wants(size: i64, priority: i32) -> PodShape {
    let requests = cores(size);
    PodShape { priority, scored_requests: requests.clone(), requests, ..PodShape::default() }
}

/// A cluster and its scheduler.
struct Bench {
    cluster: Cluster,
    scheduler: Scheduler,
}

impl Bench {
    fn new(nodes: &[(&str, i64)]) -> Self {
        Self::with(nodes, TieBreak::Name)
    }

    fn with(nodes: &[(&str, i64)], ties: TieBreak) -> Self {
        let scheduler = Scheduler::new(Profile::default(), Settings::default(), ties);
        let mut bench = Self { cluster: Cluster::new(), scheduler };
        for (name, size) in nodes {
            bench.scheduler.add_node(&mut bench.cluster, node(name, *size), at(0));
        }
        bench
    }

    fn add(&mut self, name: &str, shape: &PodShape, millis: u64) -> PodId {
        let shape = self.cluster.intern(shape.clone());
        let pod = self.cluster.add_pod(Pod::pending(name, shape));
        self.scheduler.pod_added(&self.cluster, pod, at(millis));
        pod
    }

    fn remove(&mut self, pod: PodId, millis: u64) {
        self.scheduler.remove_pod(&mut self.cluster, pod, at(millis));
    }

    fn next(&mut self, millis: u64) -> Outcome {
        self.scheduler.schedule_one(&mut self.cluster, at(millis))
    }

    /// The next pod and the name of the node that it gets.
    fn bound(&mut self, millis: u64) -> (PodId, String) {
        match self.next(millis) {
            Outcome::Bound { pod, node } => (pod, self.cluster.node(node).spec.name.to_string()),
            other => panic!("{other:?} is no binding"),
        }
    }

    fn failed(&mut self, millis: u64) -> Box<Failed> {
        match self.next(millis) {
            Outcome::Unschedulable(failed) => failed,
            other => panic!("{other:?} is no failure"),
        }
    }

    fn is_idle(&mut self, millis: u64) -> bool {
        matches!(self.next(millis), Outcome::Idle)
    }

    fn place(&self, pod: PodId) -> Option<Place> {
        self.scheduler.queue().place(pod)
    }
}

#[test]
fn pods_get_nodes_by_priority() {
    let mut bench = Bench::new(&[("a", 4), ("b", 4)]);
    let low = bench.add("low", &wants(3, 0), 0);
    let high = bench.add("high", &wants(2, 10), 0);
    assert_eq!(bench.bound(0), (high, "a".to_owned()));
    assert_eq!(bench.bound(0), (low, "b".to_owned()));
    assert!(bench.is_idle(0));
    assert_eq!(bench.cluster.pod(low).start, 0);
}

#[test]
fn a_pod_without_room_says_why_and_comes_back_when_another_leaves() {
    let mut bench = Bench::new(&[("a", 4), ("b", 2)]);
    let first = bench.add("first", &wants(3, 0), 0);
    assert_eq!(bench.bound(0), (first, "a".to_owned()));
    let second = bench.add("second", &wants(3, 0), 100);
    let failed = bench.failed(100);
    assert_eq!(failed.pod, second);
    assert_eq!(
        failed.message(&bench.cluster),
        "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: \
         0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is \
         not helpful for scheduling."
    );
    assert!(bench.is_idle(200));
    assert_eq!(bench.scheduler.next_wakeup(), Some(at(330_000)));
    bench.remove(first, 300);
    assert_eq!(bench.place(second), Some(Place::Backoff));
    assert_eq!(bench.bound(300), (second, "a".to_owned()), "nobody else is there to be tried");
    assert_eq!(bench.scheduler.queue().counts(), Counts::default());
}

#[test]
fn a_new_node_lets_in_who_fits_on_it() {
    let mut bench = Bench::new(&[("a", 1)]);
    let (small, large) = (bench.add("small", &wants(2, 0), 0), bench.add("large", &wants(8, 0), 0));
    assert_eq!((bench.failed(0).pod, bench.failed(0).pod), (small, large));
    bench.scheduler.add_node(&mut bench.cluster, node("b", 4), at(5_000));
    assert_eq!(bench.place(large), Some(Place::Unschedulable));
    assert_eq!(bench.bound(5_000), (small, "b".to_owned()));
    assert!(bench.is_idle(5_000));
}

#[test]
fn without_nodes_no_plugin_is_to_blame() {
    let mut bench = Bench::new(&[]);
    let pod = bench.add("pod", &wants(1, 0), 0);
    let failed = bench.failed(0);
    assert_eq!(failed.message(&bench.cluster), "no nodes available to schedule pods");
    bench.scheduler.add_node(&mut bench.cluster, node("a", 4), at(500));
    assert!(bench.is_idle(1_999), "it waits as after an error");
    assert_eq!(bench.scheduler.next_wakeup(), Some(at(2_000)));
    assert_eq!(bench.bound(2_000), (pod, "a".to_owned()));
}

#[test]
fn a_more_important_pod_evicts_and_then_gets_the_place() {
    let mut bench = Bench::new(&[("a", 4), ("b", 4)]);
    let low = bench.add("low", &wants(4, 0), 0);
    let middle = bench.add("middle", &wants(4, 5), 0);
    assert_eq!(bench.bound(0), (middle, "a".to_owned()));
    assert_eq!(bench.bound(0), (low, "b".to_owned()));
    let high = bench.add("high", &wants(2, 10), 1_000);
    let failed = bench.failed(1_000);
    let chosen = failed.chosen.as_ref().expect("there is one");
    assert_eq!((chosen.node, &failed.evicted), (NodeId(1), &vec![low]));
    assert_eq!(failed.message(&bench.cluster), "0/2 nodes are available: 2 Insufficient cpu.");
    assert!(bench.cluster.pod(low).terminating && bench.cluster.pod(low).preempted);
    assert_eq!(bench.scheduler.nominations().node(high), Some(NodeId(1)));
    // a less important pod does not get what is being made free
    let other = bench.add("other", &wants(3, 0), 20_000);
    assert_eq!(bench.failed(20_000).pod, other);
    bench.remove(low, 31_000);
    assert_eq!(bench.bound(31_000), (high, "b".to_owned()));
    assert_eq!(bench.scheduler.nominations().node(high), None);
    assert_eq!(bench.failed(31_000).pod, other, "the end of the evicted pod might have helped it");
}

#[test]
fn the_place_of_a_nominated_pod_is_kept_from_others() {
    let mut bench = Bench::new(&[("a", 4)]);
    let low = bench.add("low", &wants(4, 0), 0);
    assert_eq!(bench.bound(0).0, low);
    let high = bench.add("high", &wants(4, 10), 0);
    assert_eq!(bench.failed(0).evicted, [low]);
    // it changes its mind about nothing while its victim is on its way out
    bench.scheduler.activate(high);
    let failed = bench.failed(500);
    assert!(failed.message(&bench.cluster).ends_with("a terminating pod on the nominated node."));
    assert_eq!(bench.scheduler.nominations().node(high), Some(NodeId(0)));
    // gone, but the nominee is not back yet: a pod of the same priority has to wait
    bench.cluster.remove_pod(low);
    let equal = bench.add("equal", &wants(1, 10), 1_000);
    assert_eq!(bench.failed(1_000).pod, equal);
    let above = bench.add("above", &wants(1, 11), 1_000);
    assert_eq!(bench.bound(1_000).0, above);
}

#[test]
fn a_still_more_important_pod_takes_the_nomination_away() {
    let mut bench = Bench::new(&[("a", 4)]);
    let low = bench.add("low", &wants(4, 0), 0);
    assert_eq!(bench.bound(0).0, low);
    let high = bench.add("high", &wants(4, 10), 0);
    assert_eq!(bench.failed(0).evicted, [low]);
    assert_eq!(bench.place(high), Some(Place::Unschedulable));
    let higher = bench.add("higher", &wants(4, 20), 100);
    let failed = bench.failed(100);
    assert_eq!(failed.chosen.as_ref().map(|chosen| chosen.pods.clone()), Some(vec![low]));
    assert_eq!(failed.evicted, [], "it is on its way out");
    assert_eq!(bench.scheduler.nominations().node(high), None);
    assert_eq!(bench.place(high), Some(Place::Backoff), "it may look for another place");
    let failed = bench.failed(200);
    assert_eq!((failed.pod, failed.chosen.is_none()), (high, true));
    bench.remove(low, 30_000);
    assert_eq!(bench.bound(30_000).0, higher);
}

#[test]
fn who_may_not_evict_waits() {
    let mut bench = Bench::new(&[("a", 4)]);
    let low = bench.add("low", &wants(4, 0), 0);
    assert_eq!(bench.bound(0).0, low);
    let polite = PodShape { preemption: PreemptionPolicy::Never, ..wants(4, 10) };
    let pod = bench.add("polite", &polite, 0);
    let failed = bench.failed(0);
    assert!(failed.chosen.is_none() && failed.pod == pod);
    assert!(failed.message(&bench.cluster).ends_with("preemptionPolicy=Never."));
}

#[test]
fn a_nominated_pod_that_is_deleted_lets_others_try() {
    let mut bench = Bench::new(&[("a", 4)]);
    let low = bench.add("low", &wants(4, 0), 0);
    assert_eq!(bench.bound(0).0, low);
    let high = bench.add("high", &wants(4, 10), 0);
    assert_eq!(bench.failed(0).evicted, [low]);
    let other = bench.add("other", &wants(4, 5), 0);
    assert_eq!(bench.failed(0).pod, other);
    assert_eq!(bench.place(other), Some(Place::Unschedulable));
    bench.remove(high, 100);
    assert_eq!(bench.place(other), Some(Place::Backoff));
    assert_eq!(bench.scheduler.nominations().nodes().next(), None);
}

#[test]
fn pods_of_one_shape_that_fail_alike_are_looked_at_once() {
    let mut bench = Bench::new(&[("a", 4)]);
    for name in ["one", "two", "three"] {
        bench.add(name, &wants(8, 0), 0);
    }
    let (one, two) = (bench.failed(0), bench.failed(0));
    assert!(Rc::ptr_eq(&one.attempt, &two.attempt));
    bench.scheduler.add_node(&mut bench.cluster, node("b", 2), at(0));
    let three = bench.failed(0);
    assert_eq!(three.attempt.infeasible.len(), 2, "the cluster changed");
}

#[test]
fn claims_are_bound_with_the_pod() {
    let mut bench = Bench::new(&[("a", 4)]);
    bench.cluster.volumes_mut().add_class(StorageClass {
        name: "fast".into(),
        provisioner: "csi.example".into(),
        mode: BindingMode::WaitForFirstConsumer,
        topologies: Vec::new(),
    });
    let claim = Claim { name: "data".into(), pod: None };
    let volumes = PodVolumes { claims: vec![claim], ..PodVolumes::default() };
    let shape = PodShape { namespace: "shop".into(), volumes, ..wants(1, 0) };
    let pod = bench.add("shop/db-0", &shape, 0);
    let message = bench.failed(0).message(&bench.cluster);
    assert!(message.contains("persistentvolumeclaim \"data\" not found"), "{message}");
    bench.cluster.volumes_mut().add_claim(PersistentVolumeClaim {
        namespace: "shop".into(),
        name: "data".into(),
        class: "fast".into(),
        ..PersistentVolumeClaim::default()
    });
    let event = Event::ClaimAdded { namespace: "shop".into(), name: "data".into() };
    bench.scheduler.happened(&bench.cluster, &event, at(3_000));
    assert_eq!(bench.bound(3_000), (pod, "a".to_owned()));
    let claim = bench.cluster.volumes().claim("shop", "data").expect("it is there");
    assert!(claim.is_bound());
}

#[test]
fn a_pod_that_shrinks_or_loses_its_gates_is_tried() {
    let mut bench = Bench::new(&[("a", 4)]);
    let gated = PodShape { gates: vec!["quota".into()], ..wants(6, 0) };
    let pod = bench.add("pod", &gated, 0);
    assert!(bench.is_idle(0));
    let open = bench.cluster.intern(wants(6, 0));
    bench.scheduler.update_pod(&mut bench.cluster, pod, open, at(100));
    assert_eq!(bench.failed(100).pod, pod);
    let smaller = bench.cluster.intern(wants(4, 0));
    bench.scheduler.update_pod(&mut bench.cluster, pod, smaller, at(200));
    assert_eq!(bench.bound(200).0, pod);
    let tiny = bench.cluster.intern(wants(1, 0));
    let next = bench.add("next", &wants(2, 0), 300);
    assert_eq!(bench.failed(300).pod, next);
    bench.scheduler.update_pod(&mut bench.cluster, pod, tiny, at(400));
    assert_eq!(bench.bound(400), (next, "a".to_owned()), "it was resized in place");
}

#[test]
fn random_ties_are_the_same_for_the_same_seed_and_use_all_nodes() {
    let nodes: Vec<(String, i64)> = (0..8).map(|place| (format!("n{place}"), 4)).collect();
    let nodes: Vec<(&str, i64)> = nodes.iter().map(|(name, size)| (&**name, *size)).collect();
    let run = |seed| {
        let stream = Streams::new(seed).named("scheduler");
        let mut bench = Bench::with(&nodes, TieBreak::Random(Box::new(stream)));
        for pod in 0..8 {
            bench.add(&format!("p{pod}"), &wants(4, 0), 0);
        }
        let mut places: Vec<String> = (0..8).map(|_| bench.bound(0).1).collect();
        // all are full of pods that may go
        bench.add("high", &wants(4, 10), 0);
        let failed = bench.failed(0);
        places.push(format!("{:?}", failed.chosen.as_ref().map(|chosen| chosen.node)));
        places
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let mut used = run(3)[..8].to_vec();
    used.sort();
    used.dedup();
    assert_eq!(used.len(), 8);
}

#[test]
fn a_tenth_of_the_nodes_is_tried_but_at_least_a_hundred() {
    let candidates = Candidates::default();
    assert_eq!([50, 500, 5000].map(|nodes| candidates.of(nodes)), [50, 100, 500]);
    let args = DefaultPreemptionArgs::default();
    assert_eq!(Candidates::from(&args), candidates);
}
