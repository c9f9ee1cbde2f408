//! What happens to Spot instances: they are recommended to be replaced, given notice, taken back.

use super::Ec2Event;
use crate::aws::ec2::lifecycle::{Ender, State};
use crate::engine::Phase;
use crate::world::World;

impl World<'_> {
    /// Sees to the next thing that happens to a Spot instance.
    pub(super) fn arm_spot(&mut self, instance: u32) {
        let now = self.now();
        let ec2 = self.ec2();
        let Some(spot) = ec2.instances[instance].spot else { return };
        let times = [spot.rebalance, Some(spot.notice), Some(spot.end)];
        // a recommendation may come at the very instant of the launch, the others cannot
        let next = times.into_iter().flatten().filter(|&at| at > now).min();
        let event = Ec2Event::Spot(ec2.instances.tag(instance));
        if let Some(at) = next {
            self.calendar.push(at, Phase::Release, event.into());
        }
    }

    /// A Spot instance is recommended to be replaced, gets notice, or is taken back.
    pub(super) fn spot_steps(&mut self, instance: u32) {
        let now = self.now();
        let it = &self.ec2().instances[instance];
        let (spot, machine) = (it.spot.expect("it is Spot"), it.machine.filter(|_| it.told));
        let (group, id) = self.group_of_instance(instance);
        if !matches!(it.life.state(), State::Running) {
            return;
        }
        self.arm_spot(instance);
        let happened = &mut self.ec2_mut().meters.happened;
        happened.rebalance += u64::from(spot.rebalance == Some(now));
        happened.notices += u64::from(spot.notice == now);
        happened.taken_back += u64::from(spot.end == now);
        if spot.rebalance == Some(now) {
            self.tell_group(group, |group, now, out| group.rebalance_recommended(id, now, out));
        }
        if spot.notice == now {
            if let Some(machine) = machine {
                self.tell_notice(machine);
            }
            self.tell_group(group, |group, now, out| group.interrupted(id, now, out));
        }
        if spot.end == now {
            self.shut_down(instance, Ender::Ec2);
        }
    }
}
