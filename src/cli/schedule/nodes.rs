//! What is requested on each node, as kube-capacity shows it.

use super::placements::name;
use super::text::{LONG, counted, table as rows};
use crate::experiment::what_if::{Answer, Place};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::{Node, NodeId};
use crate::kubernetes::scheduler::resources::ResourceKind;

/// Bytes of a mebibyte.
const MEBI: i64 = 1 << 20;

/// What is requested of a resource, of how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub requested: i64,
    pub allocatable: i64,
}

/// The load of one node, or of all.
pub(super) struct Load {
    pub name: String,
    pub pods: Share,
    /// Pods that were put there.
    pub new: usize,
    /// Of the resources in question, in their order.
    pub shares: Vec<Share>,
}

/// The resources in question: CPU, memory, and extended ones that pods ask for.
pub(super) fn resources(cluster: &Cluster) -> Vec<ResourceKind> {
    let mut extended: Vec<ResourceKind> = Vec::new();
    for node in cluster.nodes() {
        for &(id, requested) in node.requested.extended() {
            let kind = ResourceKind::Extended(id);
            if requested > 0 && !extended.contains(&kind) {
                extended.push(kind);
            }
        }
    }
    extended.sort_unstable();
    [ResourceKind::Cpu, ResourceKind::Memory].into_iter().chain(extended).collect()
}

/// The loads of all nodes, in their order.
pub(super) fn loads(answer: &Answer, resources: &[ResourceKind]) -> Vec<(NodeId, Load)> {
    let mut new = vec![0; answer.cluster.node_places()];
    for entry in &answer.pods {
        if let Place::Placed(node) = entry.place {
            new[node.index()] += 1;
        }
    }
    let load = |node: &Node| Load {
        name: name(answer, node.id).to_owned(),
        pods: Share {
            requested: i64::try_from(node.pods.len()).unwrap_or(i64::MAX),
            allocatable: node.spec.allowed_pods,
        },
        new: new[node.id.index()],
        shares: resources
            .iter()
            .map(|&kind| Share {
                requested: node.requested.get(kind),
                allocatable: node.spec.allocatable.get(kind),
            })
            .collect(),
    };
    answer.cluster.nodes().map(|node| (node.id, load(node))).collect()
}

/// A line for each node, all of them together first. Of many nodes only those that got pods.
pub(super) fn table(answer: &Answer, full: bool) -> String {
    let resources = resources(&answer.cluster);
    let loads = loads(answer, &resources);
    if loads.is_empty() {
        return String::new();
    }
    let mut shown: Vec<&Load> = loads.iter().map(|(_, load)| load).collect();
    shown.sort_by(|left, right| left.name.cmp(&right.name));
    let all = shown.len();
    if all > LONG && !full {
        shown.retain(|load| load.new > 0);
        shown.truncate(LONG);
    }
    let left_out = all - shown.len();
    let total = total(loads.iter().map(|(_, load)| load), resources.len());
    let lines: Vec<Vec<String>> =
        std::iter::once(&total).chain(shown).map(|load| cells(load, &resources)).collect();
    let mut header = vec!["node".to_owned(), "pods".to_owned(), "new".to_owned()];
    header.extend(resources.iter().map(|&kind| answer.cluster.resource_name(kind).to_owned()));
    let right: Vec<usize> = (1..header.len()).collect();
    let mut text = rows(&header, &lines, &right);
    if left_out > 0 {
        text += &format!("{} not shown; --full shows them\n", counted(left_out, "node"));
    }
    text
}

fn total<'a>(loads: impl Iterator<Item = &'a Load>, resources: usize) -> Load {
    let mut total = Load {
        name: "*".to_owned(),
        pods: Share::default(),
        new: 0,
        shares: vec![Share::default(); resources],
    };
    for load in loads {
        total.pods.add(load.pods);
        total.new += load.new;
        for (sum, &share) in total.shares.iter_mut().zip(&load.shares) {
            sum.add(share);
        }
    }
    total
}

fn cells(load: &Load, resources: &[ResourceKind]) -> Vec<String> {
    let Share { requested, allocatable } = load.pods;
    let new = if load.new > 0 { format!("+{}", load.new) } else { String::new() };
    let mut cells = vec![load.name.clone(), format!("{requested}/{allocatable}"), new];
    cells.extend(resources.iter().zip(&load.shares).map(|(&kind, share)| share.text(kind)));
    cells
}

impl Share {
    fn add(&mut self, other: Self) {
        self.requested = self.requested.saturating_add(other.requested);
        self.allocatable = self.allocatable.saturating_add(other.allocatable);
    }

    /// Whole percents, cut off, so that 100 % is never said of less.
    pub fn percent(self) -> i64 {
        let share = i128::from(self.requested) * 100 / i128::from(self.allocatable.max(1));
        if self.allocatable > 0 { i64::try_from(share).unwrap_or(i64::MAX) } else { 0 }
    }

    /// `1500m (37%)`, `2048Mi (12%)`, `2/8 (25%)`; `-` where there is none of the kind.
    fn text(self, kind: ResourceKind) -> String {
        let Self { requested, allocatable } = self;
        if matches!(kind, ResourceKind::Extended(_)) && self == Self::default() {
            return "-".to_owned();
        }
        let amount = match kind {
            ResourceKind::Cpu => format!("{requested}m"),
            ResourceKind::Memory | ResourceKind::EphemeralStorage => {
                format!("{}Mi", requested / MEBI)
            }
            ResourceKind::Extended(_) => format!("{requested}/{allocatable}"),
        };
        format!("{amount} ({}%)", self.percent())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_cut_off_not_rounded() {
        let share = |requested, allocatable| Share { requested, allocatable };
        assert_eq!(share(3_999, 4_000).text(ResourceKind::Cpu), "3999m (99%)");
        assert_eq!(share(3 << 29, 4 << 30).text(ResourceKind::Memory), "1536Mi (37%)");
        assert_eq!(share(0, 0).text(ResourceKind::Cpu), "0m (0%)");
        assert_eq!(share(i64::MAX, i64::MAX).percent(), 100);
    }
}
