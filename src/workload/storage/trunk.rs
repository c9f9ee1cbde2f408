//! The way of an instance to its volumes, which these share.

use super::device::ALL;
use super::{DeviceId, Spot, Storage, StorageEvent, Timer, TrunkId};
use crate::aws::ec2::bandwidth::EbsBurst;
use crate::engine::{Schedule, SimTime};
use crate::sharing::line::Pair;
use crate::sharing::water_fill::{Claim, Level, level};
use crate::units::{Bandwidth, Rate};

/// See the [module documentation](self).
#[derive(Clone, Debug)]
pub(super) struct Trunk {
    burst: EbsBurst,
    pub members: Vec<DeviceId>,
    /// Whether it gave some of them less than they wanted.
    is_full: bool,
    pub timer: Timer,
}

/// Memory reused from one division to the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    claims: [Vec<Claim>; 2],
    bends: Vec<(f64, f64)>,
}

impl Trunk {
    pub fn new(burst: EbsBurst, timer: Timer) -> Self {
        Self { burst, members: Vec::new(), is_full: false, timer }
    }

    /// Operations and bytes a second that there are.
    fn limits(&self, now: SimTime) -> Pair {
        [self.burst.operations.limit(now), self.burst.bytes.limit(now)]
    }
}

impl<T: Copy> Storage<T> {
    /// Shares what an instance has among its volumes. Those of a trunk that was not full and is
    /// not have what they had.
    pub(super) fn divide(&mut self, id: TrunkId, schedule: &mut impl Schedule<StorageEvent>) {
        let now = schedule.now();
        let mut scratch = std::mem::take(&mut self.scratch);
        loop {
            let limits = self.trunks[id.0 as usize].limits(now);
            let levels = self.levels(id, limits, now, &mut scratch);
            let is_full = levels != [Level::Full; 2];
            if std::mem::replace(&mut self.trunks[id.0 as usize].is_full, is_full) || is_full {
                self.share_out(id, levels, &scratch.claims, schedule);
            }
            let trunk = &mut self.trunks[id.0 as usize];
            let [mut operations, mut bytes] = [0.0; 2];
            for member in &trunk.members {
                let device = self.devices[member.place as usize].as_ref();
                let rates = device.expect("a member is there").rates();
                operations += rates[0];
                bytes += rates[1];
            }
            trunk.burst.set_wanted(now, Bandwidth(bytes), Rate(operations));
            // what was left of a burst may be less than a nanosecond's worth
            if trunk.limits(now) == limits {
                break;
            }
        }
        self.scratch = scratch;
        let trunk = &mut self.trunks[id.0 as usize];
        let next = trunk.burst.falls_at(now).unwrap_or(SimTime::MAX);
        trunk.timer.arm(next, Spot::Trunk(id), schedule);
    }

    /// How high the water stands for what all want of operations and of bytes.
    fn levels(&self, id: TrunkId, limits: Pair, now: SimTime, scratch: &mut Scratch) -> [Level; 2] {
        let Scratch { claims, bends } = scratch;
        claims.iter_mut().for_each(Vec::clear);
        for &member in &self.trunks[id.0 as usize].members {
            let wanted = self.device(member).wanted(now);
            for (claims, cap) in claims.iter_mut().zip(wanted) {
                claims.push(Claim { weight: 1.0, floor: 0.0, cap, count: 1.0 });
            }
        }
        [0, 1].map(|index: usize| level(limits[index], &claims[index], 0.0, bends))
    }

    fn share_out(
        &mut self,
        id: TrunkId,
        levels: [Level; 2],
        claims: &[Vec<Claim>; 2],
        schedule: &mut impl Schedule<StorageEvent>,
    ) {
        let [operations, bytes] = claims;
        for (place, claims) in operations.iter().zip(bytes).enumerate() {
            let member = self.trunks[id.0 as usize].members[place];
            let share = |claim: &Claim, level, most| match level {
                Level::Full => most,
                level => claim.share(level),
            };
            let operations = share(claims.0, levels[0], ALL[0]);
            let bytes = share(claims.1, levels[1], ALL[1]);
            self.run(member, [operations, bytes], schedule);
        }
    }
}
