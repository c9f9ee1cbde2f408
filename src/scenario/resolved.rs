//! The resolved scenario: all that was left to defaults written out, as a run keeps it beside its
//! results.

use std::path::Path;

use super::{Scenario, files};

impl Scenario {
    /// The scenario in full as TOML, for a file in `folder`: read from there it is this scenario.
    ///
    /// # Errors
    /// Where a path is not UTF-8.
    pub fn to_toml(&self, folder: &Path) -> Result<String, toml::ser::Error> {
        let mut scenario = self.clone();
        files::relocate(&mut scenario, folder);
        toml::to_string(&scenario)
    }
}
