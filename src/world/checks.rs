//! What can be found out about the files of a scenario without simulating anything.

use super::{InputError, access, balancers, disks, ec2, ecs, firewall, kubernetes};
use crate::scenario::Scenario;
use crate::scenario::path::Path;

/// Whether the policies and manifests that a scenario names can be used, and have the workloads
/// that its apps are, without simulating anything.
///
/// # Errors
/// The first file that cannot be used, or the first app whose workload is not there.
pub fn check_files(scenario: &Scenario) -> Result<(), InputError> {
    disks::check(scenario)?;
    access::check_policies(scenario)?;
    ec2::check(scenario)?;
    firewall::check(scenario)?;
    for (place, cluster) in scenario.clusters.iter().enumerate() {
        let manifests = kubernetes::manifests(&cluster.kubernetes)?;
        let bindings = kubernetes::bind(scenario, cluster, &manifests).map_err(Box::new)?;
        kubernetes::check_policies(cluster)?;
        let at = Path::element("cluster", place);
        let ecs = ecs::check(scenario, cluster, &at)?;
        balancers::check(scenario, cluster, (ecs.as_deref(), &manifests, &bindings), &at)?;
    }
    Ok(())
}
