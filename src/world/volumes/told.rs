//! What those are told who start replicas and wait for their volumes. Nobody does yet.

use crate::world::World;

impl World<'_> {
    /// The volume of a replica can be mounted on the machine that it was asked for.
    pub(super) fn volume_attached(&mut self, _replica: u32) {}

    /// The volume of a replica cannot be attached, for this reason, in the words of EC2.
    pub(super) fn volume_refused(&mut self, _replica: u32, reason: &str) {
        self.recorder.warn(format!("a volume could not be attached: {reason}"));
    }
}
