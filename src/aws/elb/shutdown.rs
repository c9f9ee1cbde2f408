//! Who is lost when a target goes.
//!
//! A target that goes is deregistered and told to stop. Amazon ECS does one after the other: it
//! waits for the deregistration delay before it sends SIGTERM. Kubernetes does both at once, and
//! the load balancer hears of it later than the container. What has not been answered when the
//! container is killed, a stop timeout after SIGTERM, is lost, and so is what still arrives when
//! nothing listens any more.

use super::outcome::Failure;
use crate::engine::{SimDuration, SimTime};

/// What an app does about SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTerm {
    /// It exits at once.
    Exits,
    /// It stops to listen, answers what it has, and exits.
    Finishes,
    /// It goes on until it is killed: the signal is ignored, or does not reach it.
    Ignores,
}

/// How a target goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// When the load balancer stops to send requests.
    pub deregistered: SimTime,
    /// How long it then waits for answers.
    pub delay: SimDuration,
    /// When the app gets SIGTERM.
    pub terminated: SimTime,
    /// How long after that it is killed.
    pub stop_timeout: SimDuration,
    /// What it does meanwhile.
    pub on_term: OnTerm,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Answered,
    /// It goes to another target.
    Elsewhere,
    /// It is lost then.
    Lost(Failure, SimTime),
}

impl Shutdown {
    /// What becomes of a request that comes to the load balancer at `sent` and would take the
    /// target so long.
    pub fn fate(&self, sent: SimTime, takes: SimDuration) -> Fate {
        if sent >= self.deregistered {
            return Fate::Elsewhere;
        }
        let killed = self.terminated.saturating_add(self.stop_timeout);
        let (listens_until, lives_until) = match self.on_term {
            OnTerm::Exits => (self.terminated, self.terminated),
            OnTerm::Finishes => (self.terminated, killed),
            OnTerm::Ignores => (killed, killed),
        };
        if sent >= listens_until {
            return Fate::Lost(Failure::Refused, sent);
        }
        let answered = sent.saturating_add(takes);
        let cut = self.deregistered.saturating_add(self.delay);
        if answered <= lives_until.min(cut) {
            Fate::Answered
        } else if lives_until <= cut {
            Fate::Lost(Failure::Closed, lives_until)
        } else {
            Fate::Lost(Failure::Cut, cut)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::elb::health::Answer;
    use crate::aws::elb::settings::Settings;
    use crate::aws::elb::target_group::{Caller, TargetGroup, TargetState};
    use crate::engine::Streams;

    fn secs(secs: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(secs)
    }

    fn shutdown(deregistered: u64, delay: u64, terminated: u64) -> Shutdown {
        Shutdown {
            deregistered: secs(deregistered),
            delay: SimDuration::from_secs(delay),
            terminated: secs(terminated),
            stop_timeout: SimDuration::from_secs(30),
            on_term: OnTerm::Finishes,
        }
    }

    /// A request every second, each of 40 s: how many are refused, closed and cut.
    fn lost(shutdown: &Shutdown) -> [usize; 3] {
        let fates: Vec<Fate> = (0..500)
            .map(|second| shutdown.fate(secs(second), SimDuration::from_secs(40)))
            .collect();
        [Failure::Refused, Failure::Closed, Failure::Cut].map(|why| {
            fates
                .iter()
                .filter(|fate| matches!(fate, Fate::Lost(other, _) if *other == why))
                .count()
        })
    }

    #[test]
    fn requests_of_40_s_do_not_survive_a_stop_timeout_of_30_s() {
        // deregistered and told to stop at 100 s, killed at 130 s: those sent at 91 to 99 s, which
        // end at 131 to 139 s, though the load balancer would wait until 400 s
        let both = shutdown(100, 300, 100);
        assert_eq!(lost(&both), [0, 9, 0]);
        let fate = |second| both.fate(secs(second), SimDuration::from_secs(40));
        assert_eq!(fate(90), Fate::Answered);
        assert_eq!(fate(91), Fate::Lost(Failure::Closed, secs(130)));
        assert_eq!(fate(100), Fate::Elsewhere);
    }

    #[test]
    fn nobody_is_lost_in_the_order_of_ecs() {
        assert_eq!(lost(&shutdown(100, 300, 400)), [0; 3]);
        // unless the delay is shorter than a request: those sent at 91 to 99 s, at 130 s
        assert_eq!(lost(&shutdown(100, 30, 130)), [0, 0, 9]);
    }

    #[test]
    fn a_load_balancer_that_hears_late_sends_to_who_does_not_listen() {
        // SIGTERM at 100 s, deregistered at 110 s: ten are refused; in flight at 100 s and not done
        // at 130 s are nine
        assert_eq!(lost(&shutdown(110, 300, 100)), [10, 9, 0]);
        // SIGTERM held back by 15 s: killed at 145 s, those sent at 106 to 109 s
        assert_eq!(lost(&shutdown(110, 300, 115)), [0, 4, 0]);
        // who ignores SIGTERM listens until it is killed at 130 s: those sent at 91 to 109 s
        let ignores = Shutdown { on_term: OnTerm::Ignores, ..shutdown(110, 300, 100) };
        assert_eq!(lost(&ignores), [0, 19, 0]);
        // who exits at once loses all 39 that it has, 61 to 99 s, and refuses ten
        let exits = Shutdown { on_term: OnTerm::Exits, ..shutdown(110, 300, 100) };
        assert_eq!(lost(&exits), [10, 39, 0]);
    }

    #[test]
    fn a_target_group_cuts_off_as_many() {
        let delay = SimDuration::from_secs(30);
        let settings = Settings { deregistration_delay: delay, ..Settings::application() };
        let mut group = TargetGroup::new(settings, 1);
        group.register(secs(0), 0, 0, Answer::GOOD);
        group.advance(secs(0), &mut Vec::new());
        let mut stream = Streams::new(1).named("shutdown");
        for second in 0..130 {
            if second == 100 {
                group.deregister(secs(100), 0);
            }
            if second >= 40 {
                group.finished(secs(second), 0, 0, false);
            }
            if group.pick(secs(second), 0, Caller::default(), &mut stream).is_some() {
                group.started(0, 0);
            }
        }
        // at 130 s that of 90 s is answered, and nine are left
        group.finished(secs(130), 0, 0, false);
        let mut changes = Vec::new();
        group.advance(secs(130), &mut changes);
        assert_eq!((changes[0].state, changes[0].cut), (TargetState::Unused, 9));
    }
}
