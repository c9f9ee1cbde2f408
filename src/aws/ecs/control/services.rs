//! Services: what their owners do to them.

use std::collections::BTreeMap;

use super::autoscaling::Autoscaling;
use super::kinds::{Kind, KindId, On};
use super::log::{Entry, Said};
use super::tally::Tally;
use super::{Around, ControlEvent, ControlPlane, DefinitionId, ServiceId, TaskId};
use crate::aws::ecs::deployment::{Limits, Pace, RolloutState, Rollouts, Standing, Throttle};
use crate::aws::ecs::placement::Strategy;
use crate::aws::ecs::service::{ProviderShare, Scheduling, Service};
use crate::aws::ecs::task::Parts;
use crate::aws::ecs::task_definition::NetworkMode;
use crate::docker::ContainerEvent;
use crate::engine::{Phase, Schedule, SimTime};
use crate::metrics::summary::DeploymentAccount;

/// A service.
#[derive(Debug)]
pub(super) struct ServiceState {
    pub spec: Service,
    pub desired: u32,
    /// Where its tasks run.
    pub shares: Vec<ProviderShare>,
    on: Vec<On>,
    subnets: Vec<u32>,
    /// All there were; tasks and `rollouts` name them by place.
    pub deployments: Vec<Deployment>,
    pub rollouts: Rollouts,
    pub throttle: Throttle,
    /// Attempts to find places.
    pub search: Throttle,
    pub pace: Pace,
    /// Its tasks that have not stopped, by number.
    pub tasks: BTreeMap<u32, TaskId>,
    pub tally: Tally,
    /// On Fargate: its tasks that are meant to run, in each zone.
    pub zones: Vec<u32>,
    /// When the scheduler looks at it next.
    pub turn: SimTime,
    pub standing: Option<Standing>,
    /// Whether zones are known to be even.
    pub even: bool,
    pub scaling: Option<Box<Autoscaling>>,
}

/// A deployment of a service.
#[derive(Debug)]
pub(super) struct Deployment {
    definition: DefinitionId,
    /// The kind of its tasks, for each share.
    pub kinds: Vec<KindId>,
}

impl ServiceState {
    pub fn limits(&self) -> Limits {
        let deployment = &self.spec.deployment;
        Limits::new(self.desired, deployment.min_healthy_percent, deployment.max_percent)
    }

    /// The strategies by which its tasks stop; none for what services do by themselves.
    pub fn strategies(&self) -> &[Strategy] {
        &self.spec.strategies
    }

    pub fn deployment(&self) -> &Deployment {
        &self.deployments[self.rollouts.definition() as usize]
    }
}

impl ControlPlane {
    /// Creates a service.
    ///
    /// # Errors
    /// Why it cannot be, in the words of the API.
    pub fn create_service<S>(
        &mut self,
        service: Service,
        around: &mut Around<'_, S>,
    ) -> Result<ServiceId, String>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.find_service(&service.name).is_some() {
            return Err("InvalidParameterException: Creation of service was not idempotent.".into());
        }
        let definition = self.find_definition(&service.task_definition).ok_or_else(|| {
            let name = &service.task_definition;
            format!("ClientException: Unable to describe task definition: there is no `{name}`")
        })?;
        let (shares, on) = self.shares(&service.launch)?.into_iter().unzip();
        let subnets = self.subnets_of(definition, service.network.as_ref())?;
        let id = ServiceId(self.services.len() as u32);
        let desired = match service.scheduling {
            Scheduling::Replica { desired } => desired,
            Scheduling::Daemon => 0,
        };
        self.log.name_service(&service.name);
        self.services.push(ServiceState {
            desired,
            shares,
            on,
            subnets,
            deployments: Vec::new(),
            rollouts: Rollouts::new(0, desired),
            throttle: Throttle::new(self.settings.start_throttle),
            search: Throttle::default(),
            pace: Pace::default(),
            tasks: BTreeMap::new(),
            tally: Tally::default(),
            zones: Vec::new(),
            turn: SimTime::MAX,
            standing: None,
            even: false,
            scaling: None,
            spec: service,
        });
        self.counts.desired += desired;
        self.add_deployment(id, definition);
        self.touch(id, around);
        Ok(id)
    }

    /// All services, in the order of their creation.
    pub fn services(&self) -> impl Iterator<Item = ServiceId> + use<> {
        (0..self.services.len() as u32).map(ServiceId)
    }

    /// Every deployment of a service, by what has become of it.
    pub fn deployments(&self) -> DeploymentAccount {
        let is_under_way =
            |service: &&ServiceState| service.rollouts.state() == RolloutState::InProgress;
        let under_way = self.services.iter().filter(is_under_way).count() as u64;
        DeploymentAccount { under_way, ..self.service_totals.deployments }
    }

    /// The service of a name.
    pub fn find_service(&self, name: &str) -> Option<ServiceId> {
        let place = self.services.iter().position(|service| service.spec.name == name)?;
        Some(ServiceId(place as u32))
    }

    /// The task definition of the present deployment of a service.
    pub fn deployed(&self, id: ServiceId) -> DefinitionId {
        self.services[id.0 as usize].deployment().definition
    }

    /// A service as it was created.
    ///
    /// # Panics
    /// When it is of another cluster.
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.0 as usize].spec
    }

    /// A deployment of a task definition, and the kinds of its tasks.
    fn add_deployment(&mut self, id: ServiceId, definition: DefinitionId) {
        let service = &self.services[id.0 as usize];
        let number = service.deployments.len() as u32;
        let subnets = service.subnets.clone();
        let known = self.definitions.get(definition);
        let interface = known.network == NetworkMode::Awsvpc;
        let parts = Parts { balanced: !service.spec.load_balancers.is_empty(), interface };
        let demand = service.spec.demand(known, self.zones_of(&subnets));
        let kinds: Vec<Kind> = service
            .on
            .iter()
            .map(|&on| Kind {
                definition,
                service: Some((id, number)),
                on,
                demand: demand.clone(),
                plan: None,
                subnets: subnets.clone(),
                parts,
            })
            .collect();
        let kinds = kinds.into_iter().map(|kind| self.add_kind(kind)).collect();
        self.services[id.0 as usize].deployments.push(Deployment { definition, kinds });
        self.service_totals.deployments.begun += 1;
    }

    /// A service has another task definition from now on, or the same anew (`update-service`,
    /// `--force-new-deployment`).
    pub fn deploy<S>(&mut self, id: ServiceId, to: DefinitionId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.add_deployment(id, to);
        let service = &mut self.services[id.0 as usize];
        let number = service.deployments.len() as u32 - 1;
        let desired = service.desired;
        let replaces = service.rollouts.state() == RolloutState::InProgress;
        service.rollouts.begin(number, desired);
        self.service_totals.deployments.replaced += u64::from(replaces);
        self.log.add(
            around.now(),
            Entry::Said { service: id.0 as u16, said: Said::Deploys, a: number, b: 0 },
        );
        self.deployment_changed(id, around);
    }

    /// Another deployment is the present one: tasks are of it, or are not.
    pub(super) fn deployment_changed<S>(&mut self, id: ServiceId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let service = &mut self.services[id.0 as usize];
        service.throttle.reset();
        service.search.reset();
        service.standing = None;
        let present = service.rollouts.definition() as usize;
        let others = service.deployments.iter().enumerate();
        let others = others.filter(|(place, _)| *place != present);
        let kinds: Vec<KindId> = others.flat_map(|(_, it)| it.kinds.iter().copied()).collect();
        let tasks: Vec<TaskId> = service.tasks.values().copied().collect();
        for task in tasks {
            self.refresh(task, around);
        }
        for kind in kinds {
            // those that wait have a place to be found yet, until they are stopped
            if !self.waiting.has(kind) {
                self.retire(kind);
            }
        }
        self.touch(id, around);
    }

    /// A service is to have so many tasks.
    pub fn set_desired<S>(&mut self, id: ServiceId, desired: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let service = &mut self.services[id.0 as usize];
        if service.spec.scheduling == Scheduling::Daemon || service.desired == desired {
            return;
        }
        let before = std::mem::replace(&mut service.desired, desired);
        self.counts.desired = self.counts.desired - before + desired;
        self.log
            .add(around.now(), Entry::Scaled { service: id.0 as u16, from: before, to: desired });
        self.touch(id, around);
    }

    /// How many tasks a service is to have; of a daemon, those that it has.
    pub fn desired(&self, id: ServiceId) -> u32 {
        self.services[id.0 as usize].desired
    }

    /// The tasks of a service that have not stopped, from the oldest on.
    pub fn tasks_of(&self, id: ServiceId) -> impl Iterator<Item = TaskId> {
        self.services[id.0 as usize].tasks.values().copied()
    }

    /// The scheduler looks at a service in this instant.
    pub(super) fn touch<S>(&mut self, id: ServiceId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.touch_at(id, around.now(), around);
    }

    /// The scheduler looks at a service then, or before.
    pub(super) fn touch_at<S>(&mut self, id: ServiceId, time: SimTime, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let service = &mut self.services[id.0 as usize];
        if time < service.turn {
            service.turn = time;
            around.at(time, Phase::Decide, ControlEvent::Turn(id));
        }
    }
}
