//! One instance of a group: where it is, what it was made of, and where it stands in its life.
//!
//! States: Amazon EC2 Auto Scaling User Guide, "Amazon EC2 Auto Scaling instance lifecycle" and
//! "Use lifecycle hooks with a warm pool". `Pending:Proceed` passes at once and is left out.

use super::hook::Waits;
use crate::engine::SimTime;

/// An instance, numbered by its group in the order of launches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstanceId(pub u32);

/// An Availability Zone of the group, by its place among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zone(pub u16);

/// An instance type of the group, by its place among the overrides of its launch template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pool(pub u16);

/// How an instance is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purchase {
    /// At the price of the list, until it is terminated.
    OnDemand,
    /// At the price of the day, until EC2 wants it back.
    Spot,
}

/// A version of a launch template; both numbers grow with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template {
    /// Which launch template.
    pub id: u32,
    /// Which version of it.
    pub version: u32,
}

/// Where instances come from: a type, in a zone, paid for in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// In this zone.
    pub zone: Zone,
    /// Of this type.
    pub pool: Pool,
    /// Paid for so.
    pub purchase: Purchase,
}

/// Where an instance stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// EC2 launches or starts it, for the group.
    Pending,
    /// It runs, and hooks hold it before it comes into service.
    PendingWait,
    /// It is at work.
    InService,
    /// It was put aside and counts no more.
    Standby,
    /// It leaves its load balancer.
    Terminating,
    /// It left, and hooks hold it before its end.
    TerminatingWait,
    /// EC2 terminates it.
    TerminatingProceed,
    /// EC2 launches it for the warm pool, or it leaves its load balancer to go back there.
    WarmedPending,
    /// Hooks hold it before it is put aside.
    WarmedPendingWait,
    /// EC2 stops or hibernates it.
    WarmedPendingProceed,
    /// It waits in the warm pool.
    Warmed,
}

impl State {
    /// Whether it counts towards the desired capacity.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Pending | Self::PendingWait | Self::InService)
    }

    /// Whether it is about to come into service.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Pending | Self::PendingWait)
    }

    /// Whether it is about to end.
    pub const fn is_terminating(self) -> bool {
        matches!(self, Self::Terminating | Self::TerminatingWait | Self::TerminatingProceed)
    }

    /// Whether it is in the warm pool, or will be.
    pub const fn is_warmed(self) -> bool {
        matches!(
            self,
            Self::WarmedPending
                | Self::WarmedPendingWait
                | Self::WarmedPendingProceed
                | Self::Warmed
        )
    }
}

/// An instance of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Zone, type and way of paying.
    pub source: Source,
    /// What it was launched from.
    pub template: Template,
    /// What it counts towards the capacity: 1 without weights.
    pub weight: u32,
    /// When it was launched: its billing hours begin then.
    pub launched: SimTime,
    /// Where it stands.
    pub state: State,
    /// Since when it has been in service, where it is.
    pub in_service: Option<SimTime>,
    /// Whether it has been in service for longer than it warms up.
    pub warm: bool,
    /// Whether it is kept when the group scales in.
    pub protected: bool,
    /// Whether it is to be replaced for its health.
    pub unhealthy: bool,
    /// How often the group had been refreshed when it was launched.
    pub round: u32,
    /// Whether another is being launched to take its place.
    pub leaving: bool,
    /// Whether it is launched to take the place of another that is still there.
    pub ahead: bool,
    /// The lot that decides among equals.
    pub lot: u32,
    pub(super) reports: u8,
    /// When it will have warmed up.
    pub(super) warm_at: SimTime,
    pub(super) waits: Option<Box<Waits>>,
    /// Whether EC2 has it already: it comes from the warm pool, or ran before.
    pub(super) exists: bool,
}

impl Instance {
    /// A new one, of which EC2 does not know yet.
    pub(super) fn new(
        source: Source,
        template: Template,
        weight: u32,
        launched: SimTime,
        lot: u32,
    ) -> Self {
        Self {
            source,
            template,
            weight,
            launched,
            state: State::Pending,
            in_service: None,
            warm: false,
            protected: false,
            unhealthy: false,
            round: 0,
            leaving: false,
            ahead: false,
            lot,
            reports: 0,
            warm_at: SimTime::MAX,
            waits: None,
            exists: false,
        }
    }

    /// Whether the termination policies may choose it: protection begins with service (User Guide,
    /// "Use instance scale-in protection"); what is unhealthy or already replaced goes before any
    /// policy is asked, and what replaces it stays.
    pub fn is_candidate(&self) -> bool {
        let free = self.state.is_pending() || (self.state == State::InService && !self.protected);
        free && !(self.unhealthy || self.leaving || self.ahead)
    }
}
