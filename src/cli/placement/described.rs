//! What flags say, as a scenario: there is one description of a placement, and flags fill it.
//!
//! It is checked as any scenario is; what is wrong is told by the flag that said it.

use std::fmt::Display;
use std::ops::Range;

use crate::scenario::Diagnostics;

/// The text of a scenario, and which flag each line is of.
#[derive(Debug)]
pub struct Described {
    text: String,
    /// Where the lines of a flag begin, and the flag as it was given.
    flags: Vec<(usize, String)>,
}

/// How a scenario says what is a flag here.
const FLAGS: [(&str, &str); 10] = [
    (
        "`columns` of `host_table` which columns are those of the nodes: `numa = [{ cpu = \"…\", \
         memory = \"…\" }, …]`",
        "`--host-columns` which columns are those of the nodes: `numa1.cpu=…,numa1.memory=…,\
         numa2.cpu=…`",
    ),
    ("`numa_nodes` of `[[host]]`", "`--host-numa-nodes` how many they have"),
    ("or `numa` with the `cpu` of each node", "or the `numa1.cpu`, `numa2.cpu`, … of its nodes"),
    ("`host_extra` of `[cluster.replay]`", "`--host-extra`"),
    ("`extra` of the columns of `host_table`", "`extra.…` of `--host-columns`"),
    ("[cluster.replay.items.columns]", "--columns"),
    ("[cluster.replay.host_table.columns.extra]", "--host-columns extra.…"),
    ("policy = \"power-of-k\"", "--policy power-of-k"),
    ("sort = true", "--sort"),
    ("leave out one of the two", "leave out one of the two flags"),
];

impl Described {
    /// A scenario that says nothing of clusters yet.
    pub fn new(seed: u64) -> Self {
        let mut described = Self { text: String::new(), flags: Vec::new() };
        described.section("[simulation]", "these flags");
        described.set("these flags", "name", text("placement"));
        // an end that nothing is held to
        described.set("these flags", "duration", text("1day"));
        described.set(&format!("--seed {seed}"), "seed", seed);
        described
    }

    /// Begins a table.
    pub fn section(&mut self, header: &str, flag: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        self.line(flag, &format!("{gap}{header}\n"));
    }

    /// Sets a key, as a flag says.
    pub fn set(&mut self, flag: &str, key: &str, value: impl Display) {
        self.line(flag, &format!("{key} = {value}\n"));
    }

    /// Sets a key to a list, each entry as a flag says; there is none where no flag says one.
    pub fn list(&mut self, key: &str, entries: &[(String, String)]) {
        let Some((first, _)) = entries.first() else { return };
        self.line(first, &format!("{key} = [\n"));
        for (flag, entry) in entries {
            self.line(flag, &format!("    {entry},\n"));
        }
        self.line(first, "]\n");
    }

    fn line(&mut self, flag: &str, line: &str) {
        self.flags.push((self.text.len(), flag.to_owned()));
        self.text.push_str(line);
    }

    /// The scenario.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with it, in words for whoever gave the flags.
    pub fn explain(&self, problems: &Diagnostics) -> String {
        let mut told: Vec<String> = Vec::new();
        for problem in problems.problems() {
            let flag = problem.span.as_ref().map_or("these flags", |span| self.flag(span));
            let other = problem.related.as_ref().map(|(span, label)| (self.flag(span), label));
            let mut one = format!("error: `{flag}`: {}\n", problem.title);
            if let Some((other, label)) = other.filter(|&(other, _)| other != flag) {
                one += &format!("  `{other}`: {label}\n");
            }
            if let Some(help) = self.help(flag, problem.help.as_deref()) {
                one += &format!("  help: {help}\n");
            }
            // every policy has the same items and hosts
            if !told.contains(&one) {
                told.push(one);
            }
        }
        told.concat()
    }

    fn flag(&self, span: &Range<usize>) -> &str {
        let before = self.flags.iter().rev().find(|(start, _)| *start <= span.start);
        before.map_or("these flags", |(_, flag)| flag)
    }

    fn help(&self, flag: &str, help: Option<&str>) -> Option<String> {
        let help = help.filter(|help| !help.contains("folder of the scenario file"))?;
        let said = FLAGS.iter().fold(help.to_owned(), |help, (key, flag)| help.replace(key, flag));
        Some(match said.starts_with("its columns are ") {
            true if flag.starts_with("--nodes") => {
                format!("{said}; `--host-columns` says which is what, such as `cpu=COLUMN`")
            }
            true => format!("{said}; `--columns` says which is what, such as `cpu=COLUMN`"),
            false => said,
        })
    }
}

/// A text in TOML.
pub fn text(value: &str) -> String {
    toml::Value::from(value).to_string()
}

/// A whole number in TOML, or else a text.
pub fn number_or_text(value: &str) -> String {
    match value.parse::<u64>() {
        Ok(number) => number.to_string(),
        Err(_) => text(value),
    }
}

/// The path of a key with dots, below another.
pub fn below(start: &str, key: &str) -> String {
    key.split('.').fold(start.to_owned(), |path, part| format!("{path}.{}", bare_or_quoted(part)))
}

/// A key, which needs quotes only where it has other characters than most.
pub fn bare_or_quoted(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !key.is_empty() && key.chars().all(is_bare) {
        true => key.to_owned(),
        false => text(key),
    }
}
