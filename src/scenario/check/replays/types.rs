//! `[cluster.replay.items.types]`: what items of each type need.

use std::path::Path as FilePath;

use super::{Finding, tables};
use crate::scenario::TypeTable;
use crate::scenario::path::Path;

/// Checks types of the items in a file, and the columns that are in one of the two tables.
pub fn check(
    types: &TypeTable,
    items: &FilePath,
    columns: &[(&str, Path)],
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let at_types = at.key("types");
    let files = [(items, at.key("file")), (types.file.as_path(), at_types.key("file"))];
    if !tables::check_joined(files, columns, out) {
        return;
    }
    let of_items = [(types.key.item.as_str(), at_types.key("key"))];
    tables::check_columns(items, &at.key("file"), &of_items, out);
    let only_at = at_types.key("only");
    let only = types.only.keys().map(|name| (name.as_str(), only_at.key(name.clone())));
    let key = (types.key.kind.as_str(), at_types.key("key"));
    let of_types: Vec<_> = only.chain([key]).collect();
    tables::check_columns(&types.file, &at_types.key("file"), &of_types, out);
}
