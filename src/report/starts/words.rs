//! What phases and kinds of starts are called.

use crate::metrics::starts::{Cause, Phase, StartKind, StartPlace};

/// What a start does in a phase.
pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Cluster => "nodes coming up",
        Phase::Place => "waiting for room",
        Phase::BackOff => "back-off",
        Phase::Provision => "making the VM",
        Phase::Boot => "boot of the VM",
        Phase::Machine => "machine on Fargate",
        Phase::Attach => "network interface, volume",
        Phase::Queue => "waiting in the engine",
        Phase::Download => "image download",
        Phase::Extract => "image extraction",
        Phase::Container => "container start",
        Phase::App => "app start",
    }
}

/// A kind of starts, as heads of columns have it.
pub fn kind(kind: StartKind) -> &'static str {
    match kind {
        StartKind::Cold => "cold",
        StartKind::Warm => "warm",
        StartKind::Vm => "in a VM",
        StartKind::Restart => "restart",
    }
}

/// A start of this kind, at the begin of a sentence.
pub fn one(kind: StartKind) -> &'static str {
    match kind {
        StartKind::Cold => "Cold start",
        StartKind::Warm => "Warm start",
        StartKind::Vm => "Start in a VM",
        StartKind::Restart => "Restart",
    }
}

/// Why it was started, where that is not the usual reason.
pub fn cause(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::Asked => None,
        Cause::Replaced => Some("its machine had been lost"),
        Cause::Restarted => Some("its process had ended"),
    }
}

/// Where: `node 3`, `host 0`.
pub fn place(place: StartPlace) -> String {
    match place.node {
        Some(node) if node != place.host => format!("node {node} (host {})", place.host),
        Some(node) => format!("node {node}"),
        None => format!("host {}", place.host),
    }
}

/// What would take a phase out of a start, where anything would.
pub fn remedy(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Cluster => Some("nodes that are up before they are needed"),
        Phase::Place => Some("room that is kept free"),
        Phase::Provision => Some("VMs that are made beforehand"),
        Phase::Boot => Some("VMs that are booted beforehand"),
        Phase::Machine => Some("instances that are up, instead of Fargate"),
        Phase::Download | Phase::Extract => Some("the image on the node beforehand (prepulled)"),
        Phase::App => Some("an app that answers at once"),
        Phase::BackOff | Phase::Attach | Phase::Queue | Phase::Container => None,
    }
}
