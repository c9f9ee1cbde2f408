//! Memory: what the processes of containers use over time, and who is killed for it.
//!
//! A container has a control group with a limit, above which the kernel kills it (Linux, cgroup v2
//! with `memory.oom.group`: all of it). On Windows it is a job object, which is killed by nobody:
//! what its processes commit is limited (`JOB_OBJECT_LIMIT_JOB_MEMORY`), so that the allocation
//! that would be beyond fails. What a program makes of that is its own affair; here its process
//! ends, as with an `OutOfMemoryException` of .NET that nobody handles. What its process uses by
//! itself, a base that may grow, is told once, when it begins, and kept here exactly: an engine's
//! sum costs nothing to ask for. What a process uses for the requests it holds its owner knows, who
//! tells it where it matters.

use super::container::{Container, ContainerId, ContainerState, Exit};
use super::engine::EngineId;
use super::engines::Engines;
use super::{ContainerEvent, Context};
use crate::engine::{Schedule, SimTime};
use crate::scenario::OsFamily;
use crate::units::{Bytes, Growth};

/// What a process uses by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    /// From its start on.
    pub base: Bytes,
    /// What is added to that.
    pub growth: Growth,
}

/// What the processes of one engine use by themselves. Integers, so that nothing is lost by
/// rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    base: u128,
    growth: u128,
    /// Sum of growth times begin, in bytes per day times nanoseconds.
    begun: u128,
}

impl Memory {
    fn begin(&mut self, uses: MemoryUse, since: SimTime) {
        self.base += u128::from(uses.base.0);
        self.growth += u128::from(uses.growth.0);
        self.begun += u128::from(uses.growth.0) * u128::from(since.as_nanos());
    }

    fn end(&mut self, uses: MemoryUse, since: SimTime) {
        self.base -= u128::from(uses.base.0);
        self.growth -= u128::from(uses.growth.0);
        self.begun -= u128::from(uses.growth.0) * u128::from(since.as_nanos());
    }

    fn at(&self, now: SimTime) -> Bytes {
        const NANOS_PER_DAY: u128 = 86_400_000_000_000;
        if self.growth == 0 {
            return Bytes(saturated(self.base));
        }
        let grown = self.growth * u128::from(now.as_nanos()) - self.begun;
        Bytes(saturated(self.base + grown / NANOS_PER_DAY))
    }
}

impl Engines {
    /// Tells what the process of a container uses by itself, from now on and until it ends. Ignored
    /// where there is no process.
    pub fn uses(&mut self, container: ContainerId, uses: MemoryUse, now: SimTime) {
        if self.state(container).is_some_and(ContainerState::has_process) {
            self.frees(container.index);
            let it = &mut self.containers[container.index];
            it.memory = Some((uses, now));
            let engine = it.engine.0 as usize;
            self.memory[engine].begin(uses, now);
            self.memory_moved.mark(engine);
        }
    }

    /// The process of a container uses no memory any more.
    pub(super) fn frees(&mut self, index: u32) {
        let it = &mut self.containers[index];
        if let Some((uses, since)) = it.memory.take() {
            let engine = it.engine.0 as usize;
            self.memory[engine].end(uses, since);
            self.memory_moved.mark(engine);
        }
    }

    /// Tells on which engines processes began or ended to use memory since this was last asked.
    pub fn take_memory_moves(&mut self, mut told: impl FnMut(EngineId)) {
        self.memory_moved.retain(|engine| {
            told(EngineId(engine as u32));
            false
        });
    }

    /// What the process of a container uses by itself.
    pub fn own_memory(&self, container: ContainerId, now: SimTime) -> Bytes {
        let uses = self.get(container).and_then(|it| it.memory);
        uses.map_or(Bytes(0), |(uses, since)| {
            Bytes(uses.base.0.saturating_add(uses.growth.after(now.since(since)).0))
        })
    }

    /// What all processes on an engine use by themselves.
    pub fn memory(&self, engine: EngineId, now: SimTime) -> Bytes {
        self.memory[engine.0 as usize].at(now)
    }

    /// How fast that grows.
    pub fn memory_growth(&self, engine: EngineId) -> Growth {
        Growth(saturated(self.memory[engine.0 as usize].growth))
    }

    /// The containers of an engine that use memory, those that began last at the end.
    pub fn memory_users(&self, engine: EngineId) -> Vec<ContainerId> {
        let containers = self.engines[engine.0 as usize].containers.iter();
        let mut users: Vec<_> = containers
            .filter_map(|&index| Some((self.containers[index].memory?.1, index)))
            .collect();
        users.sort_unstable();
        users.into_iter().map(|(_, index)| self.id(index)).collect()
    }

    /// Whether the kernel of an engine kills for want of memory: Linux does, Windows pages instead.
    pub fn kills_for_memory(&self, engine: EngineId) -> bool {
        self.engines[engine.0 as usize].os.family == OsFamily::Linux
    }

    /// The kernel kills a container for its memory. Ignored where there is no process.
    pub fn oom_kill<S: Schedule<ContainerEvent>>(
        &mut self,
        container: ContainerId,
        context: &mut Context<'_, S>,
    ) {
        if self.state(container).is_some_and(ContainerState::has_process) {
            self.process_ended(container.index, Exit::OUT_OF_MEMORY, context);
        }
    }

    /// Tells how much memory a container uses, all in all. Above its limit its process ends: killed
    /// by the kernel of Linux, by an allocation that fails on Windows. Returns whether it did.
    pub fn memory_in_use<S: Schedule<ContainerEvent>>(
        &mut self,
        container: ContainerId,
        bytes: Bytes,
        context: &mut Context<'_, S>,
    ) -> bool {
        let Some(Container { spec, engine, state, .. }) = self.get(container) else {
            return false;
        };
        let above = spec.memory_limit.is_some_and(|limit| bytes > limit);
        let ends = above && state.has_process();
        if ends && self.kills_for_memory(*engine) {
            self.oom_kill(container, context);
        } else if ends {
            self.process_ended(container.index, Exit::ALLOCATION_FAILED, context);
        }
        ends
    }
}

fn saturated(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}
