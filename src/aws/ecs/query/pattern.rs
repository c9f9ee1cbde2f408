//! Regular expressions: what instance attributes are matched with.
//!
//! Of the syntax of Java, which the service is written in, these are read: characters and `.`;
//! classes `[a-z]`, `[^0-9]`, `\d`, `\w`, `\s` and their capitals; groups, `|`; `*`, `+`, `?`,
//! `{n}`, `{n,}`, `{n,m}`; `^` and `$` at the ends, where they change nothing. A match takes time
//! that grows with pattern times text, whatever the pattern: all ways through it are followed at
//! once (Thompson 1968).

use std::iter::Peekable;
use std::str::Chars;

/// A pattern that a whole text matches or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    steps: Vec<Step>,
}

/// A step of the way through a pattern; the last is the end.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Take(Class),
    /// Go on at both places.
    Fork(usize, usize),
    Jump(usize),
    End,
}

/// Characters that are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Class {
    ranges: Vec<(char, char)>,
    negated: bool,
}

enum Node {
    Class(Class),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat { node: Box<Node>, least: usize, most: Option<usize> },
}

/// Longer programs are refused: repetitions of repetitions multiply.
const MOST_STEPS: usize = 2_000;
/// Repetitions of nothing make no steps, and take time all the same.
const MOST_WORK: usize = 20_000;
const DEEPEST: usize = 32;

impl Pattern {
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('^').unwrap_or(text);
        let closed = inner.ends_with('$') && !inner.ends_with("\\$");
        let inner = if closed { &inner[..inner.len() - 1] } else { inner };
        let mut reader = Reader { rest: inner.chars().peekable(), depth: 0 };
        let node = reader.either()?;
        if reader.rest.next().is_some() {
            return Err("the pattern closes a group that it does not open".to_owned());
        }
        let mut steps = Vec::new();
        let mut work = MOST_WORK;
        emit(&node, &mut steps, &mut work)?;
        steps.push(Step::End);
        Ok(Self { text: text.to_owned(), steps })
    }

    pub fn matches(&self, text: &str) -> bool {
        let mut here = vec![false; self.steps.len()];
        let mut next = here.clone();
        self.enter(0, &mut here);
        for character in text.chars() {
            next.fill(false);
            for (place, step) in self.steps.iter().enumerate().filter(|(place, _)| here[*place]) {
                if matches!(step, Step::Take(class) if class.accepts(character)) {
                    self.enter(place + 1, &mut next);
                }
            }
            std::mem::swap(&mut here, &mut next);
        }
        here[self.steps.len() - 1]
    }

    /// Marks a place, and those that are reached from it without a character.
    fn enter(&self, place: usize, marked: &mut [bool]) {
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            if !std::mem::replace(&mut marked[place], true) {
                match self.steps[place] {
                    Step::Fork(one, other) => open.extend([other, one]),
                    Step::Jump(there) => open.push(there),
                    Step::Take(_) | Step::End => {}
                }
            }
        }
    }
}

impl Class {
    fn one(character: char) -> Self {
        Self { ranges: vec![(character, character)], negated: false }
    }

    fn accepts(&self, character: char) -> bool {
        let inside = |(first, last): &(char, char)| (*first..=*last).contains(&character);
        self.ranges.iter().any(inside) != self.negated
    }

    /// `\d`, `\w`, `\s` and their capitals.
    fn named(name: char) -> Option<Self> {
        let ranges = match name.to_ascii_lowercase() {
            'd' => vec![('0', '9')],
            'w' => vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
            's' => vec![(' ', ' '), ('\t', '\r')],
            _ => return None,
        };
        Some(Self { ranges, negated: name.is_ascii_uppercase() })
    }
}

fn emit(node: &Node, steps: &mut Vec<Step>, work: &mut usize) -> Result<(), String> {
    *work = work.saturating_sub(1);
    if steps.len() > MOST_STEPS || *work == 0 {
        return Err("the pattern repeats too much".to_owned());
    }
    match node {
        Node::Class(class) => steps.push(Step::Take(class.clone())),
        Node::Sequence(nodes) => nodes.iter().try_for_each(|node| emit(node, steps, work))?,
        Node::Either(nodes) => {
            let mut ends = Vec::new();
            for (place, node) in nodes.iter().enumerate() {
                let fork = steps.len();
                let last = place + 1 == nodes.len();
                if !last {
                    steps.push(Step::Fork(fork + 1, 0));
                }
                emit(node, steps, work)?;
                if !last {
                    ends.push(steps.len());
                    steps.push(Step::Jump(0));
                    steps[fork] = Step::Fork(fork + 1, steps.len());
                }
            }
            let end = steps.len();
            ends.into_iter().for_each(|place| steps[place] = Step::Jump(end));
        }
        Node::Repeat { node, least, most } => {
            (0..*least).try_for_each(|_| emit(node, steps, work))?;
            match most {
                None => {
                    let fork = steps.len();
                    steps.push(Step::End);
                    emit(node, steps, work)?;
                    steps.push(Step::Jump(fork));
                    steps[fork] = Step::Fork(fork + 1, steps.len());
                }
                Some(most) => {
                    for _ in *least..*most {
                        let fork = steps.len();
                        steps.push(Step::End);
                        emit(node, steps, work)?;
                        steps[fork] = Step::Fork(fork + 1, steps.len());
                    }
                }
            }
        }
    }
    Ok(())
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    depth: usize,
}

impl Reader<'_> {
    fn either(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.sequence()?];
        while self.rest.next_if_eq(&'|').is_some() {
            nodes.push(self.sequence()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Either(nodes) })
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while self.rest.peek().is_some_and(|c| !['|', ')'].contains(c)) {
            let node = self.one()?;
            nodes.push(self.repeated(node)?);
        }
        Ok(Node::Sequence(nodes))
    }

    fn one(&mut self) -> Result<Node, String> {
        match self.rest.next() {
            Some('.') => Ok(Node::Class(Class { ranges: Vec::new(), negated: true })),
            Some('[') => self.class().map(Node::Class),
            Some('\\') => self.escaped().map(Node::Class),
            Some('(') => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("the pattern is nested too deeply".to_owned());
                }
                let inside = self.either()?;
                self.depth -= 1;
                match self.rest.next() {
                    Some(')') => Ok(inside),
                    _ => Err("a group of the pattern is not closed by `)`".to_owned()),
                }
            }
            Some(sign @ ('*' | '+' | '?' | '{')) => {
                Err(format!("`{sign}` has nothing before it to repeat"))
            }
            Some(sign @ ('^' | '$')) => {
                Err(format!("`{sign}` stands in the middle: a pattern is for whole texts anyway"))
            }
            Some(character) => Ok(Node::Class(Class::one(character))),
            None => Err("the pattern ends too early".to_owned()),
        }
    }

    fn escaped(&mut self) -> Result<Class, String> {
        let character = self.rest.next().ok_or("the pattern ends with `\\`")?;
        match Class::named(character) {
            Some(class) => Ok(class),
            None if character.is_ascii_alphanumeric() => {
                Err(format!("`\\{character}` is not read here"))
            }
            None => Ok(Class::one(character)),
        }
    }

    fn class(&mut self) -> Result<Class, String> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        loop {
            let first = match self.rest.next() {
                None => return Err("a class of the pattern is not closed by `]`".to_owned()),
                Some(']') if !ranges.is_empty() => return Ok(Class { ranges, negated }),
                Some('\\') => {
                    let class = self.escaped()?;
                    if class.negated {
                        return Err("a class has no negated class in it".to_owned());
                    }
                    match class.ranges.as_slice() {
                        [(first, last)] if first == last => *first,
                        several => {
                            ranges.extend_from_slice(several);
                            continue;
                        }
                    }
                }
                Some(character) => character,
            };
            let mut ahead = self.rest.clone();
            let range = ahead.next() == Some('-') && ahead.peek().is_some_and(|c| *c != ']');
            let last = if range { self.rest.nth(1).unwrap_or(first) } else { first };
            if last < first {
                return Err(format!("`{first}-{last}` runs backwards"));
            }
            ranges.push((first, last));
        }
    }

    fn repeated(&mut self, node: Node) -> Result<Node, String> {
        let (least, most) = match self.rest.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                let bounds: String = self.rest.by_ref().take_while(|c| *c != '}').collect();
                let bounds = counts(&bounds[1..])?;
                return self.once(repeat(node, bounds));
            }
            _ => return Ok(node),
        };
        self.rest.next();
        self.once(repeat(node, (least, most)))
    }

    /// After a repetition: a `?`, by which it takes as little as it can, does not matter to whole
    /// texts; another repetition has nothing to repeat.
    fn once(&mut self, node: Node) -> Result<Node, String> {
        self.rest.next_if_eq(&'?');
        match self.rest.peek() {
            Some(sign @ ('*' | '+' | '?' | '{')) => {
                Err(format!("`{sign}` has nothing before it to repeat"))
            }
            _ => Ok(node),
        }
    }
}

fn repeat(node: Node, (least, most): (usize, Option<usize>)) -> Node {
    Node::Repeat { node: Box::new(node), least, most }
}

fn counts(text: &str) -> Result<(usize, Option<usize>), String> {
    let bad = || format!("`{{{text}}}` is no number of repetitions");
    let number = |text: &str| text.parse().ok().filter(|n| *n <= MOST_STEPS).ok_or_else(bad);
    match text.split_once(',') {
        None => number(text).map(|count| (count, Some(count))),
        Some((least, "")) => Ok((number(least)?, None)),
        Some((least, most)) => {
            let (least, most) = (number(least)?, number(most)?);
            if least > most { Err(bad()) } else { Ok((least, Some(most))) }
        }
    }
}
