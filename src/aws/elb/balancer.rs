//! A load balancer as a whole: a listener, its target groups, and what it carries.
//!
//! A client comes to the node of one of the zones that DNS names, each as likely as the others; the
//! listener's rules choose a target group, and the node a target of it. What comes faster than an
//! Application Load Balancer has grown is turned away beforehand. A Network Load Balancer has no
//! rules, and what it sends to a target are connections.

use super::capacity::Capacity;
use super::dns::zones_in_dns;
use super::health::Answer;
use super::listener::{Destination, Listener};
use super::outcome::Failure;
use super::target_group::{Caller, Change, Cookie, TargetGroup};
use crate::engine::{SimTime, Stream};

/// A request as a load balancer sees it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The host it is for.
    pub host: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// What the client has from an earlier answer, and the target group that it is of.
    pub cookie: Option<(u32, Cookie)>,
}

/// A request on its way to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The zone of the node that it came to.
    pub node: u32,
    /// The target group.
    pub group: u32,
    /// The target.
    pub target: u32,
    /// What the client gets to keep, where stickiness is on.
    pub cookie: Option<Cookie>,
}

/// What a load balancer does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routed {
    /// It goes to a target.
    Sent(Route),
    /// It is answered as a rule says, with this status.
    Answered(u16),
    /// There is nobody to send it to.
    Failed(Failure),
}

/// A load balancer.
#[derive(Clone, Debug)]
pub struct Balancer {
    listener: Listener,
    groups: Vec<TargetGroup>,
    /// None where it carries whatever comes.
    capacity: Option<Capacity>,
    /// Zones that DNS names.
    listed: Vec<u32>,
}

impl Balancer {
    /// A load balancer with these target groups, which the listener numbers from 0.
    pub fn new(listener: Listener, groups: Vec<TargetGroup>, capacity: Option<Capacity>) -> Self {
        let listed = zones_in_dns(&groups);
        Self { listener, groups, capacity, listed }
    }

    /// One of its target groups.
    pub fn group(&self, group: u32) -> &TargetGroup {
        &self.groups[group as usize]
    }

    /// One of its target groups, for its connections.
    pub fn group_mut(&mut self, group: u32) -> &mut TargetGroup {
        &mut self.groups[group as usize]
    }

    /// Its listener.
    pub fn listener(&self) -> &Listener {
        &self.listener
    }

    /// What it carries, where that is limited.
    pub fn capacity(&mut self) -> Option<&mut Capacity> {
        self.capacity.as_mut()
    }

    /// The zones that DNS names now. Clients that resolved the name before keep what they got.
    pub fn zones(&self) -> &[u32] {
        &self.listed
    }

    /// Registers a target with a group.
    pub fn register(&mut self, now: SimTime, group: u32, target: u32, zone: u32, answer: Answer) {
        self.groups[group as usize].register(now, target, zone, answer);
        self.listed = zones_in_dns(&self.groups);
    }

    /// Takes a target out of a group. Whether it is idle already.
    pub fn deregister(&mut self, now: SimTime, group: u32, target: u32) -> bool {
        let idle = self.groups[group as usize].deregister(now, target);
        self.listed = zones_in_dns(&self.groups);
        idle
    }

    /// From now on a target answers health checks like that.
    pub fn answer(&mut self, now: SimTime, group: u32, target: u32, answer: Answer) {
        self.groups[group as usize].answer(now, target, answer);
    }

    /// When something changes by itself next.
    pub fn next_event(&self) -> Option<SimTime> {
        self.groups.iter().filter_map(TargetGroup::next_event).min()
    }

    /// Does what is due until `now`, and adds what has changed, with the number of the group.
    pub fn advance(&mut self, now: SimTime, changes: &mut Vec<(u32, Change)>) {
        let mut changed = Vec::new();
        for (number, group) in (0..).zip(&mut self.groups) {
            group.advance(now, &mut changed);
            changes.extend(changed.drain(..).map(|change| (number, change)));
        }
        self.listed = zones_in_dns(&self.groups);
    }

    /// Where a request goes, and how many rules were looked at, which are charged whatever becomes
    /// of it. What is sent has started at its target, until [`finished`](Self::finished).
    pub fn route(&mut self, now: SimTime, asked: &Asked<'_>, stream: &mut Stream) -> (Routed, u32) {
        let node = match self.enter(now, stream) {
            Ok(node) => node,
            Err(failure) => return (Routed::Failed(failure), 0),
        };
        let (destination, processed) = self.listener.route(asked.host, asked.path, stream);
        let number = match destination {
            Destination::Answer(status) => return (Routed::Answered(status), processed),
            Destination::Group(number) => number,
        };
        let own = asked.cookie.filter(|(of, _)| *of == number);
        let caller = Caller { cookie: own.map(|(_, cookie)| cookie), flow: 0 };
        let sent = self.send(now, node, number, caller, stream);
        (sent.map_or(Routed::Failed(Failure::NoTarget), Routed::Sent), processed)
    }

    /// The node that a request comes to, if the load balancer carries it.
    ///
    /// # Errors
    /// Why nobody gets it.
    #[inline]
    pub fn enter(&mut self, now: SimTime, stream: &mut Stream) -> Result<u32, Failure> {
        let share = self.capacity.as_ref().map_or(1.0, |capacity| capacity.share(now));
        if share < 1.0 && stream.uniform() >= share {
            return Err(Failure::NoCapacity);
        }
        match self.listed[..] {
            [] => Err(Failure::NoTarget),
            [only] => Ok(only),
            ref several => Ok(several[stream.below(several.len())]),
        }
    }

    /// What a node does with a request, or a connection, for a target group; none where there is no
    /// target. What is sent has started at its target, until [`finished`](Self::finished).
    #[inline]
    pub fn send(
        &mut self,
        now: SimTime,
        node: u32,
        group: u32,
        caller: Caller,
        stream: &mut Stream,
    ) -> Option<Route> {
        let of = &mut self.groups[group as usize];
        let picked = of.pick(now, node, caller, stream)?;
        of.started(node, picked.target);
        Some(Route { node, group, target: picked.target, cookie: picked.cookie })
    }

    /// A request has ended at its target, with an error of the server or not. Whether that was the
    /// last of a target that drains.
    ///
    /// # Panics
    /// When none is outstanding there: the caller lost track.
    pub fn finished(&mut self, now: SimTime, route: &Route, error: bool) -> bool {
        self.groups[route.group as usize].finished(now, route.node, route.target, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::elb::capacity::Growth;
    use crate::aws::elb::listener::{Action, Rule};
    use crate::aws::elb::settings::Settings;
    use crate::engine::{SimDuration, Streams};
    use crate::units::Rate;

    fn secs(secs: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(secs)
    }

    /// A shop in group 0 with the given targets in two zones, and its API in group 1.
    fn shop(by_zone: [u32; 2], capacity: Option<Capacity>) -> Balancer {
        let rules = vec![
            Rule {
                priority: 1,
                hosts: Vec::new(),
                paths: vec!["/api/*".to_owned()],
                action: Action::Forward(vec![(1, 1)]),
            },
            Rule {
                priority: 2,
                hosts: Vec::new(),
                paths: vec!["/old/*".to_owned()],
                action: Action::Answer(301),
            },
        ];
        let listener = Listener::new(rules, Action::Forward(vec![(0, 1)])).unwrap();
        let settings = Settings { cross_zone: false, ..Settings::application() };
        let groups = vec![TargetGroup::new(settings.clone(), 2), TargetGroup::new(settings, 2)];
        let mut shop = Balancer::new(listener, groups, capacity);
        for target in 0..by_zone[0] + by_zone[1] {
            let zone = u32::from(target >= by_zone[0]);
            shop.register(secs(0), 0, target, zone, Answer::GOOD);
        }
        [0, 1].into_iter().for_each(|zone| shop.register(secs(0), 1, zone, zone, Answer::GOOD));
        shop.advance(secs(0), &mut Vec::new());
        shop
    }

    fn asked(path: &str) -> Asked<'_> {
        Asked { host: "shop.example.com", path, cookie: None }
    }

    #[test]
    fn requests_go_by_rule_to_a_group_and_by_dns_to_a_zone() {
        let mut shop = shop([1, 4], None);
        let mut stream = Streams::new(5).named("shop");
        let mut counts = [0_i32; 5];
        for _ in 0..10_000 {
            let (Routed::Sent(route), 2) = shop.route(secs(1), &asked("/"), &mut stream) else {
                panic!("it is sent, by the default action")
            };
            assert_eq!(route.group, 0);
            counts[route.target as usize] += 1;
            shop.finished(secs(1), &route, false);
        }
        // each zone gets half, whatever its targets: within four standard errors of 50
        assert!((counts[0] - 5000).abs() < 200, "{counts:?}");
        let quarter = (10_000 - counts[0]) / 4;
        assert!(counts[1..].iter().all(|count| (count - quarter).abs() <= 1), "{counts:?}");
        let (routed, processed) = shop.route(secs(1), &asked("/api/x"), &mut stream);
        assert!(matches!(routed, Routed::Sent(Route { group: 1, .. })) && processed == 1);
        let redirected = shop.route(secs(1), &asked("/old/x"), &mut stream);
        assert_eq!(redirected, (Routed::Answered(301), 2));
    }

    #[test]
    fn a_cookie_is_of_one_target_group() {
        let stickiness = Some(SimDuration::from_secs(60));
        let settings = Settings { stickiness, ..Settings::application() };
        let rule = |priority, path: &str, group| Rule {
            priority,
            hosts: Vec::new(),
            paths: vec![path.to_owned()],
            action: Action::Forward(vec![(group, 1)]),
        };
        let rules = vec![rule(1, "/0", 0), rule(2, "/1", 1)];
        let listener = Listener::new(rules, Action::Answer(404)).unwrap();
        let groups = vec![TargetGroup::new(settings.clone(), 1), TargetGroup::new(settings, 1)];
        let mut both = Balancer::new(listener, groups, None);
        for (group, targets) in [(0, 0..4), (1, 0..2)] {
            targets.for_each(|target| both.register(secs(0), group, target, 0, Answer::GOOD));
        }
        both.advance(secs(0), &mut Vec::new());
        let mut stream = Streams::new(5).named("both");
        let mut ask = |path, cookie| {
            let asked = Asked { cookie, ..asked(path) };
            let (Routed::Sent(route), _) = both.route(secs(1), &asked, &mut stream) else {
                panic!("it is sent")
            };
            route
        };
        let routes = [0, 1, 2, 3].map(|_| ask("/0", None));
        assert_eq!(routes.map(|route| route.target), [0, 1, 2, 3]);
        let kept = routes[3].cookie.map(|cookie| (0, cookie));
        assert_eq!(ask("/0", kept).target, 3);
        assert_eq!([ask("/1", kept).target, ask("/1", kept).target], [0, 1]);
    }

    #[test]
    fn a_zone_without_healthy_targets_is_left_out_and_an_empty_group_is_a_503() {
        let mut shop = shop([1, 1], None);
        let mut stream = Streams::new(5).named("shop");
        shop.answer(secs(10), 0, 1, Answer::BAD);
        let mut changes = Vec::new();
        shop.advance(secs(60), &mut changes);
        assert_eq!((changes.len(), shop.zones()), (1, &[0][..]));
        shop.deregister(secs(70), 0, 0);
        shop.deregister(secs(70), 0, 1);
        assert_eq!(shop.zones(), [0, 1]);
        let (routed, _) = shop.route(secs(70), &asked("/"), &mut stream);
        assert_eq!(routed, Routed::Failed(Failure::NoTarget));
    }

    #[test]
    fn what_comes_faster_than_it_grows_is_turned_away() {
        let capacity = Capacity::new(Growth::from_least(Rate(100.0)), secs(0));
        let mut shop = shop([1, 1], Some(capacity));
        let mut stream = Streams::new(5).named("shop");
        shop.capacity().expect("it is limited").offer(secs(0), Rate(400.0));
        let mut sent = |now| {
            let routed = (0..4000).map(|_| shop.route(secs(now), &asked("/"), &mut stream).0);
            routed.filter(|routed| matches!(routed, Routed::Sent(_))).count()
        };
        // a quarter, half, all: within four standard errors of 32
        assert!(sent(0).abs_diff(1000) < 128);
        assert!(sent(300).abs_diff(2000) < 128);
        assert_eq!(sent(600), 4000);
    }
}
