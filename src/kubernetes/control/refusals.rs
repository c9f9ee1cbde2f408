//! Containers that cannot be started, and what the kubelet calls that.

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::docker::Refusal;
use crate::engine::{Schedule, SimDuration, SimTime};
use crate::kubernetes::kubelet;
use crate::kubernetes::objects::PodId;

impl ControlPlane {
    /// A container could not be started: it is tried again after a while.
    pub(super) fn refused<S>(
        &mut self,
        pod: PodId,
        container: u32,
        reason: Refusal,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.note_refusal(pod, container, reason, around.now());
        let refusal = refusal(reason);
        self.work(pod, around, |worker, call, actions| {
            worker.refused(call, container as usize, refusal, actions);
        });
        self.note_back_off(pod, container, around.now());
    }

    /// The image of a container could not be pulled; its engine tries again after a while.
    pub(super) fn pulls_again(
        &mut self,
        pod: PodId,
        container: u32,
        reason: Refusal,
        wait: SimDuration,
        now: SimTime,
    ) {
        self.note_refusal(pod, container, reason, now);
        let uid = self.objects.pod(pod).uid;
        let milliseconds = u32::try_from(wait.as_nanos() / 1_000_000).unwrap_or(u32::MAX);
        let entry = Entry::BackOff { pod: uid, container, milliseconds, image: true };
        self.log.add(now, entry);
    }

    fn note_refusal(&mut self, pod: PodId, container: u32, reason: Refusal, now: SimTime) {
        let known = self.objects.pod(pod);
        let template = &self.objects.template(known.template).pod;
        let image = template.all().nth(container as usize).map_or("", |one| &one.image);
        let (uid, name) = (known.uid, refusal(reason).name());
        let mut sentence = reason.sentence(image);
        if let Some(told) = told(reason, image) {
            sentence += &format!(" ({name}: {told})");
        } else if !sentence.contains(name) {
            sentence += &format!(" ({name})");
        }
        let message = self.log.text(&sentence);
        self.log.add(now, Entry::Refused { pod: uid, container, message });
    }
}

/// What containerd says of an image that is built for something else. What a manifest list has no
/// entry for it does not find; a single manifest it may fetch and not unpack, of which this makes
/// the same (containerd/containerd#6989, and the `windowsmatcher` of its `platforms`). A single
/// manifest for another build of Windows it pulls, and the host does not start it
/// (containerd/containerd#7856).
fn told(reason: Refusal, image: &str) -> Option<String> {
    match reason {
        Refusal::NoPlatform { .. }
        | Refusal::WrongOs { .. }
        | Refusal::WrongArchitecture { .. } => Some(format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": no \
             match for platform in manifest: not found"
        )),
        Refusal::WrongVersion => Some(
            "failed to create containerd task: failed to create shim task: \
             hcs::CreateComputeSystem: The container operating system does not match the host \
             operating system.: unknown"
                .to_owned(),
        ),
        _ => None,
    }
}

/// What an engine's refusal is to the kubelet: with containerd, an image that is not built for a
/// node cannot be pulled there.
fn refusal(reason: Refusal) -> kubelet::Refusal {
    match reason {
        Refusal::PullFailed(_)
        | Refusal::TooManyPulls
        | Refusal::DiskFull { .. }
        | Refusal::NoPlatform { .. }
        | Refusal::WrongOs { .. }
        | Refusal::WrongArchitecture { .. } => kubelet::Refusal::Pull,
        Refusal::NeverPulled => kubelet::Refusal::NeverPull,
        Refusal::NoEngine | Refusal::EngineDown => kubelet::Refusal::Create,
        Refusal::MissingFeature(_) | Refusal::WrongVersion => kubelet::Refusal::Run,
    }
}
