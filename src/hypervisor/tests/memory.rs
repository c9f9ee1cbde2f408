//! Memory of hosts as VMs come, grow, shrink and go.

use super::*;

/// A VM of 8 GiB of which so many are in use, on hosts that may promise three times what they
/// have.
fn guest(active: u64) -> VmSpec {
    VmSpec {
        memory: Bytes(8 * GIB),
        reserve: VmSpec::whole(1, Bytes(8 * GIB), Bytes(0)),
        active_memory: Bytes(active * GIB),
        ..vm(1)
    }
}

fn fleet(rules: MemoryRules) -> Fleet {
    let mut spec = host(16);
    spec.capacity = Resources::new(Millicores(16_000), Bytes(48 * GIB));
    Fleet::with(PlacementPolicy::FirstFit, rules, &[spec])
}

impl Fleet {
    fn set_active(&mut self, vm: VmId, active: u64) {
        self.act(|it, _, notices| it.set_active_memory(vm, Bytes(active * GIB), notices));
    }

    /// Physical, shared, ballooned and swapped memory of host 0 in GiB.
    fn memory(&self) -> [f64; 4] {
        let usage = self.hypervisor.host_memory(HostId(0));
        let parts = [usage.physical, usage.shared, usage.ballooned, usage.swapped];
        parts.map(|part| part.0 as f64 / GIB as f64)
    }
}

#[test]
fn memory_is_backed_from_power_on_and_stays_backed_once_touched() {
    let mut fleet = fleet(RULES);
    let vm = fleet.request(VmSpec { provision: seconds(2), boot: seconds(3), ..guest(3) }).unwrap();
    assert_eq!(fleet.memory(), [0.0; 4]);
    fleet.play_until(2);
    assert_eq!(fleet.memory(), [3.0, 0.0, 0.0, 0.0]);
    fleet.set_active(vm, 5);
    fleet.set_active(vm, 1);
    assert_eq!(fleet.memory(), [5.0, 0.0, 0.0, 0.0]);
    fleet.set_active(vm, 100);
    assert_eq!(fleet.memory(), [8.0, 0.0, 0.0, 0.0], "a VM has no more than was configured");
    fleet.stop(vm);
    assert_eq!(fleet.memory(), [0.0; 4]);
}

/// Three VMs on 16 GiB. Two touch 8 GiB and then use 2: 6 GiB of each are idle. The third needs
/// 6: 22 are wanted, 6 are short, and the balloons take 3 of each. When the two need 6 again, 4
/// of idle memory are left in all, 2 of each; 22 - 4 - 16 = 2 are swapped of 6, 6 and 6.
#[test]
fn balloons_inflate_before_anything_is_swapped_and_all_is_undone_when_there_is_room() {
    let mut fleet = fleet(RULES);
    let vms: Vec<VmId> = [8, 8, 0].map(|active| fleet.request(guest(active)).unwrap()).into();
    fleet.set_active(vms[0], 2);
    fleet.set_active(vms[1], 2);
    fleet.set_active(vms[2], 6);
    assert_eq!(fleet.memory(), [16.0, 0.0, 6.0, 0.0]);
    let balloon = |fleet: &Fleet, vm| fleet.hypervisor.reclaimed(vm).unwrap().ballooned;
    assert_eq!(vms.iter().map(|&vm| balloon(&fleet, vm).0 / GIB).collect::<Vec<_>>(), [3, 3, 0]);
    let slowed = |fleet: &mut Fleet| -> Vec<(u32, f64)> {
        let notices = fleet.notices().into_iter();
        let slowed = notices.filter_map(|notice| match notice {
            VmNotice::Slowdown { vm, factor, .. } => Some((vm.0, factor)),
            _ => None,
        });
        slowed.collect()
    };
    assert_eq!(slowed(&mut fleet), [], "balloons cost nothing");

    fleet.set_active(vms[0], 6);
    fleet.set_active(vms[1], 6);
    assert_eq!(fleet.memory(), [16.0, 0.0, 4.0, 2.0]);
    // the third went through two sizes of swap, the last of 2/3 GiB: pages of 1 ms in 30 s
    let pages = (2.0 * GIB as f64 / 3.0 / 4096.0).floor();
    let (_, factor) = *slowed(&mut fleet).last().unwrap();
    assert!((factor - (1.0 + pages * 1e-3 / 30.0)).abs() < 1e-4, "{factor}");

    fleet.stop(vms[0]);
    assert_eq!(fleet.memory(), [14.0, 0.0, 0.0, 0.0]);
    assert_eq!(slowed(&mut fleet), [(vms[2].0, 1.0), (vms[1].0, 1.0)]);
}

#[test]
fn identical_guests_share_as_they_come_and_go() {
    let mut fleet = fleet(MemoryRules { page_sharing: 0.5, ..RULES });
    let spec = VmSpec { guest_memory: Bytes(GIB), hypervisor_memory: Bytes(GIB / 8), ..guest(2) };
    let vms: Vec<VmId> = (0..4).map(|_| fleet.request(spec).unwrap()).collect();
    // half of the guest's GiB in all but one; each needs 2 and an eighth
    assert_eq!(fleet.memory(), [4.0 * 2.125 - 1.5, 1.5, 0.0, 0.0]);
    fleet.set_active(vms[0], 3);
    assert_eq!(fleet.memory(), [4.0 * 2.125 + 1.0 - 1.5, 1.5, 0.0, 0.0]);
    fleet.stop(vms[0]);
    fleet.stop(vms[1]);
    assert_eq!(fleet.memory(), [2.0 * 2.125 - 0.5, 0.5, 0.0, 0.0]);
    fleet.play_until(1);
}
