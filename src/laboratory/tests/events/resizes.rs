//! Items that need more or less from a time on.

use super::Case;
use crate::metrics::summary::ResizeAccount;

/// Three on the first host, with 2 of 10 left; the second is free.
const ITEMS: &str = "a,0,100,4,40\nb,0,100,4,40\n7,50,10,1,0\n";

fn account(of: &super::Replayed) -> [u64; 6] {
    let ResizeAccount { asked, in_place, migrated, waiting, refused, gone } =
        of.summary.resizes.expect("there is a table of resizes");
    [asked, in_place, migrated, waiting, refused, gone]
}

/// The first item takes all that is left at 10 s. The second gets nothing more at 20 s, gives 2
/// back at 30 s, and with that the first one 1 more at 40 s.
#[test]
fn items_are_resized_where_their_host_has_room() {
    let rows = "a,10,6,\nb,20,5,40\nb,30,2,\na,40,7,50\nc,41,1,1\n7,49,1,1\n7,50,0,5\n";
    let played = Case::new(1, ITEMS).resized(rows).play();
    assert_eq!(account(&played), [7, 4, 0, 0, 1, 2]);
    let it = played.summary;
    let first = 4.0 * 10.0 + 6.0 * 30.0 + 7.0 * 60.0;
    let second = 4.0 * 30.0 + 2.0 * 70.0;
    assert_eq!(it.shares[0].1, Some((first + second) / (10.0 * 100.0)));
    assert_eq!(it.shares[1].1, Some((40.0 * 140.0 + 50.0 * 60.0 + 5.0 * 10.0) / 10_000.0));
    assert_eq!((it.departed, it.makespan, it.hosts_max), (3, 100.0, 1));
}

/// The second item is sent to the second host in 4 s for its fifth core, and has what it had and
/// what it will have meanwhile, in which nobody else can be given more of either host. Then the
/// first one has room for 9.
#[test]
fn items_are_migrated_for_more_where_that_is_the_rule() {
    let (items, _) = ITEMS.split_once('7').expect("the last one");
    let case = Case::new(2, items).resized("a,10,6,\nb,20,5,\nb,22,3,\na,23,7,\na,60,9,\n");
    let played = case.play();
    assert_eq!((account(&played), played.summary.hosts_max), ([5, 3, 0, 0, 2, 0], 1));
    let played = case.with("#migrate", "", "").play();
    assert_eq!(account(&played), [5, 2, 1, 0, 2, 0]);
    assert_eq!((played.migrations.completed, played.migrations.copied), (1, 40));
    let it = played.summary;
    assert_eq!((it.hosts_max, it.host_hours), (2, (100.0 + 80.0) / 3600.0));
    let first = 4.0 * 10.0 + 6.0 * 50.0 + 9.0 * 40.0;
    let second = 4.0 * 24.0 + 5.0 * 80.0;
    assert_eq!(it.shares[0].1, Some((first + second) / (20.0 * 100.0)));
}

/// What waits comes with what it needs now: at 21 s it would not fit yet, at 31 s it does.
#[test]
fn who_waits_is_resized_as_well() {
    let items = "a,0,30,6,0\nb,5,10,6,0\n";
    let rows = "b,10,11,\nb,12,5,\nb,13,4,\n";
    let case = Case::new(1, items).with("retry = '10s'", "", "");
    let played = case.resized(rows).play();
    // more than any host has is refused
    assert_eq!(account(&played), [3, 0, 0, 2, 1, 0]);
    assert_eq!((played.summary.departed, played.summary.makespan), (2, 30.0));
    let shares = &played.summary.shares;
    assert_eq!(shares[0].1, Some((6.0 * 30.0 + 4.0 * 10.0) / 300.0));
}

/// A row for an item that is gone is no event: the run ends with the last item.
#[test]
fn nothing_happens_to_items_that_are_gone() {
    let played = Case::new(1, "a,0,10,4,40\n").resized("a,20,1,1\nb,30,1,1\n").play();
    assert_eq!(account(&played), [2, 0, 0, 0, 0, 2]);
    assert_eq!(played.summary.makespan, 10.0);
}
