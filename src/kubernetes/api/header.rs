//! What kind of object a value is, before it is decoded.
//!
//! The API server finds the type of an object by `apiVersion` and `kind` alone. A kind that is read
//! but in a version that v1.36 no longer serves is an error, as it is there; a kind in a group of
//! its own (a custom resource) is another kind, whatever its name.

use serde_json::Value;

use super::decode::Path;
use super::object::Kind;

/// What `apiVersion` and `kind` say.
pub enum Header {
    /// A kind that is read.
    Known(&'static Kind),
    /// `autoscaling/v1`, which is served beside `autoscaling/v2`.
    OldAutoscaler,
    /// Any other kind.
    Other {
        /// Its name.
        kind: String,
        /// Its group and version.
        api_version: String,
    },
    /// No object at all, or of a version that is not served.
    Flawed {
        /// Where the mistake is.
        path: Path,
        /// What is wrong.
        message: String,
        /// What would be right.
        help: Option<String>,
    },
}

/// Groups that once held kinds that are read.
const FORMER_GROUPS: [&str; 1] = ["extensions"];

/// Finds the kind of an object.
pub fn header(value: &Value) -> Header {
    if !value.is_object() {
        let message = "a Kubernetes object has names and values, not this";
        return flawed(Path::default(), message, None);
    }
    let (kind, api_version) = match (text(value, "kind"), text(value, "apiVersion")) {
        (Ok(kind), Ok(api_version)) => (kind, api_version),
        (Err(flaw), _) | (_, Err(flaw)) => return flaw,
    };
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let Some(known) = Kind::named(kind) else {
        return other(kind, api_version);
    };
    if known.group == group && known.version == version {
        return Header::Known(known);
    }
    if kind == "HorizontalPodAutoscaler" && api_version == "autoscaling/v1" {
        return Header::OldAutoscaler;
    }
    if known.group == group || FORMER_GROUPS.contains(&group) || group.is_empty() {
        let message = format!("Kubernetes 1.36 serves no {kind} of version `{api_version}`");
        let help = format!("write `apiVersion: {}`", known.api_version());
        return flawed(Path::default().key("apiVersion"), message, Some(help));
    }
    other(kind, api_version)
}

fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str, Header> {
    let example = match key {
        "kind" => "every object says what it is, for instance `kind: Pod`",
        _ => "every object says the version of its kind, for instance `apiVersion: v1`",
    };
    let wrong = |message: &str| flawed(Path::default().key(key), message, Some(example.to_owned()));
    match value.get(key) {
        None | Some(Value::Null) => Err(wrong("is missing")),
        Some(Value::String(text)) if text.is_empty() => Err(wrong("must not be empty")),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(wrong("must be text")),
    }
}

fn flawed(path: Path, message: impl Into<String>, help: Option<String>) -> Header {
    Header::Flawed { path, message: message.into(), help }
}

fn other(kind: &str, api_version: &str) -> Header {
    Header::Other { kind: kind.to_owned(), api_version: api_version.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_of_the_same_name_in_another_group_is_another_kind() {
        let service = json!({ "apiVersion": "serving.knative.dev/v1", "kind": "Service" });
        assert!(matches!(header(&service), Header::Other { .. }));
        let service = json!({ "apiVersion": "v1", "kind": "Service" });
        assert!(matches!(header(&service), Header::Known(kind) if kind.name == "Service"));
    }

    #[test]
    fn versions_that_are_no_longer_served_are_refused() {
        for (version, kind) in [
            ("policy/v1beta1", "PodDisruptionBudget"),
            ("extensions/v1beta1", "Deployment"),
            ("autoscaling/v2beta2", "HorizontalPodAutoscaler"),
            ("v1", "Deployment"),
        ] {
            let value = json!({ "apiVersion": version, "kind": kind });
            assert!(matches!(header(&value), Header::Flawed { .. }), "{version} {kind}");
        }
    }
}
