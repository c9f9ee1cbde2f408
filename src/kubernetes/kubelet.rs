//! The kubelet: what a node does with the pods that it was given.
//!
//! As Kubernetes v1.36, `pkg/kubelet`. Everything here is a state machine without a clock: time is
//! an argument, what is to be done comes out as actions, and each machine says when it wants to be
//! called next. Nothing here pulls an image, runs a container or writes to a store.
//!
//! * [`pod_worker`]: one pod on its node, from its first container to its end.
//! * [`probe`]: when a probe's verdict changes, found without looking at every probe.
//! * [`backoff`]: how long to wait before what failed is tried again.
//! * [`eviction`]: which pod goes when the node runs short of memory or disk.
//! * [`oom`]: whom the kernel kills when the node has run out of memory.
//! * [`allocatable`]: what of a node pods may ask for.
//! * [`heartbeat`]: when a node shows that it is alive, and when it looks at its containers.

pub mod allocatable;
pub mod backoff;
pub mod eviction;
pub mod heartbeat;
pub mod oom;
pub mod pod_worker;
pub mod probe;

pub use pod_worker::{
    Action, Call, Exit, PodPhase, PodStatus, PodWorker, Refusal, Settings, WaitingReason,
};
