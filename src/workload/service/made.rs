//! How an app becomes a service: its source, its router, and a random stream for everything drawn.

use std::collections::BTreeMap;

use super::{AppId, AppMeters, Service, ServiceIo, unanswered};
use crate::engine::{SimDuration, Streams};
use crate::scenario::{App, Balance, Cluster, Entry, Law, Scenario, Traffic};
use crate::workload::TraceError;
use crate::workload::arrivals::Source;
use crate::workload::balance::Router;
use crate::workload::deadlines::Deadlines;
use crate::workload::law::Sampler;
use crate::workload::load_balancer::Targets;
use crate::workload::outside::OutsideCalls;

impl Service {
    /// An app of a scenario on a cluster, without replicas.
    ///
    /// # Errors
    /// When a file of arrivals or demands cannot be used.
    pub(super) fn new(
        app: &App,
        scenario: &Scenario,
        cluster: &Cluster,
        streams: Streams,
    ) -> Result<Self, TraceError> {
        let name = |part: &str| format!("app/{}/{part}", app.name);
        let place = |callee: &String| {
            let found = scenario.apps.iter().position(|other| other.name == *callee);
            AppId(found.expect("a loaded scenario calls apps that exist") as u32)
        };
        let source = match &app.traffic {
            Some(Traffic { arrivals, scale, .. }) => {
                Some(Source::new(arrivals, *scale, streams, &name("arrivals"), app.replicas)?)
            }
            None => None,
        };
        let zones = cluster.zones.map_or(1, |zones| zones.count);
        let mut router = Router::new(app.balance.unwrap_or_else(|| Balance::usual(cluster.kind)));
        router.set_routing(app.routing.unwrap_or_default(), zones);
        let enters = app.traffic.as_ref().map_or(Entry::Outside, |traffic| traffic.enters);
        let no_wait = app.wait == Law::Constant(SimDuration::ZERO);
        Ok(Self {
            source,
            router,
            balanced: None,
            targets: Targets::default(),
            own: BTreeMap::new(),
            picks: streams.named(&name("balance")),
            entries: (enters == Entry::Zones).then(|| streams.named(&name("entry"))),
            demand: Sampler::new(&app.demand)?,
            demands: streams.named(&name("demand")),
            wait: if no_wait { None } else { Some(Sampler::new(&app.wait)?) },
            waits: streams.named(&name("wait")),
            io: ServiceIo::of(app, streams),
            outside: OutsideCalls::new(&app.aws_calls, streams, &name("aws"))?,
            blocked: None,
            calls: app.calls.iter().map(|stage| stage.iter().map(place).collect()).collect(),
            deadlines: app.timeout.map(Deadlines::new),
            impatient: unanswered::Failure::TimedOut,
            deadline_armed: false,
            comes: true,
            numbered: Vec::new(),
            meters: AppMeters::new(app.concurrency.is_some()),
            app: app.clone(),
        })
    }
}
