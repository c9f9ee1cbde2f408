//! What services of Amazon ECS come to, and what a run says of those that come to nothing.

use plimsoll::metrics::events::Reason;
use plimsoll::metrics::{FindingKind, Recording};

use crate::lab::{HOST, app, run, simulation};

/// Three instances that have registered within a second, and tasks without interfaces.
fn instances(types: &str, min: u32, options: &str) -> String {
    format!(
        "[[cluster]]\nname = 'ecs'\nkind = 'ecs'\nengine = {{ start = '0s' }}\n\
         [[cluster.auto_scaling_group]]\nname = 'group'\ninstance_types = {types}\n\
         min = {min}\nmax = 3\nlaunch = '0s'\nboot = '0s'\n\
         [cluster.ecs]\nregistration = '1s'\nnetwork = 'bridge'\nagent = '0s'\n{options}"
    )
}

fn found(recording: &Recording) -> Vec<(FindingKind, &str, &str)> {
    let findings = recording.summary.findings.iter();
    findings.map(|it| (it.kind, it.about.as_str(), it.title.as_str())).collect()
}

#[test]
fn a_deployment_that_can_never_come_about_is_told() {
    let play = |max: u32| {
        let limits = format!("min_healthy_percent = 100\nmax_percent = {max}\n");
        let rollout = "[[rollout]]\ndeployment = 'web'\nat = '2min'\nmemory = '70MiB'\n";
        let web = app("web", "replicas = 3");
        let cluster = instances("['m5.large']", 3, &limits);
        run(&[&simulation("10min"), HOST, &web, &cluster, rollout])
    };
    assert_eq!(found(&play(200)), []);
    let blocked = play(100);
    let title = "(service web) was unable to stop or start tasks during a deployment because of \
                 the service deployment configuration. Update the minimumHealthyPercent or \
                 maximumPercent value and try again";
    assert_eq!(found(&blocked), [(FindingKind::Deployment, "service `web`", title)]);
    assert!(blocked.summary.warnings.contains(&title.to_owned()));
}

#[test]
fn a_deployment_that_is_rolled_back_is_told() {
    let rollout = "[[rollout]]\ndeployment = 'web'\nat = '2min'\nimage = 'arm'\n\
                   [[image]]\nname = 'arm'\narchitecture = 'arm64'\nlayers = ['1MiB']\n";
    let web = app("web", "replicas = 1");
    let cluster = instances("['m5.large']", 1, "");
    let recording = run(&[&simulation("10min"), HOST, &web, &cluster, rollout]);
    let title = "(service web) rolling back to deployment ecs-svc/6294208416658607535: tasks \
                 failed to start";
    assert_eq!(found(&recording), [(FindingKind::Deployment, "service `web`", title)]);
    // half of a task is less than the three failures that it takes at least
    let tasks = recording.summary.tasks.expect("it is of ECS").account;
    assert_eq!((tasks.created, tasks.failed_to_start, tasks.running), (4, 3, 1));
}

#[test]
fn tasks_that_the_smallest_type_has_no_room_for_start_no_instance() {
    let play = |types: &str| {
        // 3 vCPU: an m5.xlarge has 4, an m5.large 2
        let web = app("web", "replicas = 2\ncpu = { request = '3' }");
        run(&[&simulation("20min"), HOST, &web, &instances(types, 0, "")])
    };
    let good = play("['m5.xlarge']");
    assert_eq!(found(&good), []);
    let bad = play("['m5.large', 'm5.xlarge']");
    let title = "capacity provider `group` starts no instance for tasks of `web`: each needs 3072 \
                 CPU units, and one of its types has 2048 CPU units";
    assert_eq!(found(&bad), [(FindingKind::Capacity, "service `web`", title)]);
    let tasks = bad.summary.tasks.expect("it is of ECS");
    let reservation = tasks.providers[0].reservation;
    assert_eq!((tasks.instances_max, reservation), (0, Some(1.0)));
}

#[test]
fn documents_as_the_command_line_prints_them_are_a_workload() {
    let documents = "task_definitions = ['tests/data/ecs/task.json', 'tests/data/ecs/agent.json']\n\
                     services = ['tests/data/ecs/described.json']\n";
    let cluster = instances("['m5.large']", 3, documents);
    let recording = run(&[&simulation("10min"), &cluster]);
    let tasks = recording.summary.tasks.expect("it is of ECS");
    // three of the service, and the agent on each of three instances
    assert_eq!((tasks.account.running, tasks.account.created), (6, 6));
}

#[test]
fn jobs_may_still_run_when_the_run_ends() {
    let job = "[[job]]\nname = 'report'\nimage = 'image'\n\
               arrivals = { deterministic = '1/min' }\ndemand = '20min'\n\
               cpu = { request = '500m' }\nmemory = { request = '64MiB' }\n";
    let cluster = instances("['m5.large']", 3, "");
    let recording = run(&[&simulation("10min"), HOST, job, &cluster]);
    let tasks = recording.summary.tasks.expect("it is of ECS").account;
    // one a minute, of which the last comes when the run ends
    assert_eq!((tasks.created, tasks.running), (10, 9));
}

#[test]
fn tasks_that_wait_for_a_group_as_large_as_it_may_be_are_told() {
    // an m5.large has 2 vCPU, three of them 6: of eight tasks of one two wait
    let web = app("web", "replicas = 8\ncpu = { request = '1' }");
    let recording = run(&[&simulation("20min"), HOST, &web, &instances("['m5.large']", 0, "")]);
    let title = "tasks wait for capacity provider `group`, which would have 4 instances, and its \
                 group may have 3";
    assert_eq!(found(&recording), [(FindingKind::Capacity, "capacity provider `group`", title)]);
    // what cannot be is not asked for again and again
    let wanted = recording.log.events.iter().filter(|it| it.reason == Reason::CapacityWanted);
    assert_eq!(wanted.count(), 2, "from none to two, and to three");
}

#[test]
fn tasks_that_protect_themselves_outlive_a_deployment() {
    let play = |duration: &str, options: &str| {
        let rollout = "[[rollout]]\ndeployment = 'web'\nat = '2min'\nmemory = '70MiB'\n";
        let web = app("web", "replicas = 3");
        let cluster = instances("['m5.large']", 3, options);
        let all = run(&[&simulation(duration), HOST, &web, &cluster, rollout]);
        let tasks = all.summary.tasks.expect("it is of ECS").account;
        (tasks.running, tasks.stopped_by_service)
    };
    // new ones run a moment after 2 min and count as healthy 40 s later: the old ones go
    assert_eq!(play("4min", ""), (3, 3));
    let protected = "task_protection = [{ service = 'web', lasts = '8min' }]\n";
    assert_eq!(play("4min", protected), (6, 0));
    // protected from when they ran, at 1 s
    assert_eq!(play("481s", protected), (6, 0));
    assert_eq!(play("9min", protected), (3, 3));
}

#[test]
fn an_instance_under_maintenance_has_its_tasks_elsewhere() {
    let play = |replicas: u32, drain: &str| {
        let fault = format!("[[fault]]\nhosts = [0]\nkind.drain = {drain}\n");
        let web = app("web", &format!("replicas = {replicas}\nspread = true"));
        run(&[&simulation("15min"), HOST, &web, &instances("['m5.large']", 3, ""), &fault])
    };
    let came = |recording: &Recording, reason: Reason| {
        recording.log.events.iter().filter(|it| it.reason == reason).count()
    };
    // the third instance takes the task of the first, which has none any more
    let moved = play(2, "{ at = '2min', duration = '5min' }");
    assert_eq!(came(&moved, Reason::InstanceDraining), 1);
    assert_eq!(came(&moved, Reason::InstanceActive), 1);
    let tasks = moved.summary.tasks.expect("it is of ECS").account;
    assert_eq!((tasks.running, tasks.stopped_by_service), (2, 1));
    // where each instance has one, and there may be no fourth, it stays where it is
    let kept = play(3, "{ at = '2min' }");
    assert_eq!(came(&kept, Reason::InstanceActive), 0);
    let tasks = kept.summary.tasks.expect("it is of ECS").account;
    assert_eq!((tasks.running, tasks.stopped_by_service), (3, 0));
}

#[test]
fn a_policy_needs_a_scalable_target() {
    let play = |autoscale: &str| {
        let web = app("web", &format!("replicas = 2\n{autoscale}"));
        let cluster = instances("['m5.large']", 3, "scaling = ['tests/data/ecs/policy.json']\n");
        run(&[&simulation("10min"), HOST, &web, &cluster]).summary.warnings
    };
    let warning = "service `web` is not scaled: no scalable target is registered for it; name a \
                   file of `register-scalable-target` in `scaling`";
    assert_eq!(play(""), [warning]);
    // what an app says of itself registers one
    assert_eq!(play("autoscale = { metric = 'cpu', target = '50%', min = 2, max = 4 }"), [""; 0]);
}

#[test]
fn a_container_for_whose_end_others_wait_comes_to_it() {
    let documents = "task_definitions = ['tests/data/ecs/init.json']\n\
                     services = ['tests/data/ecs/init-service.json']\ntask_duration = '90s'\n";
    let recording = run(&[&simulation("5min"), HOST, &instances("['m5.large']", 1, documents)]);
    let runs = recording.log.events.iter().filter(|it| it.reason == Reason::TaskRunning);
    // the instance registers at 1 s, and the engine asks for each image for 50 ms
    assert_eq!(runs.map(|it| it.time.as_secs_f64()).collect::<Vec<_>>(), [91.1]);
    let tasks = recording.summary.tasks.expect("it is of ECS").account;
    assert_eq!((tasks.created, tasks.running), (1, 1));
}
