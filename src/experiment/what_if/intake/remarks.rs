//! What is wrong with objects only beside others, and what a reader should know.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1 as core;

use super::{Reader, expansion};
use crate::experiment::what_if::workloads::{Workload, controller};
use crate::kubernetes::api::{Located, ManifestErrors, Object, Origin, Path, Problem};

impl Reader {
    /// A node among what is to be placed: said once for each file.
    pub(super) fn misplaced(&mut self, node: &Object, origin: &Origin) {
        let message = "nodes are not placed but are what pods are placed on";
        let of_file = |known: &Problem| known.origin.file == origin.file;
        let mut known = self.problems.iter().filter(|known| known.message == message);
        if !known.any(of_file) {
            let problem = Problem::new(origin, message);
            let problem = Problem { object: Some(node.title()), ..problem };
            self.problems.push(problem.help("name the file under `--cluster`"));
        }
    }

    /// Notes workloads of the cluster that have no pods there: users may expect them to get some.
    pub(super) fn idle(&mut self, cluster: &[Located]) {
        let owners: BTreeSet<&Workload> =
            self.intake.pods.iter().map(|pod| self.intake.workloads.get(pod.workload)).collect();
        let is_idle = |object: &&Object| {
            let workload = Workload {
                kind: object.kind().name.to_owned(),
                namespace: object.namespace().unwrap_or_default().to_owned(),
                name: object.name().to_owned(),
            };
            expansion::sample(object).is_some()
                && controller(object.metadata()).is_none()
                && !owners.contains(&workload)
        };
        let idle = cluster.iter().map(|located| &located.object).filter(is_idle);
        let titles: Vec<String> = idle.map(Object::title).collect();
        if let Some(first) = titles.first() {
            let more = titles.len() - 1;
            let others = if more > 0 { format!(" and {more} more") } else { String::new() };
            self.intake.seen.notes.push(format!(
                "workloads of the cluster create no pods; those without any ({first}{others}) do \
                 under --pods"
            ));
        }
    }

    pub(super) fn unknown_class(&mut self, pod: &core::Pod, origin: &Origin, class: &str) {
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let problem = Problem::new(origin, format!("there is no PriorityClass `{class}`"));
        let problem = Problem { object: Some(format!("Pod {name}")), ..problem };
        let path = Path::default().key("spec").key("priorityClassName");
        let help = "add it to the `--cluster` files: `kubectl get priorityclasses -o yaml`";
        let known = self
            .problems
            .iter()
            .any(|known| known.origin == problem.origin && known.message == problem.message);
        if !known {
            self.problems.push(problem.at(path).help(help));
        }
    }
}

/// Problems by file, in the order in which files were first met.
pub(super) fn by_file(problems: Vec<Problem>) -> Vec<ManifestErrors> {
    let mut files: Vec<(String, Vec<Problem>)> = Vec::new();
    for problem in problems {
        let file = problem.origin.file.to_string();
        match files.iter_mut().find(|(known, _)| *known == file) {
            Some((_, problems)) => problems.push(problem),
            None => files.push((file, vec![problem])),
        }
    }
    files.into_iter().map(|(file, problems)| ManifestErrors::new(&file, problems)).collect()
}
