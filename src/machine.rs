//! Physical hosts: cores and threads, memory, disk, network interface, electrical power.
//!
//! A host owns the share tree of its CPU. What runs on it, virtual machines and containers, adds
//! groups and leaves to that tree and hands it work; the host keeps the one pending event that the
//! whole tree needs and meters use, waiting and energy.

#[cfg(test)]
mod fixture;
mod host;
mod hosts;
pub mod paging;
mod power;

pub use host::{Host, HostEvent, HostId, Readings, cores_a_thread};
pub use hosts::Hosts;
pub use power::PowerCurve;
