//! Those who wait for room: one line for all hosts, and one for each host of the VMs that are
//! bound to it, whom nobody else can be in the way of.

use std::collections::VecDeque;

use super::vm::Vm;
use super::{HostId, VmId};
use crate::engine::{Slab, Tag};

#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    any: Line,
    bound: Vec<Line>,
    /// Hosts that have had room made since the lines were looked at, and are waited for.
    freed: Vec<HostId>,
    /// Whether the event that has the lines looked at is under way.
    pub(super) due: bool,
    count: usize,
}

/// First come, first served. Who leaves the line early stays in it as a stale tag, but stale tags
/// are swept out when they are the half of it.
#[derive(Clone, Debug, Default)]
struct Line {
    tags: VecDeque<Tag>,
    stale: usize,
}

impl Waiting {
    pub(super) fn new(hosts: usize) -> Self {
        Self { bound: vec![Line::default(); hosts], ..Self::default() }
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether someone waits who would be served before a newcomer bound to `host`.
    pub(super) fn has_line(&self, host: Option<HostId>) -> bool {
        let line = host.map_or(&self.any, |host| &self.bound[host.index()]);
        line.tags.len() > line.stale
    }

    /// Adds a VM to the end of its line.
    pub(super) fn join(&mut self, vm: Tag, host: Option<HostId>) {
        self.line(host).tags.push_back(vm);
        self.count += 1;
    }

    /// The first in a line, who stays in it.
    pub(super) fn first(&mut self, host: Option<HostId>, vms: &Slab<Vm>) -> Option<VmId> {
        let line = self.line(host);
        while let Some(&tag) = line.tags.front() {
            if let Some(vm) = vms.current(tag) {
                return Some(VmId(vm));
            }
            line.tags.pop_front();
            line.stale -= 1;
        }
        None
    }

    /// Takes the first, as returned by [`Waiting::first`], out of a line.
    pub(super) fn serve(&mut self, host: Option<HostId>) {
        let served = self.line(host).tags.pop_front();
        assert!(served.is_some(), "someone was first in the line");
        self.count -= 1;
    }

    /// Someone who waited has ended, and was removed from `vms`.
    pub(super) fn leave(&mut self, host: Option<HostId>, vms: &Slab<Vm>) {
        self.count -= 1;
        let line = self.line(host);
        line.stale += 1;
        if line.stale * 2 > line.tags.len() {
            line.tags.retain(|&tag| vms.current(tag).is_some());
            line.stale = 0;
        }
    }

    /// Notes that room was made on a host.
    pub(super) fn free(&mut self, host: HostId) {
        if self.has_line(Some(host)) && !self.freed.contains(&host) {
            self.freed.push(host);
        }
    }

    /// Takes out one of the hosts with room for those bound to it.
    pub(super) fn next_freed(&mut self) -> Option<HostId> {
        self.freed.pop()
    }

    fn line(&mut self, host: Option<HostId>) -> &mut Line {
        match host {
            Some(host) => &mut self.bound[host.index()],
            None => &mut self.any,
        }
    }
}
