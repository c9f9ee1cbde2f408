//! Jobs by hand.

use super::super::pod::fixture::{at, pending, ready, secs};
use super::*;

fn spec(parallelism: i32, completions: Option<i32>) -> JobSpec {
    JobSpec {
        parallelism,
        completions,
        indexed: false,
        backoff_limit: 6,
        backoff_limit_per_index: None,
        max_failed_indexes: None,
        active_deadline: None,
        ttl_after_finished: None,
        suspend: false,
        replacement: PodReplacement::TerminatingOrFailed,
        restarts_containers: false,
    }
}

fn indexed(parallelism: i32, completions: i32) -> JobSpec {
    JobSpec { indexed: true, ..spec(parallelism, Some(completions)) }
}

fn pod(id: u32) -> JobPod {
    JobPod { pod: ready(id), index: None, ended: None }
}

fn at_index(id: u32, index: i32) -> JobPod {
    JobPod { index: Some(index), ..pod(id) }
}

fn ended(pod: JobPod, phase: Phase, seconds: u64) -> JobPod {
    let view = PodView { phase, ready_since: None, ..pod.pod };
    JobPod { pod: view, ended: Some(at(seconds)), ..pod }
}

fn done(pod: JobPod, seconds: u64) -> JobPod {
    ended(pod, Phase::Succeeded, seconds)
}

fn failed(pod: JobPod, seconds: u64) -> JobPod {
    ended(pod, Phase::Failed, seconds)
}

fn deleted(pod: JobPod, seconds: u64) -> JobPod {
    JobPod { pod: PodView { terminating: true, ..pod.pod }, ended: Some(at(seconds)), ..pod }
}

/// How many pods are created, and which are deleted.
fn does(job: &mut Job, pods: &[JobPod], seconds: u64) -> (usize, Vec<u32>) {
    let change = job.sync(pods, at(seconds));
    (change.create.len(), change.delete)
}

fn indexes(job: &mut Job, pods: &[JobPod], seconds: u64) -> Vec<i32> {
    job.sync(pods, at(seconds)).create.into_iter().flatten().collect()
}

#[test]
fn pods_come_until_enough_ended_well() {
    let mut job = Job::new(spec(2, Some(3)));
    assert_eq!(does(&mut job, &[], 0), (2, vec![]));
    assert_eq!(does(&mut job, &[done(pod(1), 5), pod(2)], 5), (1, vec![]));
    let nearly = [done(pod(1), 5), done(pod(2), 7), pod(3)];
    assert_eq!(does(&mut job, &nearly, 7), (0, vec![]));
    assert_eq!((job.succeeded(), job.outcome()), (2, None));
    // the first is gone; it was counted
    assert_eq!(does(&mut job, &[done(pod(2), 7), done(pod(3), 9)], 9), (0, vec![]));
    assert_eq!((job.outcome(), job.finished()), (Some(Outcome::Complete), Some(at(9))));
}

#[test]
fn without_completions_one_success_is_the_last_call() {
    let mut job = Job::new(spec(3, None));
    assert_eq!(does(&mut job, &[], 0), (3, vec![]));
    let failing = [failed(pod(1), 4), pod(2), pod(3)];
    assert_eq!(does(&mut job, &failing, 14), (1, vec![]));
    let one = [done(pod(2), 20), pod(3), pod(4)];
    assert_eq!(does(&mut job, &one, 20), (0, vec![]), "the others go on, none comes");
    assert_eq!(job.outcome(), None);
    does(&mut job, &[failed(pod(3), 30), done(pod(4), 30)], 30);
    assert_eq!(job.outcome(), Some(Outcome::Complete));
}

#[test]
fn failed_pods_are_waited_for_ever_longer() {
    let mut job = Job::new(spec(1, Some(1)));
    let change = job.sync(&[failed(pod(1), 5)], at(6));
    assert_eq!((change.create.len(), change.again), (0, Some(at(15))));
    assert_eq!(does(&mut job, &[failed(pod(1), 5)], 15), (1, vec![]));
    let two = [failed(pod(1), 5), failed(pod(2), 20)];
    assert_eq!(job.sync(&two, at(21)).again, Some(at(40)));
    assert_eq!(job.failed(), 2);
}

#[test]
fn one_failure_beyond_the_limit_ends_it() {
    let mut job = Job::new(JobSpec { backoff_limit: 1, ..spec(2, Some(4)) });
    does(&mut job, &[failed(pod(1), 5), pod(2)], 5);
    let pods = [failed(pod(1), 5), pod(2), failed(pod(3), 17)];
    assert_eq!(does(&mut job, &pods, 17), (0, vec![2]));
    assert_eq!(job.outcome(), Some(Outcome::BackoffLimitExceeded));
    assert_eq!((job.failed(), job.finished()), (3, None), "the last counts too");
    assert_eq!(does(&mut job, &[deleted(pod(2), 17)], 20), (0, vec![]));
    assert_eq!(job.finished(), None);
    does(&mut job, &[failed(pod(2), 47)], 47);
    assert_eq!((job.failed(), job.finished()), (3, Some(at(47))));
}

#[test]
fn restarts_of_containers_count_while_pods_run() {
    let limit = JobSpec { backoff_limit: 3, restarts_containers: true, ..spec(2, Some(2)) };
    let mut job = Job::new(limit);
    let restarted = |id, restarts| JobPod { pod: PodView { restarts, ..ready(id) }, ..pod(id) };
    assert_eq!(does(&mut job, &[restarted(1, 1), restarted(2, 1)], 5), (0, vec![]));
    assert_eq!(does(&mut job, &[restarted(1, 2), restarted(2, 1)], 6), (0, vec![1, 2]));
    assert_eq!(job.outcome(), Some(Outcome::BackoffLimitExceeded));
}

#[test]
fn the_deadline_ends_it_and_its_time_to_live_begins() {
    let limits = JobSpec {
        active_deadline: Some(secs(100)),
        ttl_after_finished: Some(secs(60)),
        ..spec(1, Some(1))
    };
    let mut job = Job::new(limits);
    assert_eq!(job.sync(&[], at(7)).again, Some(at(107)));
    assert_eq!(does(&mut job, &[pod(1)], 106), (0, vec![]));
    assert_eq!(does(&mut job, &[pod(1)], 107), (0, vec![1]));
    assert_eq!((job.outcome(), job.expires()), (Some(Outcome::DeadlineExceeded), None));
    does(&mut job, &[], 137);
    assert_eq!(job.expires(), Some(at(197)));
}

#[test]
fn a_suspended_job_has_no_pods_and_its_deadline_starts_over() {
    let mut job = Job::new(JobSpec { active_deadline: Some(secs(100)), ..spec(2, Some(2)) });
    does(&mut job, &[], 0);
    job.suspend(true);
    assert_eq!(does(&mut job, &[pod(1), pod(2)], 50), (0, vec![2, 1]), "as by UID");
    let going = [deleted(pod(1), 50), deleted(pod(2), 50)];
    assert_eq!(does(&mut job, &going, 150), (0, vec![]));
    assert_eq!((job.failed(), job.outcome()), (0, None), "nobody failed");
    job.suspend(false);
    let change = job.sync(&[], at(1_000));
    assert_eq!((change.create.len(), change.again), (2, Some(at(1_100))));
}

#[test]
fn fewer_may_run_and_the_least_advanced_go() {
    let mut job = Job::new(spec(1, Some(9)));
    let young = JobPod { pod: PodView { ready_since: Some(at(3)), ..ready(2) }, ..pod(2) };
    let waits = JobPod { pod: pending(3), ..pod(3) };
    assert_eq!(does(&mut job, &[pod(1), young, waits], 5), (0, vec![3, 2]));
    assert_eq!(does(&mut job, &[pod(1), deleted(young, 5)], 6), (0, vec![]));
    assert_eq!(job.failed(), 0);
}

#[test]
fn a_pod_that_is_deleted_has_failed_unless_the_policy_says_to_wait() {
    let pods = [deleted(pod(1), 5)];
    let mut job = Job::new(spec(1, Some(1)));
    assert_eq!((does(&mut job, &pods, 20), job.failed()), ((1, vec![]), 1));
    let mut job = Job::new(JobSpec { replacement: PodReplacement::Failed, ..spec(1, Some(1)) });
    assert_eq!((does(&mut job, &pods, 20), job.failed()), ((0, vec![]), 0));
    assert_eq!((does(&mut job, &[failed(pod(1), 35)], 45), job.failed()), ((1, vec![]), 1));
}

#[test]
fn the_lowest_free_indexes_come_first() {
    let mut job = Job::new(indexed(3, 5));
    assert_eq!(indexes(&mut job, &[], 0), [0, 1, 2]);
    let pods = [at_index(1, 0), failed(at_index(2, 1), 4), done(at_index(3, 2), 5)];
    assert_eq!(indexes(&mut job, &pods, 14), [1, 3], "the success came after the failure");
    assert_eq!(job.succeeded(), 1);
    let again = done(at_index(9, 2), 20);
    assert_eq!(indexes(&mut job, &[at_index(1, 0), again], 20), [1, 3]);
    assert_eq!(job.succeeded(), 1, "an index is done once");
}

#[test]
fn of_two_pods_of_an_index_the_more_advanced_stays() {
    let mut job = Job::new(indexed(3, 3));
    let twin = JobPod { pod: pending(7), ..at_index(7, 0) };
    let pods = [twin, at_index(1, 0), at_index(2, 1), at_index(4, 3)];
    assert_eq!(does(&mut job, &pods, 5), (0, vec![4, 7]), "3 is no index");
}

#[test]
fn each_index_has_its_own_limit_and_its_own_wait() {
    let limits =
        JobSpec { backoff_limit: i32::MAX, backoff_limit_per_index: Some(1), ..indexed(2, 3) };
    let mut job = Job::new(limits);
    let first = [failed(at_index(1, 0), 10), at_index(2, 1)];
    let change = job.sync(&first, at(10));
    assert_eq!((change.create, change.again), (vec![], Some(at(20))), "0 is the lowest free one");
    assert_eq!(indexes(&mut job, &first, 20), [0]);
    let second = [failed(at_index(3, 0), 25), at_index(2, 1)];
    assert_eq!(indexes(&mut job, &second, 25), [2], "0 has failed for good");
    let last = [done(at_index(2, 1), 40), done(at_index(4, 2), 40)];
    assert!(indexes(&mut job, &last, 40).is_empty());
    assert_eq!(job.outcome(), Some(Outcome::FailedIndexes));
}

#[test]
fn too_many_failed_indexes_end_it_early() {
    let limits = JobSpec {
        backoff_limit: i32::MAX,
        backoff_limit_per_index: Some(0),
        max_failed_indexes: Some(1),
        ..indexed(3, 9)
    };
    let mut job = Job::new(limits);
    does(&mut job, &[failed(at_index(1, 0), 5), at_index(2, 1), at_index(3, 2)], 5);
    assert_eq!(job.outcome(), None);
    let pods = [failed(at_index(2, 1), 6), at_index(3, 2)];
    assert_eq!(does(&mut job, &pods, 6), (0, vec![3]));
    assert_eq!(job.outcome(), Some(Outcome::MaxFailedIndexesExceeded));
}
