//! Placement on hosts with GPUs, whole and shared.
//!
//! What a host has of CPU and memory is in the books of a [`Pool`](super::Pool); what it has of
//! GPUs is here: each device by itself ([`Devices`]), since a half of one and a half of another
//! are not one. The policies are those of the experiment behind Weng et al., "Beware of
//! Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent" (USENIX
//! ATC 2023), with the constants and the truncations of its simulator
//! (hkust-adsl/kubernetes-scheduler-simulator 8f3d641, `pkg/simulator/plugin`), one file each.
//!
//! * [`GpuNeed`], [`Devices`]: what is asked for, and what there is.
//! * [`Typical`], [`Typical::fragments`]: the workload in short, and how much of what is free in a
//!   host is of no use to it.
//! * [`GpuPolicy`]: a score for a host; one file each, found in [`gpu_policy()`].

pub mod best_fit;
pub mod clustering;
pub mod device;
pub mod dot_product;
pub mod fgd;
pub mod packing;
pub mod policy;
pub mod random;
pub mod typical;

pub use device::{Devices, GpuNeed, MILLI, MOST_DEVICES, Models, Taken};
pub use policy::{GpuHost, GpuItem, GpuPolicy, gpu_policy};
pub use typical::Typical;
