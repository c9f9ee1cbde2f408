//! Policies in what the AWS command line prints, where they are one key of several.
//!
//! | command | where the policy is |
//! | --- | --- |
//! | `iam get-role-policy`, `get-user-policy`, `get-group-policy` | `PolicyDocument` |
//! | `iam get-policy-version` | `PolicyVersion`, `Document` |
//! | `iam get-role`: who may assume it | `Role`, `AssumeRolePolicyDocument` |
//! | `ecr get-repository-policy`, `get-registry-policy` | `policyText`, as a string |

use crate::aws::json::{Object, Part, Read};

const PLACES: [&[&str]; 4] = [
    &["PolicyDocument"],
    &["PolicyVersion", "Document"],
    &["Role", "AssumeRolePolicyDocument"],
    &["policyText"],
];

/// A policy and its text.
pub(super) enum Found<'t> {
    /// It is a part of the text.
    Here(Part<'t>),
    /// It is a string in the text.
    Inside {
        /// The string.
        text: String,
        /// The key it stands under.
        key: &'static str,
    },
}

/// The policy in a document: one that has a statement is a policy itself.
pub(super) fn unwrapped(part: Part<'_>) -> Read<Found<'_>> {
    let Ok(object) = part.object() else { return Ok(Found::Here(part)) };
    if object.get("Statement").is_some() {
        return Ok(Found::Here(part));
    }
    for keys in PLACES {
        let Some(found) = follow(&object, keys) else { continue };
        return match keys.last() {
            Some(key) if found.is_text() => Ok(Found::Inside { text: found.text()?, key }),
            _ => Ok(Found::Here(found)),
        };
    }
    Ok(Found::Here(part))
}

fn follow<'t>(object: &Object<'t>, keys: &[&str]) -> Option<Part<'t>> {
    let (first, rest) = keys.split_first()?;
    let part = object.get(first)?;
    if rest.is_empty() { Some(part) } else { follow(&part.object().ok()?, rest) }
}
