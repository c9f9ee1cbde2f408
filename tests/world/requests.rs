//! The life of requests.

use crate::lab::{BARE, HOST, VMS, app, close, latencies, of, run, same, series, simulation};

/// One replica on two cores; a request each 100 ms.
fn one(more: &str) -> plimsoll::metrics::Recording {
    run(&[&simulation("10s"), HOST, &app("web", more), BARE])
}

/// Arrivals at these instants in milliseconds.
fn at(millis: &[u64]) -> String {
    let times: Vec<String> = millis.iter().map(|ms| format!("'{ms}ms'")).collect();
    format!("traffic = {{ arrivals = {{ at = [{}] }} }}\n", times.join(", "))
}

#[test]
fn a_request_alone_takes_its_demand() {
    // arrivals at 0.1, 0.2, … 10.0 s, each of 50 ms; the last arrives at the end
    let recording = one("demand = '50ms'\ntraffic = { arrivals = { deterministic = '10/s' } }");
    let web = of(&recording, "web");
    assert_eq!(
        (web.requests.arrived, web.requests.succeeded, web.requests.in_flight),
        (100, 99, 1)
    );
    same(web.latency.mean, 0.050);
    same(web.latency.max, 0.050);
    close(web.throughput, 9.9);
    // in the system for half of the time
    close(web.in_flight, 99.0 * 0.050 / 10.0);
    close(recording.summary.hosts.cpu_utilisation, 99.0 * 0.050 / 20.0);
    assert_eq!(web.success_ratio, Some(1.0));
    assert_eq!(web.availability, 1.0);
}

#[test]
fn requests_share_the_cores_when_there_are_more_of_them() {
    // three at once on two cores: each gets 2/3 of a core
    let recording = one(&(at(&[0, 0, 0]) + "demand = '20ms'"));
    assert_eq!(latencies(&recording, "web"), [(30.0, 3)]);
}

#[test]
fn workers_take_up_the_backlog_in_order_and_what_is_beyond_it_is_refused() {
    // one worker, room for two: 0-100, 100-200, 200-300; the fourth at 3 ms finds no room
    let more = "concurrency = 1\nbacklog = 2\ndemand = '100ms'";
    let recording = one(&(at(&[0, 1, 2, 3, 150]) + more));
    let web = of(&recording, "web");
    assert_eq!((web.requests.succeeded, web.requests.refused), (4, 1));
    // the fifth at 150 ms has room again and ends at 400
    assert_eq!(latencies(&recording, "web"), [(100.0, 1), (199.0, 1), (250.0, 1), (298.0, 1)]);
    // waits of 0, 99, 198 and 150 ms
    same(web.queue_wait.mean, (0.099 + 0.198 + 0.150) / 4.0);
    assert_eq!((web.queue_wait.count, web.waited), (4, 0.75));
}

#[test]
fn a_client_gives_up_but_the_server_works_on() {
    // one worker: 0-100 for the first; the second waits until 100 and would end at 200, but its
    // client gives up at 130; the third, sent at 80, waits for it all the same: 200-300, given up
    // at 200
    let more = "concurrency = 1\ndemand = '100ms'\ntimeout = '120ms'";
    let recording = one(&(at(&[0, 10, 80, 260]) + more));
    let web = of(&recording, "web");
    // the fourth starts at 300 and ends at 400, given up at 380
    assert_eq!((web.requests.succeeded, web.requests.timed_out), (1, 3));
    assert_eq!(latencies(&recording, "web"), [(100.0, 1)]);
    // the work of all four was done all the same
    close(recording.summary.hosts.cpu_utilisation, 0.4 / 20.0);
}

#[test]
fn an_answer_at_the_very_deadline_is_in_time() {
    let recording = one(&(at(&[0]) + "demand = '100ms'\ntimeout = '100ms'"));
    assert_eq!(of(&recording, "web").requests.succeeded, 1);
}

#[test]
fn retries_come_after_a_pause_that_doubles() {
    // each attempt needs 50 ms and is given up after 20 ms: sent at 0, at 20 + 100 = 120, at
    // 140 + 200 = 340, and given up at 360
    let more = "demand = '50ms'\ntimeout = '20ms'\nretries = 2";
    let recording = one(&(at(&[0]) + more));
    let web = of(&recording, "web");
    assert_eq!((web.requests.timed_out, web.retries), (1, 2));
    close(web.in_flight, 0.360 / 10.0);
    // the server answered three times in vain
    close(recording.summary.hosts.cpu_utilisation, 0.150 / 20.0);
}

#[test]
fn the_latency_of_a_retry_counts_from_the_first_attempt() {
    // the replica is ready after 150 ms: refused at 0, and at 100; accepted at 100 + 200 = 300
    let recording = one(&(at(&[0]) + "start = '150ms'\ndemand = '50ms'\nretries = 3"));
    let web = of(&recording, "web");
    assert_eq!((web.requests.succeeded, web.retries), (1, 2));
    same(web.latency.mean, 0.350);
}

#[test]
fn a_request_that_is_refused_too_often_is_given_up() {
    let recording = one(&(at(&[0]) + "start = '2s'\ndemand = '50ms'\nretries = 3"));
    let web = of(&recording, "web");
    // refused at 0, 100, 300 and 700 ms
    assert_eq!((web.requests.refused, web.retries), (1, 3));
    close(web.in_flight, 0.7 / 10.0);
    close(web.availability, 0.8);
}

#[test]
fn time_off_the_cpu_comes_first_and_takes_no_core() {
    // 30 ms off the CPU, 50 ms on it: 100 at once on two cores take 30 + 100 * 50 / 2
    let recording = one(&(at(&[0; 100]) + "wait = '30ms'\ndemand = '50ms'"));
    assert_eq!(latencies(&recording, "web"), [(2530.0, 100)]);
}

#[test]
fn a_parallel_request_uses_as_many_cores() {
    let recording = one(&(at(&[0]) + "demand = '100ms'\nparallelism = 2"));
    same(of(&recording, "web").latency.mean, 0.050);
}

#[test]
fn users_send_the_next_request_after_the_answer_and_a_pause() {
    // 10 users, 40 ms of service by a worker each, 160 ms of thought: 50 requests a second
    let more =
        "traffic = { arrivals = { users = { count = 10, think = '160ms' } } }\nwait = '40ms'";
    let recording = one(more);
    let web = of(&recording, "web");
    // cycles of 200 ms: sent at 160, 360, … 9960 ms; the last round is still on its way
    assert_eq!((web.requests.arrived, web.requests.succeeded), (500, 490 + 10));
    close(web.in_flight, 10.0 * 0.2);
    same(web.latency.max, 0.040);
}

#[test]
fn users_in_a_queue_keep_the_server_busy() {
    // 10 users, one worker of 100 ms, 100 ms of thought: the worker is never idle after 0.1 s
    let more = "traffic = { arrivals = { users = { count = 10, think = '100ms' } } }\n\
                demand = '100ms'\nconcurrency = 1";
    let recording = one(more);
    let web = of(&recording, "web");
    assert_eq!(web.requests.succeeded, 99);
    // who has his answer comes back 100 ms later, behind eight others: 900 ms
    assert_eq!(web.latency.p50.map(|p50| (p50 * 100.0).round()), Some(90.0));
}

#[test]
fn users_who_do_not_think_do_not_stop_time_when_nobody_answers() {
    let more = "traffic = { arrivals = { users = { count = 2, think = '0s' } } }\n\
                demand = '100ms'\nstart = '1s'\nretry_backoff = '50ms'";
    let recording = one(more);
    let web = of(&recording, "web");
    // refused at 0, 50, … 950 ms; served from 1 s on, by a core each
    assert_eq!(web.requests.refused, 2 * 20);
    assert_eq!(web.requests.succeeded, 2 * 90);
}

#[test]
fn requests_are_spread_over_replicas_by_each_balancer() {
    for balance in ["round-robin", "least-outstanding", "random", "power-of-two"] {
        // 20 a second of 50 ms on four replicas of one worker: rarely more than one each
        let more = format!(
            "balance = '{balance}'\nreplicas = 4\nconcurrency = 1\nwait = '150ms'\n\
             traffic = {{ arrivals = {{ deterministic = '20/s' }} }}"
        );
        let recording = one(&more);
        let web = of(&recording, "web");
        assert_eq!(web.requests.arrived, 200);
        assert!(web.requests.succeeded > 180, "{balance}: {:?}", web.requests);
        // a replica in turn gets one every 200 ms; so does the least loaded of all
        if matches!(balance, "round-robin" | "least-outstanding") {
            assert_eq!(web.waited, 0.0, "{balance}");
        } else {
            assert!(web.waited > 0.0, "{balance}");
        }
    }
}

#[test]
fn series_are_means_and_rates_of_each_interval() {
    // 10 a second of 50 ms; points every second
    let recording = one("demand = '50ms'\ntraffic = { arrivals = { deterministic = '10/s' } }");
    for rate in series(&recording, Some("web"), "requests") {
        close(*rate, 10.0);
    }
    let in_flight = series(&recording, Some("web"), "in_flight");
    // in the first second nine of the ten that arrive are done
    close(in_flight[0], 0.45);
    close(in_flight[5], 0.5);
    close(series(&recording, None, "cpu_utilisation")[5], 0.25);
}

#[test]
fn the_warm_up_is_simulated_and_not_counted() {
    // arrivals every 100 ms from 0.1 s on, each in the system for 250 ms; measured from 2 s to 10 s
    let warm = simulation("10s") + "warm_up = '2s'\n";
    let more = "wait = '250ms'\ntraffic = { arrivals = { deterministic = '10/s' } }";
    let recording = run(&[&warm, HOST, &app("web", more), BARE]);
    let web = of(&recording, "web");
    // those of 1.8, 1.9 and 2.0 s are carried in; those of 9.8, 9.9 and 10.0 s remain
    let account = web.requests;
    assert_eq!((account.carried_in, account.arrived, account.in_flight), (3, 80, 3));
    assert_eq!(account.succeeded, 80);
    close(web.throughput, 10.0);
    close(web.in_flight, 2.5);
    assert_eq!(recording.summary.measured_seconds, 8.0);
    assert_eq!(recording.requests, 100);
    // the series show the warm-up too, across the instant where it ends
    for warm_up in ["2s", "1500ms"] {
        let warm = simulation("10s") + &format!("warm_up = '{warm_up}'\n");
        let recording = run(&[&warm, HOST, &app("web", more), BARE]);
        for rate in series(&recording, Some("web"), "requests") {
            close(*rate, 10.0);
        }
        for value in &series(&recording, Some("web"), "in_flight")[1..] {
            close(*value, 2.5);
        }
        for value in series(&recording, Some("web"), "p50") {
            assert!((value - 0.25).abs() < 0.25e-3, "{value}");
        }
    }
}

#[test]
fn points_need_not_divide_the_duration() {
    for (duration, points) in [("7s", 3), ("1s", 997), ("10min", 7), ("100us", 240)] {
        let length =
            format!("[simulation]\nname = 'test'\nduration = '{duration}'\npoints = {points}\n");
        let recording = run(&[&length, HOST, &app("web", ""), BARE]);
        assert!(recording.series.times.is_sorted());
        assert_eq!(of(&recording, "web").requests.arrived, 0);
        assert_eq!(of(&recording, "web").success_ratio, None);
    }
}

#[test]
fn an_absurdly_long_pause_before_a_retry_is_no_overflow() {
    let more = "start = '2s'\nretries = 30\nretry_backoff = '500years'";
    let recording = one(&(at(&[0]) + more));
    assert_eq!(of(&recording, "web").requests.in_flight, 1);
}

#[test]
fn an_answer_that_is_on_its_way_when_the_client_gives_up_is_too_late() {
    let vms = VMS.replace("network_latency = \"0s\"", "network_latency = '3ms'");
    // the answer is there after 103 ms
    for (timeout, succeeded) in [("102ms", 0), ("103ms", 1)] {
        let web = app(
            "web",
            &format!(
                "timeout = '{timeout}'\ndemand = '100ms'\n\
                 traffic = {{ arrivals = {{ at = ['10s'] }} }}"
            ),
        );
        let recording = run(&[&simulation("1min"), HOST, &web, &vms]);
        let account = of(&recording, "web").requests;
        assert_eq!((account.succeeded, account.timed_out), (succeeded, 1 - succeeded));
    }
}
