//! From an expression's text to its words, one at a time: what a sign means depends on where it
//! stands, so the parser asks for the kind it expects.

use std::ops::Range;

use super::QueryError;

/// Reads on from where it is.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

/// A piece of the text and where it stands.
pub(super) struct Word<'t> {
    pub text: &'t str,
    pub at: Range<usize>,
}

/// Operators made of signs; a longer one stands before its beginning.
const SIGNS: [&str; 8] = ["==", "!=", ">=", "<=", "=~", "!~", ">", "<"];

impl<'t> Lexer<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Skips white space, and tells where the next word would stand.
    pub fn here(&mut self) -> usize {
        self.at += self.rest().len() - self.rest().trim_start().len();
        self.at
    }

    /// Whether nothing is left.
    pub fn at_end(&mut self) -> bool {
        self.here() == self.text.len()
    }

    /// What stands here, for messages: up to the next space.
    pub fn glimpse(&mut self) -> Word<'t> {
        let start = self.here();
        let end = self.rest().find(char::is_whitespace).map_or(self.text.len(), |end| start + end);
        Word { text: &self.text[start..end], at: start..end }
    }

    /// Takes a sign such as a parenthesis if it is next.
    pub fn take(&mut self, sign: &str) -> bool {
        self.here();
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    /// Takes a whole word if it is next.
    pub fn take_word(&mut self, word: &str) -> bool {
        self.here();
        let found = self.word_length();
        let found = self.rest()[..found] == *word;
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn word_length(&self) -> usize {
        let part_of_word = |c: char| c.is_alphanumeric() || "_-.:/".contains(c);
        self.rest().find(|c| !part_of_word(c)).unwrap_or(self.rest().len())
    }

    /// A word of letters, digits and `_-.:/`, which may be empty.
    pub fn word(&mut self) -> Word<'t> {
        let start = self.here();
        self.at += self.word_length();
        Word { text: &self.text[start..self.at], at: start..self.at }
    }

    /// An operator: signs, or a word, which may be negated by `!`.
    pub fn operator(&mut self) -> Word<'t> {
        let start = self.here();
        if let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
            self.at += sign.len();
        } else {
            self.at += usize::from(self.rest().starts_with('!'));
            self.at += self.word_length();
        }
        Word { text: &self.text[start..self.at], at: start..self.at }
    }

    /// A text in quotes, or a word up to a space, a comma or what closes a list or an expression.
    pub fn argument(&mut self) -> Result<Word<'t>, QueryError> {
        self.quoted_or(|c| c.is_whitespace() || ",()[]".contains(c))
    }

    /// A pattern: in quotes, or up to a space or a parenthesis that it does not open.
    pub fn pattern(&mut self) -> Result<Word<'t>, QueryError> {
        let mut depth = 0;
        let mut escaped = false;
        self.quoted_or(|c| {
            let ends = c.is_whitespace() || (c == ')' && depth == 0 && !escaped);
            match c {
                _ if escaped => {}
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            escaped = c == '\\' && !escaped;
            ends
        })
    }

    fn quoted_or(&mut self, mut ends: impl FnMut(char) -> bool) -> Result<Word<'t>, QueryError> {
        let start = self.here();
        let Some(quote) = self.rest().chars().next().filter(|c| ['\'', '"'].contains(c)) else {
            self.at += self.rest().find(&mut ends).unwrap_or(self.rest().len());
            return Ok(Word { text: &self.text[start..self.at], at: start..self.at });
        };
        let inside = start + 1;
        let Some(length) = self.text[inside..].find(quote) else {
            return Err(QueryError {
                at: start..self.text.len(),
                title: "this text is not closed".to_owned(),
                help: format!("end it with {quote}"),
            });
        };
        self.at = inside + length + 1;
        Ok(Word { text: &self.text[inside..inside + length], at: start..self.at })
    }
}
