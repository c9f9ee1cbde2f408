//! A JSON document read part by part, each with its place in the text.
//!
//! Policies are written by hand, so whatever is wrong with one is shown where it stands; lists of
//! images have a hundred thousand entries, so nothing is kept of what has been read. The text is
//! checked once as a whole; then each part is taken apart on demand, one level at a time.

mod scan;

use std::ops::Range;

use crate::scenario::Problem;
use crate::scenario::diagnostic::{nearest, suggestion};

/// What was read, or what is wrong and where.
pub type Read<T> = Result<T, Box<Problem>>;

/// A value in a document.
#[derive(Clone, Copy, Debug)]
pub struct Part<'t> {
    document: &'t str,
    start: usize,
    end: usize,
    /// The key it stands under, for messages.
    name: &'t str,
}

/// An object, taken apart.
#[derive(Clone, Debug)]
pub struct Object<'t> {
    /// The object itself.
    pub part: Part<'t>,
    /// Its entries, in the order of the text.
    pub fields: Vec<Field<'t>>,
}

/// An entry of an object.
#[derive(Clone, Debug)]
pub struct Field<'t> {
    /// The key.
    pub name: String,
    /// Where the key stands.
    pub key: Range<usize>,
    /// What stands under it.
    pub value: Part<'t>,
}

/// What one expects.
const OBJECT: &str = "an object in `{}`";
const LIST: &str = "a list in `[]`";
const TEXT: &str = "a string in double quotes";
const NUMBER: &str = "a whole number";

impl<'t> Part<'t> {
    /// A whole document, which is called `name` where it is not what it ought to be.
    ///
    /// # Errors
    /// The place where the text stops being JSON.
    pub fn document(text: &'t str, name: &'t str) -> Read<Self> {
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
            return Err(scan::flaw(text, &error).into());
        }
        let start = scan::space(text, 0);
        Ok(Self { document: text, start, end: scan::end(text, start), name })
    }

    /// Where it is, in bytes of the document.
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The text of the value, as it is written.
    pub fn written(&self) -> &'t str {
        &self.document[self.start..self.end]
    }

    /// Whether this is a list.
    pub fn is_list(&self) -> bool {
        self.written().starts_with('[')
    }

    /// Whether this is a string.
    pub fn is_text(&self) -> bool {
        self.written().starts_with('"')
    }

    /// A problem with this value, which is marked.
    pub fn problem(&self, title: impl Into<String>) -> Problem {
        Problem::new(title).at(self.span())
    }

    /// A problem with a value of another kind than `expected`.
    pub fn mismatch(&self, expected: &str) -> Problem {
        let found = match self.written().as_bytes()[0] {
            b'{' => "an object",
            b'[' => "a list",
            b'"' => "a string",
            b't' | b'f' => "true or false",
            b'n' => "null",
            _ => "a number",
        };
        let problem = self.problem(format!("`{}` must be {expected}, and is {found}", self.name));
        match found {
            "null" => problem.help("leave the key out where there is nothing to say"),
            _ => problem,
        }
    }

    /// The entries of an object.
    ///
    /// # Errors
    /// If this is no object, or a key in it is no valid text.
    pub fn object(self) -> Read<Object<'t>> {
        if !self.written().starts_with('{') {
            return Err(self.mismatch(OBJECT).into());
        }
        let mut fields = Vec::new();
        let mut at = scan::space(self.document, self.start + 1);
        while !self.document[at..].starts_with('}') {
            let key = at..scan::end(self.document, at);
            let colon = scan::space(self.document, key.end);
            let start = scan::space(self.document, colon + 1);
            let end = scan::end(self.document, start);
            let name = &self.document[key.start + 1..key.end - 1];
            let value = Part { document: self.document, start, end, name };
            let name = Part { start: key.start, end: key.end, ..self }.text()?;
            fields.push(Field { name, key, value });
            at = scan::next(self.document, end);
        }
        Ok(Object { part: self, fields })
    }

    /// The elements of a list.
    ///
    /// # Errors
    /// If this is no list.
    pub fn list(self) -> Read<Vec<Part<'t>>> {
        if !self.is_list() {
            return Err(self.mismatch(LIST).into());
        }
        let mut elements = Vec::new();
        let mut start = scan::space(self.document, self.start + 1);
        while !self.document[start..].starts_with(']') {
            let end = scan::end(self.document, start);
            elements.push(Part { start, end, ..self });
            start = scan::next(self.document, end);
        }
        Ok(elements)
    }

    /// The content of a string.
    ///
    /// # Errors
    /// If this is no string, or one with half a surrogate pair.
    pub fn text(self) -> Read<String> {
        if !self.is_text() {
            return Err(self.mismatch(TEXT).into());
        }
        serde_json::from_str(self.written()).map_err(|_| {
            self.problem("this string has an escape that stands for no character").into()
        })
    }

    /// A list of strings.
    ///
    /// # Errors
    /// If this is no list, or something in it is no string.
    pub fn texts(self) -> Read<Vec<String>> {
        self.list()?.into_iter().map(Self::text).collect()
    }

    /// A number without fraction.
    ///
    /// # Errors
    /// If this is something else, or does not fit into 64 bits.
    pub fn whole_number(self) -> Read<i64> {
        serde_json::from_str(self.written()).map_err(|_| {
            let problem = match self.written().as_bytes()[0] {
                b'0'..=b'9' | b'-' => {
                    self.problem(format!("`{}` must be {NUMBER} of at most 64 bits", self.name))
                }
                _ => self.mismatch(NUMBER),
            };
            problem.into()
        })
    }
}

impl<'t> Object<'t> {
    /// What stands under a key; of several, the last.
    pub fn get(&self, name: &str) -> Option<Part<'t>> {
        self.fields.iter().rfind(|field| field.name == name).map(|field| field.value)
    }

    /// What stands under a key that must be there.
    ///
    /// # Errors
    /// If it is not there.
    pub fn required(&self, name: &str) -> Read<Part<'t>> {
        self.get(name).ok_or_else(|| {
            let start = self.part.start;
            let problem = Problem::new(format!("`{name}` is missing"));
            problem.at(start..start + 1).label("in this object").into()
        })
    }

    /// Keys other than these, and keys that stand twice.
    pub fn strange_keys(&self, known: &[&str], kind: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (place, field) in self.fields.iter().enumerate() {
            let name = &field.name;
            if !known.contains(&name.as_str()) {
                let missing = known.iter().copied().filter(|known| self.get(known).is_none());
                let problem = Problem::new(format!("{kind} has no key `{name}`"));
                let help = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => suggestion(name, missing, "other key"),
                };
                problems.push(problem.at(field.key.clone()).help(help));
            }
            if self.fields[..place].iter().any(|earlier| earlier.name == *name) {
                let problem = Problem::new(format!("`{name}` stands here twice"));
                problems.push(problem.at(field.key.clone()).help("keep one of them"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> Part<'_> {
        Part::document(text, "it").expect("JSON")
    }

    #[test]
    fn parts_know_where_they_are() {
        let text = r#" { "a" : [ 1 , "x]\"" , {} ] , "\u0062" : -3 } "#;
        let object = part(text).object().expect("an object");
        let names: Vec<&str> = object.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let list = object.get("a").expect("there").list().expect("a list");
        let written: Vec<&str> = list.iter().map(Part::written).collect();
        assert_eq!(written, ["1", r#""x]\"""#, "{}"]);
        assert_eq!(list[1].text().expect("a string"), "x]\"");
        assert_eq!(object.get("b").expect("there").whole_number().expect("a number"), -3);
        assert_eq!(&text[object.fields[1].key.clone()], r#""\u0062""#);
    }

    #[test]
    fn empty_lists_and_objects_have_nothing_in_them() {
        assert!(part("[ ]").list().expect("a list").is_empty());
        assert!(part("{\n}").object().expect("an object").fields.is_empty());
    }

    #[test]
    fn a_value_of_another_kind_is_named() {
        let title = |problem: Box<Problem>| problem.title;
        let object = part(r#"{"a": null, "b": 1.5, "c": [7]}"#).object().expect("an object");
        let get = |name| object.get(name).expect("there");
        let text = get("a").text().map_err(title);
        assert_eq!(text, Err("`a` must be a string in double quotes, and is null".to_owned()));
        let number = get("b").whole_number().map_err(title);
        assert_eq!(number, Err("`b` must be a whole number of at most 64 bits".to_owned()));
        let texts = get("c").texts().map_err(title);
        assert_eq!(texts, Err("`c` must be a string in double quotes, and is a number".to_owned()));
        let half = part(r#""\ud800""#).text().map_err(title);
        assert!(half.is_err_and(|title| title.contains("no character")));
    }

    #[test]
    fn strange_keys_are_named_with_what_was_meant() {
        let object = part(r#"{"rulez": 1, "a": 2, "a": 3}"#).object().expect("an object");
        let problems = object.strange_keys(&["rules", "a"], "a policy");
        let titles: Vec<&str> = problems.iter().map(|problem| problem.title.as_str()).collect();
        assert_eq!(titles, ["a policy has no key `rulez`", "`a` stands here twice"]);
        assert_eq!(problems[0].help.as_deref(), Some("did you mean `rules`?"));
    }

    #[test]
    fn text_that_is_no_json_is_marked_where_it_stops_being_so() {
        let problem = Part::document("{\n  \"a\": 1,\n}", "it").expect_err("a trailing comma");
        assert_eq!(
            (problem.title.as_str(), problem.span),
            ("this is not JSON: there is a comma after the last entry", Some(12..13))
        );
        let deep = "[".repeat(100_000);
        assert!(Part::document(&deep, "it").is_err());
    }
}
