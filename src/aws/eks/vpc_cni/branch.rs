//! Branch interfaces: pods with security groups of their own.
//!
//! A node with a trunk takes so many (`vpc.amazonaws.com/pod-eni`, by its type; none on T types and
//! on Windows). Each takes an address of the subnet, beside those of the plug-in, and no slot; the
//! limit of pods of the node counts them all the same. The branch of a pod that has ended is
//! deleted after a cooldown, and while that lasts it counts: a pod beyond waits for as long and
//! tries again (`pkg/provider/branch/provider.go` 0252288 and `cooldown/cooldown.go` 5338739,
//! aws/amazon-vpc-resource-controller-k8s). The queue is looked at every 30 s there; here branches
//! go when they have cooled down.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;

use super::store::Pod;
use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::ec2::subnet::{Subnet, SubnetError};
use crate::engine::{SimDuration, SimTime};

/// Until the branch of an ended pod is deleted, by default (`branch-eni-cooldown`).
pub const COOLDOWN: SimDuration = SimDuration::from_secs(60);
/// The least that it can be set to.
pub const LEAST_COOLDOWN: SimDuration = SimDuration::from_secs(30);

/// Why a pod has no branch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBranch {
    /// The type has none.
    #[error("{0} has no branch interfaces: pods with security groups do not run on it")]
    Type(String),
    /// All are had or cool down; ask again then.
    #[error("all {most} branch interfaces are used or cool down")]
    Full {
        /// How many there are.
        most: u32,
        /// How long the controller waits before it tries again.
        retry: SimDuration,
    },
    /// The subnet has no address.
    #[error("BranchAllocationFailed: {0}")]
    Subnet(#[from] SubnetError),
}

/// The branches of a node.
#[derive(Clone, Debug)]
pub struct Branches {
    instance: &'static InstanceType,
    cooldown: SimDuration,
    used: BTreeMap<Pod, Ipv4Addr>,
    cooling: VecDeque<(SimTime, Ipv4Addr)>,
}

impl Branches {
    /// Of a node with a trunk, with this cooldown (never less than 30 s).
    pub fn new(instance: &'static InstanceType, cooldown: SimDuration) -> Self {
        let cooldown = cooldown.max(LEAST_COOLDOWN);
        Self { instance, cooldown, used: BTreeMap::new(), cooling: VecDeque::new() }
    }

    /// How many there can be: what the node offers as `vpc.amazonaws.com/pod-eni`.
    pub fn most(&self) -> u32 {
        self.instance.network.branch_enis.unwrap_or(0)
    }

    /// Those of pods, and those that cool down.
    pub fn count(&self) -> (u32, u32) {
        (self.used.len() as u32, self.cooling.len() as u32)
    }

    /// A branch for a pod.
    ///
    /// # Errors
    /// There is none, or no address.
    pub fn add(&mut self, pod: Pod, subnet: &mut Subnet) -> Result<Ipv4Addr, NoBranch> {
        let most = self.most();
        if most == 0 {
            return Err(NoBranch::Type(self.instance.name.clone()));
        }
        if (self.used.len() + self.cooling.len()) as u32 >= most {
            return Err(NoBranch::Full { most, retry: self.cooldown });
        }
        let address = subnet.take()?;
        self.used.insert(pod, address);
        Ok(address)
    }

    /// Whether a pod has one.
    pub fn has(&self, pod: Pod) -> bool {
        self.used.contains_key(&pod)
    }

    /// The instance is no more: their addresses are free again.
    pub fn end(self, subnet: &mut Subnet) {
        let cooling = self.cooling.into_iter().map(|(_, address)| address);
        self.used.into_values().chain(cooling).for_each(|address| subnet.give_back(address));
    }

    /// A pod has ended.
    pub fn remove(&mut self, pod: Pod, now: SimTime) {
        if let Some(address) = self.used.remove(&pod) {
            self.cooling.push_back((now.saturating_add(self.cooldown), address));
        }
    }

    /// When the next branch has cooled down.
    pub fn next(&self) -> Option<SimTime> {
        self.cooling.front().map(|&(until, _)| until)
    }

    /// Deletes those that have.
    pub fn wake(&mut self, now: SimTime, subnet: &mut Subnet) {
        while let Some((_, address)) = self.cooling.pop_front_if(|(until, _)| *until <= now) {
            subnet.give_back(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    const fn at(secs: u64) -> SimTime {
        SimTime::from_nanos(secs * 1_000_000_000)
    }

    fn of(name: &str) -> Branches {
        Branches::new(instance_type(name).expect("it is in the catalogue"), COOLDOWN)
    }

    #[test]
    fn a_cooling_branch_counts_until_it_is_deleted() {
        let mut subnet = Subnet::new("10.0.0.0/24").unwrap();
        let mut branches = of("m5.large");
        for pod in 0..9 {
            branches.add(pod, &mut subnet).unwrap();
        }
        assert_eq!((branches.most(), subnet.free()), (9, 251 - 9));
        branches.remove(4, at(100));
        assert_eq!((branches.count(), branches.next()), ((8, 1), Some(at(160))));
        let full = NoBranch::Full { most: 9, retry: SimDuration::from_secs(60) };
        assert_eq!(branches.add(9, &mut subnet), Err(full.clone()));
        branches.wake(at(159), &mut subnet);
        assert_eq!(branches.add(9, &mut subnet), Err(full));
        branches.wake(at(160), &mut subnet);
        assert_eq!((branches.count(), subnet.free()), ((8, 0), 251 - 8));
        assert!(branches.add(9, &mut subnet).is_ok());
    }

    #[test]
    fn t_types_have_none_and_cooldowns_have_a_least() {
        let mut subnet = Subnet::new("10.0.0.0/28").unwrap();
        let error = of("t3.large").add(1, &mut subnet).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"t3.large has no branch interfaces: pods with security groups do not run on it"
        );
        let instance = instance_type("m5.large").unwrap();
        let mut hasty = Branches::new(instance, SimDuration::from_secs(1));
        hasty.add(1, &mut subnet).unwrap();
        hasty.remove(1, at(0));
        assert_eq!(hasty.next(), Some(at(30)));
    }
}
