//! Who gets requests: the endpoints of Services, as the nodes know them.
//!
//! Source: Kubernetes v1.36, `pkg/controller/endpointslice` (a pod is an endpoint while it is ready
//! and not being deleted, `staging/src/k8s.io/endpointslice/utils.go`) and `pkg/proxy/iptables`
//! (`proxier.go`: each node follows within its `minSyncPeriod`). From a change of a pod to the last
//! node that knows of it some time passes, during which requests still come to a pod that is on
//! its way out, or do not come yet to one that is ready.
//!
//! A pod that is being deleted and still says that it is ready gets requests as long as no other is
//! there to take them (`pkg/proxy/topology.go`, `CategorizeEndpoints`: endpoints that are serving
//! and terminating, where none is ready).

use std::collections::BTreeMap;

use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::engine::{Phase, Schedule};
use crate::kubernetes::objects::{Pod, PodId};

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
    standing: Standing,
}

/// Whether requests come to a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// None do.
    Out,
    /// They do.
    Ready,
    /// They do where no other pod is ready.
    Leaving,
}

impl ControlPlane {
    /// Whether a pod is to get requests, for all that the API server knows.
    fn standing(&self, pod: PodId) -> Standing {
        let pod = self.objects.pod(pod);
        let node_works = pod.node.is_none_or(|node| self.is_heard_of(node));
        match pod.deleted {
            _ if pod.ready.is_none() || pod.is_over() || !node_works => Standing::Out,
            None => Standing::Ready,
            Some(_) => Standing::Leaving,
        }
    }

    /// Whether a pod is to get requests may have changed: all will know after a while.
    pub(super) fn route_changed<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.gates.watched {
            around.notices.push(Notice::EndpointsChanged(pod));
        }
        let &Pod { uid, template, .. } = self.objects.pod(pod);
        if !self.objects.template(template).served {
            return;
        }
        let wanted = self.standing(pod);
        let known = self.routes.of.get(&uid).map_or(Standing::Out, |route| route.standing);
        if wanted == known {
            // what is on its way will find it as it was
            return;
        }
        self.routes.of.entry(uid).or_insert(Route { pod: Some(pod), standing: Standing::Out });
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
        let Some(&Route { pod, standing: known }) = self.routes.of.get(&uid) else { return };
        let wanted = match (known, pod.map_or(Standing::Out, |pod| self.standing(pod))) {
            // nobody begins with one that is on its way out
            (Standing::Out, Standing::Leaving) => Standing::Out,
            (_, wanted) => wanted,
        };
        if wanted == Standing::Out {
            self.routes.of.remove(&uid);
        } else {
            self.routes.of.insert(uid, Route { pod, standing: wanted });
        }
        match (known, wanted, pod) {
            (Standing::Out, Standing::Ready, Some(pod)) => {
                around.notices.push(Notice::Routed { pod, uid });
            }
            (Standing::Ready, Standing::Leaving, _) => {
                around.notices.push(Notice::Leaving { uid });
            }
            (Standing::Ready | Standing::Leaving, Standing::Out, _) => {
                around.notices.push(Notice::Unrouted { uid });
            }
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
            if route.standing == Standing::Out {
                self.routes.of.remove(&uid);
            } else {
                self.route_later(uid, around);
            }
        }
    }
}
