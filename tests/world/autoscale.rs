//! Autoscalers in whole worlds, against timelines worked out by hand.

use std::fmt::Write;

use plimsoll::metrics::Recording;
use plimsoll::metrics::summary::AutoscaleSummary;

use crate::lab::{BARE, HOST, NESTED, VMS, app, close, of, run, same, series, simulation};

/// A point of every series each second.
fn every_second(seconds: u32) -> String {
    format!("[simulation]\nname = 'test'\nduration = '{seconds}s'\npoints = {seconds}\n")
}

/// Ten requests a second of 60 ms each, 0.6 cores, until a time. A replica answers after 5 s.
fn ten_a_second(until: u32, autoscale: &str) -> String {
    let mut at = String::new();
    for tenth in 1..until * 10 {
        write!(at, "'{}ms', ", tenth * 100).unwrap();
    }
    app(
        "web",
        &format!(
            "start = '5s'\ncpu = {{ request = '500m' }}\ndemand = '60ms'\n\
             traffic = {{ arrivals = {{ at = [{at}] }} }}\nautoscale = {{ {autoscale} }}"
        ),
    )
}

/// Each value of a series of one point a second, with the second from which it holds.
fn steps(recording: &Recording, name: &str) -> Vec<(usize, f64)> {
    let mut steps: Vec<(usize, f64)> = Vec::new();
    for (second, &value) in series(recording, Some("web"), name).iter().enumerate() {
        if steps.last().is_none_or(|&(_, last)| last != value) {
            steps.push((second, value));
        }
    }
    steps
}

fn autoscale(recording: &Recording) -> AutoscaleSummary {
    of(recording, "web").autoscale.expect("it has an autoscaler")
}

/// At 15 s there is one reading and no mean. At 30 s the one replica uses 600m of 500m requested,
/// 120 %, twice the target. At 45 s the second one, ready since 35 s, has one reading: with it
/// counted as idle there would be fewer replicas, so nothing is done. At 60 s both are at 60 %.
#[test]
fn a_second_replica_is_added_at_the_first_decision_with_a_mean_over_the_target() {
    let web = ten_a_second(100, "target = '60%', max = 4");
    let recording = run(&[&every_second(100), HOST, BARE, &web]);
    assert_eq!(steps(&recording, "replicas_wanted"), [(0, 1.0), (30, 2.0)]);
    assert_eq!(steps(&recording, "replicas_ready"), [(0, 0.0), (5, 1.0), (35, 2.0)]);
    let it = autoscale(&recording);
    assert_eq!((it.scale_ups, it.scale_downs, it.replicas_wanted_max), (1, 0, 2));
    close(it.replicas_wanted, (30.0 + 2.0 * 70.0) / 100.0);
    close(it.replica_hours, 170.0 / 3600.0);
    // 999 requests, of which those before 5 s found nobody
    let requests = of(&recording, "web").requests;
    assert_eq!((requests.arrived, requests.refused), (999, 49));
}

/// The same with VMs, which take 30 s more until their process starts. At 45 s the second one
/// boots and is counted as idle, which makes 60 %: just the target. At 60 s and 75 s it runs, but
/// there is no mean of it.
#[test]
fn a_replica_that_boots_is_counted_on_and_not_asked_for_twice() {
    let web = ten_a_second(120, "target = '60%', max = 4");
    let slow = VMS.replace("boot = \"0s\"", "boot = \"20s\"");
    let slow = slow.replace("provision = \"0s\"", "provision = \"10s\"");
    let recording = run(&[&every_second(180), HOST, &slow, &web]);
    // the first is up at 30 s, and ready at 35 s; its first mean is read at 60 s
    assert_eq!(steps(&recording, "replicas_wanted"), [(0, 1.0), (60, 2.0)]);
    assert_eq!(steps(&recording, "replicas_ready"), [(0, 0.0), (35, 1.0), (95, 2.0)]);
    same(of(&recording, "web").start_up.max, 35.0);
    assert_eq!((recording.summary.vms.requested, recording.summary.vms.running), (2, 2));
}

/// The last requests come before 120 s; the decision of 120 s still sees them and asks for 2, which
/// is kept in mind for 300 s: until 420 s, when it is just as old as that.
#[test]
fn the_number_falls_when_the_window_has_forgotten_the_load() {
    for (platform, ended) in [(BARE, "container"), (NESTED, "container"), (VMS, "vm")] {
        let web = ten_a_second(120, "target = '60%', max = 4");
        let recording = run(&[&every_second(480), HOST, platform, &web]);
        let expected = [(0, 1.0), (30, 2.0), (420, 1.0)];
        assert_eq!(steps(&recording, "replicas_wanted"), expected);
        assert_eq!(steps(&recording, "replicas_ready")[3..], [(420, 1.0)]);
        assert_eq!(autoscale(&recording).scale_downs, 1);
        let (containers, vms) = (recording.summary.containers, recording.summary.vms);
        match ended {
            "vm" => assert_eq!((vms.running, vms.stopped), (1, 1)),
            _ => assert_eq!((containers.running, containers.exited), (1, 1)),
        }
    }
}

/// 16 requests a second are the load of 16 replicas. One may become 5 within 15 s, five 10. In
/// between, new ones have no mean yet, and as idle ones they would turn the direction round.
#[test]
fn requests_per_replica_are_held_and_policies_limit_the_speed() {
    let web = app(
        "web",
        "traffic = { arrivals = { deterministic = '16/s' } }\ndemand = '1ms'\n\
         cpu = { request = '10m' }\n\
         autoscale = { metric = 'requests', target = '1/s', max = 40 }",
    );
    let recording = run(&[&every_second(180), HOST, BARE, &web]);
    let expected = [(0, 1.0), (30, 5.0), (60, 10.0), (90, 16.0)];
    assert_eq!(steps(&recording, "replicas_wanted"), expected);
    assert_eq!(autoscale(&recording).scale_ups, 3);
}

/// A replica of 'web' goes at 30 s with a request that came at 21 s and takes 100 s; it has the
/// room that 'other' waits for.
fn leaves_with_a_request(grace: &str, platform: &str) -> Recording {
    let web = app(
        "web",
        &format!(
            "replicas = 2\ncpu = {{ request = '500m' }}\nmemory = {{ request = '1GiB' }}\n\
             wait = '100s'\ntraffic = {{ arrivals = {{ at = ['20s', '21s'] }} }}\n\
             autoscale = {{ target = '60%', max = 2, grace = '{grace}', \
             scale_down = {{ stabilization = '0s' }} }}"
        ),
    );
    // a host has two threads, and room for two VMs
    let request = if platform == VMS { "500m" } else { "1500m" };
    let other = app("other", &format!("cpu = {{ request = '{request}' }}"));
    run(&[&every_second(200), HOST, platform, &web, &other])
}

#[test]
fn a_replica_that_goes_answers_its_last_request_and_then_makes_room() {
    for platform in [BARE, NESTED, VMS] {
        let recording = leaves_with_a_request("2min", platform);
        assert_eq!(steps(&recording, "replicas_ready"), [(0, 2.0), (30, 1.0)]);
        let requests = of(&recording, "web").requests;
        assert_eq!((requests.succeeded, requests.failed), (2, 0));
        // the request of 21 s went to the second, which had been ready as long as the first
        same(of(&recording, "other").start_up.max, 121.0);
    }
}

#[test]
fn what_is_not_answered_within_the_grace_period_is_cut_off() {
    for platform in [BARE, NESTED, VMS] {
        let recording = leaves_with_a_request("30s", platform);
        assert_eq!(steps(&recording, "replicas_ready"), [(0, 2.0), (30, 1.0)]);
        let requests = of(&recording, "web").requests;
        assert_eq!((requests.succeeded, requests.failed), (1, 1));
        same(of(&recording, "other").start_up.max, 60.0);
    }
}

/// A replica that is added later has the place of one that has gone, and nothing else of it.
#[test]
fn replicas_come_and_go_again_and_again() {
    let mut at = String::new();
    // a minute of ten requests a second in every two
    for tenth in (1..6000).filter(|tenth| tenth % 1200 < 600) {
        write!(at, "'{}ms', ", tenth * 100).unwrap();
    }
    let web = app(
        "web",
        &format!(
            "cpu = {{ request = '500m' }}\ndemand = '60ms'\n\
             traffic = {{ arrivals = {{ at = [{at}] }} }}\n\
             autoscale = {{ target = '60%', max = 4, scale_down.stabilization = '0s' }}"
        ),
    );
    for platform in [BARE, NESTED, VMS] {
        let recording = run(&[&every_second(600), HOST, platform, &web]);
        let it = autoscale(&recording);
        // at 30 s; at 75 s the last minute is over, and its load is read as none
        assert_eq!(steps(&recording, "replicas_wanted")[..3], [(0, 1.0), (30, 2.0), (75, 1.0)]);
        assert_eq!((it.scale_ups, it.scale_downs), (5, 5));
        let requests = of(&recording, "web").requests;
        assert_eq!(requests.succeeded + requests.in_flight, requests.arrived);
    }
}

/// An app without load, which is to have fewer replicas from 30 s on.
fn idle(keys: &str, min: u32) -> String {
    let rules = format!("target = '60%', min = {min}, max = 9, scale_down.stabilization = '0s'");
    app("web", &format!("start = '5s'\nautoscale = {{ {rules} }}\n{keys}"))
}

/// The host of the first replica is down from 20 s on, and it finds no other.
#[test]
fn a_replica_that_waits_for_room_goes_before_one_that_is_ready() {
    let web = idle("replicas = 2\nspread = true", 1);
    let fault = "[[fault]]\nhosts = [0]\nkind = { scheduled = { at = '20s', duration = '40s' } }";
    let two = BARE.replace("shape = \"host\"", "shape = \"host\", count = 2");
    let recording = run(&[&every_second(90), HOST, &two, &web, fault]);
    assert_eq!(steps(&recording, "replicas_wanted"), [(0, 2.0), (30, 1.0)]);
    assert_eq!(steps(&recording, "replicas_ready"), [(0, 0.0), (5, 2.0), (20, 1.0)]);
    let containers = recording.summary.containers;
    assert_eq!((containers.created, containers.running, containers.dead), (2, 1, 1));
}

/// Two share the first host and the third, the youngest, has one of its own: one of the two goes.
/// When the first host fails at 60 s, one replica is left, and the other is back 5 s later.
#[test]
fn a_replica_that_shares_its_host_goes_before_one_that_is_alone() {
    let web = idle("replicas = 3\ncpu = { request = '1' }", 2);
    let fault = "[[fault]]\nhosts = [0]\nkind = { scheduled = { at = '60s', duration = '40s' } }";
    for platform in [BARE, NESTED, VMS] {
        let two = platform.replace("shape = \"host\"", "shape = \"host\", count = 2");
        let recording = run(&[&every_second(90), HOST, &two, &web, fault]);
        let expected = [(0, 0.0), (5, 3.0), (30, 2.0), (60, 1.0), (65, 2.0)];
        assert_eq!(steps(&recording, "replicas_ready"), expected);
    }
}

#[test]
fn decisions_of_the_warm_up_are_not_counted() {
    let web = ten_a_second(100, "target = '60%', max = 4");
    let warm = every_second(100).replace("points", "warm_up = '40s'\npoints");
    let it = autoscale(&run(&[&warm, HOST, BARE, &web]));
    assert_eq!((it.scale_ups, it.replicas_wanted, it.replicas_wanted_max), (0, 2.0, 2));
    close(it.replica_hours, 2.0 * 60.0 / 3600.0);
}

#[test]
fn without_an_autoscaler_nothing_is_said_of_one() {
    let web = app("web", "traffic = { arrivals = { deterministic = '1/s' } }");
    let recording = run(&[&simulation("1min"), HOST, BARE, &web]);
    assert_eq!(of(&recording, "web").autoscale, None);
    assert!(recording.series.find(Some("web"), "replicas_wanted").is_none());
}
