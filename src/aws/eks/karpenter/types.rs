//! Types of instances as Karpenter knows them: labels, sizes, offerings.
//!
//! karpenter-provider-aws 1.x, pkg/providers/instancetype/types.go: how large a node will be is
//! reckoned from the type, less the share of memory that it takes for hidden, before any was seen.
//! All types are taken to be offered in all zones, and Spot costs a share less everywhere.

use super::node_class::{Image, NodeClass};
use crate::aws::ec2::billing::{InstancePrice, Licence, Purchase};
use crate::aws::ec2::catalogue::{
    Architecture, InstanceType as Type, Maker, Platform, instance_types,
};
use crate::aws::eks::node::memory;
use crate::aws::eks::node::pods::{KUBELET_DEFAULT, karpenter_pods};
use crate::kubernetes::autoscale::karpenter::instance::{
    CapacityType, InstanceType, Offering, Price,
};
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::{
    CAPACITY_TYPE, INSTANCE_TYPE, Requirements, WellKnown, ZONE,
};
use crate::kubernetes::scheduler::resources::{ResourceKind, Resources};
use crate::units::{Bytes, Fraction, HourlyPrice};

const MIB: u64 = 1 << 20;
const REGION: &str = "topology.kubernetes.io/region";
const ARCHITECTURE: &str = "kubernetes.io/arch";
const SYSTEM: &str = "kubernetes.io/os";

/// What follows `karpenter.k8s.aws/instance-` in the labels of nodes that their type decides.
const OF_TYPE: [&str; 19] = [
    "accelerator-count",
    "accelerator-manufacturer",
    "accelerator-name",
    "category",
    "cpu",
    "cpu-manufacturer",
    "cpu-sustained-clock-speed-mhz",
    "ebs-bandwidth",
    "family",
    "generation",
    "gpu-count",
    "gpu-manufacturer",
    "gpu-memory",
    "gpu-name",
    "hypervisor",
    "local-nvme",
    "memory",
    "network-bandwidth",
    "size",
];

/// Where nodes may be, and what is taken for granted of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Market {
    /// Region, such as `us-east-1`.
    pub region: String,
    /// Names of the zones in which there are subnets.
    pub zones: Vec<String>,
    /// What Spot takes off the price.
    pub spot_discount: Fraction,
    /// Part of a type's memory that is taken for hidden.
    pub memory_overhead: Fraction,
    /// Network interfaces of each node that are taken to have no pods.
    pub reserved_enis: u32,
}

/// The labels that nodes have though no NodePool names them.
pub fn well_known() -> WellKnown {
    WellKnown::with(
        OF_TYPE.iter().map(|name| label(name)).chain(["topology.k8s.aws/zone-id".to_owned()]),
    )
}

/// Whether a label with the prefix of the provider is one that is known of types.
pub fn is_known(key: &str) -> bool {
    OF_TYPE.iter().any(|name| label(name) == key)
}

/// The labels with the prefix of the provider that are known of types.
pub fn known_labels() -> Vec<String> {
    OF_TYPE.iter().map(|name| label(name)).collect()
}

fn label(name: &str) -> String {
    format!("karpenter.k8s.aws/instance-{name}")
}

/// The types that a class and the requirements of a NodePool leave, in the order of their names.
pub fn allowed(class: &NodeClass, pool: &Requirements, market: &Market) -> Vec<&'static Type> {
    let sold = |one: &&Type| {
        let is_windows = class.image != Image::Linux;
        one.linux.is_some() && !one.is_mac && (!is_windows || one.windows.is_some())
    };
    let all = instance_types().iter().filter(sold);
    all.filter(|one| requirements(one, class, market).intersect(pool)).collect()
}

/// A type as Karpenter knows it, on a root volume of this size. `resource` numbers what only some
/// nodes have, such as `nvidia.com/gpu`.
pub fn describe(
    one: &Type,
    class: &NodeClass,
    volume: Bytes,
    market: &Market,
    resource: &mut dyn FnMut(&str) -> ResourceKind,
) -> InstanceType {
    let size = memory::linux(one, market.memory_overhead, volume);
    let amounts = |cpu: u64, memory: Bytes, storage: Bytes| {
        let mut amounts = Resources::default();
        amounts.milli_cpu = cpu as i64;
        amounts.memory = memory.0 as i64;
        amounts.ephemeral_storage = storage.0 as i64;
        amounts
    };
    let (all, left) = (size.capacity, size.allocatable);
    let mut capacity = amounts(all.cpu.0, all.memory, all.storage);
    let mut allocatable = amounts(left.cpu.0, left.memory, left.storage);
    for (name, count) in devices(one) {
        let kind = resource(name);
        capacity.set(kind, count.into());
        allocatable.set(kind, count.into());
    }
    InstanceType {
        name: one.name.as_str().into(),
        requirements: requirements(one, class, market),
        capacity,
        allocatable,
        allowed_pods: pods(one, class, market).into(),
        offerings: offerings(one, class, market),
    }
}

/// Devices of a type by the names of their resources.
pub fn devices(one: &Type) -> Vec<(&'static str, u32)> {
    let gpus = one.gpus.as_ref().map(|gpus| ("nvidia.com/gpu", gpus.count));
    let is_neuron = |name: &str| name.starts_with("Inferentia") || name.starts_with("Trainium");
    let neurons = one.accelerators.as_ref().filter(|it| is_neuron(&it.name));
    let neurons = neurons.map(|it| ("aws.amazon.com/neuron", it.count));
    gpus.into_iter().chain(neurons).collect()
}

/// Pods of a node: what the class says, or as many as Karpenter knows addresses for.
pub fn pods(one: &Type, class: &NodeClass, market: &Market) -> u32 {
    let usual = match class.image {
        Image::Linux => karpenter_pods(one, market.reserved_enis),
        _ => KUBELET_DEFAULT,
    };
    class.max_pods.unwrap_or(usual)
}

fn offerings(one: &Type, class: &NodeClass, market: &Market) -> Vec<Offering> {
    let licence = if class.image == Image::Linux { Licence::Linux } else { Licence::Windows };
    let spot = Purchase::Spot { discount: market.spot_discount };
    let price = |bought| {
        let price = InstancePrice::of(one, licence, bought).ok()?;
        Some(Price::of(HourlyPrice(price.instance.0 + price.licence.0)))
    };
    let prices =
        [(CapacityType::OnDemand, price(Purchase::OnDemand)), (CapacityType::Spot, price(spot))];
    let in_zone = |zone: &String| {
        let zone: Box<str> = zone.as_str().into();
        prices.into_iter().filter_map(move |(capacity_type, price)| {
            Some(Offering { zone: zone.clone(), capacity_type, price: price?, available: true })
        })
    };
    market.zones.iter().flat_map(in_zone).collect()
}

/// What labels of nodes of a type may be.
pub fn requirements(one: &Type, class: &NodeClass, market: &Market) -> Requirements {
    let mut all = Requirements::default();
    all.add(INSTANCE_TYPE, &Allowed::only([one.name.as_str()]));
    let architecture = match one.architecture {
        Architecture::X86 => "amd64",
        Architecture::Arm => "arm64",
    };
    all.add(ARCHITECTURE, &Allowed::only([architecture]));
    let system = if class.image == Image::Linux { "linux" } else { "windows" };
    all.add(SYSTEM, &Allowed::only([system]));
    all.add(REGION, &Allowed::only([market.region.as_str()]));
    all.add(ZONE, &Allowed::only(market.zones.iter().map(String::as_str)));
    let bought = [CapacityType::OnDemand, CapacityType::Spot].map(CapacityType::label);
    all.add(CAPACITY_TYPE, &Allowed::only(bought));
    for (name, value) in OF_TYPE.iter().zip(of_type(one)) {
        let allowed = value.map_or_else(Allowed::nothing, |value| Allowed::only([value]));
        all.add(&label(name), &allowed);
    }
    all
}

/// The values of the labels of [`OF_TYPE`], in that order.
fn of_type(one: &Type) -> [Option<String>; 19] {
    let size = one.name.split('.').nth(1).unwrap_or_default();
    let (category, generation) = family(one.family());
    let maker = match one.maker {
        Maker::Intel => "intel",
        Maker::Amd => "amd",
        Maker::Aws => "aws",
        Maker::Apple => "apple",
    };
    let hypervisor = match one.platform {
        Platform::Nitro => Some("nitro".to_owned()),
        Platform::Xen => Some("xen".to_owned()),
        Platform::Metal => None,
    };
    let word = |name: &str| name.to_ascii_lowercase().replace(' ', "-");
    let gpus = one.gpus.as_ref();
    let accelerators = one.accelerators.as_ref();
    let megabits = |bytes: f64| ((bytes / 125_000.0).round() as u64).to_string();
    let nvme = one.disks.filter(|disks| disks.kind == crate::aws::ec2::catalogue::Disk::Nvme);
    [
        accelerators.map(|it| it.count.to_string()),
        accelerators.map(|_| "aws".to_owned()),
        accelerators.map(|it| word(&it.name)),
        Some(category),
        Some(one.vcpus.to_string()),
        Some(maker.to_owned()),
        one.clock_mhz.map(|clock| clock.to_string()),
        one.ebs.map(|ebs| megabits(ebs.bandwidth.peak.0)),
        Some(one.family().to_owned()),
        generation,
        gpus.map(|it| it.count.to_string()),
        gpus.map(|_| "nvidia".to_owned()),
        gpus.map(|it| (it.memory.0 / MIB / u64::from(it.count.max(1))).to_string()),
        gpus.map(|it| word(&it.name)),
        hypervisor,
        nvme.map(|disks| (disks.size.0 / 1_000_000_000).to_string()),
        Some((one.memory.0 / MIB).to_string()),
        Some(megabits(one.network.bandwidth.baseline.0)),
        Some(size.to_owned()),
    ]
}

/// Category and generation of a family: `m` and `5` of `m5ad`, `u` and `1` of `u-6tb1`.
fn family(name: &str) -> (String, Option<String>) {
    let category: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
    let rest = &name[category.len()..];
    let rest = rest
        .strip_prefix('-')
        .map_or(rest, |rest| rest.split_once("tb").map_or(rest, |(_, generation)| generation));
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (category, (!digits.is_empty()).then_some(digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;
    use crate::kubernetes::scheduler::labels::Operator;

    fn market() -> Market {
        Market {
            region: "us-east-1".to_owned(),
            zones: vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()],
            spot_discount: Fraction(0.65),
            memory_overhead: Fraction(0.075),
            reserved_enis: 0,
        }
    }

    fn class() -> NodeClass {
        NodeClass {
            name: "default".to_owned(),
            image: Image::Linux,
            root: None,
            subnets: Vec::new(),
            max_pods: None,
        }
    }

    #[test]
    fn families_have_a_category_and_a_generation() {
        let of = |name| {
            let (category, generation) = family(name);
            (category, generation.unwrap_or_default())
        };
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(of("m5ad"), pair("m", "5"));
        assert_eq!(of("inf2"), pair("inf", "2"));
        assert_eq!(of("u-6tb1"), pair("u", "1"));
        assert_eq!(of("x2iedn"), pair("x", "2"));
    }

    /// Three interfaces of ten addresses, prefixes or not; more where the class says so.
    #[test]
    fn a_class_says_how_many_pods_or_the_addresses_do() {
        let one = instance_type("m5.large").unwrap();
        assert_eq!(pods(one, &class(), &market()), 29);
        let class = NodeClass { max_pods: Some(110), ..class() };
        assert_eq!(pods(one, &class, &market()), 110);
    }

    /// m5.large: 8192 MiB, of which 615 are taken for hidden, 574 reserved, 100 for eviction.
    #[test]
    fn a_type_is_as_large_as_it_is_taken_to_be() {
        let one = instance_type("m5.large").unwrap();
        let none = &mut |_: &str| ResourceKind::Cpu;
        let found = describe(one, &class(), Bytes(20 << 30), &market(), none);
        assert_eq!((found.allocatable.milli_cpu, found.capacity.milli_cpu), (1930, 2000));
        assert_eq!(found.allocatable.memory, 6903 << 20);
        assert_eq!(found.allowed_pods, 29);
        assert_eq!(found.offerings.len(), 4);
        let wanted = Requirements::default();
        assert_eq!(found.price(&wanted), Some(Price::of(HourlyPrice(0.096 * 0.35))));
    }

    /// Three values of a label that the type decides, and bounds of others.
    #[test]
    fn pools_choose_types_by_their_labels() {
        let mut pool = Requirements::default();
        let one_of =
            |values: &[&str]| Operator::In(values.iter().map(|&value| value.into()).collect());
        pool.add(&label("family"), &Allowed::by(&one_of(&["m5", "m6g"])));
        pool.add(&label("cpu"), &Allowed::by(&Operator::Lt(9)));
        pool.add(ARCHITECTURE, &Allowed::by(&one_of(&["amd64"])));
        let names: Vec<_> =
            allowed(&class(), &pool, &market()).iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["m5.2xlarge", "m5.large", "m5.xlarge"]);
        let gpus = Requirements::of_labels(&[(&*label("gpu-name"), "t4")].into_iter().collect());
        let found = allowed(&class(), &gpus, &market());
        assert!(!found.is_empty() && found.iter().all(|one| one.family().starts_with("g4dn")));
    }
}
