//! Lists of images and manifests, as the command line prints them.

use serde_json::{Value, json};

use super::now;
use crate::aws::ecr::lifecycle::manifests::{self, Index};
use crate::aws::ecr::lifecycle::{Policy, Status, Totals, images};

fn titles(list: &Value) -> Vec<String> {
    let problems = images(&list.to_string(), "images.json").expect_err("this is no list");
    problems.problems().iter().map(|problem| problem.title.clone()).collect()
}

#[test]
fn images_are_read_with_times_of_either_form() {
    let list = json!({ "imageDetails": [
        {
            "registryId": "1", "repositoryName": "web", "imageDigest": "sha256:a",
            "imageTags": ["v1", "latest"], "imageSizeInBytes": 17,
            "imagePushedAt": "2026-03-01T13:00:00+01:00",
            "imageScanStatus": { "status": "COMPLETE" },
            "lastRecordedPullTime": 1772366400.5, "imageStatus": "ARCHIVED",
            "lastArchivedAt": "2026-03-01T12:00:01Z",
        },
        { "imageDigest": "sha256:b", "imageTags": null, "imagePushedAt": 1772366400 },
    ] });
    let read = images(&list.to_string(), "images.json").expect("a list");
    assert_eq!(read[0].tags, ["v1", "latest"]);
    assert_eq!((read[0].size_bytes, read[0].status), (17, Status::Archived));
    assert_eq!((read[0].pushed_at, read[1].pushed_at), (now(), now()));
    assert_eq!(read[0].pulled_at.map(|pulled| pulled.elapsed(now())), Some(-500_000));
    assert!(read[1].tags.is_empty() && read[1].pulled_at.is_none());
    assert_eq!(images(&list["imageDetails"].to_string(), "images.json").expect("a list"), read);
}

#[test]
fn an_image_without_the_time_it_was_pushed_is_an_error() {
    assert_eq!(titles(&json!([{ "imageDigest": "sha256:a" }])), ["`imagePushedAt` is missing"]);
    assert_eq!(
        titles(&json!([{ "imageDigest": "sha256:a", "imagePushedAt": "monday" }])),
        ["`imagePushedAt` is no point in time",]
    );
    assert_eq!(
        titles(&json!([{ "imageDigest": "sha256:a", "imagePushedAt": 1772366400000_u64 }])),
        ["`imagePushedAt` is no point in time",]
    );
    assert_eq!(titles(&json!([{ "imagePushedAt": 1 }])), ["`imageDigest` is missing"]);
}

#[test]
fn a_list_is_of_all_images_of_one_repository() {
    let image = |digest: &str, repository: &str| {
        let pushed = json!(1);
        json!({ "imageDigest": digest, "repositoryName": repository, "imagePushedAt": pushed })
    };
    let two = json!([image("sha256:a", "web"), image("sha256:b", "api")]);
    assert_eq!(titles(&two), ["images of two repositories, `web` and `api`"]);
    let twice = json!([image("sha256:a", "web"), image("sha256:a", "web")]);
    assert_eq!(titles(&twice), ["this image stands in the list twice"]);
    let page = json!({ "imageDetails": [], "nextToken": "abc" });
    assert_eq!(titles(&page), ["this is a part of the list: there are more images"]);
    assert_eq!(titles(&json!({ "images": [] })), ["`imageDetails` is missing"]);
    let archived = json!([{ "imageDigest": "a", "imagePushedAt": 1, "imageStatus": "ARCHIVED" }]);
    assert_eq!(titles(&archived), ["an archived image needs `lastArchivedAt`, which is missing"]);
}

#[test]
fn manifests_of_indexes_tell_what_they_list() {
    let index = json!({ "manifests": [{ "digest": "sha256:a" }, { "digest": "sha256:b" }] });
    let answer = json!({ "images": [
        { "imageId": { "imageDigest": "sha256:i" }, "imageManifest": index.to_string() },
        { "imageId": { "imageDigest": "sha256:a" }, "imageManifest": r#"{"layers": []}"# },
    ] });
    let read = manifests::read(&answer.to_string(), "manifests.json").expect("an answer");
    let children = vec!["sha256:a".to_owned(), "sha256:b".to_owned()];
    assert_eq!(read, [Index { digest: "sha256:i".to_owned(), children }]);
    let broken = json!({ "images": [
        { "imageId": { "imageDigest": "sha256:i" }, "imageManifest": "{" },
    ] });
    let problems = manifests::read(&broken.to_string(), "manifests.json").expect_err("broken");
    assert!(problems.problems()[0].title.starts_with("in the manifest: this is not JSON"));
}

/// 10 + 20 + 30 bytes are in the repository; the index has no bytes of its own. The image of 10
/// bytes goes by rule 1, its signature of 20 with it.
#[test]
fn totals_count_each_image_once() {
    let list = json!([
        { "imageDigest": "a", "imageTags": ["v1"], "imagePushedAt": 1, "imageSizeInBytes": 10 },
        { "imageDigest": "s", "imagePushedAt": 1, "imageSizeInBytes": 20,
          "subjectManifestDigest": "a" },
        { "imageDigest": "c", "imageTags": ["v2"], "imagePushedAt": 3, "imageSizeInBytes": 30 },
        { "imageDigest": "i", "imageTags": ["x"], "imagePushedAt": 3, "imageSizeInBytes": 40,
          "imageManifestMediaType": "application/vnd.oci.image.index.v1+json" },
    ]);
    let images = images(&list.to_string(), "images.json").expect("a list");
    let policy: Policy = super::policy(&["1 v* newest 1", "2 any newest 4"]);
    let totals = Totals::of(&policy, &images, &policy.preview(&images, now()));
    assert_eq!((totals.all.images, totals.all.bytes), (4, 60));
    assert_eq!((totals.expired.images, totals.expired.bytes), (2, 30));
    assert_eq!(totals.archived.images, 0);
    let [first, second] = totals.rules[..] else { panic!("two rules") };
    assert_eq!((first.identified, first.decided), (2, 2));
    assert_eq!((first.acted.images, first.acted.bytes), (1, 10));
    assert_eq!((second.identified, second.decided, second.acted.images), (4, 2, 0));
}
