//! Names: present, unique within their section, and fit for the folders and files they name.

use super::Finding;
use crate::scenario::load::{Draft, Section};
use crate::scenario::path::Path;

/// Longest name of a folder or file, with room for an extension (file systems allow 255 bytes).
const LONGEST: usize = 100;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    unique(&draft.hosts, "host", out);
    unique(&draft.registries, "registry", out);
    unique(&draft.images, "image", out);
    unique(&draft.apps, "app", out);
    unique(&draft.jobs, "job", out);
    unique(&draft.vms, "vm", out);
    unique(&draft.clusters, "cluster", out);
    unique(&draft.variants, "variant", out);
    // these name files of the results
    fit_for_files(&draft.apps, "app", "the name of an app", out);
    fit_for_files(&draft.jobs, "job", "the name of a job", out);
    fit_for_files(&draft.vms, "vm", "the name of a VM stream", out);
    fit_for_files(&draft.clusters, "cluster", "the name of a cluster", out);
}

fn unique<T>(section: &Section<T>, key: &'static str, out: &mut Vec<Finding>) {
    for (index, name) in section.names() {
        let at = |index| Path::element(key, index).key("name");
        if name.is_empty() {
            out.push(Finding::new(at(index), "the name is empty"));
            continue;
        }
        let first = section.names().find(|(_, other)| *other == name);
        if let Some((first, _)) = first.filter(|(first, _)| *first < index) {
            out.push(
                Finding::new(at(index), format!("there are two {} named `{name}`", plural(key)))
                    .label("second")
                    .related(at(first), "first"),
            );
        }
    }
}

fn plural(key: &str) -> String {
    key.strip_suffix('y').map_or_else(|| format!("{key}s"), |stem| format!("{stem}ies"))
}

fn fit_for_files<T>(section: &Section<T>, key: &'static str, what: &str, out: &mut Vec<Finding>) {
    for (index, name) in section.names().filter(|(_, name)| !name.is_empty()) {
        check_folder_name(name, Path::element(key, index).key("name"), what, out);
    }
}

/// A name that becomes part of a path: no separators, nothing hidden, nothing that looks like an
/// option or leads out of the folder.
pub fn check_folder_name(name: &str, at: Path, what: &str, out: &mut Vec<Finding>) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let complaint = if name.is_empty() {
        "must not be empty".to_owned()
    } else if let Some(bad) = name.chars().find(|c| !allowed(*c)) {
        format!("must not contain `{}`", bad.escape_debug())
    } else if name.starts_with(['.', '-']) {
        format!("must not begin with `{}`", &name[..1])
    } else if name.len() > LONGEST {
        format!("must have at most {LONGEST} characters, not {}", name.len())
    } else {
        return;
    };
    out.push(
        Finding::new(at, format!("{what} {complaint}"))
            .help("results are filed under it: use letters, digits, `-`, `_` and `.`"),
    );
}
