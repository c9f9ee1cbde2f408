//! Starts of replicas, recorded as they happen.
//!
//! A start begins when a replica is wanted: asked for, its machine lost, its process ended. It is
//! over when the replica is ready, or will not become so: what it then waits for is another start.

use super::Place;
use crate::docker::{ContainerId, Timeline};
use crate::engine::{SimDuration, SimTime};
use crate::metrics::starts::{
    Cause, Fate, ImageFound, Phase, PullAccount, StartPlace, StartRecord,
};
use crate::world::World;

/// A start that is under way.
#[derive(Clone, Debug)]
pub(super) struct Start {
    record: StartRecord,
    /// How long the making of its VM takes once that is placed.
    provision: Option<SimDuration>,
}

/// What was pulled for a start, as its engine counted it.
fn pull_account(timeline: &Timeline) -> Option<PullAccount> {
    let it = timeline.account;
    timeline.image_ready.map(|_| PullAccount {
        bytes: it.bytes,
        layers_pulled: it.layers_pulled,
        layers_present: it.layers_present,
        layers_joined: it.layers_joined,
        attempts: it.attempts,
        back_off: it.back_off,
    })
}

/// Where the image was: a check with the registry that it is up to date moves no layer.
fn image_found(pull: PullAccount) -> ImageFound {
    match pull {
        PullAccount { layers_pulled: 1.., .. } => ImageFound::Pulled,
        PullAccount { layers_joined: 1.., .. } => ImageFound::Joined,
        _ => ImageFound::Present,
    }
}

/// What a container's engine knows of its start.
fn engine_tells(start: &mut StartRecord, timeline: &Timeline) {
    for (phase, end) in [
        (Phase::Queue, timeline.started),
        (Phase::Download, timeline.downloaded),
        (Phase::Extract, timeline.image_ready),
        (Phase::Container, timeline.running),
    ] {
        if let Some(end) = end {
            start.pass(phase, end);
        }
    }
    start.pull = pull_account(timeline);
    start.image = start.pull.map(image_found);
}

impl World<'_> {
    /// A replica is wanted, since this time.
    pub(super) fn begin_start(&mut self, replica: u32, cause: Cause, since: SimTime) {
        let now = self.now();
        let it = &mut self.replicas.all[replica as usize];
        let mut record = StartRecord::new(it.app.0, it.number, cause, since);
        if since < now && cause == Cause::Asked {
            record.pass(Phase::Cluster, now);
        }
        self.recorder.starts.begin(it.app.0);
        it.start = Some(Box::new(Start { record, provision: None }));
    }

    /// A replica's process has ended, and is started again at this time.
    pub(in crate::world) fn start_again(&mut self, replica: u32, again: SimTime, reason: &str) {
        self.start_fails(replica, reason);
        let now = self.now();
        self.begin_start(replica, Cause::Restarted, now);
        let place = match self.replicas.all[replica as usize].place {
            Place::Node { node, .. } => Some(self.node_place(node)),
            Place::Vm { host, .. } => host.map(|host| StartPlace { host: host.0, node: None }),
            Place::Unit { node, .. } => node.map(|node| self.node_place(node)),
            Place::Nowhere => None,
        };
        if let Some(start) = self.start_of(replica) {
            start.record.place = place;
            if again > now {
                start.record.pass(Phase::BackOff, again);
            }
        }
    }

    /// Where a node is.
    pub(in crate::world) fn node_place(&self, node: u32) -> StartPlace {
        StartPlace { host: self.nodes.all[node as usize].host.0, node: Some(node) }
    }

    fn start_of(&mut self, replica: u32) -> Option<&mut Start> {
        self.replicas.all[replica as usize].start.as_deref_mut()
    }

    /// A place was found, or the machine has come up for which there was a place before.
    pub(in crate::world) fn start_placed(&mut self, replica: u32, place: StartPlace) {
        let now = self.now();
        if let Some(Start { record, provision }) = self.start_of(replica) {
            record.place = Some(place);
            if record.end_of(Phase::Place).is_none() {
                record.pass(Phase::Place, now);
            }
            if let Some(provision) = *provision {
                record.pass(Phase::Provision, now + provision);
            }
        }
    }

    /// Once it is placed, a replica's VM takes so long to make.
    pub(super) fn start_provisions(&mut self, replica: u32, provision: SimDuration) {
        if let Some(start) = self.start_of(replica) {
            start.provision = Some(provision);
        }
    }

    /// A phase of a start is over.
    pub(in crate::world) fn start_passes(&mut self, replica: u32, phase: Phase) {
        let now = self.now();
        if let Some(start) = self.start_of(replica) {
            start.record.pass(phase, now);
        }
    }

    /// A phase of a start is over, unless it was before.
    pub(in crate::world) fn start_passed(&mut self, replica: u32, phase: Phase) {
        let now = self.now();
        if let Some(Start { record, .. }) = self.start_of(replica)
            && record.end_of(phase).is_none()
        {
            record.pass(phase, now);
        }
    }

    /// Has the engine tell how far a start is. A container's second start it knows nothing of.
    pub(in crate::world) fn ask_engine(&mut self, replica: u32) {
        if let Some(container) = self.container_of(replica) {
            self.engine_tells_of(replica, container);
        }
    }

    /// The container of a replica, if it is in one.
    pub(super) fn container_of(&self, replica: u32) -> Option<ContainerId> {
        match self.replicas.all[replica as usize].place {
            Place::Node { container, .. } => Some(container),
            Place::Unit { unit, .. } => self.container_of_unit(unit),
            Place::Vm { .. } | Place::Nowhere => None,
        }
    }

    /// Has the engine tell how far the start of a replica in this container is.
    pub(in crate::world) fn engine_tells_of(&mut self, replica: u32, container: ContainerId) {
        let it = &mut self.replicas.all[replica as usize];
        if let Some(start) = &mut it.start
            && start.record.cause != Cause::Restarted
            && let Some(timeline) = self.engines.timeline(container)
        {
            engine_tells(&mut start.record, timeline);
        }
    }

    /// A replica is ready.
    pub(super) fn start_is_over(&mut self, replica: u32) {
        self.start_passes(replica, Phase::App);
        self.end_start(replica, Fate::Ready, None);
    }

    /// A start comes to nothing, if one is under way.
    pub(in crate::world) fn start_fails(&mut self, replica: u32, reason: &str) {
        self.end_start(replica, Fate::Failed, Some(reason));
    }

    /// A replica is not wanted any more.
    pub(super) fn start_withdrawn(&mut self, replica: u32) {
        self.ask_engine(replica);
        self.end_start(replica, Fate::Withdrawn, None);
    }

    fn end_start(&mut self, replica: u32, fate: Fate, reason: Option<&str>) {
        let now = self.now();
        if let Some(start) = self.replicas.all[replica as usize].start.take() {
            let mut record = start.record;
            record.reason = reason.map(str::to_owned);
            record.finish(fate, now);
            self.add_start(record);
        }
    }

    fn add_start(&mut self, start: StartRecord) {
        let slowest = self.recorder.apps[start.app as usize].start_up.maximum();
        let cut_short = matches!(start.fate, Fate::Withdrawn | Fate::Unfinished);
        if cut_short && start.cause == Cause::Asked && slowest.is_some_and(|it| start.total() < it)
        {
            self.recorder.starts.not_waited_for(start.app);
        }
        self.recorder.starts.add(start);
    }

    /// Why the pull that a replica waits for has failed so far.
    fn failing_pull(&self, replica: u32) -> Option<String> {
        let container = self.container_of(replica)?;
        let pull = self.engines.pull_under_way(container)?;
        self.failing(self.engines.spec(container)?.image, &pull)
    }

    /// The run is over, and with it all starts that are under way.
    pub(in crate::world) fn end_starts(&mut self, now: SimTime) {
        for replica in 0..self.replicas.all.len() as u32 {
            self.ask_engine(replica);
            let failing = self.failing_pull(replica);
            let it = &mut self.replicas.all[replica as usize];
            let Some(start) = it.start.take() else { continue };
            let mut record = start.record;
            record.reason = failing;
            if record.place.is_none() {
                record.reason.clone_from(&self.recorder.apps[it.app.0 as usize].no_room);
            }
            record.finish(Fate::Unfinished, now);
            self.add_start(record);
        }
    }
}
