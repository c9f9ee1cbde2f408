//! Regions that a scenario writes and that change nothing.

use crate::scenario::{self, Cluster, ClusterKind, RegistryKind, Scenario};

/// Regions that change nothing in a run of this cluster, each as a warning: what is sent to another
/// region is paid for where both are known, and policies name that of the registry.
pub fn idle_regions(scenario: &Scenario, cluster: &Cluster) -> Vec<String> {
    if cluster.kind == ClusterKind::Hypervisor {
        return Vec::new();
    }
    let ecr = || scenario.registries.iter().filter(|it| it.kind == RegistryKind::Ecr);
    let placed = || ecr().filter(|it| it.region.is_some());
    if let Some(region) = &cluster.region {
        let why = "no registry has one, so that all transfers are free";
        let idle = (ecr().count() > 0 && placed().count() == 0)
            .then(|| format!("the region `{region}` of the cluster has no effect: {why}"));
        return idle.into_iter().collect();
    }
    let paired = |one: &scenario::Registry, other: &scenario::Registry| {
        let replicates = other.replicates.iter().any(|copied| copied.from == one.name);
        other.upstream.as_ref() == Some(&one.name) || replicates
    };
    let idle = placed().filter(|it| {
        let others = placed().any(|other| paired(it, other) || paired(other, it));
        cluster.identity.is_none() && !others
    });
    idle.map(|it| {
        format!(
            "the region of registry `{}` has no effect: the cluster `{}` has neither a `region`, \
             by which transfers cost, nor an `identity`, about which policies decide",
            it.name, cluster.name
        )
    })
    .collect()
}
