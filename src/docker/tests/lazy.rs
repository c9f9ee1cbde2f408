//! Images that are mounted instead of pulled.

use super::*;

/// A large layer, and one that is too small to be mounted.
const LAYERS: Written<'static> = &[(125.0, 300.0, ""), (5.0, 10.0, "")];

fn rig(indexed: bool) -> (Rig, EngineId) {
    let start_data = Fraction(0.1);
    let lazy = scenario::Image { lazy: indexed, start_data, ..image("web", LAYERS) };
    let mut rig = Rig::new(&[lazy]);
    let engine = rig.engine_with(EnginePolicy { lazy: true, ..policy() });
    (rig, engine)
}

#[test]
fn a_container_starts_after_a_part_of_the_data_and_the_rest_comes_behind_it() {
    let (mut rig, engine) = rig(true);
    let web = rig.start(engine, container(0));
    rig.run_to(30_290);
    assert_eq!(rig.engines.totals(engine).pulled, Bytes(17_500_000));
    rig.run_to(60_000);
    // manifest at 50 ms, index at 100 ms; from 150 ms 12.5 and 5 MB share the interface: the small
    // layer is here at 230 ms, when 7.5 MB of the large are left, which come until 290 ms alone;
    // then the small one is unpacked on it. 30 s later 112.5 MB are fetched at 8 MiB/s, for 13.4 s
    assert_eq!(rig.start_up(web), [0, 290, 100, 400]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.pulled, totals.extracted), (Bytes(130 * MB), Bytes(10 * MB)));
    assert_eq!(rig.account(web).bytes, Bytes(17_500_000));
    assert_eq!(rig.network.active(), 0);
}

#[test]
fn an_image_without_an_index_is_pulled_as_ever() {
    let (mut rig, engine) = rig(false);
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // from 100 ms: 5 MB until 180 ms, the other 120 MB until 1140 ms
    assert_eq!(rig.start_up(web), [0, 1140, 3100, 400]);
}

#[test]
fn what_comes_behind_waits_while_its_registry_is_gone() {
    let (mut rig, engine) = rig(true);
    let web = rig.start(engine, container(0));
    // the rest is fetched from 30,290 ms on; 4 MiB come
    rig.run_to(30_790);
    rig.registry(false);
    rig.run_to(40_000);
    assert_eq!(rig.state(web), ContainerState::Running);
    assert_eq!(rig.engines.totals(engine).pulled, Bytes(17_500_000 + 4 * MIB));
    rig.registry(true);
    rig.run_to(60_000);
    assert_eq!(rig.engines.totals(engine).pulled, Bytes(130 * MB));
    assert_eq!(rig.engines.check(), Ok(()));
}
