//! One start of a replica.

use serde::{Deserialize, Serialize};

use crate::engine::{SimDuration, SimTime};
use crate::units::Bytes;

/// A part of a start, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The cluster's own machines come up: the VMs of nodes boot.
    Cluster,
    /// No node or host has room yet.
    Place,
    /// The engine waits before it starts a container again.
    BackOff,
    /// A virtual machine is made: its disk is cloned.
    Provision,
    /// A virtual machine boots.
    Boot,
    /// A machine of its own comes up, for a task on Fargate; a task on an instance has one at once.
    Machine,
    /// The network interface of a task and then its volume are attached to its machine; a pod of
    /// Amazon EKS has no address yet.
    Attach,
    /// The engine has not begun to look for the image.
    Queue,
    /// Layers are transferred, earlier ones extracted meanwhile; back-off between attempts too.
    Download,
    /// The layers that are left are extracted.
    Extract,
    /// The engine sets the process up.
    Container,
    /// The process starts until it answers.
    App,
}

impl Phase {
    /// All phases, in their order.
    pub const ALL: [Self; 12] = [
        Self::Cluster,
        Self::Place,
        Self::BackOff,
        Self::Provision,
        Self::Boot,
        Self::Machine,
        Self::Attach,
        Self::Queue,
        Self::Download,
        Self::Extract,
        Self::Container,
        Self::App,
    ];

    /// As files for programs have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Place => "place",
            Self::BackOff => "back_off",
            Self::Provision => "provision",
            Self::Boot => "boot",
            Self::Machine => "machine",
            Self::Attach => "attach",
            Self::Queue => "queue",
            Self::Download => "download",
            Self::Extract => "extract",
            Self::Container => "container",
            Self::App => "app",
        }
    }

    /// The moment at which it is over, as files for programs have it.
    pub const fn milestone(self) -> &'static str {
        match self {
            Self::Cluster => "cluster_up",
            Self::Place => "placed",
            Self::BackOff => "back_off_over",
            Self::Provision => "provisioned",
            Self::Boot => "booted",
            Self::Machine => "machine_up",
            Self::Attach => "attached",
            Self::Queue => "pull_started",
            Self::Download => "downloaded",
            Self::Extract => "image_ready",
            Self::Container => "process_up",
            Self::App => "ready",
        }
    }

    /// Whether it is part of getting the image.
    pub const fn is_pull(self) -> bool {
        matches!(self, Self::Download | Self::Extract)
    }
}

/// Why a replica was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It was asked for.
    Asked,
    /// The machine it was on was lost.
    Replaced,
    /// Its process had ended.
    Restarted,
}

impl Cause {
    /// As files for programs have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Replaced => "replaced",
            Self::Restarted => "restarted",
        }
    }
}

/// Where the image was when a container needed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageFound {
    /// On the node, unpacked.
    Present,
    /// On its way, for another container.
    Joined,
    /// In the registry.
    Pulled,
}

impl ImageFound {
    /// As files for programs have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Joined => "joined",
            Self::Pulled => "pulled",
        }
    }
}

/// Starts that are alike in what they go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartKind {
    /// A container whose image was not on its node.
    Cold,
    /// A container whose image was there.
    Warm,
    /// In a virtual machine of its own.
    Vm,
    /// A process that is started again where it was.
    Restart,
}

impl StartKind {
    /// All kinds, in the order in which they are told of.
    pub const ALL: [Self; 4] = [Self::Cold, Self::Warm, Self::Vm, Self::Restart];

    /// As files for programs have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Vm => "vm",
            Self::Restart => "restart",
        }
    }
}

/// What became of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The replica became ready.
    Ready,
    /// It did not, and never will from this start.
    Failed,
    /// The replica was not wanted any more.
    Withdrawn,
    /// It was still under way when the run ended.
    Unfinished,
}

impl Fate {
    /// As files for programs have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
            Self::Unfinished => "unfinished",
        }
    }
}

/// What getting an image took, as the engine counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PullAccount {
    /// Compressed bytes transferred for this start.
    pub bytes: Bytes,
    pub layers_pulled: u32,
    /// Layers that were on the node.
    pub layers_present: u32,
    /// Layers that were on their way for another container.
    pub layers_joined: u32,
    /// Tries, the one that succeeded included.
    pub attempts: u32,
    /// Time between tries.
    pub back_off: SimDuration,
}

/// Where a replica is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartPlace {
    /// Number of the host.
    pub host: u32,
    /// Number of the node on it, where replicas are containers.
    pub node: Option<u32>,
}

/// One start of a replica.
#[derive(Clone, Debug, PartialEq)]
pub struct StartRecord {
    /// Its app, by its place in the scenario.
    pub app: u32,
    /// Counts the replicas of the app in the order in which they were asked for; a replica that is
    /// started again keeps its number.
    pub replica: u32,
    pub cause: Cause,
    /// Where it was placed, if it was.
    pub place: Option<StartPlace>,
    /// `None` where no container was to be started, or it was not known yet.
    pub image: Option<ImageFound>,
    /// When the replica was wanted: asked for, lost, or ended.
    pub requested: SimTime,
    /// When each phase was over; `None` of those it did not go through or to the end of.
    ends: [Option<SimTime>; Phase::ALL.len()],
    /// What the engine counted, where it did.
    pub pull: Option<PullAccount>,
    pub fate: Fate,
    /// When that came about: for unfinished starts, the end of the run.
    pub ended: SimTime,
    /// Why it failed, or what an unfinished one waits for, in the words of whoever refused.
    pub reason: Option<String>,
}

impl StartRecord {
    /// A start that begins.
    pub fn new(app: u32, replica: u32, cause: Cause, requested: SimTime) -> Self {
        Self {
            app,
            replica,
            cause,
            place: None,
            image: None,
            requested,
            ends: [None; Phase::ALL.len()],
            pull: None,
            fate: Fate::Unfinished,
            ended: requested,
            reason: None,
        }
    }

    /// A phase is over, or will be at this time.
    pub fn pass(&mut self, phase: Phase, at: SimTime) {
        self.ends[phase as usize] = Some(at);
    }

    /// When a phase was over.
    pub fn end_of(&self, phase: Phase) -> Option<SimTime> {
        self.ends[phase as usize]
    }

    /// The start is over, or the run; phases that were to end later did not.
    pub fn finish(&mut self, fate: Fate, now: SimTime) {
        for end in &mut self.ends {
            *end = end.filter(|&end| end <= now);
        }
        (self.fate, self.ended) = (fate, now);
    }

    /// From being wanted to the end.
    pub fn total(&self) -> SimDuration {
        self.ended.since(self.requested)
    }

    /// The phases that were gone through to the end, and how long each took.
    pub fn phases(&self) -> impl Iterator<Item = (Phase, SimDuration)> {
        let mut before = self.requested;
        Phase::ALL.into_iter().filter_map(move |phase| {
            let end = self.ends[phase as usize]?;
            let took = end.since(before);
            before = end;
            Some((phase, took))
        })
    }

    /// The end of the last phase that was gone through.
    pub fn last_milestone(&self) -> SimTime {
        self.ends.iter().rev().flatten().next().copied().unwrap_or(self.requested)
    }

    /// Time for the image.
    pub fn pull_time(&self) -> SimDuration {
        let parts = self.phases().filter(|(phase, _)| phase.is_pull());
        parts.fold(SimDuration::ZERO, |sum, (_, took)| sum + took)
    }

    /// What it is alike with; a container whose image had not been found yet is a cold start.
    pub fn kind(&self) -> StartKind {
        match (self.cause, self.place, self.image) {
            (Cause::Restarted, ..) => StartKind::Restart,
            (_, _, Some(ImageFound::Present)) => StartKind::Warm,
            (_, Some(StartPlace { node: None, .. }), None) => StartKind::Vm,
            _ => StartKind::Cold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_millis(millis)
    }

    #[test]
    fn phases_follow_one_another_and_add_up_to_the_whole() {
        let mut start = StartRecord::new(0, 3, Cause::Asked, at(100));
        start.place = Some(StartPlace { host: 1, node: Some(1) });
        for (phase, end) in [
            (Phase::Place, 100),
            (Phase::Queue, 100),
            (Phase::Download, 900),
            (Phase::Extract, 2400),
            (Phase::Container, 2800),
            (Phase::App, 3100),
        ] {
            start.pass(phase, at(end));
        }
        start.finish(Fate::Ready, at(3100));
        let lengths: Vec<_> =
            start.phases().map(|(phase, took)| (phase, took.as_nanos() / 1_000_000)).collect();
        assert_eq!(lengths[2], (Phase::Download, 800));
        assert_eq!(lengths[3], (Phase::Extract, 1500));
        assert_eq!(lengths.iter().map(|(_, took)| took).sum::<u64>(), 3000);
        assert_eq!(start.total(), SimDuration::from_secs(3));
        assert_eq!(start.pull_time(), SimDuration::from_millis(2300));
        assert_eq!(start.kind(), StartKind::Cold);
    }

    #[test]
    fn a_phase_that_was_to_end_after_the_start_did_has_no_end() {
        let mut start = StartRecord::new(0, 0, Cause::Replaced, at(0));
        start.place = Some(StartPlace { host: 0, node: None });
        start.pass(Phase::Place, at(0));
        start.pass(Phase::Provision, at(2000));
        start.finish(Fate::Failed, at(1500));
        assert_eq!(start.phases().collect::<Vec<_>>(), [(Phase::Place, SimDuration::ZERO)]);
        assert_eq!((start.last_milestone(), start.total().as_secs_f64()), (at(0), 1.5));
        assert_eq!(start.kind(), StartKind::Vm);
    }
}
