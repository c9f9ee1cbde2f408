//! NodePools and EC2NodeClasses of a scenario's files, and what they are on its cluster.

use std::path::Path as FilePath;

use crate::aws::ec2::catalogue::{InstanceType, instance_type};
use crate::aws::eks::karpenter::node_class::{self, Disk, Image, NodeClass};
use crate::aws::eks::karpenter::types::{Market, allowed, is_known};
use crate::kubernetes::api::manifest::read_utf8;
use crate::kubernetes::autoscale::karpenter::api::{self, NodePool};
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::{INSTANCE_TYPE, Requirements};
use crate::scenario::aws::{AutoScalingGroup, Karpenter, NodeGroup, Subnet, Volume, VolumeKind};
use crate::scenario::diagnostic::suggestion;
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
    let at = at.key("karpenter").key("node_pools");
    let (mut specs, mut classes) = (Vec::new(), Vec::new());
    for file in &options.node_pools {
        let (found, made_by) = read(file)?;
        specs.extend(found);
        classes.extend(made_by);
    }
    if specs.is_empty() {
        let title = "these files have no NodePool";
        let help = "Karpenter launches nodes for NodePools: write `kind: NodePool`";
        return Err(Unfit::new(at, title, help).into());
    }
    if let Some(second) = second_of_name(specs.iter().map(|spec| &*spec.name)) {
        let title = format!("there are two NodePools named `{second}`");
        return Err(Unfit::new(at, title, "give each a name of its own").into());
    }
    specs.into_iter().map(|spec| pool(spec, &classes, options, cluster, &at)).collect()
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

fn read(file: &FilePath) -> Result<(Vec<NodePool>, Vec<NodeClass>), InputError> {
    let wrong = |errors| InputError::Manifest(Box::new(errors));
    let text = read_utf8(file).map_err(wrong)?;
    let name = file.display().to_string();
    let specs = api::read_text(&name, &text).map_err(wrong)?;
    let classes = node_class::read_text(&name, &text).map_err(wrong)?;
    Ok((specs, classes))
}

fn second_of_name<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let mut all = names.clone().enumerate();
    all.find(|(place, name)| names.clone().take(*place).any(|other| other == *name))
        .map(|(_, name)| name)
}

fn pool(
    spec: NodePool,
    classes: &[NodeClass],
    options: &Karpenter,
    cluster: &Cluster,
    at: &Path,
) -> Result<KarpenterPool, InputError> {
    let unfit = |title: String, help: String| Err(Unfit::new(at.clone(), title, help).into());
    let (kind, name) = &spec.template.class;
    let class = classes.iter().find(|class| **kind == *"EC2NodeClass" && class.name == **name);
    let Some(class) = class.cloned() else {
        let title = format!("NodePool `{}` is of {kind} `{name}`, which is in no file", spec.name);
        let help = suggestion(name, classes.iter().map(|it| it.name.as_str()), "EC2NodeClass");
        return unfit(title, help);
    };
    if class.image != Image::Linux {
        let title = format!("EC2NodeClass `{name}` is for Windows, which Karpenter has not here");
        return unfit(title, "have Windows nodes in a `[[cluster.node_group]]`".to_owned());
    }
    let unknown = spec.template.requirements.iter().map(|(key, _)| key);
    let unknown = unknown.filter(|key| key.starts_with(OF_TYPES)).find(|key| !is_known(key));
    if let Some(key) = unknown {
        let title = format!("NodePool `{}` requires `{key}`, which is not known", spec.name);
        return unfit(title, "leave this requirement out".to_owned());
    }
    let subnets = subnets(&class, cluster, at)?;
    let market = market(&subnets, options, cluster);
    let mut wanted = spec.template.requirements.clone();
    wanted.add_all(&Requirements::of_labels(&spec.template.labels));
    let types = allowed(&class, &wanted, &market);
    if types.is_empty() {
        let title = format!("no instance type meets the requirements of NodePool `{}`", spec.name);
        return unfit(title, hint(&wanted, &market));
    }
    let nodes = NodeGroup {
        instance_types: types.iter().map(|one| one.name.clone()).collect(),
        os: OperatingSystem::default(),
        subnets,
        max_pods: class.max_pods,
        volume: class.root.as_ref().map(|disk| volume(disk, at)).transpose()?,
        ..options.nodes_of(&spec.name)
    };
    Ok(KarpenterPool { spec, class, nodes, types, market })
}

/// What may be wrong with requirements that no type meets.
fn hint(wanted: &Requirements, market: &Market) -> String {
    let named = wanted.get(INSTANCE_TYPE).and_then(Allowed::named);
    let unknown = named.into_iter().flatten().find_map(|name| instance_type(name).err());
    match unknown {
        Some(unknown) => unknown.to_string(),
        None => format!("the zones of this cluster are {}", market.zones.join(", ")),
    }
}

/// The subnets of the nodes of a class, none for all: those that it names, or with terms by tags
/// those that are not for pods alone.
fn subnets(class: &NodeClass, cluster: &Cluster, at: &Path) -> Result<Vec<String>, InputError> {
    let unfit = |title: String, help: String| Err(Unfit::new(at.clone(), title, help).into());
    let of_pods = &cluster.eks.vpc_cni.pod_subnets;
    let all = || cluster.subnets.iter();
    for id in &class.subnets {
        let title = format!("EC2NodeClass `{}` selects subnet `{id}`, which is", class.name);
        if !all().any(|subnet| subnet.name == *id) {
            let help = suggestion(id, all().map(|it| it.name.as_str()), "subnet");
            return unfit(format!("{title} none"), help);
        }
        if of_pods.contains(id) {
            let help = "select the other ones, by `id` or by tags";
            return unfit(format!("{title} for pods (`pod_subnets`)"), help.to_owned());
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
        let title = format!("EC2NodeClass `{}` has no subnet: all are for pods", class.name);
        return unfit(title, "add a `[[cluster.subnet]]` for nodes".to_owned());
    }
    let has_pods = |zone| all().any(|it| it.zone == zone && of_pods.contains(&it.name));
    if let Some(lone) = of_nodes.iter().find(|subnet| !has_pods(subnet.zone)) {
        let (name, zone) = (&lone.name, lone.zone);
        let title = format!("pods on nodes in subnet `{name}` have no subnet in zone {zone}");
        let help = "name a subnet in each zone with nodes in `pod_subnets`, or select other \
                    subnets by `id`";
        return unfit(title, help.to_owned());
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

fn volume(disk: &Disk, at: &Path) -> Result<Volume, InputError> {
    let kind = match disk.kind.as_str() {
        "gp3" => VolumeKind::Gp3,
        "gp2" => VolumeKind::Gp2,
        "io1" => VolumeKind::Io1,
        "io2" => VolumeKind::Io2,
        "st1" => VolumeKind::St1,
        "sc1" => VolumeKind::Sc1,
        "standard" => VolumeKind::Standard,
        other => {
            let title = format!("`{other}` is no type of volume");
            return Err(Unfit::new(at.clone(), title, "such as `gp3`").into());
        }
    };
    let size = Bytes(disk.size.0.div_ceil(1 << 30) << 30);
    let throughput = disk.throughput.map(|mib| Bandwidth(f64::from(mib) * 1_048_576.0));
    Ok(Volume { kind, size, iops: disk.iops, throughput, latency: None })
}
