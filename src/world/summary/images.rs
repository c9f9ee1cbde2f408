//! What became of images: of the engines' account and the registries'.

use super::cost::per_hour;
use crate::docker::{RegistryId, RegistryTotals};
use crate::engine::SimTime;
use crate::metrics::summary::{ImageAccount, LayersAccount, PullsAccount, RegistryAccount};
use crate::world::World;

impl World<'_> {
    /// What the engines did with images.
    pub(super) fn image_account(&mut self, now: SimTime) -> ImageAccount {
        self.engines.look_at_disks(now);
        let (done, under_way) = self.engines.totals_of_all();
        ImageAccount {
            pulls: PullsAccount {
                begun: done.pulls_begun,
                done: done.pulls_done,
                failed: done.pulls_refused,
                abandoned: done.pulls_abandoned,
                under_way: under_way.pulls,
            },
            layers: LayersAccount {
                wanted: done.layers_wanted,
                pulled: done.layers_pulled,
                present: done.layer_hits,
                joined: done.layers_joined,
                given_up: done.layers_given_up,
                under_way: under_way.layers,
            },
            attempts_failed: done.pulls_failed,
            hits: done.image_hits,
            pulled: done.pulled.0,
            extracted: done.extracted.0,
            removed: done.images_removed,
            reclaimed: done.reclaimed.0,
            fullest_disk: self.engines.fullest_disk(),
        }
    }

    /// What each registry gave to this cluster, in the order of the scenario.
    pub(super) fn registry_accounts(&mut self, now: SimTime) -> Vec<RegistryAccount> {
        let time = now.since(self.recorder.measured_from);
        let done = self.registry_totals(now);
        let account = |(place, totals): (usize, &RegistryTotals)| {
            let id = RegistryId(place as u16);
            let book = self.pushes.book(id);
            RegistryAccount {
                name: self.scenario.registries[place].name.clone(),
                calls: totals.calls,
                throttled: totals.throttled,
                failed: totals.failed,
                served: totals.served.0,
                imported: totals.imported.0,
                pushes: self.pushes.account(id),
                uploaded: totals.uploaded.0,
                expired: book.expired,
                archived: book.archived,
                scans: book.scans.len() as u64,
                storage_per_hour: per_hour(self.storage_cost(place, now), time),
                transfer_per_hour: per_hour(self.transfer_cost(place, &done), time),
                scans_per_hour: per_hour(self.scan_cost(place), time),
            }
        };
        done.iter().enumerate().map(account).collect()
    }
}
