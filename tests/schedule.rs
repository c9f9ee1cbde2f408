//! `plimsoll schedule`, from manifests to what it prints.
//!
//! The manifests are in `tests/data/manifests/`. What is expected is worked out by hand beside each
//! test; snapshots pin the whole text.

use assert_cmd::Command;
use serde_json::Value;

const CLUSTER: &str = "tests/data/manifests/cluster.yaml";

fn file(name: &str) -> String {
    format!("tests/data/manifests/{name}")
}

/// What the program said, and how it ended.
struct Said {
    out: String,
    err: String,
    status: i32,
}

fn schedule(arguments: &[&str], input: &str) -> Said {
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    let output = program.arg("schedule").args(arguments).write_stdin(input).output();
    let output = output.expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
    let status = output.status.code().expect("it ends by itself");
    Said { out: text(output.stdout), err: text(output.stderr), status }
}

fn json(arguments: &[&str]) -> Value {
    let said = schedule(&[arguments, &["--format", "json"]].concat(), "");
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.err))
}

/// The node of a pod in the answer.
fn node_of<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let pods = answer["pods"].as_array().expect("there are pods");
    let pod = pods.iter().find(|pod| pod["name"] == name);
    &pod.unwrap_or_else(|| panic!("no pod {name}"))["node"]
}

/// gpu-1 is tainted and old-1 is cordoned, which leaves node-1 (3.5 cores free), node-2 and node-3
/// (4 free each) to most.
///
/// Agents come first, by their priority, one on every node: 0.1 cores. web-x1 goes to one of the
/// emptier ones, by name node-2 (zone a); x2 has to go to zone b, where node-3 is; x3 may go to
/// either zone, and node-1 is the emptiest. db keeps its replicas apart: three nodes take one each,
/// the fourth pod waits. There are two GPUs for three pods of train, and no 16 cores anywhere.
#[test]
fn a_mixed_cluster() {
    let said = schedule(&["--cluster", CLUSTER, "--pods", &file("web.yaml")], "");
    assert_eq!(said.status, 1, "{}", said.err);
    assert_eq!(said.err, "");
    insta::assert_snapshot!(said.out);
}

#[test]
fn explanations_show_every_node() {
    let web = file("web.yaml");
    let arguments = ["--cluster", CLUSTER, "--pods", &web, "--explain", "web", "--explain", "huge"];
    let said = schedule(&arguments, "");
    let (_, explanations) = said.out.split_once("explanation of").expect("there are some");
    insta::assert_snapshot!(explanations);
}

/// node-1 has 4 cores: with 3 for `urgent`, neither of its pods of 2 can stay. On node-2 the victim
/// would be one that a budget keeps, so node-1 is chosen. The pod of the deployment finds its 2
/// cores on node-3; nothing makes the one made by hand anew.
#[test]
fn preemption_is_carried_out_and_shown() {
    let (cluster, pods) = (file("preemption-cluster.yaml"), file("preemption-pods.yaml"));
    let arguments = ["--cluster", &cluster, "--pods", &pods, "--explain", "urgent"];
    let said = schedule(&arguments, "");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(said.out);
    let answer = json(&arguments);
    assert_eq!(node_of(&answer, "urgent"), "node-1");
    assert_eq!(node_of(&answer, "batch-6f5d-abcde"), "node-3");
    assert_eq!(node_of(&answer, "by-hand"), &Value::Null);
    assert_eq!(answer["evictions"][0]["against_budgets"], 0);
}

#[test]
fn the_readme_shows_what_is_printed() {
    let (cluster, pods) = (file("preemption-cluster.yaml"), file("preemption-pods.yaml"));
    let said = schedule(&["--cluster", &cluster, "--pods", &pods], "");
    let readme = std::fs::read_to_string("README.md").expect("the README is there");
    assert!(readme.contains(&said.out), "README.md should show:\n{}", said.out);
}

#[test]
fn without_preemption_nobody_is_evicted() {
    let (cluster, pods) = (file("preemption-cluster.yaml"), file("preemption-pods.yaml"));
    let said = schedule(&["--cluster", &cluster, "--pods", &pods, "--no-preemption"], "");
    assert_eq!(said.status, 1);
    assert!(said.out.contains("0/3 nodes are available: 3 Insufficient cpu.\n"), "{}", said.out);
}

/// Beside the pods placed, node-1 has 1.9 cores left and node-2 and node-3 have 2.4 each, which is
/// room for one, two and two more web pods of a core. Zone a has two of them. Zone b has one and may
/// have three at most (only node-3 takes any), so zone a may have four: four more in all.
#[test]
fn headroom_counts_copies_until_none_fits() {
    let web = file("web.yaml");
    let answer = json(&["--cluster", CLUSTER, "--pods", &web, "--headroom"]);
    let more: Vec<(&str, u64)> = answer["headroom"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["pod"].as_str().expect("a name"), one["more"].as_u64().expect("a number")))
        .collect();
    assert_eq!(more, [("shop/web", 4), ("shop/db", 0), ("ml/train", 0), ("ml/huge", 0)]);
}

/// Of 2 cores `runs` has one and `waits` half a core. Half a core is left for five pods of 100m:
/// those of the deployment of 41 leave none; a single pod leaves room for four.
#[test]
fn headroom_stops_at_the_limit() {
    let (dump, pods) = (file("dump.json"), file("many.yaml"));
    let arguments = ["--cluster", &dump, "--pods", &pods, "--headroom", "--limit", "1"];
    let said = schedule(&[&arguments[..], &["--format", "csv", "--quiet"]].concat(), "");
    assert_eq!(said.out, "pod,node,more\n");
    let one = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec:\n  containers:\n  - \
               {name: a, image: b, resources: {requests: {cpu: 100m}}}\n";
    let from_stdin = ["--cluster", &dump, "--pods", "-", "--headroom"];
    let said = schedule(&[&from_stdin[..], &["--format", "csv", "--quiet"]].concat(), one);
    assert_eq!(said.out, "pod,node,more\ndefault/one,node-1,4\n");
    let said = schedule(&[&from_stdin[..], &["--limit", "3"]].concat(), one);
    assert!(said.out.contains("at least 3 more of default/one fit\n"), "{}", said.out);
}

/// `waits` is placed, the deployment creates nothing (its pods would be in the dump), and every
/// other kind is named.
#[test]
fn a_dump_of_a_cluster_is_taken_as_it_is() {
    let said = schedule(&["--cluster", &file("dump.json")], "");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!("dump_out", said.out);
    insta::assert_snapshot!("dump_err", said.err);
}

#[test]
fn malformed_manifests_are_located() {
    let malformed = file("malformed.yaml");
    let said = schedule(&["--cluster", CLUSTER, "none.yaml", "--pods", &malformed], "");
    assert_eq!(said.status, 2);
    assert_eq!(said.out, "");
    insta::assert_snapshot!(said.err);
}

#[test]
fn objects_that_do_not_go_together_are_located() {
    let pods = file("preemption-pods.yaml");
    let said = schedule(&["--cluster", CLUSTER, "--pods", &pods], "");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!("unknown_class", said.err);
    let said = schedule(&["--cluster", CLUSTER, "--pods", CLUSTER], "");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!("nodes_to_place", said.err);
    let said = schedule(&["--cluster", CLUSTER, CLUSTER], "");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("Node node-1 is already in"), "{}", said.err);
}

/// `packer` prefers full nodes: node-1, which has a pod, to the others.
#[test]
fn pods_choose_their_scheduler() {
    let (pods, config) = (file("special.yaml"), file("config.yaml"));
    let arguments = ["--cluster", CLUSTER, "--pods", &pods, "--config", &config];
    let said = schedule(&arguments, "");
    assert_eq!(said.status, 1, "{}", said.err);
    insta::assert_snapshot!(said.out);
}

/// 41 pods of 100m and 100Mi on three nodes of ten pods at most, one of which runs one already.
#[test]
fn large_workloads_are_counted_by_node() {
    let said = schedule(&["--cluster", CLUSTER, "--pods", &file("many.yaml")], "");
    assert_eq!(said.status, 1, "{}", said.err);
    insta::assert_snapshot!(said.out);
    let full = schedule(&["--cluster", CLUSTER, "--pods", &file("many.yaml"), "--full"], "");
    assert!(full.out.lines().count() > 41);
}

#[test]
fn a_misspelt_pod_has_its_neighbours_shown() {
    let web = file("web.yaml");
    let said = schedule(&["--cluster", CLUSTER, "--pods", &web, "--explain", "shop/bd-0"], "");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err);
}

#[test]
fn csv_has_a_line_for_each_pod() {
    let web = file("web.yaml");
    let said = schedule(&["--cluster", CLUSTER, "--pods", &web, "--format", "csv"], "");
    let mut lines = said.out.lines();
    let header = "namespace,pod,workload,priority,status,node,evicted_from,message";
    assert_eq!(lines.next(), Some(header));
    assert_eq!(lines.count(), 16);
    assert!(said.out.contains("\nshop,db-0,StatefulSet shop/db,0,placed,node-2,,\n"));
}

#[test]
fn json_has_a_version() {
    let answer = json(&["--cluster", &file("dump.json"), "--explain", "waits"]);
    assert_eq!(answer["schema_version"], 1);
    insta::assert_json_snapshot!(answer);
}

/// Three nodes of equal score: a seed always draws the same one, and not all seeds the same.
#[test]
fn ties_can_be_broken_at_random() {
    let nodes: String = (1..=3)
        .map(|number| {
            format!(
                "apiVersion: v1\nkind: Node\nmetadata: {{name: node-{number}}}\nstatus: \
                 {{allocatable: {{cpu: 4, memory: 8Gi, pods: 10}}}}\n---\n"
            )
        })
        .collect();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec:\n  containers: [{name: a, \
               image: b}]\n";
    let text = nodes + pod;
    let drawn = |seed: &str| {
        let arguments = ["--cluster", "-", "--tie-break", "random", "--seed", seed];
        let said = schedule(&[&arguments[..], &["--format", "csv"]].concat(), &text);
        assert_eq!(said.status, 0, "{}", said.err);
        said.out
    };
    let outcomes: Vec<String> = (0..12).map(|seed| drawn(&seed.to_string())).collect();
    assert_eq!(outcomes[0], drawn("0"));
    assert!(outcomes.iter().any(|outcome| *outcome != outcomes[0]));
}
