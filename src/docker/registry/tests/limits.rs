//! Calls a second, pulls in six hours, tokens.

use super::*;
use RegistryError::{Throttled, Unauthorized};

#[test]
fn a_throttled_registry_answers_a_burst_and_then_at_its_rate() {
    let mut rig =
        Rig::new("[[registry]]\nname = 'r'\nlimits = { manifest = { rate = '10/s', burst = 2 } }");
    let first: Vec<Answer> = (0..3).map(|client| rig.manifest(at(0), HUB, client)).collect();
    assert_eq!(first, [reply(50), reply(50), failed(50, Throttled)]);
    // tokens come every 100 ms; the call that was refused took none
    assert_eq!(rig.manifest(at(99), HUB, 2), failed(50, Throttled));
    assert_eq!(rig.manifest(at(100), HUB, 2), reply(50));
    assert_eq!(rig.manifest(at(150), HUB, 3), failed(50, Throttled));
    // layers have a limit of their own, here none
    assert_eq!(rig.layer(at(150), HUB, 3, 0), reply(50));
    let totals = rig.totals(at(200), HUB);
    assert_eq!((totals.calls, totals.throttled, totals.failed), (7, 3, 0));
    assert_eq!(totals.pulls, 3);
}

#[test]
fn ecr_gives_an_account_five_hundred_tokens_at_once_and_then_one_every_two_milliseconds() {
    let mut rig = Rig::new("[[registry]]\nname = 'ecr'\nkind = 'ecr'");
    let given = (0..1000).filter(|&client| rig.token(at(0), HUB, client) == reply(50)).count();
    assert_eq!(given, 500);
    let later = (500..1000).filter(|&client| rig.token(at(100), HUB, client) == reply(50));
    assert_eq!(later.count(), 50);
}

#[test]
fn a_token_is_needed_until_it_is_there_and_again_when_it_has_expired() {
    let mut rig = Rig::new("[[registry]]\nname = 'ecr'\nkind = 'ecr'");
    let half_a_day = 12 * 3_600_000;
    assert!(rig.all.needs_token(HUB, 7, at(0)));
    assert_eq!(rig.manifest(at(0), HUB, 7), failed(50, Unauthorized));
    assert_eq!(rig.token(at(10), HUB, 7), reply(50));
    assert_eq!(rig.manifest(at(60), HUB, 7), reply(50));
    assert!(rig.all.needs_token(HUB, 8, at(60)), "tokens are one client's");
    assert!(!rig.all.needs_token(HUB, 7, at(half_a_day + 59)));
    assert!(rig.all.needs_token(HUB, 7, at(half_a_day + 60)));
    assert_eq!(rig.layer(at(half_a_day + 60), HUB, 7, 0), failed(50, Unauthorized));
    assert_eq!(rig.token(at(half_a_day + 60), HUB, 7), reply(50));
    rig.all.forget_client(7);
    assert!(rig.all.needs_token(HUB, 7, at(half_a_day + 110)));
}

#[test]
fn an_open_registry_wants_no_tokens() {
    let rig = Rig::new("[[registry]]\nname = 'own'");
    assert!(!rig.all.needs_token(HUB, 0, at(0)));
}

#[test]
fn engines_with_addresses_of_their_own_have_limits_of_their_own() {
    let mut rig = Rig::new("[[registry]]\nname = 'r'\npulls_per_6h = 1\none_address = false");
    assert_eq!(rig.manifest(at(0), HUB, 0), reply(50));
    assert_eq!(rig.manifest(at(0), HUB, 0), failed(50, Throttled));
    assert_eq!(rig.manifest(at(0), HUB, 1), reply(50));
}

#[test]
fn the_engines_of_a_cluster_share_the_pull_limit_of_their_one_address() {
    let mut rig = Rig::new("[[registry]]\nname = 'hub'\nkind = 'hub'\npulls_per_6h = 3");
    let six_hours = 6 * 3_600_000;
    for client in 0..5 {
        rig.token(at(0), HUB, client);
    }
    let pulls: Vec<Answer> =
        (0..4).map(|client| rig.manifest(at(u64::from(client)), HUB, client)).collect();
    assert_eq!(pulls, [reply(50), reply(50), reply(50), failed(50, Throttled)]);
    // layers are no pulls, nor are the other manifests of an index
    assert_eq!(rig.layer(at(10), HUB, 4, 0), reply(50));
    let (call, image) = (Call::Manifest, ImageId(0));
    let request =
        Request { client: 2, call, image, by_tag: false, known: true, layer: None, token: 0 };
    assert_eq!(rig.ask(at(10), HUB, request), reply(50));
    // or the question whether an image is still the same
    assert_eq!(rig.ask(at(10), HUB, Request { by_tag: true, ..request }), reply(50));
    for client in 0..2 {
        rig.token(at(six_hours - 1), HUB, client);
    }
    assert_eq!(rig.manifest(at(six_hours - 1), HUB, 0), failed(50, Throttled));
    // the first pull was six hours ago, the second will have been in a millisecond
    assert_eq!(rig.manifest(at(six_hours), HUB, 0), reply(50));
    assert_eq!(rig.manifest(at(six_hours), HUB, 1), failed(50, Throttled));
    assert_eq!(rig.manifest(at(six_hours + 1), HUB, 1), reply(50));
}
