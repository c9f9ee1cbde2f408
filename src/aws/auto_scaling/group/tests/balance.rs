//! Zones, protection, suspended processes, cooldown, standby: timelines by hand.

use super::rig::{Rig, at};
use crate::aws::auto_scaling::cooldown::Wait;
use crate::aws::auto_scaling::group::{Refusal, Report};
use crate::aws::auto_scaling::instance::{InstanceId, State, Zone};
use crate::aws::auto_scaling::process::Process;
use crate::aws::auto_scaling::settings::{Settings, ZoneStrategy};
use crate::aws::auto_scaling::termination::TerminationPolicy;

const C: Zone = Zone(2);

fn oldest(min: u32, max: u32, desired: u32, zones: u16) -> Settings {
    let policies = vec![TerminationPolicy::OldestInstance];
    Settings { policies, ..Settings::new(min, max, desired, zones) }
}

#[test]
fn it_scales_out_to_the_emptiest_zone_and_in_from_the_fullest() {
    let mut rig = Rig::new(oldest(0, 10, 4, 3));
    let first = ["0 launch 0 in a", "0 launch 1 in b", "0 launch 2 in c", "0 launch 3 in a"];
    assert_eq!(rig.done(), first);
    rig.until(100).desire(7);
    assert_eq!(
        rig.done(),
        [
            "60 serve 0",
            "60 serve 1",
            "60 serve 2",
            "60 serve 3",
            "100 launch 4 in b",
            "100 launch 5 in c",
            "100 launch 6 in a",
        ]
    );
    rig.until(200);
    assert_eq!(rig.done(), ["160 serve 4", "160 serve 5", "160 serve 6"]);
    assert_eq!(rig.loads(), [3, 2, 2]);
    rig.desire(4);
    // one of the oldest of the fullest zone, then oldest ones of any: all of the first four, which
    // are equally old
    let gone = rig.done();
    assert!(["200 terminate 0", "200 terminate 3"].contains(&gone[0].as_str()), "{gone:?}");
    let old = |it: &String| ["0", "1", "2", "3"].iter().any(|id| it.ends_with(id));
    assert!(gone.len() == 3 && gone.iter().all(old), "{gone:?}");
    assert_eq!(rig.group.totals().terminating, 3);
    rig.until(300);
    assert_eq!(rig.group.instances().count(), 4);
    assert_eq!(rig.group.totals().terminating, 0);
}

/// Zone c fails at 100 s with two of six instances, and has capacity again at 200 s.
#[test]
fn a_zone_fails_and_comes_back() {
    let mut rig = Rig::new(oldest(0, 10, 6, 3));
    rig.until(100).done();
    rig.full.insert(C);
    rig.unwell(2, Report::NotRunning);
    rig.unwell(5, Report::NotRunning);
    assert_eq!(
        rig.done(),
        ["100 terminate 2", "100 launch 6 in c", "100 terminate 5", "100 launch 7 in c"]
    );
    rig.until(161);
    // refused after a second, and tried elsewhere; a minute later c is tried again
    let tried = ["101 launch 8 in a", "101 launch 9 in b", "161 serve 8", "161 serve 9"];
    let again = ["161 launch 10 in c", "161 launch 11 in c"];
    assert_eq!(rig.done(), [&tried[..], &again[..]].concat());
    assert_eq!(rig.loads(), [3, 3, 2]);
    rig.until(200);
    assert_eq!((rig.done(), rig.loads()), (vec![], vec![3, 3, 0]));
    rig.full.clear();
    rig.until(250);
    assert_eq!(rig.done(), ["222 launch 12 in c", "222 launch 13 in c"]);
    rig.until(400);
    let done = rig.done();
    assert_eq!(done[0], "282 serve 12");
    assert_eq!(done[2], "282 serve 13");
    // first one of 0, 1, 3 and 4, which are the oldest of the fullest zones; then one of the other
    let gone = |id: u32| done.contains(&format!("282 terminate {id}"));
    assert_eq!((gone(0) || gone(3), gone(1) || gone(4)), (true, true), "{done:?}");
    assert_eq!((done.len(), rig.loads()), (4, vec![2, 2, 2]));
}

#[test]
fn a_group_at_its_maximum_exceeds_it_by_one_to_balance() {
    let mut rig = Rig::with_full(oldest(0, 6, 6, 3), &[C]);
    rig.until(50);
    assert_eq!(rig.loads(), [3, 3, 0]);
    rig.full.clear();
    rig.until(60).done();
    rig.until(400);
    let ends = |it: &String| it.contains("terminate");
    let (ended, others): (Vec<String>, Vec<String>) = rig.done().into_iter().partition(ends);
    // the last two came to a and b a second late, when c had refused them
    let late = ["61 serve 6", "61 serve 7"];
    let one_by_one = ["61 launch 8 in c", "121 serve 8", "121 launch 9 in c", "181 serve 9"];
    assert_eq!(others, [&late[..], &one_by_one[..]].concat());
    assert_eq!((ended.len(), rig.loads()), (2, vec![2, 2, 2]));
}

#[test]
fn what_is_protected_neither_goes_nor_makes_zones_rebalance() {
    let mut rig = Rig::new(Settings { protect_new: true, ..oldest(0, 10, 4, 2) });
    rig.until(100).desire(2);
    rig.done();
    rig.until(200);
    assert_eq!((rig.done(), rig.group.settings().desired), (vec![], 2));
    // 0 and 2 are in a; 2 may go
    rig.tell(|group, now, out| group.protect(InstanceId(2), false, now, out)).expect("it serves");
    assert_eq!((rig.done(), rig.loads()), (vec!["200 terminate 2".to_owned()], vec![1, 2]));
    // 1 and 3 of b are left with 0; b is the fuller one, but nothing there may go
    rig.until(300);
    rig.tell(|group, now, out| group.protect(InstanceId(0), false, now, out)).expect("it serves");
    assert_eq!((rig.done(), rig.loads()), (vec!["300 terminate 0".to_owned()], vec![0, 2]));
    rig.until(600);
    assert_eq!((rig.done(), rig.loads()), (vec![], vec![0, 2]), "b has none that may go");
    rig.tell(|group, now, out| group.protect(InstanceId(1), false, now, out)).expect("it serves");
    rig.until(700);
    assert_eq!(rig.done(), ["600 launch 4 in a", "660 serve 4", "660 terminate 1"]);
}

#[test]
fn suspended_processes_wait_until_they_go_on() {
    let mut rig = Rig::new(oldest(0, 10, 2, 2));
    rig.until(100).done();
    let set = |rig: &mut Rig, process, suspended| {
        rig.tell(|group, now, out| group.suspend(process, suspended, now, out));
    };
    set(&mut rig, Process::Launch, true);
    rig.desire(4);
    assert_eq!(rig.done().len(), 0);
    set(&mut rig, Process::Launch, false);
    assert_eq!(rig.done(), ["100 launch 2 in a", "100 launch 3 in b"]);
    rig.until(200).done();
    set(&mut rig, Process::Terminate, true);
    rig.desire(2);
    rig.unwell(0, Report::NotRunning);
    assert_eq!(rig.done().len(), 0);
    set(&mut rig, Process::Terminate, false);
    // what is unhealthy is too much anyway; then the oldest of the fuller zone
    assert_eq!(rig.done(), ["200 terminate 0", "200 terminate 1"]);
    set(&mut rig, Process::AzRebalance, true);
    let gone = rig.tell(|group, now, out| group.terminate(InstanceId(2), true, now, out));
    assert_eq!((gone, rig.done()), (Ok(()), vec!["200 terminate 2".to_owned()]));
    rig.until(400).desire(3);
    assert_eq!(rig.done(), ["400 launch 4 in a", "400 launch 5 in a"]);
}

#[test]
fn balanced_only_tries_the_same_zone_again() {
    let zone_strategy = ZoneStrategy::BalancedOnly;
    let mut rig = Rig::new(Settings { zone_strategy, ..oldest(0, 10, 4, 3) });
    rig.full.insert(Zone(1));
    rig.until(60).done();
    rig.desire(5);
    assert_eq!(rig.done(), ["60 launch 4 in b"]);
    rig.until(120);
    assert_eq!(rig.done(), Vec::<String>::new(), "b is full, a and c have more");
    rig.full.clear();
    rig.until(200);
    assert_eq!(rig.done(), ["121 launch 5 in b", "181 serve 5"]);
}

/// The cooldown begins when the last instance has come into service.
#[test]
fn a_scaling_that_honours_the_cooldown_waits_for_the_last_one() {
    let mut rig = Rig::new(oldest(0, 10, 2, 2));
    let honour = |rig: &mut Rig, desired| {
        rig.tell(|group, now, out| group.set_desired(desired, true, now, out))
    };
    rig.until(100);
    assert_eq!(honour(&mut rig, 3), Ok(()), "nothing has scaled yet");
    rig.until(130);
    assert_eq!(honour(&mut rig, 4), Err(Refusal::Cooldown(Wait::InProgress)));
    rig.until(459);
    assert_eq!(honour(&mut rig, 4), Err(Refusal::Cooldown(Wait::Until(at(460)))));
    rig.unwell(0, Report::NotRunning);
    assert!(rig.done().contains(&"459 terminate 0".to_owned()), "replacements do not wait");
    rig.until(460);
    assert_eq!(honour(&mut rig, 4), Ok(()));
    assert_eq!(
        rig.tell(|group, now, out| group.set_desired(11, false, now, out)),
        Err(Refusal::Sizes { min: 0, max: 10, desired: 11 })
    );
}

#[test]
fn instances_on_standby_and_detached_ones_do_not_count() {
    let mut rig = Rig::new(oldest(1, 10, 3, 3));
    rig.until(100).done();
    let one = InstanceId(1);
    assert_eq!(rig.tell(|it, now, out| it.enter_standby(one, true, now, out)), Ok(()));
    assert_eq!((rig.done().len(), rig.group.settings().desired), (0, 2));
    assert_eq!(rig.group.totals().standby, 1);
    assert_eq!(rig.tell(|it, now, out| it.exit_standby(one, now, out)), Ok(()));
    assert_eq!((rig.done(), rig.group.settings().desired), (vec!["100 serve 1".to_owned()], 3));
    assert_eq!(rig.tell(|it, now, out| it.detach(one, false, now, out)), Ok(()));
    assert_eq!(rig.done(), ["100 launch 3 in b"]);
    assert_eq!(rig.tell(|it, now, out| it.detach(one, false, now, out)), Err(Refusal::State(one)));
    assert_eq!(rig.instance(0).state, State::InService);
}
