//! The example scenarios do what they say. They are run, not only read; the World Cup for an hour
//! instead of a day. Those on recorded data are skipped, in so many words, where the data is not.

use std::path::Path;

use plimsoll::experiment::{RunOptions, run};
use plimsoll::metrics::events::Reason;
use plimsoll::metrics::summary::{Account, AppSummary, CostItem};
use plimsoll::metrics::{Recording, RunResult};
use plimsoll::scenario::{Override, load_with};

/// Runs a scenario with changes; `None` where its data is not here.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn play(file: &str, settings: &[&str], density: bool) -> Option<RunResult> {
    let recorded = file.contains("worldcup")
        || !["density", "maintenance", "autoscale", "pull-storm", "kubernetes", "ecs", "eks"]
            .iter()
            .any(|name| file.contains(name));
    if recorded && !Path::new("scenarios/../../shared/data").exists() {
        eprintln!("skipped {file}: its data is not here");
        return None;
    }
    let settings: Vec<Override> =
        settings.iter().map(|text| text.parse().expect("a path and a value")).collect();
    let loaded = load_with(Path::new(file), &settings).unwrap_or_else(|e| panic!("{e}"));
    let options = RunOptions { seed: loaded.scenario.simulation.seed, density };
    let result =
        run(&loaded.scenario, options, Path::new(""), &()).expect("its files are in order");
    for recording in &result.recordings {
        let summary = &recording.summary;
        assert!(summary.containers.balances() && summary.vms.balances(), "{}", summary.cluster);
        assert!(summary.apps.iter().all(|app| app.requests.balances()), "{}", summary.cluster);
    }
    Some(result)
}

#[test]
fn the_density_scenario_compares_three_platforms() {
    let settings = ["simulation.duration=3min", "density.duration=3min"];
    let result = play("scenarios/density.toml", &settings, true).expect("it needs no data");
    let density: Vec<u32> = result
        .recordings
        .iter()
        .map(|recording| recording.summary.density.as_ref().expect("searched").replicas_per_host)
        .collect();
    // a replica gets 25 requests a second of 18 ms each, 0.45 cores: 32 cores carry 71 at the most,
    // and most of these with a p99 below 250 ms; guests lose 2 % of their CPU time
    let [containers, vms, containers_in_vms] = density[..] else { panic!("{density:?}") };
    assert!((60..=71).contains(&containers), "{density:?}");
    assert!(vms <= containers && containers_in_vms <= containers && vms >= 58, "{density:?}");
    let arrived = |index: usize| result.recordings[index].summary.apps[0].requests.arrived;
    assert_eq!(arrived(0), arrived(1));
    assert_eq!(arrived(0), arrived(2));
}

#[test]
fn nodes_that_keep_an_interface_exhaust_a_subnet_that_has_room_for_their_pods() {
    let result = play("scenarios/eks-addresses.toml", &[], false).expect("it needs no data");
    let of = |index: usize| {
        let addresses = result.recordings[index].summary.addresses.clone().expect("it is EKS");
        (addresses.subnets[0].taken_max, addresses.pods_waiting)
    };
    let [default, by_address, prefixes] = [0, 1, 2].map(of);
    assert!(default.0 == 59 && default.1 > 0, "{default:?}");
    assert!(by_address.0 < 59 && by_address.1 == 0, "{by_address:?}");
    // a /26 has two blocks that are whole, and two nodes have none
    assert!(prefixes.0 == 4 + 32 && prefixes.1 >= 12, "{prefixes:?}");
}

#[test]
fn maintenance_costs_no_request() {
    let result = play("scenarios/maintenance.toml", &[], false).expect("it needs no data");
    let summary = |index: usize| &result.recordings[index].summary;
    // 12 VMs on four hosts: three leave; of four VMs with containers, one does
    for (index, expected) in [(0, 3), (1, 1)] {
        let it = summary(index);
        let migrations = it.migrations;
        assert_eq!((migrations.completed, migrations.started), (expected, expected));
        assert!(migrations.balances() && migrations.downtime_max <= 0.33, "{migrations:?}");
        let requests = it.apps[0].requests;
        assert_eq!((requests.failed, requests.refused, requests.timed_out), (0, 0, 0));
        assert!(it.warnings.is_empty(), "{:?}", it.warnings);
    }
}

/// The day is cut to four hours around noon of a quicker day: rollout at 1 h, zone lost at 2 h.
#[test]
fn a_shop_on_kubernetes_survives_a_rollout_and_the_loss_of_a_zone() {
    let settings = [
        "simulation.duration=4h",
        "app.frontend.traffic.arrivals={ diurnal = { mean = \"150/s\", amplitude = \"65%\", \
         peak_at = \"2h\", period = \"4h\" } }",
        "rollout.0.at=1h",
        "fault.0.kind={ scheduled = { at = \"2h\", duration = \"1h\" } }",
    ];
    let result = play("scenarios/kubernetes-shop.toml", &settings, false).expect("no data");
    let summary = &result.recordings[0].summary;
    let nodes = summary.nodes.as_ref().expect("it has nodes");
    let scaling = nodes.autoscaler.expect("it has a Cluster Autoscaler");
    assert!(nodes.ready_max >= 5 && scaling.added >= 3 && scaling.removed >= 1, "{nodes:?}");
    for app in &summary.apps {
        let it = app.autoscale.expect("every app has an autoscaler");
        assert!(it.scale_ups >= 1 && it.scale_downs >= 1, "{}: {it:?}", app.name);
        // a third of the pods cannot be reached for a minute, of four hours
        let failed = 1.0 - app.success_ratio.expect("there were requests");
        assert!((0.0..0.01).contains(&failed), "{}: {failed}", app.name);
    }
    assert!(summary.apps[0].requests.failed > 0, "requests in flight went with the zone");
}

/// Four hours with most of the first match: traffic doubles from 14:30 to 15:30.
#[test]
fn the_shop_follows_the_recorded_traffic_of_a_day() {
    let settings = [
        "simulation.duration=4h",
        "app.frontend.traffic.arrivals.counts.from=1998-06-10 13:",
        "rollout.0.at=1h",
        "fault.0.kind={ scheduled = { at = \"3h\", duration = \"30min\" } }",
    ];
    let file = "scenarios/kubernetes-shop-worldcup.toml";
    let Some(result) = play(file, &settings, false) else { return };
    let recording = &result.recordings[0];
    let summary = &recording.summary;
    let requests = |label: u32| counted(&format!("1998-06-10 {label}:")) as f64;
    let sent = recording.series.find(Some("frontend"), "requests").expect("a series");
    let seconds = 4.0 * 3600.0 / sent.values.len() as f64;
    let total: f64 = sent.values.iter().map(|rate| rate * seconds).sum();
    let expected: f64 = (13..17).map(requests).sum::<f64>() * 0.1;
    // each count is a tenth, rounded to a whole request in each of 240 minutes
    assert!((total - expected).abs() <= 240.0, "{total} of {expected}");
    let frontend = summary.apps[0].autoscale.expect("it has an autoscaler");
    assert!(frontend.replicas_wanted_max >= 16, "{frontend:?}");
    let nodes = summary.nodes.as_ref().expect("it has nodes");
    assert!(nodes.autoscaler.is_some_and(|it| it.added >= 2), "{nodes:?}");
    let share = summary.network.and_then(|network| network.share_across()).expect("three zones");
    assert!((0.5..0.75).contains(&share), "{share} of the calls cross, of any to three zones");
}

/// The two days of the shop differ in their traffic, and in nothing else.
#[test]
fn the_recorded_day_is_that_of_the_same_shop() {
    let load = |file: &str| load_with(Path::new(file), &[]).unwrap_or_else(|e| panic!("{e}"));
    let shop = load("scenarios/kubernetes-shop.toml").scenario;
    let file = "scenarios/kubernetes-shop-worldcup.toml";
    if !Path::new("scenarios/../../shared/data").exists() {
        return;
    }
    let mut recorded = load(file).scenario;
    recorded.simulation.name.clone_from(&shop.simulation.name);
    recorded.apps[0].traffic.clone_from(&shop.apps[0].traffic);
    assert_eq!(recorded, shop);
}

/// With a limit each of the four pods is killed every 85 min; without one, nodes evict.
#[test]
fn a_leak_is_met_by_the_limit_or_by_the_node() {
    let killed = |recording: &Recording, reason| {
        let log = &recording.log;
        let events = log.events.iter().filter(|event| event.reason == reason);
        let names = events.map(|event| log.object(event.object).name());
        let all: Vec<_> = names.map(|name| name.split('-').next().unwrap_or_default()).collect();
        assert!(all.iter().all(|name| *name == "checkout"), "{all:?}");
        all.len()
    };
    let limited = play("scenarios/kubernetes-memory.toml", &[], false).expect("no data");
    let limited = &limited.recordings[0];
    // 1024 MiB at 12 MiB a minute take 85.3 min, which 8 h have five of
    assert_eq!((killed(limited, Reason::OomKilled), killed(limited, Reason::Evicted)), (20, 0));
    let settings = ["app.checkout.memory.limit=15GiB"];
    let free = play("scenarios/kubernetes-memory.toml", &settings, false).expect("no data");
    let free = &free.recordings[0];
    assert_eq!(killed(free, Reason::OomKilled), 0);
    assert!((1..20).contains(&killed(free, Reason::Evicted)));
    for recording in [limited, free] {
        let ratio = recording.summary.apps[0].success_ratio.expect("there were requests");
        assert!((0.98..1.0).contains(&ratio), "{ratio}");
    }
}

/// Objects that are not made for a simulation, unchanged.
#[test]
fn manifests_of_users_run_as_they_are() {
    let result = play("scenarios/kubernetes-manifests.toml", &[], false).expect("no data");
    let recording = &result.recordings[0];
    let log = &recording.log;
    let ready = |pod: &str| {
        let ready = log.events.iter().filter(|event| event.reason == Reason::PodReady);
        ready.filter(|event| log.object(event.object).name().starts_with(pod)).count()
    };
    let nodes = recording.summary.nodes.as_ref().expect("it has nodes");
    assert_eq!((nodes.ready_max, nodes.pods_pending_max > 0), (4, true), "{nodes:?}");
    let pods = ["orders-db-0", "orders-db-1", "orders-db-2", "frontend-", "log-agent-"];
    let least = [1, 1, 1, 3, 4];
    for (pod, least) in pods.into_iter().zip(least) {
        assert!(ready(pod) >= least, "{pod}: {}", ready(pod));
    }
    let apps = &recording.summary.apps;
    let frontend = apps.iter().find(|app| app.name == "frontend").expect("it is in the file");
    let scaling = frontend.autoscale.expect("its manifest has an autoscaler");
    // 160 requests a second of 8 ms at the peak are 1.28 cores: 7.3 pods of 250m at 70 %, and more
    // than 7.7 is outside of the tolerance
    assert_eq!((frontend.replicas, scaling.replicas_wanted_max), (3, 7), "{scaling:?}");
    // who was on the lost node does not answer until the node counts as lost
    let failed = 1.0 - frontend.success_ratio.expect("there were requests");
    assert!((0.001..0.01).contains(&failed), "{failed}");
    let scaled = apps.iter().filter(|app| app.autoscale.is_some()).count();
    assert_eq!((apps.len(), scaled), (6, 1));
}

/// A hundredth of it: 50 nodes, and Deployments of ten pods.
#[test]
fn at_the_limits_every_pod_is_replaced_within_a_day() {
    for (manifests, deployments) in [("limits", 150), ("limits-large", 30)] {
        let written = format!("scenarios/kubernetes/{manifests}.yaml");
        let written = std::fs::read_to_string(written).expect("it is there");
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("small.yaml");
        let small = written.replace("replicas: 1000", "replicas: 10");
        std::fs::write(&file, small.replace("replicas: 5000", "replicas: 50")).expect("written");
        let setting = format!("cluster.limits.kubernetes.manifests=[{file:?}]");
        let settings = ["cluster.0.node_pool.0.count=50", setting.as_str()];
        let result = play("scenarios/kubernetes-limits.toml", &settings, false).expect("no data");
        let recording = &result.recordings[0];
        let count = |reason| {
            let events = recording.log.events.iter();
            events.filter(|event| event.reason == reason).count()
        };
        assert_eq!(recording.summary.warnings, [""; 0]);
        // the first version counts as a rollout, too
        assert_eq!(count(Reason::NewReplicaSetAvailable), 2 * deployments);
        assert_eq!(count(Reason::PodCreated), 3_000);
        assert_eq!((count(Reason::PodReady), count(Reason::PodGone)), (3_000, 1_500));
        let begun = recording.log.events.iter();
        let begun = begun.filter(|event| event.reason == Reason::NewReplicaSetCreated);
        let begun: Vec<f64> =
            begun.map(|event| event.time.as_secs_f64()).skip(deployments).collect();
        let step = 20.0 * 3_600.0 / deployments as f64;
        let expected = (0..deployments).map(|nth| 3.0 * 3_600.0 + step * nth as f64);
        assert!(begun.iter().zip(expected).all(|(begun, at)| (begun - at).abs() < 1e-6));
    }
}

#[test]
fn the_time_until_a_replica_answers_costs_users_of_an_autoscaled_app() {
    let play = |target| {
        let settings = ["simulation.duration=1h", target];
        play("scenarios/autoscale.toml", &settings, false).expect("it needs no data")
    };
    let result = play("app.web.autoscale.target=60%");
    let app = |result: &RunResult, index: usize| result.recordings[index].summary.apps[0].clone();
    let [containers, vms, in_vms] = [0, 1, 2].map(|index| app(&result, index));
    for app in [&containers, &vms, &in_vms] {
        let it = app.autoscale.expect("it has an autoscaler");
        assert!(it.scale_ups >= 2 && it.scale_downs >= 2, "{it:?}");
        // 300 requests a second of 20 ms are 6 cores: 20 replicas at the target, a few more to
        // catch up, never more than the 30 allowed
        assert!((20..=30).contains(&it.replicas_wanted_max), "{it:?}");
        assert!(app.replicas_ready <= it.replicas_wanted && it.replicas_wanted < 20.0);
    }
    let met = |app: &AppSummary| app.objectives.iter().all(|objective| objective.met);
    assert!(met(&containers) && !met(&vms) && met(&in_vms));
    // a VM takes 2 s to make, 20 s to boot on average, and 3 s more to start
    assert!(vms.start_up.p50 > Some(15.0) && containers.start_up.p50 < Some(5.0));
    // more replicas in reserve make up for that
    let reserve = app(&play("app.web.autoscale.target=40%"), 1);
    assert!(met(&reserve) && reserve.replicas_wanted() > vms.replicas_wanted());
}

#[test]
fn an_hour_of_the_world_cup_is_simulated_request_by_request() {
    let settings = ["simulation.duration=1h"];
    let Some(result) = play("scenarios/worldcup.toml", &settings, false) else { return };
    // what the table counts for 60 minutes from 1998-06-10 00:00: every cluster gets just that
    let requests: Vec<u64> = result.recordings.iter().map(|recording| recording.requests).collect();
    assert!(requests.iter().all(|&count| count == requests[0]), "{requests:?}");
    assert_eq!(requests[0], counted("1998-06-10 00:"));
}

/// Sum of the counts of the minutes whose label starts so.
fn counted(label: &str) -> u64 {
    let table = "scenarios/../../shared/data/worldcup98/invocation_count.csv";
    let text = std::fs::read_to_string(table).expect("the table is here");
    let rows = text.lines().filter(|line| line.starts_with(label));
    rows.map(|line| line.rsplit(',').next().expect("a count").parse::<u64>().expect("a number"))
        .sum()
}

#[test]
fn fewer_hosts_for_the_recorded_vms_mean_more_use_and_more_waiting() {
    let Some(result) = play("scenarios/bitbrains.toml", &[], false) else { return };
    let hosts = |index: usize| &result.recordings[index].summary.hosts;
    for index in 0..3 {
        let vms = result.recordings[index].summary.vms;
        assert_eq!((vms.requested, vms.rejected), (50, 0));
    }
    assert!(hosts(0).cpu_utilisation < hosts(1).cpu_utilisation);
    assert!(hosts(1).cpu_utilisation < hosts(2).cpu_utilisation);
    let ready = |index: usize| hosts(index).cpu_ready.expect("there are VMs");
    // without overcommitment no virtual CPU waits
    assert_eq!(ready(0), 0.0);
    assert!(ready(2) > ready(1) && ready(1) >= ready(0));
}

#[test]
fn in_a_storm_of_pulls_it_counts_what_comes_over_which_line() {
    let result = play("scenarios/pull-storm.toml", &[], false).expect("it needs no data");
    let slowest = |cluster: &str| {
        let mut all = result.recordings.iter().map(|recording| &recording.summary);
        let summary = all.find(|summary| summary.cluster == cluster).expect("it is in the file");
        assert_eq!(summary.apps[0].start_up.count, 1000, "{cluster}");
        summary.apps[0].start_up.max.expect("all are ready")
    };
    // what is not transferred: calls to the registry, the last layers unpacked, the container's
    // start and 2 s of the app's
    let around = |seconds: f64, rest: f64, least: f64| {
        assert!((least..least + rest).contains(&seconds), "{seconds} s, at least {least} s");
    };
    // 500 MB, and 125 MB of them, a thousand times at 1.25 GB/s
    around(slowest("cold"), 10.0, 400.0);
    around(slowest("shared-base"), 10.0, 100.0);
    // 6.4 % of the 10 layers from 10 MiB on, 460 MB, and 40 MB in those below
    around(slowest("lazy"), 10.0, (0.064 * 460.0 + 40.0) / 1.25);
    around(slowest("prepulled"), 1.5, 2.0);
    let cached = slowest("pull-through");
    assert!(cached > slowest("prepulled") && cached < slowest("shared-base"), "{cached} s");
}

/// The half day is cut to two hours, with a peak after one.
#[test]
fn a_web_service_on_ecs_follows_its_load() {
    let settings = [
        "simulation.duration=2h",
        "app.web.traffic.arrivals.diurnal.period=2h",
        "app.web.traffic.arrivals.diurnal.peak_at=1h",
    ];
    let result = play("scenarios/ecs-web.toml", &settings, false).expect("it needs no data");
    for recording in &result.recordings {
        let summary = &recording.summary;
        let (app, tasks) = (&summary.apps[0], summary.tasks.as_ref().expect("it is of ECS"));
        assert!(tasks.account.balances(), "{tasks:?}");
        let scaling = app.autoscale.as_ref().expect("it is scaled");
        assert!(scaling.scale_ups > 0 && scaling.scale_downs > 0, "{}", summary.cluster);
        // 148 requests a second of 30 ms each at the peak are 4.5 cores: 55 % of 16 tasks with half
        // a core each; decisions come minutes late
        assert!((13..=20).contains(&tasks.running_max), "{}", tasks.running_max);
        let cost = &summary.cost;
        let parts = app.cost.total() + cost.not_allocated.total();
        assert!((parts - cost.total).abs() < 1e-9, "{parts} of {}", cost.total);
    }
    let [ec2, fargate] = &result.recordings[..] else { panic!("two clusters") };
    let arrived = |recording: &Recording| recording.summary.apps[0].requests.arrived;
    assert_eq!(arrived(ec2), arrived(fargate));
    let instances = ec2.summary.tasks.as_ref().map_or(0, |tasks| tasks.instances_max);
    // four tasks fit on an instance, a tenth of these is kept empty, and some stay with one task
    assert!((5..=9).contains(&instances), "{instances}");
}

#[test]
fn a_burst_of_tasks_on_an_empty_cluster_ends_and_leaves_no_instance() {
    let result = play("scenarios/ecs-batch.toml", &[], false).expect("it needs no data");
    let recording = &result.recordings[0];
    let summary = &recording.summary;
    let (job, tasks) = (&summary.jobs[0], summary.tasks.as_ref().expect("it is of ECS"));
    assert_eq!((job.submitted, job.completed, job.rejected), (5000, 5000, 0));
    assert!(tasks.account.balances(), "{tasks:?}");
    // the quota of tasks in PROVISIONING, the maximum of the group, 15 tasks of 2 GiB on each
    assert_eq!((tasks.provisioning_max, tasks.instances_max, tasks.running_max), (500, 200, 3000));
    let series = |name: &str| {
        let of = |series: &&plimsoll::metrics::Series| series.name == name;
        let series = recording.series.series.iter().find(of).expect("it is recorded");
        series.values.clone()
    };
    assert_eq!(series("instances").last(), Some(&0.0));
}

/// Six of the 24 hours, with as much traffic as there is at noon: Karpenter takes nodes as they are
/// needed, cheaper ones than a group of one type, and Spot ones for about a third.
#[test]
fn karpenter_has_fewer_and_cheaper_nodes_than_a_group_and_fargate_none() {
    let settings = [
        "simulation.duration=6h",
        "app.web.traffic.arrivals.diurnal.period=6h",
        "app.web.traffic.arrivals.diurnal.peak_at=3h",
    ];
    let result = play("scenarios/eks-karpenter.toml", &settings, false).expect("it needs no data");
    let [group, on_demand, spot, fargate] = &result.recordings[..] else { panic!("four clusters") };
    let cost = |it: &Recording| it.summary.cost.by_item.of(CostItem::Machines);
    assert!(cost(on_demand) < cost(group), "{} {}", cost(on_demand), cost(group));
    assert!(cost(spot) < 0.6 * cost(on_demand), "{} {}", cost(spot), cost(on_demand));
    assert_eq!(cost(fargate), 0.0);
    let done = |it: &Recording| it.summary.nodes.unwrap().karpenter;
    assert_eq!((done(group), done(fargate)), (None, None));
    for it in [on_demand, spot] {
        let done = done(it).expect("it has Karpenter");
        assert!(done.launched >= 6 && done.empty + done.underutilized >= 6, "{done:?}");
        // pods of reports wait for a node half of the time, and no node takes minutes to come
        let waits = it.summary.nodes.unwrap().waits;
        assert!(waits.max < 150.0 && waits.p99 > 20.0, "{waits:?}");
        // a budget of 25 % of the pods is kept by all that is taken away
        assert!(it.summary.apps[0].availability > 0.999, "{}", it.summary.cluster);
    }
}

/// Of m5.large nodes: nine pods on Windows, and more than twice as many of the same on Linux.
#[test]
fn windows_nodes_take_nine_pods_minutes_and_a_licence() {
    let result = play("scenarios/eks-windows.toml", &[], false).expect("it needs no data");
    let [cold, cached, linux] = &result.recordings[..] else { panic!("three clusters") };
    let orders = |it: &Recording| it.summary.apps[1].clone();
    let slowest = |it: &Recording| orders(it).start_up.max.expect("some started");
    // 4 to 8 minutes until there is a node, a little more than 8 to unpack the image
    assert!((12.0 * 60.0..18.0 * 60.0).contains(&slowest(cold)), "{}", slowest(cold));
    assert!((90.0..240.0).contains(&slowest(cached)), "{}", slowest(cached));
    assert!(slowest(linux) < 150.0, "{}", slowest(linux));
    // one node has the front end
    let nodes = |it: &Recording| it.summary.ec2.as_ref().expect("it is on EC2").in_service_max - 1;
    let pods = |it: &Recording| orders(it).autoscale.expect("it is scaled").replicas_wanted_max;
    for windows in [cold, cached] {
        assert_eq!(nodes(windows), pods(windows).div_ceil(9));
        let cost = &windows.summary.cost.by_item;
        // as much again for Windows as for the machine, less what it is on Linux: $0.092, $0.096
        let part = cost.of(CostItem::WindowsLicences) / cost.of(CostItem::Machines);
        assert!((0.6..0.092 / 0.096).contains(&part), "{part}");
    }
    assert!(nodes(linux) <= pods(linux).div_ceil(18));
    assert_eq!(linux.summary.cost.by_item.of(CostItem::WindowsLicences), 0.0);
    // while pods come and go, addresses of a node are all in use or cooling down for a while
    let warnings = result.recordings.iter().flat_map(|it| &it.summary.warnings);
    assert!(warnings.into_iter().all(|it| it.contains("wait for an address")));
    assert!(linux.summary.warnings.is_empty());
}
