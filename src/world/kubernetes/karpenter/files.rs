//! Files with NodePools and EC2NodeClasses, and what is wrong with them shown in their lines.

use std::path::{Path as FilePath, PathBuf};

use serde_json::Value;

use crate::aws::eks::karpenter::node_class::{self, NodeClass};
use crate::kubernetes::api::Path;
use crate::kubernetes::api::manifest::read_utf8;
use crate::kubernetes::api::validate::Violation;
use crate::kubernetes::autoscale::karpenter::api::{self, NodePool};
use crate::world::InputError;

/// What is in the files, each object with the place of its file among them.
pub(super) struct Files {
    texts: Vec<(String, String)>,
    pub pools: Vec<(NodePool, usize)>,
    pub classes: Vec<(NodeClass, usize)>,
}

impl Files {
    /// Reads files.
    ///
    /// # Errors
    /// A file cannot be read, or is not what Karpenter would take.
    pub fn read(files: &[PathBuf]) -> Result<Self, InputError> {
        let mut all = Self { texts: Vec::new(), pools: Vec::new(), classes: Vec::new() };
        for (place, file) in files.iter().enumerate() {
            let (name, text) = text(file)?;
            let wrong = |errors| InputError::Manifest(Box::new(errors));
            let pools = api::read_text(&name, &text).map_err(wrong)?;
            let classes = node_class::read_text(&name, &text).map_err(wrong)?;
            all.pools.extend(pools.into_iter().map(|pool| (pool, place)));
            all.classes.extend(classes.into_iter().map(|class| (class, place)));
            all.texts.push((name, text));
        }
        Ok(all)
    }

    /// Something is wrong with a pool of a file.
    pub fn fault<T>(
        &self,
        file: usize,
        pool: &NodePool,
        wrong: &dyn Fn(&Value) -> Violation,
    ) -> Result<T, InputError> {
        self.wrong(file, ("NodePool", &pool.name), wrong)
    }

    /// Something is wrong with a class of a file.
    pub fn fault_of_class<T>(
        &self,
        file: usize,
        class: &NodeClass,
        wrong: &dyn Fn(&Value) -> Violation,
    ) -> Result<T, InputError> {
        self.wrong(file, ("EC2NodeClass", &class.name), wrong)
    }

    fn wrong<T>(
        &self,
        file: usize,
        object: (&str, &str),
        wrong: &dyn Fn(&Value) -> Violation,
    ) -> Result<T, InputError> {
        let (name, text) = &self.texts[file];
        Err(InputError::Manifest(Box::new(api::fault(name, text, object, wrong))))
    }
}

fn text(file: &FilePath) -> Result<(String, String), InputError> {
    let text = read_utf8(file).map_err(|errors| InputError::Manifest(Box::new(errors)))?;
    Ok((file.display().to_string(), text))
}

/// The whole of a document.
pub(super) fn root() -> Path {
    Path::default()
}

/// Where a NodePool says something of a label: in its requirements, or among its own labels.
pub(super) fn place_of(pool: &Value, key: &str) -> Path {
    let template = root().dotted("spec.template");
    let required = pool.pointer("/spec/template/spec/requirements").and_then(Value::as_array);
    let is_it = |one: &Value| one.get("key").and_then(Value::as_str) == Some(key);
    match required.and_then(|all| all.iter().position(is_it)) {
        Some(place) => template.dotted("spec.requirements").index(place),
        None => template.dotted("metadata.labels").key(key),
    }
}
