//! Policies on six instances, and all lists of policies against a plain reading of the rules.

use proptest::prelude::*;

use super::*;
use crate::aws::auto_scaling::instance::{Instance, Pool, Purchase};
use crate::engine::SimDuration;

const fn at(minutes: u64) -> SimTime {
    SimTime::from_nanos(minutes * 60 * 1_000_000_000)
}

const CURRENT: Template = Template { id: 2, version: 3 };

/// A candidate in a zone, of a pool, from a template, launched then.
#[derive(Clone, Copy, Debug)]
struct Case {
    zone: u16,
    pool: u16,
    template: Template,
    launched: SimTime,
    lot: u32,
}

impl Case {
    fn instance(&self) -> Instance {
        let (zone, pool) = (Zone(self.zone), Pool(self.pool));
        let source = Source { zone, pool, purchase: Purchase::OnDemand };
        Instance::new(source, self.template, 1, self.launched, self.lot)
    }
}

fn choose(cases: &[Case], policies: &[TerminationPolicy], now: SimTime) -> Option<usize> {
    let mut candidates = Candidates::default();
    for (id, case) in (0..).zip(cases) {
        candidates.insert(InstanceId(id), &case.instance());
    }
    let load = |zone: Zone| {
        let there = cases.iter().filter(|case| case.zone == zone.0).count();
        u32::try_from(there).expect("they are few")
    };
    let question = Question {
        policies,
        purchase: None,
        eligible: &|_| true,
        load: &load,
        misfit: &|source| Misfit::of(f64::from(source.pool.0)),
        current: CURRENT,
        now,
    };
    question.choose(&candidates).map(|id| id.0 as usize)
}

/// Six in two zones, asked at minute 100: three a zone, so that all are in question. Minutes until
/// the next hour of billing: 20, 30, 5, 45, 30, 50.
fn six() -> [Case; 6] {
    let case = |zone, pool, id, version, minute, lot| {
        let template = Template { id, version };
        Case { zone, pool, template, launched: at(minute), lot }
    };
    [
        case(0, 0, 2, 3, 0, 3),
        case(1, 1, 2, 2, 10, 9),
        case(0, 0, 2, 2, 45, 1),
        case(1, 0, 1, 7, 25, 5),
        case(0, 1, 1, 8, 70, 4),
        case(1, 0, 2, 3, 90, 2),
    ]
}

#[test]
fn each_policy_has_its_order() {
    use TerminationPolicy as P;
    let order = |policies: &[TerminationPolicy]| {
        let mut left: Vec<(usize, Case)> = six().into_iter().enumerate().collect();
        let mut gone = Vec::new();
        while !left.is_empty() {
            let cases: Vec<Case> = left.iter().map(|&(_, case)| case).collect();
            let next = choose(&cases, policies, at(100)).expect("one goes");
            gone.push(left.remove(next).0);
        }
        gone
    };
    // zones take turns once one has gone: 0, 2 and 4 are in the first, 1, 3 and 5 in the second
    assert_eq!(order(&[P::OldestInstance]), [0, 1, 3, 2, 4, 5]);
    assert_eq!(order(&[P::NewestInstance]), [5, 4, 2, 3, 1, 0]);
    assert_eq!(order(&[P::ClosestToNextInstanceHour]), [2, 1, 0, 3, 4, 5]);
    // other templates first (3, 4), then the older version (1, 2), then the current one (0, 5); of
    // equals the type that does not fit, then the closest hour
    assert_eq!(order(&[P::OldestLaunchTemplate]), [4, 3, 1, 2, 0, 5]);
    // type 1 does not fit (1, 4); of the others the template decides
    assert_eq!(order(&[P::AllocationStrategy]), [4, 1, 3, 2, 0, 5]);
    assert_eq!(order(&[P::Default]), order(&[P::AllocationStrategy]));
    assert_eq!(order(&[]), order(&[P::Default]));
    // of equals the newest
    assert_eq!(order(&[P::OldestLaunchTemplate, P::NewestInstance]), [4, 3, 2, 1, 5, 0]);
}

#[test]
fn a_fuller_zone_comes_before_any_policy() {
    let mut cases = six().to_vec();
    cases[0].zone = 1;
    let oldest = choose(&cases, &[TerminationPolicy::OldestInstance], at(100));
    assert_eq!(oldest, Some(0), "it is the oldest of the four in its zone");
    let newest = choose(&cases, &[TerminationPolicy::OldestLaunchTemplate], at(100));
    assert_eq!(newest, Some(3), "4 has another template, too, but its zone has two");
}

#[test]
fn equals_draw_lots() {
    let mut cases = six();
    for case in &mut cases {
        *case = Case { lot: case.lot, ..six()[0] };
    }
    assert_eq!(choose(&cases, &[TerminationPolicy::Default], at(100)), Some(2));
    assert_eq!(choose(&[], &[TerminationPolicy::Default], at(100)), None);
}

/// The rules, read plainly: a list of candidates, narrowed down.
fn plain(cases: &[Case], policies: &[TerminationPolicy], now: SimTime) -> Option<usize> {
    use TerminationPolicy as P;
    let mut left: Vec<usize> = (0..cases.len()).collect();
    let load = |zone| cases.iter().filter(|case| case.zone == zone).count();
    let most = left.iter().map(|&it| load(cases[it].zone)).max()?;
    left.retain(|&it| load(cases[it].zone) == most);
    let mut steps = Vec::new();
    for &policy in policies.iter().chain(&[P::Default]) {
        match policy {
            P::Default => steps.extend([
                P::AllocationStrategy,
                P::OldestLaunchTemplate,
                P::ClosestToNextInstanceHour,
            ]),
            other => steps.push(other),
        }
    }
    for step in steps {
        let hour = SimDuration::from_secs(3600).as_nanos();
        let key = |it: usize| match step {
            P::AllocationStrategy => u64::MAX - u64::from(cases[it].pool),
            P::OldestLaunchTemplate => {
                let template = cases[it].template;
                if template.id == CURRENT.id { 1 + u64::from(template.version) } else { 0 }
            }
            P::ClosestToNextInstanceHour => hour - now.since(cases[it].launched).as_nanos() % hour,
            P::OldestInstance => cases[it].launched.as_nanos(),
            P::NewestInstance => u64::MAX - cases[it].launched.as_nanos(),
            P::Default => unreachable!("it was taken apart"),
        };
        let least = left.iter().map(|&it| key(it)).min();
        left.retain(|&it| Some(key(it)) == least);
    }
    left.into_iter().min_by_key(|&it| (cases[it].lot, it))
}

proptest! {
    #[test]
    fn the_index_finds_what_a_plain_reading_does(
        cases in prop::collection::vec(
            (0u16..3, 0u16..2, 1u32..3, 1u32..3, 0u64..200, 0u32..3),
            0..25,
        ),
        policies in prop::collection::vec(0usize..5, 0..4),
        later in 0u64..130,
    ) {
        use TerminationPolicy as P;
        let all = [
            P::AllocationStrategy,
            P::OldestLaunchTemplate,
            P::ClosestToNextInstanceHour,
            P::OldestInstance,
            P::NewestInstance,
        ];
        let policies: Vec<P> = policies.into_iter().map(|place| all[place]).collect();
        let cases: Vec<Case> = cases
            .into_iter()
            .map(|(zone, pool, id, version, minute, lot)| {
                // a coarse clock, so that many are equal
                let launched = at(minute / 20 * 20);
                Case { zone, pool, template: Template { id, version }, launched, lot }
            })
            .collect();
        let now = at(200 + later);
        prop_assert_eq!(choose(&cases, &policies, now), plain(&cases, &policies, now));
    }
}
