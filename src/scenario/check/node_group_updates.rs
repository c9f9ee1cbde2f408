//! `[[cluster.node_group.update]]`: updates of managed node groups that can be.

use super::Finding;
use super::faults::check_instant;
use super::ranges::within;
use crate::scenario::aws::NodeGroup;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;

pub fn check(group: &NodeGroup, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    if !group.managed && !group.updates.is_empty() {
        let title = format!("EKS does not update `{}`, which it does not manage", group.name);
        let related = at.key("managed");
        let help = "leave out its `update`, or `managed = false`";
        let finding = Finding::new(at.key("update"), title).on_key().help(help);
        out.push(finding.related(related, "not managed"));
    }
    for (index, update) in group.updates.iter().enumerate() {
        let at = at.key("update").index(index);
        check_instant(update.at, at.key("at"), "node group update", draft, out);
        for (key, value) in [
            ("max_unavailable", update.max_unavailable),
            ("max_unavailable_percentage", update.max_unavailable_percentage),
        ] {
            if let Some(value) = value {
                within(value, &(1..=100), at.key(key), &format!("`{key}`"), out);
            }
        }
        if update.max_unavailable.is_some() && update.max_unavailable_percentage.is_some() {
            let title = "how many nodes may be unavailable is said twice";
            let help = "leave out one of `max_unavailable` and `max_unavailable_percentage`";
            let related = at.key("max_unavailable");
            let finding = Finding::new(at.key("max_unavailable_percentage"), title).help(help);
            out.push(finding.related(related, "the other one"));
        }
    }
}
