//! Who is placed where, and who waits.
//!
//! A request is admitted to a host when placement has room for what it reserves, overcommit
//! included, and when the memory that can never be reclaimed (reservation and the hypervisor's own
//! need) still fits into the host's physical memory: the two checks of ESXi's admission control.

use super::host::bin;
use super::vm::Vm;
use super::{HostId, Hypervisor, RejectReason, VmEvent, VmId, VmNotice, VmSpec, WhenFull};
use crate::engine::{Phase, Schedule, SimDuration, Tag};
use crate::placement::{BinId, Resources};
use crate::units::Bytes;

impl Hypervisor {
    /// Asks for a VM. It is placed at once where there is room; otherwise it waits or is rejected
    /// as it says, and is rejected in any case where waiting would not help. Who waits is served
    /// before those who come later and would wait too; a request that would not wait takes what
    /// room there is, even if the first in the line cannot use it.
    pub fn request(
        &mut self,
        spec: VmSpec,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) -> Option<VmId> {
        self.ended.requested += 1;
        if self.waiting.due {
            self.admit(schedule, notices);
        }
        let vm = Vm::new(spec);
        let pinned = vm.memory.pinned();
        if !self.could_hold(&spec, pinned) {
            return self.reject(spec.owner, RejectReason::TooLarge, notices);
        }
        let waits = spec.when_full == WhenFull::Wait;
        let behind = waits && self.waiting.has_line(spec.host);
        let room = if behind { None } else { self.choose(spec.reserve, pinned, spec.host, None) };
        if room.is_none() && !waits {
            return self.reject(spec.owner, RejectReason::NoRoom, notices);
        }
        let id = VmId(self.vms.insert(vm));
        match room {
            Some(host) => self.place(id, host, schedule, notices),
            None => {
                self.waiting.join(self.vms.tag(id.0), spec.host);
                notices.push(VmNotice::Waiting { vm: id, owner: spec.owner });
            }
        }
        Some(id)
    }

    /// Places those who wait, each line up to the first for whom there is no room.
    pub(super) fn admit(
        &mut self,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        while let Some(host) = self.waiting.next_freed() {
            self.admit_line(Some(host), schedule, notices);
        }
        self.admit_line(None, schedule, notices);
    }

    fn admit_line(
        &mut self,
        line: Option<HostId>,
        schedule: &mut impl Schedule<VmEvent>,
        notices: &mut Vec<VmNotice>,
    ) {
        while let Some(vm) = self.waiting.first(line, &self.vms) {
            let Vm { spec, memory, .. } = &self.vms[vm.0];
            let (reserve, pinned) = (spec.reserve, memory.pinned());
            let Some(host) = self.choose(reserve, pinned, line, None) else {
                return;
            };
            self.waiting.serve(line);
            self.place(vm, host, schedule, notices);
        }
    }

    /// The host named, or the one that the policy chooses, if it has room.
    pub(super) fn choose(
        &mut self,
        reserve: Resources,
        pinned: Bytes,
        only: Option<HostId>,
        except: Option<HostId>,
    ) -> Option<HostId> {
        let hosts = &self.hosts;
        let eligible = |other: BinId| {
            hosts[other.index()].can_pin(pinned) && except.is_none_or(|it| bin(it) != other)
        };
        let Some(only) = only else {
            return self.pool.choose(reserve, &eligible).map(|bin| HostId(bin.0));
        };
        let fits = self.pool.bins().fits(bin(only), reserve) && eligible(bin(only));
        fits.then_some(only)
    }

    /// The host that the policy would take for a VM among those `eligible`, if any has room. Takes
    /// nothing.
    pub fn room_for(&mut self, spec: &VmSpec, eligible: impl Fn(HostId) -> bool) -> Option<HostId> {
        let pinned = Vm::new(*spec).memory.pinned();
        let hosts = &self.hosts;
        let eligible =
            |other: BinId| hosts[other.index()].can_pin(pinned) && eligible(HostId(other.0));
        self.pool.choose(spec.reserve, &eligible).map(|bin| HostId(bin.0))
    }

    /// Takes a VM's reservation on a host.
    pub(super) fn take(&mut self, host: HostId, reserve: Resources, pinned: Bytes) {
        self.pool.take(bin(host), reserve);
        self.hosts[host.index()].pinned.0 += pinned.0;
    }

    /// Gives a VM's reservation on a host back, and has those who wait looked at.
    pub(super) fn give(
        &mut self,
        host: HostId,
        reserve: Resources,
        pinned: Bytes,
        schedule: &mut impl Schedule<VmEvent>,
    ) {
        self.pool.give(bin(host), reserve);
        let books = &mut self.hosts[host.index()];
        books.pinned.0 = books.pinned.0.checked_sub(pinned.0).expect("what is given was taken");
        self.room_was_made(host, schedule);
    }

    /// Has those who wait looked at, for there is more room on a host.
    pub(super) fn room_was_made(&mut self, host: HostId, schedule: &mut impl Schedule<VmEvent>) {
        if !self.waiting.is_empty() {
            self.waiting.free(host);
            self.look_at_lines(schedule);
        }
    }

    /// Has those who wait looked at, for one of a line has left it, maybe its first.
    pub(super) fn line_moved(
        &mut self,
        line: Option<HostId>,
        schedule: &mut impl Schedule<VmEvent>,
    ) {
        if self.waiting.has_line(line) {
            line.inspect(|&host| self.waiting.free(host));
            self.look_at_lines(schedule);
        }
    }

    /// Later in this instant: decisions are made in sight of all that is freed in it.
    fn look_at_lines(&mut self, schedule: &mut impl Schedule<VmEvent>) {
        if !std::mem::replace(&mut self.waiting.due, true) {
            schedule.after(SimDuration::ZERO, Phase::Decide, VmEvent::Admit);
        }
    }

    /// Whether some host, or the one the VM is bound to, could hold it if it were empty.
    fn could_hold(&self, spec: &VmSpec, pinned: Bytes) -> bool {
        let Some(host) = spec.host else {
            return self.shapes.iter().any(|shape| shape.could_hold(spec.reserve, pinned));
        };
        self.hosts.get(host.index()).is_some_and(|books| {
            let capacity = self.pool.bins().ledger(bin(host)).capacity();
            spec.reserve.fits_in(capacity) && pinned <= books.memory.for_guests()
        })
    }

    fn reject(
        &mut self,
        owner: u32,
        reason: RejectReason,
        notices: &mut Vec<VmNotice>,
    ) -> Option<VmId> {
        self.ended.rejected += 1;
        notices.push(VmNotice::Rejected { owner, reason });
        None
    }

    /// The VM an event is about, if it has not ended.
    pub(super) fn current(&self, tag: Tag) -> Option<VmId> {
        self.vms.current(tag).map(VmId)
    }
}
