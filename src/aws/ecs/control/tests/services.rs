//! Services on instances: tasks come, run, and go.

use super::rig::{Rig, events, life};

#[test]
fn a_service_starts_its_tasks_and_stops_them() {
    let mut rig = Rig::new(2);
    rig.define("web", "app:1", 512, 512, "");
    let web = rig.serve(2, "");
    // a second for the agent, one for the process
    let placed = ["0 t0 created", "0 t0 on i-0", "0 t1 created", "0 t1 on i-1"];
    let running = ["2 t0 runs", "2 t1 runs"];
    assert_eq!(rig.told_until(10_000, life), [&placed[..], &running].concat());
    assert_eq!(rig.spread(web), [1, 1]);
    // without checks they are healthy when they have run for forty seconds
    rig.run_to(60_000);
    rig.stops = 4_000;
    rig.call(|control, around| control.set_desired(web, 1, around));
    let told = rig.told_until(70_000, life);
    // both zones have one: the youngest goes
    assert!(
        told[0].starts_with("60 t1 stopping: Scaling activity initiated by (deployment ecs-svc/")
    );
    assert_eq!(
        told[1..],
        ["64 t1 container 0 exits 0", "64 t1 stopped: ServiceSchedulerInitiated"]
    );
    rig.lose(0);
    let lost = [
        "70 t0 stopping: Host EC2 (instance i-0) terminated.",
        "70 t0 stopped: TerminationNotice",
        "70 t2 created",
        "70 t2 on i-1",
        "72 t2 runs",
    ];
    assert_eq!(rig.told_until(200_000, life), lost);
}

#[test]
fn a_service_tells_what_it_does() {
    let mut rig = Rig::new(1);
    rig.define("web", "app:1", 512, 512, "");
    let web = rig.serve(2, "");
    rig.run_to(60_000);
    rig.call(|control, around| control.set_desired(web, 1, around));
    let told = ["0 Started 2", "42 Completed 0", "42 Steady 0"];
    let scaled = ["60 scaled 2 to 1", "60 Stopped 1", "60 Steady 0"];
    assert_eq!(rig.told_until(100_000, events), [&told[..], &scaled].concat());
}
