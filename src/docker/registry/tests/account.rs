//! Under random requests and outages every request that is put off is answered once, and nothing
//! is left behind.

use proptest::prelude::*;

use super::*;

const CHAIN: &str = "
    [[registry]]
    name = 'hub'
    stream = '50MB/s'
    bandwidth = '60MB/s'
    limits = { layer = { rate = '1/s', burst = 2 } }
    [[registry]]
    name = 'cache'
    upstream = 'hub'
    anonymous = false
    [[registry]]
    name = 'edge'
    upstream = 'cache'
    ";

#[derive(Clone, Copy, Debug)]
enum Step {
    Ask { registry: u16, image: u32 },
    Withdraw,
    Up { registry: u16, up: bool },
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u16..3, 0_u32..2).prop_map(|(registry, image)| Step::Ask { registry, image }),
        1 => Just(Step::Withdraw),
        1 => (0_u16..3, any::<bool>()).prop_map(|(registry, up)| Step::Up { registry, up }),
        2 => (0_u64..1500).prop_map(Step::Wait),
    ]
}

/// Requests that wait for their answers, by token, and where they were sent.
type Waiting = Vec<(u32, RegistryId)>;

fn answered(waiting: &mut Waiting, answers: &[(u32, Answer)]) {
    for (token, answer) in answers {
        assert_ne!(*answer, Answer::Later);
        let place = waiting.iter().position(|(waits, _)| waits == token);
        waiting.swap_remove(place.expect("only who waits is answered, and once"));
    }
}

proptest! {
    #[test]
    fn no_request_is_lost(steps in prop::collection::vec(step(), 1..60)) {
        let mut rig = Rig::new(CHAIN);
        let (mut now, mut waiting) = (at(0), Waiting::new());
        for (token, step) in (0..).zip(steps) {
            match step {
                Step::Ask { registry, image } => {
                    let registry = RegistryId(registry);
                    if rig.all.needs_token(registry, token, now) {
                        rig.token(now, registry, token);
                    }
                    if rig.layer(now, registry, token, image) == Answer::Later {
                        waiting.push((token, registry));
                    }
                }
                Step::Withdraw => {
                    if let Some((token, registry)) = waiting.pop() {
                        rig.all.withdraw(registry, token);
                    }
                }
                Step::Up { registry, up } => {
                    let told = rig.set_up(now, RegistryId(registry), up);
                    answered(&mut waiting, &told);
                }
                Step::Wait(millis) => {
                    now = now.saturating_add(ms(millis));
                    let told = rig.run(now);
                    answered(&mut waiting, &told);
                }
            }
        }
        let told = rig.run(now.saturating_add(ms(60_000)));
        answered(&mut waiting, &told);
        prop_assert_eq!(waiting, []);
        prop_assert!(rig.all.imports.is_empty());
        prop_assert_eq!(rig.network.active(), 0);
    }
}
