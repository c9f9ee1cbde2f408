//! What the README shows is true: its scenario runs, its commands exist, its files are there.

use std::fs;
use std::path::Path;
use std::process::Command;

use plimsoll::scenario;
use plimsoll::world::World;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))
        .expect("the README is there")
}

/// The text between the first ```` ```toml ```` of a page and the next fence.
fn first_scenario(page: &str) -> &str {
    let (_, from) = page.split_once("```toml\n").expect("the page has a scenario");
    from.split_once("```").expect("the fence is closed").0
}

#[test]
fn the_scenario_of_the_readme_meets_its_objective() {
    let readme = readme();
    let loaded = scenario::parse(first_scenario(&readme), "README.md", Path::new(""));
    let scenario = loaded.unwrap_or_else(|problems| panic!("{problems}")).scenario;
    let world = World::new(&scenario, &scenario.clusters[0], 42).expect("it names no file");
    let recording = world.run(&mut |_| {}).expect("it names no file");
    let app = &recording.summary.apps[0];
    assert!(app.objectives.iter().all(|objective| objective.met), "{:?}", app.objectives);
}

#[test]
fn every_command_is_in_the_readme() {
    let program = env!("CARGO_BIN_EXE_plimsoll");
    let output = Command::new(program).arg("--help").output().expect("the program runs");
    let help = String::from_utf8(output.stdout).expect("help is text");
    let (_, commands) = help.split_once("Commands:\n").expect("help lists commands");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    // lines that are indented further go on with the description
    let names = commands.filter(|line| !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    let readme = readme();
    let missing: Vec<&str> = names
        .filter(|name| *name != "help")
        .filter(|name| !readme.contains(&format!("| `{name}")))
        .collect();
    assert!(missing.is_empty(), "add to the commands in README.md: {missing:?}");
}

#[test]
fn links_to_files_lead_there() {
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(root.join(page)).expect("the page is there");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let outside = link.starts_with("http") || link.starts_with('#');
            assert!(outside || root.join(link).exists(), "{page} links to {link}");
        }
    }
}

/// The Job that the page on sweeps shows is one that Kubernetes would take.
#[test]
fn the_job_for_a_sweep_is_a_valid_manifest() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sweeps.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let (_, from) = page.split_once("```yaml\n").expect("it has a manifest");
    let yaml = from.split_once("```").expect("the fence is closed").0;
    let place = tempfile::tempdir().expect("a folder");
    let (pods, node) = (place.path().join("job.yaml"), place.path().join("node.yaml"));
    fs::write(&pods, yaml).expect("it can be written");
    let text = "apiVersion: v1\nkind: Node\nmetadata: { name: big }\nstatus:\n  \
                allocatable: { cpu: '64', memory: 256Gi, pods: '110' }\n";
    fs::write(&node, text).expect("it can be written");
    let mut program = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    program.args(["schedule", "--format", "csv", "--cluster"]).arg(&node).arg("--pods").arg(&pods);
    let output = program.output().expect("the program runs");
    let (said, told) =
        (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert_eq!(told.lines().filter(|line| line.contains("capacity")).count(), 16, "{said}{told}");
}

/// The first example of the page on sweeps fits the starter scenario.
#[test]
fn the_sweep_of_the_documentation_has_a_plan() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sweeps.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let text = format!("{}\n{}", scenario::starter(), first_scenario(&page));
    let plan = plimsoll::experiment::sweep::Plan::new(&text, "sweeps.md", Path::new(""), &[]);
    let plan = plan.unwrap_or_else(|problems| panic!("{problems}"));
    // 3 numbers of replicas, 4 requests of CPU, 5 rates, 10 seeds
    assert_eq!(plan.outline.runs.len(), 3 * 4 * 5 * 10);
}
