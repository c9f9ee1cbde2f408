//! What engines have done, and the proof that nothing of it is lost.
//!
//! A pull begins when an engine lacks an image that a container needs, and ends in exactly one of
//! three ways. Each attempt at it wants every layer of the image: a layer is present, is fetched,
//! comes with the transfer of another pull, or is given up.

use super::account::Imbalance;
use super::pull::Pulls;
use crate::units::Bytes;

/// What an engine has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineTotals {
    /// Compressed bytes that came over the network, those of abandoned downloads included.
    pub pulled: Bytes,
    /// Bytes written by extraction.
    pub extracted: Bytes,
    /// Pulls begun; a container whose image is on its way already begins none.
    pub pulls_begun: u64,
    /// Pulls that ended with an image to start from.
    pub pulls_done: u64,
    /// Pulls that failed for good.
    pub pulls_refused: u64,
    /// Pulls that nobody waited for any more.
    pub pulls_abandoned: u64,
    /// Attempts of pulls that failed, those that were tried again included.
    pub pulls_failed: u64,
    /// Pulls that ended with the image being there, where it was not before.
    pub images_pulled: u64,
    /// Containers whose image was there when they were started.
    pub image_hits: u64,
    /// Layers that attempts of pulls found their image to need.
    pub layers_wanted: u64,
    /// Of these, layers that were present.
    pub layer_hits: u64,
    /// Layers downloaded for the pull that wanted them first.
    pub layers_pulled: u64,
    /// Layers that came with the transfer of another pull.
    pub layers_joined: u64,
    /// Layers that did not come, since their pull failed or was abandoned.
    pub layers_given_up: u64,
    /// Images removed to make room.
    pub images_removed: u64,
    /// Space that this made.
    pub reclaimed: Bytes,
}

/// What engines have begun and not ended yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnderWay {
    pub pulls: u64,
    /// Layers that wait for their transfer, once for each pull that wants them.
    pub layers: u64,
}

impl EngineTotals {
    /// What both have done.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let bytes = |one: Bytes, two: Bytes| Bytes(one.0 + two.0);
        Self {
            pulled: bytes(self.pulled, other.pulled),
            extracted: bytes(self.extracted, other.extracted),
            pulls_begun: self.pulls_begun + other.pulls_begun,
            pulls_done: self.pulls_done + other.pulls_done,
            pulls_refused: self.pulls_refused + other.pulls_refused,
            pulls_abandoned: self.pulls_abandoned + other.pulls_abandoned,
            pulls_failed: self.pulls_failed + other.pulls_failed,
            images_pulled: self.images_pulled + other.images_pulled,
            image_hits: self.image_hits + other.image_hits,
            layers_wanted: self.layers_wanted + other.layers_wanted,
            layer_hits: self.layer_hits + other.layer_hits,
            layers_pulled: self.layers_pulled + other.layers_pulled,
            layers_joined: self.layers_joined + other.layers_joined,
            layers_given_up: self.layers_given_up + other.layers_given_up,
            images_removed: self.images_removed + other.images_removed,
            reclaimed: bytes(self.reclaimed, other.reclaimed),
        }
    }

    /// Every pull and every layer wanted ends in one way, or is under way.
    ///
    /// # Errors
    /// Which of them do not add up.
    pub fn check(&self, under_way: UnderWay) -> Result<(), Imbalance> {
        let ended = self.pulls_done + self.pulls_refused + self.pulls_abandoned;
        let settled =
            self.layer_hits + self.layers_pulled + self.layers_joined + self.layers_given_up;
        let sums = [
            ("pulls", self.pulls_begun, ended + under_way.pulls),
            ("layers", self.layers_wanted, settled + under_way.layers),
        ];
        match sums.into_iter().find(|(_, begun, counted)| begun != counted) {
            Some((kind, begun, counted)) => Err(Imbalance::Images { kind, begun, counted }),
            None => Ok(()),
        }
    }
}

impl Pulls {
    /// What each engine has under way.
    fn under_way_of_each(&self) -> Vec<UnderWay> {
        let pulls = self.stores.iter().map(|store| store.pulls.len() as u64);
        let mut all: Vec<UnderWay> = pulls.map(|pulls| UnderWay { pulls, layers: 0 }).collect();
        for transfer in self.transfers.values().filter(|transfer| !transfer.is_behind()) {
            all[transfer.engine as usize].layers += transfer.pulls.len() as u64;
        }
        all
    }

    /// What all engines together have done, those that are gone included.
    pub(super) fn totals_of_all(&self) -> (EngineTotals, UnderWay) {
        let done = self.stores.iter().map(|store| store.totals);
        let done = done.fold(self.retired, EngineTotals::plus);
        let under_way = self.under_way_of_each().into_iter();
        let sum = |sum: UnderWay, one: UnderWay| UnderWay {
            pulls: sum.pulls + one.pulls,
            layers: sum.layers + one.layers,
        };
        (done, under_way.fold(UnderWay::default(), sum))
    }

    /// Proves that the account of each engine adds up.
    pub(super) fn check_totals(&self) -> Result<(), Imbalance> {
        let mut each = self.stores.iter().zip(self.under_way_of_each());
        each.try_for_each(|(store, under_way)| store.totals.check(under_way))
    }
}
