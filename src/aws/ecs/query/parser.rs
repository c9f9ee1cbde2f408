//! From words to an expression, each operator with an argument that its subject can have.

use std::ops::Range;

use super::lexer::{Lexer, Word};
use super::{Argument, Comparison, Expression, Pattern, QueryError, Subject, Test};
use crate::scenario::diagnostic::nearest;
use crate::units::{Instant, text::TextQuantity};

/// Expressions deeper than this are refused: nobody writes them, and each level takes stack.
const DEEPEST: usize = 64;

const SUBJECTS: [&str; 6] = [
    "agentConnected",
    "agentVersion",
    "ec2InstanceId",
    "registeredAt",
    "runningTasksCount",
    "task:group",
];
/// What precedes the name of an attribute.
const ATTRIBUTE: &str = "attribute:";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Compares(Comparison),
    Exists,
    In,
    Matches,
}

/// Sign, word, meaning, and whether it is the positive one.
const OPERATORS: [(&str, &str, Kind, bool); 12] = [
    ("==", "equals", Kind::Compares(Comparison::Equal), true),
    ("!=", "not_equals", Kind::Compares(Comparison::Equal), false),
    (">", "greater_than", Kind::Compares(Comparison::Greater), true),
    (">=", "greater_than_equal", Kind::Compares(Comparison::GreaterOrEqual), true),
    ("<", "less_than", Kind::Compares(Comparison::Less), true),
    ("<=", "less_than_equal", Kind::Compares(Comparison::LessOrEqual), true),
    ("exists", "exists", Kind::Exists, true),
    ("!exists", "not_exists", Kind::Exists, false),
    ("in", "in", Kind::In, true),
    ("!in", "not_in", Kind::In, false),
    ("=~", "matches", Kind::Matches, true),
    ("!~", "not_matches", Kind::Matches, false),
];

pub(super) fn parse(text: &str) -> Result<Expression, QueryError> {
    let mut parser = Parser { lexer: Lexer::new(text), depth: 0 };
    if parser.lexer.at_end() {
        let help = "write one such as `attribute:ecs.instance-type == m5.large`";
        return Err(wrong(0..text.len(), "the expression is empty", help));
    }
    let expression = parser.any()?;
    if !parser.lexer.at_end() {
        let rest = parser.lexer.glimpse();
        let title = format!("`{}` does not belong to the expression before it", rest.text);
        return Err(wrong(rest.at, title, "join two expressions by `and` or `or`"));
    }
    Ok(expression)
}

fn wrong(at: Range<usize>, title: impl Into<String>, help: impl Into<String>) -> QueryError {
    QueryError { at, title: title.into(), help: help.into() }
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expression, QueryError> {
        let mut parts = vec![self.all()?];
        while self.lexer.take_word("or") || self.lexer.take("||") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn all(&mut self) -> Result<Expression, QueryError> {
        let mut parts = vec![self.term()?];
        while self.lexer.take_word("and") || self.lexer.take("&&") {
            parts.push(self.term()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
    }

    fn term(&mut self) -> Result<Expression, QueryError> {
        let start = self.lexer.here();
        self.depth += 1;
        if self.depth > DEEPEST {
            let help = format!("at most {DEEPEST} levels are read");
            return Err(wrong(start..start, "the expression is nested too deeply", help));
        }
        let expression = if self.lexer.take_word("not") || self.lexer.take("!") {
            Expression::Not(Box::new(self.term()?))
        } else if self.lexer.take("(") {
            let inside = self.any()?;
            if !self.lexer.take(")") {
                let title = "this parenthesis is not closed";
                return Err(wrong(start..start + 1, title, "close it by `)`"));
            }
            inside
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn test(&mut self) -> Result<Expression, QueryError> {
        let subject = self.subject()?;
        let operator = self.lexer.operator();
        let found =
            OPERATORS.iter().find(|(sign, word, ..)| [*sign, *word].contains(&operator.text));
        let Some(&(sign, _, kind, positive)) = found else {
            let help = "use `==`, `!=`, `>`, `>=`, `<`, `<=`, `=~`, `!~`, `in`, `!in`, `exists` or \
                        `!exists`";
            let title = match operator.text {
                "" if self.lexer.take("=") => {
                    let at = operator.at.start..operator.at.start + 1;
                    return Err(wrong(at, "there is no operator `=`", "write `==`"));
                }
                "" => "an operator is missing here".to_owned(),
                text => format!("there is no operator `{text}`"),
            };
            return Err(wrong(operator.at, title, help));
        };
        check(&subject, kind, sign, &operator.at)?;
        let test = match kind {
            Kind::Exists => Test::Exists,
            Kind::In => Test::OneOf(self.list()?),
            Kind::Matches => {
                let word = self.lexer.pattern()?;
                let word = filled(word)?;
                let pattern = Pattern::parse(word.text);
                Test::Matches(pattern.map_err(|title| {
                    let help = "it is a regular expression: `t2.*` for all types of the family t2";
                    wrong(word.at, title, help)
                })?)
            }
            Kind::Compares(comparison) => {
                let word = self.lexer.argument()?;
                Test::Compares(comparison, argument(&subject, filled(word)?)?)
            }
        };
        Ok(Expression::Test { subject, positive, test })
    }

    fn subject(&mut self) -> Result<Subject, QueryError> {
        let word = self.lexer.word();
        if let Some(name) = word.text.strip_prefix(ATTRIBUTE) {
            if name.is_empty() {
                let help = "name it: `attribute:ecs.instance-type`";
                return Err(wrong(word.at, "the attribute has no name", help));
            }
            return Ok(Subject::Attribute(name.to_owned()));
        }
        Ok(match word.text {
            "agentConnected" => Subject::AgentConnected,
            "agentVersion" => Subject::AgentVersion,
            "ec2InstanceId" => Subject::Ec2InstanceId,
            "registeredAt" => Subject::RegisteredAt,
            "runningTasksCount" => Subject::RunningTasksCount,
            "task:group" => Subject::TaskGroup,
            "" => {
                let at = self.lexer.glimpse().at;
                let help = "an expression such as `attribute:ecs.os-type == linux` belongs here";
                return Err(wrong(at, "a subject is missing here", help));
            }
            text => {
                return Err(wrong(word.at, format!("there is no subject `{text}`"), meant(text)));
            }
        })
    }

    fn list(&mut self) -> Result<Vec<String>, QueryError> {
        let start = self.lexer.here();
        if !self.lexer.take("[") {
            let title = "a list is missing here";
            return Err(wrong(self.lexer.glimpse().at, title, "write `in [t2.small, t2.medium]`"));
        }
        let mut texts = Vec::new();
        loop {
            texts.push(filled(self.lexer.argument()?)?.text.to_owned());
            if self.lexer.take("]") {
                return Ok(texts);
            }
            if !self.lexer.take(",") {
                let end = self.lexer.here();
                let help = "separate texts by `,`, and close the list by `]`";
                return Err(wrong(start..end.max(start + 1), "this list is not closed", help));
            }
        }
    }
}

/// What was meant by a subject that there is not.
fn meant(text: &str) -> String {
    let name = text.split_once(':').map_or(text, |(_, name)| name);
    match nearest(text, SUBJECTS) {
        Some(near) => format!("did you mean `{near}`?"),
        None if text.starts_with("ecs.") || name.starts_with("ecs.") => {
            format!("attributes have their kind before them: `{ATTRIBUTE}{name}`")
        }
        None => format!("there are {}, and `{ATTRIBUTE}NAME`", SUBJECTS.map(quoted).join(", ")),
    }
}

fn quoted(word: &str) -> String {
    format!("`{word}`")
}

fn filled(word: Word<'_>) -> Result<Word<'_>, QueryError> {
    if word.text.is_empty() {
        let help = "write what the subject is compared with, in quotes if it has spaces";
        return Err(wrong(word.at, "a value is missing here", help));
    }
    Ok(word)
}

/// Operators that the guide names for a subject: others make no sense of its values.
fn check(subject: &Subject, kind: Kind, sign: &str, at: &Range<usize>) -> Result<(), QueryError> {
    use Comparison::Equal;
    let text_only = matches!(kind, Kind::Compares(Equal) | Kind::In | Kind::Matches);
    let (fits, name, valid) = match subject {
        Subject::Attribute(_) => return Ok(()),
        Subject::TaskGroup => (text_only, "task:group", "==, !=, in, !in, =~ and !~"),
        Subject::AgentConnected => (text_only, "agentConnected", "==, !=, in, !in, =~ and !~"),
        Subject::Ec2InstanceId => (text_only, "ec2InstanceId", "==, !=, in, !in, =~ and !~"),
        Subject::AgentVersion | Subject::RegisteredAt | Subject::RunningTasksCount => {
            let name = match subject {
                Subject::AgentVersion => "agentVersion",
                Subject::RegisteredAt => "registeredAt",
                _ => "runningTasksCount",
            };
            (matches!(kind, Kind::Compares(_)), name, "==, !=, >, >=, < and <=")
        }
    };
    if fits {
        return Ok(());
    }
    let title = format!("`{name}` cannot be used with `{sign}`");
    Err(wrong(at.clone(), title, format!("its operators are {valid}")))
}

/// The argument as a value of the subject's kind.
fn argument(subject: &Subject, word: Word<'_>) -> Result<Argument, QueryError> {
    let text = word.text;
    let (read, kind, example) = match subject {
        Subject::AgentVersion => (version(text).map(Argument::Version), "a version", "1.86.0"),
        Subject::RunningTasksCount => (text.parse().ok().map(Argument::Count), "a number", "1"),
        Subject::RegisteredAt => {
            (instant(text).map(Argument::Instant), "an instant", "2018-06-18T22:28:28+00:00")
        }
        _ => return Ok(Argument::Text(text.to_owned())),
    };
    read.ok_or_else(|| {
        wrong(word.at, format!("`{text}` is not {kind}"), format!("write `{example}`"))
    })
}

/// The parts of a version.
pub(super) fn version(text: &str) -> Option<Vec<u64>> {
    text.strip_prefix('v').unwrap_or(text).split('.').map(|part| part.parse().ok()).collect()
}

/// Seconds of Unix time; a date is its midnight, and what names no offset is UTC.
fn instant(text: &str) -> Option<i64> {
    let whole = match (text.contains('T'), text.len()) {
        (false, _) => format!("{text}T00:00:00Z"),
        (true, 19) => format!("{text}Z"),
        (true, _) => text.to_owned(),
    };
    Instant::read(&whole).ok().map(Instant::unix)
}
