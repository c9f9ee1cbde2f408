//! The states of an instance, and what it is charged for.
//!
//! Amazon EC2 User Guide, "Instance lifecycle": pending, running, stopping, stopped, shutting-down,
//! terminated; charged in `running` alone, from its beginning to the call that ends it. Each start
//! is a run of its own with its own minimum. A spot instance that EC2 takes back in its first hour
//! is not charged for that run ("Billing for interrupted Spot Instances").

use std::fmt;

use super::billing::Run;
use crate::engine::{SimDuration, SimTime};

const FIRST_HOUR: SimDuration = SimDuration::from_secs(3600);

/// State of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is being launched or started.
    Pending,
    /// It runs, or boots.
    Running,
    /// It is about to be stopped.
    Stopping,
    /// It can be started again; its volumes are kept.
    Stopped,
    /// It is about to be terminated.
    ShuttingDown,
    /// It is gone.
    Terminated,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
        })
    }
}

/// Who ends an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ender {
    /// Who pays for it.
    Owner,
    /// EC2, which takes a spot instance back.
    Ec2,
}

/// A call that the state of an instance does not allow: `IncorrectInstanceState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an instance that is {state} cannot be {verb}")]
pub struct IncorrectState {
    /// The state it is in.
    pub state: State,
    /// What was asked for: `started`, `stopped`.
    pub verb: &'static str,
}

/// An instance between its launch and its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifecycle {
    state: State,
    /// Since when it is charged.
    running: Option<SimTime>,
    runs: Vec<Run>,
}

impl Lifecycle {
    /// An instance that EC2 has promised: `pending`.
    pub fn launched() -> Self {
        Self { state: State::Pending, running: None, runs: Vec::new() }
    }

    /// Its state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Its runs until now: those that are over, and the one that is not.
    pub fn runs(&self, now: SimTime) -> impl Iterator<Item = Run> {
        let open = self.running.map(|since| Run { time: now.since(since), is_free: false });
        self.runs.iter().copied().chain(open)
    }

    /// It runs: `pending` is over. An instance that was ended in the meantime stays so.
    pub fn came_up(&mut self, now: SimTime) {
        if self.state == State::Pending {
            self.state = State::Running;
            self.running = Some(now);
        }
    }

    /// StopInstances: nothing is charged from here on. Again is no error, as in EC2.
    ///
    /// # Errors
    /// It is pending, on its way out, or gone.
    pub fn stop(&mut self, now: SimTime) -> Result<(), IncorrectState> {
        match self.state {
            State::Running => {
                self.end_run(now, Ender::Owner);
                self.state = State::Stopping;
                Ok(())
            }
            State::Stopping | State::Stopped => Ok(()),
            state => Err(IncorrectState { state, verb: "stopped" }),
        }
    }

    /// StartInstances: pending again.
    ///
    /// # Errors
    /// It has not stopped yet, or never will again.
    pub fn start(&mut self) -> Result<(), IncorrectState> {
        match self.state {
            State::Stopped => {
                self.state = State::Pending;
                Ok(())
            }
            State::Pending | State::Running => Ok(()),
            state => Err(IncorrectState { state, verb: "started" }),
        }
    }

    /// TerminateInstances, or the end of a spot instance's notice. Works in every state; again is
    /// no error.
    pub fn terminate(&mut self, now: SimTime, by: Ender) {
        self.end_run(now, by);
        if self.state != State::Terminated {
            self.state = State::ShuttingDown;
        }
    }

    /// What was under way is over: stopped, or terminated.
    pub fn went_down(&mut self) {
        self.state = match self.state {
            State::Stopping => State::Stopped,
            State::ShuttingDown => State::Terminated,
            other => other,
        };
    }

    fn end_run(&mut self, now: SimTime, by: Ender) {
        if let Some(since) = self.running.take() {
            let time = now.since(since);
            self.runs.push(Run { time, is_free: by == Ender::Ec2 && time < FIRST_HOUR });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    fn run(seconds: u64, is_free: bool) -> Run {
        Run { time: SimDuration::from_secs(seconds), is_free }
    }

    #[test]
    fn only_running_is_charged_and_each_start_is_a_run_of_its_own() {
        let mut instance = Lifecycle::launched();
        assert_eq!(instance.runs(seconds(9)).count(), 0);
        instance.came_up(seconds(10));
        assert_eq!(instance.runs(seconds(30)).collect::<Vec<_>>(), [run(20, false)]);
        instance.stop(seconds(45)).unwrap();
        assert_eq!(instance.state(), State::Stopping);
        instance.went_down();
        assert_eq!(instance.state(), State::Stopped);
        instance.start().unwrap();
        instance.came_up(seconds(100));
        instance.terminate(seconds(195), Ender::Owner);
        instance.went_down();
        assert_eq!(instance.state(), State::Terminated);
        let runs: Vec<_> = instance.runs(seconds(1000)).collect();
        assert_eq!(runs, [run(35, false), run(95, false)]);
    }

    #[test]
    fn what_ec2_takes_back_in_the_first_hour_is_free() {
        for (end, by, expected) in [
            (3599, Ender::Ec2, run(3599, true)),
            (3600, Ender::Ec2, run(3600, false)),
            (3599, Ender::Owner, run(3599, false)),
        ] {
            let mut instance = Lifecycle::launched();
            instance.came_up(seconds(0));
            instance.terminate(seconds(end), by);
            assert_eq!(instance.runs(seconds(9000)).collect::<Vec<_>>(), [expected]);
        }
    }

    #[test]
    fn a_state_allows_what_ec2_allows() {
        let mut instance = Lifecycle::launched();
        let error = instance.stop(seconds(0)).unwrap_err();
        assert_eq!(error.to_string(), "an instance that is pending cannot be stopped");
        instance.came_up(seconds(1));
        assert_eq!(instance.start(), Ok(()));
        instance.stop(seconds(2)).unwrap();
        assert_eq!(instance.stop(seconds(3)), Ok(()));
        assert_eq!(instance.start().unwrap_err().state, State::Stopping);
        instance.terminate(seconds(4), Ender::Owner);
        instance.terminate(seconds(5), Ender::Owner);
        assert_eq!(instance.state(), State::ShuttingDown);
        instance.went_down();
        instance.terminate(seconds(6), Ender::Owner);
        assert_eq!(instance.state(), State::Terminated);
        assert_eq!(instance.start().unwrap_err().verb, "started");
    }

    #[test]
    fn an_instance_that_is_terminated_while_pending_never_runs() {
        let mut instance = Lifecycle::launched();
        instance.terminate(seconds(1), Ender::Owner);
        instance.came_up(seconds(5));
        assert_eq!(instance.state(), State::ShuttingDown);
        assert_eq!(instance.runs(seconds(99)).count(), 0);
    }
}
