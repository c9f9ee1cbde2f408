//! All starts of a cluster: the first of them one by one, all of them as sums.

use std::collections::BTreeMap;

use super::record::{Fate, Phase, PullAccount, StartKind, StartRecord};
use crate::engine::SimDuration;
use crate::metrics::summary::{
    PhaseMean, StartAccount, StartBreakdown, StartFailure, StartsSummary,
};

/// So many starts of a cluster are kept one by one.
pub const KEPT: usize = 10_000;
/// So many reasons are told apart for an app; the others are counted together.
const REASONS: usize = 20;
/// What the others are called.
const OTHERS: &str = "other reasons";

/// The starts of a cluster that are over.
#[derive(Clone, Debug, Default)]
pub struct StartLog {
    apps: Vec<AppLog>,
    /// The first [`KEPT`], in the order in which they ended.
    kept: Vec<StartRecord>,
}

#[derive(Clone, Debug, Default)]
struct AppLog {
    begun: u64,
    numbers: u32,
    /// Replicas of which nobody waited long enough to know whether they would be ready.
    not_waited_for: u32,
    account: StartAccount,
    kinds: [Sums; StartKind::ALL.len()],
    failures: BTreeMap<String, u64>,
    /// The slowest that became ready, where it is not among those kept.
    slowest: Option<Box<StartRecord>>,
}

/// Sums over starts of one kind that became ready.
#[derive(Clone, Debug, Default)]
struct Sums {
    count: u64,
    /// Nanoseconds.
    total: u128,
    phases: [u128; Phase::ALL.len()],
    /// Starts that went through each phase.
    through: [u64; Phase::ALL.len()],
    longest: SimDuration,
    /// Starts of which the engine told what it pulled.
    counted: u64,
    bytes: u128,
    layers_pulled: u64,
    layers_present: u64,
    layers_joined: u64,
}

impl StartLog {
    /// For so many apps.
    pub fn new(apps: usize) -> Self {
        Self { apps: vec![AppLog::default(); apps], kept: Vec::new() }
    }

    /// A number for the next replica of an app.
    pub fn number(&mut self, app: u32) -> u32 {
        let log = &mut self.apps[app as usize];
        log.numbers += 1;
        log.numbers - 1
    }

    /// A start has begun.
    pub fn begin(&mut self, app: u32) {
        self.apps[app as usize].begun += 1;
    }

    /// Nobody waited as long for a replica as others took.
    pub fn not_waited_for(&mut self, app: u32) {
        self.apps[app as usize].not_waited_for += 1;
    }

    /// A start is over.
    pub fn add(&mut self, start: StartRecord) {
        let log = &mut self.apps[start.app as usize];
        log.count(&start);
        if self.kept.len() < KEPT {
            self.kept.push(start);
        } else if start.fate == Fate::Ready
            && log.slowest.as_ref().is_none_or(|slowest| start.total() > slowest.total())
        {
            log.slowest = Some(Box::new(start));
        }
    }

    /// Those that were kept: the first, in the order in which they ended, then of each app the
    /// slowest of the others.
    pub fn records(&self) -> impl Iterator<Item = &StartRecord> {
        self.kept.iter().chain(self.apps.iter().filter_map(|log| log.slowest.as_deref()))
    }

    /// Starts of all apps that are over.
    pub fn count(&self) -> u64 {
        self.apps.iter().map(|log| log.account.ended()).sum()
    }

    /// The figures of an app, whose image is not known here.
    pub fn summary(&self, app: u32) -> StartsSummary {
        let log = &self.apps[app as usize];
        let kinds = StartKind::ALL.into_iter().zip(&log.kinds);
        let failures = log.failures.iter();
        StartsSummary {
            image: None,
            replicas: (log.numbers - log.not_waited_for).into(),
            account: StartAccount { begun: log.begun, ..log.account },
            kinds: kinds.filter_map(|(kind, sums)| sums.breakdown(kind)).collect(),
            failures: failures
                .map(|(reason, &count)| StartFailure { reason: reason.clone(), count })
                .collect(),
        }
    }
}

impl AppLog {
    fn count(&mut self, start: &StartRecord) {
        let account = &mut self.account;
        match start.fate {
            Fate::Ready => account.ready += 1,
            Fate::Failed => account.failed += 1,
            Fate::Withdrawn => account.withdrawn += 1,
            Fate::Unfinished => account.unfinished += 1,
        }
        match (start.fate, &start.reason) {
            (Fate::Ready, _) => self.kinds[start.kind() as usize].add(start),
            (Fate::Failed, Some(reason)) => {
                let known = self.failures.contains_key(reason) || self.failures.len() < REASONS;
                let reason = if known { reason } else { OTHERS };
                *self.failures.entry(reason.to_owned()).or_default() += 1;
            }
            _ => {}
        }
    }
}

impl Sums {
    fn add(&mut self, start: &StartRecord) {
        let total = start.total();
        self.count += 1;
        self.total += u128::from(total.as_nanos());
        self.longest = self.longest.max(total);
        for (phase, took) in start.phases() {
            self.phases[phase as usize] += u128::from(took.as_nanos());
            self.through[phase as usize] += 1;
        }
        if let Some(PullAccount { bytes, layers_pulled, layers_present, layers_joined, .. }) =
            start.pull
        {
            self.counted += 1;
            self.bytes += u128::from(bytes.0);
            self.layers_pulled += u64::from(layers_pulled);
            self.layers_present += u64::from(layers_present);
            self.layers_joined += u64::from(layers_joined);
        }
    }

    fn breakdown(&self, kind: StartKind) -> Option<StartBreakdown> {
        if self.count == 0 {
            return None;
        }
        let of = |nanos: u128| nanos as f64 / 1e9 / self.count as f64;
        let mean = of(self.total);
        let share = |part: f64| if mean > 0.0 { part / mean } else { 0.0 };
        let gone_through = Phase::ALL.into_iter().filter(|&it| self.through[it as usize] > 0);
        let phases: Vec<_> = gone_through
            .map(|phase| {
                let mean = of(self.phases[phase as usize]);
                PhaseMean { phase, mean, share: share(mean) }
            })
            .collect();
        let pulls = phases.iter().filter(|it| it.phase.is_pull());
        let counted = |sum: f64| (self.counted > 0).then(|| sum / self.counted as f64);
        Some(StartBreakdown {
            kind,
            count: self.count,
            mean,
            max: self.longest.as_secs_f64(),
            pull_share: share(pulls.map(|it| it.mean).sum()),
            bytes_pulled: counted(self.bytes as f64),
            layers_pulled: counted(self.layers_pulled as f64),
            layers_present: counted(self.layers_present as f64),
            layers_joined: counted(self.layers_joined as f64),
            phases,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Cause, ImageFound, StartPlace};
    use super::*;
    use crate::engine::SimTime;
    use crate::metrics::summary::Account;
    use crate::units::Bytes;

    /// A container that downloads and extracts for so long, in milliseconds, and then starts for a
    /// second.
    fn container(replica: u32, download: u64, extract: u64) -> StartRecord {
        let at = |millis| SimTime::ZERO + SimDuration::from_millis(millis);
        let mut start = StartRecord::new(0, replica, Cause::Asked, at(0));
        start.place = Some(StartPlace { host: 0, node: Some(0) });
        let present = download + extract == 0;
        start.image = Some(if present { ImageFound::Present } else { ImageFound::Pulled });
        start.pass(Phase::Download, at(download));
        start.pass(Phase::Extract, at(download + extract));
        start.pass(Phase::Container, at(download + extract + 1000));
        start.finish(Fate::Ready, at(download + extract + 1000));
        start
    }

    fn add(log: &mut StartLog, start: StartRecord) {
        log.begin(start.app);
        log.add(start);
    }

    #[test]
    fn means_and_shares_are_told_for_cold_and_warm_starts_apart() {
        let mut log = StartLog::new(1);
        let mut first = container(0, 600, 1400);
        first.pull = Some(PullAccount { bytes: Bytes(70), layers_pulled: 7, ..Default::default() });
        add(&mut log, first);
        add(&mut log, container(1, 1400, 2600));
        add(&mut log, container(2, 0, 0));
        let summary = log.summary(0);
        let [cold, warm] = &summary.kinds[..] else { panic!("{summary:?}") };
        assert_eq!((cold.kind, cold.count, cold.mean, cold.max), (StartKind::Cold, 2, 4.0, 5.0));
        let phases: Vec<_> = cold.phases.iter().map(|it| (it.phase, it.mean, it.share)).collect();
        let expected = [
            (Phase::Download, 1.0, 0.25),
            (Phase::Extract, 2.0, 0.5),
            (Phase::Container, 1.0, 0.25),
        ];
        assert_eq!(phases, expected);
        assert_eq!((cold.pull_share, warm.pull_share, warm.mean), (0.75, 0.0, 1.0));
        assert_eq!((cold.bytes_pulled, cold.layers_pulled), (Some(70.0), Some(7.0)));
        assert_eq!(warm.bytes_pulled, None);
        assert!(summary.account.balances());
    }

    #[test]
    fn what_fails_is_counted_by_its_reason_and_kept_out_of_the_means() {
        let mut log = StartLog::new(1);
        for number in 0..25u64 {
            let mut failed = container(0, 100, 0);
            failed.fate = Fate::Failed;
            failed.reason = Some(format!("reason {:02}", number.min(22)));
            add(&mut log, failed);
        }
        let mut left = container(1, 100, 0);
        left.fate = Fate::Withdrawn;
        add(&mut log, left);
        let summary = log.summary(0);
        assert!(summary.kinds.is_empty());
        assert_eq!((summary.account.failed, summary.account.withdrawn), (25, 1));
        let last = &summary.failures.len();
        assert_eq!(*last, REASONS + 1);
        assert_eq!(summary.failures[0], StartFailure { reason: OTHERS.into(), count: 5 });
    }

    #[test]
    fn memory_is_bounded_and_the_slowest_is_never_lost() {
        let mut log = StartLog::new(1);
        let numbers = KEPT as u64 + 500;
        for number in 0..numbers {
            let slow = if number == numbers - 100 { 60_000 } else { 10 };
            add(&mut log, container(number as u32, slow, 0));
        }
        assert_eq!((log.records().count(), log.count()), (KEPT + 1, numbers));
        let slowest = log.records().last().expect("it is kept");
        assert_eq!((slowest.replica, slowest.total().as_secs_f64()), (numbers as u32 - 100, 61.0));
        let summary = log.summary(0);
        assert_eq!((summary.kinds[0].count, summary.kinds[0].max), (numbers, 61.0));
    }
}
