//! Roles of pods on Amazon EKS: associations that there can be.

use std::collections::BTreeMap;

use super::Finding;
use super::ecs::{check_role, check_roles};
use super::ranges::within;
use crate::engine::SimDuration;
use crate::scenario::Cluster;
use crate::scenario::path::Path;

/// Associations of a cluster (Amazon EKS service quotas).
const MOST_ASSOCIATIONS: usize = 1000;

pub fn check(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    check_roles(cluster, at, out);
    let all = at.key("pod_identity_association");
    if cluster.pod_identity_associations.len() > MOST_ASSOCIATIONS {
        let count = cluster.pod_identity_associations.len();
        let title = format!("{count} associations are more than an EKS cluster has: 1,000");
        let help = "roles for service accounts by annotation are not limited";
        out.push(Finding::new(all.clone(), title).on_key().help(help));
    }
    let mut known = BTreeMap::new();
    for (index, association) in cluster.pod_identity_associations.iter().enumerate() {
        let at = all.index(index);
        check_role(&association.role, at.key("role"), out);
        let (namespace, account) = (&association.namespace, &association.service_account);
        if account.is_empty() {
            out.push(Finding::new(at.key("service_account"), "the name is empty"));
        }
        if known.insert((namespace, account), index).is_some() {
            let title = format!("`{namespace}/{account}` has a role already");
            let help = "a service account has one association";
            out.push(Finding::new(at.key("service_account"), title).label("second").help(help));
        }
    }
    let at = at.key("eks");
    within(cluster.eks.metadata_hops, &(1..=64), at.key("metadata_hops"), "the hop limit", out);
    let controller = &cluster.eks.load_balancer_controller;
    let at = at.key("load_balancer_controller");
    for (key, value, what) in [
        ("call", controller.call, "the time of a call"),
        ("deregistration", controller.deregistration, "the time until nothing new is sent"),
    ] {
        let range = SimDuration::ZERO..=SimDuration::from_secs(300);
        within(value, &range, at.key(key), what, out);
    }
}
