//! Every container is in exactly one state, and the sums prove it.

use super::container::ContainerState;

/// How many containers are in each state; final states count all that ever reached them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounting {
    /// All containers that were ever created.
    pub created: u64,
    counts: [u64; ContainerState::ALL.len()],
}

/// An account that does not add up: a mistake in the program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    #[error("{created} containers were created, {counted} are accounted for")]
    Sum { created: u64, counted: u64 },
    #[error("{counted} containers are counted as {state:?}, {found} are there")]
    State { state: ContainerState, counted: u64, found: u64 },
    #[error("{kind} left behind: {count}")]
    LeftBehind { kind: &'static str, count: usize },
    #[error("{begun} {kind} were begun, {counted} are accounted for")]
    Images { kind: &'static str, begun: u64, counted: u64 },
}

impl Accounting {
    /// Containers in a state.
    pub fn count(&self, state: ContainerState) -> u64 {
        self.counts[state as usize]
    }

    /// Containers of which something may still become.
    pub fn unfinished(&self) -> u64 {
        let unfinished = ContainerState::ALL.iter().filter(|state| !state.is_final());
        unfinished.map(|&state| self.count(state)).sum()
    }

    /// `created = waiting + pulling + starting + running + stopping + restarting + exited + dead +
    /// refused`.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self) -> Result<(), Imbalance> {
        let (created, counted) = (self.created, self.counts.iter().sum());
        if created == counted { Ok(()) } else { Err(Imbalance::Sum { created, counted }) }
    }

    pub(super) fn create(&mut self) {
        self.created += 1;
        self.counts[ContainerState::Created as usize] += 1;
    }

    pub(super) fn change(&mut self, from: ContainerState, to: ContainerState) {
        self.counts[from as usize] -= 1;
        self.counts[to as usize] += 1;
    }
}
