//! Hosts that fail, and what they take.

use super::Case;

/// Six of ten on each of two hosts.
const PAIR: &str = "a,0,10,6,0\nb,0,20,6,0\n";

/// The first item loses its host at 4 s, comes again at 7 s, and has its host, which is back since
/// 6 s, for its whole lifetime: until 17 s.
#[test]
fn what_was_on_a_host_that_fails_comes_again_and_starts_anew() {
    let fails = "[[fault]]\nhosts = [0]\nkind.scheduled = { at = '4s', duration = '2s' }";
    let case = Case::new(2, PAIR).with("", fails, "");
    let it = case.with("retry = '3s'", "", "").play().summary;
    assert_eq!((it.interrupted, it.lost, it.departed), (1, 0, 2));
    assert_eq!((it.makespan, it.mean_finish), (20.0, Some((17.0 + 20.0) / 2.0)));
    let failures = it.failures.expect("there are faults");
    assert_eq!((failures.failures, failures.host_hours_down), (1, 2.0 / 3600.0));
    // 6 x (4 + 10 + 20) of 20 x 20
    assert_eq!(it.shares[0].1, Some(204.0 / 400.0));
    assert_eq!(it.host_hours, (4.0 + 10.0 + 20.0) / 3600.0);
    // a virtual machine goes on with the 6 s that it has left, until 13 s
    let it = case.with("retry = '3s'\ninterrupted = 'goes-on'", "", "").play().summary;
    assert_eq!((it.mean_finish, it.makespan), (Some((13.0 + 20.0) / 2.0), 20.0));
    // without another chance it is lost
    let it = case.play().summary;
    assert_eq!((it.interrupted, it.lost, it.departed, it.rejected), (1, 1, 1, 0));
    assert_eq!((it.makespan, it.host_hours), (20.0, 24.0 / 3600.0));
}

/// Down from 2 s to 8 s by one fault, and from 4 s to 5 s by another: that is one failure. Nothing
/// can be placed there meanwhile.
#[test]
fn a_host_is_back_when_the_last_fault_is_over() {
    let fails = "[[fault]]\nkind.scheduled = { at = '2s', duration = '6s' }
                 [[fault]]\nkind.scheduled = { at = '4s', duration = '1s' }";
    let items = "a,0,1,6,0\nb,6,1,6,0\nc,8,1,6,0\n";
    let it = Case::new(1, items).with("", fails, "").play().summary;
    assert_eq!((it.rejected, it.departed, it.interrupted), (1, 2, 0));
    let failures = it.failures.expect("there are faults");
    assert_eq!((failures.failures, failures.host_hours_down), (1, 6.0 / 3600.0));
    assert_eq!(it.makespan, 9.0);
}

/// The host works for 10 s and is repaired for 5 s, again and again, as long as that begins before
/// 28 s. An item of 12 s has its host from 0 s, from 15 s, and from 30 s on: that is long enough.
#[test]
fn hosts_fail_again_and_again_while_faults_strike() {
    let fails = "[[fault]]\n[fault.kind.random]
                 time_to_failure = { constant = '10s' }\ntime_to_repair = { constant = '5s' }";
    let case = Case::new(1, "a,0,12,6,0\n").with("retry = '1s'", fails, "");
    let it = Case { seconds: 28, ..case }.play().summary;
    assert_eq!((it.interrupted, it.departed, it.makespan), (2, 1, 42.0));
    let failures = it.failures.expect("there are faults");
    assert_eq!((failures.failures, failures.host_hours_down), (2, 10.0 / 3600.0));
}

/// Items that stay for ever have no end of their own, and faults strike them all the same. The item
/// comes again in vain until 9 s, and at 10 s, when the host is back.
#[test]
fn faults_strike_what_stays_for_ever() {
    let fails = "[[fault]]\nkind.scheduled = { at = '5s', duration = '5s' }";
    let mut case = Case::new(1, "a,0,0,6,0\n").with("retry = '1s'", fails, "");
    case.stays = true;
    let it = case.play().summary;
    assert_eq!((it.interrupted, it.running, it.departed), (1, 1, 0));
    assert_eq!((it.makespan, it.host_hours), (10.0, 5.0 / 3600.0));
}

/// 150 W for an hour on one host; that without items is off, or takes 100 W until it fails after
/// half an hour.
#[test]
fn energy_is_that_of_the_hosts_that_are_on() {
    let fails = "[[fault]]\nhosts = [1]\nkind.scheduled = { at = '30min', duration = '1h' }";
    let mut case = Case::new(2, "a,0,3600,5,0\n").with("", fails, "");
    case.hosts = "cpu,memory,idle,full\n10,100,100,200\n10,100,0.1,0.2\n".into();
    assert_eq!(case.play().energy_kwh, None);
    let columns = ", idle_power = 'idle', max_power = 'full'";
    let case = Case { power: columns.into(), ..case };
    assert_eq!(case.play().energy_kwh, Some(0.15));
    let it = case.with("idle_hosts = 'on'", "", "").play();
    let off = it.energy_kwh.expect("it is known") - (0.15 + 0.000_05);
    assert!(off.abs() < 1e-15, "{off}");
}

/// The cores of one host are all taken from 1 s to 3 s, with 60 of memory left; an item that needs
/// two cores at least has no use for the last one either.
#[test]
fn memory_beside_cores_that_are_all_taken_is_stranded() {
    let case = Case::new(2, "a,0,4,6,20\nb,1,2,3,20\nc,1,2,1,0\n");
    let it = case.play().summary;
    let [cpu, memory] = [0, 1].map(|kind| it.stranded[kind].1.expect("hosts have it"));
    assert_eq!((cpu, memory), (0.0, 60.0 * 2.0 / (200.0 * 4.0)));
    assert_eq!(it.stranded_end[1].1, Some(0.0));
    let mut case = Case::new(2, "a,0,4,6,20\nb,1,2,3,20\n");
    assert_eq!(case.play().summary.stranded[1].1, Some(0.0));
    case.keys = "smallest_item = { cpu = '2m' }".into();
    assert_eq!(case.play().summary.stranded[1].1, Some(60.0 * 2.0 / (200.0 * 4.0)));
}

/// Each try waits twice as long, up to 3 s. The second item would come at 1, 3, 6, 9 and 12 s, the
/// first, which loses its host at 5 s, at 6, 8 and 11 s: then the host is back.
#[test]
fn who_has_no_hope_comes_again_as_if_it_had_come_all_the_time() {
    let fails = "[[fault]]\nkind.scheduled = { at = '5s', duration = '6s' }";
    let items = "a,0,0,6,0\nb,0,0,6,0\n";
    let keys = "retry = { first = '1s', most = '3s' }";
    let mut case = Case::new(1, items).with(keys, fails, "");
    case.stays = true;
    let it = case.play().summary;
    assert_eq!((it.interrupted, it.running, it.waiting, it.makespan), (1, 1, 1, 12.0));
    assert_eq!(it.host_hours, (5.0 + 1.0) / 3600.0);
}
