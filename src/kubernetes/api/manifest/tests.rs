//! What a file may look like.

use super::*;

fn titles(text: &str) -> Vec<String> {
    let manifest = read_text("test.yaml", text).unwrap_or_else(|errors| panic!("{errors}"));
    let title = |located: &Located| format!("{} | {}", located.object.title(), located.origin);
    manifest.objects.iter().map(title).collect()
}

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},
"spec":{"containers":[{"name":"c","image":"i"}]}}"#;

fn another_pod() -> String {
    POD.replace(r#""name":"a""#, r#""name":"b""#)
}

#[test]
fn yaml_documents_are_numbered_with_the_empty_ones() {
    let text = "# head\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n\n---\n\
                apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n";
    assert_eq!(
        titles(text),
        ["Namespace a | test.yaml, document 1", "Namespace b | test.yaml, document 3"]
    );
}

#[test]
fn json_is_known_by_its_content_and_may_hold_several_documents() {
    let other = another_pod();
    assert_eq!(titles(POD), ["Pod default/a | test.yaml, document 1"]);
    assert_eq!(titles(&format!("{POD}\n{other}")).len(), 2);
    let both = titles(&format!("---\n{POD}\n---\n{other}"));
    assert_eq!(both[1], "Pod default/b | test.yaml, document 2");
}

#[test]
fn the_lists_that_kubectl_prints_are_opened() {
    let other = another_pod();
    let text = format!(r#"{{"apiVersion":"v1","items":[{POD},{other}],"kind":"List"}}"#);
    assert_eq!(titles(&text)[1], "Pod default/b | test.yaml, document 1, item 2");
}

#[test]
fn items_of_typed_lists_need_no_kind_of_their_own() {
    let item = r#"{"metadata":{"name":"a","namespace":"x"}}"#;
    for text in [
        format!(r#"{{"kind":"ServiceList","apiVersion":"v1","items":[{item}]}}"#),
        format!(r#"{{"apiVersion":"v1","items":[{item}],"kind":"ServiceList"}}"#),
    ] {
        assert_eq!(titles(&text), ["Service x/a | test.yaml, document 1, item 1"]);
    }
}

#[test]
fn other_kinds_are_listed_as_skipped() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";
    let manifest = read_text("test.yaml", text).unwrap();
    assert_eq!(
        manifest.skipped[0].to_string(),
        "test.yaml, document 1: ConfigMap (v1) `settings` is skipped"
    );
}

#[test]
fn a_misspelt_field_is_a_warning_with_a_suggestion() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  nodeSelectr: {disk: ssd}\n\
                \x20 containers: [{name: c, image: i}]\n";
    let warnings = read_text("test.yaml", text).unwrap().warnings;
    assert_eq!(warnings[0].path.as_ref().unwrap().to_string(), "spec.nodeSelectr");
    assert!(warnings[0].help.as_ref().unwrap().contains("nodeSelector"));
    assert_eq!(warnings[0].excerpt.as_ref().unwrap().line, 5);
}

#[test]
fn a_list_without_items_is_an_answer_and_lists_may_nest() {
    assert!(titles(r#"{"apiVersion":"v1","items":[],"kind":"List"}"#).is_empty());
    let list = |items: &str| format!(r#"{{"apiVersion":"v1","items":[{items}],"kind":"List"}}"#);
    assert_eq!(titles(&list(&list(POD))), ["Pod default/a | test.yaml, document 1, item 1"]);
}

#[test]
fn generated_names_are_numbered() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {generateName: ci-}\n";
    assert_eq!(titles(text), ["Namespace ci-1 | test.yaml, document 1"]);
}
