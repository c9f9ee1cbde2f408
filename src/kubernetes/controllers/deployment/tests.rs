//! Rollouts by hand. A [`Rollout`] does what syncs say and has the ReplicaSets follow at once;
//! pods become available when the test says so.

use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

use super::progress::{Progress, Reason};
use super::*;
use crate::engine::SimTime;

const QUARTERS: Strategy =
    Strategy::RollingUpdate { max_surge: Share::Percent(25), max_unavailable: Share::Percent(25) };

fn spec(replicas: i32, strategy: Strategy) -> DeploymentSpec {
    DeploymentSpec {
        replicas,
        strategy,
        paused: false,
        revision_history_limit: Some(10),
        progress_deadline: Some(SimDuration::from_secs(600)),
    }
}

/// A set whose pods are all available, sized by a Deployment of `of` replicas.
fn set(id: u32, replicas: i32, of: &DeploymentSpec) -> SetView {
    SetView {
        id,
        created: id,
        revision: id,
        is_new: false,
        replicas,
        current: replicas,
        ready: replicas,
        available: replicas,
        alive: replicas,
        marks: Some(of.marks()),
    }
}

fn waiting(set: SetView) -> SetView {
    SetView { ready: 0, available: 0, ..set }
}

fn scaled(actions: &[Action]) -> Vec<(u32, i32)> {
    let size = |action: &Action| match *action {
        Action::Scale { set, replicas, .. } => (set, replicas),
        other => panic!("only sizes change, not {other:?}"),
    };
    actions.iter().map(size).collect()
}

struct Rollout {
    spec: DeploymentSpec,
    sets: Vec<SetView>,
}

impl Rollout {
    /// A Deployment that is done with one template, and now has another.
    fn new(spec: DeploymentSpec) -> Self {
        Self { spec, sets: vec![set(1, spec.replicas, &spec)] }
    }

    /// Syncs until nothing changes; the sizes of the sets after each sync that changed any.
    fn settle(&mut self) -> Vec<Vec<i32>> {
        let mut sizes = Vec::new();
        loop {
            let actions = sync(&self.spec, &self.sets);
            if actions.is_empty() {
                return sizes;
            }
            for action in actions {
                self.apply(action);
            }
            self.follow();
            sizes.push(self.sets.iter().map(|set| set.replicas).collect());
        }
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Create { replicas, marks } => {
                let id = self.sets.len() as u32 + 1;
                let marks = Some(marks);
                let new = waiting(set(id, 0, &self.spec));
                self.sets.push(SetView { replicas, marks, is_new: true, ..new });
            }
            Action::Scale { set: id, replicas, marks } => {
                let set = self.sets.iter_mut().find(|set| set.id == id).expect("it is there");
                (set.replicas, set.marks) = (replicas, marks);
            }
            Action::Delete { set: id } => self.sets.retain(|set| set.id != id),
        }
    }

    fn follow(&mut self) {
        for set in &mut self.sets {
            set.current = set.replicas;
            set.alive = set.replicas;
            set.available = set.available.min(set.replicas);
            set.ready = set.available;
        }
    }

    /// So many pods of the newest set are available now.
    fn available(&mut self, pods: i32) {
        let new = self.sets.last_mut().expect("there is one");
        (new.ready, new.available) = (pods, pods);
    }
}

#[test]
fn ten_replicas_roll_three_over_and_two_under() {
    let mut rollout = Rollout::new(spec(10, QUARTERS));
    assert_eq!((rollout.spec.max_surge(), rollout.spec.max_unavailable()), (3, 2));
    // the new set takes the surge, the old one gives what may be unavailable, in one sync
    assert_eq!(rollout.settle(), [[8, 3], [8, 5]]);
    rollout.available(3);
    assert_eq!(rollout.settle(), [[5, 5], [5, 8]]);
    rollout.available(5);
    assert_eq!(rollout.settle(), [[3, 8], [3, 10]]);
    rollout.available(8);
    assert_eq!(rollout.settle(), [[0, 10]]);
    rollout.available(10);
    assert!(rollout.settle().is_empty());
}

#[test]
fn without_room_for_either_one_pod_may_be_unavailable() {
    let tight =
        Strategy::RollingUpdate { max_surge: Share::Count(0), max_unavailable: Share::Percent(25) };
    let mut rollout = Rollout::new(spec(3, tight));
    assert_eq!(rollout.settle(), [[2, 0], [2, 1]]);
    rollout.available(1);
    assert_eq!(rollout.settle(), [[1, 1], [1, 2]]);
}

#[test]
fn a_rollout_that_does_not_come_up_stops_where_enough_is_available() {
    let mut rollout = Rollout::new(spec(10, QUARTERS));
    rollout.settle();
    // one of the old ones is lost: it would be cleaned up, but the new ones must come first
    rollout.sets[0].available = 7;
    assert!(rollout.settle().is_empty());
    // back to the old template: the pods that never came up make way, and it grows to its size
    rollout.sets.swap(0, 1);
    (rollout.sets[0].is_new, rollout.sets[1].is_new) = (false, true);
    assert_eq!(rollout.settle(), [[1, 8], [1, 10]], "thirteen, less eight, less one");
    rollout.available(10);
    assert_eq!(rollout.settle(), [[0, 10]]);
}

#[test]
fn unhealthy_old_pods_go_first_then_the_oldest_set() {
    let spec = spec(10, QUARTERS);
    let new = SetView { is_new: true, ..set(3, 5, &spec) };
    let ill = SetView { available: 1, ..set(2, 4, &spec) };
    // thirteen pods, eight needed: five may go; three are ill, and nothing is above the eight
    // available ones: 4 + 1 + 5 are two more, which the oldest set gives
    assert_eq!(scaled(&sync(&spec, &[set(1, 4, &spec), ill, new])), [(1, 2), (2, 1)]);
}

#[test]
fn a_status_older_than_its_size_holds_the_old_sets() {
    let spec = spec(10, QUARTERS);
    let new = SetView { is_new: true, ..set(2, 5, &spec) };
    let stale = SetView { available: 10, current: 10, ..set(1, 8, &spec) };
    assert!(sync(&spec, &[stale, new]).is_empty());
    assert_eq!(scaled(&sync(&spec, &[set(1, 8, &spec), new])), [(1, 3)]);
}

#[test]
fn recreate_waits_for_the_last_old_pod_to_end() {
    let mut rollout = Rollout::new(spec(4, Strategy::Recreate));
    let actions = sync(&rollout.spec, &rollout.sets);
    assert_eq!(scaled(&actions), [(1, 0)]);
    actions.into_iter().for_each(|action| rollout.apply(action));
    assert!(sync(&rollout.spec, &rollout.sets).is_empty(), "they are still there");
    rollout.sets[0] = SetView { alive: 1, ..waiting(set(1, 0, &rollout.spec)) };
    assert!(sync(&rollout.spec, &rollout.sets).is_empty(), "one is terminating");
    rollout.sets[0].alive = 0;
    assert_eq!(rollout.settle(), [[0, 4]]);
}

#[test]
fn sets_are_scaled_in_proportion_while_a_rollout_is_on() {
    let ten = spec(10, QUARTERS);
    let sets = [set(1, 8, &ten), SetView { is_new: true, ..waiting(set(2, 5, &ten)) }];
    let surge =
        Strategy::RollingUpdate { max_surge: Share::Count(3), max_unavailable: Share::Count(2) };
    // eighteen for thirteen: 8 -> 11.08, 5 -> 6.92
    let actions = sync(&spec(15, surge), &sets);
    assert_eq!(scaled(&actions), [(1, 11), (2, 7)]);
    let marks = Some(Marks { desired: 15, max: 18 });
    assert_eq!(actions[1], Action::Scale { set: 2, replicas: 7, marks });
    // eight for thirteen: 8 -> 4.92, 5 -> 3.08
    assert_eq!(scaled(&sync(&spec(5, surge), &sets)), [(1, 5), (2, 3)]);
    assert_eq!(scaled(&sync(&spec(0, surge), &sets)), [(1, 0), (2, 0)]);
}

#[test]
fn what_rounding_leaves_goes_to_the_largest_set() {
    let before = spec(
        6,
        Strategy::RollingUpdate { max_surge: Share::Count(0), max_unavailable: Share::Count(1) },
    );
    let sets =
        [set(1, 2, &before), set(2, 2, &before), SetView { is_new: true, ..set(3, 2, &before) }];
    let after = DeploymentSpec { replicas: 8, ..before };
    // each 2 -> 2.67, rounded to 3: the youngest two take the two that there are
    assert_eq!(
        scaled(&sync(&after, &sets)),
        [(1, 2), (2, 3), (3, 3)].map(|(set, size)| (set, size))
    );
    let fewer = DeploymentSpec { replicas: 5, ..before };
    // each 2 -> 1.67, rounded to 2: nobody gives, so the oldest does
    assert_eq!(scaled(&sync(&fewer, &sets)), [(1, 1), (2, 2), (3, 2)]);
}

#[test]
fn a_single_set_takes_the_whole_size_and_a_saturated_one_all_of_it() {
    let ten = spec(10, QUARTERS);
    let twenty = spec(20, QUARTERS);
    let empty = set(1, 0, &ten);
    let new = SetView { is_new: true, ..set(2, 10, &ten) };
    assert_eq!(scaled(&sync(&twenty, &[empty, new])), [(2, 20)]);
    let full = SetView { is_new: true, ..set(2, 20, &twenty) };
    assert_eq!(scaled(&sync(&twenty, &[set(1, 3, &ten), full])), [(1, 0)]);
}

#[test]
fn a_paused_deployment_keeps_its_sets_but_follows_its_size() {
    let paused = DeploymentSpec { paused: true, ..spec(10, QUARTERS) };
    assert!(sync(&paused, &[set(1, 10, &paused)]).is_empty(), "no set is made");
    let larger = DeploymentSpec { replicas: 12, ..paused };
    assert_eq!(scaled(&sync(&larger, &[set(1, 10, &paused)])), [(1, 12)]);
}

#[test]
fn empty_sets_beyond_the_history_go_lowest_revision_first() {
    let spec = DeploymentSpec { revision_history_limit: Some(2), ..spec(3, QUARTERS) };
    let old = |id, revision| SetView { revision, ..set(id, 0, &spec) };
    let new = SetView { is_new: true, ..set(6, 3, &spec) };
    let sets = [old(1, 5), old(2, 2), old(3, 3), old(4, 1), old(5, 4), new];
    let gone = [4, 2, 3].map(|set| Action::Delete { set });
    assert_eq!(sync(&spec, &sets), gone);
    let coming = SetView { available: 2, ..new };
    let unfinished = [sets[0], sets[1], sets[2], coming];
    assert!(sync(&spec, &unfinished).is_empty(), "not before the end");
    // a pause does not wait for the end; a set with a pod keeps its place among those beyond
    let paused = DeploymentSpec { paused: true, ..spec };
    let dying = SetView { current: 1, ..old(4, 1) };
    let sets = [sets[0], sets[1], sets[2], dying, sets[4], coming];
    assert_eq!(sync(&paused, &sets), gone[1..]);
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

#[test]
fn without_progress_for_the_deadline_it_says_so() {
    let mut rollout = Rollout::new(spec(10, QUARTERS));
    let mut progress = Progress::default();
    let mut look = |rollout: &Rollout, seconds| {
        let actions = sync(&rollout.spec, &rollout.sets);
        let next = progress.sync(&rollout.spec, &rollout.sets, &actions, at(seconds));
        let condition = progress.condition().expect("there is a deadline");
        (condition.reason, condition.status, next)
    };
    let yes = Some(true);
    assert_eq!(look(&rollout, 0), (Reason::ReplicaSetUpdated, yes, Some(at(601))));
    rollout.settle();
    assert_eq!(look(&rollout, 5), (Reason::ReplicaSetUpdated, yes, Some(at(606))));
    assert_eq!(look(&rollout, 9), (Reason::ReplicaSetUpdated, yes, Some(at(606))), "nothing new");
    rollout.available(1);
    assert_eq!(look(&rollout, 20), (Reason::ReplicaSetUpdated, yes, Some(at(621))));
    assert_eq!(look(&rollout, 620).0, Reason::ReplicaSetUpdated, "exactly the deadline");
    assert_eq!(look(&rollout, 621), (Reason::ProgressDeadlineExceeded, Some(false), None));
    rollout.available(3);
    assert_eq!(look(&rollout, 700), (Reason::ReplicaSetUpdated, yes, Some(at(1_301))));
    for available in [5, 8, 10] {
        rollout.settle();
        rollout.available(available);
    }
    assert_eq!(look(&rollout, 800), (Reason::NewReplicaSetAvailable, yes, None));
    rollout.available(4);
    assert_eq!(look(&rollout, 5_000).0, Reason::NewReplicaSetAvailable, "it was complete once");
}

#[test]
fn a_pause_stops_the_deadline() {
    let rollout = Rollout::new(spec(10, QUARTERS));
    let paused = DeploymentSpec { paused: true, ..rollout.spec };
    let mut progress = Progress::default();
    let new = SetView { is_new: true, ..waiting(set(2, 3, &rollout.spec)) };
    let sets = [set(1, 8, &rollout.spec), new];
    progress.sync(&rollout.spec, &sets, &[], at(0));
    assert_eq!(progress.sync(&paused, &sets, &[], at(500)), None);
    assert_eq!(progress.condition().map(|it| it.reason), Some(Reason::DeploymentPaused));
    assert_eq!(progress.sync(&rollout.spec, &sets, &[], at(2_000)), Some(at(2_601)));
    assert_eq!(progress.condition().map(|it| it.reason), Some(Reason::DeploymentResumed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_rollout_stays_within_its_limits_and_ends(
        replicas in 1..40_i32,
        surge in 0..120_i32,
        unavailable in 0..100_i32,
        steps in proptest::collection::vec(1..8_i32, 60),
    ) {
        let strategy = Strategy::RollingUpdate {
            max_surge: Share::Percent(surge),
            max_unavailable: Share::Percent(unavailable),
        };
        let spec = spec(replicas, strategy);
        let mut rollout = Rollout::new(spec);
        for step in steps {
            for sizes in rollout.settle() {
                let total: i32 = sizes.iter().sum();
                prop_assert!(total <= replicas + spec.max_surge(), "{sizes:?}");
            }
            let available: i32 = rollout.sets.iter().map(|set| set.available).sum();
            prop_assert!(available >= replicas - spec.max_unavailable(), "{:?}", rollout.sets);
            let new = rollout.sets[1];
            rollout.available(new.replicas.min(new.available + step));
        }
        rollout.settle();
        let sizes: Vec<i32> = rollout.sets.iter().map(|set| set.replicas).collect();
        prop_assert_eq!(sizes, [0, replicas]);
    }
}
