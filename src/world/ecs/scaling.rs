//! How services are scaled: by an app's `autoscale`, or by documents.

use crate::aws::ecs::control::ServiceId;
use crate::world::World;

impl World<'_> {
    /// Has the policies of apps and documents scale services.
    pub(super) fn scale_services(&mut self) {}

    /// A service is scaled.
    pub(super) fn service_scaled(&mut self, service: ServiceId, desired: u32) {
        let app = self.ecs().apps.get(&service).copied();
        if let Some(app) = app {
            let now = self.now();
            self.recorder.replicas_wanted(app, now, desired as usize);
        }
    }
}
