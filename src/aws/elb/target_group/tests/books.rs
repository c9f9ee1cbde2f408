//! Whatever happens, what is counted and used is what the definitions say.

use proptest::prelude::*;

use super::*;

fn settings(kind: u8) -> Settings {
    let half = Threshold { count: 1, percent: 50 };
    let usual = Settings::application();
    match kind {
        0 => usual,
        1 => Settings { slow_start: SimDuration::from_secs(60), ..usual },
        2 => Settings {
            algorithm: Algorithm::LeastOutstandingRequests,
            cross_zone: false,
            dns_failover: half,
            routing_failover: half,
            ..usual
        },
        3 => Settings {
            algorithm: Algorithm::WeightedRandom(Some(Mitigation::default())),
            stagger: SimDuration::from_secs(7),
            ..usual
        },
        _ => Settings { cross_zone: kind == 4, ..Settings::network() },
    }
}

/// The targets that a node has to use.
fn to_use(group: &TargetGroup, node: usize) -> (Vec<u32>, usize, usize) {
    let registered: Vec<u32> = (0..group.targets.len())
        .filter(|place| matches!(group.targets[*place].stage, Stage::InService))
        .filter(|place| group.may_use(node, *place))
        .map(|place| place as u32)
        .collect();
    let is_healthy =
        |target: &u32| group.targets[*target as usize].views[node].health == Health::Healthy;
    let healthy: Vec<u32> = registered.iter().copied().filter(is_healthy).collect();
    let counts = (healthy.len(), registered.len());
    let enough = group.settings.routing_failover.is_met(counts.0, counts.1);
    (if enough { healthy } else { registered }, counts.0, counts.1)
}

fn check(group: &mut TargetGroup, now: SimTime, stream: &mut Stream) -> Result<(), TestCaseError> {
    for node in 0..group.nodes.len() {
        let (targets, healthy, registered) = to_use(group, node);
        prop_assert_eq!(group.healthy(node as u32), (healthy, registered));
        let used = (0..group.targets.len() as u32).filter(|target| {
            group.targets[*target as usize].views.get(node).is_some_and(|view| view.used)
        });
        prop_assert_eq!(&used.collect::<Vec<u32>>(), &targets);
        let flow = u64::from(stream.uniform().to_bits() as u32) << 32;
        let caller = Caller { cookie: None, flow };
        match group.pick(now, node as u32, caller, stream) {
            Some(picked) => prop_assert!(targets.contains(&picked.target)),
            None => prop_assert!(targets.is_empty()),
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn nodes_use_what_they_have_to(
        kind in 0_u8..6,
        steps in prop::collection::vec((0_u8..9, 0_u32..6, 0_u32..3, 0_u64..40), 1..80),
    ) {
        let mut group = TargetGroup::new(settings(kind), 3);
        let mut stream = stream();
        let (mut now, mut requests) = (0, Vec::new());
        for (action, target, zone, seconds) in steps {
            now += seconds;
            until(&mut group, now);
            let answer = [Answer::GOOD, Answer::BAD, Answer::NONE][zone as usize];
            match action {
                0..3 => group.register(secs(now), target, zone, answer),
                3 => { group.deregister(secs(now), target); }
                4 => group.answer(secs(now), target, answer),
                5 => group.answer_at(secs(now), target, zone, answer),
                6 => if let Some((node, target)) = requests.pop() {
                    group.finished(secs(now), node, target, target == 0);
                },
                _ => if let Some(target) = pick(&mut group, now, zone) {
                    group.started(zone, target);
                    requests.insert(requests.len() / 2, (zone, target));
                },
            }
            until(&mut group, now);
            check(&mut group, secs(now), &mut stream)?;
        }
        for (node, target) in requests {
            group.finished(secs(now), node, target, false);
        }
        prop_assert!((0..6).all(|target| group.outstanding(target) == 0));
    }
}
