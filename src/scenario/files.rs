//! The files a scenario names, and whose folder they are relative to.
//!
//! In a scenario file a path is relative to that file's folder; in memory it leads there from the
//! working directory; in the resolved scenario of a run it is relative to the folder of the run,
//! so that the run can be repeated from there and no path of one machine is in its results.

use std::path::{Component, Path, PathBuf};

use super::aws::{AutoScalingGroup, EcsOptions, Karpenter, NodeGroup};
use super::load::Draft;
use super::{
    App, Arrivals, Cluster, EngineOptions, Fault, FaultKind, Guest, HostShape, Job, Law,
    PolicyName, Registry, Scenario, VmStream, VmUsage,
};

/// A part of a scenario that may name files.
trait NamesFiles {
    /// Shows each path to `visit`.
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf));
}

/// Makes the paths of a draft lead from the working directory to files in `folder`.
pub fn resolve(draft: &mut Draft, folder: &Path) {
    let visit = &mut |path: &mut PathBuf| *path = folder.join(&path);
    draft.registries.values_mut().for_each(|registry| registry.visit(visit));
    draft.hosts.values_mut().for_each(|host| host.visit(visit));
    draft.apps.values_mut().for_each(|app| app.visit(visit));
    draft.jobs.values_mut().for_each(|job| job.visit(visit));
    draft.vms.values_mut().for_each(|vm| vm.visit(visit));
    draft.clusters.values_mut().for_each(|cluster| cluster.visit(visit));
    draft.faults.values_mut().for_each(|fault| fault.visit(visit));
}

/// Makes the paths of a scenario relative to `folder`.
pub fn relocate(scenario: &mut Scenario, folder: &Path) {
    visit_all(scenario, &mut |path| *path = relative(path, folder));
}

/// The files a scenario names, as paths from the working directory, each as often as it is named.
pub fn named(scenario: &Scenario) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    visit_all(&mut scenario.clone(), &mut |path| paths.push(path.clone()));
    paths
}

fn visit_all(scenario: &mut Scenario, visit: &mut dyn FnMut(&mut PathBuf)) {
    scenario.registries.iter_mut().for_each(|registry| registry.visit(visit));
    scenario.hosts.iter_mut().for_each(|host| host.visit(visit));
    scenario.apps.iter_mut().for_each(|app| app.visit(visit));
    scenario.jobs.iter_mut().for_each(|job| job.visit(visit));
    scenario.vms.iter_mut().for_each(|vm| vm.visit(visit));
    scenario.clusters.iter_mut().for_each(|cluster| cluster.visit(visit));
    scenario.faults.iter_mut().for_each(|fault| fault.visit(visit));
}

/// The way from `folder` to `path`, both of which lead there from the working directory.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let (target, start) = (absolute(path), absolute(folder));
    let shared =
        target.components().zip(start.components()).take_while(|(one, other)| one == other).count();
    if shared == 0 {
        // another drive: there is no relative way
        return target;
    }
    let up = start.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(target.components().skip(shared)).collect()
}

/// The absolute path without `.` and `..`.
fn absolute(path: &Path) -> PathBuf {
    // an empty path is the working directory, which `absolute` does not know
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let mut plain = PathBuf::new();
    for component in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

impl NamesFiles for Law {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        if let Self::Empirical(column) = self {
            visit(&mut column.file);
        }
    }
}

impl NamesFiles for Arrivals {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        match self {
            Self::Renewal(law) | Self::Users { think: law, .. } => law.visit(visit),
            Self::Counts(table) => visit(&mut table.file),
            Self::Trace(table) => visit(&mut table.file),
            Self::Poisson(_)
            | Self::Deterministic(_)
            | Self::Mmpp { .. }
            | Self::Diurnal { .. }
            | Self::At(_) => {}
        }
    }
}

impl NamesFiles for HostShape {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        self.boot.visit(visit);
    }
}

impl NamesFiles for App {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        if let Some(traffic) = &mut self.traffic {
            traffic.arrivals.visit(visit);
        }
        for law in [&mut self.demand, &mut self.wait, &mut self.start] {
            law.visit(visit);
        }
        for call in &mut self.aws_calls {
            call.latency.visit(visit);
            call.policy.iter_mut().for_each(&mut *visit);
        }
    }
}

impl NamesFiles for Job {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        self.arrivals.visit(visit);
        self.demand.visit(visit);
    }
}

impl NamesFiles for VmStream {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.visit(visit);
        }
        if let Some(lifetime) = &mut self.lifetime {
            lifetime.visit(visit);
        }
        self.boot.visit(visit);
        if let VmUsage::Trace { tasks, fragments, .. } = &mut self.usage {
            visit(tasks);
            visit(fragments);
        }
    }
}

impl NamesFiles for Cluster {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        if let Some(vm) = &mut self.vm {
            let Guest { boot, provision, .. } = &mut vm.guest;
            boot.visit(visit);
            provision.visit(visit);
        }
        let EngineOptions { start, .. } = &mut self.engine;
        start.visit(visit);
        self.kubernetes.manifests.iter_mut().for_each(&mut *visit);
        self.kubernetes.init_duration.visit(visit);
        self.kubernetes.job_duration.visit(visit);
        self.auto_scaling_groups.iter_mut().for_each(|group| group.visit(visit));
        self.node_groups.iter_mut().for_each(|group| group.visit(visit));
        self.karpenter.iter_mut().for_each(|karpenter| karpenter.visit(visit));
        if let Some(identity) = &mut self.identity {
            for policy in identity.policies.iter_mut().chain(&mut identity.boundary) {
                policy.visit(visit);
            }
            identity.service_control.iter_mut().for_each(&mut *visit);
        }
        for role in &mut self.roles {
            for policy in role.policies.iter_mut().chain(&mut role.boundary) {
                policy.visit(visit);
            }
            role.trust.iter_mut().for_each(&mut *visit);
        }
        self.security_groups_file.iter_mut().for_each(&mut *visit);
        if let Some(replay) = &mut self.replay {
            visit(&mut replay.items.file);
            replay.items.order.iter_mut().for_each(&mut *visit);
            replay.items.types.iter_mut().for_each(|types| visit(&mut types.file));
            replay.host_table.iter_mut().for_each(|table| visit(&mut table.file));
            replay.resizes.iter_mut().for_each(|resizes| visit(&mut resizes.file));
        }
        self.ecs.visit(visit);
        for run in &mut self.run_tasks {
            visit(&mut run.file);
            run.duration.iter_mut().for_each(|law| law.visit(visit));
        }
    }
}

impl NamesFiles for EcsOptions {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        for files in [&mut self.task_definitions, &mut self.services, &mut self.scaling] {
            files.iter_mut().for_each(&mut *visit);
        }
        for law in [
            &mut self.agent,
            &mut self.interface,
            &mut self.trunk_interface,
            &mut self.fargate,
            &mut self.registration,
            &mut self.task_duration,
        ] {
            law.visit(visit);
        }
    }
}

impl NamesFiles for AutoScalingGroup {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        let hooks = self.hooks.iter_mut().map(|hook| &mut hook.takes);
        for law in hooks.chain([&mut self.launch, &mut self.boot, &mut self.shutdown]).flatten() {
            law.visit(visit);
        }
    }
}

impl NamesFiles for NodeGroup {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        let laws = [&mut self.launch, &mut self.boot, &mut self.join, &mut self.shutdown];
        laws.into_iter().flatten().for_each(|law| law.visit(visit));
    }
}

impl NamesFiles for Karpenter {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        self.node_pools.iter_mut().for_each(&mut *visit);
        for law in [&mut self.launch, &mut self.boot, &mut self.shutdown].into_iter().flatten() {
            law.visit(visit);
        }
        [&mut self.join, &mut self.startup].into_iter().for_each(|law| law.visit(visit));
    }
}

impl NamesFiles for PolicyName {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        if let Self::File(path) = self {
            visit(path);
        }
    }
}

impl NamesFiles for Registry {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        self.policy.iter_mut().for_each(&mut *visit);
        for repository in &mut self.repositories {
            repository.policy.iter_mut().for_each(&mut *visit);
            repository.lifecycle.iter_mut().for_each(&mut *visit);
        }
    }
}

impl NamesFiles for Fault {
    fn visit(&mut self, visit: &mut dyn FnMut(&mut PathBuf)) {
        match &mut self.kind {
            FaultKind::Random { time_to_failure, time_to_repair } => {
                time_to_failure.visit(visit);
                time_to_repair.visit(visit);
            }
            FaultKind::Scheduled { .. }
            | FaultKind::Drain { .. }
            | FaultKind::Slow { .. }
            | FaultKind::ApiOutage { .. }
            | FaultKind::RegistryOutage { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_between_two_folders_goes_up_and_down() {
        let way = |path: &str, folder: &str| relative(Path::new(path), Path::new(folder));
        assert_eq!(way("scenarios/../data/a.csv", "results/run"), Path::new("../../data/a.csv"));
        assert_eq!(way("/data/a.csv", "/data"), Path::new("a.csv"));
        assert_eq!(way("/data/a.csv", "/results/x"), Path::new("../../data/a.csv"));
        assert_eq!(way("a/./b.csv", "a"), Path::new("b.csv"));
        assert_eq!(way("a/b.csv", ""), Path::new("a/b.csv"));
    }
}
