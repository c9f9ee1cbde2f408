//! Hosts of one shape.

use std::collections::BTreeMap;

use super::hosts::{Host, Kinds, Specs};
use crate::placement::Resources;
use crate::placement::gpu::Devices;
use crate::placement::numa::Nodes;
use crate::scenario::HostShape;

/// So many hosts of a shape, with `extra` of other kinds each. Disk and network of the shape count
/// where they are among the kinds.
pub(super) fn hosts_of<const K: usize>(
    shape: &HostShape,
    count: u32,
    kinds: &Kinds,
    extra: &BTreeMap<String, u64>,
    specs: &mut Specs,
) -> Vec<Host<K>> {
    let cpu = u64::from(shape.cores * shape.threads_per_core) * 1000;
    let memory = shape.memory.0.saturating_sub(shape.system_memory.0);
    let mut capacity = Resources::ZERO.with(0, cpu).with(1, memory);
    let own = [("disk", shape.disk.size.0), ("network", shape.network.bits())];
    let extra = extra.iter().map(|(kind, &amount)| (kind.as_str(), amount));
    for (kind, amount) in own.into_iter().chain(extra) {
        if let Some(kind) = kinds.number(kind) {
            capacity = capacity.with(kind, amount);
        }
    }
    let model = shape.gpu_model.as_ref().and_then(|model| specs.model(model));
    let devices = Devices::new(shape.gpus.unwrap_or(0).into(), model.unwrap_or(0));
    let nodes = Nodes::even(Resources::of([cpu, memory]), shape.numa_nodes.unwrap_or(1));
    let host = |number: u32| Host {
        name: number.to_string(),
        capacity,
        devices,
        nodes,
        rack: 0,
        power: Some(shape.power.clone()),
    };
    (0..count).map(host).collect()
}
