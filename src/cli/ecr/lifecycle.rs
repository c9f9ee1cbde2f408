//! `ecr lifecycle`: which images would a lifecycle policy expire?

mod csv;
mod input;
mod json;
mod reason;
mod text;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::aws::ecr::lifecycle::manifests::{self, attach};
use crate::aws::ecr::lifecycle::{
    Fate, ImageDetail, Moment, Policy, TagSelection, Totals, Verdict, images as read_images,
};
use crate::cli::schedule::text::printable;
use crate::cli::{Failure, Format, Outcome, eprint_text, print};
use crate::report::quantity;
use input::Files;

/// Find out which images of an Amazon ECR repository a lifecycle policy would expire, and why.
///
/// Checks the policy as ECR does and evaluates it by ECR's documented rules. Nothing is asked of
/// AWS, and nothing is changed there.
#[derive(Debug, clap::Args)]
pub(super) struct Lifecycle {
    /// The policy, as `aws ecr put-lifecycle-policy --lifecycle-policy-text` takes it, or the
    /// output of `aws ecr get-lifecycle-policy`; - for standard input
    #[arg(long, value_name = "FILE")]
    policy: String,
    /// All images of the repository: the output of `aws ecr describe-images`; - for standard input
    #[arg(long, value_name = "FILE")]
    images: String,
    /// What multi-platform images consist of, which ECR keeps with them: the output of `aws ecr
    /// batch-get-image` for these
    #[arg(long, value_name = "FILE", num_args = 1..)]
    manifests: Vec<String>,
    /// When: `2026-03-01T12:00:00Z`, `2026-03-01` or seconds since 1970. The current time, unless
    /// it is said
    #[arg(long, value_name = "TIME")]
    now: Option<Moment>,
    /// Every image on a line of its own, however many there are
    #[arg(long)]
    full: bool,
    /// How the answer is printed; CSV has a line per image
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// No notes
    #[arg(long, short)]
    quiet: bool,
}

/// A policy applied to the images of a repository.
struct Preview {
    policy: Policy,
    images: Vec<ImageDetail>,
    verdicts: Vec<Verdict>,
    totals: Totals,
    now: Moment,
}

impl Lifecycle {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let (policy, images) = self.read()?;
        let now = self.now.map_or_else(clock, Ok)?;
        let verdicts = policy.preview(&images, now);
        let totals = Totals::of(&policy, &images, &verdicts);
        let preview = Preview { policy, images, verdicts, totals, now };
        if !self.quiet {
            preview.notes().iter().for_each(|note| eprint_text(&printable(note)));
        }
        print(&match self.format {
            Format::Table => printable(&text::render(&preview, self.full)),
            Format::Json => json::render(&preview),
            Format::Csv => csv::render(&preview),
        })
    }

    /// The policy and the images, or all that is wrong with any of the files.
    fn read(&self) -> Result<(Policy, Vec<ImageDetail>), Failure> {
        let mut files = Files::default();
        let policy = files.read(&self.policy, Policy::from_json);
        let images = files.read(&self.images, read_images);
        let read = |name: &String| files.read(name, manifests::read);
        let indexes: Vec<_> = self.manifests.iter().filter_map(read).flatten().collect();
        files.end()?;
        // what is none has been reported
        let mut images = images.unwrap_or_default();
        attach(&mut images, indexes);
        let policy =
            policy.ok_or_else(|| Failure::Input("error: there is no policy".to_owned()))?;
        Ok((policy, images))
    }
}

#[expect(clippy::disallowed_methods, reason = "ECR looks at the clock, too; `--now` replaces it")]
fn clock() -> Result<Moment, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let now = since.and_then(|since| Moment::from_epoch_seconds(since.as_secs_f64()));
    now.ok_or_else(|| {
        Failure::Input("error: the clock of this machine is wrong: give `--now`\n".to_owned())
    })
}

impl Preview {
    /// What a reader should know beside the answer.
    fn notes(&self) -> Vec<String> {
        let unknown = self.images.iter().filter(|image| image.is_index());
        let unknown = unknown.filter(|image| image.children.is_empty()).count();
        let goes = self.verdicts.iter().any(Verdict::goes);
        let mut notes = Vec::new();
        if unknown > 0 && goes {
            let (are, they) = match unknown {
                1 => ("1 image is an index".to_owned(), "it lists"),
                count => {
                    (format!("{} images are indexes", quantity::count(count as u64)), "they list")
                }
            };
            notes.push(format!(
                "note: {are} of images for several platforms. ECR keeps what {they}, but which \
                 images these are is not in the list: name it by --manifests",
            ));
        }
        let rules = self.policy.rules().iter().zip(&self.totals.rules);
        for (rule, sum) in rules {
            let TagSelection::Tagged(filters) = &rule.tags else { continue };
            if filters.len() > 1 && sum.identified == 0 {
                let names: Vec<_> = filters.iter().map(|filter| format!("`{filter}`")).collect();
                notes.push(format!(
                    "note: rule {} selects no image: it asks for one with a tag for each of {}. \
                     For images with any of them, write a rule for each",
                    rule.priority,
                    names.join(", "),
                ));
            }
        }
        notes
    }

    /// The word for what becomes of an image.
    fn word(fate: Fate) -> &'static str {
        match fate {
            Fate::Kept => "keep",
            Fate::Expires => "expire",
            Fate::Archived => "archive",
        }
    }

    /// Priority of the rule that decides about an image.
    fn priority(&self, verdict: &Verdict) -> Option<u32> {
        verdict.decided_by.map(|(rule, _)| self.policy.rules()[rule].priority)
    }
}
