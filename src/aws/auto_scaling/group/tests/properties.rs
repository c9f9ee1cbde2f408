//! Whatever happens, sums are right, and a group that is left alone comes to rest.

use proptest::prelude::*;

use super::rig::Rig;
use crate::aws::auto_scaling::distribution::Distribution;
use crate::aws::auto_scaling::group::{Group, Report};
use crate::aws::auto_scaling::instance::{InstanceId, Purchase, State, Template, Zone};
use crate::aws::auto_scaling::refresh::Preferences;
use crate::aws::auto_scaling::settings::Settings;
use crate::aws::auto_scaling::warm_pool::WarmPool;
use crate::engine::SimDuration;

#[derive(Clone, Copy, Debug)]
enum Event {
    Wait(u64),
    Desire(u32),
    Report(usize, Report),
    Gone(usize),
    Risk(usize),
    Interrupt(usize),
    Full(u16, bool),
    Protect(usize, bool),
    Standby(usize, bool),
    Refresh(u32, bool),
}

fn event() -> impl Strategy<Value = Event> {
    let reports = [Report::NotRunning, Report::Impaired, Report::LoadBalancer];
    let report = (any::<usize>(), 0usize..3);
    prop_oneof![
        4 => (1u64..200).prop_map(Event::Wait),
        2 => (0u32..=12).prop_map(Event::Desire),
        2 => report.prop_map(move |(which, kind)| Event::Report(which, reports[kind])),
        1 => any::<usize>().prop_map(Event::Gone),
        1 => any::<usize>().prop_map(Event::Risk),
        1 => any::<usize>().prop_map(Event::Interrupt),
        1 => (0u16..3, any::<bool>()).prop_map(|(zone, full)| Event::Full(zone, full)),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, on)| Event::Protect(which, on)),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, on)| Event::Standby(which, on)),
        1 => (70u32..=100, any::<bool>()).prop_map(|(min, skip)| Event::Refresh(min, skip)),
    ]
}

fn happen(rig: &mut Rig, event: Event) {
    let ids: Vec<InstanceId> = rig.group.instances().map(|(id, _)| id).collect();
    let pick = |which: usize| ids.get(which % ids.len().max(1)).copied();
    match event {
        Event::Wait(secs) => drop(rig.until(rig.now + secs)),
        Event::Desire(desired) => rig.desire(desired),
        Event::Full(zone, true) => drop(rig.full.insert(Zone(zone))),
        Event::Full(zone, false) => drop(rig.full.remove(&Zone(zone))),
        Event::Report(which, report) => {
            pick(which).into_iter().for_each(|id| rig.unwell(id.0, report));
        }
        Event::Gone(which) => pick(which).into_iter().for_each(|id| {
            // one that EC2 has not launched yet cannot be gone
            if rig.instance(id.0).exists {
                rig.tell(|it, now, out| it.gone(id, now, out));
            }
        }),
        Event::Risk(which) => pick(which).into_iter().for_each(|id| {
            rig.tell(|it, now, out| it.rebalance_recommended(id, now, out));
        }),
        Event::Interrupt(which) => pick(which).into_iter().for_each(|id| {
            rig.tell(|it, now, out| it.interrupted(id, now, out));
        }),
        Event::Protect(which, on) => pick(which).into_iter().for_each(|id| {
            let _ = rig.tell(|it, now, out| it.protect(id, on, now, out));
        }),
        Event::Standby(which, on) => pick(which).into_iter().for_each(|id| {
            let _ = rig.tell(|it, now, out| match rig_state(it, id) {
                Some(State::Standby) => it.exit_standby(id, now, out),
                _ => it.enter_standby(id, on, now, out),
            });
        }),
        Event::Refresh(min, skip) => refresh(min, skip, rig),
    }
}

fn rig_state(group: &Group, id: InstanceId) -> Option<State> {
    group.instance(id).map(|instance| instance.state)
}

fn refresh(min_healthy: u32, skip_matching: bool, rig: &mut Rig) {
    let version = rig.group.settings().template.version + u32::from(skip_matching);
    rig.group.set_template(Template { id: 1, version });
    let preferences = Preferences { min_healthy, skip_matching, ..Preferences::default() };
    rig.tell(|it, now, out| it.start_refresh(preferences, now, out));
}

/// Sums over all instances, made afresh.
fn check(rig: &Rig) {
    let sum = |counts: &dyn Fn(State, &crate::aws::auto_scaling::instance::Instance) -> bool| {
        let those = rig.group.instances().filter(|(_, it)| counts(it.state, it));
        those.map(|(_, it)| it.weight).sum::<u32>()
    };
    let totals = rig.group.totals();
    assert_eq!(totals.capacity, sum(&|state, _| state.counts()));
    assert_eq!(totals.pending, sum(&|state, _| state.is_pending()));
    assert_eq!(totals.warm, sum(&|state, it| state == State::InService && it.warm));
    assert_eq!(totals.pool, sum(&|state, _| state.is_warmed()));
    assert_eq!(totals.terminating, sum(&|state, _| state.is_terminating()));
    let on_demand = |state: State, it: &crate::aws::auto_scaling::instance::Instance| {
        state.counts() && it.source.purchase == Purchase::OnDemand
    };
    assert_eq!(totals.on_demand, sum(&on_demand));
    let heaviest = rig.group.settings().weights.iter().max().expect("there is a type");
    let most = if *heaviest > 1 { 12 + 3 * heaviest } else { 13 };
    assert!(totals.capacity <= most, "{totals:?}");
}

fn settings(mixed: bool, pool: bool, warmup: u64, weights: &[u32]) -> Settings {
    let distribution = Distribution { base: 1, percentage: if mixed { 50 } else { 100 } };
    Settings {
        distribution,
        weights: weights.to_vec(),
        warmup: SimDuration::from_secs(warmup),
        grace: SimDuration::from_secs(100),
        elb_health: true,
        capacity_rebalance: true,
        warm_pool: (pool && !mixed).then_some(WarmPool { reuse: true, ..WarmPool::default() }),
        ..Settings::new(0, 12, 5, 3)
    }
}

proptest! {
    #[test]
    fn a_group_that_is_left_alone_comes_to_rest(
        events in prop::collection::vec(event(), 0..60),
        mixed in any::<bool>(),
        pool in any::<bool>(),
        warmup in 0u64..90,
        weighted in any::<bool>(),
    ) {
        let weights = if weighted { &[2, 3, 1][..] } else { &[1] };
        let heaviest = *weights.iter().max().expect("there is a type");
        let mut rig = Rig::new(settings(mixed, pool, warmup, weights));
        for event in events {
            happen(&mut rig, event);
            check(&rig);
        }
        rig.full.clear();
        let protected: Vec<InstanceId> = rig.group.instances().map(|(id, _)| id).collect();
        for id in protected {
            let _ = rig.tell(|it, now, out| it.protect(id, false, now, out));
        }
        rig.until(rig.now + 5_000);
        check(&rig);
        let totals = rig.group.totals();
        let desired = rig.group.settings().desired;
        // an instance may count more than is missing
        prop_assert!((desired..desired + heaviest).contains(&totals.capacity), "{:?}", totals);
        prop_assert_eq!((totals.pending, totals.terminating), (0, 0));
        prop_assert_eq!(totals.warm, totals.capacity);
        prop_assert!(!rig.group.is_refreshing());
        let share = rig.group.settings().distribution.on_demand(desired);
        prop_assert!(totals.on_demand.abs_diff(share) < heaviest, "{:?}", totals);
        let loads = rig.loads();
        let (least, most) = (loads.iter().min(), loads.iter().max());
        prop_assert!(most.expect("zones") - least.expect("zones") <= heaviest, "{:?}", loads);
        let size = rig.group.settings().warm_pool.map_or(0, |pool| pool.size(12, desired));
        prop_assert!((size..size + heaviest).contains(&totals.pool), "{:?}", totals);
        prop_assert_eq!(rig.group.next(), None);
    }
}

/// Five thousand instances come, are replaced one by one and go, each at the cost of a few
/// look-ups.
#[test]
fn a_group_of_five_thousand() {
    let mut rig =
        Rig::new(Settings { grace: SimDuration::ZERO, ..Settings::new(0, 5000, 5000, 3) });
    rig.until(100);
    assert_eq!((rig.group.totals().warm, rig.loads()), (5000, vec![1667, 1667, 1666]));
    for id in 0..100 {
        rig.unwell(id, Report::NotRunning);
    }
    rig.until(200);
    assert_eq!(rig.group.totals().warm, 5000);
    rig.desire(2);
    assert_eq!((rig.group.totals().capacity, rig.group.totals().terminating), (2, 4998));
    rig.until(400);
    assert_eq!(rig.group.instances().count(), 2);
}
