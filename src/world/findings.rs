//! What stands in the way during a run, collected in one place.

use super::World;
use crate::metrics::Finding;

impl World<'_> {
    /// Keeps what stands in somebody's way, for the summary and for `plimsoll explain`; its
    /// sentence becomes a warning. The first finding of a kind about somebody is kept, so that it
    /// may be told whenever it happens again.
    pub(super) fn find(&mut self, finding: Finding) {
        let known = |other: &Finding| other.kind == finding.kind && other.about == finding.about;
        if !self.recorder.findings.iter().any(known) {
            self.recorder.warn(finding.title.clone());
            self.recorder.findings.push(finding);
        }
    }
}
