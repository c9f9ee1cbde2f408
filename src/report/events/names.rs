//! The objects that a user means: by name, or by the begin of one.

use std::collections::BTreeSet;

use super::ClusterEvents;
use crate::metrics::events::{Kind, Object};

/// Kinds that a workload can be of. What a deployment makes is told with it.
const WORKLOADS: [Kind; 7] = [
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::CronJob,
    Kind::ReplicaSet,
    Kind::ReplicationController,
];

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A pod.
    Pod,
    /// A node.
    Node,
    /// A workload.
    Workload,
    /// A task of Amazon ECS.
    Task,
    /// A service of Amazon ECS.
    Service,
    /// A container instance of Amazon ECS.
    Instance,
}

impl Asked {
    /// As a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pod => "pod",
            Self::Node => "node",
            Self::Workload => "workload",
            Self::Task => "task",
            Self::Service => "service",
            Self::Instance => "instance",
        }
    }

    fn takes(self, kind: Kind) -> bool {
        match self {
            Self::Pod => kind == Kind::Pod,
            // a group of which there is something to tell goes by its name
            Self::Node => matches!(kind, Kind::Node | Kind::Nodegroup),
            Self::Workload => WORKLOADS.contains(&kind),
            Self::Task => kind == Kind::Task,
            Self::Service => kind == Kind::Service,
            Self::Instance => kind == Kind::ContainerInstance,
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// One object, by kind and `namespace/name`.
    One(Kind, Box<str>),
    /// Several, by their names.
    Several(Vec<String>),
    /// None. These are all there are.
    Nothing(Vec<String>),
}

/// The object of this name, which may have its namespace before it (`namespace/name`) and may be
/// cut short where that leaves only one.
pub fn find(clusters: &[ClusterEvents], asked: Asked, name: &str) -> Found {
    let objects = clusters.iter().flat_map(|it| &it.log.objects);
    let objects = objects.filter(|it| asked.takes(it.kind));
    // a name is there several times: in several clusters, or of pods one after another
    let all: BTreeSet<(Kind, &str)> = objects.map(|it| (it.kind, &*it.key)).collect();
    let by = |fits: &dyn Fn(&str) -> bool| -> Vec<(Kind, &str)> {
        all.iter().copied().filter(|(_, key)| fits(key) || fits(short(key))).collect()
    };
    let exact = by(&|one| one == name);
    let found = if exact.is_empty() { by(&|one| one.starts_with(name)) } else { exact };
    // a deployment goes before its replica sets, whose names begin with its own
    let best: Vec<_> = match found.iter().filter(|(kind, _)| *kind != Kind::ReplicaSet).count() {
        0 => found,
        _ => found.into_iter().filter(|(kind, _)| *kind != Kind::ReplicaSet).collect(),
    };
    match best.as_slice() {
        [] => Found::Nothing(all.iter().map(|(_, key)| short(key).to_owned()).collect()),
        [(kind, key)] => Found::One(*kind, (*key).into()),
        several => {
            let name = |(kind, key): &(Kind, &str)| match asked {
                Asked::Workload => format!("{} {key}", kind.name()),
                _ => (*key).to_owned(),
            };
            Found::Several(several.iter().map(name).collect())
        }
    }
}

/// A name without namespace.
fn short(key: &str) -> &str {
    key.split_once('/').map_or(key, |(_, name)| name)
}

/// Whether an object is the one of this kind and name.
pub fn is(object: &Object, kind: Kind, key: &str) -> bool {
    object.kind == kind && &*object.key == key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::events::EventLog;

    fn cluster(objects: &[(Kind, &str)]) -> ClusterEvents {
        let object = |&(kind, key): &(Kind, &str)| Object { kind, key: key.into() };
        let objects = objects.iter().map(object).collect();
        ClusterEvents { log: EventLog { objects, ..EventLog::default() }, ..Default::default() }
    }

    #[test]
    fn names_are_found_whole_or_by_a_begin_that_only_one_has() {
        let here = [cluster(&[
            (Kind::Pod, "default/web-1"),
            (Kind::Pod, "default/web-12"),
            (Kind::Pod, "shop/db-0"),
            (Kind::Pod, "shop/db-0"),
            (Kind::Deployment, "default/web"),
            (Kind::ReplicaSet, "default/web-5d"),
            (Kind::Node, "a-0"),
        ])];
        let one = |kind, key: &str| Found::One(kind, key.into());
        assert_eq!(find(&here, Asked::Pod, "web-1"), one(Kind::Pod, "default/web-1"));
        assert_eq!(find(&here, Asked::Pod, "default/web-12"), one(Kind::Pod, "default/web-12"));
        assert_eq!(find(&here, Asked::Pod, "db"), one(Kind::Pod, "shop/db-0"));
        assert_eq!(find(&here, Asked::Node, "a"), one(Kind::Node, "a-0"));
        assert_eq!(find(&here, Asked::Workload, "we"), one(Kind::Deployment, "default/web"));
        assert_eq!(find(&here, Asked::Workload, "web-5"), one(Kind::ReplicaSet, "default/web-5d"));
        let several = vec!["default/web-1".to_owned(), "default/web-12".to_owned()];
        assert_eq!(find(&here, Asked::Pod, "web"), Found::Several(several));
        assert_eq!(find(&here, Asked::Node, "b"), Found::Nothing(vec!["a-0".into()]));
    }
}
