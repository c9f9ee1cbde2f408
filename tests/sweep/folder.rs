//! A sweep in a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A queue of one server: a few milliseconds a run.
pub const SCENARIO: &str = r#"
simulation = { name = "small", duration = "5min", warm_up = "10s", seed = 7 }
host = [{ name = "server", cores = 2, memory = "8GiB", price = "$0.10/h" }]
image = [{ name = "web:1", layers = ["1MiB"] }]

[[app]]
name = "web"
image = "web:1"
cpu = { request = "500m", limit = "1" }
memory = { request = "64Mi" }
traffic = { arrivals = { poisson = "20/s" } }
demand = { exponential = { mean = "15ms" } }
start = "0s"
slo = { p99 = "500ms" }

[[cluster]]
name = "c"
kind = "docker"
hosts = { shape = "server", count = 2 }
engine = { start = "0s", prepulled = true }
"#;

/// Two by three points, four runs each.
pub const GRID: &str = r#"
[sweep]
replications = 4
[sweep.parameters]
"app.web.replicas" = [1, 2]
"app.web.traffic.arrivals.poisson" = ["20/s", "40/s", "60/s"]
"#;

/// A scenario file in a folder that goes away.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn with(sweep: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("s.toml"), format!("{SCENARIO}{sweep}")).expect("a file");
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `sweep run` into a folder of this name.
    pub fn run(&self, out: &str, arguments: &[&str]) -> Command {
        let mut command = plimsoll(&["sweep", "run"]);
        command.arg(self.path("s.toml")).arg("--out").arg(self.path(out)).args(arguments);
        command
    }

    /// Where that has its files.
    pub fn results(&self, out: &str) -> PathBuf {
        self.path(out).join("small/sweep")
    }
}

pub fn plimsoll(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("plimsoll").expect("the program");
    command.args(arguments);
    command
}

/// All files below a folder, by their path in it.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it is below").to_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// That two folders hold the same files with the same bytes.
pub fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in one {
        assert!(bytes == other[&name], "{} differs", name.display());
    }
}

/// What a command prints.
pub fn stdout(command: &mut Command) -> String {
    let assert = command.assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).expect("it prints text")
}

/// What it says beside that.
pub fn stderr(command: &mut Command) -> String {
    let assert = command.assert().success();
    String::from_utf8(assert.get_output().stderr.clone()).expect("it prints text")
}
