//! Figures of tasks and instances of Amazon ECS.

use super::{Better, Collected, Unit};
use crate::metrics::summary::TasksSummary;

impl Collected {
    /// Tasks and instances of a cluster of Amazon ECS.
    pub(super) fn tasks(&mut self, of: &TasksSummary) {
        let (less, neither) = (Better::Less, Better::Neither);
        for (name, better, value) in [
            ("tasks_desired", neither, of.desired),
            ("tasks_desired_max", neither, of.desired_max.into()),
            ("tasks_running", neither, of.running),
            ("tasks_running_max", neither, of.running_max.into()),
            ("tasks_pending", less, of.pending),
            ("tasks_pending_max", less, of.pending_max.into()),
            ("tasks_provisioning", less, of.provisioning),
            ("tasks_provisioning_max", less, of.provisioning_max.into()),
            ("instances", less, of.instances),
            ("instances_max", less, of.instances_max.into()),
            ("instance_hours", less, of.instance_hours),
        ] {
            self.add(name, Unit::Count, better, value);
        }
        let account = of.account;
        self.counts(
            "tasks_",
            &[
                ("created", account.created),
                ("stopped", account.stopped()),
                ("stopped_by_service", account.stopped_by_service),
                ("stopped_by_user", account.stopped_by_user),
                ("essential_exited", account.essential_exited),
            ],
            &[
                ("failed_to_start", account.failed_to_start),
                ("spot_interrupted", account.spot_interrupted),
                ("instance_gone", account.instance_gone),
                ("not_placed", account.not_placed),
            ],
        );
        for provider in &of.providers {
            let name = format!("reservation_{}", provider.name);
            self.add(&name, Unit::Fraction, neither, provider.reservation);
        }
    }
}
