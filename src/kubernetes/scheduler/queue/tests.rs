//! Hand-computed timelines, and a plain queue to compare with.

mod model;
mod of_hints;

use super::*;
use crate::engine::SimDuration;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::shape::{PodShape, Toleration, TolerationOperator};

/// A time in thousandths of a second.
fn at(millis: u64) -> SimTime {
    SimTime::ZERO.saturating_add(SimDuration::from_millis(millis))
}

fn by(plugin: Plugin) -> Rejectors {
    [plugin].into_iter().collect()
}

/// A queue, and a cluster without nodes whose shapes differ by priority.
struct Bench {
    queue: Queue,
    cluster: Cluster,
    profile: Profile,
}

impl Bench {
    fn new(settings: Settings) -> Self {
        let (cluster, profile) = (Cluster::new(), Profile::default());
        Self { queue: Queue::new(settings), cluster, profile }
    }

    fn shape(&mut self, shape: &PodShape) -> ShapeId {
        self.cluster.intern(shape.clone())
    }

    fn add_shape(&mut self, pod: u32, shape: &PodShape, millis: u64) {
        let shape = self.shape(shape);
        let context = Context { profile: &self.profile, cluster: &self.cluster };
        self.queue.add(&context, PodId(pod), shape, at(millis));
    }

    fn add(&mut self, pod: u32, priority: i32, millis: u64) {
        self.add_shape(pod, &PodShape { priority, ..PodShape::default() }, millis);
    }

    fn pop(&mut self, millis: u64) -> Option<u32> {
        self.queue.pop(at(millis)).map(|pod| pod.0)
    }

    fn reject(&mut self, pod: u32, rejectors: Rejectors, millis: u64) {
        let context = Context { profile: &self.profile, cluster: &self.cluster };
        self.queue.reject(&context, PodId(pod), rejectors, at(millis));
    }

    fn happened(&mut self, event: &Event, millis: u64) {
        let context = Context { profile: &self.profile, cluster: &self.cluster };
        self.queue.happened(&context, event, at(millis));
    }

    /// A pod of no particular shape leaves a node, which helps all that need resources.
    fn pod_leaves(&mut self, millis: u64) {
        let shape = self.shape(&PodShape::default());
        self.happened(&Event::PodDeleted(shape), millis);
    }

    fn update(&mut self, pod: u32, shape: &PodShape, millis: u64) {
        let shape = self.shape(shape);
        let context = Context { profile: &self.profile, cluster: &self.cluster };
        self.queue.update(&context, PodId(pod), shape, at(millis));
    }

    fn place(&self, pod: u32) -> Option<Place> {
        self.queue.place(PodId(pod))
    }

    /// Tries a pod at once and rejects it for want of resources.
    fn try_in_vain(&mut self, pod: u32, millis: u64) {
        assert_eq!(self.pop(millis), Some(pod));
        self.reject(pod, by(Plugin::NodeResourcesFit), millis);
    }
}

#[test]
fn the_more_important_come_first_and_then_the_earlier() {
    let mut bench = Bench::new(Settings::default());
    bench.add(0, 0, 100);
    bench.add(1, 5, 200);
    bench.add(2, 5, 200);
    bench.add(3, 0, 50);
    let order: Vec<_> = std::iter::from_fn(|| bench.pop(300)).collect();
    assert_eq!(order, [1, 2, 3, 0]);
}

#[test]
fn who_comes_back_stands_behind_those_that_came_before() {
    let mut bench = Bench::new(Settings { max_backoff: SimDuration::ZERO, ..Settings::default() });
    bench.add(0, 0, 0);
    bench.add(1, 0, 100);
    bench.try_in_vain(0, 200);
    bench.pod_leaves(200);
    assert_eq!(bench.place(0), Some(Place::Active), "there is no wait");
    assert_eq!(bench.pop(200), Some(1));
    assert_eq!(bench.pop(200), Some(0));
}

#[test]
fn waits_double_up_to_the_longest_and_end_with_the_second() {
    let mut bench = Bench::new(Settings::default());
    bench.add(0, 0, 0);
    // 1, 2, 4, 8 and then 10 s after 0.3 s of some second; back after the second in which that is
    for (from, back) in [(300, 2), (2_300, 5), (5_300, 10), (10_300, 19), (19_300, 30)] {
        bench.try_in_vain(0, from);
        assert_eq!(bench.place(0), Some(Place::Unschedulable));
        bench.pod_leaves(from + 100);
        assert_eq!(bench.place(0), Some(Place::Backoff));
        assert_eq!(bench.queue.next_wakeup(), Some(at(back * 1000)));
        bench.queue.advance(at(back * 1000 - 1));
        assert_eq!(bench.place(0), Some(Place::Backoff));
        bench.queue.advance(at(back * 1000));
        assert_eq!(bench.place(0), Some(Place::Active));
    }
    bench.try_in_vain(0, 30_300);
    bench.pod_leaves(40_900);
    assert_eq!(bench.place(0), Some(Place::Backoff), "its wait ends in this second");
    bench.queue.advance(at(41_000));
    assert_eq!(bench.place(0), Some(Place::Active));
}

#[test]
fn a_wait_that_is_over_when_help_comes_is_not_begun() {
    let mut bench = Bench::new(Settings::default());
    bench.add(0, 0, 0);
    bench.try_in_vain(0, 300);
    assert_eq!(bench.queue.next_wakeup(), Some(at(330_000)), "only the flush moves it by itself");
    bench.pod_leaves(2_000);
    assert_eq!(bench.place(0), Some(Place::Active));
}

#[test]
fn who_waits_is_tried_as_soon_as_there_is_no_other() {
    let mut bench = Bench::new(Settings::default());
    bench.add(0, 0, 0);
    bench.try_in_vain(0, 0);
    bench.pod_leaves(100);
    bench.add(1, 0, 200);
    assert_eq!(bench.pop(200), Some(1));
    assert_eq!(bench.pop(200), Some(0), "long before its second is over");

    let settings = Settings { pop_from_backoff: false, ..Settings::default() };
    let mut bench = Bench::new(settings);
    bench.add(0, 0, 0);
    bench.try_in_vain(0, 300);
    bench.pod_leaves(400);
    assert_eq!(bench.pop(1_299), None);
    assert_eq!(bench.pop(1_999), None, "waits are looked at every second");
    assert_eq!(bench.pop(2_000), Some(0));
}

#[test]
fn among_waits_that_end_in_one_second_the_more_important_comes_first() {
    let mut bench = Bench::new(Settings::default());
    for (pod, priority) in [(0, 100), (1, 50), (2, 0)] {
        bench.add(pod, priority, 0);
    }
    assert_eq!((bench.pop(0), bench.pop(0), bench.pop(0)), (Some(0), Some(1), Some(2)));
    bench.reject(2, by(Plugin::NodeResourcesFit), 100);
    bench.reject(1, by(Plugin::NodeResourcesFit), 900);
    bench.reject(0, by(Plugin::NodeResourcesFit), 1_000);
    bench.pod_leaves(1_000);
    assert_eq!((bench.pop(1_000), bench.pop(1_000)), (Some(1), Some(2)));
    assert_eq!(bench.pop(1_000), Some(0), "its wait ends a second later");
}

#[test]
fn errors_are_waited_out_and_counted_apart() {
    let mut bench = Bench::new(Settings::default());
    bench.add(0, 0, 0);
    for (from, back) in [(0, 2_000), (2_000, 5_000), (5_000, 10_000)] {
        assert_eq!(bench.pop(from), Some(0));
        bench.reject(0, Rejectors::NOBODY, from);
        assert_eq!(bench.place(0), Some(Place::Backoff));
        assert_eq!(bench.pop(back - 1), None, "nobody is tried before that is over");
    }
    bench.try_in_vain(0, 10_000);
    bench.pod_leaves(10_000);
    assert_eq!(bench.queue.next_wakeup(), Some(at(12_000)), "it was rejected once");
}

#[test]
fn who_nothing_helped_is_tried_again_after_more_than_five_minutes() {
    let mut bench = Bench::new(Settings::default());
    bench.add(0, 0, 0);
    bench.try_in_vain(0, 0);
    bench.add(1, 0, 29_000);
    bench.try_in_vain(1, 29_000);
    bench.add(2, 0, 30_001);
    bench.try_in_vain(2, 30_001);
    // after exactly 300 s the first has not stayed for longer than that
    assert_eq!(bench.pop(300_000), None);
    assert_eq!(bench.queue.next_wakeup(), Some(at(330_000)));
    assert_eq!((bench.pop(330_000), bench.pop(330_000)), (Some(0), Some(1)));
    assert_eq!(bench.pop(359_999), None);
    assert_eq!(bench.pop(360_000), Some(2));
}

#[test]
fn a_gated_pod_is_not_tried_and_then_stands_where_it_came() {
    let gated = PodShape { gates: vec!["quota".into()], ..PodShape::default() };
    let mut bench = Bench::new(Settings::default());
    bench.add_shape(0, &gated, 0);
    bench.add(1, 0, 100);
    bench.pod_leaves(200);
    assert_eq!(bench.queue.counts(), Counts { active: 1, gated: 1, ..Counts::default() });
    assert_eq!(bench.queue.next_wakeup(), None, "it is not flushed");
    let still = PodShape { labels: [("a", "b")].into_iter().collect(), ..gated.clone() };
    bench.update(0, &still, 300);
    assert_eq!(bench.place(0), Some(Place::Gated));
    bench.update(0, &PodShape::default(), 400);
    assert_eq!((bench.pop(400), bench.pop(400)), (Some(0), Some(1)));
}

#[test]
fn what_happens_during_a_trial_is_not_missed() {
    let mut bench = Bench::new(Settings::default());
    bench.add(0, 0, 0);
    bench.add(1, 0, 0);
    assert_eq!(bench.pop(0), Some(0));
    bench.pod_leaves(10);
    assert_eq!(bench.pop(20), Some(1));
    bench.reject(1, by(Plugin::NodeResourcesFit), 30);
    assert_eq!(bench.place(1), Some(Place::Unschedulable), "it began after that");
    bench.reject(0, by(Plugin::NodeResourcesFit), 40);
    assert_eq!(bench.place(0), Some(Place::Backoff));
    assert_eq!(bench.pop(50), Some(0));
    bench.pod_leaves(60);
    bench.reject(0, by(Plugin::NodeAffinity), 70);
    assert_eq!(bench.place(0), Some(Place::Unschedulable), "that does not help it");
    assert_eq!(bench.place(1), Some(Place::Backoff));
}

#[test]
fn an_event_helps_only_whom_its_plugins_rejected() {
    let mut bench = Bench::new(Settings::default());
    let rejectors = [Plugin::NodeResourcesFit, Plugin::NodeAffinity, Plugin::TaintToleration];
    for (pod, plugin) in (0..).zip(rejectors) {
        bench.add(pod, 0, 0);
        assert_eq!(bench.pop(0), Some(pod));
        bench.reject(pod, by(plugin), 0);
    }
    bench.pod_leaves(100);
    let places = [0, 1, 2].map(|pod| bench.place(pod).expect("it is in the queue"));
    assert_eq!(places, [Place::Backoff, Place::Unschedulable, Place::Unschedulable]);
    let node = NodeSpec { allowed_pods: 110, ..NodeSpec::default() };
    bench.happened(&Event::NodeAdded(Box::new(node)), 200);
    assert_eq!(bench.queue.counts().backoff, 3);
}

#[test]
fn a_pod_that_learns_to_tolerate_is_tried_if_taints_were_the_reason() {
    let tolerant = PodShape {
        tolerations: vec![Toleration {
            key: "gpu".into(),
            operator: TolerationOperator::Exists,
            value: "".into(),
            effect: None,
        }],
        ..PodShape::default()
    };
    let mut bench = Bench::new(Settings::default());
    for (pod, plugin) in [(0, Plugin::TaintToleration), (1, Plugin::NodeResourcesFit)] {
        bench.add(pod, 0, 0);
        assert_eq!(bench.pop(0), Some(pod));
        bench.reject(pod, by(plugin), 0);
        bench.update(pod, &tolerant, 100);
    }
    assert_eq!(bench.place(0), Some(Place::Backoff));
    assert_eq!(bench.place(1), Some(Place::Unschedulable));
    // the same during a trial
    bench.add(2, 0, 200);
    assert_eq!(bench.pop(200), Some(2));
    bench.update(2, &tolerant, 210);
    bench.reject(2, by(Plugin::TaintToleration), 220);
    assert_eq!(bench.place(2), Some(Place::Backoff));
}

#[test]
fn a_pod_that_is_gone_is_not_taken_in_again() {
    let mut bench = Bench::new(Settings::default());
    for pod in 0..3 {
        bench.add(pod, 0, 0);
    }
    assert_eq!(bench.pop(0), Some(0));
    bench.queue.remove(PodId(0));
    bench.reject(0, by(Plugin::NodeResourcesFit), 10);
    bench.try_in_vain(1, 20);
    bench.queue.remove(PodId(1));
    bench.queue.remove(PodId(2));
    bench.pod_leaves(30);
    assert_eq!(bench.queue.counts(), Counts::default());
    assert_eq!((bench.pop(400_000), bench.queue.next_wakeup()), (None, None));
    bench.add(1, 0, 400_000);
    assert_eq!(bench.pop(400_000), Some(1), "its number is used again");
}

#[test]
fn an_activated_pod_neither_waits_nor_needs_help() {
    let mut bench = Bench::new(Settings::default());
    bench.add(0, 0, 0);
    bench.try_in_vain(0, 0);
    bench.queue.activate(PodId(0));
    assert_eq!(bench.place(0), Some(Place::Active));
    assert_eq!(bench.pop(100), Some(0));
    bench.queue.activate(PodId(0));
    bench.reject(0, by(Plugin::NodeAffinity), 100);
    assert_eq!(bench.place(0), Some(Place::Backoff));
}

#[test]
fn a_cleared_nomination_helps_none_that_is_more_important() {
    let mut bench = Bench::new(Settings::default());
    for (pod, priority) in [(2, 20), (1, 10), (0, 0)] {
        bench.add(pod, priority, 0);
        bench.try_in_vain(pod, 0);
    }
    let nominee = bench.shape(&PodShape { priority: 10, ..PodShape::default() });
    bench.happened(&Event::NominationCleared(nominee), 0);
    let places = [0, 1, 2].map(|pod| bench.place(pod).expect("it is in the queue"));
    assert_eq!(places, [Place::Backoff, Place::Backoff, Place::Unschedulable]);
}
