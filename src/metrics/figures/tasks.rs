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
        let deployments = of.deployments;
        self.counts(
            "deployments_",
            &[
                ("begun", deployments.begun),
                ("completed", deployments.completed),
                ("replaced", deployments.replaced),
                ("under_way", deployments.under_way),
            ],
            &[
                ("failed", deployments.failed),
                ("rolled_back_by_breaker", deployments.rolled_back_by_breaker),
                ("rolled_back_by_alarm", deployments.rolled_back_by_alarm),
            ],
        );
        self.add("placement_failures", Unit::Count, less, of.placement_failures() as f64);
        for provider in &of.providers {
            let name = format!("reservation_{}", provider.name);
            self.add(&name, Unit::Fraction, neither, provider.reservation);
        }
    }
}
