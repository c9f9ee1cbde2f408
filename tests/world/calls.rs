//! Apps that call apps.

use crate::lab::{BARE, HOST, VMS, app, latencies, of, run, same, simulation};

const ONE: &str = "traffic = { arrivals = { at = ['0s'] } }\n";

#[test]
fn stages_follow_one_another_and_the_calls_of_a_stage_run_at_once() {
    // 10 ms of its own, then the longer of 20 and 30, then 5 more
    let front = app("front", &format!("{ONE}demand = '10ms'\ncalls = [['a', 'b'], ['c']]"));
    let (a, b) = (app("a", "demand = '20ms'"), app("b", "demand = '30ms'"));
    let c = app("c", "demand = '5ms'");
    let recording = run(&[&simulation("1s"), HOST, &front, &a, &b, &c, BARE]);
    same(of(&recording, "front").latency.mean, 0.045);
    same(of(&recording, "a").latency.mean, 0.020);
    same(of(&recording, "b").latency.mean, 0.030);
    same(of(&recording, "c").latency.mean, 0.005);
}

#[test]
fn a_call_that_fails_fails_its_caller_and_frees_its_place() {
    // the callee takes one request and no more: of two callers the second fails at once, and the
    // third, which waited for a worker, is taken up
    let traffic = "traffic = { arrivals = { at = ['0s', '1ms', '2ms'] } }\n";
    let front = app("front", &format!("{traffic}concurrency = 2\ncalls = [['back']]"));
    let back = app("back", "demand = '100ms'\nconcurrency = 1\nbacklog = 0");
    let recording = run(&[&simulation("1s"), HOST, &front, &back, BARE]);
    let (front, back) = (of(&recording, "front"), of(&recording, "back"));
    assert_eq!((front.requests.succeeded, front.requests.failed), (1, 2));
    assert_eq!((back.requests.succeeded, back.requests.refused), (1, 2));
    assert_eq!(front.success_ratio, Some(1.0 / 3.0));
}

#[test]
fn calls_of_aws_come_between_the_own_work_and_the_calls_of_apps() {
    // 10 ms of its own, 4 and 30 ms in AWS one after the other, then 20 ms of back; without roles
    // nothing is denied
    let aws = |latency: &str| {
        format!("[[app.aws_call]]\naction = 's3:GetObject'\nlatency = '{latency}'\n")
    };
    let more = format!("{ONE}demand = '10ms'\ncalls = [['back']]\n{}{}", aws("4ms"), aws("30ms"));
    let (front, back) = (app("front", &more), app("back", "demand = '20ms'"));
    let recording = run(&[&simulation("1s"), HOST, &front, &back, BARE]);
    same(of(&recording, "front").latency.mean, 0.064);
    // the place of the request is taken as long
    let traffic = "traffic = { arrivals = { at = ['0s', '1ms'] } }\nconcurrency = 1\n";
    let front = app("front", &format!("{traffic}{}", aws("30ms")));
    let recording = run(&[&simulation("1s"), HOST, &front, BARE]);
    assert_eq!(latencies(&recording, "front"), [(30.0, 1), (59.0, 1)]);
}

#[test]
fn a_client_that_gives_up_leaves_the_calls_under_way() {
    let front = app("front", &format!("{ONE}timeout = '50ms'\ncalls = [['back'], ['back']]"));
    let back = app("back", "demand = '100ms'");
    let recording = run(&[&simulation("1s"), HOST, &front, &back, BARE]);
    let (front, back) = (of(&recording, "front"), of(&recording, "back"));
    assert_eq!(front.requests.timed_out, 1);
    assert_eq!(back.requests.succeeded, 2);
}

#[test]
fn a_caller_tries_a_call_again_as_the_callee_says() {
    // back is ready after 150 ms: refused at 0 and 100, accepted at 300
    let front = app("front", &format!("{ONE}calls = [['back']]"));
    let back = app("back", "demand = '20ms'\nstart = '150ms'\nretries = 5");
    let recording = run(&[&simulation("1s"), HOST, &front, &back, BARE]);
    same(of(&recording, "front").latency.mean, 0.320);
    assert_eq!(of(&recording, "back").retries, 2);
}

#[test]
fn every_answer_over_a_virtual_network_is_delayed() {
    // front: its own answer and, one after the other, two of back: 3 * 1 ms
    let vms = VMS
        .replace("network_latency = '0s'", "")
        .replace("network_latency = \"0s\"", "network_latency = \"1ms\"");
    let front = app("front", &format!("{ONE}demand = '10ms'\ncalls = [['back'], ['back']]"));
    let back = app("back", "demand = '20ms'");
    let recording = run(&[&simulation("1s"), HOST, &front, &back, &vms]);
    same(of(&recording, "back").latency.mean, 0.021);
    same(of(&recording, "front").latency.mean, 0.053);
}

#[test]
fn a_long_backlog_of_requests_that_all_fail_at_once_is_no_danger() {
    // 200,000 wait behind one whose call takes long; when the backend dies, each fails in turn
    let front = app(
        "front",
        "traffic = { arrivals = { deterministic = '200000/s' } }\nconcurrency = 1\n\
         calls = [['back']]",
    );
    let back = app(
        "back",
        "demand = '10s'\nmemory = { request = '64MiB', limit = '64MiB', \
                            base = '64MiB', per_request = '1MiB' }\nrestart = 'no'",
    );
    // killed by the first request, and never back
    let recording = run(&[&simulation("1s"), HOST, &front, &back, BARE]);
    let front = of(&recording, "front");
    assert!(front.requests.failed > 199_000, "{:?}", front.requests);
}

#[test]
fn a_gateway_whose_backend_dies_fails_its_whole_backlog_in_that_instant() {
    let host = HOST.replace("boot = \"0s\"", "boot = \"1h\"");
    let front = app(
        "front",
        "traffic = { arrivals = { deterministic = '100000/s' } }\nconcurrency = 1\n\
         calls = [['back']]\nspread = true",
    );
    let back = app("back", "demand = '10s'\ncpu = { request = '2' }");
    let fault = "[[fault]]\nhosts = [1]\n\
                 kind = { scheduled = { at = '900ms', duration = '1h' } }\n";
    let two = BARE.replace("shape = \"host\"", "shape = \"host\", count = 2");
    let recording = run(&[&simulation("1s"), &host, &front, &back, fault, &two]);
    let front = of(&recording, "front");
    assert_eq!(front.requests.failed, front.requests.arrived, "{:?}", front.requests);
    // the first waited for its answer from 10 us to 900 ms
    assert_eq!(latencies(&recording, "front"), []);
}
