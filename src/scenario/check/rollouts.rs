//! `[[rollout]]`: new versions that can be, within the simulated time.

use super::Finding;
use super::apps::check_image;
use super::faults::check_instant;
use crate::engine::SimTime;
use crate::scenario::Rollout;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, rollout) in draft.rollouts.iter() {
        let at = Path::element("rollout", index);
        check_instant(rollout.at, at.key("at"), "rollout", draft, out);
        if let Some(image) = &rollout.image {
            check_image(image, at.key("image"), draft, out);
        }
        let Rollout { image, cpu, memory, replicas, .. } = rollout;
        if image.is_none() && cpu.is_none() && memory.is_none() && replicas.is_none() {
            let title = "a rollout that changes nothing";
            let help = "give `image`, `cpu`, `memory` or `replicas`";
            out.push(Finding::new(at.key("deployment"), title).help(help));
        }
        check_span(rollout, &at, draft, out);
        check_deployment(rollout, &at, draft, out);
    }
}

/// The last of several is to be changed before the end, too.
fn check_span(rollout: &Rollout, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let Some(over) = rollout.over else { return };
    if !rollout.is_of_several() {
        let title = "a rollout of one Deployment takes place at one time";
        let help = "leave `over` out, or name several with `*`";
        return out.push(Finding::new(at.key("over"), title).help(help));
    }
    let last = SimTime::ZERO.saturating_add(rollout.at).saturating_add(over);
    check_instant(last.since(SimTime::ZERO), at.key("over"), "rollout", draft, out);
}

/// Where no manifest can have it, the deployment has to be an app.
fn check_deployment(rollout: &Rollout, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let mut clusters = draft.clusters.iter().map(|(_, cluster)| cluster);
    let has_files = |cluster: &crate::scenario::Cluster| {
        !cluster.kubernetes.manifests.is_empty() || !cluster.ecs.services.is_empty()
    };
    if clusters.any(has_files) {
        return;
    }
    let at = at.key("deployment");
    let mut clusters = draft.clusters.iter().map(|(_, cluster)| cluster);
    if !draft.clusters.is_empty() && !clusters.any(|it| it.kind.is_orchestrated()) {
        let title = "a rollout is of a cluster of Kubernetes or of ECS, and there is none";
        out.push(Finding::new(at, title));
        return;
    }
    if rollout.is_of_several() {
        return;
    }
    if let Referent::Missing = draft.apps.find(&rollout.deployment) {
        let names = draft.apps.names().map(|(_, name)| name);
        let title = format!("there is no app `{}`, nor a manifest with it", rollout.deployment);
        out.push(Finding::new(at, title).help(suggestion(&rollout.deployment, names, "app")));
    }
}
