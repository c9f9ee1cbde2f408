//! Timelines of pods, computed by hand.

mod jobs;
mod network;
mod order;
mod probes;
mod restarts;
mod rules;
mod stage;
mod termination;

use super::container::ContainerState;
use super::{Action, PodWorker};

#[test]
fn a_worker_is_small() {
    // with its first container
    assert!(size_of::<PodWorker>() <= 200, "{}", size_of::<PodWorker>());
    assert!(size_of::<ContainerState>() <= 152, "{}", size_of::<ContainerState>());
    assert!(size_of::<Action>() <= 16, "{}", size_of::<Action>());
}
