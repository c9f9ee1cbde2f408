//! How many targets and target groups a load balancer may have.
//!
//! Defaults of a new account, from the user guides' pages on quotas; all but the number of target
//! groups can be raised. Those of rules are [`listener`](super::listener)'s.

use serde::{Deserialize, Serialize};

use super::target_group::TargetGroup;

/// Quotas of an account in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Targets of a target group.
    pub targets_per_group: usize,
    /// Targets of an Application Load Balancer.
    pub targets_per_application: usize,
    /// Target groups of an Application Load Balancer.
    pub groups_per_application: usize,
    /// Targets of a Network Load Balancer.
    pub targets_per_network: usize,
    /// Targets that a node of a Network Load Balancer uses: those of its zone, or of all zones
    /// where cross-zone load balancing is on.
    pub targets_per_network_node: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            targets_per_group: 1000,
            targets_per_application: 1000,
            groups_per_application: 100,
            targets_per_network: 3000,
            targets_per_network_node: 500,
        }
    }
}

impl Quotas {
    /// What an Application Load Balancer has too many of, each in a sentence.
    pub fn of_application(&self, groups: &[TargetGroup]) -> Vec<String> {
        let mut flaws = self.of_groups(groups);
        let targets = groups.iter().map(TargetGroup::registered).sum();
        flaws.extend(beyond("targets of the load balancer", targets, self.targets_per_application));
        let most = self.groups_per_application;
        flaws.extend(beyond("target groups of the load balancer", groups.len(), most));
        flaws
    }

    /// What a Network Load Balancer with nodes in so many zones has too many of.
    pub fn of_network(&self, groups: &[TargetGroup], zones: u32) -> Vec<String> {
        let mut flaws = self.of_groups(groups);
        let targets = groups.iter().map(TargetGroup::registered).sum();
        flaws.extend(beyond("targets of the load balancer", targets, self.targets_per_network));
        for zone in 0..zones {
            let used = groups.iter().map(|group| group.healthy(zone).1).sum();
            let what = format!("targets of the node in zone {zone}");
            flaws.extend(beyond(&what, used, self.targets_per_network_node));
        }
        flaws
    }

    fn of_groups(&self, groups: &[TargetGroup]) -> Vec<String> {
        let most = self.targets_per_group;
        let flaw = |group: &TargetGroup| beyond("targets of a group", group.registered(), most);
        groups.iter().filter_map(flaw).collect()
    }
}

fn beyond(what: &str, count: usize, most: usize) -> Option<String> {
    (count > most).then(|| format!("there are {count} {what}, of at most {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::elb::health::Answer;
    use crate::aws::elb::settings::Settings;
    use crate::engine::SimTime;

    fn group(settings: Settings, by_zone: [u32; 2]) -> TargetGroup {
        let mut group = TargetGroup::new(settings, 2);
        for target in 0..by_zone[0] + by_zone[1] {
            let zone = u32::from(target >= by_zone[0]);
            group.register(SimTime::ZERO, target, zone, Answer::GOOD);
        }
        group
    }

    #[test]
    fn targets_are_counted_by_group_by_load_balancer_and_by_zone() {
        let quotas = Quotas::default();
        let mut groups = vec![group(Settings::application(), [400, 400])];
        assert_eq!(quotas.of_application(&groups), [""; 0]);
        groups.push(group(Settings::application(), [101, 100]));
        let said = ["there are 1001 targets of the load balancer, of at most 1000"];
        assert_eq!(quotas.of_application(&groups), said);
        let many = vec![group(Settings::application(), [0, 0]); 101];
        let said = ["there are 101 target groups of the load balancer, of at most 100"];
        assert_eq!(quotas.of_application(&many), said);

        let mut groups = vec![group(Settings::network(), [500, 500])];
        assert_eq!(quotas.of_network(&groups, 2), [""; 0]);
        groups[0].deregister(SimTime::ZERO, 0);
        groups.push(group(Settings::network(), [1, 1]));
        let said = ["there are 501 targets of the node in zone 1, of at most 500"];
        assert_eq!(quotas.of_network(&groups, 2), said);
        let crossing = Settings { cross_zone: true, ..Settings::network() };
        assert_eq!(quotas.of_network(&[group(crossing, [300, 201])], 2).len(), 2);
    }
}
