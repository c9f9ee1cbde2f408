//! Which containers of a task may start, and which may stop.
//!
//! A container starts when all that it depends on are what they have to be, and stops after all
//! that depend on it have stopped. (Developer Guide, "Container dependency".)

use super::container::{Condition, Container};

/// What the agent knows of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// It has not been started.
    Waiting,
    /// It runs, and its health check, if it has one, has not passed yet.
    Running,
    /// It runs, and its last health checks have passed.
    Healthy,
    /// It runs, and its health checks fail.
    Unhealthy,
    /// It has ended.
    Stopped {
        /// How; none if it was never started.
        exit_code: Option<i32>,
    },
}

/// Whether a container may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Now.
    Now,
    /// Not yet.
    Later,
    /// Never: this dependency, a place among the containers, can no longer be what it has to be.
    Never(usize),
}

/// Whether the container at `place` may start.
pub fn start(containers: &[Container], place: usize, states: &[ContainerState]) -> Start {
    let mut verdict = Start::Now;
    for dependency in &containers[place].depends_on {
        match fulfilled(dependency.condition, states[dependency.container]) {
            Some(true) => {}
            None => verdict = Start::Later,
            Some(false) => return Start::Never(dependency.container),
        }
    }
    verdict
}

/// Whether a condition holds; none while it still may come to hold.
fn fulfilled(condition: Condition, state: ContainerState) -> Option<bool> {
    use ContainerState::{Healthy, Running, Stopped, Unhealthy, Waiting};
    match (condition, state) {
        (_, Waiting) => None,
        (_, Stopped { exit_code: None }) => Some(false),
        (Condition::Start, Running | Healthy | Unhealthy | Stopped { .. }) => Some(true),
        (Condition::Complete, Stopped { .. }) => Some(true),
        (Condition::Success, Stopped { exit_code }) => Some(exit_code == Some(0)),
        (Condition::Complete | Condition::Success, Running | Healthy | Unhealthy) => None,
        (Condition::Healthy, Healthy) => Some(true),
        (Condition::Healthy, Running | Unhealthy) => None,
        (Condition::Healthy, Stopped { .. }) => Some(false),
    }
}

/// Whether the container at `place` may stop while its task stops: nothing that depends on it runs.
pub fn may_stop(containers: &[Container], place: usize, states: &[ContainerState]) -> bool {
    let ended = |state| matches!(state, ContainerState::Waiting | ContainerState::Stopped { .. });
    let needs = |container: &Container| {
        container.depends_on.iter().any(|dependency| dependency.container == place)
    };
    containers.iter().zip(states).all(|(container, state)| !needs(container) || ended(*state))
}

/// A cycle of dependencies, if there is one: places, each depending on the next and the last on the
/// first.
pub(super) fn cycle(containers: &[Container]) -> Option<Vec<usize>> {
    let mut done = vec![false; containers.len()];
    for start in 0..containers.len() {
        let mut way = Vec::new();
        if let Some(cycle) = walk(containers, start, &mut way, &mut done) {
            return Some(cycle);
        }
    }
    None
}

/// As deep as there are containers, of which a task has ten at most.
fn walk(
    containers: &[Container],
    place: usize,
    way: &mut Vec<usize>,
    done: &mut [bool],
) -> Option<Vec<usize>> {
    if let Some(first) = way.iter().position(|&seen| seen == place) {
        return Some(way[first..].to_vec());
    }
    if done[place] {
        return None;
    }
    way.push(place);
    let next = containers[place].depends_on.iter().map(|dependency| dependency.container);
    let found = next.into_iter().find_map(|next| walk(containers, next, way, done));
    way.pop();
    done[place] = true;
    found
}
