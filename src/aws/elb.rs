//! Elastic Load Balancing: Application and Network Load Balancers.
//!
//! * [`health`]: health checks; [`settings`]: what a target group is configured with.
//! * [`target_group`]: targets from registration to deregistration, and which of them gets the next
//!   request; [`routing`]: by which algorithm; [`anomaly`]: weights of targets that err.
//! * [`dns`]: which nodes clients come to.
//! * [`listener`]: rules by host and path; [`outcome`]: what the client is told;
//!   [`balancer`]: all of that together.
//! * [`flow`]: connections that a Network Load Balancer has pinned to targets.
//! * [`capacity`]: how fast an Application Load Balancer grows; [`cost`]: LCUs and prices;
//!   [`quota`]: how many targets there may be.
//! * [`shutdown`]: who is lost when a target goes.
//!
//! Whoever simulates one tells it when targets come, go, and answer health checks otherwise than
//! before, and calls `advance` at every `next_event`. In between it routes requests, of which it is
//! told when they have ended.
//!
//! A load balancer has one node in each enabled zone. Clients are spread over the nodes by DNS, and
//! every node routes by what it knows itself. Zones are numbers from 0. Not modelled: Gateway and
//! Classic Load Balancers, targets that are Lambda functions, HTTP/2 streams as requests of their
//! own, several nodes in one zone.

pub mod anomaly;
pub mod balancer;
pub mod capacity;
pub mod cost;
pub mod dns;
pub mod flow;
pub mod health;
pub mod listener;
pub mod outcome;
pub mod quota;
pub mod routing;
pub mod settings;
pub mod shutdown;
pub mod target_group;

pub use balancer::{Asked, Balancer, Route, Routed};
pub use settings::Settings;
pub use target_group::{Caller, Change, TargetGroup, TargetState};
