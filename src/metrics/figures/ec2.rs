//! Figures of instances of Amazon EC2.

use super::{Better, Collected, Unit};
use crate::metrics::summary::Ec2Summary;

impl Collected {
    /// Instances of Auto Scaling groups.
    pub(super) fn ec2(&mut self, of: &Ec2Summary) {
        self.add("ec2_in_service", Unit::Count, Better::Less, of.in_service);
        let most = f64::from(of.in_service_max);
        self.add("ec2_in_service_max", Unit::Count, Better::Less, most);
        self.add("ec2_hours", Unit::Count, Better::Less, of.instance_hours());
        for it in &of.hours {
            let name = format!("ec2_hours_{}_{}", it.instance_type, it.market());
            self.add(&name, Unit::Count, Better::Neither, it.hours);
        }
        self.counts(
            "ec2_",
            &[("launched", of.launched)],
            &[
                ("launches_without_capacity", of.launches_without_capacity),
                ("launches_without_address", of.launches_without_address),
                ("rebalance_recommendations", of.rebalance_recommendations),
                ("interruption_notices", of.interruption_notices),
                ("interruptions", of.interruptions),
            ],
        );
    }
}
