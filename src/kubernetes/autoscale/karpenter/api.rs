//! NodePools, read as the real YAML: `karpenter.sh/v1`.
//!
//! Fields, defaults and what is refused follow the CRD of Karpenter 1.x (pkg/apis/v1/nodepool.go
//! and the validation rules in pkg/apis/crds). Documents of other kinds are left to other readers,
//! so that a pool and its EC2NodeClass can be in one file.

mod budget;
mod checks;
mod duration;
mod raw;
#[cfg(test)]
mod tests;

use std::path::Path as FilePath;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use budget::{Budget, Reason, Share, allowed};

use super::requirements::Requirements;
use crate::engine::SimDuration;
use crate::kubernetes::api::decode::{Decoded, decode};
use crate::kubernetes::api::locate::Located;
use crate::kubernetes::api::manifest::read_utf8;
use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::api::syntax::{self, SyntaxFlaw};
use crate::kubernetes::api::validate::Violation;
use crate::kubernetes::api::{Excerpt, ManifestErrors, Origin, Problem, yaml};
use crate::kubernetes::scheduler::labels::Labels;
use crate::kubernetes::scheduler::shape::Taint;

/// The version that is read.
const API_VERSION: &str = "karpenter.sh/v1";

/// A NodePool with everything filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePool {
    /// Its name.
    pub name: Box<str>,
    /// What its nodes are like.
    pub template: Template,
    /// When its nodes are replaced or removed.
    pub disruption: Disruption,
    /// How much all its nodes may have: resources by name, `nodes` for their number.
    pub limits: Vec<(Box<str>, Amount)>,
    /// Pools of more weight are tried first, from 1 to 100; 0 where none is given.
    pub weight: u32,
}

/// What the nodes of a pool are like.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Labels that nodes get.
    pub labels: Labels,
    /// Annotations that nodes get.
    pub annotations: Labels,
    /// Kind and name of the class that says how machines are made, `EC2NodeClass` and `default`.
    pub class: (Box<str>, Box<str>),
    /// Taints of nodes.
    pub taints: Vec<Taint>,
    /// Taints that something takes off nodes soon after they came, and pods need not tolerate.
    pub startup_taints: Vec<Taint>,
    /// What labels of nodes may be.
    pub requirements: Requirements,
    /// Nodes are removed when they are so old; none for never. 720 h by default.
    pub expire_after: Option<SimDuration>,
    /// Pods of a node that goes are ended after so long, whatever protects them.
    pub termination_grace_period: Option<SimDuration>,
}

/// Which nodes are consolidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsolidationPolicy {
    /// Only those without pods to move.
    WhenEmpty,
    /// Also those whose pods would do with less.
    WhenEmptyOrUnderutilized,
}

/// When nodes are replaced or removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Disruption {
    /// Which nodes are consolidated.
    pub policy: ConsolidationPolicy,
    /// So long after the last pod came or went; none for never.
    pub consolidate_after: Option<SimDuration>,
    /// How many nodes at a time: the strictest one holds.
    pub budgets: Vec<Budget>,
}

/// Reads the pools of a file.
///
/// # Errors
/// Everything that is wrong with them; also where the file cannot be read.
pub fn read_file(path: &FilePath) -> Result<Vec<NodePool>, ManifestErrors> {
    let name = path.display().to_string();
    read_text(&name, &read_utf8(path)?)
}

/// Reads the pools in the text of a file, YAML or JSON; `name` is for messages.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read_text(name: &str, text: &str) -> Result<Vec<NodePool>, ManifestErrors> {
    read_kind(name, text, "NodePool", resolve, |pool| &pool.name)
}

/// Reads the documents of one kind in the text of a file, and leaves the others; `resolve` makes an
/// object of each, `named` tells its name.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read_kind<T>(
    file: &str,
    text: &str,
    kind: &str,
    resolve: impl Fn(&Value) -> Result<T, Vec<Violation>>,
    named: impl Fn(&T) -> &str,
) -> Result<Vec<T>, ManifestErrors> {
    let (mut all, mut problems) = (Vec::<T>::new(), Vec::new());
    for (number, (range, first_line)) in yaml::documents(text).into_iter().enumerate() {
        let document = &text[range];
        if yaml::is_empty(document) {
            continue;
        }
        let line = Some(first_line);
        let origin = Origin { document: number + 1, line, ..Origin::file(file) };
        match read_document(document, &origin, first_line, kind, &resolve) {
            Ok(Some(one)) if all.iter().any(|known| named(known) == named(&one)) => {
                let message =
                    format!("there are two objects of kind {kind} named `{}`", named(&one));
                problems.push(Problem::new(&origin, message));
            }
            Ok(one) => all.extend(one),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(ManifestErrors::new(file, problems)) }
}

/// Something that is wrong with an object of a file that could be read, seen once all was: `wrong`
/// is shown its document.
pub fn fault(
    file: &str,
    text: &str,
    (kind, name): (&str, &str),
    wrong: impl Fn(&Value) -> Violation,
) -> ManifestErrors {
    let named = |(number, (range, first_line)): (usize, (std::ops::Range<usize>, usize))| {
        let document = &text[range];
        let value = syntax::read_value(document).ok()?;
        let is_it = value.get("kind").and_then(Value::as_str) == Some(kind)
            && value.pointer("/metadata/name").and_then(Value::as_str) == Some(name);
        let line = Some(first_line);
        let origin = Origin { document: number + 1, line, ..Origin::file(file) };
        is_it.then(|| located(document, &origin, first_line, vec![wrong(&value)]))
    };
    let found = yaml::documents(text).into_iter().enumerate().find_map(named);
    ManifestErrors::new(file, found.unwrap_or_default())
}

/// Violations of a document with the lines that they are about.
fn located(
    document: &str,
    origin: &Origin,
    first_line: usize,
    violations: Vec<Violation>,
) -> Vec<Problem> {
    let places = Located::new(document);
    let problem = |Violation { path, message, help }| {
        let excerpt = places.find(&path).map(|at| Excerpt::new(document, &at, first_line));
        Problem { help, excerpt, ..Problem::new(origin, message) }.at(path)
    };
    violations.into_iter().map(problem).collect()
}

fn read_document<T>(
    document: &str,
    origin: &Origin,
    first_line: usize,
    kind: &str,
    resolve: impl Fn(&Value) -> Result<T, Vec<Violation>>,
) -> Result<Option<T>, Vec<Problem>> {
    let value = syntax::read_value(document).map_err(|flaw| {
        let SyntaxFlaw { message, help, at } = flaw;
        let excerpt = at.map(|at| Excerpt::new(document, &at, first_line));
        vec![Problem { help, excerpt, ..Problem::new(origin, message) }]
    })?;
    if value.get("kind").and_then(Value::as_str) != Some(kind) {
        return Ok(None);
    }
    let wrong = |violations| located(document, origin, first_line, violations);
    resolve(&value).map(Some).map_err(wrong)
}

/// The object of a JSON value as it is written, or all that does not fit.
///
/// # Errors
/// Values that do not fit their fields, and fields that there are not.
pub fn written<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<Violation>> {
    let Decoded { object, mistakes, unknown } = decode::<T>(value);
    let unknown = unknown.into_iter().map(|(path, fields)| Violation::unknown_field(path, fields));
    let mistakes = mistakes.into_iter().map(|one| Violation::new(one.path, one.message));
    let violations: Vec<Violation> = unknown.chain(mistakes).collect();
    match object {
        Some(object) if violations.is_empty() => Ok(object),
        _ => Err(violations),
    }
}

/// Makes a pool of a JSON value, or says all that is wrong with it.
fn resolve(value: &Value) -> Result<NodePool, Vec<Violation>> {
    let raw = written::<raw::RawPool>(value)?;
    let mut violations = Vec::new();
    let pool = checks::pool(&raw, &mut violations);
    if violations.is_empty() { Ok(pool) } else { Err(violations) }
}
