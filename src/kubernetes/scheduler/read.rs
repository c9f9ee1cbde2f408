//! API objects into what the scheduler keeps.
//!
//! The objects have to have been checked and their defaults filled in
//! ([`api`](crate::kubernetes::api) does both): nothing here can fail, and what the API server would
//! have refused is read as if it were not there.

mod affinity;
mod node;
mod objects;
mod pod;
mod requests;
mod selector;
mod volumes;

pub use node::node_spec;
pub use objects::{budget, controller, namespace, replication_controller, service};
pub use pod::{pod, shape};
pub use selector::{label_selector, node_selector, node_term};
