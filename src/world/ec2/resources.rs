//! What an instance has that is not its own for ever: its volumes, its network, its
//! credits.

use super::shapes::is_windows;
use crate::aws::ec2::billing::Licence;
use crate::aws::ec2::catalogue::InstanceType;
use crate::scenario::aws::{AutoScalingGroup, NodeGroup};
use crate::world::World;

impl World<'_> {
    /// A machine is an instance of this type of a group from now on.
    pub(super) fn instance_begins(
        &mut self,
        machine: usize,
        one: &'static InstanceType,
        group: &AutoScalingGroup,
    ) {
        let licence = if is_windows(group) { Licence::Windows } else { Licence::Linux };
        let mut groups = self.cluster.node_groups.iter();
        let of_nodes = groups.find(|of| of.name == group.name);
        if let Some(rate) = of_nodes.and_then(NodeGroup::extraction) {
            self.engines.set_extraction(self.nodes.all[machine].engine, rate);
        }
        self.storage_begins(machine, one, &group.volume);
        self.bandwidth_begins(machine, one);
        self.credits_begin(machine, one, group.credits, licence);
    }

    /// A machine is an instance no more.
    pub(super) fn instance_ends(&mut self, machine: usize) {
        self.credits_end(machine);
        self.bandwidth_ends(machine);
        self.storage_ends(machine);
    }
}
