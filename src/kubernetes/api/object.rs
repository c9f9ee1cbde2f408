//! The kinds of objects that are read, and under which API version Kubernetes v1.36 serves them.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, ReplicationController, Service,
    ServiceAccount,
};
use k8s_openapi::api::networking::v1::{Ingress, IngressClass};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::{CSIDriver, CSINode, CSIStorageCapacity, StorageClass};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::decode::{Decoded, decode};

/// What is known about a kind.
#[derive(Debug)]
pub struct Kind {
    /// API group, empty for the core.
    pub group: &'static str,
    /// The version of the group that v1.36 serves and that is read.
    pub version: &'static str,
    /// Name, such as `Pod`.
    pub name: &'static str,
    /// Whether objects are in a namespace.
    pub namespaced: bool,
    pub(super) decode: fn(&Value) -> Decoded<Object>,
}

impl Kind {
    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// The kind of this name in any group, if it is one that is read.
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

macro_rules! kinds {
    ($($name:ident, $group:literal, $version:literal, $namespaced:literal;)*) => {
        /// An object of a cluster.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "each is the Kubernetes kind of its name")]
        pub enum Object {
            $($name(Box<$name>),)*
        }

        impl Object {
            /// What is known about its kind.
            pub fn kind(&self) -> &'static Kind {
                let name = match self {
                    $(Self::$name(_) => stringify!($name),)*
                };
                Kind::named(name).unwrap_or(&KINDS[0])
            }

            /// Its metadata.
            pub fn metadata(&self) -> &ObjectMeta {
                match self {
                    $(Self::$name(object) => &object.metadata,)*
                }
            }

            /// Its metadata, to change it.
            pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
                match self {
                    $(Self::$name(object) => &mut object.metadata,)*
                }
            }
        }

        $(impl From<$name> for Object {
            fn from(object: $name) -> Self {
                Self::$name(Box::new(object))
            }
        })*

        /// The kinds that are read.
        pub static KINDS: &[Kind] = &[
            $(Kind {
                group: $group,
                version: $version,
                name: stringify!($name),
                namespaced: $namespaced,
                decode: |value| boxed(decode::<$name>(value)),
            },)*
        ];
    };
}

kinds! {
    Node, "", "v1", false;
    Pod, "", "v1", true;
    Namespace, "", "v1", false;
    PriorityClass, "scheduling.k8s.io", "v1", false;
    PersistentVolume, "", "v1", false;
    PersistentVolumeClaim, "", "v1", true;
    StorageClass, "storage.k8s.io", "v1", false;
    CSINode, "storage.k8s.io", "v1", false;
    CSIDriver, "storage.k8s.io", "v1", false;
    CSIStorageCapacity, "storage.k8s.io", "v1", true;
    PodDisruptionBudget, "policy", "v1", true;
    Service, "", "v1", true;
    ServiceAccount, "", "v1", true;
    ReplicationController, "", "v1", true;
    ReplicaSet, "apps", "v1", true;
    StatefulSet, "apps", "v1", true;
    DaemonSet, "apps", "v1", true;
    Deployment, "apps", "v1", true;
    Job, "batch", "v1", true;
    CronJob, "batch", "v1", true;
    HorizontalPodAutoscaler, "autoscaling", "v2", true;
    Ingress, "networking.k8s.io", "v1", true;
    IngressClass, "networking.k8s.io", "v1", false;
}

impl Object {
    /// Its name; empty only before it is checked.
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    /// Its namespace: `default` unless it says otherwise, none for kinds without.
    pub fn namespace(&self) -> Option<&str> {
        let written = self.metadata().namespace.as_deref().filter(|name| !name.is_empty());
        self.kind().namespaced.then(|| written.unwrap_or("default"))
    }

    /// `Pod default/web`, `Node worker-1`.
    pub fn title(&self) -> String {
        let kind = self.kind().name;
        match self.namespace() {
            Some(namespace) => format!("{kind} {namespace}/{}", self.name()),
            None => format!("{kind} {}", self.name()),
        }
    }
}

fn boxed<T: Into<Object>>(decoded: Decoded<T>) -> Decoded<Object> {
    let Decoded { object, mistakes, unknown } = decoded;
    Decoded { object: object.map(Into::into), mistakes, unknown }
}
