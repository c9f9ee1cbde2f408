//! Connections through a Network Load Balancer.
//!
//! A connection is given a target by a hash of its five-tuple and, for TCP, of its first sequence
//! number, and keeps it for life. It ends when it has been idle for too long: a TCP packet that
//! comes later is answered with a reset, a UDP one begins anew. It also ends, with a reset, when
//! its target becomes unhealthy. It does not when its target is deregistered, unless that is asked
//! for. Where the client's address is not preserved, a load balancer has about 55,000 ports for
//! connections to one target. (Network Load Balancer User Guide, "Network Load Balancers", "Target
//! groups", "Edit target group attributes".)
//!
//! Not modelled: passive health checks, stickiness by source address, the handshakes of TLS.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::target_group::{Caller, Change, TargetGroup, TargetState};
use crate::engine::{SimDuration, SimTime, Slab, Stream, Tag};

/// How connections are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlowSettings {
    /// How long a TCP connection may be idle, 60 s to 6000 s.
    pub tcp_idle: SimDuration,
    /// How long a UDP flow may be idle. AWS fixes it.
    pub udp_idle: SimDuration,
    /// Whether connections are reset when their target becomes unhealthy.
    pub reset_unhealthy: bool,
    /// Connections to one target, where the client's address is not preserved.
    pub ports_per_target: Option<u32>,
}

impl Default for FlowSettings {
    fn default() -> Self {
        Self {
            tcp_idle: SimDuration::from_secs(350),
            udp_idle: SimDuration::from_secs(120),
            reset_unhealthy: true,
            ports_per_target: None,
        }
    }
}

/// Ports that a load balancer has for connections to one target.
pub const PORTS_PER_TARGET: u32 = 55_000;

/// What a connection runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP, or TLS.
    Tcp,
    /// UDP.
    Udp,
}

/// What a connection is known by. Clients and listeners have numbers instead of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiveTuple {
    /// The protocol.
    pub transport: Transport,
    /// Who opens it.
    pub client: u64,
    /// From which port.
    pub client_port: u16,
    /// The load balancer, by the node that the client resolved.
    pub listener: u64,
    /// To which port.
    pub port: u16,
    /// Its first sequence number; of no effect for UDP.
    pub sequence: u32,
}

impl FiveTuple {
    /// A hash whose every bit depends on every bit of the connection: FNV-1a, finished by the mixer
    /// of SplitMix64. AWS does not publish its own.
    pub fn hash(&self) -> u64 {
        let (protocol, sequence) = match self.transport {
            Transport::Tcp => (6_u8, self.sequence),
            Transport::Udp => (17, 0),
        };
        let bytes = [protocol].into_iter().chain(self.client.to_le_bytes());
        let bytes = bytes.chain(self.client_port.to_le_bytes()).chain(self.listener.to_le_bytes());
        let bytes = bytes.chain(self.port.to_le_bytes()).chain(sequence.to_le_bytes());
        let folded = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mixed = (folded ^ (folded >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Why a connection is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// There is no target.
    NoTarget,
    /// The load balancer has no port left for its target.
    NoPort,
}

/// Why a connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was sent for too long.
    Idle,
    /// Its target became unhealthy.
    Unhealthy,
    /// The deregistration delay of its target was over.
    Cut,
}

#[derive(Clone, Copy, Debug)]
struct Flow {
    node: u32,
    target: u32,
    idle: SimDuration,
    expires: SimTime,
}

/// The connections of one target group.
#[derive(Clone, Debug)]
pub struct Flows {
    settings: FlowSettings,
    flows: Slab<Flow>,
    expiries: BTreeSet<(SimTime, u32)>,
    by_target: BTreeSet<(u32, u32)>,
}

impl Flows {
    /// No connections.
    pub fn new(settings: FlowSettings) -> Self {
        Self {
            settings,
            flows: Slab::default(),
            expiries: BTreeSet::new(),
            by_target: BTreeSet::new(),
        }
    }

    /// Connections that are open.
    pub fn len(&self) -> usize {
        self.flows.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.flows.is_empty()
    }

    /// A connection is opened at the node of a zone.
    ///
    /// # Errors
    /// Why it is not.
    pub fn open(
        &mut self,
        now: SimTime,
        node: u32,
        connection: &FiveTuple,
        group: &mut TargetGroup,
        stream: &mut Stream,
    ) -> Result<Tag, NotOpened> {
        let caller = Caller { cookie: None, flow: connection.hash() };
        let picked = group.pick(now, node, caller, stream).ok_or(NotOpened::NoTarget)?;
        let target = picked.target;
        let ports = self.settings.ports_per_target.unwrap_or(u32::MAX);
        if group.outstanding(target) >= ports {
            return Err(NotOpened::NoPort);
        }
        let idle = match connection.transport {
            Transport::Tcp => self.settings.tcp_idle,
            Transport::Udp => self.settings.udp_idle,
        };
        group.started(node, target);
        let expires = now.saturating_add(idle);
        let place = self.flows.insert(Flow { node, target, idle, expires });
        self.expiries.insert((expires, place));
        self.by_target.insert((target, place));
        Ok(self.flows.tag(place))
    }

    /// The target of a connection, which something is sent on; none if it has ended, which a TCP
    /// client is told by a reset.
    pub fn send(&mut self, now: SimTime, connection: Tag) -> Option<u32> {
        let place = self.flows.current(connection)?;
        let flow = self.flows.get_mut(place)?;
        if flow.expires <= now {
            return None;
        }
        let expires = now.saturating_add(flow.idle);
        let before = std::mem::replace(&mut flow.expires, expires);
        let target = flow.target;
        if before != expires {
            self.expiries.remove(&(before, place));
            self.expiries.insert((expires, place));
        }
        Some(target)
    }

    /// A connection is closed by one of its ends; nothing happens if it has ended before.
    pub fn close(&mut self, now: SimTime, connection: Tag, group: &mut TargetGroup) {
        if let Some(place) = self.flows.current(connection) {
            self.end(now, place, group);
        }
    }

    /// When the next connection will have been idle for too long.
    pub fn next_event(&self) -> Option<SimTime> {
        self.expiries.first().map(|&(at, _)| at)
    }

    /// Ends what has been idle for too long.
    pub fn advance(
        &mut self,
        now: SimTime,
        group: &mut TargetGroup,
        ended: &mut Vec<(Tag, Ended)>,
    ) {
        while let Some(&(at, place)) = self.expiries.first().filter(|(at, _)| *at <= now) {
            ended.push((self.flows.tag(place), Ended::Idle));
            self.end(at, place, group);
        }
    }

    /// Ends what has to because a target has another state.
    pub fn changed(
        &mut self,
        now: SimTime,
        change: &Change,
        group: &mut TargetGroup,
        ended: &mut Vec<(Tag, Ended)>,
    ) {
        let why = match change.state {
            TargetState::Unhealthy if self.settings.reset_unhealthy => Ended::Unhealthy,
            TargetState::Unused if change.cut > 0 => Ended::Cut,
            _ => return,
        };
        let target = change.target;
        while let Some(&(_, place)) = self.by_target.range((target, 0)..=(target, u32::MAX)).next()
        {
            ended.push((self.flows.tag(place), why));
            self.end(now, place, group);
        }
    }

    fn end(&mut self, now: SimTime, place: u32, group: &mut TargetGroup) {
        let flow = self.flows.remove(place);
        self.expiries.remove(&(flow.expires, place));
        self.by_target.remove(&(flow.target, place));
        group.finished(now, flow.node, flow.target, false);
    }
}

#[cfg(test)]
mod tests;
