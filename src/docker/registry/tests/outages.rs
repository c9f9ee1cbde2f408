//! Registries that cannot be reached.

use super::*;
use RegistryError::{Unreachable, UpstreamFailed};

const PAIR: &str = "
    [[registry]]
    name = 'hub'
    timeout = '3s'
    stream = '50MB/s'
    [[registry]]
    name = 'cache'
    latency = '20ms'
    timeout = '4s'
    upstream = 'hub'
    upstream_check = '24h'
    [[registry]]
    name = 'edge'
    latency = '5ms'
    timeout = '5s'
    upstream = 'cache'
    ";
const EDGE: RegistryId = RegistryId(2);

#[test]
fn calls_in_an_outage_time_out_and_later_ones_do_not() {
    let mut rig = Rig::new(PAIR);
    assert!(rig.all.is_up(HUB));
    assert_eq!(rig.set_up(at(0), HUB, false), []);
    assert!(!rig.all.is_up(HUB));
    assert_eq!(rig.manifest(at(0), HUB, 0), failed(3000, Unreachable));
    assert_eq!(rig.layer(at(0), HUB, 0, 0), failed(3000, Unreachable));
    rig.set_up(at(100), HUB, true);
    assert_eq!(rig.manifest(at(100), HUB, 0), reply(50));
    let totals = rig.totals(at(100), HUB);
    assert_eq!((totals.calls, totals.failed, totals.pulls), (3, 2, 1));
}

#[test]
fn a_cache_gives_what_it_has_while_its_upstream_is_away() {
    let mut rig = Rig::new(PAIR);
    rig.manifest(at(0), CACHE, 0);
    rig.layer(at(0), CACHE, 0, 0);
    rig.run(at(2000));
    rig.set_up(at(2000), HUB, false);
    assert_eq!(rig.manifest(at(2000), CACHE, 1), reply(20));
    assert_eq!(rig.layer(at(2000), CACHE, 1, 0), reply(20));
    assert_eq!(rig.layer(at(2000), CACHE, 1, 1), failed(3000 + 20, UpstreamFailed));
    // after a day it asks in vain, once, and gives what it has nevertheless
    let day = 86_400_050;
    assert_eq!(rig.manifest(at(day), CACHE, 1), reply(3000 + 20));
    assert_eq!(rig.manifest(at(day + 3000), CACHE, 2), reply(20));
}

#[test]
fn an_outage_of_the_upstream_cuts_an_import_and_the_next_request_begins_anew() {
    let mut rig = Rig::new(PAIR);
    assert_eq!(rig.layer(at(0), CACHE, 0, 0), Answer::Later);
    assert_eq!(rig.layer(at(0), EDGE, 1, 0), Answer::Later);
    // the cache is told after the hub's time, the edge by the cache, its client by the edge
    let told = rig.set_up(at(1000), HUB, false);
    let edge = failed(3000 + 20 + 5, UpstreamFailed);
    assert_eq!(told, [(0, failed(3000 + 20, UpstreamFailed)), (1, edge)]);
    assert_eq!(rig.totals(at(1000), CACHE).imported, Bytes(50 * MB));
    rig.set_up(at(2000), HUB, true);
    assert_eq!(rig.layer(at(2000), EDGE, 1, 0), Answer::Later);
    // 2 s from the hub, 1 s from the cache, and the round trips
    assert_eq!(rig.run(at(5000)), [(1, reply(50 + 20 + 5))]);
    assert_eq!(rig.totals(at(5000), CACHE).imported, Bytes(150 * MB));
}

#[test]
fn an_outage_of_a_cache_is_one_for_all_that_wait_for_it() {
    let mut rig = Rig::new(PAIR);
    assert_eq!(rig.layer(at(0), EDGE, 1, 0), Answer::Later);
    assert_eq!(rig.layer(at(0), CACHE, 0, 0), Answer::Later);
    let told = rig.set_up(at(1000), CACHE, false);
    assert_eq!(told, [(0, failed(4000, Unreachable)), (1, failed(4000 + 5, UpstreamFailed))]);
    assert_eq!(rig.network.active(), 0, "the import is given up");
    // a second fault of the same registry changes nothing
    assert_eq!(rig.set_up(at(1000), CACHE, false), []);
    assert_eq!(rig.layer(at(1000), HUB, 0, 0), reply(50));
}

#[test]
fn a_cache_that_gave_up_gets_nothing_of_what_it_asked_for_but_may_ask_again() {
    let mut rig = Rig::new(PAIR);
    assert_eq!(rig.layer(at(0), EDGE, 1, 0), Answer::Later);
    assert_eq!(rig.set_up(at(1000), EDGE, false), [(1, failed(5000, Unreachable))]);
    assert_eq!(rig.network.active(), 1, "the cache goes on with its own import");
    rig.set_up(at(1500), EDGE, true);
    assert_eq!(rig.layer(at(1500), EDGE, 2, 0), Answer::Later);
    // at the cache after 2 s, at the edge 1 s later
    assert_eq!(rig.run(at(2999)), []);
    assert_eq!(rig.run(at(3000)), [(2, reply(50 + 20 + 5))]);
}
