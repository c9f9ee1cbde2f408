//! `[cluster.ecs]`, its capacity providers, standalone tasks and roles.

use super::ranges::{lasting, within};
use super::{Finding, laws, security_groups};
use crate::engine::SimDuration;
use crate::scenario::access::role_account;
use crate::scenario::aws::{CapacityProvider, EbsOptions, EcsOptions, ProviderWeight};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind};
use crate::units::Fraction;

/// Providers that are there without being written.
const FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];
/// Providers of a strategy (service quotas).
const MOST_OF_A_STRATEGY: usize = 20;
const MINUTE: SimDuration = SimDuration::from_secs(60);

pub fn check(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    if cluster.kind != ClusterKind::Ecs {
        return only_ecs(cluster, at, out);
    }
    if cluster.vm.is_some() {
        let title = "the machines of an ECS cluster are instances of EC2, or those of Fargate";
        let help = "leave out `vm`, and say `instance_types` in a `[[cluster.auto_scaling_group]]`";
        out.push(Finding::new(at.key("vm"), title).on_key().help(help));
    }
    for (index, provider) in cluster.capacity_providers.iter().enumerate() {
        let at = at.key("capacity_provider").index(index);
        check_provider(cluster, index, provider, &at, out);
    }
    let at_options = at.key("ecs");
    check_strategy(cluster, &at_options, out);
    check_options(&cluster.ecs, &at_options, out);
    security_groups::check(cluster, at, out);
    for (index, run) in cluster.run_tasks.iter().enumerate() {
        let at = at.key("run_task").index(index);
        if let Some(count) = run.count {
            within(count, &(1..=1_000_000), at.key("count"), "the number of tasks", out);
        }
        if let Some(law) = &run.duration {
            laws::check(law, &at.key("duration"), out);
        }
    }
    check_roles(cluster, at, out);
}

/// ARNs that roles can have, each once.
pub fn check_roles(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    for (index, role) in cluster.roles.iter().enumerate() {
        let at = at.key("role").index(index);
        let at_arn = at.key("arn");
        check_role(&role.arn, at_arn.clone(), out);
        if cluster.roles[..index].iter().any(|other| other.arn == role.arn) {
            out.push(Finding::new(at_arn, format!("the role `{}` is there twice", role.arn)));
        }
        if role.trust.is_some() && cluster.kind == ClusterKind::Ecs {
            let title = "on ECS it is not asked who may be a role";
            out.push(Finding::new(at.key("trust"), title).on_key().help("leave `trust` out"));
        }
    }
}

/// What other clusters do not have.
fn only_ecs(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    let written = [
        ("ecs", cluster.ecs != EcsOptions::default()),
        ("ebs", cluster.ebs != EbsOptions::default()),
        ("capacity_provider", !cluster.capacity_providers.is_empty()),
        ("auto_scaling_group", !cluster.auto_scaling_groups.is_empty()),
        ("run_task", !cluster.run_tasks.is_empty()),
        ("subnet", !cluster.subnets.is_empty()),
        ("load_balancer", !cluster.load_balancers.is_empty()),
        ("target_group", !cluster.target_groups.is_empty()),
        ("security_group", !cluster.security_groups.is_empty()),
        ("security_groups_file", cluster.security_groups_file.is_some()),
        ("prefix_list", !cluster.prefix_lists.is_empty()),
        ("role", !cluster.roles.is_empty()),
        ("overhead", cluster.overhead.is_some()),
    ];
    let on_eks = ["ebs", "subnet", "load_balancer", "target_group", "role"];
    let is_none = |key: &str| cluster.kind != ClusterKind::Eks || !on_eks.contains(&key);
    let written = written.into_iter().filter(|&(key, written)| written && is_none(key));
    for (key, _) in written {
        let (systems, help) = match on_eks.contains(&key) {
            true => ("ECS or EKS", "its kind would be `ecs` or `eks`"),
            false => ("ECS", "its kind would be `ecs`"),
        };
        let name = &cluster.name;
        let title = format!("`{key}` is for clusters of Amazon {systems}, and `{name}` is none");
        out.push(Finding::new(at.key(key), title).on_key().help(help));
    }
}

fn check_provider(
    cluster: &Cluster,
    index: usize,
    provider: &CapacityProvider,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let reserved = ["aws", "ecs", "fargate"];
    let lower = provider.name.to_ascii_lowercase();
    if provider.name.is_empty() {
        out.push(Finding::new(at.key("name"), "the name is empty"));
    } else if let Some(prefix) = reserved.into_iter().find(|prefix| lower.starts_with(prefix)) {
        let title = format!("the name of a capacity provider cannot begin with `{prefix}`");
        let help = "`FARGATE` and `FARGATE_SPOT` are there without being written";
        out.push(Finding::new(at.key("name"), title).help(help));
    }
    if cluster.capacity_providers[..index].iter().any(|other| other.name == provider.name) {
        let title = format!("there are two capacity providers named `{}`", provider.name);
        out.push(Finding::new(at.key("name"), title).label("second"));
    }
    let groups = || cluster.auto_scaling_groups.iter().map(|group| group.name.as_str());
    if !groups().any(|name| name == provider.group) {
        let title = format!("there is no Auto Scaling group `{}`", provider.group);
        let help = suggestion(&provider.group, groups(), "Auto Scaling group");
        out.push(Finding::new(at.key("group"), title).help(help));
    }
    let earlier = cluster.capacity_providers[..index].iter();
    if earlier.clone().any(|other| other.group == provider.group) {
        let title = format!("the group `{}` has a capacity provider already", provider.group);
        out.push(Finding::new(at.key("group"), title).label("second"));
    }
    let target = at.key("target_capacity");
    within(provider.target_capacity, &(1..=100), target, "the target capacity in percent", out);
    let steps = 1..=10_000;
    within(provider.min_step, &steps, at.key("min_step"), "the fewest instances of a step", out);
    within(provider.max_step, &steps, at.key("max_step"), "the most instances of a step", out);
    let warmup = (SimDuration::ZERO, SimDuration::from_secs(10_000));
    let at_warmup = at.key("warmup");
    within(provider.warmup, &(warmup.0..=warmup.1), at_warmup, "the warm-up of instances", out);
    if provider.termination_protection && !provider.managed_scaling {
        let title = "managed termination protection needs managed scaling";
        let at = at.key("termination_protection");
        out.push(Finding::new(at, title).help("leave out `managed_scaling = false`"));
    }
    if provider.min_step > provider.max_step {
        let (least, most) = (provider.min_step, provider.max_step);
        let title = format!("a step of at least {least} cannot be of at most {most}");
        out.push(Finding::new(at.key("max_step"), title));
    }
}

fn check_strategy(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    let strategy = &cluster.ecs.default_strategy;
    let at = at.key("default_strategy");
    let written = cluster.capacity_providers.iter().map(|it| it.name.as_str());
    let groups = cluster.auto_scaling_groups.iter().map(|it| it.name.as_str());
    let named: Vec<&str> =
        if cluster.capacity_providers.is_empty() { groups.collect() } else { written.collect() };
    if strategy.is_empty() && named.len() > 1 {
        let title =
            format!("`{}` has several capacity providers: which do tasks get?", cluster.name);
        let help = format!(
            "say so, such as `default_strategy = [{{ provider = \"{}\" }}]`",
            named.first().copied().unwrap_or_default()
        );
        out.push(Finding::new(at, title).help(help));
        return;
    }
    let is_fargate = |it: &ProviderWeight| FARGATE.contains(&it.provider.as_str());
    for (index, it) in strategy.iter().enumerate() {
        let at = at.index(index);
        if !is_fargate(it) && !named.contains(&it.provider.as_str()) {
            let title = format!("there is no capacity provider `{}`", it.provider);
            let all = named.iter().copied().chain(FARGATE);
            let help = suggestion(&it.provider, all, "capacity provider");
            out.push(Finding::new(at.key("provider"), title).help(help));
        }
        if strategy[..index].iter().any(|other| other.provider == it.provider) {
            let title = format!("the provider `{}` is there twice", it.provider);
            out.push(Finding::new(at.key("provider"), title).label("second"));
        }
        within(it.base, &(0..=100_000), at.key("base"), "the base", out);
        within(it.weight, &(0..=1000), at.key("weight"), "the weight", out);
        if it.base > 0 && strategy[..index].iter().any(|other| other.base > 0) {
            let title = "only one provider of a strategy may have a base";
            out.push(Finding::new(at.key("base"), title).label("second"));
        }
    }
    let fargate = strategy.iter().filter(|it| is_fargate(it)).count();
    if fargate > 0 && fargate < strategy.len() {
        let title = "a strategy has providers of Fargate or of instances, not of both";
        out.push(Finding::new(at.clone(), title));
    }
    if !strategy.is_empty() && strategy.iter().all(|it| it.base == 0 && it.weight == 0) {
        let title = "no provider would get a task: all have weight 0";
        out.push(Finding::new(at.clone(), title));
    }
    if strategy.len() > MOST_OF_A_STRATEGY {
        let title = format!("a strategy has at most {MOST_OF_A_STRATEGY} providers");
        out.push(Finding::new(at, title));
    }
}

fn check_options(options: &EcsOptions, at: &Path, out: &mut Vec<Finding>) {
    let min = at.key("min_healthy_percent");
    within(options.min_healthy_percent, &(0..=100), min, "the healthy part in percent", out);
    let max = at.key("max_percent");
    within(options.max_percent, &(100..=200), max, "the part there may be in percent", out);
    let stop = at.key("stop_timeout");
    lasting(options.stop_timeout, stop, "the time between stop and kill", out);
    let waits = at.key("provisioning_timeout");
    lasting(options.provisioning_timeout, waits, "the time that tasks wait for capacity", out);
    let throttle = &options.start_throttle;
    let at_throttle = at.key("start_throttle");
    lasting(throttle.first, at_throttle.key("first"), "the wait after a failed start", out);
    within(throttle.factor, &(1..=1000), at_throttle.key("factor"), "how the wait grows", out);
    if throttle.most < throttle.first {
        let title = "the longest wait is shorter than the first";
        let help = format!("{} or longer", throttle.first);
        out.push(Finding::new(at_throttle.key("most"), title).help(help));
    }
    if options.fargate_spot_interruptions >= Fraction(1.0) {
        let title = "at 100% a month no task would last any time";
        let at = at.key("fargate_spot_interruptions");
        out.push(Finding::new(at, title).help("such as `\"20%\"`"));
    }
    for (index, it) in options.task_protection.iter().enumerate() {
        let at = at.key("task_protection").index(index).key("lasts");
        let (least, most) = (MINUTE, SimDuration::from_secs(48 * 60 * 60));
        within(it.lasts, &(least..=most), at.clone(), "how long a task is protected", out);
        if it.lasts.as_nanos() % MINUTE.as_nanos() != 0 {
            out.push(Finding::new(at, "a task is protected for whole minutes"));
        }
    }
    for (law, key) in [
        (&options.agent, "agent"),
        (&options.interface, "interface"),
        (&options.trunk_interface, "trunk_interface"),
        (&options.fargate, "fargate"),
        (&options.registration, "registration"),
        (&options.task_duration, "task_duration"),
    ] {
        laws::check(law, &at.key(key), out);
    }
    for (role, key) in
        [(&options.execution_role, "execution_role"), (&options.task_role, "task_role")]
    {
        if let Some(role) = role {
            check_role(role, at.key(key), out);
        }
    }
}

/// An ARN that a role can have.
pub fn check_role(arn: &str, at: Path, out: &mut Vec<Finding>) {
    if role_account(arn).is_none() {
        let title = format!("`{arn}` is not the ARN of a role");
        let help = "such as `\"arn:aws:iam::111122223333:role/web\"`";
        out.push(Finding::new(at, title).help(help));
    }
}
