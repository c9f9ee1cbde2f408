//! How many pods a node takes.
//!
//! * Linux: an address each, of the interfaces of the first network card; the primary address of an
//!   interface is none for pods, and two pods (`aws-node`, `kube-proxy`) need none: `interfaces x
//!   (addresses - 1) + 2` (`nodeadm/internal/kubelet/maxpods/maxpods.go`, awslabs/amazon-eks-ami
//!   0137549). With prefix delegation each address but the primary one is a block of 16; only
//!   Nitro has that (`ipamd.go`, aws/amazon-vpc-cni-k8s 0089259: others fall back). With custom
//!   networking the first interface has no pods.
//! * Windows: one interface, and no pod without an address of it; the kubelet has its own limit of
//!   110 (Amazon EKS Best Practices, "Windows networking").
//! * Managed node groups take no more than 110, from 30 vCPUs on 250 (Amazon EKS User Guide,
//!   "Choose an optimal EC2 node instance type").

use crate::aws::ec2::catalogue::{InstanceType, Platform, instance_type, known_interfaces};

/// Addresses of a block of prefix delegation.
pub const PREFIX: u32 = 16;
/// Pods on the network of their host that every Linux node has.
const HOST_NETWORK: u32 = 2;
/// Default of the kubelet.
pub const KUBELET_DEFAULT: u32 = 110;
/// What managed groups allow below, and from, so many vCPUs.
const MANAGED: (u32, u32, u32) = (30, 110, 250);

/// How pods get their addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodNetwork {
    /// `ENABLE_PREFIX_DELEGATION`: blocks of 16 in place of single addresses.
    pub has_prefixes: bool,
    /// `AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG`: pods are in other subnets than their node.
    pub is_custom: bool,
}

impl PodNetwork {
    /// Whether a type really gets blocks: only Nitro has them, metal included.
    pub fn prefixes(&self, one: &InstanceType) -> bool {
        self.has_prefixes && one.platform != Platform::Xen
    }

    /// Addresses for pods that an interface can have.
    pub fn of_interface(&self, one: &InstanceType) -> u32 {
        let each = if self.prefixes(one) { PREFIX } else { 1 };
        one.network.addresses.saturating_sub(1) * each
    }

    /// Pods of a Linux node. With an address each and the network of the node, as the images have
    /// it published: four types with two cards (the largest of I7ie and I8ge) count both there,
    /// though addresses are of the first only. Otherwise by the rule.
    pub fn linux_pods(&self, one: &InstanceType) -> u32 {
        if !self.is_custom && !self.prefixes(one) {
            return one.max_pods;
        }
        let interfaces = one.network.first_card_enis.saturating_sub(u32::from(self.is_custom));
        interfaces * self.of_interface(one) + HOST_NETWORK
    }

    /// Pods of a Windows node, which has addresses of its first interface only.
    pub fn windows_pods(&self, one: &InstanceType) -> u32 {
        self.of_interface(one).min(KUBELET_DEFAULT)
    }
}

/// Pods of a Linux node by the name of its type, each with an address of its own, as the images
/// have it for types that the catalogue lacks too.
pub fn published_pods(name: &str) -> Option<u32> {
    let by_rule = |(interfaces, addresses): (u32, u32)| interfaces * (addresses - 1) + HOST_NETWORK;
    match instance_type(name) {
        Ok(one) => Some(PodNetwork::default().linux_pods(one)),
        Err(_) => known_interfaces(name).map(by_rule),
    }
}

/// Pods of a node that Karpenter launches, of which its kubelet is told: an address each of the
/// first card's interfaces but those reserved (`RESERVED_ENIS`). It does not know whether addresses
/// come in blocks or the first interface has none (`ENILimitedPods` of
/// `pkg/providers/instancetype/types.go`, aws/karpenter-provider-aws 027ed24).
pub fn karpenter_pods(one: &InstanceType, reserved_enis: u32) -> u32 {
    match one.network.first_card_enis.saturating_sub(reserved_enis) {
        0 => 0,
        interfaces => interfaces * one.network.addresses.saturating_sub(1) + HOST_NETWORK,
    }
}

/// Pods at most in a managed node group, whatever addresses there are.
pub fn managed_limit(vcpus: u32) -> u32 {
    let (many, few, more) = MANAGED;
    if vcpus < many { few } else { more }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use serde::Deserialize;

    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    const PLAIN: PodNetwork = PodNetwork { has_prefixes: false, is_custom: false };
    const PREFIXES: PodNetwork = PodNetwork { has_prefixes: true, is_custom: false };
    const CUSTOM: PodNetwork = PodNetwork { has_prefixes: false, is_custom: true };

    fn of(name: &str) -> &'static InstanceType {
        instance_type(name).expect("it is in the catalogue")
    }

    /// m5.large: three interfaces of ten addresses.
    #[test]
    fn pods_have_the_addresses_of_interfaces_but_the_primary_ones() {
        let m5 = of("m5.large");
        assert_eq!(PLAIN.linux_pods(m5), 3 * 9 + 2);
        assert_eq!(CUSTOM.linux_pods(m5), 2 * 9 + 2);
        assert_eq!(PREFIXES.linux_pods(m5), 3 * 9 * 16 + 2);
        assert_eq!((PLAIN.windows_pods(m5), PREFIXES.windows_pods(m5)), (9, 110));
        assert_eq!(PREFIXES.windows_pods(of("t3.small")), 3 * 16);
        assert_eq!([0, 1, 3].map(|reserved| karpenter_pods(m5, reserved)), [29, 20, 0]);
        // p5 has 64 interfaces, but two on the first card
        assert_eq!(PLAIN.linux_pods(of("p5.48xlarge")), 2 * 49 + 2);
    }

    #[test]
    fn without_nitro_there_are_no_blocks() {
        let m4 = of("m4.large");
        assert_eq!(PREFIXES.linux_pods(m4), PLAIN.linux_pods(m4));
        assert!(PREFIXES.prefixes(of("m5.metal")));
    }

    #[test]
    fn managed_groups_have_limits_by_their_vcpus() {
        assert_eq!([2, 16, 29, 30, 96].map(managed_limit), [110, 110, 110, 250, 250]);
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Published {
        instance_type: String,
        #[serde(rename = "defaultMaxENIs")]
        interfaces: u32,
        #[serde(rename = "ipv4AddressesPerInterface")]
        addresses: u32,
    }

    /// What the images of EKS know of types (`instance-info.jsonl`), against the catalogue.
    #[test]
    fn every_published_type_has_the_pods_of_the_rule() {
        let table = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../shared/data/eks-max-pods/instance-info.jsonl");
        let Ok(text) = std::fs::read_to_string(table) else {
            return println!("skipped: the table of types is not beside the project");
        };
        let all: Vec<Published> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(all.len(), 1384);
        let (mut unknown, mut two_cards) = (0, Vec::new());
        for published in &all {
            let pods = published.interfaces * (published.addresses - 1) + 2;
            assert_eq!(published_pods(&published.instance_type), Some(pods), "{published:?}");
            let Ok(one) = instance_type(&published.instance_type) else {
                unknown += 1;
                continue;
            };
            if pods != one.network.first_card_enis * (one.network.addresses - 1) + 2 {
                two_cards.push(one.name.as_str());
            }
        }
        assert_eq!(unknown, 16);
        let large = ["i7ie.48xlarge", "i7ie.metal-48xl", "i8ge.48xlarge", "i8ge.metal-48xl"];
        assert_eq!(two_cards, large);
    }

    #[derive(Deserialize)]
    struct Line {
        name: String,
        eks_mng_max_pods: Option<u32>,
        eks_max_pods_prefix_uncapped: Option<u32>,
        windows_pods_per_node_ip_mode: Option<u32>,
    }

    #[test]
    fn managed_prefix_and_windows_pods_are_those_of_the_table() {
        let table =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/aws/ec2_instances.csv");
        let Ok(mut reader) = csv::Reader::from_path(table) else {
            return println!("skipped: the table of types is not beside the project");
        };
        let mut compared = BTreeMap::new();
        for line in reader.deserialize::<Line>() {
            let line = line.unwrap();
            let Ok(one) = instance_type(&line.name) else { continue };
            let managed = PLAIN.linux_pods(one).min(managed_limit(one.vcpus));
            let uncapped = PodNetwork { has_prefixes: true, is_custom: false };
            let blocks = one.network.first_card_enis * (one.network.addresses - 1) * PREFIX + 2;
            let windows = one.network.addresses - 1;
            let pairs = [
                ("managed", line.eks_mng_max_pods, managed),
                ("prefixes", line.eks_max_pods_prefix_uncapped, blocks),
                ("windows", line.windows_pods_per_node_ip_mode, windows),
            ];
            for (what, expected, found) in pairs {
                let Some(expected) = expected else { continue };
                assert_eq!(found, expected, "{what} of {}", one.name);
                *compared.entry(what).or_insert(0) += 1;
            }
            if one.platform != Platform::Xen {
                assert_eq!(uncapped.linux_pods(one), blocks, "{}", one.name);
            }
        }
        assert!(compared.values().all(|&count| count > 1300), "{compared:?}");
    }
}
