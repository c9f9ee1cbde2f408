//! API objects into what the scheduler keeps.
//!
//! The objects have to have been checked and their defaults filled in
//! ([`api`](crate::kubernetes::api) does both): nothing here can fail, and what the API server
//! would have refused is read as if it were not there.

mod affinity;
mod node;
mod objects;
mod pod;
mod requests;
mod selector;
mod volumes;

use super::cluster::Cluster;
use crate::kubernetes::api::Object;

pub use node::node_spec;
pub use objects::{budget, controller, namespace, replication_controller, service};
pub use pod::{pod, shape};
pub use selector::{label_selector, node_selector, node_term};

/// Tells a cluster of an object that bears on places, and is neither a node nor a pod; others are
/// passed over.
pub fn add_object(cluster: &mut Cluster, object: &Object) {
    super::volumes::read::add_object(cluster.volumes_mut(), object);
    let known = cluster.objects_mut();
    match object {
        Object::Namespace(one) => known.namespaces.push(namespace(one)),
        Object::Service(one) => known.services.push(service(one)),
        Object::PodDisruptionBudget(one) => known.budgets.push(budget(one)),
        Object::ReplicationController(one) => known.controllers.push(replication_controller(one)),
        Object::ReplicaSet(one) => {
            let selector = one.spec.as_ref().map(|spec| &spec.selector);
            let controller =
                selector.map(|selector| controller("ReplicaSet", &one.metadata, selector));
            known.controllers.extend(controller);
        }
        Object::StatefulSet(one) => {
            let selector = one.spec.as_ref().map(|spec| &spec.selector);
            let controller =
                selector.map(|selector| controller("StatefulSet", &one.metadata, selector));
            known.controllers.extend(controller);
        }
        _ => {}
    }
}
