//! Figures of volumes of claims.

use super::Collected;
use crate::metrics::summary::VolumesSummary;

impl Collected {
    /// Volumes that a CSI driver makes.
    pub(super) fn volumes(&mut self, of: &VolumesSummary) {
        self.counts(
            "volumes_",
            &[("made", of.made), ("deleted", of.deleted), ("attached", of.attached)],
            &[
                ("attach_failures", of.attach_failures),
                ("multi_attach_errors", of.multi_attach_errors),
                ("forced_detaches", of.forced_detaches),
                ("pods_waiting", of.pods_waiting),
            ],
        );
    }
}
