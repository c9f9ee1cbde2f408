//! What requests read and write: at the disk of their host, at volumes.

use plimsoll::world::{InputError, check_files};

use crate::lab::{BARE, HOST, app, close, latencies, of, read, run, same, simulation};

/// The host of the laboratory with a disk of 1,000 operations a second, each of which takes 2 ms.
fn slow_disk() -> String {
    HOST.replace("boot =", "disk = { iops = '1000/s', latency = '2ms' }\nboot =")
}

/// Arrivals at these instants in milliseconds.
fn at(millis: &[u64]) -> String {
    let times: Vec<String> = millis.iter().map(|ms| format!("'{ms}ms'")).collect();
    format!("traffic = {{ arrivals = {{ at = [{}] }} }}\n", times.join(", "))
}

#[test]
fn requests_take_turns_at_the_disk_of_their_host() {
    // ten operations are 10 ms of the disk, and 20 ms of a request that waits for each; the disk
    // begins with them at 0, 10 and 20 ms, and they have 5 ms of the CPU each after that
    let more = at(&[0, 0, 0]) + "io = { operations = 10, size = '1kB' }\ndemand = '5ms'";
    let recording = run(&[&simulation("1s"), &slow_disk(), &app("web", &more), BARE]);
    assert_eq!(latencies(&recording, "web"), [(25.0, 1), (35.0, 1), (45.0, 1)]);
    let io = of(&recording, "web").io.as_ref().expect("it reads and writes");
    assert_eq!((io.on.as_str(), io.operations, io.took.count), ("host disk", 30, 3));
    same(io.wait_mean, 0.010);
    same(io.took.mean, 0.030);
    close(io.busy, 0.030);
    close(io.queued, 0.020);
    assert_eq!((io.out_of_credits, io.held_by_instance), (0.0, 0.0));
    assert_eq!(recording.summary.warnings, [""; 0]);
}

#[test]
fn operations_under_way_at_once_take_no_longer_than_the_disk() {
    let more = at(&[0, 0]) + "io = { operations = 10, size = '1kB', depth = 10 }\ndemand = '5ms'";
    let recording = run(&[&simulation("1s"), &slow_disk(), &app("web", &more), BARE]);
    assert_eq!(latencies(&recording, "web"), [(15.0, 1), (25.0, 1)]);
}

#[test]
fn large_operations_are_bound_by_throughput() {
    // 100 MB at 1 GB/s, where a hundred operations would be done in 1 ms
    let more = at(&[0]) + "io = { operations = 100, size = '1MB', depth = 100 }";
    let recording = run(&[&simulation("1s"), HOST, &app("web", &more), BARE]);
    assert_eq!(latencies(&recording, "web"), [(100.0, 1)]);
}

#[test]
fn apps_of_a_host_wait_for_each_other_at_its_disk() {
    let keys = |at: String| at + "io = { operations = 10, size = '1kB', depth = 10 }";
    let (web, shop) = (app("web", &keys(at(&[0]))), app("shop", &keys(at(&[0]))));
    let recording = run(&[&simulation("1s"), &slow_disk(), &web, &shop, BARE]);
    assert_eq!(latencies(&recording, "web"), [(10.0, 1)]);
    assert_eq!(latencies(&recording, "shop"), [(20.0, 1)]);
}

/// A volume of 3,000 operations a second, of which each request has 300.
fn volume(per: &str) -> String {
    format!(
        "[app.io]\noperations = 300\ndepth = 300\nvolume = {{ size = '100GiB' }}\n\
         volume_on = 'all'\nvolume_per = '{per}'\n"
    )
}

#[test]
fn replicas_have_volumes_of_their_own_or_one_for_a_machine() {
    let each = |per| {
        let more = at(&[0, 0, 0, 0]) + "replicas = 2\nbalance = 'round-robin'\n" + &volume(per);
        let recording = run(&[&simulation("1s"), &slow_disk(), &app("web", &more), BARE]);
        assert_eq!(of(&recording, "web").io.as_ref().map(|io| io.on.as_str()), Some("gp3"));
        latencies(&recording, "web")
    };
    assert_eq!(each("replica"), [(100.0, 2), (200.0, 2)]);
    assert_eq!(each("machine"), [(100.0, 1), (200.0, 1), (300.0, 1), (400.0, 1)]);
}

#[test]
fn where_there_is_no_ebs_the_disk_takes_the_place_of_a_volume() {
    let io = volume("replica").replace("volume_on = 'all'\n", "");
    let more = at(&[0]) + &io;
    let recording = run(&[&simulation("1s"), &slow_disk(), &app("web", &more), BARE]);
    assert_eq!(latencies(&recording, "web"), [(300.0, 1)]);
    assert_eq!(of(&recording, "web").io.as_ref().map(|io| io.on.as_str()), Some("host disk"));
}

#[test]
fn latency_jumps_at_the_instant_at_which_a_gp2_volume_is_out_of_credits() {
    // 100 GiB: 5.4e6 / (3000 - 300) = 2,000 s of 3,000 operations a second, ten requests of 300.
    // The first comes at 0.1 s, so at 2000.1 s it falls to 300: the request that comes then takes
    // 1 s instead of 0.1 s, and the next is not done by the end
    let io = volume("replica").replace("size = '100GiB'", "kind = 'gp2', size = '100GiB'");
    let more = "traffic = { arrivals = { deterministic = '10/s' } }\n".to_owned() + &io;
    let recording = run(&[&simulation("2002s"), HOST, &app("web", &more), BARE]);
    assert_eq!(latencies(&recording, "web"), [(100.0, 20_000), (1000.0, 1)]);
    let io = of(&recording, "web").io.as_ref().expect("it reads and writes");
    close(io.out_of_credits, 1.9 / 2002.0);
    close(io.busy, 2001.9 / 2002.0);
    // four times as long without them is worth a word
    let recording = run(&[&simulation("2100s"), HOST, &app("web", &more), BARE]);
    let warning = "`web`: its gp2 volumes had no burst credits left for 4.8% of the time";
    assert_eq!(recording.summary.warnings, [warning]);
}

#[test]
fn the_server_reads_on_for_a_client_that_has_given_up() {
    // 10 ms each: the second would be done at 30 ms, given up at 25; the third waits for it
    let more = at(&[0, 10, 10]) + "io = { operations = 20, size = '1kB', depth = 20 }\n";
    let more = more + "timeout = '25ms'";
    let recording = run(&[&simulation("1s"), &slow_disk(), &app("web", &more), BARE]);
    let web = of(&recording, "web");
    // 0-20, 20-40 (given up at 35), 40-60 (given up at 35)
    assert_eq!((web.requests.succeeded, web.requests.timed_out), (1, 2));
    assert_eq!(web.io.as_ref().map(|io| io.operations), Some(60));
}

#[test]
fn who_dies_takes_its_place_in_the_line_along() {
    // four requests of 200 ms; the host fails after 300 ms and is back at 500: one was done, three
    // fail, and the one that comes at 600 waits for none of them
    let fault = "[[fault]]\nhosts = [0]\n\
                 kind = { scheduled = { at = '300ms', duration = '200ms' } }\n";
    let more = at(&[0, 0, 0, 0, 600]) + "io = { operations = 200, size = '1kB', depth = 200 }\n";
    let recording = run(&[&simulation("2s"), &slow_disk(), &app("web", &more), BARE, fault]);
    let web = of(&recording, "web");
    assert_eq!((web.requests.succeeded, web.requests.failed), (2, 3));
    assert_eq!(latencies(&recording, "web"), [(200.0, 2)]);
}

#[test]
fn what_no_volume_can_have_is_told_with_its_place() {
    let io = volume("replica").replace("size = '100GiB'", "size = '4GiB', iops = 3500");
    let text = [&simulation("1s"), HOST, &app("web", &io), BARE].join("\n");
    let Err(InputError::Value(wrong)) = check_files(&read(&text)) else {
        panic!("gp3 has 500 IOPS for each GiB")
    };
    assert_eq!(wrong.at.to_string(), "app[0].io.volume.iops");
    let title = "a gp3 volume has up to 500 IOPS for each GiB: one of 4 GiB up to 3000, not 3500; \
                 7 GiB would be enough";
    assert_eq!(wrong.title, title);
}
