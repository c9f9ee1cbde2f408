//! What a target group is configured with, and which settings exclude each other.
//!
//! Defaults and ranges: Elastic Load Balancing API Reference, "TargetGroupAttribute"; user guides
//! of Application and Network Load Balancers, "Target group attributes".

use serde::{Deserialize, Serialize};

use super::anomaly::Mitigation;
use super::health::HealthCheck;
use crate::engine::SimDuration;

/// How a node chooses among the targets it may use.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// In turn.
    RoundRobin,
    /// To the one with the fewest requests of this node that are not answered.
    LeastOutstandingRequests,
    /// At random, by weights that anomaly mitigation lowers where it is on.
    WeightedRandom(Option<Mitigation>),
    /// By a hash of the connection: Network Load Balancers.
    FlowHash,
}

/// Whose verdict on a target counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judge {
    /// Every node goes by what its own checks find: Application Load Balancers.
    EachNode,
    /// All nodes go by what more than half of them find, and a tie is against the target: Network
    /// Load Balancers, whose checks "use a consensus mechanism" (its rule is not published).
    Consensus,
}

/// How many targets must be healthy; less if either is not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Threshold {
    /// So many.
    pub count: u32,
    /// So many of a hundred registered ones; 0 where only the count matters.
    pub percent: u32,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { count: 1, percent: 0 }
    }
}

impl Threshold {
    /// Met whatever happens.
    pub const OFF: Self = Self { count: 0, percent: 0 };

    /// Whether so many healthy ones of so many registered are enough.
    pub fn is_met(self, healthy: usize, registered: usize) -> bool {
        let enough = healthy as u64 >= u64::from(self.count);
        enough && healthy as u64 * 100 >= registered as u64 * u64::from(self.percent)
    }
}

/// The attributes of a target group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How targets are chosen.
    pub algorithm: Algorithm,
    /// How targets are checked.
    pub check: HealthCheck,
    /// Whose checks count.
    pub judge: Judge,
    /// From a registration to the first check.
    pub registration: SimDuration,
    /// So much later than the node before it each node sends its first check. Nothing is published
    /// about that, so by default all check at once.
    pub stagger: SimDuration,
    /// How long a target drains, from 0 s to 3600 s.
    pub deregistration_delay: SimDuration,
    /// Whether requests that a target still has when its draining ends are cut off.
    pub cut_after_delay: bool,
    /// In what time a new target gets its full share, from 30 s to 900 s; zero where at once.
    pub slow_start: SimDuration,
    /// How long a client stays with a target, from 1 s to 7 days; at most until it is unhealthy.
    pub stickiness: Option<SimDuration>,
    /// Whether nodes use the targets of all zones, or only those of their own.
    pub cross_zone: bool,
    /// Zones with less are not among the answers of DNS.
    pub dns_failover: Threshold,
    /// With less, requests go to all targets, be they healthy or not.
    pub routing_failover: Threshold,
}

const DAY: u64 = 24 * 3600;

impl Settings {
    /// The defaults of an Application Load Balancer's target group.
    pub fn application() -> Self {
        Self {
            algorithm: Algorithm::RoundRobin,
            check: HealthCheck::APPLICATION,
            judge: Judge::EachNode,
            registration: SimDuration::ZERO,
            stagger: SimDuration::ZERO,
            deregistration_delay: SimDuration::from_secs(300),
            cut_after_delay: true,
            slow_start: SimDuration::ZERO,
            stickiness: None,
            cross_zone: true,
            dns_failover: Threshold::default(),
            routing_failover: Threshold::default(),
        }
    }

    /// The defaults of a Network Load Balancer's target group. Registration "can take a few
    /// minutes" (its user guide): 2 to 5 as users report, 3 here.
    pub fn network() -> Self {
        Self {
            algorithm: Algorithm::FlowHash,
            check: HealthCheck::NETWORK,
            judge: Judge::Consensus,
            registration: SimDuration::from_secs(180),
            cut_after_delay: false,
            cross_zone: false,
            ..Self::application()
        }
    }

    /// Whether requests that end change what targets get.
    pub fn reviews(&self) -> bool {
        matches!(self.algorithm, Algorithm::WeightedRandom(Some(_)))
    }

    /// What is wrong with these settings, each in a sentence; nothing if they may be used.
    pub fn flaws(&self) -> Vec<String> {
        let mut flaws = self.ranges();
        let slow = !self.slow_start.is_zero();
        match self.algorithm {
            Algorithm::RoundRobin => {}
            _ if slow => flaws.push("slow start needs round robin".to_owned()),
            Algorithm::WeightedRandom(Some(_)) if self.stickiness.is_some() => {
                flaws.push("anomaly mitigation excludes stickiness".to_owned());
            }
            Algorithm::FlowHash if self.stickiness.is_some() => {
                flaws.push("connections have no cookies: stickiness needs requests".to_owned());
            }
            _ => {}
        }
        if self.stickiness.is_some() && !self.cross_zone {
            flaws.push("stickiness needs cross-zone load balancing".to_owned());
        }
        if let Algorithm::WeightedRandom(Some(mitigation)) = &self.algorithm {
            flaws.extend(mitigation.flaws());
        }
        flaws
    }

    fn ranges(&self) -> Vec<String> {
        let check = &self.check;
        let seconds = SimDuration::from_secs;
        let mut flaws = Vec::new();
        let mut within = |what: &str, value: SimDuration, from: u64, to: u64| {
            let (from, to) = (seconds(from), seconds(to));
            if value < from || value > to {
                flaws.push(format!("{what} is {value}, and has to be {from} to {to}"));
            }
        };
        within("the interval of health checks", check.interval, 5, 300);
        within("the timeout of health checks", check.timeout, 2, 120);
        within("the deregistration delay", self.deregistration_delay, 0, 3600);
        if !self.slow_start.is_zero() {
            within("slow start", self.slow_start, 30, 900);
        }
        if let Some(stickiness) = self.stickiness {
            within("stickiness", stickiness, 1, 7 * DAY);
        }
        if check.timeout > check.interval {
            flaws.push("health checks time out later than the next one is sent".to_owned());
        }
        for (what, count) in
            [("healthy", check.healthy_threshold), ("unhealthy", check.unhealthy_threshold)]
        {
            if !(2..=10).contains(&count) {
                flaws.push(format!("the {what} threshold is {count}, and has to be 2 to 10"));
            }
        }
        for (what, threshold) in [("DNS", self.dns_failover), ("routing", self.routing_failover)] {
            if threshold.percent > 100 {
                flaws.push(format!("{what} failover asks for more than 100% of the targets"));
            }
        }
        let (dns, routing) = (self.dns_failover, self.routing_failover);
        let later = dns.count < routing.count || dns.percent < routing.percent;
        if dns != Threshold::OFF && later {
            flaws.push("DNS failover has to come before routing failover, or with it".to_owned());
        }
        flaws
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_may_be_used() {
        assert_eq!(Settings::application().flaws(), [""; 0]);
        assert_eq!(Settings::network().flaws(), [""; 0]);
    }

    #[test]
    fn what_excludes_each_other_is_said() {
        let usual = Settings::application();
        let slow_start = SimDuration::from_secs(60);
        let stickiness = Some(SimDuration::from_secs(DAY));
        let mitigated = Algorithm::WeightedRandom(Some(Mitigation::default()));
        let least = Algorithm::LeastOutstandingRequests;
        let cases = [
            (
                Settings { algorithm: least, slow_start, ..usual.clone() },
                "slow start needs round robin",
            ),
            (
                Settings { algorithm: mitigated, slow_start, ..usual.clone() },
                "slow start needs round robin",
            ),
            (
                Settings { algorithm: mitigated, stickiness, ..usual.clone() },
                "anomaly mitigation excludes stickiness",
            ),
            (
                Settings { stickiness, cross_zone: false, ..usual.clone() },
                "stickiness needs cross-zone load balancing",
            ),
            (
                Settings { slow_start: SimDuration::from_secs(20), ..usual.clone() },
                "slow start is 20s, and has to be 30s to 15m",
            ),
            (
                Settings { routing_failover: Threshold { count: 1, percent: 50 }, ..usual.clone() },
                "DNS failover has to come before routing failover, or with it",
            ),
            (
                Settings {
                    check: HealthCheck { unhealthy_threshold: 1, ..usual.check },
                    ..usual.clone()
                },
                "the unhealthy threshold is 1, and has to be 2 to 10",
            ),
            (
                Settings {
                    check: HealthCheck { timeout: SimDuration::from_secs(31), ..usual.check },
                    ..usual.clone()
                },
                "health checks time out later than the next one is sent",
            ),
        ];
        for (settings, flaw) in cases {
            assert_eq!(settings.flaws(), [flaw]);
        }
        assert_eq!(Settings { slow_start, ..usual }.flaws(), [""; 0]);
    }

    #[test]
    fn a_threshold_is_missed_by_number_or_by_share() {
        let one = Threshold::default();
        assert!(one.is_met(1, 10) && !one.is_met(0, 10));
        let half = Threshold { count: 1, percent: 50 };
        assert!(half.is_met(5, 10) && !half.is_met(4, 10));
        // of nothing half is there, but not one
        assert!(!half.is_met(0, 0));
    }
}
