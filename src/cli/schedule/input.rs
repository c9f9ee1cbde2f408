//! The files named on the command line: which they are, and what they hold.
//!
//! A directory stands for the manifests in it, not below it, as `kubectl apply -f` has it. All that
//! is wrong with any of the files is reported at once.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::cli::{Failure, colour_on_stderr};
use crate::experiment::what_if::Inputs;
use crate::kubernetes::api::{Located, Manifest, Skipped, read_file, read_text, render_warnings};

/// Objects of a kind are named in a warning as long as they are no more than this.
const NAMED: usize = 3;

/// What all files hold.
pub(super) struct Read {
    pub inputs: Inputs,
    pub skipped: Vec<Skipped>,
    /// What a reader should know, as it is shown.
    pub warnings: String,
}

#[derive(Default)]
struct Reader {
    colour: bool,
    stdin_is_read: bool,
    skipped: Vec<Skipped>,
    warnings: String,
    errors: Vec<String>,
}

/// Reads the files of the cluster and those of what is to come.
pub(super) fn read(cluster: &[String], pods: &[String]) -> Result<Read, Failure> {
    let mut reader = Reader { colour: colour_on_stderr(), ..Reader::default() };
    let inputs = Inputs { cluster: reader.all(cluster), pods: reader.all(pods) };
    if !reader.errors.is_empty() {
        return Err(Failure::Input(reader.errors.join("\n")));
    }
    let warnings = reader.warnings + &skipped_kinds(&reader.skipped);
    Ok(Read { inputs, skipped: reader.skipped, warnings })
}

impl Reader {
    fn all(&mut self, names: &[String]) -> Vec<Located> {
        let mut objects = Vec::new();
        for name in names {
            if name == "-" {
                objects.extend(self.stdin());
                continue;
            }
            let path = Path::new(name);
            if path.is_dir() {
                for file in self.directory(path) {
                    objects.extend(self.file(&file));
                }
            } else {
                objects.extend(self.file(path));
            }
        }
        objects
    }

    /// The manifests in a directory, by name.
    fn directory(&mut self, path: &Path) -> Vec<PathBuf> {
        let extensions = ["yaml", "yml", "json"];
        let is_manifest = |path: &PathBuf| {
            let extension = path.extension().and_then(OsStr::to_str);
            extension.is_some_and(|extension| extensions.contains(&extension)) && path.is_file()
        };
        let name = path.display();
        match fs::read_dir(path) {
            Ok(entries) => {
                let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
                let mut files: Vec<PathBuf> = paths.filter(is_manifest).collect();
                files.sort();
                if files.is_empty() {
                    let text = "there is no .yaml, .yml or .json file in this directory";
                    self.errors.push(format!("error: `{name}`: {text}\n"));
                }
                files
            }
            Err(error) => {
                self.errors.push(format!("error: `{name}` cannot be read: {error}\n"));
                Vec::new()
            }
        }
    }

    fn file(&mut self, path: &Path) -> Vec<Located> {
        let read = read_file(path).map_err(|errors| errors.render(self.colour));
        self.keep(read)
    }

    fn stdin(&mut self) -> Vec<Located> {
        let mut text = String::new();
        if std::mem::replace(&mut self.stdin_is_read, true) {
            let text = "error: standard input (`-`) can be read only once\n";
            return self.keep(Err(text.to_owned()));
        }
        let read = std::io::stdin().lock().read_to_string(&mut text);
        let read = match read {
            Ok(_) => read_text("standard input", &text).map_err(|all| all.render(self.colour)),
            Err(error) => Err(format!("error: standard input cannot be read: {error}\n")),
        };
        self.keep(read)
    }

    fn keep(&mut self, read: Result<Manifest, String>) -> Vec<Located> {
        match read {
            Ok(Manifest { objects, skipped, warnings }) => {
                self.skipped.extend(skipped);
                self.warnings += &render_warnings(&warnings, self.colour);
                objects
            }
            Err(text) => {
                self.errors.push(text);
                Vec::new()
            }
        }
    }
}

/// Says which objects were passed over, kind by kind.
fn skipped_kinds(skipped: &[Skipped]) -> String {
    let mut kinds: BTreeMap<(&str, &str), Vec<&Skipped>> = BTreeMap::new();
    for one in skipped {
        kinds.entry((&one.kind, &one.api_version)).or_default().push(one);
    }
    let mut text = String::new();
    for ((kind, version), objects) in kinds {
        let names: Vec<&str> = objects.iter().map(|one| one.name.as_str()).collect();
        let shown = names[..names.len().min(NAMED)].join(", ");
        let more = if names.len() > NAMED { ", …" } else { "" };
        text += &format!(
            "warning: {} {kind} ({version}) skipped, as the kind is not read: {shown}{more}\n",
            objects.len()
        );
    }
    text
}
