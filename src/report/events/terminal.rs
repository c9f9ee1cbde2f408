//! Stories on a terminal: a line for each thing that happened, with the time, and how long after
//! the one before.

use unicode_width::UnicodeWidthStr;

use super::story::{Line, SlowPod, Story};
use crate::report::quantity::{NOTHING, count, duration};
use crate::report::terminal::{TerminalOptions, printable};

/// More lines than that are cut in the middle.
const MOST: usize = 80;
/// Text is at least this wide, however narrow the window.
const NARROWEST: usize = 30;

/// Stories that were chosen.
pub fn stories(scenario: &str, seed: u64, stories: &[Story], options: &TerminalOptions) -> String {
    let mut text = printable(&format!("{scenario}, seed {seed}")) + "\n";
    for story in stories {
        text += &format!("\n{}", self::story(story, options));
    }
    text
}

fn story(story: &Story, options: &TerminalOptions) -> String {
    let name = printable(&format!("{} / {} {}", story.cluster, story.kind, story.name));
    let mut text = bold(&name, options) + "\n";
    for sentence in &story.summary {
        text += &hanging("", "", sentence, options);
    }
    if !story.events.is_empty() {
        text += &format!("\n{}", course(&story.events, options));
    }
    if !story.slowest.is_empty() {
        text += &format!("\n{}", slowest(&story.slowest, options));
    }
    text
}

fn bold(text: &str, options: &TerminalOptions) -> String {
    if options.bold { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Text behind a head, wrapped so that it stays right of it.
fn hanging(head: &str, mark: &str, text: &str, options: &TerminalOptions) -> String {
    let indent = head.width() + mark.width();
    let room = usize::from(options.width).saturating_sub(indent).max(NARROWEST);
    let mut lines = vec![String::new()];
    for word in printable(text).split(' ') {
        let last = lines.last_mut().expect("there is one from the beginning");
        if !last.is_empty() && last.width() + 1 + word.width() > room {
            lines.push(word.to_owned());
        } else {
            *last += if last.is_empty() { "" } else { " " };
            *last += word;
        }
    }
    let rest = format!("\n{}", " ".repeat(indent));
    format!("{head}{mark}{}\n", lines.join(&rest))
}

/// Times on the right of their columns; what is not as it should be has a mark.
fn course(lines: &[Line], options: &TerminalOptions) -> String {
    let times: Vec<String> = lines.iter().map(|line| duration(line.time)).collect();
    let before = std::iter::once(None).chain(lines.iter().map(|line| Some(line.time)));
    let gaps = lines.iter().zip(before).map(|(line, before)| match before {
        Some(before) if line.time > before => format!("+{}", duration(line.time - before)),
        _ => String::new(),
    });
    let gaps: Vec<String> = gaps.collect();
    let width = |texts: &[String], least: usize| {
        texts.iter().map(|text| text.width()).max().unwrap_or(0).max(least)
    };
    let (time_width, gap_width) = (width(&times, 4), width(&gaps, 5));
    let right = |text: &str, width: usize| " ".repeat(width - text.width()) + text;
    let heading = format!("  {}  {}", right("time", time_width), right("after", gap_width));
    let mut text = bold(&heading, options) + "\n";
    let left_out = lines.len().saturating_sub(MOST);
    for (index, line) in lines.iter().enumerate() {
        if left_out > 0 && index == MOST / 2 {
            text += &format!("  … {} more …\n", count(left_out as u64));
        }
        if left_out > 0 && (MOST / 2..MOST / 2 + left_out).contains(&index) {
            continue;
        }
        let (time, gap) = (right(&times[index], time_width), right(&gaps[index], gap_width));
        let mark = if line.warning { "  ✗ " } else { "    " };
        let said = said(line);
        text += &hanging(&format!("  {time}  {gap}"), mark, &said, options);
    }
    text
}

/// `5 pods ready, until 13.0 s: web-a, web-b, web-c, …`
fn said(line: &Line) -> String {
    let mut text = line.text.clone();
    // what is over within the instant that is shown needs no second one
    let until = line.until.map(duration).filter(|until| *until != duration(line.time));
    if let Some(until) = until {
        text += &format!(", until {until}");
    }
    if !line.pods.is_empty() {
        text += &format!(": {}", line.pods.join(", "));
        text += if line.count > line.pods.len() { ", …" } else { "" };
    }
    text
}

fn slowest(pods: &[SlowPod], options: &TerminalOptions) -> String {
    let mut text = bold("slowest to be ready", options) + "\n";
    let names = pods.iter().map(|it| printable(&it.pod).width()).max().unwrap_or(0);
    for pod in pods {
        let name = printable(&pod.pod);
        let pad = " ".repeat(names - name.width());
        let parts = pod.parts.iter().map(|it| format!("{} {}", it.what, duration(it.seconds)));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let node = pod.node.as_deref().unwrap_or(NOTHING);
        let said = format!("{} on {node}: {parts}", duration(pod.ready_after));
        text += &hanging(&format!("  {name}{pad}"), "  ", &said, options);
    }
    text
}
