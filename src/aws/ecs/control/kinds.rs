//! Kinds of tasks: what all tasks of a deployment, or of equal calls of `run-task`, have in common.

use super::{ControlPlane, DefinitionId, ServiceId};
use crate::aws::ecs::placement::{Demand, PlanId};
use crate::aws::ecs::service::launch::FARGATE;
use crate::aws::ecs::service::{Launch, Network, ProviderShare};
use crate::aws::ecs::task::Parts;
use crate::aws::ecs::task_definition::NetworkMode;

/// A kind of task, by the order in which it was first asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindId(pub u32);

/// What tasks have in common.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub definition: DefinitionId,
    /// The service, and the number of its deployment.
    pub service: Option<(ServiceId, u32)>,
    pub on: On,
    pub demand: Demand,
    /// Where placement knows it, while tasks of it may be started.
    pub plan: Option<PlanId>,
    /// The subnets of its interfaces, by their places among those of the cluster.
    pub subnets: Vec<u32>,
    pub parts: Parts,
}

/// Where tasks of a kind run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    /// On any instance, now or not at all.
    Instances,
    /// On instances of this provider, for which they wait.
    Provider(u32),
    /// On machines of their own.
    Fargate {
        /// Whether these may be taken back.
        spot: bool,
    },
}

/// The attribute of instances by which tasks find those of their capacity provider. Like the names
/// of the service's own attributes, it begins with `ecs.`.
pub(super) const PROVIDER: &str = "ecs.capacity-provider";

impl ControlPlane {
    /// Where tasks may run that are launched so: shares of providers, or a single place.
    ///
    /// # Errors
    /// There is no such provider.
    pub(super) fn shares(&self, launch: &Launch) -> Result<Vec<(ProviderShare, On)>, String> {
        let alone = |on| {
            let share = ProviderShare { provider: String::new(), base: 0, weight: 1 };
            Ok(vec![(share, on)])
        };
        let strategy = match launch {
            Launch::Ec2 => return alone(On::Instances),
            Launch::Fargate => return alone(On::Fargate { spot: false }),
            Launch::Providers(shares) => shares,
            Launch::Default => &self.settings.default_strategy,
        };
        if strategy.is_empty() {
            return alone(On::Instances);
        }
        let place = |share: &ProviderShare| {
            let name = share.provider.as_str();
            let mut names = self.settings.providers.iter().map(|provider| &provider.name);
            let on = match FARGATE.iter().position(|fargate| *fargate == name) {
                Some(place) => On::Fargate { spot: place == 1 },
                None => match names.position(|known| known == name) {
                    Some(place) => On::Provider(place as u32),
                    None => {
                        return Err(format!(
                            "InvalidParameterException: The specified capacity provider '{name}' \
                             was not found in cluster {}.",
                            self.settings.name
                        ));
                    }
                },
            };
            Ok((share.clone(), on))
        };
        strategy.iter().map(place).collect()
    }

    /// The subnets of a network configuration and their zones, by their places.
    ///
    /// # Errors
    /// There is no such subnet, or none is named where tasks need one.
    pub(super) fn subnets_of(
        &self,
        definition: DefinitionId,
        network: Option<&Network>,
    ) -> Result<Vec<u32>, String> {
        let own = self.definitions.get(definition).network == NetworkMode::Awsvpc;
        let Some(network) = network.filter(|_| own) else {
            let missing = "InvalidParameterException: Network Configuration must be provided when \
                           networkMode 'awsvpc' is specified.";
            return if own { Err(missing.to_owned()) } else { Ok(Vec::new()) };
        };
        let place = |name: &String| {
            let place = self.settings.subnets.iter().position(|(known, _)| known == name);
            place.map(|place| place as u32).ok_or_else(|| {
                format!("InvalidParameterException: The subnet ID '{name}' does not exist")
            })
        };
        network.subnets.iter().map(place).collect()
    }

    /// The names of the zones of subnets.
    pub(super) fn zones_of(&self, subnets: &[u32]) -> Vec<String> {
        let zone = |&subnet: &u32| self.settings.subnets[subnet as usize].1;
        let name = |zone: u32| self.settings.zones[zone as usize].clone();
        subnets.iter().map(zone).map(name).collect()
    }

    /// A new kind of task. `demand` is that of its definition, anywhere it may be.
    pub(super) fn add_kind(&mut self, kind: Kind) -> KindId {
        let kind = self.bound(kind);
        self.kinds.push(kind);
        KindId(self.kinds.len() as u32 - 1)
    }

    /// A kind of standalone tasks, which may have been there before.
    pub(super) fn known_kind(&mut self, kind: Kind) -> KindId {
        let kind = self.bound(kind);
        let same = |&known: &KindId| {
            let known = self.kind(known);
            (known.definition, known.on) == (kind.definition, kind.on)
                && known.demand == kind.demand
                && known.subnets == kind.subnets
        };
        if let Some(&known) = self.standalone.iter().find(|known| same(known)) {
            return known;
        }
        self.kinds.push(kind);
        let id = KindId(self.kinds.len() as u32 - 1);
        self.standalone.push(id);
        id
    }

    /// A kind that finds the instances of its provider.
    fn bound(&self, mut kind: Kind) -> Kind {
        if let On::Provider(provider) = kind.on {
            let name = self.settings.providers[provider as usize].name.clone();
            kind.demand.need.attributes.push((PROVIDER.to_owned(), Some(name)));
        }
        kind
    }

    /// Where placement knows a kind; it is told of it where it did not.
    pub(super) fn plan(&mut self, kind: KindId) -> PlanId {
        let Kind { plan, demand, .. } = &mut self.kinds[kind.0 as usize];
        *plan.get_or_insert_with(|| self.fleet.plan(demand.clone()))
    }

    /// No more tasks of a kind are started for now.
    pub(super) fn retire(&mut self, kind: KindId) {
        if let Some(plan) = self.kinds[kind.0 as usize].plan.take() {
            self.fleet.retire(plan);
        }
    }

    pub(super) fn kind(&self, kind: KindId) -> &Kind {
        &self.kinds[kind.0 as usize]
    }
}
