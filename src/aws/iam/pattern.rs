//! Wildcards and policy variables: what an `Action`, a `Resource` or the value of a condition
//! matches.
//!
//! `*` stands for any number of characters, `?` for one. In version 2012-10-17 `${key}` stands for
//! a value of the request's context, `${key, 'text'}` for the text where the context has no such
//! key, and `${*}`, `${?}`, `${$}` for the characters themselves; a policy of version 2008-10-17
//! takes all of that literally. What a variable brings in has no wildcards. A variable without a
//! value matches nothing. (IAM User Guide, "Policy variables and tags".)

use super::context::Context;

/// `arn:partition:service:region:account:resource`; the resource may have colons.
const ARN_PARTS: usize = 6;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// `?`
    One,
    /// `*`
    Any,
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// A text with wildcards and, in newer policies, variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    pieces: Vec<Piece>,
}

/// A pattern with its variables filled in: a character, or a wildcard.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Symbol {
    Char(char),
    One,
    Any,
}

impl Pattern {
    /// Wildcards only: actions, and policies of version 2008-10-17.
    pub fn plain(text: &str) -> Self {
        let mut pieces = Vec::new();
        push_wild(&mut pieces, text);
        Self { text: text.to_owned(), pieces }
    }

    /// Wildcards and variables.
    ///
    /// # Errors
    /// A `${` without its `}`, or without a key.
    pub fn with_variables(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            push_wild(&mut pieces, &rest[..start]);
            let inside = &rest[start + 2..];
            let end = inside.find('}').ok_or("a policy variable is not closed by `}`")?;
            pieces.push(variable(&inside[..end])?);
            rest = &inside[end + 1..];
        }
        push_wild(&mut pieces, rest);
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// Variables only: `*` and `?` stand for themselves.
    ///
    /// # Errors
    /// A `${` without its `}`, or without a key.
    pub fn without_wildcards(text: &str, variables: bool) -> Result<Self, String> {
        let mut pattern = match variables {
            true => Self::with_variables(text)?,
            false => Self::plain(text),
        };
        for piece in &mut pattern.pieces {
            match piece {
                Piece::Any => *piece = Piece::Literal("*".to_owned()),
                Piece::One => *piece = Piece::Literal("?".to_owned()),
                Piece::Literal(_) | Piece::Variable { .. } => {}
            }
        }
        Ok(pattern)
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it matches a text exactly, capitals and all.
    pub fn matches(&self, text: &str, context: &Context) -> bool {
        self.symbols(context).is_some_and(|symbols| matches(&symbols, text, |c| c))
    }

    /// Whether it matches a text, capitals or not.
    pub fn matches_ignoring_case(&self, text: &str, context: &Context) -> bool {
        let matches = |symbols: Vec<Symbol>| matches(&symbols, text, |c| c.to_ascii_lowercase());
        self.symbols(context).is_some_and(matches)
    }

    fn symbols(&self, context: &Context) -> Option<Vec<Symbol>> {
        let mut symbols = Vec::with_capacity(self.text.len());
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => symbols.extend(text.chars().map(Symbol::Char)),
                Piece::One => symbols.push(Symbol::One),
                Piece::Any => symbols.push(Symbol::Any),
                Piece::Variable { key, default } => {
                    let value = context.single(key).or(default.as_deref())?;
                    symbols.extend(value.chars().map(Symbol::Char));
                }
            }
        }
        Some(symbols)
    }

    /// Whether it matches an ARN: the parts between its first five colons each by itself, so that
    /// a wildcard crosses no colon but in the last.
    pub fn matches_arn(&self, arn: &str, context: &Context) -> bool {
        let Some(symbols) = self.symbols(context) else { return false };
        if symbols == [Symbol::Any] {
            return true;
        }
        let patterns: Vec<_> =
            symbols.splitn(ARN_PARTS, |symbol| *symbol == Symbol::Char(':')).collect();
        let parts: Vec<_> = arn.splitn(ARN_PARTS, ':').collect();
        patterns.len() == parts.len()
            && patterns.iter().zip(parts).all(|(pattern, part)| matches(pattern, part, |c| c))
    }
}

fn push_wild(pieces: &mut Vec<Piece>, text: &str) {
    let mut literal = String::new();
    for c in text.chars() {
        let wild = match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            c => {
                literal.push(c);
                continue;
            }
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(wild);
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
}

/// What stands between `${` and `}`.
fn variable(inside: &str) -> Result<Piece, String> {
    if matches!(inside, "*" | "?" | "$") {
        return Ok(Piece::Literal(inside.to_owned()));
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            let default = quoted.ok_or("the default of a policy variable is in single quotes")?;
            (key.trim(), Some(default.to_owned()))
        }
        None => (inside.trim(), None),
    };
    if key.is_empty() {
        return Err("a policy variable has no name".to_owned());
    }
    Ok(Piece::Variable { key: key.to_owned(), default })
}

/// Greedy, and back to the last `*` where that failed: at most pattern times text steps.
fn matches(pattern: &[Symbol], text: &str, fold: impl Fn(char) -> char) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut last_any = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Symbol::Any) => {
                last_any = Some((p, t));
                p += 1;
            }
            Some(Symbol::One) => (p, t) = (p + 1, t + 1),
            Some(Symbol::Char(c)) if fold(*c) == fold(text[t]) => (p, t) = (p + 1, t + 1),
            _ => match last_any {
                Some((any, taken)) => {
                    last_any = Some((any, taken + 1));
                    (p, t) = (any + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|symbol| *symbol == Symbol::Any)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_match_any_run_and_any_one_character() {
        let cases = [
            ("ecr:Get*", "ecr:GetAuthorizationToken", true),
            ("ecr:*Image", "ecr:BatchGetImage", true),
            ("ecr:*Image", "ecr:BatchGetImages", false),
            ("web-?", "web-1", true),
            ("web-?", "web-", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("", "x", false),
        ];
        for (pattern, text, expected) in cases {
            let pattern = Pattern::plain(pattern);
            assert_eq!(pattern.matches(text, &Context::default()), expected, "{pattern:?} {text}");
        }
        let capitals = Pattern::plain("ECR:batchget*");
        assert!(capitals.matches_ignoring_case("ecr:BatchGetImage", &Context::default()));
        assert!(!capitals.matches("ecr:BatchGetImage", &Context::default()));
    }

    #[test]
    fn variables_bring_in_values_without_wildcards() {
        let context = Context::default().with("aws:username", "ann*").with("aws:tag", "x");
        let pattern = Pattern::with_variables("repository/${aws:UserName}/${*}*").unwrap();
        assert!(pattern.matches("repository/ann*/*/tail", &context));
        assert!(!pattern.matches("repository/anna/*/tail", &context));
        assert!(!pattern.matches("repository/ann*/-/tail", &context));
        let default = Pattern::with_variables("${aws:team, 'all'}").unwrap();
        assert!(default.matches("all", &context));
        let missing = Pattern::with_variables("${aws:team}*").unwrap();
        assert!(!missing.matches("anything", &context));
        assert!(Pattern::plain("${aws:tag}").matches("${aws:tag}", &context));
        assert!(Pattern::with_variables("${aws:tag").is_err());
        assert!(Pattern::with_variables("${}").is_err());
        assert!(Pattern::with_variables("${aws:tag, all}").is_err());
    }

    /// Plain recursion, as the definition reads.
    fn plainly(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => plainly(rest, text),
            (Some(('*', rest)), Some((_, tail))) => plainly(rest, text) || plainly(pattern, tail),
            (Some((c, rest)), Some((t, tail))) => (*c == '?' || c == t) && plainly(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_plain_recursion(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let expected = plainly(
                &pattern.chars().collect::<Vec<_>>(),
                &text.chars().collect::<Vec<_>>(),
            );
            prop_assert_eq!(Pattern::plain(&pattern).matches(&text, &Context::default()), expected);
        }
    }
}
