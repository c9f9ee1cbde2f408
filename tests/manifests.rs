//! What people get wrong in Kubernetes manifests, and what they are told.
//!
//! Every file in `tests/manifests/` is read and its whole message pinned; a new case is a new file
//! there. None may panic, and none may pass. Recorded cases of the real Kubernetes, where they are
//! at hand, must all be read.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::kubernetes::api::{
    Origin, defaults, expand, from_value, read_file, read_text, render_warnings,
    scheduler_configuration,
};
use proptest::prelude::*;
use serde_json::Value;

fn message(path: &Path) -> String {
    match read_file(path) {
        Ok(_) => panic!("{} was accepted", path.display()),
        Err(problems) => problems.render(false),
    }
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of cases");
    let mut cases: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    cases
}

#[test]
fn every_malformed_manifest_is_explained() {
    let cases = cases("tests/manifests");
    assert!(cases.len() >= 25, "only {} cases", cases.len());
    for case in cases {
        let name = case.file_name().expect("a name").to_string_lossy().replace('.', "_");
        insta::assert_snapshot!(name, message(&case));
    }
}

#[test]
fn a_missing_file_and_a_directory_are_explained() {
    insta::assert_snapshot!("no_such_file", message(Path::new("tests/manifests/none.yaml")));
    insta::assert_snapshot!("a_directory", message(Path::new("tests/manifests")));
}

#[test]
fn what_has_no_effect_is_a_warning() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  nodeSelectr:\n    \
                disk: ssd\n  containers:\n  - name: web\n    resource: {}\n";
    let manifest = read_text("web.yaml", text).expect("it is read");
    insta::assert_snapshot!("warnings", render_warnings(&manifest.warnings, false));
}

/// Where recorded cases lie: beside the package, or where the environment says.
fn recorded() -> Vec<PathBuf> {
    let folder = std::env::var("PLIMSOLL_KUBERNETES_CASES")
        .unwrap_or_else(|_| "../shared/goldens/kubernetes".to_owned());
    if !Path::new(&folder).is_dir() {
        return Vec::new();
    }
    let is_case = |path: &PathBuf| path.to_string_lossy().ends_with(".case.json");
    cases(&folder).into_iter().filter(is_case).collect()
}

/// Finds the objects of a case wherever they are, and reads each.
fn read_objects(value: &Value, origin: &Origin, found: &mut usize) {
    match value {
        Value::Array(values) => {
            values.iter().for_each(|value| read_objects(value, origin, found));
        }
        Value::Object(map) if map.contains_key("apiVersion") && map.contains_key("metadata") => {
            let mut object = from_value(value, origin).unwrap_or_else(|errors| panic!("{errors}"));
            defaults::apply(&mut object);
            let again = object.clone();
            defaults::apply(&mut object);
            assert_eq!(object, again, "defaults change what they filled in");
            *found += 1;
        }
        Value::Object(map) => {
            map.iter()
                .filter(|(key, _)| *key != "schedulerConfiguration")
                .for_each(|(_, value)| read_objects(value, origin, found));
        }
        _ => {}
    }
}

#[test]
fn all_objects_of_recorded_cases_are_read() {
    let (mut objects, mut configurations) = (0, 0);
    let cases = recorded();
    for path in &cases {
        let text = fs::read_to_string(path).expect("a recorded case");
        let case: Value = serde_json::from_str(&text).expect("JSON");
        let origin = Origin::file(&path.display().to_string());
        read_objects(&case, &origin, &mut objects);
        if let Some(configuration) = case.get("schedulerConfiguration") {
            let read = scheduler_configuration::from_value(configuration, &origin);
            read.unwrap_or_else(|errors| panic!("{errors}"));
            configurations += 1;
        }
    }
    if cases.is_empty() {
        println!("skipped: there are no recorded cases beside the package");
    }
    assert!(cases.is_empty() || objects > 1_000 && configurations > 0);
}

/// A dump as large as those of the largest clusters, as `kubectl get -o json` prints it.
#[test]
fn a_dump_of_a_large_cluster_is_read_item_by_item() {
    let pod = |number: usize| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p{number}","namespace":"n",
            "labels":{{"app":"web"}}}},"spec":{{"containers":[{{"name":"c","image":"registry/i:1",
            "resources":{{"requests":{{"cpu":"100m","memory":"64Mi"}}}}}}]}}}}"#
        )
    };
    let items: Vec<String> = (0..30_000).map(pod).collect();
    let text = format!(r#"{{"apiVersion":"v1","items":[{}],"kind":"List"}}"#, items.join(","));
    let manifest = read_text("dump.json", &text).expect("it is read");
    assert_eq!(manifest.objects.len(), 30_000);
    let last = &manifest.objects[29_999];
    assert_eq!(last.origin.to_string(), "dump.json, document 1, item 30000");
    let objects = manifest.objects.iter().map(|located| &located.object);
    assert!(expand::expand(objects).pods.is_empty());
}

const SAMPLE: &str = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  \
    metadata: {name: a, labels: {app: web}}\n  spec:\n    containers:\n    - name: c\n      \
    resources: {requests: {cpu: 500m}}\n---\n{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \
    \"metadata\": {\"name\": \"b\"}}\n";

proptest! {
    /// A slip anywhere: a piece of the text is replaced by a token.
    #[test]
    fn a_manifest_with_a_slip_is_read_or_explained(
        at in 0..SAMPLE.len(),
        length in 0..30_usize,
        token in prop_oneof![
            "\\PC{0,6}",
            Just("\n---\n".to_owned()),
            Just("{".to_owned()),
            Just("&a *a".to_owned()),
            Just("- ".to_owned()),
            Just("\u{0}".to_owned()),
        ],
    ) {
        let start = SAMPLE.floor_char_boundary(at);
        let end = SAMPLE.ceil_char_boundary((start + length).min(SAMPLE.len()));
        let slipped = format!("{}{token}{}", &SAMPLE[..start], &SAMPLE[end..]);
        if let Err(problems) = read_text("slip.yaml", &slipped) {
            let message = problems.render(false);
            prop_assert!(message.starts_with("error: ") && message.ends_with('\n'), "{message}");
        }
    }
}
