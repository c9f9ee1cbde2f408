//! What a load balancer is made from, and what is wrong with that.

use crate::aws::elb::Settings;
use crate::aws::elb::capacity::{Capacity, Growth};
use crate::aws::elb::flow::FlowSettings;
use crate::aws::elb::listener::{Action, Destination, Listener};
use crate::aws::elb::outcome::Timeouts;
use crate::engine::{SimDuration, SimTime, Streams};
use crate::workload::service::AppId;

/// A load balancer that is to be.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// Which kind it is.
    pub kind: Kind,
    /// The zones that it has a node in.
    pub zones: Vec<u32>,
    /// Its target groups.
    pub groups: Vec<GroupSpec>,
}

/// A kind of load balancer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// An Application Load Balancer.
    Application {
        /// How it grows; at once, where that is not said.
        growth: Option<Growth>,
        /// How long a connection may be silent, 1 s to 4000 s.
        idle: SimDuration,
    },
    /// A Network Load Balancer, with connections that are kept like that.
    Network(FlowSettings),
}

impl Kind {
    /// An Application Load Balancer with nothing but defaults.
    pub fn application() -> Self {
        Self::Application { growth: None, idle: Timeouts::default().idle }
    }

    /// How long is waited. An Application Load Balancer gives up a connection after 10 s, a client
    /// behind a Network Load Balancer after 127 s: six more SYNs, at intervals from 1 s that double
    /// (Linux, `net.ipv4.tcp_syn_retries`).
    pub fn timeouts(self) -> Timeouts {
        match self {
            Self::Application { idle, .. } => Timeouts { idle, ..Timeouts::default() },
            Self::Network(flows) => {
                Timeouts { connect: SimDuration::from_secs(127), idle: flows.tcp_idle }
            }
        }
    }
}

/// A target group that is to be.
#[derive(Clone, Debug)]
pub struct GroupSpec {
    /// Its name.
    pub name: String,
    /// The app behind it, whose requests go through it.
    pub app: Option<AppId>,
    /// Its attributes.
    pub settings: Settings,
    /// What its targets are.
    pub targets: Targets,
    /// Which requests of an Application Load Balancer go to it; all others, where there is none.
    pub rule: Option<Rule>,
    /// How many clients the requests come from, each with a connection that it keeps. Default: each
    /// request has a client and a connection of its own.
    pub clients: Option<u32>,
}

/// What the targets of a group are, and whose requests come to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Targets {
    /// Replicas. All requests of the app come through the load balancer, those of other apps too.
    #[default]
    Replicas,
    /// Replicas. Requests of other apps go to them by the app's router, past the load balancer.
    Pods,
    /// Nodes, each of which hands on what it gets: by the app's router to any replica, or only to
    /// those that it has itself. Requests of other apps go by the router alone.
    Nodes {
        /// Only to its own.
        local: bool,
    },
}

/// Conditions of requests for a target group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Rules of lower ones come first.
    pub priority: u32,
    /// The host has to match one of these, if there are some.
    pub hosts: Vec<String>,
    /// The path has to match one of these, if there are some.
    pub paths: Vec<String>,
}

impl Spec {
    /// What it carries at first, and how it grows, where that is limited.
    pub(super) fn capacity(&self, now: SimTime) -> Option<Capacity> {
        match self.kind {
            Kind::Application { growth, .. } => growth.map(|growth| Capacity::new(growth, now)),
            Kind::Network(_) => None,
        }
    }

    /// Its listener.
    ///
    /// A Network Load Balancer has one for each group, on a port of its own, and so no rules.
    pub(super) fn listener(&self) -> Result<Listener, Vec<String>> {
        let mut default = Action::Answer(404);
        let mut rules = Vec::new();
        for (number, group) in (0..).zip(&self.groups) {
            let action = Action::Forward(vec![(number, 1)]);
            match &group.rule {
                None => default = action,
                Some(rule) => rules.push(crate::aws::elb::listener::Rule {
                    priority: rule.priority,
                    hosts: rule.hosts.clone(),
                    paths: rule.paths.clone(),
                    action,
                }),
            }
        }
        Listener::new(rules, default)
    }

    /// Groups whose requests another rule would take, each in a sentence.
    pub(super) fn unreachable(&self, listener: &Listener) -> Vec<String> {
        if matches!(self.kind, Kind::Network(_)) {
            return Vec::new();
        }
        let groups = (0..).zip(&self.groups);
        let unreachable = groups.filter_map(|(number, group)| {
            let (host, path) = group.sample();
            let (to, _) = self.decide(listener, &host, &path);
            let other = match to {
                Destination::Group(other) if other == number => return None,
                Destination::Group(other) => self.groups[other as usize].name.as_str(),
                Destination::Answer(_) => "nobody",
            };
            let name = &group.name;
            Some(format!("target group `{name}` gets no requests: those for it go to `{other}`"))
        });
        unreachable.collect()
    }

    /// Rules that requests for a group are held against.
    pub(super) fn rules_of(&self, listener: &Listener, number: u32) -> u32 {
        let (host, path) = self.groups[number as usize].sample();
        self.decide(listener, &host, &path).1
    }

    fn decide(&self, listener: &Listener, host: &str, path: &str) -> (Destination, u32) {
        // each action is for one group, so that nothing is drawn
        listener.route(host, path, &mut Streams::new(0).named("listener"))
    }
}

impl GroupSpec {
    /// Host and path of a request that its rule means.
    fn sample(&self) -> (String, String) {
        let filled = |patterns: &[String], usual: &str| {
            let pattern = patterns.first().map_or(usual, String::as_str);
            pattern.replace('*', "").replace('?', "x")
        };
        match &self.rule {
            Some(rule) => (filled(&rule.hosts, ""), filled(&rule.paths, "/")),
            None => (String::new(), "/".to_owned()),
        }
    }
}
