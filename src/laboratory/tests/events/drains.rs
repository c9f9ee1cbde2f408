//! Hosts in maintenance: items leave them one after another, while they run.

use super::Case;

/// Two items on the first host, one on the second; the third is free.
const THREE: &str = "a,0,100,4,40\nb,0,100,4,20\nc,0,100,6,60\n";

const DRAINED: &str = "[[fault]]\nhosts = [0]\nkind.drain = { at = '10s', duration = '50s' }";

/// At ten bytes a second the first item takes 4 s to the second host, which is full with it; the next
/// one takes 2 s to the third.
#[test]
fn items_leave_one_after_another_to_where_the_policy_puts_them() {
    let case = Case::new(3, THREE).with("", DRAINED, "");
    let played = case.play();
    let it = &played.summary;
    let drains = it.drains.expect("there are drains");
    assert_eq!((drains.begun, drains.emptied, drains.not_emptied), (1, 1, 0));
    assert_eq!((drains.time_mean, drains.time_max), (Some(6.0), 6.0));
    let moves = played.migrations;
    assert_eq!((moves.completed, moves.failed, moves.copied, moves.downtime), (2, 0, 60, 0.0));
    // 16 s, 100 s, and from 14 s on
    assert_eq!(it.host_hours, (16.0 + 100.0 + 86.0) / 3600.0);
    // each has its place twice while it is on its way
    let used = 4.0 * 104.0 + 4.0 * 102.0 + 6.0 * 100.0;
    assert_eq!(it.shares[0].1, Some(used / (30.0 * 100.0)));
    assert_eq!((it.departed, it.makespan), (3, 100.0));
    // two at a time
    let it = case.with("", "", "parallel = 2").play().summary;
    assert_eq!(it.drains.and_then(|it| it.time_mean), Some(4.0));
    assert_eq!(it.host_hours, (14.0 + 100.0 + 90.0) / 3600.0);
}

/// What an item writes meanwhile is sent again: 40 bytes, 20 of them once more while 10 are written,
/// and so on until a second is enough for the rest, in which the item stands still.
#[test]
fn migrations_are_those_of_pre_copy() {
    let case = Case::new(2, "a,0,100,4,40\n").with("", DRAINED, "max_downtime = '1s'");
    let mut case = case.with("", "", "dirty_rate = '5B/s'");
    case.migration = case.migration.replace("dirty_rate = '0B/s'", "");
    let played = case.play();
    // 4 s, 2 s, 1 s for the rest of 10
    assert_eq!((played.migrations.copied, played.migrations.downtime), (70, 1.0));
    assert_eq!(played.summary.drains.and_then(|it| it.time_mean), Some(7.0));
}

/// The other host is full until 20 s. The item waits for that where it is, for 4 s more on its way;
/// or it is still there when the host takes items again at 15 s.
#[test]
fn what_finds_no_room_stays_until_there_is_some_or_the_drain_is_over() {
    let items = "a,0,100,6,40\nc,0,20,10,60\nd,12,5,4,0\ne,15,5,4,0\n";
    let case = Case::new(2, items);
    let it = case.with("", DRAINED, "").play().summary;
    let drains = it.drains.expect("there are drains");
    assert_eq!((drains.emptied, drains.time_max), (1, 14.0));
    assert_eq!((it.rejected, it.departed), (2, 2));
    let short = DRAINED.replace("50s", "5s");
    let played = case.with("", &short, "").play();
    let it = played.summary;
    let drains = it.drains.expect("there are drains");
    assert_eq!((drains.emptied, drains.not_emptied, drains.time_mean), (0, 1, None));
    // the drained host takes nothing at 12 s, and does at 15 s
    assert_eq!((it.rejected, it.departed, played.migrations.started), (1, 3, 0));
    // a drain without an end
    let endless = DRAINED.replace(", duration = '50s'", "");
    let endless = endless.replace("10s", "21s");
    let it = case.with("", &endless, "parallel = 0").play().summary;
    let drains = it.drains.expect("there are drains");
    assert_eq!((drains.begun, drains.under_way, drains.emptied), (1, 0, 1));
    assert_eq!(drains.time_max, 79.0);
}

/// The first target fails at 12 s: the item goes on to the third host from then on, for 4 s.
#[test]
fn a_migration_to_a_host_that_fails_begins_anew_elsewhere() {
    let fails = "[[fault]]\nhosts = [1]\nkind.scheduled = { at = '12s', duration = '500s' }";
    let case = Case::new(3, "a,0,100,4,40\n").with("", DRAINED, "").with("", fails, "");
    let played = case.play();
    let moves = played.migrations;
    assert_eq!((moves.started, moves.completed, moves.failed, moves.copied), (2, 1, 1, 40));
    let it = played.summary;
    assert_eq!(it.drains.and_then(|it| it.time_mean), Some(6.0));
    assert_eq!((it.interrupted, it.departed, it.makespan), (0, 1, 100.0));
    // the first until 16 s, the second from 10 s to 12 s, the third from 12 s on
    assert_eq!(it.host_hours, (16.0 + 2.0 + 88.0) / 3600.0);
}

/// The drained host itself fails at 12 s: its item is lost, on its way or not, and no drain is done.
#[test]
fn an_item_on_its_way_is_lost_with_the_host_that_it_is_on() {
    let fails = "[[fault]]\nhosts = [0]\nkind.scheduled = { at = '12s', duration = '500s' }";
    let case = Case::new(3, "a,0,100,4,40\n").with("", DRAINED, "").with("", fails, "");
    let played = case.play();
    let (moves, it) = (played.migrations, played.summary);
    assert_eq!((moves.started, moves.failed), (1, 1));
    assert_eq!((it.interrupted, it.lost, it.departed, it.makespan), (1, 1, 0, 12.0));
    let drains = it.drains.expect("there are drains");
    assert_eq!((drains.begun, drains.emptied, drains.not_emptied), (1, 0, 1));
    assert_eq!(it.host_hours, (12.0 + 2.0) / 3600.0);
}

/// It leaves at 12 s, two seconds before it would be on the other host: both are rid of it.
#[test]
fn an_item_that_leaves_meanwhile_is_no_more_on_either_host() {
    let played = Case::new(2, "a,0,12,4,40\n").with("", DRAINED, "").play();
    let (moves, it) = (played.migrations, played.summary);
    assert_eq!((moves.started, moves.failed, moves.copied), (1, 1, 0));
    assert_eq!((it.departed, it.makespan, it.host_hours), (1, 12.0, 14.0 / 3600.0));
    assert_eq!(it.drains.and_then(|it| it.time_mean), Some(2.0));
}

/// The first item has a GPU that is passed through to it, and stays for that; the other one leaves.
#[test]
fn items_with_gpus_stay() {
    let mut case = Case::new(2, "").with("", DRAINED, "");
    case.gpus = true;
    case.hosts = "cpu,memory,gpus\n10,100,2\n10,100,2\n".into();
    case.items = "name,arrival,lifetime,cpu,memory,gpus\na,0,100,4,40,1\nb,0,100,4,20,0\n".into();
    let played = case.play();
    assert_eq!((played.migrations.completed, played.migrations.copied), (1, 20));
    let drains = played.summary.drains.expect("there are drains");
    assert_eq!((drains.emptied, drains.not_emptied), (0, 1));
    assert_eq!(played.summary.departed, 2);
}
