//! Network interfaces of an instance, their addresses, and tasks that have one of their own.
//!
//! A type has so many interfaces and addresses on each (Amazon EC2 User Guide, "IP addresses per
//! network interface per instance type"); where volumes share the slots, fewer. Tasks of ECS in
//! `awsvpc` mode take an interface each, or a branch of the trunk where the account has
//! `awsvpcTrunking` and the type supports it (Amazon ECS Developer Guide, "Increasing Amazon ECS
//! Linux container instance network interfaces"); branches take no slot.

use thiserror::Error;

use super::catalogue::InstanceType;

/// Why there is no interface, address or place for a task.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InterfaceError {
    /// The type has no more interfaces.
    #[error("AttachmentLimitExceeded: {instance} has {most} network interfaces, all attached")]
    Interfaces {
        /// Name of the type.
        instance: String,
        /// How many it has.
        most: u32,
    },
    /// Volumes have taken the slots.
    #[error(
        "AttachmentLimitExceeded: the slots of {instance} are taken by {interfaces} network \
         interfaces and {volumes} volumes"
    )]
    Slots {
        /// Name of the type.
        instance: String,
        /// Interfaces that are attached.
        interfaces: u32,
        /// Volumes that are.
        volumes: u32,
    },
    /// The interface has no more addresses.
    #[error(
        "PrivateIpAddressLimitExceeded: an interface of {instance} has {most} addresses, of which \
         {taken} are taken and {wanted} more are wanted"
    )]
    Addresses {
        /// Name of the type.
        instance: String,
        /// Addresses of an interface.
        most: u32,
        /// Those that it has.
        taken: u32,
        /// Those that it was to have more.
        wanted: u32,
    },
    /// There is no place for a task.
    #[error(
        "{instance} takes {most} tasks with a network interface of their own{}", hint(.trunked)
    )]
    Tasks {
        /// Name of the type.
        instance: String,
        /// How many it takes.
        most: u32,
        /// How many it would take with a trunk, where there is none.
        trunked: Option<u32>,
    },
}

fn hint(trunked: &Option<u32>) -> String {
    trunked.map_or_else(String::new, |most| format!("; with `awsvpcTrunking` it would take {most}"))
}

/// The interfaces of an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Interfaces {
    one: &'static InstanceType,
    /// Addresses of each interface that is attached, its primary one included; by place.
    attached: Vec<Option<u32>>,
}

impl Interfaces {
    /// Those of an instance at its launch: one, with one address.
    pub fn new(one: &'static InstanceType) -> Self {
        Self { one, attached: vec![Some(1)] }
    }

    /// Interfaces that are attached.
    pub fn count(&self) -> u32 {
        self.attached.iter().flatten().count() as u32
    }

    /// Addresses of all of them.
    pub fn addresses(&self) -> u32 {
        self.attached.iter().flatten().sum()
    }

    /// Attaches another one, with its primary address, beside so many volumes (the root included).
    /// Gives its place.
    ///
    /// # Errors
    /// There are no more, or no slots for more.
    pub fn attach(&mut self, volumes: u32) -> Result<usize, InterfaceError> {
        let (one, count) = (self.one, self.count());
        let instance = || one.name.clone();
        if count >= one.network.enis {
            let most = one.network.enis;
            return Err(InterfaceError::Interfaces { instance: instance(), most });
        }
        if count >= one.attach.interfaces_with(volumes) {
            return Err(InterfaceError::Slots { instance: instance(), interfaces: count, volumes });
        }
        let free = self.attached.iter().position(Option::is_none);
        let place = free.unwrap_or(self.attached.len());
        if place == self.attached.len() {
            self.attached.push(None);
        }
        self.attached[place] = Some(1);
        Ok(place)
    }

    /// Detaches one; its addresses go with it.
    ///
    /// # Panics
    /// When there is none at that place, or it is the first: a model that asks for it is wrong.
    pub fn detach(&mut self, place: usize) {
        assert!(place > 0, "the first interface stays as long as its instance");
        let had = self.attached[place].take();
        assert!(had.is_some(), "there is no interface at place {place}");
    }

    /// Gives an interface so many more addresses; with prefixes, count each as one.
    ///
    /// # Errors
    /// It has no more.
    ///
    /// # Panics
    /// When there is no interface at that place.
    pub fn assign(&mut self, place: usize, wanted: u32) -> Result<(), InterfaceError> {
        let most = self.one.network.addresses;
        let taken = self.attached[place].as_mut().expect("an interface is attached there");
        if *taken + wanted > most {
            let (instance, taken) = (self.one.name.clone(), *taken);
            return Err(InterfaceError::Addresses { instance, most, taken, wanted });
        }
        *taken += wanted;
        Ok(())
    }

    /// Takes so many secondary addresses from an interface.
    ///
    /// # Panics
    /// When it has not as many.
    pub fn unassign(&mut self, place: usize, count: u32) {
        let taken = self.attached[place].as_mut().expect("an interface is attached there");
        assert!(*taken > count, "{count} of {taken} addresses, of which one is primary");
        *taken -= count;
    }
}

/// Places for tasks in `awsvpc` mode.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskInterfaces {
    one: &'static InstanceType,
    /// With a trunk: how many tasks. Without: each has an interface.
    trunked: Option<u32>,
    tasks: u32,
}

impl TaskInterfaces {
    /// Of an instance whose account has `awsvpcTrunking`, or has not. Where it has, a type that
    /// supports trunks gets one at once: an interface of its own.
    ///
    /// # Errors
    /// There is no interface left for the trunk.
    pub fn new(
        one: &'static InstanceType,
        has_trunking: bool,
        interfaces: &mut Interfaces,
        volumes: u32,
    ) -> Result<Self, InterfaceError> {
        let trunked = one.tasks.trunked.filter(|most| has_trunking && *most != one.tasks.plain);
        if trunked.is_some() {
            interfaces.attach(volumes)?;
        }
        Ok(Self { one, trunked, tasks: 0 })
    }

    /// Tasks at most.
    pub fn most(&self) -> u32 {
        self.trunked.unwrap_or(self.one.tasks.plain)
    }

    /// Tasks that have a place.
    pub fn tasks(&self) -> u32 {
        self.tasks
    }

    /// Gives a task its place; tells that of its interface where it has one of the instance's.
    ///
    /// # Errors
    /// There is none left.
    pub fn start(
        &mut self,
        interfaces: &mut Interfaces,
        volumes: u32,
    ) -> Result<Option<usize>, InterfaceError> {
        if self.tasks >= self.most() {
            let would = self.one.tasks.trunked.filter(|most| *most > self.most());
            return Err(InterfaceError::Tasks {
                instance: self.one.name.clone(),
                most: self.most(),
                trunked: would.filter(|_| self.trunked.is_none()),
            });
        }
        let place = match self.trunked {
            Some(_) => None,
            None => Some(interfaces.attach(volumes)?),
        };
        self.tasks += 1;
        Ok(place)
    }

    /// A task ends; its interface, where it had one, is detached.
    ///
    /// # Panics
    /// When there was no task.
    pub fn stop(&mut self, interfaces: &mut Interfaces, place: Option<usize>) {
        self.tasks = self.tasks.checked_sub(1).expect("a task ends that has begun");
        if let Some(place) = place {
            interfaces.detach(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    fn of(name: &str) -> &'static InstanceType {
        instance_type(name).unwrap()
    }

    #[test]
    fn a_type_has_so_many_interfaces_and_addresses() {
        let mut m5 = Interfaces::new(of("m5.large"));
        assert_eq!((m5.count(), m5.addresses()), (1, 1));
        assert_eq!((m5.attach(1), m5.attach(1)), (Ok(1), Ok(2)));
        let error = m5.attach(1).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"AttachmentLimitExceeded: m5.large has 3 network interfaces, all attached"
        );
        m5.assign(2, 9).unwrap();
        assert_eq!(m5.addresses(), 12);
        let error = m5.assign(2, 1).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"PrivateIpAddressLimitExceeded: an interface of m5.large has 10 addresses, of which \
            10 are taken and 1 more are wanted"
        );
        m5.unassign(2, 4);
        m5.detach(1);
        assert_eq!((m5.count(), m5.addresses()), (2, 7));
        assert_eq!(m5.attach(1), Ok(1));
    }

    #[test]
    fn volumes_leave_no_slot_for_an_interface_where_they_share() {
        let mut shared = Interfaces::new(of("m5.large"));
        assert_eq!(shared.attach(26), Ok(1));
        let error = shared.attach(26).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"AttachmentLimitExceeded: the slots of m5.large are taken by 2 network interfaces \
             and 26 volumes"
        );
        let mut dedicated = Interfaces::new(of("m7i.large"));
        assert_eq!((dedicated.attach(32), dedicated.attach(32)), (Ok(1), Ok(2)));
    }

    #[test]
    fn without_a_trunk_each_task_takes_an_interface() {
        let mut interfaces = Interfaces::new(of("m5.large"));
        let mut tasks = TaskInterfaces::new(of("m5.large"), false, &mut interfaces, 1).unwrap();
        assert_eq!(tasks.start(&mut interfaces, 1), Ok(Some(1)));
        assert_eq!(tasks.start(&mut interfaces, 1), Ok(Some(2)));
        let error = tasks.start(&mut interfaces, 1).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"m5.large takes 2 tasks with a network interface of their own; with `awsvpcTrunking` \
            it would take 10"
        );
        tasks.stop(&mut interfaces, Some(1));
        assert_eq!((tasks.tasks(), interfaces.count()), (1, 2));
        assert_eq!(tasks.start(&mut interfaces, 1), Ok(Some(1)));
    }

    #[test]
    fn with_a_trunk_there_are_branches_and_no_interface_goes() {
        let mut interfaces = Interfaces::new(of("m5.large"));
        let mut tasks = TaskInterfaces::new(of("m5.large"), true, &mut interfaces, 1).unwrap();
        for _ in 0..10 {
            assert_eq!(tasks.start(&mut interfaces, 1), Ok(None));
        }
        assert_eq!((tasks.most(), interfaces.count()), (10, 2));
        let error = tasks.start(&mut interfaces, 1).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"m5.large takes 10 tasks with a network interface of their own"
        );
        // t3 has no trunks
        let mut interfaces = Interfaces::new(of("t3.large"));
        let tasks = TaskInterfaces::new(of("t3.large"), true, &mut interfaces, 1).unwrap();
        assert_eq!((tasks.most(), interfaces.count()), (2, 1));
    }
}
