//! Services on instances: tasks come, run, and go.

use super::rig::Rig;
use super::words::{events, life};

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

#[test]
fn what_happened_is_told_in_the_words_of_the_service() {
    let mut rig = Rig::new(1);
    rig.define("web", "app:1", 512, 3000, "");
    rig.serve(2, "");
    rig.run_to(500);
    rig.lose(0);
    let log = rig.call(|control, _| control.take_events());
    let told = log.events.iter().map(|event| {
        let text = event.text.map_or("", |text| log.text(text));
        let related = event.related.map_or("", |id| log.object(id).name());
        let object = log.object(event.object);
        let (kind, name) = (object.kind.name(), &object.name()[..3]);
        let seconds = event.time.as_secs_f64();
        format!("{seconds} {} {kind} {name} {related} {text}", event.reason.name())
    });
    let told: Vec<String> = told.collect();
    let expected = [
        "0 ContainerInstanceRegistered ContainerInstance i-0  ",
        "0 TaskCreated Task e22 web ",
        "0 TaskPlaced Task e22 i-0 ",
        "0 TaskStateChange Task e22  PENDING",
        "0 SERVICE_TASK_PLACEMENT_FAILURE Service web  (service web) was unable to place a task \
         because no container instance met all of its requirements. The closest matching \
         (container-instance i-0) has insufficient memory available.",
        "0 ServiceTasksStarted Service web  (service web) has started 1 tasks.",
        "0.5 ContainerInstanceLost ContainerInstance i-0  ",
        "0.5 TaskStopping Task e22  Host EC2 (instance i-0) terminated.",
        "0.5 TaskStopped Task e22  TerminationNotice",
    ];
    assert_eq!(told, expected);
}
