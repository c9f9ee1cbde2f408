//! Which of several options is taken that all expanders like best.

use super::group::NodeGroup;
use super::scale_up::Expansion;
use crate::engine::Stream;
use crate::kubernetes::scheduler::ties::random;

/// How equals are told apart.
#[derive(Debug)]
pub enum Ties {
    /// By chance, each with the same probability: as the Cluster Autoscaler does.
    Chance(Box<Stream>),
    /// By the name of the group: the smallest. Depends on nothing else, so that answers can be
    /// compared.
    Name,
}

impl Ties {
    /// One of these options, by its place among all; none of none.
    pub(super) fn choose(
        &mut self,
        groups: &[NodeGroup],
        options: &[Expansion],
        best: &[usize],
    ) -> Option<usize> {
        match self {
            Self::Chance(_) if best.len() == 1 => best.first().copied(),
            Self::Chance(stream) => random(best, stream),
            Self::Name => {
                let name = |&place: &usize| &groups[options[place].group.index()].name;
                best.iter().copied().min_by_key(name)
            }
        }
    }
}
