//! What the recommender of the Vertical Pod Autoscaler says of what runs, by hand.

use std::fmt::Write;

use plimsoll::metrics::Recording;
use plimsoll::metrics::summary::{RequestAccount, RightSizing};

use crate::lab::{BARE, HOST, app, of, run, simulation};

fn right_sizing(recording: &Recording) -> RightSizing {
    of(recording, "web").vpa.expect("it is watched")
}

/// Ten requests a second of 60 ms each, 600m, for ten minutes.
fn ten_a_second(more: &str) -> String {
    let mut at = String::new();
    for tenth in 1..6_000 {
        write!(at, "'{}ms', ", tenth * 100).unwrap();
    }
    let traffic = format!("traffic = {{ arrivals = {{ at = [{at}] }} }}");
    app("web", &format!("cpu = {{ request = '500m' }}\ndemand = '60ms'\n{traffic}\n{more}"))
}

/// 600m are in bucket 70, which ends at 0.001 * (1.05^71 - 1) / 0.05 = 0.618 cores: 618m and 92m.
/// From 60 s to 600 s there are ten samples, over a 160th of a day: the upper bound is 161 times
/// as high, the lower (1 + 0.16)^-2 of it. Half of 64 MiB is less than the least for a pod.
#[test]
fn a_steady_load_is_recommended_what_it_uses_and_more() {
    let recording = run(&[&simulation("600s"), HOST, BARE, &ten_a_second("vpa = true")]);
    let it = right_sizing(&recording);
    assert_eq!(it.requested.cpu, 0.5);
    assert_eq!(it.target.cpu, 0.71);
    assert_eq!(it.lower.cpu, 0.527);
    assert_eq!(it.upper.cpu, 114.31);
    assert_eq!(it.target.memory, 250 << 20);
    let unwatched = run(&[&simulation("600s"), HOST, BARE, &ten_a_second("")]);
    assert_eq!(of(&unwatched, "web").vpa, None);
    // who watches changes nothing
    let requests = |recording: &Recording| -> RequestAccount { of(recording, "web").requests };
    assert_eq!(requests(&recording), requests(&unwatched));
}

/// A gigabyte is requested and not to be exceeded; a request takes it above that at 100 s. What is
/// needed is a fifth more, 1,288,490,188 bytes, in the bucket that ends at 10 MB * (1.05^42 - 1) /
/// 0.05, to which 15 % are added.
#[test]
fn a_container_killed_for_memory_is_recommended_more_than_it_had() {
    let memory = "memory = { request = '1GiB', limit = '1GiB', base = '900MiB', \
                  per_request = '200MiB' }";
    let traffic = "demand = '60ms'\ntraffic = { arrivals = { at = ['100s'] } }";
    let web = app("web", &format!("cpu = {{ request = '500m' }}\n{memory}\n{traffic}\nvpa = true"));
    let recording = run(&[&simulation("180s"), HOST, BARE, &web]);
    assert_eq!(of(&recording, "web").requests.failed, 1);
    let end = (1e7 * (1.05_f64.powi(42) - 1.0) / 0.05) as u64;
    let it = right_sizing(&recording);
    assert!(it.target.memory.abs_diff(end + end * 15 / 100) <= 1, "{}", it.target.memory);
}
