//! How a cluster is set up, and what a user does first: registers, creates, runs.

use super::apps::on_fargate;
use super::bindings::{bind, jobs};
use super::documents::Documents;
use super::{Ecs, Laws, metrics};
use crate::aws::ecs::capacity_provider::managed_scaling::ManagedScaling;
use crate::aws::ecs::control::{ControlPlane, Provider, Settings};
use crate::aws::ecs::service::ProviderShare;
use crate::engine::{Phase, SimTime, Streams};
use crate::scenario::aws::{CapacityProvider, TaskNetwork};
use crate::scenario::{Cluster, ClusterKind, Scenario};
use crate::workload::AppId;
use crate::world::ecs::tasks::TaskEvent;
use crate::world::subnets::Subnets;
use crate::world::subnets::zone_name;
use crate::world::{InputError, World};

impl Ecs {
    /// The cluster of a scenario, if it is one of ECS.
    ///
    /// # Errors
    /// The first app, job or document that ECS would not take.
    pub fn new(
        scenario: &Scenario,
        cluster: &Cluster,
        documents: Documents,
        subnets: &Subnets,
        streams: Streams,
    ) -> Result<Option<Box<Self>>, InputError> {
        if cluster.kind != ClusterKind::Ecs {
            return Ok(None);
        }
        let settings = settings(cluster, subnets);
        let bindings = bind(scenario, cluster, &documents, &settings.subnets)?;
        let jobs = jobs(scenario, cluster, &settings.subnets)?;
        let groups = groups(cluster);
        let services = vec![None; bindings.len()];
        Ok(Some(Box::new(Self {
            control: ControlPlane::new(settings, streams.named("ecs/lots")),
            documents,
            bindings,
            jobs: jobs.into_iter().map(|job| (job, None)).collect(),
            apps: Default::default(),
            services,
            contents: Vec::new(),
            lasting: Default::default(),
            groups,
            lives: Vec::new(),
            spots: streams.named("ecs/fargate-spot"),
            registered: 0,
            denied: Default::default(),
            connections: Default::default(),
            laws: Laws::new(cluster, streams)?,
            meters: metrics::Meters::default(),
            usage: Vec::new(),
            alarms: Vec::new(),
            notices: Vec::new(),
        })))
    }
}

pub(super) fn zones(cluster: &Cluster) -> u32 {
    cluster.zones.map_or(1, |zones| zones.count.max(1))
}

fn zone_names(cluster: &Cluster) -> Vec<String> {
    (0..zones(cluster)).map(|zone| zone_name(cluster, zone)).collect()
}

/// The capacity providers of a cluster: those that are written, else one for each group.
pub(super) fn providers(cluster: &Cluster) -> Vec<CapacityProvider> {
    if !cluster.capacity_providers.is_empty() {
        return cluster.capacity_providers.clone();
    }
    let of = |name: &str| CapacityProvider::of_group(name);
    cluster.auto_scaling_groups.iter().map(|group| of(&group.name)).collect()
}

/// The Auto Scaling group of each provider, by its place.
fn groups(cluster: &Cluster) -> Vec<Option<u16>> {
    let place = |it: &CapacityProvider| {
        let mut groups = cluster.auto_scaling_groups.iter();
        groups.position(|group| group.name == it.group).map(|place| place as u16)
    };
    providers(cluster).iter().map(place).collect()
}

fn settings(cluster: &Cluster, subnets: &Subnets) -> Settings {
    let options = &cluster.ecs;
    let all = providers(cluster);
    let default_strategy: Vec<ProviderShare> = match (&options.default_strategy[..], all.first()) {
        ([], Some(first)) => vec![share(&first.name)],
        ([], None) => vec![share("FARGATE")],
        (written, _) => written
            .iter()
            .map(|it| ProviderShare {
                provider: it.provider.clone(),
                base: it.base,
                weight: it.weight,
            })
            .collect(),
    };
    Settings {
        name: cluster.name.clone(),
        zones: zone_names(cluster),
        subnets: subnets.places.clone(),
        providers: all.iter().map(|it| provider(it, cluster)).collect(),
        default_strategy,
        provisioning_timeout: options.provisioning_timeout,
        start_throttle: options.start_throttle,
        stop_timeout: options.stop_timeout,
        trunking: options.trunking,
        epoch: options.epoch,
        events: options.events,
    }
}

fn share(provider: &str) -> ProviderShare {
    ProviderShare { provider: provider.to_owned(), base: 0, weight: 1 }
}

fn provider(written: &CapacityProvider, cluster: &Cluster) -> Provider {
    let group = cluster.auto_scaling_groups.iter().find(|group| group.name == written.group);
    let types = group.map_or(&[][..], |group| &group.instance_types);
    let scaling = ManagedScaling {
        target_capacity: written.target_capacity,
        min_step: written.min_step,
        max_step: written.max_step,
        warmup: written.warmup,
    };
    Provider {
        name: written.name.clone(),
        scaling: written.managed_scaling.then_some(scaling),
        termination_protection: written.termination_protection,
        draining: written.managed_draining,
        types: types.iter().filter_map(|name| super::instances::offered(name, cluster)).collect(),
    }
}

impl World<'_> {
    /// What a user does first: registers task definitions, creates services, and scales them.
    pub(in crate::world) fn deploy_services(&mut self) {
        self.warn_of_documents();
        let ecs = self.ecs_mut();
        for definition in std::mem::take(&mut ecs.documents.definitions) {
            ecs.control.define(definition);
        }
        let own: Vec<_> = ecs.bindings.iter().filter(|binding| !binding.is_written).collect();
        let definitions: Vec<_> = own.iter().map(|binding| binding.definition.clone()).collect();
        let mut services: Vec<_> = own.iter().map(|binding| binding.service.clone()).collect();
        services.append(&mut ecs.documents.services);
        for definition in definitions {
            ecs.control.define(definition);
        }
        for (job, id) in &mut ecs.jobs {
            *id = Some(ecs.control.define(job.definition.clone()));
        }
        self.judge_definitions(&services);
        self.with_ecs(|control, around| control.start(around));
        for service in services {
            let name = service.name.clone();
            match self.with_ecs(|control, around| control.create_service(service, around)) {
                Ok(id) => {
                    let of = |binding: &super::Binding| binding.service.name == name;
                    let ecs = self.ecs_mut();
                    if let Some(app) = ecs.bindings.iter().position(of) {
                        ecs.apps.insert(id, AppId(app as u32));
                        ecs.services[app] = Some(id);
                    }
                    self.watch_deployments(id);
                }
                Err(why) => {
                    self.recorder.warn(format!("service `{name}` was not created: {why}"));
                }
            }
        }
        self.scale_services();
        for run in 0..self.cluster.run_tasks.len() {
            let at = SimTime::ZERO.saturating_add(self.cluster.run_tasks[run].at);
            let event = TaskEvent { run: run as u32 };
            self.calendar.push(at.max(self.now()), Phase::Arrive, event.into());
        }
    }

    fn warn_of_documents(&mut self) {
        let mut warnings = std::mem::take(&mut self.ecs_mut().documents.ignored);
        let cluster = self.cluster;
        let own = self.scenario.apps.iter().filter(|app| app.workload.is_none());
        warnings.extend(own.filter_map(|app| super::apps::without_counterpart(app, cluster)));
        if on_fargate(cluster) && cluster.ecs.network == TaskNetwork::Bridge {
            let warning = "tasks on Fargate have a network interface of their own: `network = \
                           \"bridge\"` has no effect";
            warnings.push(warning.to_owned());
        }
        warnings.into_iter().for_each(|warning| self.recorder.warn(warning));
    }
}
