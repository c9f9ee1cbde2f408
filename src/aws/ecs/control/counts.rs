//! How many there are of what, and how many there were.

use std::collections::BTreeMap;
use std::fmt;

use crate::aws::ecs::placement::Refusal;
use crate::aws::ecs::task::{StopCode, TaskState};
use crate::metrics::summary::DeploymentAccount;

/// How many there are of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tasks that services want.
    pub desired: u32,
    /// Tasks in PROVISIONING.
    pub provisioning: u32,
    /// Tasks in PENDING or ACTIVATING.
    pub pending: u32,
    /// Tasks in RUNNING.
    pub running: u32,
    /// Tasks from DEACTIVATING to DEPROVISIONING.
    pub stopping: u32,
    /// Container instances.
    pub instances: u32,
}

/// How many tasks there were, and how they ended: each that was created is alive or has stopped,
/// with one code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Tasks that were created.
    pub created: u64,
    /// Tasks that `run-task` was asked for and did not create.
    pub refused: u64,
    /// Tasks that have stopped, by the code of why, in the order of [`StopCode`].
    pub stopped: [u64; StopCode::ALL.len()],
    /// Of these, those that never ran.
    pub never_ran: u64,
}

/// Why a service finds no place for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unplaced {
    /// There are no container instances.
    NoInstances,
    /// As many tasks wait for capacity as may.
    TooManyWait,
    /// The instance that came closest does not take it.
    Refused(Refusal),
}

impl fmt::Display for Unplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoInstances => f.pad("no container instances were found in the cluster"),
            Self::TooManyWait => f.pad("too many tasks are in PROVISIONING already"),
            Self::Refused(refusal) => {
                write!(f, "the closest matching container instance {}", refusal.event())
            }
        }
    }
}

/// What services went through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceTotals {
    /// Their deployments but for those under way, which are not counted as they come and go.
    pub deployments: DeploymentAccount,
    /// How often one said that it found no place for a task, by the reason.
    pub unplaced: BTreeMap<Unplaced, u64>,
}

impl ServiceTotals {
    /// A service says that it finds no place, for this reason.
    pub(super) fn finds_no_place(&mut self, why: Unplaced) {
        *self.unplaced.entry(why).or_default() += 1;
    }
}

impl Counts {
    /// A task comes into a state, from another or anew.
    pub(super) fn enter(&mut self, from: Option<TaskState>, to: TaskState) {
        if let Some(count) = from.and_then(|from| self.of(from)) {
            *count -= 1;
        }
        if let Some(count) = self.of(to) {
            *count += 1;
        }
    }

    fn of(&mut self, state: TaskState) -> Option<&mut u32> {
        match state {
            TaskState::Provisioning => Some(&mut self.provisioning),
            TaskState::Pending | TaskState::Activating => Some(&mut self.pending),
            TaskState::Running => Some(&mut self.running),
            TaskState::Deactivating | TaskState::Stopping | TaskState::Deprovisioning => {
                Some(&mut self.stopping)
            }
            TaskState::Stopped | TaskState::Deleted => None,
        }
    }

    /// Tasks that have not stopped.
    pub fn alive(&self) -> u32 {
        self.provisioning + self.pending + self.running + self.stopping
    }
}

impl Totals {
    pub(super) fn stop(&mut self, code: StopCode, ran: bool) {
        self.stopped[code as usize] += 1;
        self.never_ran += u64::from(!ran);
    }

    /// Tasks that have stopped with this code.
    pub fn stopped_with(&self, code: StopCode) -> u64 {
        self.stopped[code as usize]
    }

    /// Whether every task that was created is alive or has stopped.
    pub fn balances(&self, now: &Counts) -> bool {
        self.created == self.stopped.iter().sum::<u64>() + u64::from(now.alive())
    }
}
