//! Clients of an app behind a load balancer: which connection a request takes, and what the client
//! remembers.
//!
//! Without a number of clients each request comes from a client of its own, which opens a
//! connection for it. With one, each request is that of any of them, and every client keeps one
//! connection open, on which requests do not wait for each other: an Application Load Balancer sees
//! its cookie, a Network Load Balancer has pinned the connection to a target. Either closes it when
//! it has been idle for too long, and the client then opens another.
//!
//! Not modelled: connections that clients close by themselves, and those between an Application
//! Load Balancer and its targets.

use super::Leg;
use super::spec::{Kind, Spec};
use crate::aws::elb::flow::{FiveTuple, Flows, NotOpened, Transport};
use crate::aws::elb::outcome::Failure;
use crate::aws::elb::target_group::{Change, Cookie, TargetGroup};
use crate::aws::elb::{Balancer, target_group::Caller};
use crate::engine::{SimTime, Stream, Tag};
use crate::workload::deadlines::Deadlines;

/// The connection of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workload) enum Place {
    /// It is for this request alone.
    Own,
    /// It is kept by this client, and was opened just now.
    Opened(u32),
    /// It is kept by this client, and was open before.
    Kept(u32),
}

impl Place {
    /// Whether the request opened the connection.
    pub fn opens(self) -> bool {
        !matches!(self, Self::Kept(_))
    }

    /// Whether the connection ends with the request.
    pub fn closes(self) -> bool {
        self == Self::Own
    }

    fn client(self) -> Option<usize> {
        match self {
            Self::Own => None,
            Self::Opened(client) | Self::Kept(client) => Some(client as usize),
        }
    }
}

/// The clients of a target group.
#[derive(Debug)]
pub(super) enum Clients {
    /// Each comes once; so many have come.
    New(u64),
    /// They have a connection with an Application Load Balancer, and a cookie.
    Remembering(Remembering),
    /// They have a connection through a Network Load Balancer.
    Pinned(Pinned),
}

impl Clients {
    /// So many; none where each request has one of its own.
    pub fn new(spec: &Spec, count: u32) -> Self {
        match spec.kind {
            _ if count == 0 => Self::New(0),
            Kind::Application { .. } => Self::Remembering(Remembering {
                clients: vec![Remembered::default(); count as usize],
                idle: Deadlines::new(spec.kind.timeouts().idle),
            }),
            Kind::Network(settings) => Self::Pinned(Pinned {
                clients: vec![Connection::default(); count as usize],
                flows: Flows::new(settings),
            }),
        }
    }

    /// Whether targets count connections instead of requests.
    #[inline]
    pub fn keeps_targets(&self) -> bool {
        matches!(self, Self::Pinned(_))
    }

    /// A client sends a request.
    #[inline]
    pub fn send(
        &mut self,
        now: SimTime,
        group: u32,
        balancer: &mut Balancer,
        stream: &mut Stream,
    ) -> Result<Leg, Failure> {
        match self {
            Self::New(count) => {
                *count += 1;
                let node = balancer.enter(now, stream)?;
                let flow = tuple(node, *count, 0).hash();
                let caller = Caller { cookie: None, flow };
                let route = balancer.send(now, node, group, caller, stream);
                let route = route.ok_or(Failure::NoTarget)?;
                Ok(Leg { target: route.target, place: Place::Own, node: route.node as u16 })
            }
            Self::Remembering(clients) => clients.send(now, group, balancer, stream),
            Self::Pinned(clients) => clients.send(now, group, balancer, stream),
        }
    }

    /// A request has ended: its client has heard of it.
    #[inline]
    pub fn finished(&mut self, now: SimTime, place: Place) {
        let Some(client) = place.client() else { return };
        match self {
            Self::New(_) => {}
            Self::Remembering(clients) => clients.finished(now, client),
            Self::Pinned(clients) => clients.finished(now, client),
        }
    }

    /// The connection of a request was reset. Whether it was a kept one.
    pub fn close(&mut self, now: SimTime, place: Place, group: &mut TargetGroup) -> bool {
        let (Self::Pinned(clients), Some(client)) = (self, place.client()) else { return false };
        let Some(tag) = clients.clients[client].tag.take() else { return false };
        let before = clients.flows.len();
        clients.flows.close(now, tag, group);
        clients.flows.len() < before
    }

    /// Ends the connections that are pinned to a target with another state; how many.
    pub fn unpin(&mut self, now: SimTime, change: &Change, group: &mut TargetGroup) -> usize {
        let Self::Pinned(clients) = self else { return 0 };
        let mut ended = Vec::new();
        clients.flows.changed(now, change, group, &mut ended);
        ended.len()
    }

    /// When a connection will have been idle for too long.
    pub fn next_event(&mut self) -> Option<SimTime> {
        match self {
            Self::New(_) => None,
            Self::Remembering(Remembering { clients, idle }) => {
                idle.next(|(client, uses)| clients[client as usize].uses != uses)
            }
            Self::Pinned(clients) => clients.flows.next_event(),
        }
    }

    /// Ends the connections that have been; how many.
    pub fn close_idle(&mut self, now: SimTime, group: &mut TargetGroup) -> usize {
        match self {
            Self::New(_) => 0,
            Self::Remembering(clients) => clients.close_idle(now),
            Self::Pinned(clients) => {
                let mut ended = Vec::new();
                clients.flows.advance(now, group, &mut ended);
                ended.len()
            }
        }
    }
}

/// Clients of an Application Load Balancer.
#[derive(Debug)]
pub(super) struct Remembering {
    clients: Vec<Remembered>,
    /// When connections will have been idle for too long: of which client, since which use.
    idle: Deadlines<(u32, u32)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Remembered {
    cookie: Option<Cookie>,
    connected: bool,
    /// Requests that are not answered.
    busy: u32,
    /// Counts the times at which the connection was used.
    uses: u32,
}

impl Remembering {
    fn send(
        &mut self,
        now: SimTime,
        group: u32,
        balancer: &mut Balancer,
        stream: &mut Stream,
    ) -> Result<Leg, Failure> {
        let number = stream.below(self.clients.len());
        let node = balancer.enter(now, stream)?;
        let client = &mut self.clients[number];
        let caller = Caller { cookie: client.cookie, flow: 0 };
        let route = balancer.send(now, node, group, caller, stream).ok_or(Failure::NoTarget)?;
        client.cookie = route.cookie;
        client.busy += 1;
        client.uses = client.uses.wrapping_add(1);
        let place = match std::mem::replace(&mut client.connected, true) {
            true => Place::Kept(number as u32),
            false => Place::Opened(number as u32),
        };
        Ok(Leg { target: route.target, place, node: route.node as u16 })
    }

    fn finished(&mut self, now: SimTime, number: usize) {
        let client = &mut self.clients[number];
        client.busy -= 1;
        client.uses = client.uses.wrapping_add(1);
        if client.busy == 0 {
            let uses = client.uses;
            let clients = &self.clients;
            self.idle.trim(|(client, uses)| clients[client as usize].uses != uses);
            self.idle.arm(now, (number as u32, uses));
        }
    }

    fn close_idle(&mut self, now: SimTime) -> usize {
        let (mut due, clients) = (Vec::new(), &mut self.clients);
        self.idle.expired(now, |(client, uses)| clients[client as usize].uses != uses, &mut due);
        due.iter().for_each(|(client, _)| clients[*client as usize].connected = false);
        due.len()
    }
}

/// Clients of a Network Load Balancer.
#[derive(Debug)]
pub(super) struct Pinned {
    clients: Vec<Connection>,
    flows: Flows,
}

#[derive(Clone, Copy, Debug, Default)]
struct Connection {
    tag: Option<Tag>,
    node: u16,
    /// Connections that it has opened.
    opened: u32,
}

impl Pinned {
    fn send(
        &mut self,
        now: SimTime,
        group: u32,
        balancer: &mut Balancer,
        stream: &mut Stream,
    ) -> Result<Leg, Failure> {
        let number = stream.below(self.clients.len());
        let client = &mut self.clients[number];
        if let Some(target) = client.tag.and_then(|tag| self.flows.send(now, tag)) {
            return Ok(Leg { target, place: Place::Kept(number as u32), node: client.node });
        }
        let node = balancer.enter(now, stream)?;
        client.opened = client.opened.wrapping_add(1);
        let connection = tuple(node, number as u64, client.opened);
        let of = balancer.group_mut(group);
        let tag = self.flows.open(now, node, &connection, of, stream).map_err(|why| match why {
            NotOpened::NoTarget => Failure::NoTarget,
            NotOpened::NoPort => Failure::NoCapacity,
        })?;
        (client.tag, client.node) = (Some(tag), node as u16);
        let target = self.flows.send(now, tag).expect("it was opened just now");
        Ok(Leg { target, place: Place::Opened(number as u32), node: node as u16 })
    }

    /// The answer keeps the connection alive.
    fn finished(&mut self, now: SimTime, number: usize) {
        if let Some(tag) = self.clients[number].tag {
            self.flows.send(now, tag);
        }
    }
}

/// A connection of a client, which has opened so many before.
fn tuple(node: u32, client: u64, opened: u32) -> FiveTuple {
    FiveTuple {
        transport: Transport::Tcp,
        client,
        client_port: 0,
        listener: u64::from(node),
        port: 0,
        sequence: opened,
    }
}
