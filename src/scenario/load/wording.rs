//! The messages of the TOML reader in the words of the person who writes the file.
//!
//! serde speaks of structs, variants, maps and `u32`; a scenario has tables, keys and numbers.
//! What serde found is read from its messages, whose forms are stable and pinned by the tests
//! here; a message of no known form is shown as it is.

use crate::scenario::diagnostic::{Problem, suggestion};

/// What the reader objected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// A key that the table does not have, and those it has.
    UnknownKey { key: String, known: Vec<String> },
    /// A key that the table must have.
    MissingKey(String),
    /// Anything else, about the value where it stands.
    Value(Problem),
}

impl Complaint {
    /// Reads a message; `marked` is the text of the file it is about.
    pub fn read(message: &str, marked: &str) -> Self {
        if let Some(rest) = message.strip_prefix("unknown field `") {
            let (key, known) = rest.split_once('`').unwrap_or((rest, ""));
            return Self::UnknownKey { key: key.to_owned(), known: quoted(known) };
        }
        if let Some(rest) = message.strip_prefix("unexpected keys in table: ") {
            let (keys, known) = rest.split_once(", available keys: ").unwrap_or((rest, ""));
            let first = keys.split(", ").next().unwrap_or(keys);
            let known = known.split(", ").map(str::to_owned).collect();
            return Self::UnknownKey { key: first.to_owned(), known };
        }
        if let Some(rest) = message.strip_prefix("missing field `") {
            return Self::MissingKey(rest.trim_end_matches('`').to_owned());
        }
        Self::Value(value_problem(message, marked))
    }
}

fn value_problem(message: &str, marked: &str) -> Problem {
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (name, known) = rest.split_once('`').unwrap_or((rest, ""));
        let known = quoted(known);
        let known = known.iter().map(String::as_str);
        return Problem::new(format!("`{name}` is not one of the choices here"))
            .help(suggestion(name, known, "choice"));
    }
    for prefix in ["invalid type: ", "invalid value: "] {
        if let Some((found, expected)) =
            message.strip_prefix(prefix).and_then(|rest| rest.split_once(", expected "))
        {
            return unexpected(found, expected, marked);
        }
    }
    if message.starts_with("wanted exactly 1 element") {
        return one_key_only(message);
    }
    if message.contains("number overflowed") {
        return Problem::new("the number is too large");
    }
    if message.starts_with("wanted string or table") {
        return Problem::new("expected text or a table here");
    }
    if message.starts_with("expected empty table") || message.starts_with("expected table, found") {
        return Problem::new("this choice is written as text, without a value of its own")
            .help("write it like `placement = \"first-fit\"`");
    }
    match message.split_once("; write it like ") {
        Some((title, examples)) => Problem::new(title).help(format!("write it like {examples}")),
        None => Problem::new(message),
    }
}

fn unexpected(found: &str, expected: &str, marked: &str) -> Problem {
    if found == "unit variant" {
        let name = marked.trim_matches(['"', '\'']);
        return Problem::new(format!("`{name}` needs a value of its own"))
            .help(format!("write it like `{{ {name} = … }}`"));
    }
    if found == "map" && expected.starts_with("enum") {
        return one_key_only("found 0 elements");
    }
    let integer = found.strip_prefix("integer `").map(|rest| rest.trim_end_matches('`'));
    match integer {
        Some(number) if in_toml(expected).starts_with("a whole") && !number.starts_with('-') => {
            Problem::new(format!("the number {number} is too large"))
        }
        _ => Problem::new(format!("expected {}, found {}", in_toml(expected), in_toml(found))),
    }
}

fn one_key_only(message: &str) -> Problem {
    let found = if message.contains("more than") { "several" } else { "none" };
    Problem::new(format!("exactly one key belongs into this table, found {found}"))
        .help("the key says which kind it is, its value all the rest")
}

/// Names of serde's data model in those of TOML.
fn in_toml(name: &str) -> String {
    let plain = match name {
        "map" => "a table",
        "sequence" | "a sequence" => "an array",
        "a boolean" => "true or false",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, zero or more",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "path string" => "text in quotes",
        _ if name.starts_with("struct ") || name.starts_with("enum ") => "a table",
        _ if name.starts_with("internally tagged") => "a table",
        _ => "",
    };
    if !plain.is_empty() {
        return plain.to_owned();
    }
    let kinds = [
        ("integer `", "the number `"),
        ("floating point `", "the number `"),
        ("boolean `", "`"),
        ("string \"", "the text \""),
    ];
    let known = kinds
        .iter()
        .find_map(|(kind, plain)| name.strip_prefix(kind).map(|rest| format!("{plain}{rest}")));
    known.unwrap_or_else(|| name.to_owned())
}

/// The names between backticks: `` expected one of `a`, `b` ``.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The messages of the TOML parser for the person who wrote the file, with advice for the most
/// usual slips.
pub fn syntax_problem(message: &str, marked: &str) -> Problem {
    let (title, expected) = match message.split_once(", expected ") {
        Some((title, expected)) => (title, Some(expected)),
        None => (message, None),
    };
    match title {
        "string values must be quoted" => {
            let problem = Problem::new("text must be in quotes");
            if marked.trim().is_empty() {
                return Problem::new("there is no value behind the `=`");
            }
            problem.help(format!("write `\"{}\"`", marked.trim()))
        }
        "duplicate key" => Problem::new(format!("`{marked}` is here a second time"))
            .help("keep one of them; an element of an array has double brackets: `[[app]]`"),
        "key with no value" => Problem::new("a key must be followed by `=` and its value"),
        "recursion limit" | "cannot recurse further; max recursion depth met" => {
            Problem::new("tables and arrays are nested too deeply")
        }
        "missing comma between array elements" => Problem::new("there is no `,` before this")
            .help("or is the `]` missing that closes the array above?"),
        "invalid basic string" if expected == Some("`\"`") => {
            Problem::new("the quote that closes this text is missing")
        }
        "invalid unquoted key" if marked == ":" => {
            Problem::new("between a key and its value stands `=`, not `:`")
                .help("a scenario is written in TOML, not in YAML or JSON")
        }
        "invalid key-value pair" => Problem::new("this is neither `key = value` nor a `[table]`")
            .help("a scenario is written in TOML, not in JSON"),
        _ => {
            let problem = Problem::new(title);
            match expected {
                Some(expected) if expected != "nothing" => {
                    problem.help(format!("expected {expected}"))
                }
                _ => problem,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::scenario::{App, Arrivals, Cluster, ClusterKind};

    fn complaint<T: for<'de> Deserialize<'de>>(text: &str) -> Complaint {
        let error = toml::from_str::<T>(text).err().unwrap();
        Complaint::read(error.message(), &text[error.span().unwrap()])
    }

    fn value<T: for<'de> Deserialize<'de>>(text: &str) -> (String, Option<String>) {
        match complaint::<T>(text) {
            Complaint::Value(problem) => (problem.title, problem.help),
            other => panic!("{other:?}"),
        }
    }

    #[derive(Deserialize)]
    struct Kind {
        #[expect(dead_code, reason = "only its reading is tested")]
        kind: ClusterKind,
    }

    #[derive(Deserialize)]
    struct Holder {
        #[expect(dead_code, reason = "only its reading is tested")]
        arrivals: Arrivals,
    }

    #[test]
    fn unknown_keys_come_with_those_that_exist() {
        let Complaint::UnknownKey { key, known } = complaint::<Cluster>("hots = 3") else {
            panic!()
        };
        assert_eq!((key.as_str(), known.contains(&"hosts".to_owned())), ("hots", true));
        let text = "arrivals = { users = { cuont = 3 } }";
        let Complaint::UnknownKey { key, known } = complaint::<Holder>(text) else { panic!() };
        assert_eq!((key.as_str(), known), ("cuont", vec!["count".into(), "think".into()]));
    }

    #[test]
    fn missing_keys_are_named() {
        assert_eq!(complaint::<App>("image = 'x'"), Complaint::MissingKey("name".into()));
    }

    #[test]
    fn wrong_choices_come_with_the_nearest() {
        assert_eq!(
            value::<Kind>("kind = 'doker'"),
            (
                "`doker` is not one of the choices here".into(),
                Some("did you mean `docker`?".into())
            )
        );
    }

    #[test]
    fn types_have_the_names_of_toml() {
        let titles = [
            ("replicas = 'many'", "expected a whole number, zero or more, found the text \"many\""),
            ("replicas = -1", "expected a whole number, zero or more, found the number `-1`"),
            ("replicas = 1.5", "expected a whole number, zero or more, found the number `1.5`"),
            ("spread = 1", "expected true or false, found the number `1`"),
            ("name = 1", "expected text in quotes, found the number `1`"),
            ("calls = 1", "expected an array, found the number `1`"),
            ("cpu = 1", "expected a table, found the number `1`"),
            (
                "replicas = 1_000_000_000_000_000_000_000_000_000_000_000_000_000",
                "the number is too large",
            ),
        ];
        for (text, title) in titles {
            assert_eq!(value::<App>(text).0, title, "{text}");
        }
    }

    #[test]
    fn a_choice_with_and_without_its_value_is_explained() {
        let (title, help) = value::<Holder>("arrivals = 'poisson'");
        assert_eq!(title, "`poisson` needs a value of its own");
        assert_eq!(help.as_deref(), Some("write it like `{ poisson = … }`"));
        let (title, _) = value::<Holder>("arrivals = {}");
        assert_eq!(title, "exactly one key belongs into this table, found none");
        let (title, _) = value::<Holder>("arrivals = { poisson = '1/s', at = [] }");
        assert_eq!(title, "exactly one key belongs into this table, found several");
        let (title, _) = value::<Kind>("kind = { docker = 1 }");
        assert_eq!(title, "this choice is written as text, without a value of its own");
    }

    #[test]
    fn quantities_say_how_they_are_written() {
        let (title, help) = value::<Holder>("arrivals = { poisson = '300' }");
        assert_eq!(title, "`300` is not a rate: the unit is missing");
        assert_eq!(help.as_deref(), Some("write it like `300/s`, `20/min` or `5/h`"));
    }
}
