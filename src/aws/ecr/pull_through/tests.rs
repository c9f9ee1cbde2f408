//! Pulls through a cache, hour by hour.

use super::*;
use crate::aws::ecr::image::{Layer, MediaType};
use crate::aws::ecr::repository::RegistryName;
use crate::units::Bytes;

fn rule(prefix: &str, host: &str, upstream: Option<&str>) -> Rule {
    Rule {
        ecr_repository_prefix: prefix.to_owned(),
        upstream_registry_url: host.to_owned(),
        upstream_repository_prefix: upstream.map(str::to_owned),
    }
}

fn registry(rules: Vec<Rule>) -> Registry {
    let name = RegistryName { account: "111122223333".into(), region: "us-east-1".into() };
    let mut registry = Registry::new(name);
    registry.pull_through = PullThrough::new(rules);
    registry
}

fn image(name: &str) -> Manifest {
    let layer = |digest: &str| Layer { digest: Digest(digest.to_owned()), bytes: Bytes(10) };
    let layers = vec![layer("base"), layer(name)];
    let digest = Digest(name.to_owned());
    Manifest { digest, media_type: MediaType::OciImage, layers, images: Vec::new() }
}

fn found(name: &str) -> Answer {
    Answer::Found { manifest: image(name), images: Vec::new() }
}

fn hours(hours: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(hours * 3600)
}

#[test]
fn names_are_mapped_by_the_longest_prefix() {
    let rules = PullThrough::new(vec![
        rule("ecr-public", "public.ecr.aws", None),
        rule("hub", "registry-1.docker.io", Some("ROOT")),
        rule("hub/team", "quay.io", Some("acme/")),
        rule("ROOT", "registry.k8s.io", None),
    ]);
    let cases = [
        ("ecr-public/nginx/nginx", "public.ecr.aws", "nginx/nginx"),
        ("hub/library/redis", "registry-1.docker.io", "library/redis"),
        ("hub/team/web", "quay.io", "acme/web"),
        ("hubble/web", "registry.k8s.io", "hubble/web"),
    ];
    for (name, host, there) in cases {
        let expected = Upstream { registry: host.to_owned(), repository: there.to_owned() };
        assert_eq!(rules.upstream(name), Some(expected), "{name}");
    }
    let one = PullThrough::new(vec![rule("hub", "registry-1.docker.io", None)]);
    assert_eq!(one.upstream("hub"), None);
    assert_eq!(one.upstream("hubble/web"), None);
}

#[test]
fn the_first_pull_imports_and_later_ones_look_upstream_once_a_day() {
    let mut registry = registry(vec![rule("hub", "registry-1.docker.io", None)]);
    let mut asked = 0;
    let mut pull = |now, answer: Answer| {
        let pulled = registry.pull_tag(now, "hub/library/redis", "7", |upstream| {
            assert_eq!(upstream.repository, "library/redis");
            asked += 1;
            answer
        });
        pulled.map(|(digest, served)| {
            let bytes = match &served {
                Served::Imported(receipt) => Some(receipt.bytes()),
                _ => None,
            };
            (digest.0, bytes, matches!(served, Served::Stale))
        })
    };
    let two = || "two".to_owned();
    let one = || "one".to_owned();
    assert_eq!(pull(hours(0), Answer::Unreachable), Err(PullError::ImageNotFound));
    assert_eq!(pull(hours(1), found("one")), Ok((one(), Some(Bytes(20)), false)));
    // the tag moves upstream at hour 2, which is not seen before hour 25
    assert_eq!(pull(hours(24), found("two")), Ok((one(), None, false)));
    assert_eq!(pull(hours(25), found("one")), Ok((one(), None, false)));
    assert_eq!(pull(hours(48), found("two")), Ok((one(), None, false)));
    assert_eq!(pull(hours(49), Answer::Unreachable), Ok((one(), None, true)));
    assert_eq!(pull(hours(50), found("two")), Ok((two(), Some(Bytes(10)), false)));
    assert_eq!(pull(hours(51), found("one")), Ok((two(), None, false)));
    assert_eq!(asked, 5);
    let redis = registry.repository("hub/library/redis").unwrap();
    assert_eq!(redis.stored(), Bytes(30));
    assert_eq!(redis.tagged("7").unwrap().origin, Origin::Imported);
}

#[test]
fn all_images_of_an_index_are_imported() {
    let mut registry = registry(vec![rule("hub", "registry-1.docker.io", None)]);
    let (amd, arm) = (image("amd64"), image("arm64"));
    let images = vec![amd.digest.clone(), arm.digest.clone()];
    let media_type = MediaType::OciIndex;
    let digest = Digest("index".to_owned());
    let manifest = Manifest { digest, media_type, layers: Vec::new(), images };
    let answer = Answer::Found { manifest, images: vec![amd, arm] };
    let (digest, served) = registry.pull_tag(hours(0), "hub/x", "1", |_| answer).unwrap();
    let Served::Imported(receipt) = served else { panic!("imported") };
    assert_eq!((digest.0.as_str(), receipt.bytes()), ("index", Bytes(30)));
    assert_eq!(registry.repository("hub/x").unwrap().images().count(), 3);
}

#[test]
fn without_a_rule_what_is_missing_is_missing() {
    let mut registry = registry(Vec::new());
    let pull = |registry: &mut Registry| {
        let pulled = registry.pull_tag(hours(0), "web", "1", |_| panic!("nobody to ask"));
        pulled.unwrap_err().to_string()
    };
    assert_eq!(
        pull(&mut registry),
        "The repository with name 'web' does not exist in the registry with id '111122223333'"
    );
    registry.create("web", Settings::default()).unwrap();
    assert_eq!(pull(&mut registry), "manifest unknown: Requested image not found");
}
