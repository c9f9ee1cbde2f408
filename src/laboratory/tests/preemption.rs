//! Items that evict less important ones, and those that come again.

use super::played;

const PREEMPTION: &str = "preemption = true";

/// 6 of 10 are taken by the first until the more important one comes at 2 s and leaves at 5 s.
/// The first comes again each second, has a host at 5 s, and starts anew: until 15 s. That it
/// would have left at 10 s means nothing.
#[test]
fn an_evicted_item_comes_again_and_starts_anew() {
    let items = "cpu,arrival,lifetime,priority\n6,0,10,0\n6,2,3,5\n";
    let summary = played((1, 10), items, &format!("{PREEMPTION}\nretry = '1s'"));
    assert_eq!((summary.preempted, summary.departed), (1, 2));
    assert_eq!((summary.makespan, summary.mean_finish), (15.0, Some(10.0)));
    // 6 of 10 from the start to the end
    assert_eq!(summary.shares[0].1, Some(0.6));
    // without another chance it is turned away, and all is over at 5 s
    let summary = played((1, 10), items, PREEMPTION);
    assert_eq!((summary.preempted, summary.departed, summary.rejected), (1, 1, 1));
    assert_eq!(summary.makespan, 5.0);
    // and without preemption the other one is
    let summary = played((1, 10), items, "");
    assert_eq!((summary.preempted, summary.departed, summary.rejected), (0, 1, 1));
    assert_eq!(summary.makespan, 10.0);
}

/// On host 0 an item of priority 1 would have to leave, on host 1 one of 0: of the two there the
/// first can stay. So it is the third that goes, which would have left at 40 s.
#[test]
fn those_who_matter_least_go_and_no_more_of_them_than_needed() {
    let items = "cpu,arrival,lifetime,priority\n10,0,10,1\n5,0,20,0\n5,0,40,0\n5,1,1,9\n";
    let summary = played((2, 10), items, PREEMPTION);
    assert_eq!((summary.preempted, summary.rejected, summary.departed), (1, 1, 3));
    assert_eq!((summary.makespan, summary.mean_finish), (20.0, Some((10.0 + 20.0 + 2.0) / 3.0)));
}

/// The most important victims are equally important on both hosts; the sum decides: one on host 1
/// is less than two on host 0.
#[test]
fn fewer_victims_are_better_where_the_most_important_ones_are_equal() {
    let items = "cpu,arrival,lifetime,priority\n5,0,10,2\n5,0,20,2\n10,0,40,2\n10,1,1,9\n";
    let summary = played((2, 10), items, PREEMPTION);
    assert_eq!((summary.preempted, summary.departed), (1, 3));
    assert_eq!(summary.makespan, 20.0);
}

/// Both have one victim of the same priority: that which came last goes.
#[test]
fn of_equals_the_one_that_came_last_goes() {
    let items = "cpu,arrival,lifetime,priority\n10,0,30,2\n10,1,50,2\n10,2,1,9\n";
    let summary = played((2, 10), items, PREEMPTION);
    assert_eq!((summary.preempted, summary.makespan), (1, 30.0));
}

#[test]
fn equals_are_not_evicted_and_nobody_is_for_what_fits_nowhere_anyway() {
    let items = "cpu,arrival,lifetime,priority\n6,0,10,3\n6,1,10,3\n11,2,10,9\n";
    let summary = played((1, 10), items, PREEMPTION);
    assert_eq!((summary.preempted, summary.rejected, summary.departed), (0, 2, 1));
}

/// Nothing leaves any more: the run ends, and who waits has waited in vain.
#[test]
fn where_nothing_leaves_the_less_important_wait_for_ever() {
    let items = "cpu,priority\n6,0\n6,5\n3,0\n";
    let summary = played((1, 10), items, &format!("{PREEMPTION}\nretry = '1s'"));
    assert_eq!((summary.preempted, summary.running, summary.waiting), (1, 2, 1));
}

/// The host is free from 100 s on. Tries at 1, 3, 7, 15 and then every 8 s: at 103 s.
#[test]
fn times_between_tries_grow_up_to_the_most() {
    let items = "cpu,arrival,lifetime\n10,0,100\n10,0,1\n";
    let grows = "retry = { first = '1s', factor = 2.0, most = '8s' }";
    assert_eq!(played((1, 10), items, grows).makespan, 104.0);
    // at 1, 3, 7, … 127
    let doubles = "retry = { first = '1s', most = '1h' }";
    assert_eq!(played((1, 10), items, doubles).makespan, 128.0);
    assert_eq!(played((1, 10), items, "retry = '10s'").makespan, 101.0);
}
