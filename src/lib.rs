//! Plimsoll: a discrete-event simulator of container clusters and virtual machines.
//!
//! It answers one question: *how much can this fleet carry?* A scenario describes machines,
//! platforms, apps and traffic; a [`World`](world::World) plays one cluster of it forward in
//! simulated time; what comes out is a [`Recording`](metrics::Recording) of latencies, utilisation,
//! energy, cost and the account of everything that happened.
//!
//! ```
//! use std::path::Path;
//!
//! use plimsoll::{scenario, world::World};
//!
//! let scenario = scenario::parse(scenario::starter(), "starter.toml", Path::new(""));
//! let scenario = scenario.unwrap_or_else(|problems| panic!("{problems}")).scenario;
//! let world = World::new(&scenario, &scenario.clusters[0], 42)?;
//! let recording = world.run(&mut |_| {})?;
//! assert!(recording.summary.apps[0].objectives.iter().all(|objective| objective.met));
//! # Ok::<(), plimsoll::world::InputError>(())
//! ```
//!
//! # The map of the house
//!
//! Each layer imports only those below it. Calls go down; what a lower layer has to tell goes up as
//! a notice that the [`world`] delivers.
//!
//! | layer | what it is |
//! | --- | --- |
//! | [`cli`] | the command line, one file per subcommand |
//! | [`experiment`] | runs of a scenario, and questions that take several |
//! | [`report`] | tables, CSV, JSON, charts and the HTML page |
//! | [`world`] | one cluster, alive: owns all components and routes their events and notices |
//! | [`laboratory`] | placement at the scale of traces |
//! | [`workload`] | arrivals, demands, requests, load balancers, recorded traces |
//! | [`aws`] | Amazon Web Services: the container registry, policies |
//! | [`kubernetes`] | API objects, the scheduler, the horizontal pod autoscaler |
//! | [`docker`] | images, registries, engines, containers |
//! | [`hypervisor`] | virtual machines on hosts: placement, memory, migration |
//! | [`machine`] | physical hosts: CPU and power |
//! | [`placement`] | which host takes the next item |
//! | [`statistics`] | what independent runs say together, with confidence intervals |
//! | [`metrics`] | gauges, histograms, series, summaries |
//! | [`scenario`] | TOML into a checked scenario, or everything that is wrong with it |
//! | [`sharing`] | fair shares of CPU and bandwidth, processor sharing in virtual time |
//! | [`units`] | cores, bytes, rates, money and the like, as types |
//! | [`engine`] | the clock, the calendar of events, the random streams |
//!
//! `ARCHITECTURE.md` tells the rules and how to extend it.

pub mod aws;
pub mod cli;
pub mod docker;
pub mod engine;
pub mod experiment;
pub mod hypervisor;
pub mod kubernetes;
pub mod laboratory;
pub mod machine;
pub mod metrics;
pub mod placement;
pub mod report;
pub mod scenario;
pub mod sharing;
pub mod statistics;
pub mod units;
pub mod workload;
pub mod world;
