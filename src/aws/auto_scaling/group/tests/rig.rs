//! A group and an EC2 that takes fixed times for everything.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::auto_scaling::group::{Action, Group, Report};
use crate::aws::auto_scaling::instance::{Instance, InstanceId, Purchase, Source, Zone};
use crate::aws::auto_scaling::settings::Settings;
use crate::engine::{SimTime, Streams};

/// An instant, in seconds.
pub const fn at(secs: u64) -> SimTime {
    SimTime::from_nanos(secs * 1_000_000_000)
}

/// What EC2 or the load balancer will tell.
#[derive(Clone, Copy, Debug)]
enum News {
    Running(InstanceId),
    Failed(InstanceId),
    Stopped(InstanceId),
    Gone(InstanceId),
    Deregistered(InstanceId),
}

/// Seconds from launch to running.
pub const BOOT: u64 = 60;
/// Seconds from the start of a stopped one to running.
pub const START: u64 = 15;
/// Seconds to stop.
pub const STOP: u64 = 30;
/// Seconds to terminate.
pub const END: u64 = 40;
/// Seconds to leave the load balancer.
pub const DRAIN: u64 = 20;
/// Seconds until EC2 answers that it has no capacity.
pub const ANSWER: u64 = 1;

pub struct Rig {
    pub group: Group,
    pub now: u64,
    /// What was done, and when.
    pub log: Vec<String>,
    /// Where EC2 has no capacity.
    pub full: BTreeSet<Zone>,
    news: BTreeMap<(u64, usize), News>,
    told: usize,
}

/// `a` for the first zone.
pub fn letter(zone: Zone) -> char {
    char::from(b'a' + u8::try_from(zone.0).expect("zones are few"))
}

impl Rig {
    /// A group that has just begun.
    pub fn new(settings: Settings) -> Self {
        Self::with_full(settings, &[])
    }

    /// One that begins while EC2 has no capacity in these zones.
    pub fn with_full(settings: Settings, full: &[Zone]) -> Self {
        let lots = Streams::new(7).named("asg/lots");
        let group = Group::new(settings, lots).expect("the settings are in order");
        let (log, news) = (Vec::new(), BTreeMap::new());
        let mut rig =
            Self { group, now: 0, log, full: full.iter().copied().collect(), news, told: 0 };
        rig.tell(|group, now, out| group.wake(now, out));
        rig
    }

    /// Tells the group something, and does what it asks for.
    pub fn tell<T>(&mut self, tell: impl FnOnce(&mut Group, SimTime, &mut Vec<Action>) -> T) -> T {
        let mut out = Vec::new();
        let told = tell(&mut self.group, at(self.now), &mut out);
        for action in out {
            self.act(action);
        }
        told
    }

    fn act(&mut self, action: Action) {
        let (text, news) = match action {
            Action::Launch { instance, source, .. } => {
                let Source { zone, pool, purchase } = source;
                let failed = self.full.contains(&zone);
                let news = match failed {
                    true => (ANSWER, News::Failed(instance)),
                    false => (BOOT, News::Running(instance)),
                };
                let spot = if purchase == Purchase::Spot { " spot" } else { "" };
                let pool = if pool.0 > 0 { format!(" of {}", pool.0) } else { String::new() };
                (format!("launch {} in {}{pool}{spot}", instance.0, letter(zone)), Some(news))
            }
            Action::Start(id) => (format!("start {}", id.0), Some((START, News::Running(id)))),
            Action::Stop { instance, hibernate } => {
                let verb = if hibernate { "hibernate" } else { "stop" };
                (format!("{verb} {}", instance.0), Some((STOP, News::Stopped(instance))))
            }
            Action::Notify { instance, hook } => (format!("hook {hook} on {}", instance.0), None),
            Action::Serve { instance, register } => {
                let verb = if register { "register" } else { "serve" };
                (format!("{verb} {}", instance.0), None)
            }
            Action::Deregister(id) => {
                (format!("deregister {}", id.0), Some((DRAIN, News::Deregistered(id))))
            }
            Action::Terminate(id) => (format!("terminate {}", id.0), Some((END, News::Gone(id)))),
        };
        self.log.push(format!("{} {text}", self.now));
        assert!(self.log.len() < 100_000, "it never comes to rest");
        if let Some((delay, news)) = news {
            self.news.insert((self.now + delay, self.told), news);
            self.told += 1;
        }
    }

    /// Lets time pass until a second, and all of that second.
    pub fn until(&mut self, end: u64) -> &mut Self {
        loop {
            let news = self.news.first_key_value().map(|(&key, &news)| (key, news));
            let wake = self.group.next().map(|at| at.as_nanos().div_ceil(1_000_000_000));
            let next = news.map(|((at, _), _)| at).into_iter().chain(wake).min();
            let Some(next) = next.filter(|&next| next <= end) else { break };
            self.now = self.now.max(next);
            match news.filter(|((at, _), _)| *at == next) {
                Some((key, news)) => {
                    self.news.remove(&key);
                    self.tell(|group, now, out| match news {
                        News::Running(id) => group.running(id, now, out),
                        News::Failed(id) => group.launch_failed(id, now, out),
                        News::Stopped(id) => group.stopped(id, now, out),
                        News::Gone(id) => group.gone(id, now, out),
                        News::Deregistered(id) => group.deregistered(id, now, out),
                    });
                }
                None => self.tell(|group, now, out| group.wake(now, out)),
            }
        }
        self.now = end;
        self
    }

    /// Sets the desired capacity.
    pub fn desire(&mut self, desired: u32) {
        let set = self.tell(|group, now, out| group.set_desired(desired, false, now, out));
        set.expect("it is within bounds");
    }

    /// Somebody says that one is not well.
    pub fn unwell(&mut self, id: u32, report: Report) {
        self.tell(|group, now, out| group.report(InstanceId(id), report, true, now, out));
    }

    /// What was done since the last time this was asked.
    pub fn done(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// Capacity by zone.
    pub fn loads(&self) -> Vec<u32> {
        (0..self.group.settings().zones).map(|zone| self.group.load(Zone(zone))).collect()
    }

    /// One of its instances.
    pub fn instance(&self, id: u32) -> &Instance {
        self.group.instance(InstanceId(id)).expect("it is there")
    }
}
