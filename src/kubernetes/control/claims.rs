//! Claims of pods, and volumes for those that do not wait for a pod.
//!
//! Source: Kubernetes v1.36, `pkg/controller/statefulset/stateful_pod_control.go`
//! (`createPersistentVolumeClaims`). Claims stay when their pod goes, so that the next one of its
//! number finds them.
//!
//! A volume that is to be made at once is made in the zone of a node. As long as there is none, the
//! provisioner tries again after 1 s, then after twice as long, up to 5 min
//! (kubernetes-csi/external-provisioner v5, `--retry-interval-start`, `--retry-interval-max`). The
//! volume controller would look for a volume that is there every 15 s; here none becomes free.

use std::collections::BTreeMap;

use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::api::Object;
use crate::kubernetes::api::defaults::{self, admission};
use crate::kubernetes::api::expand::stateful_set::claim;
use crate::kubernetes::objects::WorkloadId;
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::queue::Event;
use crate::kubernetes::scheduler::read;
use crate::kubernetes::scheduler::volumes::{Provision, decide_now};

/// From the first failure of the provisioner to its next try.
const FIRST: SimDuration = SimDuration::from_secs(1);

/// The longest time between its tries.
const LONGEST: SimDuration = SimDuration::from_secs(300);

/// The claims that no volume could be made for so far.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// By namespace and name: how long the provisioner waits, and until when.
    waiting: BTreeMap<(Box<str>, Box<str>), (SimDuration, SimTime)>,
}

impl ControlPlane {
    /// Makes the claims of the pod of this number that are not there yet.
    pub(super) fn claim_volumes<S>(
        &mut self,
        set: WorkloadId,
        ordinal: i32,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(written) = self.stateful_sets.get(&set) else { return };
        let Some(spec) = &written.spec else { return };
        let templates = spec.volume_claim_templates.iter().flatten();
        let claims: Vec<_> =
            templates.map(|template| claim(template, written, spec, ordinal)).collect();
        for mut claim in claims {
            let namespace = claim.metadata.namespace.as_deref().unwrap_or("default");
            let name = claim.metadata.name.as_deref().unwrap_or_default();
            if self.cluster.volumes().claim(namespace, name).is_some() {
                continue;
            }
            admission::set_storage_class(&mut claim, &self.storage_classes);
            let mut object = Object::from(claim);
            defaults::apply(&mut object);
            self.add_claim(&object, around);
        }
    }

    /// Adds a claim, and has it get its volume, unless it waits for a pod.
    pub(super) fn add_claim<S>(&mut self, claim: &Object, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        read::add_object(&mut self.cluster, claim);
        let namespace = claim.namespace().unwrap_or("default");
        self.bind_claim(namespace, claim.name(), FIRST, around);
    }

    /// Has a claim get its volume, or try again after `wait`.
    fn bind_claim<S>(
        &mut self,
        namespace: &str,
        name: &str,
        wait: SimDuration,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let takes = |driver: &str, node: &Node| !self.is_missing_on(driver, node.id);
        let (became, binding) = decide_now(&self.cluster, namespace, name, takes);
        let volume = match became {
            Provision::Nothing => return,
            Provision::Bound => Event::VolumeUpdated { zones: false },
            Provision::Made => Event::VolumeAdded,
            Provision::NoNode => {
                let next = now.saturating_add(wait);
                let key = (namespace.into(), name.into());
                self.claims.waiting.insert(key, (wait, next));
                around.at(next, Phase::Decide, ControlEvent::Provision);
                return;
            }
        };
        // what a driver makes is there later
        let Some(binding) = binding.and_then(|binding| self.make_first(binding, around)) else {
            return;
        };
        self.cluster.volumes_mut().bind(vec![binding]);
        self.claim_has_volume(volume, namespace.into(), name.into(), around);
    }

    /// A claim that waited for no pod has got its volume, of which this is to be told.
    pub(super) fn claim_has_volume<S>(
        &mut self,
        volume: Event,
        namespace: Box<str>,
        name: Box<str>,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        for event in [volume, Event::ClaimUpdated { namespace, name }] {
            self.scheduler.happened(&self.cluster, &event, around.now());
        }
        self.schedule_soon(around);
    }

    /// A claim is gone: no volume is made for it.
    pub(super) fn forget_claim(&mut self, namespace: &str, name: &str) {
        self.claims.waiting.remove(&(namespace.into(), name.into()));
    }

    /// The provisioner tries again for the claims whose time has come.
    pub(super) fn provision_again<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let due = self.claims.waiting.extract_if(.., |_, (_, next)| *next <= now);
        let due: Vec<_> = due.collect();
        for ((namespace, name), (wait, _)) in due {
            self.bind_claim(&namespace, &name, (wait + wait).min(LONGEST), around);
        }
    }
}
