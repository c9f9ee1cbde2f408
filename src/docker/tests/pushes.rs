//! Pushes without a world: five layers at once, retries, and their end, under outages at random.

use proptest::prelude::*;

use super::*;
use crate::docker::push::UPLOAD;

#[derive(Clone, Copy, Debug)]
enum Event {
    Push(PushEvent),
    Flow(FlowEvent),
}

impl From<PushEvent> for Event {
    fn from(event: PushEvent) -> Self {
        Self::Push(event)
    }
}

impl From<FlowEvent> for Event {
    fn from(event: FlowEvent) -> Self {
        Self::Flow(event)
    }
}

/// A registry 50 ms away that takes 100 MB/s of each layer, and pushes to it.
struct Rig {
    calendar: Calendar<Event>,
    network: FlowNetwork,
    registries: Registries,
    pushes: Pushes,
    ended: Vec<(u64, PushNotice)>,
}

impl Rig {
    fn new() -> Self {
        let push = scenario::Push { image: "web".into(), tag: None, at: SimDuration::ZERO };
        let registry = scenario::Registry { pushes: vec![push], ..scenario::Registry::default() };
        let mut network = FlowNetwork::new();
        let registries = Registries::new(&[registry], &[image("web", WEB)], None, &mut network);
        let (calendar, pushes) = (Calendar::new(), Pushes::default());
        Self { calendar, network, registries, pushes, ended: Vec::new() }
    }

    fn call(&mut self, act: impl FnOnce(&mut Pushes, &mut PushContext<'_, Calendar<Event>>)) {
        let Self { calendar, network, registries, pushes, ended } = self;
        let mut notices = Vec::new();
        act(pushes, &mut PushContext { calendar, network, registries, notices: &mut notices });
        self.network.rearm(&mut self.calendar);
        let now = self.calendar.now().as_nanos() / 1_000_000;
        ended.extend(notices.into_iter().map(|notice| (now, notice)));
    }

    fn begin(&mut self, layers: usize, megabytes: u64) {
        let layer = PushedLayer { bytes: Bytes(megabytes * MB), parts: 1, lacking: true };
        let registry = RegistryId(0);
        let spec = PushSpec { registry, layers: vec![layer; layers], manifests: 1 };
        self.call(|pushes, context| {
            pushes.begin(spec, context);
        });
    }

    fn set_up(&mut self, up: bool) {
        let now = self.calendar.now();
        self.registries.set_up(RegistryId(0), up, now, &mut self.network, &mut Vec::new());
        if !up {
            self.call(|pushes, context| pushes.cut(RegistryId(0), context));
        }
    }

    fn run_to(&mut self, millis: u64) {
        while let Some((now, event)) = self.calendar.pop_until(at(millis)) {
            match event {
                Event::Push(event) => self.call(|pushes, context| pushes.on(event, context)),
                Event::Flow(event) => {
                    let mut done = Vec::new();
                    self.network.on(event, now, &mut done);
                    for token in done {
                        assert_ne!(token & UPLOAD, 0);
                        self.call(|pushes, context| pushes.flow_completed(token, context));
                    }
                    self.network.rearm(&mut self.calendar);
                }
            }
        }
    }
}

#[test]
fn five_layers_are_pushed_at_once_and_the_manifest_when_all_are_there() {
    let done = |layers| {
        let mut rig = Rig::new();
        rig.begin(layers, 100);
        rig.run_to(60_000);
        rig.ended
    };
    let notice = PushNotice { push: 0, outcome: Ok(()) };
    // 50 ms, 50 ms, a second, 50 ms; the manifest 50 ms
    assert_eq!(done(5), [(1_200, notice)]);
    assert_eq!(done(6), [(1_150 + 1_200, notice)]);
    assert_eq!(done(0), [(50, notice)]);
}

#[test]
fn a_layer_is_tried_five_times() {
    let mut rig = Rig::new();
    rig.begin(1, 100);
    rig.run_to(600);
    rig.set_up(false);
    rig.run_to(1_000_000);
    // then after 5, 10, 15 and 20 s, each time in vain for 15 s
    let outcome = Err(RegistryError::Unreachable);
    let end = 600 + 5_000 + 10_000 + 15_000 + 20_000 + 4 * 15_000;
    assert_eq!(rig.ended, [(end, PushNotice { push: 0, outcome })]);
    assert_eq!((rig.pushes.under_way(), rig.network.active()), (0, 0));
}

proptest! {
    #[test]
    fn every_push_ends_once_whatever_the_registry_does(
        steps in prop::collection::vec((0..3u8, 0..9usize, 0..4_000u64), 1..40)
    ) {
        let (mut rig, mut now, mut begun) = (Rig::new(), 0, 0);
        for (step, layers, millis) in steps {
            match step {
                0 => {
                    begun += 1;
                    rig.begin(layers, 20);
                }
                _ => rig.set_up(step == 1),
            }
            now += millis;
            rig.run_to(now);
            prop_assert_eq!(rig.ended.len() + rig.pushes.under_way(), begun);
        }
        rig.run_to(now + 10_000_000);
        prop_assert_eq!(rig.ended.len(), begun);
        prop_assert_eq!((rig.network.active(), rig.calendar.len()), (0, 0));
    }
}
