//! Images on their way: what a cluster's engines pulled, and what registries gave.
//!
//! All of it is of the whole run, the warm-up included, for images are pulled at its beginning.

use serde::{Deserialize, Serialize};

use super::Account;

/// What the engines of a cluster did with images; nothing where none was pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageAccount {
    pub pulls: PullsAccount,
    pub layers: LayersAccount,
    /// Attempts at pulls that failed, those that were tried again included.
    pub attempts_failed: u64,
    /// Containers whose image was there when they were started.
    pub hits: u64,
    /// Compressed bytes that came over the network, those that came in vain included.
    pub pulled: u64,
    /// Bytes written to disks by extraction.
    pub extracted: u64,
    /// Images removed to make room.
    pub removed: u64,
    /// Bytes of disk that this made free.
    pub reclaimed: u64,
    /// Share of the disk of an engine in use where and when that was highest, of readings once a
    /// minute or more often.
    pub fullest_disk: f64,
}

/// Pulls: an engine lacked an image that a container needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PullsAccount {
    pub begun: u64,
    /// There was an image to start from.
    pub done: u64,
    /// Failed for good; its containers were refused.
    pub failed: u64,
    /// Nobody waited for it any more.
    pub abandoned: u64,
    /// Not done at the end, between two attempts included.
    pub under_way: u64,
}

/// Layers that attempts at pulls found their images to need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayersAccount {
    pub wanted: u64,
    /// Downloaded.
    pub pulled: u64,
    /// On the engine already.
    pub present: u64,
    /// Came with the transfer of another pull on the same engine.
    pub joined: u64,
    /// Did not come, since their pull failed or was abandoned.
    pub given_up: u64,
    /// Not there at the end.
    pub under_way: u64,
}

/// Pushes to a registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PushesAccount {
    pub begun: u64,
    /// The image was there at the end of it.
    pub done: u64,
    /// The registry did not take the image, such as for a tag that does not move.
    pub refused: u64,
    /// It came to nothing for want of an answer, or because there were too many calls.
    pub failed: u64,
    /// Not done at the end.
    pub under_way: u64,
}

/// What a registry was asked for and gave, to the engines of the cluster and to registries that
/// cache it, and what came to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistryAccount {
    pub name: String,
    /// All calls, those that were throttled or failed included.
    pub calls: u64,
    /// Refused because there were too many.
    pub throttled: u64,
    /// Failed for another reason, such as an outage.
    pub failed: u64,
    /// Bytes that left it.
    pub served: u64,
    /// Bytes that it fetched from the registry it caches.
    pub imported: u64,
    pub pushes: PushesAccount,
    /// Bytes of layers that came with pushes, those that came in vain included.
    pub uploaded: u64,
    /// Images that lifecycle policies deleted.
    pub expired: u64,
    /// Images that lifecycle policies moved into the archive, where they cannot be pulled.
    pub archived: u64,
    /// Images that were scanned.
    pub scans: u64,
    /// Cost of one hour of the measured time in US dollars: of what it stored.
    pub storage_per_hour: f64,
    /// And of what left it, as if the rest of the hour were like the measured time: a short run
    /// that begins with pulls has a high one.
    pub transfer_per_hour: f64,
    /// And of scans, likewise.
    pub scans_per_hour: f64,
}

impl ImageAccount {
    /// Whether any engine pulled anything or tried to.
    pub fn is_any(&self) -> bool {
        self.pulls.begun > 0
    }
}

impl RegistryAccount {
    /// Cost of one hour of the measured time in US dollars.
    pub fn cost_per_hour(&self) -> f64 {
        self.storage_per_hour + self.transfer_per_hour + self.scans_per_hour
    }

    /// What went wrong at it, for who reads the results; a push that did has a warning of its own.
    pub fn complaints(&self) -> impl Iterator<Item = String> {
        let Self { name, throttled, failed, .. } = self;
        let calls =
            |count: u64| if count == 1 { "1 call".into() } else { format!("{count} calls") };
        let refused = format!("registry `{name}` refused {}: too many", calls(*throttled));
        let failures = format!("registry `{name}` failed {}", calls(*failed));
        let told = [(*throttled, refused), (*failed, failures)];
        told.into_iter().filter(|&(count, _)| count > 0).map(|(_, text)| text)
    }
}

impl Account for PullsAccount {
    fn balances(&self) -> bool {
        self.begun == self.done + self.failed + self.abandoned + self.under_way
    }
}

impl Account for PushesAccount {
    fn balances(&self) -> bool {
        self.begun == self.done + self.refused + self.failed + self.under_way
    }
}

impl Account for LayersAccount {
    fn balances(&self) -> bool {
        let settled = self.pulled + self.present + self.joined + self.given_up;
        self.wanted == settled + self.under_way
    }
}
