//! The states of a volume, and where it is attached.
//!
//! Amazon EBS User Guide, "Amazon EBS volume lifecycle": creating, available, in use, deleted, with
//! attaching and detaching between. A volume is of one zone and is attached to instances of that
//! zone only, one at a time (io1 and io2 can be attached to several at once; not here). An instance
//! that is terminated loses its volumes at once, without a detach of theirs.

use std::fmt;

use thiserror::Error;

use super::spec::Provisioned;
use crate::aws::ec2::slots::AttachLimit;

/// State of a volume; `I` names an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeState<I> {
    /// It is being made.
    Creating,
    /// It can be attached.
    Available,
    /// It is on its way to an instance, and takes a slot there.
    Attaching(I),
    /// It can be mounted.
    InUse(I),
    /// It is on its way off an instance, where it still takes a slot.
    Detaching(I),
    /// It is gone.
    Deleted,
}

impl<I: Copy> VolumeState<I> {
    /// Where it takes a slot.
    pub fn instance(&self) -> Option<I> {
        match self {
            Self::Attaching(at) | Self::InUse(at) | Self::Detaching(at) => Some(*at),
            Self::Creating | Self::Available | Self::Deleted => None,
        }
    }
}

impl<I> fmt::Display for VolumeState<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Attaching(_) => "attaching",
            Self::InUse(_) => "in-use",
            Self::Detaching(_) => "detaching",
            Self::Deleted => "deleted",
        })
    }
}

/// Where a volume is to be attached, as EC2 sees it at that moment.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a, I> {
    /// The instance.
    pub instance: I,
    /// Name of its type.
    pub type_name: &'a str,
    /// Its zone.
    pub zone: &'a str,
    /// How many volumes fit.
    pub limit: AttachLimit,
    /// Volumes that take a slot there, the root included.
    pub volumes: u32,
    /// Network interfaces that are attached.
    pub interfaces: u32,
}

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VolumeError {
    /// It is not free.
    #[error("VolumeInUse: the volume is {state} and cannot be {verb}")]
    InUse {
        /// Its state.
        state: String,
        /// `attached` or `deleted`.
        verb: &'static str,
    },
    /// Not yet there, or no longer, or not attached.
    #[error("IncorrectState: the volume is {state} and cannot be {verb}")]
    IncorrectState {
        /// Its state.
        state: String,
        /// `attached`, `detached` or `deleted`.
        verb: &'static str,
    },
    /// Of another zone.
    #[error(
        "InvalidVolume.ZoneMismatch: the volume is in {volume}, the instance in {instance}; a \
         volume can be attached in its own zone only"
    )]
    ZoneMismatch {
        /// Zone of the volume.
        volume: String,
        /// Zone of the instance.
        instance: String,
    },
    /// There is no slot.
    #[error(
        "AttachmentLimitExceeded: {type_name} has room for {most} volumes beside {interfaces} \
         network {}, and {volumes} are attached",
        if *.interfaces == 1 { "interface" } else { "interfaces" }
    )]
    AttachmentLimitExceeded {
        /// Name of the instance's type.
        type_name: String,
        /// Volumes that fit.
        most: u32,
        /// Interfaces that are attached.
        interfaces: u32,
        /// Volumes that are.
        volumes: u32,
    },
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume<I> {
    /// What it is.
    pub provisioned: Provisioned,
    /// Its zone, for ever.
    pub zone: String,
    state: VolumeState<I>,
}

impl<I: Copy + PartialEq> Volume<I> {
    /// A volume that is being made.
    pub fn create(provisioned: Provisioned, zone: impl Into<String>) -> Self {
        Self { provisioned, zone: zone.into(), state: VolumeState::Creating }
    }

    /// It is in use on an instance from now on, however it came there: a root volume is made with
    /// its instance.
    pub fn put(&mut self, on: I) {
        self.state = VolumeState::InUse(on);
    }

    /// Its state.
    pub fn state(&self) -> VolumeState<I> {
        self.state
    }

    /// It has been made.
    pub fn created(&mut self) {
        if self.state == VolumeState::Creating {
            self.state = VolumeState::Available;
        }
    }

    /// AttachVolume: attaching, and a slot is taken.
    ///
    /// # Errors
    /// It is not available, of another zone, or there is no slot.
    pub fn attach(&mut self, to: &Target<'_, I>) -> Result<(), VolumeError> {
        let verb = "attached";
        match self.state {
            VolumeState::Available => {}
            state if state.instance().is_some() => {
                return Err(VolumeError::InUse { state: state.to_string(), verb });
            }
            state => return Err(VolumeError::IncorrectState { state: state.to_string(), verb }),
        }
        if self.zone != to.zone {
            let (volume, instance) = (self.zone.clone(), to.zone.to_owned());
            return Err(VolumeError::ZoneMismatch { volume, instance });
        }
        let most = to.limit.volumes_with(to.interfaces);
        if to.volumes >= most {
            return Err(VolumeError::AttachmentLimitExceeded {
                type_name: to.type_name.to_owned(),
                most,
                interfaces: to.interfaces,
                volumes: to.volumes,
            });
        }
        self.state = VolumeState::Attaching(to.instance);
        Ok(())
    }

    /// It has come to the instance. Nothing where it has been taken away in the meantime.
    pub fn attached(&mut self, to: I) {
        if self.state == VolumeState::Attaching(to) {
            self.state = VolumeState::InUse(to);
        }
    }

    /// DetachVolume, by force or not: detaching. Again is no error.
    ///
    /// # Errors
    /// It is nowhere attached.
    pub fn detach(&mut self) -> Result<(), VolumeError> {
        let Some(instance) = self.state.instance() else {
            let state = self.state.to_string();
            return Err(VolumeError::IncorrectState { state, verb: "detached" });
        };
        self.state = VolumeState::Detaching(instance);
        Ok(())
    }

    /// It has left the instance. Nothing where it was not on its way off that one.
    pub fn detached(&mut self, from: I) {
        if self.state == VolumeState::Detaching(from) {
            self.state = VolumeState::Available;
        }
    }

    /// An instance is terminated: what was attached there is available.
    pub fn instance_gone(&mut self, instance: I) {
        if self.state.instance() == Some(instance) {
            self.state = VolumeState::Available;
        }
    }

    /// DeleteVolume.
    ///
    /// # Errors
    /// It is attached somewhere, not made yet, or gone.
    pub fn delete(&mut self) -> Result<(), VolumeError> {
        let verb = "deleted";
        match self.state {
            VolumeState::Available => {
                self.state = VolumeState::Deleted;
                Ok(())
            }
            state if state.instance().is_some() => {
                Err(VolumeError::InUse { state: state.to_string(), verb })
            }
            state => Err(VolumeError::IncorrectState { state: state.to_string(), verb }),
        }
    }
}

#[cfg(test)]
mod tests;
