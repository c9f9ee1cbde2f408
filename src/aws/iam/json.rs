//! JSON with the place of every value and key, because a mistake in a policy has to be shown where
//! it is.
//!
//! The grammar is that of RFC 8259. Two things are stricter, as IAM is: a key that occurs twice in
//! an object is refused, and so is nesting that no policy has.

use std::ops::Range;

use super::problem::Problem;

/// Deeper nesting is no policy; the reader is recursive.
const DEEPEST: usize = 64;

/// A value and where it is, in bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json {
    /// What it is.
    pub value: Value,
    /// Where it is.
    pub at: Range<usize>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string, without its quotes and escapes.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, its members in the order of the text.
    Object(Vec<Member>),
}

/// A key of an object with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key.
    pub key: String,
    /// Where the key is.
    pub key_at: Range<usize>,
    /// The value.
    pub value: Json,
}

impl Json {
    /// What kind of value it is, with its article.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

/// Reads a text that is one value.
///
/// # Errors
/// The first place that is no JSON, or a key that occurs twice.
pub fn read(text: &str) -> Result<Json, Problem> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.wrong("text after the end of the document"));
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// A problem with the character here, or with the end of the text.
    fn wrong(&self, title: &str) -> Problem {
        let length = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let title = match self.text[self.at..].chars().next() {
            _ if title.starts_with("text") => title.to_owned(),
            Some(found) => format!("expected {title}, found `{}`", found.escape_debug()),
            None => format!("expected {title}, but the document ends here"),
        };
        Problem::new(title, self.at..self.at + length)
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), Problem> {
        self.skip_space();
        if self.peek() != Some(byte) {
            return Err(self.wrong(what));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, Problem> {
        self.skip_space();
        let start = self.at;
        if depth > DEEPEST {
            return Err(Problem::new("values are nested too deeply", start..start + 1));
        }
        let value = match self.peek() {
            Some(b'{') => Value::Object(self.object(depth)?),
            Some(b'[') => Value::List(self.list(depth)?),
            Some(b'"') => Value::Text(self.text()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Json { value, at: start..self.at })
    }

    fn word(&mut self) -> Result<Value, Problem> {
        let words =
            [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)];
        let found = words.into_iter().find(|(word, _)| self.text[self.at..].starts_with(word));
        let (word, value) = found.ok_or_else(|| self.wrong("a value"))?;
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<String, Problem> {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let number = &self.text[start..self.at];
        match serde_json::from_str::<serde_json::Number>(number) {
            Ok(_) => Ok(number.to_owned()),
            Err(_) => Err(Problem::new(format!("`{number}` is no number"), start..self.at)),
        }
    }

    fn text(&mut self) -> Result<String, Problem> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => {
                    let opening = start..start + 1;
                    return Err(Problem::new("this string is not closed", opening));
                }
                Some(b'"') => break,
                Some(b'\\') => self.at = (self.at + 2).min(self.text.len()),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let (from, to) = (start, self.text.floor_char_boundary(self.at));
        serde_json::from_str(&self.text[from..to]).map_err(|_| {
            let help = "a string is on one line; `\\` stands before \", \\, /, b, f, n, r, t and u";
            Problem::new("this string has a line end or an unknown escape", from..to).help(help)
        })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Json>, Problem> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.another(b']', "`,` or `]`")? {
                return Ok(items);
            }
        }
    }

    /// Takes a comma or the closing bracket; whether it was the bracket.
    fn another(&mut self, closing: u8, what: &str) -> Result<bool, Problem> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == closing => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.wrong(what)),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Member>, Problem> {
        let mut members: Vec<Member> = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            let member = self.member(depth)?;
            if members.iter().any(|earlier| earlier.key == member.key) {
                let title = format!("the key `{}` occurs twice", member.key);
                return Err(Problem::new(title, member.key_at));
            }
            members.push(member);
            if self.another(b'}', "`,` or `}`")? {
                return Ok(members);
            }
        }
    }

    fn member(&mut self, depth: usize) -> Result<Member, Problem> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a key in double quotes"));
        }
        let start = self.at;
        let key = self.text()?;
        let key_at = start..self.at;
        self.expect(b':', "`:`")?;
        Ok(Member { key, key_at, value: self.value(depth + 1)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let json = read(r#" {"a": [1, "x\n"], "b": null} "#).unwrap();
        assert_eq!(json.at, 1..29);
        let Value::Object(members) = &json.value else { panic!("an object") };
        assert_eq!(members[0].key_at, 2..5);
        let Value::List(items) = &members[0].value.value else { panic!("a list") };
        assert_eq!((items[0].at.clone(), items[1].at.clone()), (8..9, 11..16));
        assert_eq!(items[1].value, Value::Text("x\n".to_owned()));
        assert_eq!(members[1].value.value, Value::Null);
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_is() {
        let cases = [
            ("", "expected a value, but the document ends here", 0),
            ("{\"a\" 1}", "expected `:`, found `1`", 5),
            ("[1, 2", "expected `,` or `]`, but the document ends here", 5),
            ("[1,]", "expected a value, found `]`", 3),
            ("{a: 1}", "expected a key in double quotes, found `a`", 1),
            ("\"abc", "this string is not closed", 0),
            ("{} {}", "text after the end of the document", 3),
            ("01", "`01` is no number", 0),
            ("{\"a\": 1, \"a\": 2}", "the key `a` occurs twice", 9),
        ];
        for (text, title, at) in cases {
            let problem = read(text).unwrap_err();
            assert_eq!((problem.title.as_str(), problem.at.start), (title, at), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in r#"[\[\]{}",:\\0-9a-zé\n -]{0,40}"#) {
            let plain = serde_json::from_str::<serde_json::Value>(&text);
            match read(&text) {
                Ok(_) => prop_assert!(plain.is_ok()),
                Err(problem) => prop_assert!(
                    plain.is_err() || problem.title.contains("twice"),
                    "{}", problem.title
                ),
            }
        }
    }
}
