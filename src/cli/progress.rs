//! Progress bars on standard error, only where that is a terminal.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::Progress;
use crate::scenario::Scenario;

const STEPS: u64 = 1000;

/// One bar per cluster.
pub(super) struct Bars {
    bars: Vec<ProgressBar>,
    /// Keeps the bars together on the screen.
    _all: MultiProgress,
}

impl Bars {
    pub fn new(scenario: &Scenario) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let width = scenario.clusters.iter().map(|cluster| cluster.name.len()).max().unwrap_or(0);
        let style =
            ProgressStyle::with_template("{prefix} {bar:30} {percent:>3} %  {eta:>4} left  {msg}");
        let style = style.expect("the template is a constant").progress_chars("━━─");
        let bars = scenario.clusters.iter().map(|cluster| {
            let bar = all.add(ProgressBar::new(STEPS).with_style(style.clone()));
            bar.set_prefix(format!("{:width$}", cluster.name));
            bar
        });
        Self { bars: bars.collect(), _all: all }
    }

    /// Takes the bars off the screen.
    pub fn finish(&self) {
        for bar in &self.bars {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bars {
    fn at(&self, cluster: usize, share: f64, doing: &str) {
        let bar = &self.bars[cluster];
        bar.set_position((share * STEPS as f64) as u64);
        if bar.message() != doing {
            bar.set_message(doing.to_owned());
        }
    }
}
