//! Which connections of a cluster of ECS its security groups let through: those to apps, from
//! outside, from each other and from their load balancers, and those out to AWS.
//!
//! All are looked at once, before the first request. Tasks with an interface of their own have the
//! security groups of their service; others have those of their instance, which are asked about
//! for each Auto Scaling group that they may be on. Where an app's tasks cannot all be reached, or
//! cannot all reach others, those that can are: but calls between apps are dropped only if no
//! instance of the caller gets through.

use super::Binding;
use super::apps::{PORT, gets_requests};
use super::setup::providers;
use crate::aws::ecs::service::Launch;
use crate::aws::ecs::task_definition::{HostPort, NetworkMode, Platform, System};
use crate::metrics::{Finding, FindingKind};
use crate::scenario::aws::TargetGroup;
use crate::scenario::security_group::Ports;
use crate::scenario::{App, Cluster};
use crate::workload::AppId;
use crate::world::World;
use crate::world::firewall::{Dropped, Firewalls, HTTPS, Interface};

/// The port that load balancers listen on.
const LISTENER: Ports = Ports::single(80);
/// Ports of instances that ECS chooses from: `ip_local_port_range` of Linux, and the dynamic ports
/// of Windows (ECS Developer Guide, "Port mappings").
const LINUX: (u16, u16) = (32_768, 60_999);
const WINDOWS: (u16, u16) = (49_152, 65_535);

/// What the security groups of a cluster let through.
#[derive(Debug, Default)]
pub(super) struct Connections {
    /// Of each app, whether its load balancer reaches its tasks.
    targets: Vec<Reached>,
    /// Of each app, why its tasks do not reach AWS, if they do not.
    pub endpoints: Vec<Option<Dropped>>,
    /// Of each Auto Scaling group, whether its instances reach ECS.
    instances: Vec<bool>,
}

/// Whether tasks are reached.
#[derive(Debug)]
enum Reached {
    /// All, or none: they have interfaces of their own.
    Tasks(bool),
    /// Those on instances of some Auto Scaling groups.
    Instances(Vec<bool>),
}

impl Default for Reached {
    fn default() -> Self {
        Self::Tasks(true)
    }
}

/// Where requests to an app arrive: at its load balancer, or at its tasks where it has none.
struct Entry<'e> {
    what: &'static str,
    interfaces: Vec<&'e Interface>,
    ports: Ports,
}

/// The interfaces of an app's tasks.
enum Tasks {
    Own(Interface),
    /// Those of the instances of Auto Scaling groups, by their places.
    Instances(Vec<(usize, Interface)>),
}

impl Tasks {
    fn all(&self) -> Vec<&Interface> {
        match self {
            Self::Own(own) => vec![own],
            Self::Instances(all) => all.iter().map(|(_, interface)| interface).collect(),
        }
    }
}

impl World<'_> {
    /// Looks at all connections, and drops those that security groups do not let through.
    pub(in crate::world) fn look_at_connections(&mut self) {
        let Some(ecs) = &self.ecs else { return };
        let (cluster, apps) = (self.cluster, &self.scenario.apps);
        let mut seen = Look { cluster, firewalls: &mut self.firewalls, findings: Vec::new() };
        let bindings = &ecs.bindings;
        let tasks: Vec<Tasks> = bindings.iter().map(|binding| seen.tasks(binding)).collect();
        let mut connections = Connections::default();
        let mut blocked = Vec::new();
        for (place, app) in apps.iter().enumerate() {
            connections.endpoints.push(seen.endpoints(app, &tasks[place]));
            if !gets_requests(self.scenario, app) {
                connections.targets.push(Reached::default());
                continue;
            }
            let id = AppId(place as u32);
            let ports = ports_of(&bindings[place]);
            let balancer = seen.balancer(app, &bindings[place]);
            let entry = if self.services.balancer_of(id).is_some() {
                connections.targets.push(seen.targets(app, &balancer, &tasks[place], ports));
                Entry { what: "load balancer", interfaces: vec![&balancer], ports: LISTENER }
            } else {
                connections.targets.push(Reached::default());
                Entry { what: "tasks", interfaces: tasks[place].all(), ports }
            };
            if app.traffic.is_some() && !seen.outside_reaches(app, &entry) {
                blocked.push((id, None));
            }
            for (caller, other) in apps.iter().enumerate() {
                let calls = other.calls.iter().flatten().any(|called| *called == app.name);
                if calls && !seen.app_reaches(other, &tasks[caller], app, &entry) {
                    blocked.push((id, Some(AppId(caller as u32))));
                }
            }
        }
        connections.instances = seen.instances();
        let Look { findings, .. } = seen;
        for (app, caller) in blocked {
            self.services.block(app, caller);
        }
        self.ecs_mut().connections = connections;
        findings.into_iter().for_each(|finding| self.find(finding));
        for group in std::mem::take(&mut self.firewalls.unknown) {
            self.recorder.warn(format!(
                "there is no security group `{group}` in the scenario: whoever has it lets \
                 everything through"
            ));
        }
    }

    /// Whether the load balancer of an app reaches a task of it on a machine.
    pub(in crate::world) fn target_reachable(&self, app: AppId, machine: usize) -> bool {
        match self.ecs().connections.targets.get(app.0 as usize) {
            None => true,
            Some(Reached::Tasks(reached)) => *reached,
            Some(Reached::Instances(groups)) => {
                let group = self.group_of_machine(machine);
                group.and_then(|group| groups.get(usize::from(group))).copied().unwrap_or(true)
            }
        }
    }

    /// Whether the agents of an Auto Scaling group's instances reach ECS.
    pub(super) fn reaches_ecs(&self, group: u16) -> bool {
        self.ecs().connections.instances.get(usize::from(group)).copied().unwrap_or(true)
    }
}

/// A look at the connections of a cluster.
struct Look<'l> {
    cluster: &'l Cluster,
    firewalls: &'l mut Firewalls,
    findings: Vec<Finding>,
}

impl Look<'_> {
    fn tasks(&mut self, binding: &Binding) -> Tasks {
        let network = binding.service.network.as_ref();
        if binding.definition.network == NetworkMode::Awsvpc {
            let (groups, subnets) = match network {
                Some(network) => (&network.security_groups[..], &network.subnets[..]),
                None => (&[][..], &[][..]),
            };
            return Tasks::Own(self.firewalls.interface(groups, subnets));
        }
        let groups = groups_of(binding, self.cluster);
        Tasks::Instances(groups.into_iter().map(|group| (group, self.instance(group))).collect())
    }

    fn instance(&mut self, group: usize) -> Interface {
        let group = &self.cluster.auto_scaling_groups[group];
        self.firewalls.interface(&group.security_groups, &group.subnets)
    }

    /// The load balancer in front of an app: that of its target group, or one of its own, without
    /// groups.
    fn balancer(&mut self, app: &App, binding: &Binding) -> Interface {
        let groups = &self.cluster.target_groups;
        let arn = binding.service.load_balancers.first().map(|it| it.target_group.as_str());
        let named = |group: &TargetGroup| arn.is_some_and(|arn| group.is_named(arn));
        let of_app = groups.iter().find(|group| group.app.as_ref() == Some(&app.name));
        let group = of_app.or_else(|| groups.iter().find(|group| named(group)));
        let balancer = group.and_then(|group| {
            let mut all = self.cluster.load_balancers.iter();
            all.find(|balancer| balancer.name == group.load_balancer)
        });
        match balancer {
            Some(it) => self.firewalls.interface(&it.security_groups, &it.subnets),
            None => self.firewalls.interface(&[], &[]),
        }
    }

    /// Whether the load balancer of an app reaches its tasks.
    fn targets(&mut self, app: &App, from: &Interface, tasks: &Tasks, ports: Ports) -> Reached {
        let name = &app.name;
        match tasks {
            Tasks::Own(own) => {
                let about = format!("app `{name}`: its load balancer to its tasks");
                let title = format!(
                    "the load balancer of `{name}` does not reach its tasks, none of which \
                     becomes healthy"
                );
                Reached::Tasks(self.passes(about, &title, from, own, ports))
            }
            Tasks::Instances(all) => {
                let mut reached = vec![true; self.cluster.auto_scaling_groups.len()];
                for (group, interface) in all {
                    let on = &self.cluster.auto_scaling_groups[*group].name;
                    let about = format!("app `{name}`: its load balancer to instances of `{on}`");
                    let title = format!(
                        "the load balancer of `{name}` does not reach its tasks on instances of \
                         `{on}`, none of which becomes healthy"
                    );
                    reached[*group] = self.passes(about, &title, from, interface, ports);
                }
                Reached::Instances(reached)
            }
        }
    }

    fn outside_reaches(&mut self, app: &App, entry: &Entry<'_>) -> bool {
        let (name, what) = (&app.name, entry.what);
        let about = format!("app `{name}`: requests from outside");
        let title =
            format!("requests from outside do not reach the {what} of `{name}` and time out");
        self.enters(&about, &title, &[&Interface::outside()], entry)
    }

    fn app_reaches(&mut self, caller: &App, tasks: &Tasks, app: &App, entry: &Entry<'_>) -> bool {
        let (own, other, what) = (&caller.name, &app.name, entry.what);
        let about = format!("app `{own}`: calls of app `{other}`");
        let title = format!("calls of `{own}` do not reach the {what} of `{other}` and time out");
        self.enters(&about, &title, &tasks.all(), entry)
    }

    /// Whether any of these gets in. Keeps what is missing for each that does not.
    fn enters(&mut self, about: &str, title: &str, from: &[&Interface], at: &Entry<'_>) -> bool {
        let pairs = from.iter().flat_map(|from| at.interfaces.iter().map(move |to| (from, to)));
        let passing =
            pairs.filter(|(from, to)| self.passes(about.to_owned(), title, from, to, at.ports));
        passing.count() > 0 || from.is_empty() || at.interfaces.is_empty()
    }

    /// Why tasks do not reach the endpoints of AWS, where no interface of theirs does.
    fn endpoints(&mut self, app: &App, tasks: &Tasks) -> Option<Dropped> {
        let mut dropped = None;
        for interface in tasks.all() {
            match self.firewalls.check(interface, &Interface::endpoints(), HTTPS) {
                Ok(()) => return None,
                Err(why) => dropped = Some(why),
            }
        }
        if let Some(Dropped { why, advice }) = &dropped
            && !app.aws_calls.is_empty()
        {
            let name = &app.name;
            self.findings.push(Finding {
                kind: FindingKind::SecurityGroup,
                about: format!("app `{name}`: calls of AWS"),
                title: format!("calls of AWS by `{name}` time out: {why}"),
                advice: advice.clone(),
            });
        }
        dropped
    }

    /// Of each Auto Scaling group, whether its instances reach ECS.
    fn instances(&mut self) -> Vec<bool> {
        let groups = 0..self.cluster.auto_scaling_groups.len();
        let reach = groups.map(|group| {
            let interface = self.instance(group);
            let name = &self.cluster.auto_scaling_groups[group].name;
            let about = format!("instances of `{name}`: to ECS");
            let title = format!(
                "instances of `{name}` do not join the cluster `{}`: their agents cannot reach ECS",
                self.cluster.name
            );
            self.passes(about, &title, &interface, &Interface::endpoints(), HTTPS)
        });
        reach.collect()
    }

    /// Whether a connection is let through; keeps what is missing if not.
    fn passes(
        &mut self,
        about: String,
        title: &str,
        from: &Interface,
        to: &Interface,
        ports: Ports,
    ) -> bool {
        let Err(Dropped { why, advice }) = self.firewalls.check(from, to, ports) else {
            return true;
        };
        let title = format!("{title}: {why}");
        self.findings.push(Finding { kind: FindingKind::SecurityGroup, about, title, advice });
        false
    }
}

/// The ports on which the tasks of a service are reached.
fn ports_of(binding: &Binding) -> Ports {
    let port = binding.service.load_balancers.first().map(|it| it.port);
    let container = &binding.definition.containers[binding.container];
    let port = port.or_else(|| container.ports.first().map(|it| it.container)).unwrap_or(PORT);
    let mapping = container.ports.iter().find(|it| it.container == port);
    let by_instance = matches!(binding.definition.network, NetworkMode::Bridge | NetworkMode::Nat);
    match mapping.map(|it| it.host) {
        Some(HostPort::Fixed(fixed)) if by_instance => Ports::single(fixed),
        Some(HostPort::Dynamic) if by_instance => {
            let Platform { system, .. } = binding.definition.platform;
            let (first, last) = match system {
                Some(System::Windows(_)) => WINDOWS,
                Some(System::Linux) | None => LINUX,
            };
            Ports::between(first, last).expect("the first comes first")
        }
        _ => Ports::single(port),
    }
}

/// The Auto Scaling groups on whose instances tasks of a service may be, by their places.
fn groups_of(binding: &Binding, cluster: &Cluster) -> Vec<usize> {
    let all = providers(cluster);
    let default = &cluster.ecs.default_strategy;
    let named: Vec<&str> = match &binding.service.launch {
        Launch::Fargate => return Vec::new(),
        Launch::Providers(shares) => shares.iter().map(|it| it.provider.as_str()).collect(),
        Launch::Default if !default.is_empty() => {
            default.iter().map(|it| it.provider.as_str()).collect()
        }
        Launch::Default | Launch::Ec2 => all.iter().map(|it| it.name.as_str()).collect(),
    };
    let group = |name: &str| {
        let provider = all.iter().find(|it| it.name == name)?;
        cluster.auto_scaling_groups.iter().position(|group| group.name == provider.group)
    };
    let mut groups: Vec<usize> = named.into_iter().filter_map(group).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}
