//! Where the time of a pull goes.

use super::*;

#[test]
fn events_are_small() {
    assert!(size_of::<ContainerEvent>() <= 12);
}

#[test]
fn a_pull_alone_shares_the_interface_among_its_layers_and_extracts_them_in_order() {
    let (mut rig, engine) = Rig::web();
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // manifest at 50 ms, all three layers from 100 ms at a third of 125 MB/s each:
    // the 12.5 MB take 300 ms; the others have 12.5 and 37.5 MB left at 62.5 MB/s: 200 ms later,
    // at 600 ms, the base is there; the last 25 MB at 125 MB/s come at 800 ms
    // extraction at 100 MB/s: base 600 to 1100, runtime to 2100, application to 2300; start 400
    assert_eq!(rig.log, [(2700, ContainerNotice::Running { container: web })]);
    assert_eq!(rig.start_up(web), [0, 800, 1500, 400]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.pulled, totals.extracted), (Bytes(87_500_000), Bytes(170 * MB)));
    assert_eq!(rig.engines.disk_used(engine), Bytes(170 * MB));
}

#[test]
fn a_slow_disk_bounds_extraction() {
    let mut rig = Rig::new(&[image("web", WEB)]);
    let spec = EngineSpec { disk: rig.network.add_link(Bandwidth(50e6)), ..rig.spec() };
    let engine = rig.engines.add_engine(&spec);
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // 170 MB at 50 MB/s from 600 ms: until 4000 ms
    assert_eq!(rig.start_up(web), [0, 800, 3200, 400]);
}

#[test]
fn two_containers_of_one_image_join_one_pull() {
    let (mut rig, engine) = Rig::web();
    let first = rig.start(engine, container(0));
    let second = rig.create(engine, container(0));
    rig.run_to(500);
    rig.call(|engines, context| engines.start(second, context));
    rig.run_to(1000);
    let third = rig.start(engine, container(0));
    rig.run_to(10_000);
    assert_eq!(rig.start_up(first), [0, 800, 1500, 400]);
    assert_eq!(rig.start_up(second), [500, 300, 1500, 400]);
    // it came after the last download
    assert_eq!(rig.start_up(third), [0, 0, 1300, 400]);
    assert_eq!(rig.engines.totals(engine).pulled, Bytes(87_500_000));
    // and a fourth finds the image there
    let fourth = rig.start(engine, container(0));
    rig.run_to(20_000);
    assert_eq!(rig.start_up(fourth), [0, 0, 0, 400]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.images_pulled, totals.image_hits, totals.layers_pulled), (1, 1, 3));
}

#[test]
fn a_cached_base_layer_is_not_pulled_again() {
    let images = [image("web", WEB), image("tool", &[(25.0, 50.0, "base")])];
    let mut rig = Rig::new(&images);
    let engine = rig.engine();
    rig.engines.preload(engine, ImageId(1)).expect("there is room");
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // two layers from 100 ms at 62.5 MB/s: 12.5 MB until 300 ms; 37.5 MB more at 125 MB/s until
    // 600 ms; the runtime is extracted until 1600 ms, the application until 1800 ms
    assert_eq!(rig.start_up(web), [0, 600, 1200, 400]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.pulled, totals.layer_hits), (Bytes(62_500_000), 1));
}

/// Its content has been dropped meanwhile: the last pull that wanted it for another base is gone.
#[test]
fn a_layer_that_is_being_unpacked_is_not_pulled_again() {
    let base = (25.0, 50.0, "base");
    let images = [
        image("tool", &[base]),
        image("job", &[(3.0, 9.0, ""), base]),
        image("api", &[base, (12.5, 20.0, "")]),
    ];
    let mut rig = Rig::new(&images);
    let engine = rig.engine();
    let tool = rig.start(engine, container(0));
    rig.run_to(310);
    let job = rig.start(engine, container(1));
    rig.run_to(450);
    rig.stop(job, None);
    rig.run_to(460);
    let api = rig.start(engine, container(2));
    rig.run_to(10_000);
    // the base comes from 100 to 300 ms and is unpacked until 800 ms
    assert_eq!(rig.start_up(tool), [0, 300, 500, 400]);
    // manifest at 510 ms, 12.5 MB from 560 to 660 ms, unpacked from 800 to 1000 ms
    assert_eq!(rig.start_up(api), [0, 200, 340, 400]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.pulled, totals.layers_pulled), (Bytes(40_500_000), 3));
    assert_eq!(rig.engines.totals_of_all().1, UnderWay::default());
}

#[test]
fn a_fourth_layer_waits_for_one_of_three_downloads() {
    let layer = (12.5, 10.0, "");
    let mut rig = Rig::new(&[image("web", &[layer; 4])]);
    let engine = rig.engine();
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // three from 100 ms until 400 ms; the fourth is asked for then and flows alone from 450 ms
    // until 550 ms; extraction of 100 ms each from 400 ms until 800 ms
    assert_eq!(rig.start_up(web), [0, 550, 250, 400]);
}

#[test]
fn a_layer_on_its_way_for_one_image_is_joined_by_another_and_outlives_the_first_pull() {
    let images = [image("web", WEB), image("api", &[(25.0, 50.0, "base"), (5.0, 10.0, "")])];
    let mut rig = Rig::new(&images);
    let engine = rig.engine();
    let web = rig.start(engine, container(0));
    rig.run_to(150);
    let api = rig.start(engine, container(1));
    // at 200 ms the manifest of api is there, its base on its way and its own layer queued
    rig.run_to(300);
    // three of web and two of api, of which one comes for both
    assert_eq!(rig.engines.totals_of_all().1, UnderWay { pulls: 2, layers: 5 });
    rig.stop(web, None);
    rig.run_to(10_000);
    // by 300 ms each layer had 200 ms of a third of 125 MB/s, 8.333 MB. web's other two are given
    // up. The base goes on alone until 350 ms, when api's own layer has been asked for: 10.417 MB
    // left. Both at 62.5 MB/s: the 5 MB are there at 430 ms; the base's last 5.417 MB come alone,
    // at 473.333 ms
    let timeline = rig.engines.timeline(api).expect("it is there");
    assert_eq!(timeline.downloaded, Some(SimTime::from_nanos(473_333_334)));
    // extraction of 50 and 10 MB
    assert_eq!(timeline.image_ready, Some(SimTime::from_nanos(1_073_333_334)));
    let stopped = Exit { code: ExitCode::SUCCESS, reason: ExitReason::Stopped };
    assert_eq!(rig.log[0], (300, ContainerNotice::Ended { container: web, exit: stopped }));
    // 2 x 8.333 MB in vain
    let totals = rig.engines.totals(engine);
    assert_eq!(totals.pulled, Bytes(30 * MB + 2 * 8_333_333));
    assert_eq!((totals.pulls_begun, totals.pulls_done, totals.pulls_abandoned), (2, 1, 1));
    assert_eq!((totals.layers_wanted, totals.layers_given_up, totals.layers_pulled), (5, 3, 2));
    assert_eq!(rig.engines.disk_used(engine), Bytes(60 * MB));
    assert_eq!(rig.engines.check(), Ok(()));
}

#[test]
fn a_layer_that_comes_for_two_images_is_pulled_by_one_and_joined_by_the_other() {
    let images = [image("web", WEB), image("api", &[(25.0, 50.0, "base"), (5.0, 10.0, "")])];
    let mut rig = Rig::new(&images);
    let engine = rig.engine();
    rig.start(engine, container(0));
    rig.start(engine, container(1));
    rig.run_to(10_000);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.pulls_begun, totals.pulls_done), (2, 2));
    assert_eq!((totals.layers_wanted, totals.layers_pulled, totals.layers_joined), (5, 4, 1));
    assert_eq!(totals.pulled, Bytes(92_500_000));
    assert_eq!(rig.engines.totals_of_all(), (totals, UnderWay::default()));
}

#[test]
fn a_pull_that_ends_leaves_alone_what_comes_for_another_base() {
    let node = (50.0, 100.0, "node");
    let images = [
        image("web", &[(25.0, 50.0, "debian"), node]),
        image("next", &[(25.0, 50.0, "debian"), node, (250.0, 500.0, "")]),
        image("api", &[(5.0, 10.0, "alpine"), node]),
    ];
    let mut rig = Rig::new(&images);
    let engine = rig.engine();
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    // `node` is there on debian, and has to be fetched again for alpine
    let next = rig.start(engine, container(1));
    let api = rig.start(engine, container(2));
    rig.run_to(200);
    rig.stop(next, None);
    rig.run_to(10_000);
    assert_eq!(rig.engines.state(api), Some(ContainerState::Running));
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.layer_hits, totals.layers_pulled, totals.layers_given_up), (2, 2, 1));
    assert_eq!(rig.engines.check(), Ok(()));
}

#[test]
fn what_a_removed_engine_has_done_stays_in_the_account() {
    let (mut rig, engine) = Rig::web();
    rig.start(engine, container(0));
    rig.run_to(10_000);
    rig.call(|engines, context| engines.remove_engine(engine, context));
    let next = rig.engine();
    assert_eq!(next, engine);
    assert_eq!(rig.engines.totals(next), EngineTotals::default());
    rig.start(next, container(0));
    rig.run_to(20_000);
    let (totals, under_way) = rig.engines.totals_of_all();
    assert_eq!((totals.pulled, totals.layers_pulled), (Bytes(2 * 87_500_000), 6));
    assert_eq!(totals.check(under_way), Ok(()));
}

#[test]
fn a_thousand_engines_pull_twenty_layers_over_one_registry() {
    let layers: Vec<(f64, f64, &str)> = (0..20).map(|_| (5.0, 12.5, "")).collect();
    let mut rig = Rig::new(&[image("storm", &layers)]);
    let mut last = None;
    for _ in 0..1000 {
        let engine = rig.engine();
        last = Some(rig.start(engine, container(0)));
    }
    rig.run_to(1_000_000);
    assert_eq!(rig.engines.accounting().count(ContainerState::Running), 1000);
    // 100 GB at 1.25 GB/s is 80 s; the registry is idle for 50 ms before each of 7 rounds of 3
    // layers and before the manifest. The last round is 2 layers
    let started = last.expect("there are a thousand");
    assert_eq!(rig.start_up(started)[1], 80_000 + 8 * 50);
    let [_, _, extract, _] = rig.start_up(started);
    // the last two layers, 125 ms each
    assert_eq!(extract, 250);
}
