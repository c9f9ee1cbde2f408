//! Groups whose instances are replaced by those who use them: what these see of it, and what they
//! have it do.

use crate::aws::auto_scaling::instance::{Instance, InstanceId, State, Template};
use crate::world::World;

/// An instance of a group, as those see it who replace instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Member {
    /// Its number in the group.
    pub id: u32,
    /// Whether it was launched from an older version of the template than the current one.
    pub is_old: bool,
    /// The zone of the group that it is in.
    pub zone: u16,
    /// Its machine, once it runs.
    pub machine: Option<usize>,
    /// Whether it is on its way out.
    pub ends: bool,
}

impl World<'_> {
    /// Instances are launched from another version of the template from now on.
    pub(in crate::world) fn group_renews(&mut self, group: u16) {
        self.tell_group(group, |group, _, _| {
            let Template { id, version } = group.settings().template;
            group.set_template(Template { id, version: version + 1 });
        });
    }

    /// All instances of a group.
    pub(in crate::world) fn members(&self, group: u16) -> Vec<Member> {
        let ec2 = self.ec2();
        let state = &ec2.groups[usize::from(group)];
        let kept = state.group.as_ref().expect("only groups have members");
        let current = kept.settings().template;
        let member = |(id, it): (InstanceId, &Instance)| Member {
            id: id.0,
            is_old: it.template != current,
            zone: it.source.zone.0,
            machine: state.instances.get(&id).and_then(|&of| ec2.instances[of].machine),
            ends: it.state.is_terminating(),
        };
        kept.instances().map(member).collect()
    }

    /// How many zones a group has subnets in.
    pub(in crate::world) fn zones_of_group(&self, group: u16) -> u32 {
        self.ec2().groups[usize::from(group)].zones.len() as u32
    }

    /// Raises the maximum of a group and what it is to have.
    pub(in crate::world) fn group_raise(&mut self, group: u16, by: u32) {
        self.tell_group(group, |group, now, out| {
            let (min, max) = (group.settings().min, group.settings().max);
            let desired = group.settings().desired + by;
            group.resize(min, max + by, Some(desired), now, out).expect("both rise alike");
        });
    }

    /// Lowers the maximum of a group and what it is to have by one, as far as its minimum allows.
    /// Instances of older versions of the template stay. Says whether one goes.
    pub(in crate::world) fn group_lower(&mut self, group: u16) -> bool {
        let fell = self.tell_group(group, |group, now, out| {
            let stays = |it: &Instance| {
                it.template != group.settings().template
                    && it.state == State::InService
                    && !it.protected
            };
            let old = group.instances().filter(|(_, it)| stays(it)).map(|(id, _)| id);
            let old: Vec<InstanceId> = old.collect();
            for &id in &old {
                group.protect(id, true, now, out).expect("it is in service");
            }
            let before = group.totals().capacity;
            let (min, max) = (group.settings().min, group.settings().max);
            let max = max.saturating_sub(1).max(min);
            let desired = group.settings().desired.saturating_sub(1).clamp(min, max);
            group.resize(min, max, Some(desired), now, out).expect("it is within its bounds");
            let fell = group.totals().capacity < before;
            for &id in &old {
                // one that went for its health is beyond protection
                let _ = group.protect(id, false, now, out);
            }
            fell
        });
        fell == Some(true)
    }

    /// Has a group replace one of its instances, unless that ends already.
    pub(in crate::world) fn group_replaces(&mut self, group: u16, member: u32) {
        let _ = self.tell_group(group, |group, now, out| {
            group.terminate(InstanceId(member), false, now, out)
        });
    }
}
