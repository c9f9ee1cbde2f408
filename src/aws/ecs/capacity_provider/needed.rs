//! The instances that waiting tasks call for.
//!
//! Tasks with identical requirements are one group. The group's instances are counted as if each
//! were of the largest type of the Auto Scaling group, and filled; a group of which not even one
//! task fits on the smallest type is left out, and nothing is started for it. The largest number of
//! all groups counts: groups are taken to fit beside each other. (AWS blog, "Deep dive on Amazon
//! ECS cluster auto scaling".)

use crate::aws::ecs::placement::{Left, Need};

/// Tasks with identical requirements that wait in PROVISIONING.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What each of them needs.
    pub need: Need,
    /// How many there are.
    pub tasks: u32,
    /// Whether no two of them may be on one instance.
    pub distinct: bool,
}

/// What the waiting tasks of a provider call for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needed {
    /// Instances beyond those that there are.
    pub instances: u32,
    /// Tasks for which none are started: they do not fit on the smallest type.
    pub unplaceable: u32,
}

/// The instances for these tasks, on an Auto Scaling group that has instances of these types: what
/// each of them offers when it is empty.
pub fn needed(waiting: &[Waiting], types: &[Left]) -> Needed {
    let mut needed = Needed::default();
    for group in waiting.iter().filter(|group| group.tasks > 0) {
        let fits = types.iter().map(|offered| match group.distinct {
            true => offered.tasks(&group.need).min(1),
            false => offered.tasks(&group.need),
        });
        let (least, most) = (fits.clone().min(), fits.max());
        match (least, most) {
            (Some(1..), Some(most)) => {
                needed.instances = needed.instances.max(group.tasks.div_ceil(most));
            }
            _ => needed.unplaceable += group.tasks,
        }
    }
    needed
}
