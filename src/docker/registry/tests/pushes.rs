//! Images that come during the run, their copies, and policies.

use super::*;
use RegistryError::{Denied, NotFound};

#[test]
fn an_image_that_is_pushed_is_nowhere_before_and_copied_after_a_delay_but_no_further() {
    let mut rig = Rig::new(
        "[[registry]]
         name = 'us'
         pushes = [{ image = 'web', at = '10s' }]
         [[registry]]
         name = 'eu'
         replicates = [{ from = 'us', delay = '5s' }]
         [[registry]]
         name = 'asia'
         replicates = [{ from = 'eu', delay = '1s' }]
         [[registry]]
         name = 'cache'
         upstream = 'us'",
    );
    let [us, eu, asia, cache] = [0, 1, 2, 3].map(RegistryId);
    rig.all.publish(us, ImageId(0), ImageId(0), at(10_000));
    assert_eq!(rig.manifest(at(9_999), us, 0), failed(50, NotFound));
    assert_eq!(rig.manifest(at(9_999), cache, 0), failed(100, NotFound));
    assert_eq!(rig.manifest(at(10_000), us, 0), reply(50));
    assert_eq!(rig.manifest(at(10_000), cache, 0), reply(100));
    assert_eq!(rig.manifest(at(14_999), eu, 0), failed(50, NotFound));
    assert_eq!(rig.manifest(at(15_000), eu, 0), reply(50));
    assert_eq!(rig.manifest(at(60_000), asia, 0), failed(50, NotFound));
    // the other image is pushed nowhere, and so has been everywhere from the start
    assert_eq!(rig.layer(at(0), asia, 0, 1), reply(50));
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
