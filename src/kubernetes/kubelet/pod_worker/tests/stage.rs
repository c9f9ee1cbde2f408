//! A stage for one pod: containers that behave as told, and a log of all that happens.

use std::collections::BTreeMap;

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::objects::{Container, PodTemplate, Probe};

use super::super::{Action, Call, Exit, PodPhase, PodStatus, PodWorker, Refusal, Settings};

/// How a container behaves: times in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// From being asked for to running.
    pub pull: u64,
    /// So many pulls fail first, each after `pull`.
    pub refusals: u32,
    /// How long it runs and how it ends, if it does so by itself.
    pub life: Option<(u64, Exit)>,
    /// From stop signal to end; never if it does not heed it.
    pub stops: Option<u64>,
    /// After its start, its app begins to answer, ceases, begins, …
    pub answers: Vec<u64>,
}

/// What happens to the pod from outside.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Running(usize, u32),
    Refused(usize),
    Exited(usize, u32, Exit),
    Answers(usize, u32, bool),
    Terminate(u64),
    Evict(u64),
    Lost,
    Back,
    Connected(bool),
}

/// The stage.
pub struct Stage {
    pub template: PodTemplate,
    pub worker: PodWorker,
    pub log: Vec<String>,
    pub wakes: usize,
    /// Where pods have to be connected to a network: how long that takes, in milliseconds, and how
    /// often it fails first.
    pub network: Option<(u64, u32)>,
    behaviours: Vec<Behaviour>,
    attempts: Vec<u32>,
    events: BTreeMap<(SimTime, usize), Event>,
    sequence: usize,
    now: SimTime,
}

pub fn millis(millis: u64) -> SimTime {
    SimTime::from_nanos(millis * 1_000_000)
}

pub fn secs(secs: u64) -> SimDuration {
    SimDuration::from_secs(secs)
}

/// A container of that name.
pub fn container(name: &str) -> Container {
    Container { name: name.into(), ..Container::default() }
}

/// A probe every `period` seconds.
pub fn every(period: u64) -> Option<Probe> {
    Some(Probe { period: secs(period), ..Probe::default() })
}

/// One that ends by itself after so many milliseconds.
pub fn ends(after: u64, exit: Exit) -> Behaviour {
    Behaviour { life: Some((after, exit)), ..Behaviour::default() }
}

/// One that runs until it is stopped, which takes it so many milliseconds.
pub fn serves(stops: u64) -> Behaviour {
    Behaviour { stops: Some(stops), ..Behaviour::default() }
}

impl Stage {
    pub fn new(template: PodTemplate, behaviours: Vec<Behaviour>) -> Self {
        let attempts = vec![0; behaviours.len()];
        assert_eq!(template.all().count(), behaviours.len());
        let worker = PodWorker::new(&template);
        let (log, events) = (Vec::new(), BTreeMap::new());
        let (sequence, wakes, now) = (0, 0, SimTime::ZERO);
        let network = None;
        Self { template, worker, log, wakes, network, behaviours, attempts, events, sequence, now }
    }

    pub fn at(&mut self, at: u64, event: Event) {
        self.put(millis(at), event);
    }

    fn put(&mut self, at: SimTime, event: Event) {
        self.sequence += 1;
        self.events.insert((at, self.sequence), event);
    }

    /// Plays from the beginning until `end`, in milliseconds.
    pub fn play(&mut self, end: u64) -> &mut Self {
        let mut actions = Vec::new();
        self.call(&mut actions, |worker, call, actions| worker.begin(call, actions));
        loop {
            let event = self.events.first_key_value().map(|((at, _), _)| *at);
            let timer = self.worker.next_deadline(&self.template);
            let Some(next) = event.into_iter().chain(timer).min() else { break };
            if next > millis(end) {
                break;
            }
            assert!(next >= self.now, "deadline in the past");
            self.now = next;
            if event == Some(next) {
                let (_, event) = self.events.pop_first().unwrap();
                self.happen(event);
            } else {
                self.wakes += 1;
                assert!(self.wakes < 10_000, "it never rests");
                self.call(&mut actions, |worker, call, actions| worker.timer(call, actions));
            }
        }
        self
    }

    fn happen(&mut self, event: Event) {
        let mut actions = Vec::new();
        match event {
            Event::Running(index, attempt) if self.attempts[index] == attempt => {
                self.live(index, attempt);
                self.call(&mut actions, |worker, call, actions| {
                    worker.running(call, index, actions);
                });
            }
            Event::Refused(index) => {
                self.call(&mut actions, |worker, call, actions| {
                    worker.refused(call, index, Refusal::Pull, actions);
                });
            }
            Event::Exited(index, attempt, exit) if self.attempts[index] == attempt => {
                self.attempts[index] += 1;
                self.say(&format!("exit {index}"));
                self.call(&mut actions, |worker, call, actions| {
                    worker.exited(call, index, exit, actions);
                });
            }
            Event::Answers(index, attempt, answers) if self.attempts[index] == attempt => {
                self.call(&mut actions, |worker, call, _| worker.answers(call, index, answers));
            }
            Event::Running(..) | Event::Exited(..) | Event::Answers(..) => {}
            Event::Terminate(grace) => self.call(&mut actions, |worker, call, actions| {
                worker.terminate(call, secs(grace), actions);
            }),
            Event::Evict(grace) => self.call(&mut actions, |worker, call, actions| {
                worker.evict(call, secs(grace), actions);
            }),
            Event::Connected(true) => self.call(&mut actions, |worker, call, actions| {
                worker.connected(call, actions);
            }),
            Event::Connected(false) => {
                self.call(&mut actions, |worker, call, _| worker.not_connected(call, secs(10)));
            }
            Event::Lost => {
                self.attempts.iter_mut().for_each(|attempt| *attempt += 1);
                self.worker.machine_lost();
            }
            Event::Back => self.call(&mut actions, |worker, call, actions| {
                worker.machine_back(call, actions);
            }),
        }
    }

    /// What a container will do now that it runs.
    fn live(&mut self, index: usize, attempt: u32) {
        let behaviour = self.behaviours[index].clone();
        if let Some((life, exit)) = behaviour.life {
            let at = self.after(life);
            self.put(at, Event::Exited(index, attempt, exit));
        }
        for (step, after) in behaviour.answers.iter().enumerate() {
            let at = self.after(*after);
            self.put(at, Event::Answers(index, attempt, step % 2 == 0));
        }
    }

    fn after(&self, millis: u64) -> SimTime {
        self.now + SimDuration::from_millis(millis)
    }

    fn call(
        &mut self,
        actions: &mut Vec<Action>,
        act: impl FnOnce(&mut PodWorker, Call<'_>, &mut Vec<Action>),
    ) {
        let settings = Settings { has_network: self.network.is_some(), ..Settings::default() };
        let call =
            Call { template: &self.template, settings: &settings, now: self.now, jitter: 0.0 };
        act(&mut self.worker, call, actions);
        for action in actions.drain(..) {
            self.obey(action);
        }
    }

    fn obey(&mut self, action: Action) {
        match action {
            Action::Connect => {
                self.say("connect");
                let (takes, failures) = self.network.as_mut().expect("somebody is asked");
                let (takes, fails) = (*takes, *failures > 0);
                *failures -= u32::from(fails);
                let at = self.after(takes);
                self.put(at, Event::Connected(!fails));
            }
            Action::Start(index) => {
                self.say(&format!("start {index}"));
                let behaviour = &mut self.behaviours[index];
                let refused = behaviour.refusals > 0;
                behaviour.refusals -= u32::from(refused);
                let pull = behaviour.pull;
                let at = self.after(pull);
                let attempt = self.attempts[index];
                let event =
                    if refused { Event::Refused(index) } else { Event::Running(index, attempt) };
                self.put(at, event);
            }
            Action::Abandon(index) => {
                self.say(&format!("abandon {index}"));
                self.attempts[index] += 1;
            }
            Action::Signal(index) => {
                self.say(&format!("signal {index}"));
                if let Some(stops) = self.behaviours[index].stops {
                    let at = self.after(stops);
                    let event = Event::Exited(index, self.attempts[index], Exit::SUCCESS);
                    self.put(at, event);
                }
            }
            Action::Kill(index) => {
                self.say(&format!("kill {index}"));
                self.put(self.now, Event::Exited(index, self.attempts[index], Exit::FAILURE));
            }
            Action::Status(status) => self.say(&told(status)),
            Action::Finished => self.say("finished"),
        }
    }

    fn say(&mut self, what: &str) {
        self.log.push(format!("{} {what}", self.now.as_secs_f64()));
    }

    /// The log without what does not begin with one of `words`.
    pub fn said(&self, words: &[&str]) -> Vec<&str> {
        let about = |line: &&str| {
            let what = line.split_once(' ').unwrap().1;
            words.iter().any(|word| what.starts_with(word))
        };
        self.log.iter().map(String::as_str).filter(about).collect()
    }
}

fn told(status: PodStatus) -> String {
    let phase = match status.phase {
        PodPhase::Pending => "Pending",
        PodPhase::Running => "Running",
        PodPhase::Succeeded => "Succeeded",
        PodPhase::Failed => "Failed",
    };
    let initialized = if status.initialized { "" } else { " uninitialized" };
    let ready = if status.ready { " ready" } else { "" };
    format!("{phase}{initialized}{ready} {}", status.restarts)
}
