//! The node of a pod on Fargate, as it shows in the API.
//!
//! Its name is that of its address, its labels are those of any node of EKS without a type, and a
//! taint keeps all other pods away (Amazon EKS User Guide, "Get started with AWS Fargate for your
//! cluster"; names as in `kubernetes-retired/dashboard` issue 4906).

use std::net::Ipv4Addr;

use crate::kubernetes::scheduler::shape::{Effect, Taint};

/// Label and taint of all nodes of Fargate, and the value of both.
pub const COMPUTE_TYPE: (&str, &str) = ("eks.amazonaws.com/compute-type", "fargate");

/// The private name of an address in a region.
fn host_name(address: Ipv4Addr, region: &str) -> String {
    let [a, b, c, d] = address.octets();
    let domain = match region {
        "us-east-1" => "ec2.internal".to_owned(),
        _ => format!("{region}.compute.internal"),
    };
    format!("ip-{a}-{b}-{c}-{d}.{domain}")
}

/// The name of the node with this address.
pub fn name(address: Ipv4Addr, region: &str) -> String {
    format!("fargate-{}", host_name(address, region))
}

/// All labels of the node with this address, in a region and a zone of it.
pub fn labels(address: Ipv4Addr, region: &str, zone: &str) -> Vec<(&'static str, String)> {
    let (kind, fargate) = COMPUTE_TYPE;
    let labels = [
        ("kubernetes.io/os", "linux"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/arch", "amd64"),
        ("topology.kubernetes.io/region", region),
        ("failure-domain.beta.kubernetes.io/region", region),
        ("topology.kubernetes.io/zone", zone),
        ("failure-domain.beta.kubernetes.io/zone", zone),
        (kind, fargate),
    ];
    let labels = labels.into_iter().map(|(key, value)| (key, value.to_owned()));
    labels.chain([("kubernetes.io/hostname", host_name(address, region))]).collect()
}

/// The taint that keeps other pods away.
pub fn taint() -> Taint {
    let (key, value) = COMPUTE_TYPE;
    Taint { key: key.into(), value: value.into(), effect: Effect::NoSchedule }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_called_by_its_address() {
        let address = Ipv4Addr::new(10, 0, 16, 4);
        assert_eq!(name(address, "us-east-1"), "fargate-ip-10-0-16-4.ec2.internal");
        assert_eq!(name(address, "eu-west-1"), "fargate-ip-10-0-16-4.eu-west-1.compute.internal");
    }

    #[test]
    fn labels_and_taint_say_what_it_is() {
        let labels = labels(Ipv4Addr::new(10, 0, 0, 4), "us-east-1", "us-east-1b");
        let of = |name| labels.iter().find(|(key, _)| *key == name).map(|(_, it)| it.as_str());
        assert_eq!(of("eks.amazonaws.com/compute-type"), Some("fargate"));
        assert_eq!(of("topology.kubernetes.io/zone"), Some("us-east-1b"));
        assert_eq!(of("kubernetes.io/hostname"), Some("ip-10-0-0-4.ec2.internal"));
        let Taint { key, value, effect } = taint();
        assert_eq!((&*key, &*value), ("eks.amazonaws.com/compute-type", "fargate"));
        assert_eq!(effect, Effect::NoSchedule);
    }
}
