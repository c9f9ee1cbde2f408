//! `validate`, `init`, `schema`: scenarios as files.

use std::path::PathBuf;

use super::{Failure, Outcome, colour_on_stderr, print};
use crate::scenario::path::Path;
use crate::scenario::{self, Loaded, Override, Problem};
use crate::world;
use crate::world::InputError;

/// A scenario file, and changes to it.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// The scenario file
    pub scenario: PathBuf,
    /// Change a value of the scenario, for example `--set app.web.replicas=12`
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub settings: Vec<Override>,
    /// Seed of all random streams, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

impl Source {
    /// Reads and checks the scenario.
    pub fn load(&self) -> Result<Loaded, Failure> {
        let loaded = scenario::load_with(&self.scenario, &self.settings);
        let mut loaded =
            loaded.map_err(|problems| Failure::Input(problems.render(colour_on_stderr())))?;
        if let Some(seed) = self.seed {
            loaded.scenario.simulation.seed = seed;
        }
        let absent = scenario::absent_files(&self.scenario, &self.settings, &loaded);
        if let Some(problems) = absent {
            return Err(Failure::Input(problems.render(colour_on_stderr())));
        }
        world::check_files(&loaded.scenario).map_err(|error| self.unusable(&error))?;
        Ok(loaded)
    }

    /// What is wrong with a file that the scenario names, or with what is said of it.
    fn unusable(&self, error: &InputError) -> Failure {
        let (at, title, help) = match error {
            InputError::Workload(unbound) => {
                let at = Path::element("app", unbound.app).key(unbound.key);
                (at, &unbound.title, &unbound.help)
            }
            InputError::Value(unfit) => (unfit.at.clone(), &unfit.title, &unfit.help),
            _ => return Failure::Input(format!("error: {error}\n")),
        };
        let problem = Problem::new(title).help(help);
        let shown = scenario::point_out(&self.scenario, &self.settings, [(at, problem)]);
        Failure::Input(shown.render(colour_on_stderr()))
    }
}

/// Check a scenario without simulating it.
#[derive(Debug, clap::Args)]
pub(super) struct Validate {
    #[command(flatten)]
    source: Source,
}

impl Validate {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let loaded = self.source.load()?;
        let scenario = &loaded.scenario;
        let counted = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {one}s"),
        };
        let parts = [
            counted(scenario.clusters.len(), "cluster"),
            counted(scenario.apps.len(), "app"),
            counted(scenario.jobs.len(), "job stream"),
            counted(scenario.vms.len(), "VM stream"),
        ];
        print(&format!("{}: valid ({})\n", loaded.name, parts.join(", ")))
    }
}

/// Write a commented scenario to start from.
#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// Where to write it
    #[arg(default_value = "scenario.toml")]
    file: PathBuf,
}

impl Init {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let name = self.file.display();
        write_new(&self.file, scenario::starter())
            .map_err(|error| Failure::Output(format!("error: cannot write `{name}`: {error}\n")))?;
        print(&format!("wrote {name}; run it with `plimsoll run {name}`\n"))
    }
}

/// Never overwrites what a user has.
fn write_new(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut file = std::fs::File::options().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// Print the JSON Schema of scenarios, or their reference for people.
#[derive(Debug, clap::Args)]
pub(super) struct Schema {
    /// Print the reference for people: every key with its type, default and meaning
    #[arg(long)]
    markdown: bool,
}

impl Schema {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let schema = scenario::schema();
        if self.markdown {
            return print(&scenario::reference(&schema));
        }
        print(&format!("{schema:#}\n"))
    }
}
