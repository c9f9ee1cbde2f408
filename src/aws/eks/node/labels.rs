//! Labels and taints of nodes, as they are when a node has joined.
//!
//! The kubelet sets operating system, architecture and name; the cloud controller type and place
//! (`pkg/providers/v1`, kubernetes/cloud-provider-aws), also under the older keys; the managed node
//! group its name and capacity type (Amazon EKS User Guide, "Simplify node lifecycle with managed
//! node groups"); Windows its build (Kubernetes documentation, "Well-Known Labels").

use std::collections::BTreeMap;

use crate::aws::ec2::catalogue::{Architecture, InstanceType};
use crate::aws::eks::node_group::CapacityType;
use crate::aws::eks::windows::WindowsServer;
use crate::kubernetes::scheduler::shape::{Effect, Taint};

/// Operating system of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeSystem {
    /// Amazon Linux, Bottlerocket, …
    Linux,
    /// Windows Server.
    Windows(WindowsServer),
}

/// The managed node group of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership<'a> {
    /// Name of the group.
    pub group: &'a str,
    /// What its instances are bought as.
    pub capacity: CapacityType,
    /// Image, as `ami-…`.
    pub image: &'a str,
}

/// A node, as far as labels tell.
#[derive(Clone, Copy, Debug)]
pub struct NodeFacts<'a> {
    /// Its name, such as `ip-10-0-1-17.ec2.internal`.
    pub name: &'a str,
    /// Its type.
    pub instance: &'a InstanceType,
    /// Its operating system.
    pub system: NodeSystem,
    /// Region, such as `us-east-1`.
    pub region: &'a str,
    /// Zone, such as `us-east-1a`: of every account another one.
    pub zone: &'a str,
    /// Id of the zone, such as `use1-az1`: of all accounts the same.
    pub zone_id: &'a str,
    /// Its managed node group, where it is of one.
    pub member: Option<Membership<'a>>,
}

impl NodeFacts<'_> {
    /// All labels but those that a user adds, by their keys.
    pub fn labels(&self) -> BTreeMap<&'static str, String> {
        let system = match self.system {
            NodeSystem::Linux => "linux",
            NodeSystem::Windows(_) => "windows",
        };
        let architecture = match self.instance.architecture {
            Architecture::X86 => "amd64",
            Architecture::Arm => "arm64",
        };
        let kind = self.instance.name.as_str();
        let mut labels: BTreeMap<_, _> = [
            ("kubernetes.io/hostname", self.name),
            ("kubernetes.io/os", system),
            ("beta.kubernetes.io/os", system),
            ("kubernetes.io/arch", architecture),
            ("beta.kubernetes.io/arch", architecture),
            ("node.kubernetes.io/instance-type", kind),
            ("beta.kubernetes.io/instance-type", kind),
            ("topology.kubernetes.io/region", self.region),
            ("failure-domain.beta.kubernetes.io/region", self.region),
            ("topology.kubernetes.io/zone", self.zone),
            ("failure-domain.beta.kubernetes.io/zone", self.zone),
            ("topology.k8s.aws/zone-id", self.zone_id),
        ]
        .into_iter()
        .map(|(key, value)| (key, value.to_owned()))
        .collect();
        if let NodeSystem::Windows(server) = self.system {
            labels.insert("node.kubernetes.io/windows-build", server.build().to_owned());
        }
        if let Some(member) = self.member {
            labels.insert("eks.amazonaws.com/nodegroup", member.group.to_owned());
            labels.insert("eks.amazonaws.com/nodegroup-image", member.image.to_owned());
            let capacity = member.capacity.name().to_owned();
            labels.insert("eks.amazonaws.com/capacityType", capacity);
        }
        labels
    }
}

/// The key of the taint that keeps pods away until the driver of volumes runs.
pub const DRIVER_NOT_READY: &str = "ebs.csi.aws.com/agent-not-ready";

/// Taints that a node registers with. Those of the group stay; the cloud controller takes off
/// `uninitialized` when it has set its labels, the driver of volumes its own when it runs
/// (`waits_for_driver`: whether the group has it, which is for users to say), and the node
/// lifecycle controller `not-ready`.
pub fn registered_with(group: &[Taint], waits_for_driver: bool) -> Vec<Taint> {
    let taint =
        |key: &str, value: &str, effect| Taint { key: key.into(), value: value.into(), effect };
    let uninitialized = "node.cloudprovider.kubernetes.io/uninitialized";
    let mut taints = group.to_vec();
    taints.push(taint(uninitialized, "true", Effect::NoSchedule));
    taints.push(taint("node.kubernetes.io/not-ready", "", Effect::NoSchedule));
    if waits_for_driver {
        taints.push(taint(DRIVER_NOT_READY, "", Effect::NoExecute));
    }
    taints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    fn facts(system: NodeSystem) -> NodeFacts<'static> {
        NodeFacts {
            name: "ip-10-0-1-17.ec2.internal",
            instance: instance_type("m5.large").expect("it is in the catalogue"),
            system,
            region: "us-east-1",
            zone: "us-east-1a",
            zone_id: "use1-az6",
            member: None,
        }
    }

    fn text(facts: &NodeFacts) -> String {
        let labels = facts.labels().into_iter();
        labels.map(|(key, value)| format!("{key}={value}\n")).collect()
    }

    #[test]
    fn a_node_of_a_managed_group_tells_its_type_place_and_group() {
        let member = Membership { group: "web", capacity: CapacityType::Spot, image: "ami-1" };
        let node = NodeFacts { member: Some(member), ..facts(NodeSystem::Linux) };
        insta::assert_snapshot!(text(&node), @r"
        beta.kubernetes.io/arch=amd64
        beta.kubernetes.io/instance-type=m5.large
        beta.kubernetes.io/os=linux
        eks.amazonaws.com/capacityType=SPOT
        eks.amazonaws.com/nodegroup=web
        eks.amazonaws.com/nodegroup-image=ami-1
        failure-domain.beta.kubernetes.io/region=us-east-1
        failure-domain.beta.kubernetes.io/zone=us-east-1a
        kubernetes.io/arch=amd64
        kubernetes.io/hostname=ip-10-0-1-17.ec2.internal
        kubernetes.io/os=linux
        node.kubernetes.io/instance-type=m5.large
        topology.k8s.aws/zone-id=use1-az6
        topology.kubernetes.io/region=us-east-1
        topology.kubernetes.io/zone=us-east-1a
        ");
    }

    #[test]
    fn windows_tells_its_build_and_a_node_without_a_group_none() {
        let labels = facts(NodeSystem::Windows(WindowsServer::V2022)).labels();
        assert_eq!(labels["kubernetes.io/os"], "windows");
        assert_eq!(labels["node.kubernetes.io/windows-build"], "10.0.20348");
        assert!(!labels.contains_key("eks.amazonaws.com/nodegroup"));
    }

    #[test]
    fn nodes_register_with_taints_that_others_take_off() {
        let own = Taint { key: "gpu".into(), value: "".into(), effect: Effect::NoSchedule };
        let keys = |waits| -> Vec<String> {
            let taints = registered_with(std::slice::from_ref(&own), waits);
            taints.iter().map(|taint| taint.key.to_string()).collect()
        };
        let uninitialized = "node.cloudprovider.kubernetes.io/uninitialized";
        assert_eq!(keys(false), ["gpu", uninitialized, "node.kubernetes.io/not-ready"]);
        assert_eq!(keys(true)[3], DRIVER_NOT_READY);
    }
}
