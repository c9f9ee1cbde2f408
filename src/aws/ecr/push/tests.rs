//! Pushes counted by hand: layers, parts, calls, tags, refusals.

use super::*;
use crate::aws::ecr::repository::{DeleteError, RegistryName, Settings};

const MIB: u64 = 1 << 20;

fn digest(name: &str) -> Digest {
    Digest(format!("sha256:{name}"))
}

/// An image of layers with their sizes in MiB.
fn image(name: &str, layers: &[(&str, u64)]) -> Manifest {
    let layers = layers.iter();
    let layers =
        layers.map(|(name, mib)| Layer { digest: digest(name), bytes: Bytes(mib * MIB) }).collect();
    Manifest { digest: digest(name), media_type: Default::default(), layers, images: vec![] }
}

fn repository(mutability: Mutability) -> Repository {
    let registry =
        RegistryName { account: "111122223333".to_owned(), region: "us-east-1".to_owned() };
    Repository::new(registry, "web", Settings { mutability, ..Settings::default() })
}

fn tags(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

fn push(repository: &mut Repository, manifest: &Manifest, names: &[&str]) -> Receipt {
    repository.push(SimTime::ZERO, manifest, &tags(names), &Quotas::default()).unwrap()
}

#[test]
fn only_layers_that_are_not_there_travel() {
    let mut web = repository(Mutability::Mutable);
    let first = image("one", &[("base", 30), ("app", 5), ("config", 0)]);
    let receipt = push(&mut web, &first, &["1.0", "latest"]);
    assert_eq!(receipt.bytes(), Bytes(35 * MIB));
    let calls = receipt.calls;
    // three parts of 10 MiB, one of 5 MiB, and the configuration
    assert_eq!(calls.of(Call::BatchCheckLayerAvailability), 3);
    assert_eq!(calls.of(Call::InitiateLayerUpload), 3);
    assert_eq!(calls.of(Call::UploadLayerPart), 5);
    assert_eq!(calls.of(Call::CompleteLayerUpload), 3);
    assert_eq!(calls.of(Call::PutImage), 2);
    assert_eq!(calls.total(), 16);

    let second = image("two", &[("base", 30), ("app2", 12), ("config2", 0)]);
    let receipt = push(&mut web, &second, &["1.1"]);
    assert_eq!(receipt.bytes(), Bytes(12 * MIB));
    assert_eq!(receipt.calls.of(Call::UploadLayerPart), 3);
    assert_eq!(web.stored(), Bytes(47 * MIB));
    assert_eq!(web.tagged("1.1").unwrap().size(), Bytes(42 * MIB));

    let again = push(&mut web, &second, &["1.1"]);
    assert_eq!((again.bytes(), again.is_new), (Bytes(0), false));
    assert_eq!(again.calls.total(), 4);
}

#[test]
fn a_layer_twice_in_one_image_is_uploaded_and_kept_once() {
    let mut web = repository(Mutability::Mutable);
    let receipt = push(&mut web, &image("one", &[("empty", 1), ("empty", 1)]), &["1"]);
    assert_eq!((receipt.bytes(), web.stored()), (Bytes(MIB), Bytes(MIB)));
    assert_eq!(web.delete(&digest("one")), Ok(Bytes(MIB)));
    assert_eq!(web.stored(), Bytes(0));
}

#[test]
fn a_tag_that_moves_leaves_its_image_untagged() {
    let mut web = repository(Mutability::Mutable);
    push(&mut web, &image("one", &[("a", 1)]), &["1.0", "latest"]);
    push(&mut web, &image("two", &[("b", 1)]), &["1.1"]);
    let receipt = push(&mut web, &image("two", &[("b", 1)]), &["latest"]);
    assert_eq!(receipt.moved, [("latest".to_owned(), digest("one"))]);
    assert!(receipt.untagged.is_empty());
    assert_eq!(web.image(&digest("two")).unwrap().tags, ["1.1", "latest"]);
    let receipt = push(&mut web, &image("three", &[("c", 1)]), &["1.0"]);
    assert_eq!(receipt.untagged, [digest("one")]);
    assert!(web.image(&digest("one")).unwrap().tags.is_empty());
    assert_eq!(web.images().count(), 3);
}

#[test]
fn fixed_tags_stay_where_they_are() {
    let filters = || vec!["latest".to_owned(), "dev-*".to_owned()];
    let cases = [
        (Mutability::Immutable, "1.0", Some("repository")),
        (Mutability::Immutable, "latest", Some("repository")),
        (Mutability::Mutable, "1.0", None),
        (Mutability::ImmutableWithExclusion(filters()), "1.0", Some("tag")),
        (Mutability::ImmutableWithExclusion(filters()), "dev-7", None),
        (Mutability::MutableWithExclusion(filters()), "1.0", None),
        (Mutability::MutableWithExclusion(filters()), "latest", Some("tag")),
    ];
    for (mutability, tag, refused) in cases {
        let mut web = repository(mutability.clone());
        push(&mut web, &image("one", &[("a", 1)]), &[tag]);
        let second = image("two", &[("b", 1)]);
        let result = web.push(SimTime::ZERO, &second, &tags(&["new", tag]), &Quotas::default());
        let expected = refused.map(|what| PushError::ImageTagAlreadyExists {
            tag: tag.to_owned(),
            repository: "web".to_owned(),
            what,
        });
        assert_eq!(result.err(), expected, "{mutability:?} {tag}");
        // nothing is kept of a push that fails
        assert_eq!(web.images().count(), if refused.is_some() { 1 } else { 2 });
        assert_eq!(web.tagged("new").is_some(), refused.is_none());
    }
}

#[test]
fn the_same_image_again_is_fine_for_docker_but_not_where_tags_are_fixed() {
    let one = image("one", &[("a", 1)]);
    let again = |mutability, by_api: bool| {
        let mut web = repository(mutability);
        push(&mut web, &one, &["1.0"]);
        let quotas = Quotas::default();
        let result = match by_api {
            true => web.put_image(SimTime::ZERO, &one, Some("1.0"), &quotas),
            false => web.push(SimTime::ZERO, &one, &tags(&["1.0"]), &quotas),
        };
        result.err().map(|error| (error.exception(), error.docker()))
    };
    assert_eq!(again(Mutability::Mutable, false), None);
    let (exception, text) = again(Mutability::Immutable, false).unwrap();
    assert_eq!(exception, "ImageTagAlreadyExistsException");
    assert_eq!(
        text,
        "tag invalid: The image tag '1.0' already exists in the 'web' repository and cannot be \
         overwritten because the repository is immutable."
    );
    for mutability in [Mutability::Mutable, Mutability::Immutable] {
        let (exception, text) = again(mutability, true).unwrap();
        assert_eq!(exception, "ImageAlreadyExistsException");
        assert_eq!(
            text,
            "denied: Image with digest 'sha256:one' and tag '1.0' already exists in the \
             repository with name 'web' in registry with id '111122223333'"
        );
    }
}

#[test]
fn quotas_and_missing_images_of_an_index_are_refused() {
    let quotas = Quotas { images: 2, tags: 2, layer: Bytes(MIB), ..Quotas::default() };
    let mut web = repository(Mutability::Mutable);
    let mut push = |manifest: &Manifest, names: &[&str]| {
        web.push(SimTime::ZERO, manifest, &tags(names), &quotas).err().map(|e| e.to_string())
    };
    let one = image("one", &[("a", 1)]);
    assert_eq!(
        push(&image("big", &[("b", 2)]), &[]).unwrap(),
        "the quota of 1048576 bytes of a layer would be exceeded"
    );
    assert_eq!(
        push(&one, &["1", "2", "3"]).unwrap(),
        "the quota of 2 tags of an image would be exceeded"
    );
    assert_eq!(push(&one, &["1", "2"]), None);
    assert!(push(&one, &["1"]).is_none());
    assert!(push(&one, &["3"]).is_some());
    let images = vec![digest("one"), digest("arm")];
    let index = Manifest { digest: digest("index"), images, ..image("index", &[]) };
    assert_eq!(
        push(&index, &["all"]).unwrap(),
        "Images with digests '[sha256:arm]' required for pushing image into repository with name \
         'web' in the registry with id '111122223333' do not exist"
    );
    let index = Manifest { images: vec![digest("one")], ..index };
    assert_eq!(push(&index, &["all"]), None);
    assert_eq!(
        push(&image("third", &[]), &["x"]).unwrap(),
        "the quota of 2 images of a repository would be exceeded"
    );
    let by = digest("index");
    assert_eq!(web.delete(&digest("one")), Err(DeleteError::ReferencedByList { by: by.clone() }));
    assert_eq!(web.delete(&by), Ok(Bytes(0)));
    assert_eq!(web.delete(&digest("one")), Ok(Bytes(MIB)));
}

#[test]
fn the_last_tag_takes_its_image_and_the_layers_no_other_has() {
    let mut web = repository(Mutability::Mutable);
    push(&mut web, &image("one", &[("base", 30), ("a", 5)]), &["1", "one"]);
    push(&mut web, &image("two", &[("base", 30), ("b", 7)]), &["2"]);
    assert_eq!(web.stored(), Bytes(42 * MIB));
    assert_eq!(web.delete_tag("one"), Ok(Bytes(0)));
    assert_eq!(web.delete_tag("1"), Ok(Bytes(5 * MIB)));
    assert_eq!(web.delete_tag("1"), Err(DeleteError::ImageNotFound));
    assert_eq!(web.delete_tag("2"), Ok(Bytes(37 * MIB)));
    assert_eq!(web.stored(), Bytes(0));
}
