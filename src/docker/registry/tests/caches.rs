//! Pull-through caches: joined fetches, what comes from where, and how often the upstream is asked.

use super::*;
use RegistryError::{Throttled, UpstreamFailed};

const PAIR: &str = "
    [[registry]]
    name = 'hub'
    bandwidth = '100MB/s'
    stream = '50MB/s'
    [[registry]]
    name = 'cache'
    latency = '20ms'
    upstream = 'hub'
    upstream_check = '24h'
    ";

#[test]
fn a_manifest_is_fetched_once_and_who_asks_meanwhile_waits_for_the_rest_of_it() {
    let mut rig = Rig::new(PAIR);
    assert_eq!(rig.manifest(at(0), CACHE, 0), reply(50 + 20));
    assert_eq!(rig.manifest(at(30), CACHE, 1), reply(20 + 20));
    assert_eq!(rig.manifest(at(50), CACHE, 2), reply(20));
    assert_eq!(rig.totals(at(50), HUB).pulls, 1);
    assert_eq!(rig.totals(at(50), CACHE).pulls, 3);
}

#[test]
fn a_layer_is_fetched_once_for_all_who_ask_and_then_served() {
    let mut rig = Rig::new(PAIR);
    // 100 MB in one stream of 50 MB/s: until 2 s; then the round trips to the hub and to the cache
    assert_eq!(rig.layer(at(0), CACHE, 0, 0), Answer::Later);
    assert_eq!(rig.layer(at(500), CACHE, 1, 0), Answer::Later);
    assert_eq!(rig.run(at(1999)), []);
    assert_eq!(rig.run(at(2000)), [(0, reply(70)), (1, reply(70))]);
    assert_eq!(rig.layer(at(2000), CACHE, 2, 0), reply(20));
    let totals = rig.totals(at(2000), CACHE);
    assert_eq!((totals.calls, totals.imported), (3, Bytes(100 * MB)));
    let hub = rig.totals(at(2000), HUB);
    assert_eq!((hub.calls, hub.served), (1, Bytes(100 * MB)));
}

#[test]
fn imports_share_the_link_of_the_upstream_with_its_clients() {
    let mut rig = Rig::new(PAIR);
    assert_eq!(rig.layer(at(0), CACHE, 0, 0), Answer::Later);
    // with three streams of 100 MB each has a third of 100 MB/s: all are through after 3 s
    for token in [1, 2] {
        let all = (Bytes(100 * MB), Bandwidth(f64::INFINITY));
        rig.all.open(HUB, &mut rig.network, at(0), &[], all, token);
    }
    let mut done = Vec::new();
    rig.network.advance(at(2999), &mut done);
    assert!(done.is_empty());
    rig.network.advance(at(3000), &mut done);
    assert_eq!(done, [IMPORT, 1, 2]);
}

#[test]
fn a_request_that_was_withdrawn_is_not_answered_but_the_layer_comes() {
    let mut rig = Rig::new(PAIR);
    assert_eq!(rig.layer(at(0), CACHE, 0, 0), Answer::Later);
    assert_eq!(rig.layer(at(0), CACHE, 1, 0), Answer::Later);
    rig.all.withdraw(CACHE, 0);
    assert_eq!(rig.run(at(2000)), [(1, reply(70))]);
    rig.all.withdraw(CACHE, 1);
    assert_eq!(rig.layer(at(2000), CACHE, 2, 0), reply(20));
}

#[test]
fn the_upstream_is_asked_again_after_a_day_and_not_before() {
    let mut rig = Rig::new(PAIR);
    let day = 86_400_000;
    rig.manifest(at(0), CACHE, 0);
    // cached since 50 ms
    assert_eq!(rig.manifest(at(day + 49), CACHE, 1), reply(20));
    assert_eq!(rig.manifest(at(day + 50), CACHE, 1), reply(50 + 20));
    assert_eq!(rig.manifest(at(day + 90), CACHE, 2), reply(10 + 20));
    assert_eq!(rig.manifest(at(2 * day), CACHE, 2), reply(20));
    let hub = rig.totals(at(2 * day), HUB);
    assert_eq!((hub.calls, hub.pulls), (2, 1), "the second was a question, not a pull");
}

#[test]
fn a_proxy_that_asks_at_each_pull_has_each_wait_for_its_own_answer() {
    let mut rig = Rig::new(&PAIR.replace("upstream_check = '24h'", ""));
    assert_eq!(rig.manifest(at(0), CACHE, 0), reply(70));
    assert_eq!(rig.manifest(at(100), CACHE, 1), reply(70));
    assert_eq!(rig.manifest(at(120), CACHE, 2), reply(70));
    assert_eq!(rig.totals(at(200), HUB).calls, 3);
}

#[test]
fn a_cache_signs_in_and_pulls_under_an_address_of_its_own() {
    let mut rig = Rig::new(
        "[[registry]]
         name = 'hub'
         kind = 'hub'
         pulls_per_6h = 1
         [[registry]]
         name = 'cache'
         latency = '20ms'
         upstream = 'hub'",
    );
    rig.token(at(0), HUB, 0);
    assert_eq!(rig.manifest(at(0), HUB, 0), reply(50));
    assert_eq!(rig.manifest(at(1), HUB, 0), failed(50, Throttled));
    // the token and the manifest, then the cache's own round trip
    assert_eq!(rig.manifest(at(2), CACHE, 0), reply(50 + 50 + 20));
    // another image is one pull too many for the cache as well
    let request = Request {
        client: 0,
        call: Call::Manifest,
        image: ImageId(1),
        by_tag: true,
        known: false,
        layer: None,
        token: 0,
    };
    assert_eq!(rig.ask(at(3), CACHE, request), failed(50 + 20, UpstreamFailed));
    let totals = rig.totals(at(3), CACHE);
    assert_eq!((totals.calls, totals.pulls, totals.failed), (2, 1, 1));
}

#[test]
fn a_layer_comes_through_a_chain_of_caches_one_after_another() {
    let chain = "
        [[registry]]
        name = 'edge'
        latency = '5ms'
        upstream = 'cache'";
    let mut rig = Rig::new(&(PAIR.to_owned() + chain));
    let edge = RegistryId(2);
    assert_eq!(rig.manifest(at(0), edge, 0), reply(50 + 20 + 5));
    assert_eq!(rig.layer(at(0), edge, 0, 0), Answer::Later);
    assert_eq!(rig.layer(at(0), CACHE, 1, 0), Answer::Later);
    // hub to cache at 50 MB/s until 2 s, cache to edge at its 100 MB/s until 3 s
    assert_eq!(rig.run(at(2000)), [(1, reply(70))]);
    assert_eq!(rig.run(at(2999)), []);
    assert_eq!(rig.run(at(3000)), [(0, reply(50 + 20 + 5))]);
}
