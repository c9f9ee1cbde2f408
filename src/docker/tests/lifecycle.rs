//! Restarts, stops and kills.

use super::*;

#[test]
fn restarts_wait_100_ms_doubling_to_a_minute_and_start_over_after_ten_seconds() {
    let (mut rig, engine) = Rig::web();
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    let spec = ContainerSpec { restart: RestartPolicy::OnFailure, ..container(0) };
    let web = rig.start(engine, ContainerSpec { start: SimDuration::ZERO, ..spec });
    let mut waits = Vec::new();
    let mut now = 0;
    for round in 0..14 {
        // the 13th run lasts ten seconds, all others one
        now += if round == 12 { 10_000 } else { 1000 };
        rig.run_to(now);
        assert_eq!(rig.state(web), ContainerState::Running);
        rig.exit(web, 1);
        let Some(&(_, ContainerNotice::Restarting { at: again, exit, .. })) = rig.log.last() else {
            panic!("it restarts");
        };
        assert_eq!(exit, Exit { code: ExitCode(1), reason: ExitReason::Exited });
        waits.push(again.since(at(now)).as_nanos() / 1_000_000);
        now += waits[round];
    }
    let doubled = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000];
    assert_eq!(waits[..12], doubled);
    assert_eq!(waits[12..], [100, 200]);
    rig.run_to(now + 1000);
    rig.exit(web, 0);
    assert_eq!(rig.state(web), ContainerState::Exited);
    assert_eq!(rig.engines.restarts(web), Some(14));
}

#[test]
fn a_process_that_ends_while_it_starts_does_not_run_at_the_time_it_would_have() {
    let (mut rig, engine) = Rig::web();
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    let spec = ContainerSpec { restart: RestartPolicy::Always, ..container(0) };
    let web = rig.start(engine, spec);
    rig.run_to(350);
    rig.exit(web, 1);
    rig.run_to(10_000);
    // back-off until 450 ms, up at 850 ms: the start that would have ended at 400 ms is void
    assert_eq!(rig.log[1..], [(850, ContainerNotice::Running { container: web })]);
}

#[test]
fn a_stopped_container_ends_by_itself_or_is_killed_when_its_time_is_up() {
    let (mut rig, engine) = Rig::web();
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    let spec = ContainerSpec { restart: RestartPolicy::Always, ..container(0) };
    let [polite, stubborn, hasty, patient] = [(); 4].map(|()| rig.start(engine, spec));
    rig.run_to(1000);
    rig.log.clear();
    rig.stop(polite, None);
    rig.stop(stubborn, None);
    rig.stop(hasty, Some(0));
    rig.stop(patient, Some(60_000));
    rig.run_to(3000);
    rig.exit(polite, 143);
    rig.run_to(100_000);
    let ended = |container, code, reason| {
        let exit = Exit { code, reason };
        ContainerNotice::Ended { container, exit }
    };
    let expected = [
        (1000, ended(hasty, ExitCode::KILLED, ExitReason::Killed)),
        (3000, ended(polite, ExitCode::TERMINATED, ExitReason::Stopped)),
        // dockerd's 10 s
        (11_000, ended(stubborn, ExitCode::KILLED, ExitReason::Killed)),
        (61_000, ended(patient, ExitCode::KILLED, ExitReason::Killed)),
    ];
    assert_eq!(rig.log, expected);
}

#[test]
fn a_container_that_does_not_run_stops_at_once() {
    let (mut rig, engine) = Rig::web();
    let other = rig.engine();
    rig.engines.preload(other, ImageId(0)).expect("there is room");
    let spec = ContainerSpec { restart: RestartPolicy::Always, ..container(0) };
    let created = rig.create(engine, spec);
    let pulling = rig.start(engine, spec);
    let restarting = rig.start(other, spec);
    rig.run_to(400);
    rig.exit(restarting, 3);
    let starting = rig.start(other, spec);
    let all = [created, pulling, starting, restarting];
    let states = all.map(|container| rig.state(container));
    use ContainerState::{Created, Exited, Pulling, Restarting, Starting};
    assert_eq!(states, [Created, Pulling, Starting, Restarting]);
    for container in all {
        rig.stop(container, None);
    }
    let codes = all.map(|container| rig.engines.last_exit(container).map(|exit| exit.code.0));
    assert_eq!(codes, [Some(0), Some(0), Some(137), Some(3)]);
    rig.run_to(10_000);
    assert_eq!(all.map(|container| rig.state(container)), [Exited; 4]);
    assert_eq!((rig.engines.check(), rig.network.active()), (Ok(()), 0));
}

#[test]
fn memory_above_the_limit_kills_on_linux_and_the_policy_restarts() {
    let (mut rig, engine) = Rig::web();
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    let limit = Some(Bytes(64 * MIB));
    let spec = ContainerSpec { memory_limit: limit, ..container(0) };
    let always = ContainerSpec { restart: RestartPolicy::Always, ..spec };
    let [once, again] = [spec, always].map(|spec| rig.start(engine, spec));
    rig.run_to(1000);
    rig.log.clear();
    for bytes in [64 * MIB, 64 * MIB + 1] {
        for container in [once, again] {
            let killed = rig
                .call(|engines, context| engines.memory_in_use(container, Bytes(bytes), context));
            assert_eq!(killed, bytes > 64 * MIB);
        }
    }
    let exit = Exit::OUT_OF_MEMORY;
    assert_eq!((exit.code.0, exit.oom_killed()), (137, true));
    let restarting = ContainerNotice::Restarting { container: again, exit, at: at(1100) };
    let ended = ContainerNotice::Ended { container: once, exit };
    assert_eq!(rig.log, [(1000, ended), (1000, restarting)]);
    rig.run_to(2000);
    assert_eq!(rig.log[2], (1500, ContainerNotice::Running { container: again }));
}

#[test]
fn a_process_on_windows_ends_by_an_allocation_that_fails() {
    let windows = scenario::Image { os: Some(OsFamily::Windows), ..image("iis", WEB) };
    let mut rig = Rig::new(&[windows]);
    let os = OperatingSystem { family: OsFamily::Windows, ..linux() };
    let spec = EngineSpec { os, ..rig.spec() };
    let engine = rig.engines.add_engine(&spec);
    let spec = ContainerSpec { memory_limit: Some(Bytes(1)), ..container(0) };
    let iis = rig.start(engine, spec);
    rig.run_to(10_000);
    let killed = rig.call(|engines, context| engines.memory_in_use(iis, Bytes(MB), context));
    assert!(killed);
    let exit = Exit::ALLOCATION_FAILED;
    assert_eq!((exit.code.0 as u32, exit.oom_killed()), (0xE043_4352, false));
    let ended = ContainerNotice::Ended { container: iis, exit };
    assert_eq!(rig.log.last().map(|(_, notice)| *notice), Some(ended));
}
