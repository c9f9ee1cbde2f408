//! NodePools and EC2NodeClasses of a scenario's files, and what they are on its cluster.

use std::path::Path as FilePath;

use crate::aws::ec2::catalogue::{InstanceType, instance_type};
use crate::aws::eks::karpenter::node_class::{self, Disk, Image, NodeClass};
use crate::aws::eks::karpenter::types::{Market, allowed, is_known};
use crate::kubernetes::api::manifest::read_utf8;
use crate::kubernetes::autoscale::karpenter::api::{self, NodePool};
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::{INSTANCE_TYPE, Requirements};
use crate::scenario::aws::{AutoScalingGroup, Karpenter, NodeGroup, Volume, VolumeKind};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, OperatingSystem};
use crate::units::{Bandwidth, Bytes};
use crate::world::InputError;
use crate::world::input::Unfit;
use crate::world::kubernetes::addresses::network;
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
    let market = market(&class, options, cluster, at)?;
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
        subnets: class.subnets.clone(),
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

/// Where nodes of a class may be.
fn market(
    class: &NodeClass,
    options: &Karpenter,
    cluster: &Cluster,
    at: &Path,
) -> Result<Market, InputError> {
    let subnets = &cluster.subnets;
    for id in &class.subnets {
        if !subnets.iter().any(|subnet| subnet.name == *id) {
            let title =
                format!("EC2NodeClass `{}` selects subnet `{id}`, which is none", class.name);
            let help = suggestion(id, subnets.iter().map(|it| it.name.as_str()), "subnet");
            return Err(Unfit::new(at.clone(), title, help).into());
        }
    }
    let selected = |name: &String| class.subnets.is_empty() || class.subnets.contains(name);
    let mut zones: Vec<u32> = match subnets.is_empty() {
        true => (0..cluster.zones.map_or(1, |zones| zones.count)).collect(),
        false => subnets.iter().filter(|it| selected(&it.name)).map(|it| it.zone).collect(),
    };
    zones.sort_unstable();
    zones.dedup();
    Ok(Market {
        region: cluster.region.clone().unwrap_or_else(|| "us-east-1".to_owned()),
        zones: zones.into_iter().map(|zone| zone_name(cluster, zone)).collect(),
        spot_discount: options.spot_discount,
        memory_overhead: options.memory_overhead,
        network: network(cluster),
    })
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
