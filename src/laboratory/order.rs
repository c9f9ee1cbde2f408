//! All items of a table in another order.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use super::go_random::GoRandom;
use super::item::Item;
use crate::placement::gpu::Typical;

/// So many numbers something else draws in the experiment, after the items and before the hosts
/// are in order. Its source does not say what; with ten all published results come out.
const BETWEEN: usize = 10;

/// In which order items come, and which of equally good hosts is taken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Order {
    /// The seed it was made with.
    pub seed: u64,
    /// Of what.
    #[serde(default)]
    pub workload: String,
    /// Items by their places, from 0, in the table sorted by name; one may come more than once.
    pub pods: Vec<usize>,
    /// For each host of the table: of equally good ones the one with the least is taken.
    pub node_rank: Vec<u32>,
}

/// Why an order cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A line is no order.
    #[error("`{}`, line {line}: {message}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// There is no order of this seed.
    #[error("`{}` has no order of seed {seed}; its seeds are {found}", file.display())]
    Seed {
        /// The file.
        file: PathBuf,
        /// The seed asked for.
        seed: u64,
        /// Those there are.
        found: String,
    },
    /// It is of other tables.
    #[error("the order of seed {seed} in `{}` is not of these tables: {message}", file.display())]
    Other {
        /// The file.
        file: PathBuf,
        /// Its seed.
        seed: u64,
        /// What does not fit.
        message: String,
    },
}

/// The order of a seed in a file with an order on each line, in JSON: `seed`, `pods`, `node_rank`,
/// for tables of so many items and hosts. `.gz` is read too.
///
/// # Errors
/// When the file cannot be read, has no such order, or it is of other tables.
pub fn read_order(file: &Path, seed: u64, items: usize, hosts: usize) -> Result<Order, OrderError> {
    let failed = |source| OrderError::Read { file: file.to_owned(), source };
    let plain = File::open(file).map_err(failed)?;
    let compressed = file.extension().is_some_and(|extension| extension == "gz");
    let input: Box<dyn Read> =
        if compressed { Box::new(MultiGzDecoder::new(plain)) } else { Box::new(plain) };
    let mut found = Vec::new();
    for (at, line) in BufReader::new(input).lines().enumerate() {
        let line = line.map_err(failed)?;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |error: serde_json::Error| OrderError::Line {
            file: file.to_owned(),
            line: at + 1,
            message: error.to_string(),
        };
        #[derive(Deserialize)]
        struct Seed {
            seed: u64,
        }
        let this: Seed = serde_json::from_str(&line).map_err(wrong)?;
        if this.seed == seed {
            let order: Order = serde_json::from_str(&line).map_err(wrong)?;
            return match order.misfit(items, hosts) {
                None => Ok(order),
                Some(message) => Err(OrderError::Other { file: file.to_owned(), seed, message }),
            };
        }
        found.push(this.seed.to_string());
    }
    Err(OrderError::Seed { file: file.to_owned(), seed, found: found.join(", ") })
}

impl Order {
    /// What says that it is of other tables.
    fn misfit(&self, items: usize, hosts: usize) -> Option<String> {
        if self.node_rank.len() != hosts {
            let ranks = self.node_rank.len();
            return Some(format!("it ranks {ranks} hosts, and there are {hosts}"));
        }
        let mut ranks = self.node_rank.clone();
        ranks.sort_unstable();
        if !ranks.iter().zip(0..).all(|(&rank, at)| rank == at) {
            return Some(format!("`node_rank` is not an order of 0 to {}", hosts - 1));
        }
        let beyond = self.pods.iter().find(|&&pod| pod >= items)?;
        Some(format!("it has item {beyond}, and there are {items}, counted from 0"))
    }

    /// Places of the hosts in the order in which equally good ones are taken.
    pub fn hosts(&self) -> Vec<usize> {
        let mut hosts: Vec<usize> = (0..self.node_rank.len()).collect();
        hosts.sort_by_key(|&host| self.node_rank[host]);
        hosts
    }
}

/// All items of a table, by name, with the names and the texts of their sets of models.
#[derive(Clone, Debug)]
pub struct Workload<const K: usize> {
    /// Sorted by their names.
    pub items: Vec<Item<K>>,
    /// The most frequent kinds.
    pub typical: Typical,
    /// Rows that were left out, as their types have no row.
    pub left_out: u64,
}

impl<const K: usize> Workload<K> {
    /// An order by chance, in the way of the experiment: the items shuffled; then, where they ask
    /// for less than `load` of all GPUs, any of them once more until the next would be more; where
    /// they ask for more, any of them taken out until they do not. The hosts are ranked by chance.
    ///
    /// The next is measured by what it asks of one GPU, as in the experiment
    /// (`TunePodsByNodeTotalResource`), and so the last may go beyond the load. Its numbers are
    /// drawn, too: with the tables of the experiment the order is that of its run with this seed.
    pub fn shuffled(&self, load: f64, gpus: u64, hosts: usize, seed: u64) -> Order {
        let mut chance = GoRandom::seeded(seed);
        // the experiment draws one before, for something else
        chance.int63();
        let mut pods: Vec<usize> = (0..self.items.len()).collect();
        chance.shuffle(&mut pods);
        let limit = load * gpus as f64;
        let total = |pod: usize| self.items[pod].need.gpus.total();
        let mut sum: u64 = pods.iter().map(|&pod| total(pod)).sum();
        if sum as f64 <= limit && sum > 0 {
            loop {
                let pod = chance.below(self.items.len());
                if (sum + u64::from(self.items[pod].need.gpus.milli)) as f64 > limit {
                    break;
                }
                pods.push(pod);
                sum += total(pod);
            }
        }
        while sum as f64 > limit && pods.len() > 1 && load < self.load(gpus) {
            sum -= total(pods.remove(chance.below(pods.len())));
        }
        for _ in 0..BETWEEN {
            chance.int63();
        }
        Order { seed, workload: String::new(), pods, node_rank: chance.permutation(hosts) }
    }

    /// What all items ask for, as a share of all GPUs.
    fn load(&self, gpus: u64) -> f64 {
        let total: u64 = self.items.iter().map(|item| item.need.gpus.total()).sum();
        total as f64 / gpus as f64
    }
}
