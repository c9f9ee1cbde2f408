//! How long an instance takes to come and to go.
//!
//! Laws that a caller draws from; the defaults are orders of magnitude, to be replaced by what
//! one's own images take. Measured once for c5.xlarge with Linux: RunInstances answers after 1.5 s,
//! `running` after another 4.9 s, SSH after another 22.8 s (C. Percival, "EC2 boot time
//! benchmarking", 2021-08-12; there, most of it is the operating system's). Windows boots in
//! minutes: 810 s on average in 2012 (Mao and Humphrey, IEEE CLOUD 2012), 4 to 8 minutes to a ready
//! node today, up to 65 % less with fast launch (Amazon EKS Best Practices, "Windows AMIs").
//! Drivers of GPUs take a further one to two minutes.

use serde::{Deserialize, Serialize};

use crate::engine::{SimDuration, SimTime};
use crate::scenario::Law;

/// What boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guest {
    /// Amazon Linux and its like.
    Linux,
    /// Linux that loads drivers of GPUs or Neuron before it is of use.
    LinuxGpu,
    /// Windows Server.
    Windows,
    /// Windows Server from an image with fast launch.
    WindowsFastLaunch,
}

/// How long each step takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaunchLaws {
    /// Until RunInstances answers: the instance is `pending`.
    pub request: Law,
    /// Until it is `running`, and charged.
    pub pending: Law,
    /// Until what boots is of use.
    pub boot: Law,
    /// From the call to the end, for `stopping` and `shutting-down`.
    pub shutdown: Law,
}

impl Guest {
    /// The usual laws.
    pub fn laws(self) -> LaunchLaws {
        let seconds = SimDuration::from_secs;
        // a median of 20 s and a sigma of 0.3
        let linux = Law::Lognormal { mean: SimDuration::from_millis(20_920), cv: 0.307 };
        let boot = match self {
            Self::Linux => linux,
            Self::LinuxGpu => Law::Uniform { min: seconds(75), max: seconds(165) },
            Self::Windows => Law::Uniform { min: seconds(220), max: seconds(460) },
            Self::WindowsFastLaunch => Law::Uniform { min: seconds(80), max: seconds(160) },
        };
        LaunchLaws {
            request: Law::Constant(SimDuration::from_millis(1500)),
            pending: Law::Lognormal { mean: SimDuration::from_millis(4900), cv: 0.3 },
            boot,
            shutdown: Law::Uniform { min: seconds(20), max: seconds(60) },
        }
    }
}

/// What was drawn for one launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaunchTimes {
    /// Until RunInstances answers.
    pub request: SimDuration,
    /// From there until `running`.
    pub pending: SimDuration,
    /// From there until what boots is of use.
    pub boot: SimDuration,
}

/// The instants of one launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaunchInstants {
    /// RunInstances has answered: `pending`, or refused.
    pub pending: SimTime,
    /// `running`.
    pub running: SimTime,
    /// Of use.
    pub ready: SimTime,
}

impl LaunchTimes {
    /// When what happens of a launch that is asked for now.
    pub fn instants(self, now: SimTime) -> LaunchInstants {
        let pending = now + self.request;
        let running = pending + self.pending;
        LaunchInstants { pending, running, ready: running + self.boot }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_of_a_launch_follow_each_other() {
        let millis = SimDuration::from_millis;
        let times =
            LaunchTimes { request: millis(1500), pending: millis(4900), boot: millis(22_800) };
        let at = |ms| SimTime::ZERO + millis(ms);
        let expected =
            LaunchInstants { pending: at(11_500), running: at(16_400), ready: at(39_200) };
        assert_eq!(times.instants(at(10_000)), expected);
    }

    /// What the default of Linux claims: a lognormal law of median 20 s and sigma 0.3.
    #[test]
    fn the_usual_boot_of_linux_has_the_median_it_says() {
        let Law::Lognormal { mean, cv } = Guest::Linux.laws().boot else {
            panic!("it is lognormal");
        };
        let variance = libm::log1p(cv * cv);
        let median = mean.as_secs_f64() / libm::exp(variance / 2.0);
        assert!((median - 20.0).abs() < 0.01 && (variance.sqrt() - 0.3).abs() < 0.001, "{median}");
    }
}
