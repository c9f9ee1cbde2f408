//! How far a sweep is: a bar with the time left and the best point so far.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::sweep::{Contest, Leader, Outline, Record, Run, Watcher};
use crate::report::quantity::Quantity;
use crate::scenario::SweepValue;

/// One bar, only where standard error is a terminal.
pub(super) struct Bar {
    bar: ProgressBar,
    outline: Outline,
    state: Mutex<State>,
}

struct State {
    contest: Contest,
    leader: Option<Leader>,
    done: usize,
    before: usize,
}

impl Bar {
    pub fn new(outline: &Outline, hidden: bool) -> Self {
        let target =
            if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template(
            "{pos}/{len} runs {bar:24} {percent:>3} %  {elapsed} gone, {eta} left  {wide_msg}",
        );
        let style = style.expect("the template is a constant").progress_chars("━━─");
        let bar = ProgressBar::with_draw_target(Some(0), target).with_style(style);
        let state = State { contest: Contest::new(outline), leader: None, done: 0, before: 0 };
        Self { bar, outline: outline.clone(), state: Mutex::new(state) }
    }

    /// Runs that are done, those that were before among them.
    pub fn done(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.done, state.before)
    }

    /// Runs that are due.
    pub fn due(&self) -> usize {
        self.bar.length().unwrap_or(0) as usize
    }

    /// Takes the bar off the screen.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watcher for Bar {
    fn due(&self, runs: usize) {
        self.bar.set_length(runs as u64);
    }

    fn done(&self, run: &Run, record: &Record, before: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.contest.enter(run, record);
        state.done += 1;
        if before {
            state.before += 1;
            // what costs no time says nothing about the time left
            self.bar.reset_eta();
        }
        self.bar.inc(1);
        let leader = state.contest.leader();
        if leader != state.leader {
            self.bar.set_message(leader.as_ref().map_or(String::new(), |leader| {
                format!("best so far: {}", described(&self.outline, leader))
            }));
            state.leader = leader;
        }
    }
}

/// `$ 4.50 (containers.cost_per_hour) at app.web.replicas=4`
pub(super) fn described(outline: &Outline, leader: &Leader) -> String {
    let name = |parameter: usize| {
        let values = outline.points.iter().map(|point| &point.values[parameter]);
        SweepValue::names(values).swap_remove(leader.point)
    };
    let parameters = outline.parameters.iter().enumerate();
    let values: Vec<_> =
        parameters.map(|(index, path)| format!("{path}={}", name(index))).collect();
    let mean = Quantity::from(leader.heading.unit).show(leader.mean);
    let at = if values.is_empty() { String::new() } else { format!(" at {}", values.join(", ")) };
    format!("{} {mean}{at}", leader.heading.name())
}
