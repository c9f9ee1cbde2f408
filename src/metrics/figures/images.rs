//! Figures of images: what engines pulled, what registries gave and were given, what that costs.

use super::{Better, Collected, Unit};
use crate::metrics::summary::{ImageAccount, RegistryAccount};

impl Collected {
    /// Images, where any were pulled.
    pub(super) fn images(&mut self, of: &ImageAccount, registries: &[RegistryAccount]) {
        if !of.is_any() {
            return;
        }
        let (pulls, layers) = (of.pulls, of.layers);
        self.counts(
            "pulls_",
            &[
                ("begun", pulls.begun),
                ("done", pulls.done),
                ("abandoned", pulls.abandoned),
                ("under_way", pulls.under_way),
            ],
            &[("failed", pulls.failed), ("attempts_failed", of.attempts_failed)],
        );
        self.counts(
            "layers_",
            &[
                ("wanted", layers.wanted),
                ("pulled", layers.pulled),
                ("present", layers.present),
                ("joined", layers.joined),
                ("under_way", layers.under_way),
            ],
            &[("given_up", layers.given_up)],
        );
        self.add("image_bytes_pulled", Unit::Bytes, Better::Less, of.pulled as f64);
        self.add("image_bytes_extracted", Unit::Bytes, Better::Less, of.extracted as f64);
        self.add("image_bytes_reclaimed", Unit::Bytes, Better::Neither, of.reclaimed as f64);
        self.add("images_removed", Unit::Count, Better::Less, of.removed as f64);
        self.add("fullest_disk", Unit::Fraction, Better::Less, of.fullest_disk);
        let sum = |get: fn(&RegistryAccount) -> u64| registries.iter().map(get).sum::<u64>();
        self.counts(
            "registry_calls",
            &[("", sum(|it| it.calls))],
            &[("_throttled", sum(|it| it.throttled)), ("_failed", sum(|it| it.failed))],
        );
        let bytes = [("served", sum(|it| it.served)), ("imported", sum(|it| it.imported))];
        for (name, bytes) in bytes {
            let name = format!("registry_bytes_{name}");
            self.add(&name, Unit::Bytes, Better::Less, bytes as f64);
        }
        let cost = |get: fn(&RegistryAccount) -> f64| registries.iter().map(get).sum::<f64>();
        for (name, cost) in [
            ("storage", cost(|it| it.storage_per_hour)),
            ("transfer", cost(|it| it.transfer_per_hour)),
            ("scans", cost(|it| it.scans_per_hour)),
        ] {
            let name = format!("registry_{name}_per_hour");
            let cost = Some(cost).filter(|&cost| cost > 0.0);
            self.add(&name, Unit::DollarsPerHour, Better::Less, cost);
        }
    }

    /// What came to registries, where anything did, and what was deleted there.
    pub(super) fn pushes(&mut self, registries: &[RegistryAccount]) {
        let sum = |get: fn(&RegistryAccount) -> u64| registries.iter().map(get).sum::<u64>();
        if sum(|it| it.pushes.begun) > 0 {
            self.counts(
                "pushes_",
                &[
                    ("begun", sum(|it| it.pushes.begun)),
                    ("done", sum(|it| it.pushes.done)),
                    ("under_way", sum(|it| it.pushes.under_way)),
                ],
                &[("refused", sum(|it| it.pushes.refused)), ("failed", sum(|it| it.pushes.failed))],
            );
            let uploaded = sum(|it| it.uploaded) as f64;
            self.add("registry_bytes_uploaded", Unit::Bytes, Better::Less, uploaded);
            self.counts("images_", &[("scanned", sum(|it| it.scans))], &[]);
        }
        let gone = [("expired", sum(|it| it.expired)), ("archived", sum(|it| it.archived))];
        if gone.iter().any(|&(_, count)| count > 0) {
            self.counts("images_", &gone, &[]);
        }
    }
}
