//! Hand-computed timelines, and equality with a plain simulation that re-solves everything at every
//! step.

use proptest::prelude::*;

use super::*;
use crate::engine::SimDuration;
use crate::sharing::water_fill::level;

const MS: f64 = 1e6;

fn ms(millis: f64) -> SimTime {
    SimTime::from_nanos((millis * MS).round() as u64)
}

fn tree(cores: f64) -> ShareTree<u32> {
    ShareTree::new(Capacity::cores(cores))
}

fn plain_leaf(tree: &mut ShareTree<u32>, weight: f64) -> LeafId {
    tree.add_leaf(SimTime::ZERO, ShareTree::<u32>::ROOT, Share::weighted(weight), 1.0, None)
}

/// Plays a tree to the end and returns (time in ms, token) of every completion.
fn play(tree: &mut ShareTree<u32>) -> Vec<(f64, u32)> {
    let (mut done, mut log) = (Vec::new(), Vec::new());
    while tree.next() < SimTime::MAX {
        let now = tree.next();
        tree.advance(now, &mut done);
        log.extend(done.drain(..).map(|token| (now.as_nanos() as f64 / MS, token)));
    }
    log
}

#[test]
fn an_idle_core_serves_a_job_at_full_speed() {
    let mut tree = tree(2.0);
    let leaf = plain_leaf(&mut tree, 1.0);
    tree.add_job(SimTime::ZERO, leaf, 10.0 * MS, 7);
    assert_eq!(play(&mut tree), [(10.0, 7)]);
    assert_eq!(tree.used(ms(20.0)), 0.010);
    assert_eq!(tree.usage(ms(20.0), leaf).served, 0.010);
}

#[test]
fn weights_decide_under_contention_and_the_survivor_takes_all() {
    let mut tree = tree(1.0);
    let (heavy, light) = (plain_leaf(&mut tree, 3.0), plain_leaf(&mut tree, 1.0));
    tree.add_job(SimTime::ZERO, heavy, 30.0 * MS, 1);
    tree.add_job(SimTime::ZERO, light, 30.0 * MS, 2);
    // 3/4 core: 30 ms of work take 40 ms; by then the other has had 10 ms, and finishes alone
    assert_eq!(play(&mut tree), [(40.0, 1), (60.0, 2)]);
}

#[test]
fn a_group_is_bounded_by_its_cap_and_its_members_share_that() {
    let mut tree = tree(8.0);
    let vm = tree.add_group(ShareTree::<u32>::ROOT, Share { cap: 2.0, ..Share::weighted(1.0) });
    for token in 0..4 {
        let leaf = tree.add_leaf(SimTime::ZERO, vm, Share::weighted(1.0), 1.0, None);
        tree.add_job(SimTime::ZERO, leaf, 10.0 * MS, token);
    }
    assert_eq!(tree.throughput(), 2.0);
    assert_eq!(play(&mut tree), [(20.0, 0), (20.0, 1), (20.0, 2), (20.0, 3)]);
}

#[test]
fn a_reservation_holds_against_a_crowd() {
    let mut tree = tree(2.0);
    let reserved = Share { floor: 1.0, ..Share::weighted(1.0) };
    let safe = tree.add_leaf(SimTime::ZERO, ShareTree::<u32>::ROOT, reserved, 1.0, None);
    tree.add_job(SimTime::ZERO, safe, 10.0 * MS, 0);
    for _ in 0..8 {
        let leaf = plain_leaf(&mut tree, 1.0);
        tree.add_job(SimTime::ZERO, leaf, 10.0 * MS, 9);
    }
    assert_eq!(tree.rate(safe), 1.0);
    assert_eq!(play(&mut tree)[0], (10.0, 0));
}

#[test]
fn the_second_thread_of_a_core_adds_its_yield() {
    // one core with two threads, the second worth 0.25: two jobs run at 0.625 each
    let capacity = Capacity { cores: 1.0, threads_per_core: 2.0, smt_yield: 0.25 };
    let mut tree = ShareTree::new(capacity);
    for token in 0..2 {
        let leaf = plain_leaf(&mut tree, 1.0);
        tree.add_job(SimTime::ZERO, leaf, 10.0 * MS, token);
    }
    assert_eq!(play(&mut tree), [(16.0, 0), (16.0, 1)]);
    // both had a thread all the time: slower, but never waiting
    assert_eq!(tree.waiting(ms(16.0)), 0.0);
    assert_eq!(capacity.maximum(), 1.25);
}

#[test]
fn threads_without_a_core_wait() {
    let mut tree = tree(1.0);
    for token in 0..3 {
        let leaf = plain_leaf(&mut tree, 1.0);
        tree.add_job(SimTime::ZERO, leaf, 10.0 * MS, token);
    }
    assert_eq!(play(&mut tree).last(), Some(&(30.0, 2)));
    assert_eq!(tree.waiting(ms(30.0)), 0.060);
}

fn throttled_leaf(tree: &mut ShareTree<u32>, cores: f64) -> LeafId {
    let quota = Quota::new(cores, SimDuration::from_millis(100), SimTime::ZERO);
    tree.add_leaf(SimTime::ZERO, ShareTree::<u32>::ROOT, Share::weighted(1.0), 1.0, Some(quota))
}

#[test]
fn one_second_under_20_ms_of_100_ms_takes_4920_ms() {
    let mut tree = tree(1.0);
    let leaf = throttled_leaf(&mut tree, 0.2);
    tree.add_job(SimTime::ZERO, leaf, 1000.0 * MS, 0);
    // 49 full periods give 980 ms; the last 20 ms run at once in the fiftieth
    assert_eq!(play(&mut tree), [(4920.0, 0)]);
    // throttled 80 ms in each of 49 periods; it is done at the very moment the budget is
    assert_eq!(tree.usage(ms(4920.0), leaf).throttled, 3.92);
}

#[test]
fn parallel_threads_use_the_budget_up_sooner() {
    let mut tree = tree(4.0);
    let leaf = throttled_leaf(&mut tree, 1.0);
    for token in 0..4 {
        tree.add_job(SimTime::ZERO, leaf, 100.0 * MS, token);
    }
    // 25 ms a thread in each period: three periods and 25 ms
    assert_eq!(play(&mut tree), [(325.0, 0), (325.0, 1), (325.0, 2), (325.0, 3)]);
}

#[test]
fn a_burst_within_the_budget_is_not_throttled() {
    let mut tree = tree(4.0);
    let leaf = throttled_leaf(&mut tree, 0.5);
    tree.add_job(ms(30.0), leaf, 18.0 * MS, 0);
    assert_eq!(play(&mut tree), [(48.0, 0)]);
    // 32 ms are left in this period and 50 in the next: 20 + 32 + … from 80 to 112 would be
    // spent across the boundary at 100, where the budget is whole again
    tree.add_job(ms(80.0), leaf, 60.0 * MS, 1);
    assert_eq!(play(&mut tree), [(140.0, 1)]);
}

#[test]
fn a_paused_group_gets_nothing_and_goes_on_where_it_was() {
    let mut tree = tree(1.0);
    let vm = tree.add_group(ShareTree::<u32>::ROOT, Share::weighted(1.0));
    let leaf = tree.add_leaf(SimTime::ZERO, vm, Share::weighted(1.0), 1.0, None);
    tree.add_job(SimTime::ZERO, leaf, 10.0 * MS, 0);
    tree.pause_group(ms(4.0), vm, true);
    assert_eq!(tree.next(), SimTime::MAX);
    tree.pause_group(ms(100.0), vm, false);
    assert_eq!(play(&mut tree), [(106.0, 0)]);
}

#[test]
fn background_load_takes_its_share_of_a_leaf() {
    let mut tree = tree(1.0);
    let leaf = plain_leaf(&mut tree, 1.0);
    tree.set_background(SimTime::ZERO, leaf, 0.5);
    assert_eq!(tree.throughput(), 0.5);
    tree.add_job(SimTime::ZERO, leaf, 10.0 * MS, 0);
    // job and background want 1.5 of one core: the job gets 2/3
    assert_eq!(play(&mut tree), [(15.0, 0)]);
}

#[test]
fn removing_a_leaf_cuts_its_jobs_off_and_frees_the_capacity() {
    let mut tree = tree(1.0);
    let (first, second) = (plain_leaf(&mut tree, 1.0), plain_leaf(&mut tree, 1.0));
    tree.add_job(SimTime::ZERO, first, 10.0 * MS, 1);
    tree.add_job(SimTime::ZERO, second, 10.0 * MS, 2);
    let mut cut_off = Vec::new();
    let usage = tree.remove_leaf(ms(10.0), first, &mut cut_off);
    assert_eq!((cut_off, usage.served), (vec![1], 0.005));
    assert_eq!(play(&mut tree), [(15.0, 2)]);
}

/// What the random test builds: leaves in groups under the root, and jobs over time.
#[derive(Debug, Clone)]
struct Case {
    cores: u8,
    smt: bool,
    groups: Vec<(u8, u8, u8)>,
    leaves: Vec<(usize, u8, u8)>,
    jobs: Vec<(u16, usize, u16)>,
}

fn case() -> impl Strategy<Value = Case> {
    let groups = prop::collection::vec((1..5u8, 0..3u8, 1..5u8), 0..4);
    let leaves = prop::collection::vec((0..5usize, 1..4u8, 0..4u8), 1..7);
    let jobs = prop::collection::vec((0..300u16, 0..7usize, 1..200u16), 1..40);
    (1..5u8, any::<bool>(), groups, leaves, jobs).prop_map(
        |(cores, smt, groups, leaves, mut jobs)| {
            jobs.sort_unstable();
            Case { cores, smt, groups, leaves, jobs }
        },
    )
}

impl Case {
    fn capacity(&self) -> Capacity {
        let threads = if self.smt { 2.0 } else { 1.0 };
        Capacity { cores: f64::from(self.cores), threads_per_core: threads, smt_yield: 0.25 }
    }

    /// Group of a leaf; `None` is the root.
    fn group_of(&self, leaf: usize) -> Option<usize> {
        self.leaves[leaf].0.checked_sub(1).filter(|&group| group < self.groups.len())
    }

    fn group_share(&self, group: usize) -> Share {
        let (weight, floor, cap) = self.groups[group];
        let cap = f64::from(cap);
        // floors that the host can keep together
        let floor = (f64::from(floor) * 0.25).min(cap).min(f64::from(self.cores) / 4.0);
        Share { weight: f64::from(weight), floor, cap }
    }

    fn leaf_share(&self, leaf: usize) -> Share {
        let (_, weight, cap) = self.leaves[leaf];
        let cap = if cap == 0 { f64::INFINITY } else { f64::from(cap) * 0.5 };
        Share { cap, ..Share::weighted(f64::from(weight)) }
    }

    /// Completion times in ns by re-solving everything at every event, job by job, each with the
    /// lowest rate that the job had.
    fn plainly(&self) -> Vec<(f64, f64)> {
        let mut done = vec![(f64::NAN, f64::INFINITY); self.jobs.len()];
        let mut active: Vec<(usize, f64)> = Vec::new();
        let (mut now, mut coming) = (0.0, 0);
        while coming < self.jobs.len() || !active.is_empty() {
            let rates = self.rates(&active);
            let end = active.iter().zip(&rates).map(|((_, left), rate)| left / rate);
            let end = now + end.fold(f64::INFINITY, f64::min);
            let arrival = self.jobs.get(coming).map_or(f64::INFINITY, |job| f64::from(job.0) * MS);
            let next = end.min(arrival);
            for ((job, left), &rate) in active.iter_mut().zip(&rates) {
                *left -= rate * (next - now);
                done[*job].1 = rate.min(done[*job].1);
            }
            now = next;
            active.retain(|&(job, left)| {
                if left < 0.5 {
                    done[job].0 = now;
                }
                left >= 0.5
            });
            while coming < self.jobs.len() && f64::from(self.jobs[coming].0) * MS <= now {
                active.push((coming, f64::from(self.jobs[coming].2) * MS / 10.0));
                coming += 1;
            }
        }
        done
    }

    fn leaf_of(&self, job: usize) -> usize {
        self.jobs[job].1 % self.leaves.len()
    }

    /// Rate of each active job.
    fn rates(&self, active: &[(usize, f64)]) -> Vec<f64> {
        let mut count = vec![0.0; self.leaves.len()];
        active.iter().for_each(|&(job, _)| count[self.leaf_of(job)] += 1.0);
        let wanted = |leaf: usize| self.leaf_share(leaf).cap.min(count[leaf]);
        let members = |group: Option<usize>| {
            (0..self.leaves.len()).filter(move |&leaf| self.group_of(leaf) == group)
        };
        let demand: Vec<f64> = (0..self.groups.len())
            .map(|group| {
                let sum: f64 = members(Some(group)).map(wanted).sum();
                sum.min(self.group_share(group).cap)
            })
            .collect();
        let mut leaf_rate = vec![0.0; self.leaves.len()];
        let mut divide = |group: Option<usize>, rate: f64, groups: &[usize]| -> Vec<f64> {
            let leaves: Vec<usize> = members(group).filter(|&leaf| wanted(leaf) > 0.0).collect();
            let mut claims: Vec<Claim> =
                leaves.iter().map(|&leaf| self.leaf_share(leaf).claim(wanted(leaf))).collect();
            claims.extend(groups.iter().map(|&g| self.group_share(g).claim(demand[g])));
            let level = level(rate, &claims, 0.0, &mut Vec::new());
            for (&leaf, claim) in leaves.iter().zip(&claims) {
                leaf_rate[leaf] = claim.share(level);
            }
            claims[leaves.len()..].iter().map(|claim| claim.share(level)).collect()
        };
        let busy: Vec<usize> = (0..self.groups.len()).filter(|&g| demand[g] > 0.0).collect();
        let total: f64 =
            members(None).map(wanted).sum::<f64>() + busy.iter().map(|&g| demand[g]).sum::<f64>();
        let group_rates = divide(None, self.capacity().at(total), &busy);
        for (&group, &rate) in busy.iter().zip(&group_rates) {
            divide(Some(group), rate, &[]);
        }
        active
            .iter()
            .map(|&(job, _)| leaf_rate[self.leaf_of(job)] / count[self.leaf_of(job)])
            .collect()
    }

    /// The same through the tree.
    fn through_the_tree(&self) -> Vec<f64> {
        let mut tree = ShareTree::new(self.capacity());
        let groups: Vec<GroupId> = (0..self.groups.len())
            .map(|group| tree.add_group(ShareTree::<usize>::ROOT, self.group_share(group)))
            .collect();
        let leaves: Vec<LeafId> = (0..self.leaves.len())
            .map(|leaf| {
                let group = self.group_of(leaf).map_or(ShareTree::<usize>::ROOT, |g| groups[g]);
                tree.add_leaf(SimTime::ZERO, group, self.leaf_share(leaf), 1.0, None)
            })
            .collect();
        let mut times = vec![f64::NAN; self.jobs.len()];
        let mut done = Vec::new();
        let mut coming = 0;
        loop {
            let arrival = self.jobs.get(coming).map_or(SimTime::MAX, |job| ms(f64::from(job.0)));
            let now = tree.next().min(arrival);
            if now == SimTime::MAX {
                return times;
            }
            tree.advance(now, &mut done);
            done.drain(..).for_each(|job: usize| times[job] = now.as_nanos() as f64);
            if arrival == now {
                let work = f64::from(self.jobs[coming].2) * MS / 10.0;
                tree.add_job(now, leaves[self.leaf_of(coming)], work, coming);
                coming += 1;
            }
            assert!(tree.throughput() <= self.capacity().maximum() + 1e-9);
        }
    }
}

proptest! {
    #[test]
    fn the_tree_agrees_with_a_plain_simulation(case in case()) {
        let plain = case.plainly();
        let tree = case.through_the_tree();
        // each event rounds up to a nanosecond, in which the host may do what is of no use
        let lost = 2.0 * tree.len() as f64 * case.capacity().maximum();
        for (job, (&(plain, slowest), tree)) in plain.iter().zip(&tree).enumerate() {
            // a job that is behind by all of that needs so long to catch up
            let most = (lost + 1.0) / slowest;
            prop_assert!((plain - tree).abs() < most, "job {job}: {plain} ns, tree {tree} ns");
        }
    }
}
