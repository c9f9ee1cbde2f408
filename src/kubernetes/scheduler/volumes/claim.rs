//! A claim to a persistent volume.

use super::volume::AccessMode;
use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::scheduler::labels::Selector;

/// A PersistentVolumeClaim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersistentVolumeClaim {
    /// Its namespace.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its UID.
    pub uid: Box<str>,
    /// Its storage class; empty without one.
    pub class: Box<str>,
    /// How the volume is to be used.
    pub access_modes: Vec<AccessMode>,
    /// Whether it wants a raw device and no file system.
    pub block: bool,
    /// The VolumeAttributesClass it wants; empty without one.
    pub attributes: Box<str>,
    /// The size it wants in bytes, if it says so.
    pub request: Option<Amount>,
    /// Which volumes it wants, by their labels; none where any will do.
    pub selector: Option<Selector>,
    /// The volume it has, or asks for by name; empty without one.
    pub volume: Box<str>,
    /// Whether the binding to that volume is complete (annotation
    /// `pv.kubernetes.io/bind-completed`).
    pub complete: bool,
    /// The node for which a volume is being made (annotation
    /// `volume.kubernetes.io/selected-node`).
    pub selected_node: Option<Box<str>>,
    /// Whether its volume is gone (phase `Lost`).
    pub lost: bool,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Name of the pod that controls it, for a generic ephemeral volume.
    pub pod: Option<Box<str>>,
}

impl PersistentVolumeClaim {
    /// Whether it has its volume for good (`isPVCFullyBound`).
    #[must_use]
    pub fn is_bound(&self) -> bool {
        !self.volume.is_empty() && self.complete
    }

    /// The size it wants; nothing where it does not say.
    #[must_use]
    pub fn size(&self) -> Amount {
        self.request.unwrap_or(Amount::ZERO)
    }

    /// Whether only one pod may use it at a time.
    #[must_use]
    pub fn is_for_one_pod(&self) -> bool {
        self.access_modes.contains(&AccessMode::ReadWriteOncePod)
    }
}
