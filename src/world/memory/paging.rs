//! Nodes that page to disk what their processes use beyond their memory: those with Windows.
//!
//! How slow that makes what is on them says [`machine::paging`](crate::machine::paging). While a
//! node pages it is looked at once a second, as Windows itself does, so that it is fast again soon
//! after something has ended. What a replica begins from then on takes as long as things are.

use crate::machine::paging;
use crate::units::Bytes;
use crate::world::World;

impl World<'_> {
    /// So much of what is used on a node is beyond its memory, which is none where nothing is.
    /// Returns whether it pages.
    pub(in crate::world) fn node_pages(&mut self, node: u32, beyond: Bytes) -> bool {
        let host = self.nodes.all[node as usize].host;
        let factor = paging::slowdown(beyond, self.shapes[host.index()].disk.reads());
        let it = &mut self.nodes.all[node as usize];
        let before = std::mem::replace(&mut it.paging, factor);
        it.worst_paging = it.worst_paging.max(factor);
        if before != factor {
            for replica in self.replicas_on(node) {
                self.set_replica_effort(replica);
            }
        }
        beyond > Bytes(0)
    }

    /// Warns of nodes that paged.
    pub(in crate::world) fn warn_of_paging(&mut self) {
        let paged = self.nodes.all.iter().map(|node| node.worst_paging);
        let paged: Vec<f64> = paged.filter(|factor| *factor > 1.0).collect();
        let worst = paged.iter().copied().fold(1.0, f64::max);
        let nodes = match paged.len() {
            0 => return,
            1 => "a Windows node".to_owned(),
            count => format!("{count} Windows nodes"),
        };
        self.recorder.warn(format!(
            "{nodes} paged to disk for want of memory: work took up to {worst:.1} times as long"
        ));
    }
}
