//! The NUMA nodes of one host.
//!
//! A host with several sockets is several small machines with fast memory of their own each. An
//! item may be bound to nodes: to one, so that all of its CPU and memory are there, or to several,
//! over which it is spread evenly. What it does not say, it leaves open: an item that is bound to
//! no node floats over all of them, and makes way for those that are. So a bound item fits where
//! its nodes have room beside what is *bound* there, and the host beside all that it has: what
//! floats can be cut up at will, and finds its place in what the nodes have left in sum.
//!
//! Of the nodes that have room those with the least left are taken, so that large rooms stay
//! whole. (OpenStack Nova: an instance without `hw:numa_nodes` floats over all NUMA nodes, one
//! with it is cut into that many equal parts, each within a node of the host, and the nodes with
//! less free come first: `packing_host_numa_cells_allocation_strategy` of `[compute]`,
//! doc/source/admin/cpu-topologies.rst. The kubelet's Topology Manager with `single-numa-node`
//! admits a pod only where one node has all of it, as an item here that is bound to one:
//! pkg/kubelet/cm/topologymanager/policy_single_numa_node.go.)

use std::cmp::Reverse;

use super::{Ledger, Resources};

/// NUMA nodes of a host at most.
pub const MOST_NODES: usize = 8;

/// What an item asks of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeNeed {
    /// CPU in millicores and memory in bytes, of all of it.
    pub amounts: [u64; 2],
    /// How many nodes it is spread over; 0 where it is bound to none.
    pub nodes: u8,
}

impl NodeNeed {
    /// What it takes at most of any of its nodes.
    fn share(self) -> Resources {
        Resources::of(self.amounts.map(|amount| amount.div_ceil(u64::from(self.nodes.max(1)))))
    }

    /// What it takes of one of them, by its place from 0: what cannot be divided is on the first.
    fn part(self, place: u64) -> Resources {
        let nodes = u64::from(self.nodes.max(1));
        Resources::of(self.amounts.map(|amount| amount / nodes + u64::from(place < amount % nodes)))
    }
}

/// Nodes that an item is bound to, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound(pub u8);

/// The nodes of a host: what each has, and what of it is not bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nodes {
    capacity: [Resources; MOST_NODES],
    free: [Resources; MOST_NODES],
    count: u8,
}

impl Nodes {
    /// A host of which nothing is known.
    pub const NONE: Self = Self {
        capacity: [Resources::ZERO; MOST_NODES],
        free: [Resources::ZERO; MOST_NODES],
        count: 0,
    };

    /// Nodes that have so much each.
    ///
    /// # Panics
    /// When there are more than [`MOST_NODES`].
    pub fn new(capacities: &[Resources]) -> Self {
        let mut capacity = [Resources::ZERO; MOST_NODES];
        capacity[..capacities.len()].copy_from_slice(capacities);
        Self { capacity, free: capacity, count: capacities.len() as u8 }
    }

    /// So many equal nodes of a host; what cannot be divided is on the first.
    ///
    /// # Panics
    /// When there are more than [`MOST_NODES`].
    pub fn even(host: Resources, count: u8) -> Self {
        let whole = NodeNeed { amounts: *host.amounts(), nodes: count };
        let parts: Vec<Resources> = (0..u64::from(count)).map(|node| whole.part(node)).collect();
        Self::new(&parts)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        usize::from(self.count)
    }

    /// What they have in all, or the most that can be represented.
    pub fn total(&self) -> Resources {
        self.capacity.iter().fold(Resources::ZERO, |sum, &node| sum.saturating_add(node))
    }

    /// The most that one of them has, of each kind by itself.
    pub fn largest(&self) -> Resources {
        self.capacity.iter().fold(Resources::ZERO, |most, &node| most.larger(node))
    }

    /// Whether there are enough nodes with room beside what is bound to them.
    pub fn fit(&self, need: NodeNeed) -> bool {
        have(&self.free[..self.count()], need)
    }

    /// Whether there would be, if nothing were bound to them.
    pub fn could_fit(&self, need: NodeNeed) -> bool {
        have(&self.capacity[..self.count()], need)
    }

    /// The nodes for a need that [fits](Self::fit): those with the least left that have room, as
    /// shares of `largest`, summed; of equal ones the first.
    pub fn tightest(&self, need: NodeNeed, largest: Resources) -> Bound {
        let mut bound = Bound::default();
        for _ in 0..need.nodes {
            let free = (0..self.count())
                .filter(|&node| bound.0 >> node & 1 == 0 && need.share().fits_in(self.free[node]));
            let node = free.min_by_key(|&node| self.free[node].weight(largest));
            bound.0 |= 1 << node.expect("the need fits");
        }
        bound
    }

    /// Without the parts of a need on its nodes; none where one has less.
    pub fn without(mut self, bound: Bound, need: NodeNeed) -> Option<Self> {
        for (place, node) in bound.nodes().enumerate() {
            self.free[node] = self.free[node].checked_sub(need.part(place as u64))?;
        }
        Some(self)
    }

    /// Takes the parts of a need of its nodes.
    ///
    /// # Panics
    /// When one has less.
    pub fn take(&mut self, bound: Bound, need: NodeNeed) {
        *self = self.without(bound, need).expect("a node is not taken beyond what it has");
    }

    /// Whether nothing is bound to them.
    pub fn is_unbound(&self) -> bool {
        self.free == self.capacity
    }

    /// Gives the parts of a need back.
    ///
    /// # Panics
    /// When they were not taken.
    pub fn give(&mut self, bound: Bound, need: NodeNeed) {
        for (place, node) in bound.nodes().enumerate() {
            self.free[node] = self.free[node].saturating_add(need.part(place as u64));
            let fits = self.free[node].fits_in(self.capacity[node]);
            assert!(fits, "a node has no more than all of itself");
        }
    }

    /// The amounts of each kind that so many nodes have at least, each kind by itself.
    fn at_least(&self, nodes: usize) -> [u64; 2] {
        [0, 1].map(|kind| {
            let mut amounts = self.free.map(|free| free.amounts()[kind]);
            amounts.sort_unstable_by_key(|&amount| Reverse(amount));
            amounts[nodes - 1]
        })
    }
}

fn have(nodes: &[Resources], need: NodeNeed) -> bool {
    let share = need.share();
    let with_room = || nodes.iter().filter(|&&room| share.fits_in(room)).count();
    need.nodes == 0 || with_room() >= usize::from(need.nodes)
}

impl Bound {
    fn nodes(self) -> impl Iterator<Item = usize> {
        (0..MOST_NODES).filter(move |node| self.0 >> node & 1 == 1)
    }
}

/// Further kinds of resource by which an index passes over hosts whose nodes are too small,
/// however much they have in sum: the most CPU that one node has free, and the most memory; then
/// what two nodes have at least, four, and eight.
///
/// The amounts are in the books of the bins as [marks](Ledger::mark): that a need is within them
/// is necessary for it to fit the nodes, not sufficient.
#[derive(Clone, Copy, Debug)]
pub struct NodeMarks {
    /// The kind of the first.
    first: usize,
    /// How many pairs of them there are.
    pairs: usize,
}

impl NodeMarks {
    /// Marks from a kind on, for hosts of so many nodes at most.
    pub fn new(first: usize, most_nodes: usize) -> Self {
        Self { first, pairs: most_nodes.max(1).ilog2() as usize + 1 }
    }

    /// The number of kinds, marks among them.
    pub fn end(&self) -> usize {
        self.first + 2 * self.pairs
    }

    /// Amounts with the marks that are necessary for them.
    pub fn asked<const K: usize>(&self, amounts: Resources<K>, need: NodeNeed) -> Resources<K> {
        let Some(pair) = need.nodes.checked_ilog2() else { return amounts };
        let first = self.first + 2 * (pair as usize).min(self.pairs - 1);
        let [cpu, memory] = *need.share().amounts();
        amounts.with(first, cpu).with(first + 1, memory)
    }

    /// Brings the marks of a host up to date.
    pub fn mark<const K: usize>(&self, books: &mut Ledger<K>, nodes: &Nodes) {
        for pair in 0..self.pairs {
            let first = self.first + 2 * pair;
            for (kind, amount) in nodes.at_least(1 << pair).into_iter().enumerate() {
                books.mark(first + kind, amount);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(cpu: u64, memory: u64, nodes: u8) -> NodeNeed {
        NodeNeed { amounts: [cpu, memory], nodes }
    }

    fn nodes(amounts: &[[u64; 2]]) -> Nodes {
        Nodes::new(&amounts.iter().map(|&one| Resources::of(one)).collect::<Vec<_>>())
    }

    #[test]
    fn an_item_of_one_node_fits_no_sum_of_two() {
        let two = nodes(&[[8, 8], [8, 8]]);
        assert!(!two.fit(need(12, 1, 1)) && two.fit(need(12, 1, 2)));
        assert!(!two.fit(need(12, 18, 2)) && !two.fit(need(3, 3, 3)));
        assert!(!two.fit(need(0, 0, 3)), "there is no third node to need nothing of");
        assert!(two.fit(need(99, 99, 0)), "what floats is the books' of the host");
        // CPU on one and memory on the other
        assert!(!nodes(&[[8, 1], [1, 8]]).fit(need(2, 2, 1)));
    }

    #[test]
    fn parts_of_an_odd_need_are_exact_and_come_back() {
        let mut two = nodes(&[[8, 8], [8, 8]]);
        let odd = need(5, 3, 2);
        let bound = two.tightest(odd, two.largest());
        two.take(bound, odd);
        assert_eq!((bound, two.free[0], two.free[1]), (Bound(0b11), of([5, 6]), of([6, 7])));
        assert!(two.fit(need(6, 1, 1)) && !two.fit(need(7, 1, 1)));
        assert!(two.could_fit(need(7, 1, 1)) && !two.could_fit(need(9, 1, 1)));
        two.give(bound, odd);
        assert_eq!(two, nodes(&[[8, 8], [8, 8]]));
    }

    fn of(amounts: [u64; 2]) -> Resources {
        Resources::of(amounts)
    }

    #[test]
    fn nodes_with_the_least_left_come_first_and_of_equal_ones_the_first() {
        let largest = of([10, 10]);
        let four = nodes(&[[9, 9], [4, 4], [2, 9], [4, 4]]);
        assert_eq!(four.tightest(need(3, 3, 1), largest), Bound(0b0010));
        assert_eq!(four.tightest(need(6, 6, 2), largest), Bound(0b1010));
        assert_eq!(four.tightest(need(9, 9, 3), largest), Bound(0b1011));
        assert_eq!(four.tightest(need(2, 5, 1), largest), Bound(0b0100));
    }

    #[test]
    #[should_panic(expected = "no more than all")]
    fn what_was_not_bound_cannot_be_given_back() {
        nodes(&[[8, 8]]).give(Bound(1), need(1, 1, 1));
    }

    #[test]
    fn equal_nodes_are_the_whole_host() {
        let odd = Nodes::even(of([10, 7]), 4);
        assert_eq!((odd.count(), odd.total(), odd.largest()), (4, of([10, 7]), of([3, 2])));
        assert_eq!(Nodes::even(of([10, 7]), 1), nodes(&[[10, 7]]));
    }

    #[test]
    fn marks_are_what_so_many_nodes_have_at_least() {
        let marks = NodeMarks::new(2, 5);
        assert_eq!(marks.end(), 8, "one, two and four nodes");
        let mut books = Ledger::new(Resources::of([20, 20, 0, 0, 0, 0, 0, 0]));
        marks.mark(&mut books, &nodes(&[[8, 1], [6, 5], [4, 7], [2, 3]]));
        assert_eq!(books.room(), Resources::of([20, 20, 8, 7, 6, 5, 2, 1]));
        let asked = |nodes| {
            *marks.asked(Resources::of([9, 6, 0, 0, 0, 0, 0, 0]), need(9, 6, nodes)).amounts()
        };
        assert_eq!(asked(0), [9, 6, 0, 0, 0, 0, 0, 0]);
        assert_eq!(asked(1), [9, 6, 9, 6, 0, 0, 0, 0]);
        assert_eq!(asked(3), [9, 6, 0, 0, 3, 2, 0, 0]);
        assert_eq!(asked(8), [9, 6, 0, 0, 0, 0, 2, 1]);
    }
}
