//! The habits of the code base that a compiler does not check, as tests.
//!
//! Each failure lists every offender as `file:line` with what to do about it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `src/`, the lowest first: each may import those before it and itself.
const LAYERS: [&str; 18] = [
    "engine",
    "units",
    "sharing",
    "scenario",
    "metrics",
    "statistics",
    "placement",
    "machine",
    "hypervisor",
    "docker",
    "kubernetes",
    "aws",
    "workload",
    "laboratory",
    "world",
    "report",
    "experiment",
    "cli",
];
/// Longer files have more than one concept.
const MAX_LINES: usize = 450;
/// Files that may be longer, how long, and why.
const LONGER: [(&str, usize, &str); 0] = [];
const MAX_COLUMNS: usize = 100;
/// Longer functions do not fit on a screen.
const MAX_FUNCTION: usize = 70;

/// A Rust file of this package.
struct Source {
    /// Relative to the package, with `/` between folders.
    name: String,
    text: String,
}

impl Source {
    /// Its lines, counted from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// The folder of `src/` it belongs to: `docker` for `src/docker.rs` and `src/docker/pull.rs`.
    fn layer(&self) -> Option<&str> {
        let below = self.name.strip_prefix("src/")?;
        let layer = below.split_once('/').map_or(below, |(folder, _)| folder);
        Some(layer.strip_suffix(".rs").unwrap_or(layer)).filter(|layer| LAYERS.contains(layer))
    }
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files with this extension in a folder, by name.
fn files(folder: &str, extension: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![package().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path: PathBuf = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let below = path.strip_prefix(package()).expect("it is in the package");
                let name = below.to_str().expect("names are plain").replace('\\', "/");
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                found.push(Source { name, text });
            }
        }
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    assert!(!found.is_empty(), "there are no .{extension} files in {folder}/");
    found
}

/// The library and the program.
fn product() -> Vec<Source> {
    files("src", "rs")
}

/// All Rust files.
fn everything() -> Vec<Source> {
    ["src", "tests", "benches"].into_iter().flat_map(|folder| files(folder, "rs")).collect()
}

/// Collects offenders, then fails with all of them and one advice.
#[derive(Default)]
struct Offenders(String);

impl Offenders {
    fn add(&mut self, source: &Source, line: usize, what: &str) {
        let _ = writeln!(self.0, "  {}:{line}: {what}", source.name);
    }

    fn judge(self, advice: &str) {
        assert!(self.0.is_empty(), "{advice}:\n{}", self.0);
    }
}

#[test]
fn files_have_one_concept() {
    let mut offenders = Offenders::default();
    for source in product() {
        let lines = source.text.lines().count();
        let longer = LONGER.iter().find(|(name, ..)| *name == source.name);
        if lines > longer.map_or(MAX_LINES, |&(_, limit, _)| limit) {
            offenders.add(&source, lines, &format!("{lines} lines"));
        }
    }
    offenders.judge(&format!("Split what is longer than {MAX_LINES} lines by concept"));
}

#[test]
fn lines_fit_the_page() {
    let mut offenders = Offenders::default();
    for source in everything() {
        for (number, line) in source.lines() {
            let columns = line.chars().count();
            if columns > MAX_COLUMNS {
                offenders.add(&source, number, &format!("{columns} columns"));
            }
        }
    }
    offenders.judge(&format!(
        "Break lines at {MAX_COLUMNS} columns; rustfmt leaves comments and texts to you"
    ));
}

/// Found by indentation, which rustfmt guarantees: a line that opens a function, and the closing
/// brace in the same column.
#[test]
fn functions_fit_on_a_screen() {
    let mut offenders = Offenders::default();
    for source in everything() {
        let mut open: Vec<(usize, usize)> = Vec::new();
        for (number, line) in source.lines() {
            let code = line.trim_start();
            let indent = line.len() - code.len();
            if opens_function(code) {
                open.push((indent, number));
            } else if code == "}" && open.last().is_some_and(|&(column, _)| column == indent) {
                let (_, first) = open.pop().expect("it was just seen");
                let lines = number - first + 1;
                if lines > MAX_FUNCTION {
                    offenders.add(&source, first, &format!("{lines} lines"));
                }
            }
        }
    }
    offenders.judge(&format!("Split functions of more than {MAX_FUNCTION} lines"));
}

/// Whether a line begins a function that does not end on it.
fn opens_function(code: &str) -> bool {
    let words = code.split_whitespace().take(5);
    let mut words = words.skip_while(|word| {
        word.starts_with("pub") || ["const", "async", "in"].contains(word) || word.ends_with(')')
    });
    words.next() == Some("fn") && !code.ends_with('}') && !code.ends_with(';')
}

#[test]
fn every_file_says_why_it_exists() {
    let mut offenders = Offenders::default();
    for source in everything() {
        if !source.text.starts_with("//! ") {
            offenders.add(&source, 1, "no module documentation");
        }
    }
    offenders.judge("Open the file with a `//!` comment: why it exists, which rule it follows");
}

#[test]
fn a_module_stands_beside_its_folder() {
    let mut offenders = Offenders::default();
    for source in product().iter().filter(|source| source.name.ends_with("/mod.rs")) {
        offenders.add(source, 1, "mod.rs");
    }
    offenders.judge("Rename `foo/mod.rs` to `foo.rs`, so that editors show a name");
}

#[test]
fn imports_point_down_the_layers() {
    let rank = |layer: &str| LAYERS.iter().position(|&other| other == layer);
    let mut offenders = Offenders::default();
    for source in product() {
        let Some(layer) = source.layer() else {
            continue;
        };
        for (number, line) in source.lines().filter(|(_, line)| !is_comment(line)) {
            for imported in line.split("crate::").skip(1) {
                let end = imported.find(|c: char| !c.is_alphanumeric() && c != '_');
                let imported = &imported[..end.unwrap_or(imported.len())];
                if rank(imported) > rank(layer) {
                    offenders.add(&source, number, &format!("{layer} imports {imported}"));
                }
            }
        }
    }
    offenders.judge(&format!(
        "A layer may import only those before it ({}); have the lower one tell by a notice",
        LAYERS.join(" < ")
    ));
}

#[test]
fn every_folder_has_a_layer() {
    let mut offenders = Offenders::default();
    for source in product() {
        let root = ["src/lib.rs", "src/main.rs"].contains(&source.name.as_str());
        if !root && source.layer().is_none() {
            offenders.add(&source, 1, "in no layer");
        }
    }
    offenders.judge("Give a new folder its place in LAYERS and in ARCHITECTURE.md");
}

#[test]
fn nothing_is_left_for_later() {
    // spelled apart, so that this file is no offender
    let words = [("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("to", "do!("), ("unimplement", "ed!(")];
    let words: Vec<String> = words.map(|(head, tail)| format!("{head}{tail}")).to_vec();
    let ignored = format!("#[{}", "ignore");
    let mut offenders = Offenders::default();
    for source in everything() {
        for (number, line) in source.lines() {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                offenders.add(&source, number, word);
            }
            if line.contains(&ignored) {
                offenders.add(&source, number, "a test that is not run");
            }
        }
    }
    offenders.judge("Do it or leave it out; what is not modelled is said in the module's comment");
}

#[test]
fn nothing_depends_on_one_machine() {
    let roots = ["home", "Users", "work", "tmp"].map(|root| format!("/{root}/"));
    let mut offenders = Offenders::default();
    let scenarios = files("scenarios", "toml");
    for source in everything().into_iter().chain(scenarios) {
        for (number, line) in source.lines() {
            let starts_path = |at: usize| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| "\"'`= (".contains(c))
            };
            for root in &roots {
                if line.match_indices(root.as_str()).any(|(at, _)| starts_path(at)) {
                    offenders.add(&source, number, &format!("a path under {root}"));
                }
            }
        }
    }
    offenders.judge("Name files relative to the package, or take their place as an argument");
}

#[test]
fn readers_find_their_way() {
    let map = fs::read_to_string(package().join("ARCHITECTURE.md")).expect("the map is there");
    let missing: Vec<&str> =
        LAYERS.into_iter().filter(|layer| !map.contains(&format!("{layer}/"))).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md does not name these folders: {missing:?}");
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}
