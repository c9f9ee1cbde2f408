//! A scenario as it was written, from which experiments make scenarios with other values.

use std::path::{Path, PathBuf};

use crate::scenario::load::source;
use crate::scenario::{self, Diagnostics, Override, Scenario, SweepValue};

/// The text of a scenario, where it is, and what is changed about it.
#[derive(Clone, Debug)]
pub struct Origin {
    text: String,
    name: String,
    folder: PathBuf,
    settings: Vec<Override>,
    /// What it says, settings included.
    pub scenario: Scenario,
}

impl Origin {
    /// Reads a scenario file, after `settings` were made to it.
    ///
    /// # Errors
    /// All problems of the file and the settings at once.
    pub fn read(path: &Path, settings: &[Override]) -> Result<Self, Diagnostics> {
        let text = source::read_text(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::new(&text, &path.display().to_string(), folder, settings)
    }

    /// Reads the text of a scenario that is called `name` in messages and whose paths are relative
    /// to `folder`.
    ///
    /// # Errors
    /// All problems of the text and the settings at once.
    pub fn new(
        text: &str,
        name: &str,
        folder: &Path,
        settings: &[Override],
    ) -> Result<Self, Diagnostics> {
        let scenario = scenario::parse_with(text, name, folder, settings)?.scenario;
        Ok(Self {
            text: text.to_owned(),
            name: name.to_owned(),
            folder: folder.to_owned(),
            settings: settings.to_vec(),
            scenario,
        })
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its paths start from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The scenario after further settings, without what says how it is varied.
    ///
    /// # Errors
    /// All problems of the text and the settings at once.
    pub fn with(&self, further: &[Override]) -> Result<Scenario, Diagnostics> {
        let settings = [&self.settings, further].concat();
        let loaded = scenario::parse_point(&self.text, &self.name, &self.folder, &settings);
        loaded.map(|loaded| loaded.scenario)
    }

    /// The scenario with its defaults filled in, as TOML.
    ///
    /// # Errors
    /// Where a path is not UTF-8.
    pub fn resolved(&self) -> Result<String, toml::ser::Error> {
        self.scenario.to_toml(&self.folder)
    }
}

/// The settings that put values at paths.
pub fn settings<'a>(
    paths: impl IntoIterator<Item = &'a String>,
    values: impl IntoIterator<Item = &'a SweepValue>,
) -> Vec<Override> {
    let pairs = paths.into_iter().zip(values);
    pairs.map(|(path, value)| Override::new(path, value.to_string())).collect()
}
