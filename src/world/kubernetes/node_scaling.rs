//! The Cluster Autoscaler of a scenario: its settings, and the pools as it sees them.

use super::instances::spec;
use super::storage::started;
use crate::aws::ec2::catalogue::instance_type;
use crate::engine::Streams;
use crate::kubernetes::autoscale::cluster_autoscaler::{
    ClusterAutoscaler, DrainSettings, Expander, NodeGroup, PodPrices, ScaleDownSettings, Settings,
    Template, Ties,
};
use crate::kubernetes::scheduler::resources::Resources;
use crate::scenario::{ClusterAutoscaler as Options, ClusterKind, NodeExpander, NodePool};
use crate::units::{Bytes, HourlyPrice};
use crate::world::World;

impl World<'_> {
    /// Has the Cluster Autoscaler of the scenario, if there is one, look after the nodes.
    pub(super) fn start_cluster_autoscaler(&mut self) {
        let Some(options) = &self.cluster.cluster_autoscaler else { return };
        let draws = Streams::new(self.seed).named("kubernetes/cluster-autoscaler");
        let autoscaler = ClusterAutoscaler::new(settings(options), Ties::Chance(Box::new(draws)));
        let pools = match self.cluster.kind {
            ClusterKind::Eks => self.node_groups(),
            _ => {
                let pools = (0..).zip(&self.cluster.node_pools);
                pools.map(|(index, pool)| self.group(index, pool)).collect()
            }
        };
        let grace = options.scale_down.max_graceful_termination;
        self.with_control(|control, around| control.autoscale(autoscaler, pools, grace, around));
    }

    fn group(&self, index: u32, pool: &NodePool) -> NodeGroup {
        let shape = self.scenario.hosts.iter().find(|shape| shape.name == pool.shape);
        let shape = shape.expect("a loaded scenario names host shapes that exist");
        let node = self.node_spec(index, 0);
        let per_host = self.cluster.vm.as_ref().map_or(1, |vm| vm.per_host.max(1));
        let Bytes(memory) = self.cluster.vm.as_ref().map_or(shape.memory, |vm| vm.memory);
        let mut capacity = Resources::default();
        capacity.milli_cpu = node.allocatable.milli_cpu;
        capacity.memory = memory as i64;
        capacity.ephemeral_storage = node.allocatable.ephemeral_storage;
        NodeGroup {
            name: pool.name.as_str().into(),
            min: pool.min.unwrap_or(pool.count),
            max: pool.most(),
            target: pool.count,
            template: Template { node, capacity, pods: Vec::new() },
            unregistered: Vec::new(),
            price: Some(HourlyPrice(shape.price.0 / f64::from(per_host))),
            priority: pool.priority,
            gpu: None,
        }
    }
}

impl World<'_> {
    /// The node groups of EKS, as the Cluster Autoscaler sees them: by their first type, in their
    /// first zone.
    fn node_groups(&mut self) -> Vec<NodeGroup> {
        let cluster = self.cluster;
        let groups = cluster.node_groups.iter().map(|of| {
            let one = instance_type(&of.instance_types[0]).expect("its types were looked up");
            let subnet = self
                .subnets
                .places
                .iter()
                .find(|(name, _)| of.subnets.is_empty() || of.subnets.contains(name));
            let zone = subnet.map_or(0, |(_, zone)| *zone);
            let mut node = started(spec(of, one, &of.name, zone, cluster));
            // of Windows by a tag of its group, `k8s.io/cluster-autoscaler/node-template/resources/
            // vpc.amazonaws.com/PrivateIPv4Address`, which it is taken to have
            match of.is_windows() {
                true => self.complete_windows_spec(&mut node, one),
                false => self.complete_spec(&mut node, self.branches_of(one)),
            }
            let mut capacity = node.allocatable.clone();
            capacity.milli_cpu = i64::from(one.vcpus) * 1000;
            capacity.memory = one.memory.0 as i64;
            NodeGroup {
                name: of.name.as_str().into(),
                min: of.min,
                max: of.max,
                target: of.desired.unwrap_or(of.min),
                template: Template { node, capacity, pods: Vec::new() },
                unregistered: Vec::new(),
                price: if of.is_windows() { one.windows } else { one.linux },
                priority: of.priority,
                gpu: None,
            }
        });
        groups.collect()
    }
}

fn settings(options: &Options) -> Settings {
    let down = &options.scale_down;
    let drain = DrainSettings {
        system_pods: down.skip_nodes_with_system_pods,
        local_storage: down.skip_nodes_with_local_storage,
        ..DrainSettings::default()
    };
    Settings {
        scan_interval: options.scan_interval,
        expanders: options.expanders.iter().map(|&one| expander(one)).collect(),
        balance_similar: options.balance_similar,
        max_provision_time: options.max_node_provision_time,
        new_pod_delay: options.new_pod_delay,
        max_nodes: options.max_nodes,
        // the label that tells pools apart is not a difference in kind
        ignored_labels: vec![super::machines::POOL_LABEL.into()],
        scale_down: ScaleDownSettings {
            enabled: down.enabled,
            threshold: down.utilization_threshold.0,
            unneeded_time: down.unneeded_time,
            unready_time: down.unready_time,
            delay_after_add: down.delay_after_add,
            delay_after_delete: down.delay_after_delete,
            delay_after_failure: down.delay_after_failure,
            parallelism: down.parallelism,
            drain_parallelism: down.drain_parallelism,
            drain,
            ..ScaleDownSettings::default()
        },
        ..Settings::default()
    }
}

fn expander(one: NodeExpander) -> Expander {
    match one {
        NodeExpander::Random => Expander::Random,
        NodeExpander::MostPods => Expander::MostPods,
        NodeExpander::LeastWaste => Expander::LeastWaste,
        NodeExpander::LeastNodes => Expander::LeastNodes,
        NodeExpander::Price => Expander::Price(PodPrices::default()),
        NodeExpander::Priority => Expander::Priority,
    }
}
