//! Who gets requests: the endpoints of Services, as the nodes know them.
//!
//! Source: Kubernetes v1.36, `pkg/controller/endpointslice` (a pod is an endpoint while it is ready
//! and not being deleted, `staging/src/k8s.io/endpointslice/utils.go`) and `pkg/proxy/iptables`
//! (`proxier.go`: each node follows within its `minSyncPeriod`). From a change of a pod to the last
//! node that knows of it some time passes, during which requests still come to a pod that is on
//! its way out, or do not come yet to one that is ready.

use std::collections::BTreeMap;

use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::engine::{Phase, Schedule};
use crate::kubernetes::objects::PodId;

/// Pods as the nodes know them, by `uid`: a pod that is gone may still be known.
#[derive(Debug, Default)]
pub(super) struct Routes {
    of: BTreeMap<u32, Route>,
}

/// What is known of a pod.
#[derive(Clone, Copy, Debug)]
struct Route {
    /// The pod, while it is there.
    pod: Option<PodId>,
    /// Whether requests come to it.
    routed: bool,
}

impl ControlPlane {
    /// Whether a pod is to get requests, for all that the API server knows.
    fn is_endpoint(&self, pod: PodId) -> bool {
        let pod = self.objects.pod(pod);
        let node_works = pod.node.is_none_or(|node| self.is_heard_of(node));
        pod.ready.is_some() && pod.deleted.is_none() && !pod.is_over() && node_works
    }

    /// Whether a pod is to get requests may have changed: all will know after a while.
    pub(super) fn route_changed<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let uid = self.objects.pod(pod).uid;
        let wanted = self.is_endpoint(pod);
        let known = self.routes.of.get(&uid).is_some_and(|route| route.routed);
        if wanted == known {
            // what is on its way will find it as it was
            return;
        }
        self.routes.of.entry(uid).or_insert(Route { pod: Some(pod), routed: false });
        self.route_later(uid, around);
    }

    fn route_later<S>(&self, uid: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let time = around.now().saturating_add(self.limits.endpoint_delay);
        around.at(time, Phase::Decide, ControlEvent::Route(uid));
    }

    /// All nodes know of a change now; it may be another one by now.
    pub(super) fn route<S>(&mut self, uid: u32, around: &mut Around<'_, S>) {
        let Some(&Route { pod, routed }) = self.routes.of.get(&uid) else { return };
        let wanted = pod.is_some_and(|pod| self.is_endpoint(pod));
        if wanted && let Some(pod) = pod {
            self.routes.of.insert(uid, Route { pod: Some(pod), routed: true });
        } else {
            self.routes.of.remove(&uid);
        }
        match (routed, wanted, pod) {
            (false, true, Some(pod)) => around.notices.push(Notice::Routed { pod, uid }),
            (true, false, _) => around.notices.push(Notice::Unrouted { uid }),
            _ => {}
        }
    }

    /// A pod is gone; requests still come to where it was until all know.
    pub(super) fn forget_route<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let uid = self.objects.pod(pod).uid;
        if let Some(route) = self.routes.of.get_mut(&uid) {
            route.pod = None;
            if !route.routed {
                self.routes.of.remove(&uid);
            } else {
                self.route_later(uid, around);
            }
        }
    }
}
