//! What the controllers of workloads and nodes decide: who is created, who goes, and when.
//!
//! Each module is the decision of one controller of `kube-controller-manager` v1.36, without its
//! store, its watches and its clock: the caller owns the objects, hands in what the controller
//! would see and the time it is, and does what comes back. What only waits for the API (conflicts,
//! expectations, caches that lag behind) is not modelled: a sync sees all that earlier ones did.
//!
//! * [`replica_set`], [`deployment`], [`stateful_set`], [`daemon_set`]: pods that stay;
//! * [`job`], [`cron_job`]: pods that end;
//! * [`disruption`]: budgets, and what the Eviction API answers;
//! * [`endpoint_hints`]: which endpoints are for the callers of which zone;
//! * [`node_lifecycle`], [`taint_eviction`], [`pod_gc`]: what becomes of nodes that fall silent and
//!   of the pods on them;
//! * [`pod`], [`share`]: the pod they look at, and numbers that may be percentages.
//!
//! Counts of replicas are `i32`, as in the API; they are never negative.

pub mod cron_job;
pub mod daemon_set;
pub mod deployment;
pub mod disruption;
pub mod endpoint_hints;
pub mod job;
pub mod node_lifecycle;
pub mod pod;
pub mod pod_gc;
pub mod replica_set;
pub mod share;
pub mod stateful_set;
pub mod taint_eviction;
