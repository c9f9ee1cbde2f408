//! What a platform is given to do: when requests, jobs and VMs turn up, how much they ask for and
//! which replica a request goes to.
//!
//! * [`law`]: durations drawn from a [`scenario::Law`](crate::scenario::Law).
//! * [`arrivals`]: instants of arrival of an open stream, and the users of a closed one.
//! * [`balance`]: the choice among ready replicas.
//! * [`load_balancer`]: the same by a load balancer that is a component of its own.
//! * [`deadlines`]: timers that all run equally long, as request timeouts do.
//! * [`storage`]: disks and volumes, and what waits at each.
//! * [`outside`]: calls of services outside the cluster.
//! * [`traces`]: recorded workloads in CSV files.
//!
//! Everything here is driven from outside and schedules nothing by itself, so that each piece can
//! be tested against its closed form alone.

pub mod arrivals;
pub mod balance;
pub mod deadlines;
pub mod law;
pub mod load_balancer;
mod operations;
pub mod outside;
mod request;
mod server;
pub mod service;
pub mod storage;
pub mod traces;
mod zones;

pub use arrivals::{ArrivalProcess, Source};
pub use balance::{Balancer, Router};
pub use deadlines::Deadlines;
pub use law::Sampler;
pub use load_balancer::{BalancerId, LoadBalancer};
pub use request::AttemptId;
pub use server::Site;
pub use service::{
    AppId, AppMeters, Disks, ReplicaId, ServiceEvent, ServiceNotice, Services, Surroundings, Work,
};
pub use traces::TraceError;
