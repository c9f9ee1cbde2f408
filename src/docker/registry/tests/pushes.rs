//! Images that come during the run, their copies, and policies.

use super::*;
use RegistryError::{Denied, NotFound};

#[test]
fn an_image_that_is_pushed_is_nowhere_before() {
    let mut rig = Rig::new(
        "[[registry]]
         name = 'us'
         pushes = [{ image = 'web', at = '10s' }]
         [[registry]]
         name = 'cache'
         upstream = 'us'",
    );
    rig.all.publish(HUB, ImageId(0), ImageId(0), at(10_000));
    assert_eq!(rig.manifest(at(9_999), HUB, 0), failed(50, NotFound));
    assert_eq!(rig.manifest(at(9_999), CACHE, 0), failed(100, NotFound));
    assert_eq!(rig.manifest(at(10_000), HUB, 0), reply(50));
    assert_eq!(rig.manifest(at(10_000), CACHE, 0), reply(100));
    // the other image is pushed nowhere, and so has been everywhere from the start
    assert_eq!(rig.layer(at(0), HUB, 0, 1), reply(50));
}

#[test]
fn a_name_stands_for_its_own_image_until_another_is_put_on_it() {
    let mut rig = Rig::new(
        "[[registry]]
         name = 'us'
         pushes = [
             { image = 'api', tag = 'web', at = '10s' },
             { image = 'web', at = '20s' },
         ]",
    );
    let [web, api] = [0, 1].map(ImageId);
    assert_eq!(rig.all.content(HUB, web, at(9_999)), Some(web));
    assert_eq!(rig.all.content(HUB, api, at(9_999)), None);
    rig.all.publish(HUB, web, api, at(10_500));
    assert_eq!(rig.all.content(HUB, web, at(10_500)), Some(api));
    rig.all.remove(HUB, web, at(15_000));
    assert_eq!(rig.manifest(at(15_000), HUB, 0), failed(50, NotFound));
    rig.all.publish(HUB, web, web, at(20_000));
    assert_eq!(rig.all.content(HUB, web, at(20_000)), Some(web));
    assert_eq!(rig.all.content(HUB, web, at(14_999)), Some(api));
}

#[test]
fn a_cache_fetches_what_a_name_stands_for_by_now_when_it_asks() {
    let registries = "[[registry]]\nname = 'hub'\npushes = [{ image = 'api', tag = 'web', at = \
                      '1h' }]\n[[registry]]\nname = 'cache'\nlatency = '20ms'\nupstream = \
                      'hub'\nupstream_check = '24h'";
    let mut rig = Rig::new(registries);
    let [web, api] = [0, 1].map(ImageId);
    assert_eq!(rig.manifest(at(0), CACHE, 0), reply(70));
    rig.all.publish(HUB, web, api, at(3_600_000));
    // it is not asked before a day is over, from 50 ms on
    let day = 86_400_000;
    assert_eq!(rig.manifest(at(day), CACHE, 0), reply(20));
    assert_eq!(rig.all.content(CACHE, web, at(day)), Some(web));
    // the question and the new manifest, and its own round trip
    assert_eq!(rig.manifest(at(day + 50), CACHE, 0), reply(50 + 50 + 20));
    assert_eq!(rig.all.content(CACHE, web, at(day + 50)), Some(api));
    assert_eq!(rig.totals(at(day + 50), HUB).pulls, 2);
    // what is deleted stays in the cache
    rig.all.remove(HUB, web, at(2 * day));
    assert_eq!(rig.manifest(at(3 * day), CACHE, 0), reply(50 + 20));
    assert_eq!(rig.all.content(CACHE, web, at(3 * day)), Some(api));
}

#[test]
fn a_policy_denies_one_client_or_all() {
    let mut rig = Rig::new("[[registry]]\nname = 'r'");
    rig.all.deny(HUB, Some(3), ImageId(0));
    assert_eq!(rig.manifest(at(0), HUB, 3), failed(50, Denied));
    assert_eq!(rig.manifest(at(0), HUB, 4), reply(50));
    rig.all.deny(HUB, None, ImageId(0));
    assert_eq!(rig.layer(at(0), HUB, 4, 0), failed(50, Denied));
    assert_eq!(rig.layer(at(0), HUB, 4, 1), reply(50));
}

#[test]
fn a_pull_that_policies_are_against_goes_as_far_as_they_let_it_and_caches_are_not_meant() {
    use RegistryError::Unauthorized;
    let registries = "[[registry]]\nname = 'hub'\nanonymous = false\n\
                      [[registry]]\nname = 'cache'\nlatency = '20ms'\nupstream = 'hub'";
    let mut rig = Rig::new(registries);
    rig.all.refuse(ImageId(0), Call::Layer, Denied);
    assert_eq!(rig.token(at(0), HUB, 3), reply(50));
    assert_eq!(rig.manifest(at(50), HUB, 3), reply(50));
    assert_eq!(rig.layer(at(100), HUB, 3, 0), failed(50, Denied));
    assert_eq!(rig.layer(at(100), HUB, 3, 1), reply(50));
    let mut rig = Rig::new(registries);
    rig.all.refuse(ImageId(0), Call::Token, Unauthorized);
    assert_eq!(rig.token(at(0), HUB, 3), failed(50, Unauthorized));
    assert!(rig.all.needs_token(HUB, 3, at(50)));
    // the cache asks for a token and the manifest in its own name
    assert_eq!(rig.manifest(at(100), CACHE, 3), reply(20 + 50 + 50));
}

#[test]
fn an_image_is_pulled_from_the_registry_it_names_or_the_first_or_the_mirror() {
    let registries = ["a", "b", "m"]
        .map(|name| scenario::Registry { name: name.to_owned(), ..scenario::Registry::default() });
    let mut images = images();
    images[1].registry = Some("b".to_owned());
    let mut network = FlowNetwork::new();
    let all = Registries::new(&registries, &images, None, &mut network);
    assert_eq!([0, 1].map(|image| all.home(ImageId(image)).0), [0, 1]);
    let all = Registries::new(&registries, &images, Some("m"), &mut network);
    assert_eq!([0, 1].map(|image| all.home(ImageId(image)).0), [2, 2]);
    assert_eq!(all.name(RegistryId(2)), "m");
}
