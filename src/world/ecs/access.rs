//! What the roles of tasks and instances may do on a cluster of ECS, and what becomes of those that
//! lack something.
//!
//! * The execution role of a task fetches secrets, pulls its images and opens its log streams; on
//!   an instance without one the role of the instance does (ECS Developer Guide, "Task execution
//!   IAM role"). Nothing of that changes during a run: a task definition is decided about once, and
//!   tasks of one that is denied something stop before they run, with the words of AWS.
//! * A role without logs:PutLogEvents loses the logs and stops nothing.
//! * An instance whose role may not register it, or not ask for tasks, never joins.
//! * On Fargate images, secrets and logs are fetched from the task's own interface, which has to
//!   reach port 443 of 0.0.0.0/0: there are no VPC endpoints.
//!
//! A role that a definition names and the scenario does not write is denied nothing. Words follow
//! stopped tasks in doctorray117/minecraft-ondemand issues 12 and 74 (logs, registry),
//! aws/copilot-cli issue 4504 and GiamPy5/terraform-aws-directus issue 10 (parameters, secrets),
//! deepfence/terraform-aws-cloud-scanner issue 13 (time-outs), and the sources of
//! aws/amazon-ecs-agent (`asmsecret`, `ssmsecret`).

use crate::aws::ecr::access::Client;
use crate::aws::ecr::access::wording::Puller;
use crate::aws::ecs::control::DefinitionId;
use crate::aws::ecs::service::{Network, Service};
use crate::aws::ecs::task::StopReason;
use crate::aws::ecs::task_definition::{Container, LogGroup, Secret, TaskDefinition};
use crate::docker::ImageId;
use crate::metrics::{Finding, FindingKind};
use crate::scenario::ClusterKind;
use crate::world::access::{Access, Denial, advice, region_of};
use crate::world::firewall::{Dropped, ENDPOINT, HTTPS, Interface};
use crate::world::{InputError, World};

/// What an instance's agent asks of ECS before it gets tasks, and of what.
const AGENT: [(&str, &str); 3] = [
    ("ecs:DiscoverPollEndpoint", "*"),
    ("ecs:RegisterContainerInstance", "cluster/{cluster}"),
    ("ecs:Poll", "container-instance/{cluster}/*"),
];

/// Why tasks of a definition do not start.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stopped {
    reason: StopReason,
    kind: FindingKind,
    /// What would be right.
    advice: String,
}

/// Whoever fetches what a task needs.
struct Fetcher<'f> {
    access: &'f Access<'f>,
    client: Client,
    account: String,
    region: &'f str,
    on_fargate: bool,
    /// By which its log streams are called.
    family: &'f str,
}

impl World<'_> {
    /// Decides about all that security groups and roles decide about before anything happens.
    ///
    /// # Errors
    /// A file with the policy of a resource cannot be used.
    pub(in crate::world) fn look_at_rules(&mut self) -> Result<(), InputError> {
        match self.cluster.kind {
            ClusterKind::Ecs => {
                self.look_at_connections();
                self.find_what_instances_lack();
                self.decide_outside_calls()
            }
            ClusterKind::Eks => self.decide_outside_calls(),
            _ => Ok(()),
        }
    }

    /// Decides about the task definitions of these services, of jobs and of standalone tasks.
    pub(super) fn judge_definitions(&mut self, services: &[Service]) {
        let ecs = self.ecs();
        let of = |name: &str, network: &Option<Network>| {
            Some((ecs.control.find_definition(name)?, network.clone()))
        };
        let services = services.iter().filter_map(|it| of(&it.task_definition, &it.network));
        let runs = ecs.documents.runs.iter().filter_map(|it| of(&it.task_definition, &it.network));
        let jobs = ecs.jobs.iter().filter_map(|(job, id)| Some(((*id)?, job.run.network.clone())));
        let mut all: Vec<_> = services.chain(runs).chain(jobs).collect();
        all.sort_by_key(|(id, _)| *id);
        all.dedup_by_key(|(id, _)| *id);
        for (id, network) in all {
            self.judge_definition(id, network.as_ref());
        }
    }

    /// Decides about a task definition that is used from now on, by tasks in this network. Where
    /// several services use it, the one that was created first stands for all.
    pub(super) fn judge_definition(&mut self, id: DefinitionId, network: Option<&Network>) {
        let definition = self.ecs().control.definition(id).clone();
        let (groups, subnets) = network.map_or((&[][..], &[][..]), |network| {
            (&network.security_groups[..], &network.subnets[..])
        });
        let tasks = self.firewalls.interface(groups, subnets);
        let whose = self.name_of_tasks(&definition);
        let stopped = self.unreached(&definition, &tasks).or_else(|| self.not_allowed(&definition));
        if let Some(Stopped { reason, kind, advice }) = stopped {
            let title = format!("{} stop before they run: {reason}", whose.1);
            self.find(Finding { kind, about: whose.0, title, advice });
            self.ecs_mut().denied.insert(id, reason);
        } else if let Some(Denial { sentence, advice }) = self.logs_are_lost(&definition) {
            let title = format!("logs of {} are lost: {sentence}", whose.1);
            let about = format!("{}: logs", whose.0);
            self.find(Finding { kind: FindingKind::Permission, about, title, advice });
        }
    }

    /// Whom a definition concerns, for findings: ``app `web` `` and ``tasks of `web` ``.
    fn name_of_tasks(&self, definition: &TaskDefinition) -> (String, String) {
        let family = &definition.family;
        let of_app = |(_, binding): &(usize, &super::Binding)| binding.definition.family == *family;
        let app = self.ecs().bindings.iter().enumerate().find(of_app);
        let app = app.map(|(place, _)| &self.scenario.apps[place].name);
        match app {
            Some(app) => (format!("app `{app}`"), format!("tasks of `{app}`")),
            None => (format!("task definition `{family}`"), format!("tasks of `{family}`")),
        }
    }

    /// Tasks on Fargate that cannot reach registries and AWS.
    fn unreached(&mut self, definition: &TaskDefinition, tasks: &Interface) -> Option<Stopped> {
        if !definition.for_fargate {
            return None;
        }
        let dropped = self.firewalls.check(tasks, &Interface::endpoints(), HTTPS).err()?;
        let Dropped { why, advice } = dropped;
        let image = &definition.containers.first()?.image;
        let region = region_of(self.cluster);
        let times_out = format!("dial tcp {ENDPOINT}:443: i/o timeout");
        let reason = if image.contains(".dkr.ecr.") {
            StopReason::ResourceInitialization(format!(
                "unable to pull secrets or registry auth: execution resource retrieval failed: \
                 unable to retrieve ecr registry auth: service call has been retried 3 time(s): \
                 RequestError: send request failed caused by: Post \
                 \"https://api.ecr.{region}.amazonaws.com/\": {times_out}. Please check your task \
                 network configuration. ({why})"
            ))
        } else {
            StopReason::CannotPullContainer(format!(
                "pull image manifest has been retried 5 time(s): failed to resolve ref {image}: \
                 failed to do request: {times_out} ({why})"
            ))
        };
        Some(Stopped { reason, kind: FindingKind::SecurityGroup, advice })
    }

    fn fetcher<'f>(&'f self, definition: &'f TaskDefinition) -> Option<Fetcher<'f>> {
        let on_fargate = definition.for_fargate;
        let roles = &self.access.roles;
        let client = match &definition.execution_role {
            Some(role) => roles.session(role, &definition.family)?,
            None if on_fargate => return None,
            None => roles.identity()?,
        };
        Some(Fetcher {
            access: &self.access,
            account: client.principal.account().unwrap_or_default().to_owned(),
            client,
            region: region_of(self.cluster),
            on_fargate,
            family: &definition.family,
        })
    }

    fn not_allowed(&self, definition: &TaskDefinition) -> Option<Stopped> {
        let fetcher = self.fetcher(definition)?;
        let containers = || definition.containers.iter();
        let secrets = containers().flat_map(|container| &container.secrets);
        secrets
            .filter_map(|secret| fetcher.secret(secret))
            .chain(containers().filter_map(|container| self.not_pulled(&fetcher, container)))
            .chain(containers().filter_map(|container| fetcher.logs(container)))
            .next()
    }

    /// Why the image of a container is not pulled, if policies of a registry are against it.
    fn not_pulled(&self, fetcher: &Fetcher<'_>, container: &Container) -> Option<Stopped> {
        let images = &self.scenario.images;
        let place = images.iter().position(|image| image.name == container.image)?;
        let home = self.engines.registries().home(ImageId(place as u32));
        let rules = &fetcher.access.registries[usize::from(home.0)];
        let refusal = rules.refusal(&fetcher.client, &images[place])?;
        let puller = if fetcher.on_fargate { Puller::Fargate } else { Puller::EcsAgent };
        let told = rules.told(&fetcher.client, &refusal, puller, &images[place]);
        let (error, why) = told.split_once(": ").unwrap_or(("", &told));
        let reason = match error {
            "ResourceInitializationError" => StopReason::ResourceInitialization(why.to_owned()),
            _ => StopReason::CannotPullContainer(why.to_owned()),
        };
        let who = &fetcher.client.principal;
        let resource = rules.resource(&fetcher.client, &refusal, &images[place]);
        let advice = advice(who, refusal.action, &resource, &refusal.decision);
        Some(Stopped { reason, kind: FindingKind::Permission, advice })
    }

    fn logs_are_lost(&self, definition: &TaskDefinition) -> Option<Denial> {
        let fetcher = self.fetcher(definition)?;
        let groups = definition.containers.iter().filter_map(|container| {
            let stream = fetcher.log_stream(container.logs.as_ref()?, container);
            fetcher.may("logs:PutLogEvents", &stream).err()
        });
        groups.into_iter().next()
    }

    /// Whether the agents of an Auto Scaling group's instances may register them, and can.
    pub(in crate::world) fn may_register(&self, group: u16) -> bool {
        self.instances_denied().is_none() && self.reaches_ecs(group)
    }

    /// Says why no instance joins, if none does.
    pub(in crate::world) fn find_what_instances_lack(&mut self) {
        let instances = !self.cluster.auto_scaling_groups.is_empty();
        let Some(Denial { sentence, advice }) = self.instances_denied().filter(|_| instances)
        else {
            return;
        };
        let title = format!(
            "instances do not join the cluster `{}`: unable to register as a container instance \
             with ECS: AccessDeniedException: {sentence}",
            self.cluster.name
        );
        let about = "role of the instances".to_owned();
        self.find(Finding { kind: FindingKind::Permission, about, title, advice });
    }

    fn instances_denied(&self) -> Option<Denial> {
        let client = self.access.roles.identity()?;
        let account = client.principal.account().unwrap_or_default();
        let region = region_of(self.cluster);
        AGENT.into_iter().find_map(|(action, resource)| {
            let resource = match resource {
                "*" => resource.to_owned(),
                part => format!(
                    "arn:aws:ecs:{region}:{account}:{}",
                    part.replace("{cluster}", &self.cluster.name)
                ),
            };
            self.access.roles.may(&client, action, &resource, None).err()
        })
    }
}

impl Fetcher<'_> {
    fn may(&self, action: &str, resource: &str) -> Result<(), Denial> {
        self.access.roles.may(&self.client, action, resource, None)
    }

    /// Why a secret is not fetched.
    fn secret(&self, secret: &Secret) -> Option<Stopped> {
        let from = &secret.from;
        let in_manager = from.starts_with("arn:aws:secretsmanager:");
        let (action, resource) = match in_manager {
            // what follows the name is a key in it, a stage and a version
            true => {
                let parts: Vec<&str> = from.split(':').take(7).collect();
                ("secretsmanager:GetSecretValue", parts.join(":"))
            }
            false if from.starts_with("arn:") => ("ssm:GetParameters", from.clone()),
            false => {
                let (region, account) = (self.region, &self.account);
                let name = from.trim_start_matches('/');
                ("ssm:GetParameters", format!("arn:aws:ssm:{region}:{account}:parameter/{name}"))
            }
        };
        let Denial { sentence, advice } = self.may(action, &resource).err()?;
        let region = self.region;
        let retrieval = "unable to pull secrets or registry auth: execution resource retrieval \
                         failed: unable to retrieve";
        let retried = "service call has been retried 1 time(s):";
        let why = match (self.on_fargate, in_manager) {
            (true, true) => format!(
                "{retrieval} secret from asm: {retried} failed to fetch secret {resource} from \
                 secrets manager: AccessDeniedException: {sentence}"
            ),
            (true, false) => {
                format!("{retrieval} secrets from ssm: {retried} AccessDeniedException: {sentence}")
            }
            (false, true) => format!(
                "fetching secret data from AWS Secrets Manager in region {region}: secret \
                 {resource}: AccessDeniedException: {sentence}"
            ),
            (false, false) => format!(
                "fetching secret data from SSM Parameter Store in {region}: \
                 AccessDeniedException: {sentence}"
            ),
        };
        let reason = StopReason::ResourceInitialization(why);
        Some(Stopped { reason, kind: FindingKind::Permission, advice })
    }

    /// Why a container has no log stream.
    fn logs(&self, container: &Container) -> Option<Stopped> {
        let group = container.logs.as_ref()?;
        let LogGroup { name, region, .. } = group;
        let account = &self.account;
        let created = format!("arn:aws:logs:{region}:{account}:log-group:{name}");
        let create = group.create.then(|| self.may("logs:CreateLogGroup", &created).err());
        let (what, denied) = match create.flatten() {
            Some(denied) => ("group", denied),
            None => {
                let stream = self.log_stream(group, container);
                ("stream", self.may("logs:CreateLogStream", &stream).err()?)
            }
        };
        let Denial { sentence, advice } = denied;
        let why =
            format!("failed to create Cloudwatch log {what}: AccessDeniedException: {sentence}");
        let reason = match self.on_fargate {
            true => StopReason::ResourceInitialization(format!(
                "failed to validate logger args: create stream has been retried 1 times: {why}"
            )),
            false => StopReason::CannotStartContainer(format!(
                "Error response from daemon: failed to initialize logging driver: {why}"
            )),
        };
        Some(Stopped { reason, kind: FindingKind::Permission, advice })
    }

    /// The ARN of the stream of a container's logs, that of a task of the family's name.
    fn log_stream(&self, group: &LogGroup, container: &Container) -> String {
        let LogGroup { name, region, prefix, .. } = group;
        let (account, family) = (&self.account, self.family);
        let stream = match prefix {
            Some(prefix) => format!("{prefix}/{}/{family}", container.name),
            None => family.to_owned(),
        };
        format!("arn:aws:logs:{region}:{account}:log-group:{name}:log-stream:{stream}")
    }
}
