//! The notebooks run from clean: each in a kernel of its own, in a copy without its results, with
//! the program of this build.
//!
//! They need Python with the packages of `notebooks/requirements.txt`; where those are not, the
//! test says that it is skipped. `PLIMSOLL_PYTHON` names an interpreter that has them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs all cells of a notebook without outputs; exits with what the first failing cell says.
const RUN: &str = r#"
import sys
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

notebook = nbformat.read(sys.argv[1], as_version=4)
for cell in notebook.cells:
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
try:
    NotebookClient(notebook, timeout=900, kernel_name="python3").execute(cwd=sys.argv[2])
except CellExecutionError as error:
    sys.exit(str(error))
figures = sum(
    "image/png" in output.get("data", {})
    for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
)
print(figures)
"#;

/// Largest notebook that is committed, figures and all.
const MOST_BYTES: u64 = 300_000;

fn python() -> Option<PathBuf> {
    let python = std::env::var_os("PLIMSOLL_PYTHON").unwrap_or_else(|| "python3".into());
    let mut check = Command::new(&python);
    check.args(["-c", "import ipykernel, matplotlib, nbclient, pandas, pyarrow"]);
    let there = check.output().is_ok_and(|output| output.status.success());
    there.then(|| python.into())
}

/// Copies a folder and what is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("it can be read") {
        let from = entry.expect("a file").path();
        let to = to.join(from.file_name().expect("a name"));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("it can be copied");
        }
    }
}

/// Runs a notebook; `None` where there is no Python for it, else the number of its figures.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn execute(name: &str) -> Option<u32> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let notebook = package.join("notebooks").join(name);
    let size = notebook.metadata().expect("the notebook").len();
    assert!(size <= MOST_BYTES, "{name} has {size} bytes: make its figures smaller");
    let Some(python) = python() else {
        eprintln!("skipped {name}: no Python with the packages of notebooks/requirements.txt");
        return None;
    };
    // results go into a folder of their own; scenarios are where notebooks expect them
    let place = tempfile::tempdir().expect("a folder");
    let work = place.path().join("notebooks");
    std::fs::create_dir(&work).expect("a folder");
    copy(&package.join("scenarios"), &place.path().join("scenarios"));
    let program = assert_cmd::cargo::cargo_bin("plimsoll");
    let mut path = std::ffi::OsString::from(program.parent().expect("a folder"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let output = Command::new(python)
        .args(["-c", RUN])
        .arg(&notebook)
        .arg(&work)
        .env("PATH", path)
        .env("MPLCONFIGDIR", place.path())
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
    let figures = String::from_utf8_lossy(&output.stdout).trim().parse();
    Some(figures.expect("the number of figures"))
}

#[test]
fn capacity_planning_runs_from_clean() {
    assert!(execute("capacity-planning.ipynb").is_none_or(|figures| figures >= 2));
}

#[test]
fn vm_against_container_density_runs_from_clean() {
    assert!(execute("vm-against-container-density.ipynb").is_none_or(|figures| figures >= 2));
}

#[test]
fn autoscaler_tuning_runs_from_clean() {
    assert!(execute("autoscaler-tuning.ipynb").is_none_or(|figures| figures >= 2));
}
