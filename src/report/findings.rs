//! What stood in the way during a run, as `plimsoll explain` tells it.
//!
//! ```text
//! ✗ shop · security group · app `web`
//!   its load balancer does not reach tasks: no rule of `tasks` lets tcp 80 in
//!   add to `tasks`: inbound tcp 80 from `balancer`
//! ```

use serde::Serialize;

use super::terminal::{TerminalOptions, printable, wrapped};
use crate::metrics::{Finding, FindingKind};

/// A finding in a cluster, for programs.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Found<'a> {
    cluster: &'a str,
    kind: FindingKind,
    about: &'a str,
    title: &'a str,
    advice: &'a str,
}

impl<'a> Found<'a> {
    /// A finding of a cluster of this name.
    pub fn new(cluster: &'a str, finding: &'a Finding) -> Self {
        let Finding { kind, about, title, advice } = finding;
        Self { cluster, kind: *kind, about, title, advice }
    }
}

/// The findings of a cluster, each with what would be right below it; empty where there are none.
pub fn text(cluster: &str, findings: &[Finding], options: &TerminalOptions) -> String {
    findings.iter().map(|finding| one(cluster, finding, options)).collect()
}

fn one(cluster: &str, finding: &Finding, options: &TerminalOptions) -> String {
    let Finding { kind, about, title, advice } = finding;
    let head = printable(&format!("✗ {cluster} · {kind} · {about}"));
    let mut text = wrapped(&head, options.width, "");
    text += &wrapped(&printable(title), options.width, "  ");
    for line in advice.lines() {
        let line = printable(line);
        match line.starts_with(' ') {
            // a policy or a table: its lines are as they are
            true => text += &format!("  {line}\n"),
            false => text += &wrapped(&line, options.width, "  "),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_keeps_the_lines_of_a_policy() {
        let finding = Finding {
            kind: FindingKind::Permission,
            about: "role `task`".into(),
            title: "requests of `web` are denied".into(),
            advice: "attach a policy with\n    { \"Effect\":   \"Allow\" }\u{1b}".into(),
        };
        let text = text("shop", &[finding], &TerminalOptions::default());
        let expected = "✗ shop · permission · role `task`\n  requests of `web` are denied\n  \
                        attach a policy with\n      { \"Effect\":   \"Allow\" }\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn where_nothing_was_found_nothing_is_told() {
        assert_eq!(text("shop", &[], &TerminalOptions::default()), "");
    }
}
