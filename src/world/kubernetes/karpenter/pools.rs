//! NodePools and EC2NodeClasses of a scenario's files, and what they are on its cluster.

use serde_json::Value;

use super::files::{Files, place_of, root};
use crate::aws::ec2::catalogue::{InstanceType, instance_type};
use crate::aws::eks::karpenter::node_class::{Disk, Image, NodeClass};
use crate::aws::eks::karpenter::types::{Market, allowed, is_known, known_labels, requirements};
use crate::kubernetes::api::validate::Violation;
use crate::kubernetes::autoscale::karpenter::api::NodePool;
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::{INSTANCE_TYPE, Requirements};
use crate::scenario::aws::{AutoScalingGroup, Karpenter, NodeGroup, Subnet, Volume, VolumeKind};
use crate::scenario::diagnostic::{nearest, suggestion};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, OperatingSystem};
use crate::units::{Bandwidth, Bytes};
use crate::world::InputError;
use crate::world::input::Unfit;
use crate::world::subnets::zone_name;

/// What labels begin with that the types of instances decide.
const OF_TYPES: &str = "karpenter.k8s.aws/";

/// A NodePool, and what its nodes are.
#[derive(Clone, Debug)]
pub(in crate::world) struct KarpenterPool {
    /// As it was written.
    pub spec: NodePool,
    /// How its machines are made.
    pub class: NodeClass,
    /// What it has in common with a node group.
    pub nodes: NodeGroup,
    /// The types that its instances may be, in the order of their names.
    pub types: Vec<&'static InstanceType>,
    /// Where they may be, and what Karpenter takes for granted of them.
    pub market: Market,
}

fn node_pools(cluster: &Cluster, at: &Path) -> Result<Vec<KarpenterPool>, InputError> {
    let Some(options) = &cluster.karpenter else { return Ok(Vec::new()) };
    let karpenter = at.key("karpenter");
    let at = karpenter.key("node_pools");
    let files = Files::read(&options.node_pools)?;
    if files.pools.is_empty() {
        let title = "these files have no NodePool";
        let help = "Karpenter launches nodes for NodePools: write `kind: NodePool`";
        return Err(Unfit::new(at, title, help).into());
    }
    if let Some(second) = second_of_name(files.pools.iter().map(|(spec, _)| &*spec.name)) {
        let title = format!("there are two NodePools named `{second}`");
        return Err(Unfit::new(at, title, "give each a name of its own").into());
    }
    for (place, drift) in options.drifts.iter().enumerate() {
        let names = files.pools.iter().map(|(spec, _)| &*spec.name);
        let is_known = |name: &&String| names.clone().any(|known| known == name.as_str());
        if let Some(unknown) = drift.node_pools.iter().find(|name| !is_known(name)) {
            let title = format!("`{unknown}` is no NodePool of these files");
            let help = suggestion(unknown, names, "NodePool");
            let at = karpenter.key("drift").index(place).key("node_pools");
            return Err(Unfit::new(at, title, help).into());
        }
    }
    files.pools.iter().map(|known| pool(known, &files, options, cluster)).collect()
}

/// The pools of a cluster, at this place of the scenario, and the groups of EC2 in which they have
/// their instances.
///
/// # Errors
/// A file cannot be read or is not what Karpenter would take, or what it says cannot be.
pub(in crate::world) fn fleets(
    cluster: &Cluster,
    at: &Path,
) -> Result<(Vec<KarpenterPool>, Vec<AutoScalingGroup>), InputError> {
    let pools = node_pools(cluster, at)?;
    let groups = pools.iter().map(|pool| pool.nodes.group()).collect();
    Ok((pools, groups))
}

fn second_of_name<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let mut all = names.clone().enumerate();
    all.find(|(place, name)| names.clone().take(*place).any(|other| other == *name))
        .map(|(_, name)| name)
}

fn pool(
    (spec, file): &(NodePool, usize),
    files: &Files,
    options: &Karpenter,
    cluster: &Cluster,
) -> Result<KarpenterPool, InputError> {
    let wrong = |wrong: &dyn Fn(&Value) -> Violation| files.fault(*file, spec, wrong);
    let (kind, name) = &spec.template.class;
    let classes = files.classes.iter().filter(|_| **kind == *"EC2NodeClass");
    let Some((class, of)) = classes.clone().find(|(class, _)| class.name == **name) else {
        let message = format!("{kind} `{name}` is in no file");
        let known = files.classes.iter().map(|(it, _)| it.name.as_str());
        let help = suggestion(name, known, "EC2NodeClass");
        let path = root().dotted("spec.template.spec.nodeClassRef");
        let path = if **kind == *"EC2NodeClass" { path.key("name") } else { path.key("kind") };
        return wrong(&|_| Violation::new(path.clone(), message.clone()).help(help.clone()));
    };
    let of_class = |at: &str, message: String, help: String| {
        let path = root().dotted(at);
        let wrong = |_: &Value| Violation::new(path.clone(), message.clone()).help(help.clone());
        files.fault_of_class(*of, class, &wrong)
    };
    if class.image != Image::Linux {
        let message = "Karpenter has no Windows nodes here".to_owned();
        let help = "have Windows nodes in a `[[cluster.node_group]]`".to_owned();
        return of_class("spec", message, help);
    }
    let unknown = spec.template.requirements.iter().map(|(key, _)| key);
    let unknown = unknown.filter(|key| key.starts_with(OF_TYPES)).find(|key| !is_known(key));
    if let Some(key) = unknown {
        let message = "this label of instance types is not known here";
        let help = match nearest(key, known_labels().iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`? Or leave this requirement out"),
            None => "leave this requirement out".to_owned(),
        };
        let at = |value: &Value| place_of(value, key);
        return wrong(&|value| Violation::new(at(value), message).help(help.clone()));
    }
    let subnets = match subnets(class, cluster) {
        Ok(subnets) => subnets,
        Err((message, help)) => return of_class("spec.subnetSelectorTerms", message, help),
    };
    let market = market(&subnets, options, cluster);
    let mut wanted = spec.template.requirements.clone();
    wanted.add_all(&Requirements::of_labels(&spec.template.labels));
    let types = allowed(class, &wanted, &market);
    if types.is_empty() {
        let (key, message, help) = culprit(class, &wanted, &market);
        let at = |value: &Value| place_of(value, &key);
        return wrong(&|value| Violation::new(at(value), message.clone()).help(help.clone()));
    }
    let volume = match class.root.as_ref().map(volume).transpose() {
        Ok(volume) => volume,
        Err(kind) => {
            let (message, help) = (format!("`{kind}` is no type of volume"), "such as `gp3`");
            return of_class("spec.blockDeviceMappings", message, help.to_owned());
        }
    };
    let nodes = NodeGroup {
        instance_types: types.iter().map(|one| one.name.clone()).collect(),
        os: OperatingSystem::default(),
        subnets,
        max_pods: class.max_pods,
        volume,
        ..options.nodes_of(&spec.name)
    };
    Ok(KarpenterPool { spec: spec.clone(), class: class.clone(), nodes, types, market })
}

/// The requirement without which there would be types, in words, and what would be right.
fn culprit(class: &NodeClass, wanted: &Requirements, market: &Market) -> (String, String, String) {
    let without = |key: &str| {
        let mut others = wanted.clone();
        others.forget(key);
        allowed(class, &others, market)
    };
    let one = wanted.iter().map(|(key, _)| key).find(|key| !without(key).is_empty());
    let Some(key) = one else {
        let first = wanted.iter().next().map_or("", |(key, _)| key);
        let message = "no instance type meets these requirements together";
        let help = "`plimsoll catalog` lists instance types";
        return (first.to_owned(), message.to_owned(), help.to_owned());
    };
    let asked = wanted.get(key).map(Allowed::to_string).unwrap_or_default();
    let message = format!("no instance type has {key} {asked} beside what else is required");
    let named = wanted.get(INSTANCE_TYPE).and_then(Allowed::named).filter(|_| key == INSTANCE_TYPE);
    let unknown = named.into_iter().flatten().find_map(|name| instance_type(name).err());
    let help =
        unknown.map_or_else(|| choices(key, class, &without(key), market), |it| it.to_string());
    (key.to_owned(), message, help)
}

/// What a label may be, of these types.
fn choices(key: &str, class: &NodeClass, types: &[&InstanceType], market: &Market) -> String {
    const MOST: usize = 12;
    let mut values: Vec<String> = Vec::new();
    for one in types {
        let known = requirements(one, class, market);
        let known = known.get(key).and_then(Allowed::named).into_iter().flatten();
        values.extend(known.map(ToString::to_string));
    }
    values.sort_by_key(|value| (value.parse::<u64>().unwrap_or(u64::MAX), value.clone()));
    values.dedup();
    match values.len() {
        0 => format!("no instance type has {key}"),
        1..=MOST => format!("it may be {}", values.join(", ")),
        _ => format!("it may be {}, …, {}", values[..MOST].join(", "), values[values.len() - 1]),
    }
}

/// The subnets of the nodes of a class, none for all: those that it names, or with terms by tags
/// those that are not for pods alone. Else what is wrong, and what would be right.
fn subnets(class: &NodeClass, cluster: &Cluster) -> Result<Vec<String>, (String, String)> {
    let of_pods = &cluster.eks.vpc_cni.pod_subnets;
    let all = || cluster.subnets.iter();
    for id in &class.subnets {
        if !all().any(|subnet| subnet.name == *id) {
            let help = suggestion(id, all().map(|it| it.name.as_str()), "subnet");
            return Err((format!("`{id}` is no subnet of the cluster"), help));
        }
        if of_pods.contains(id) {
            let help = "select the other ones, by `id` or by tags";
            return Err((format!("`{id}` is a subnet of pods (`pod_subnets`)"), help.to_owned()));
        }
    }
    if of_pods.is_empty() {
        return Ok(class.subnets.clone());
    }
    let is_of = |subnet: &&Subnet| match class.subnets.is_empty() {
        true => !of_pods.contains(&subnet.name),
        false => class.subnets.contains(&subnet.name),
    };
    let of_nodes: Vec<&Subnet> = all().filter(is_of).collect();
    if of_nodes.is_empty() {
        let message = "there is no subnet for nodes: all are for pods".to_owned();
        return Err((message, "add a `[[cluster.subnet]]` for nodes".to_owned()));
    }
    let has_pods = |zone| all().any(|it| it.zone == zone && of_pods.contains(&it.name));
    if let Some(lone) = of_nodes.iter().find(|subnet| !has_pods(subnet.zone)) {
        let (name, zone) = (&lone.name, lone.zone);
        let message = format!("pods on nodes in subnet `{name}` have no subnet in zone {zone}");
        let help = "name a subnet in each zone with nodes in `pod_subnets`, or select other \
                    subnets by `id`";
        return Err((message, help.to_owned()));
    }
    Ok(of_nodes.into_iter().map(|subnet| subnet.name.clone()).collect())
}

/// Where nodes in these subnets may be.
fn market(names: &[String], options: &Karpenter, cluster: &Cluster) -> Market {
    let subnets = &cluster.subnets;
    let selected = |name: &String| names.is_empty() || names.contains(name);
    let mut zones: Vec<u32> = match subnets.is_empty() {
        true => (0..cluster.zones.map_or(1, |zones| zones.count)).collect(),
        false => subnets.iter().filter(|it| selected(&it.name)).map(|it| it.zone).collect(),
    };
    zones.sort_unstable();
    zones.dedup();
    Market {
        region: cluster.region.clone().unwrap_or_else(|| "us-east-1".to_owned()),
        zones: zones.into_iter().map(|zone| zone_name(cluster, zone)).collect(),
        spot_discount: options.spot_discount,
        memory_overhead: options.memory_overhead,
        reserved_enis: options.reserved_enis,
    }
}

/// The root volume of a disk, or the type that there is not.
fn volume(disk: &Disk) -> Result<Volume, String> {
    let kind = match disk.kind.as_str() {
        "gp3" => VolumeKind::Gp3,
        "gp2" => VolumeKind::Gp2,
        "io1" => VolumeKind::Io1,
        "io2" => VolumeKind::Io2,
        "st1" => VolumeKind::St1,
        "sc1" => VolumeKind::Sc1,
        "standard" => VolumeKind::Standard,
        other => return Err(other.to_owned()),
    };
    let size = Bytes(disk.size.0.div_ceil(1 << 30) << 30);
    let throughput = disk.throughput.map(|mib| Bandwidth(f64::from(mib) * 1_048_576.0));
    Ok(Volume { kind, size, iops: disk.iops, throughput, latency: None })
}
