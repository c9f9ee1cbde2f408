//! NodePorts: no two containers of a node listen on one port of the host.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/nodeports and `HostPortInfo`
//! (staging/src/k8s.io/kube-scheduler/framework): a port is taken for one protocol, at one address
//! or, as `0.0.0.0`, at all of them. Whether two pods clash depends on their shapes alone, so that
//! it is found out once for each shape that a node has.

use crate::kubernetes::scheduler::cluster::{Change, Cluster};
use crate::kubernetes::scheduler::framework::{Filter, Prepared, Rejection, Scope, Verdict};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{HostPort, PodShape, ShapeId};

/// Why a node is out.
pub const REASON: &str = "node(s) didn't have free ports for the requested pod ports";

#[derive(Debug)]
struct NodePorts {
    wanted: Vec<HostPort>,
    /// By shape: whether pods of it take a port that is wanted.
    clashing: Vec<bool>,
}

pub(super) fn filter(cluster: &Cluster, shape: &PodShape) -> Prepared {
    let wanted: Vec<HostPort> =
        shape.host_ports.iter().filter(|port| port.port > 0).cloned().collect();
    if wanted.is_empty() {
        return Prepared::Skip;
    }
    let mut filter = NodePorts { wanted, clashing: Vec::new() };
    filter.learn(cluster);
    Prepared::Filter(Box::new(filter))
}

impl NodePorts {
    /// Looks at shapes that have come since.
    fn learn(&mut self, cluster: &Cluster) {
        for id in self.clashing.len()..cluster.shape_count() {
            let id = ShapeId(u32::try_from(id).expect("shapes are numbered in u32"));
            self.clashing.push(self.clashes(cluster.shape(id)));
        }
    }

    fn clashes(&self, other: &PodShape) -> bool {
        self.wanted.iter().any(|port| other.host_ports.iter().any(|taken| clash(port, taken)))
    }

    fn is_clashing(&self, cluster: &Cluster, shape: ShapeId) -> bool {
        let known = self.clashing.get(shape.0 as usize).copied();
        known.unwrap_or_else(|| self.clashes(cluster.shape(shape)))
    }
}

/// Whether two ports cannot be taken at once.
fn clash(one: &HostPort, other: &HostPort) -> bool {
    one.port == other.port
        && protocol(one) == protocol(other)
        && (is_everywhere(one) || is_everywhere(other) || one.ip == other.ip)
}

fn protocol(port: &HostPort) -> &str {
    if port.protocol.is_empty() { "TCP" } else { &port.protocol }
}

fn is_everywhere(port: &HostPort) -> bool {
    port.ip.is_empty() || *port.ip == *"0.0.0.0"
}

impl Filter for NodePorts {
    fn scope(&self) -> Scope {
        Scope::Pods
    }

    fn filter(&self, cluster: &Cluster, node: &Node) -> Verdict {
        if node.tallies.iter().any(|tally| self.is_clashing(cluster, tally.shape)) {
            return Err(Rejection::unschedulable(REASON));
        }
        Ok(())
    }

    fn minds(&mut self, _: &Cluster, _: ShapeId) -> bool {
        true
    }

    fn changed(&mut self, cluster: &Cluster, _: Change) {
        self.learn(cluster);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cluster, named, place, prepared, verdicts};
    use super::*;

    fn listening(ip: &str, protocol: &str, port: i32) -> PodShape {
        let port = HostPort { ip: ip.into(), protocol: protocol.into(), port };
        PodShape { host_ports: vec![port], ..PodShape::default() }
    }

    /// Whether a pod fits beside one that is there.
    fn fits(there: &PodShape, comes: &PodShape) -> bool {
        let mut cluster = cluster([named("a")]);
        place(&mut cluster, there, 0);
        verdicts(&cluster, &*prepared(filter(&cluster, comes)))[0].is_ok()
    }

    #[test]
    fn one_port_is_taken_once() {
        let web = listening("", "TCP", 80);
        assert!(!fits(&web, &web));
        assert!(fits(&web, &listening("", "TCP", 81)));
    }

    #[test]
    fn protocols_do_not_share_ports_and_none_is_tcp() {
        let dns = listening("", "UDP", 53);
        assert!(fits(&dns, &listening("", "TCP", 53)));
        assert!(!fits(&listening("", "", 53), &listening("", "TCP", 53)));
    }

    #[test]
    fn every_address_is_taken_by_who_listens_on_all() {
        let (all, one) = (listening("0.0.0.0", "TCP", 80), listening("10.0.0.1", "TCP", 80));
        assert!(!fits(&all, &one));
        assert!(!fits(&one, &all));
        assert!(!fits(&one, &one));
        assert!(fits(&one, &listening("10.0.0.2", "TCP", 80)));
        assert!(fits(&one, &listening("127.0.0.1", "TCP", 80)));
        assert!(!fits(&listening("", "TCP", 80), &one));
    }

    #[test]
    fn a_clash_can_be_resolved_by_eviction_and_ends_with_the_pod() {
        let mut cluster = cluster([named("a"), named("b")]);
        let web = listening("", "TCP", 80);
        let pod = place(&mut cluster, &web, 1);
        let filter = prepared(filter(&cluster, &web));
        let taken = Err(Rejection::unschedulable(REASON));
        assert_eq!(verdicts(&cluster, &*filter), [Ok(()), taken]);
        cluster.remove_pod(pod);
        assert_eq!(verdicts(&cluster, &*filter), [Ok(()), Ok(())]);
    }

    #[test]
    fn shapes_that_come_later_are_looked_at() {
        let mut cluster = cluster([named("a")]);
        let filter = prepared(filter(&cluster, &listening("", "TCP", 80)));
        place(&mut cluster, &listening("10.0.0.1", "TCP", 80), 0);
        assert_eq!(verdicts(&cluster, &*filter), [Err(Rejection::unschedulable(REASON))]);
    }

    #[test]
    fn a_pod_without_ports_is_not_asked_about() {
        assert!(matches!(filter(&Cluster::new(), &PodShape::default()), Prepared::Skip));
    }
}
