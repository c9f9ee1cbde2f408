//! What the platforms do: start-up, placement, overheads, limits.

use plimsoll::world::World;

use crate::lab::{BARE, HOST, NESTED, VMS, app, close, latencies, of, run, same, simulation};

const ONE: &str = "traffic = { arrivals = { at = ['10s'] } }\n";
/// A request of one second, sent when everything has been up for long.
const SECOND: &str = "traffic = { arrivals = { at = ['10s'] } }\ndemand = '1s'\n";

fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from} in {text}");
    text.replace(from, to)
}

fn two_hosts(cluster: &str) -> String {
    with(cluster, "shape = \"host\"", "shape = \"host\", count = 2")
}

#[test]
fn a_bare_container_pulls_unpacks_and_starts() {
    let host = with(HOST, "layers = []", "layers = [{ size = '100MB', unpacked = '300MB' }]");
    let registry = "[registry]\nlatency = '100ms'\nstream = '50MB/s'\n";
    let cluster = with(BARE, "start = \"0s\", prepulled = true", "start = '500ms'");
    let cluster = with(&cluster, "memory = \"0\"", "memory = '0', extraction = '100MB/s'");
    let web = app("web", "start = '2s'");
    let recording = run(&[&simulation("1min"), &host, registry, &web, &cluster]);
    // 0.1 manifest + 0.1 layer + 100/50 download + 300/100 extraction + 0.5 start + 2 app
    same(of(&recording, "web").start_up.mean, 0.1 + 0.1 + 2.0 + 3.0 + 0.5 + 2.0);
    close(of(&recording, "web").availability, (60.0 - 7.7) / 60.0);
    let containers = recording.summary.containers;
    assert_eq!((containers.created, containers.running), (1, 1));
}

#[test]
fn layers_share_the_network_of_their_host_and_the_registry() {
    // two layers of 100 MB over a NIC of 100 MB/s (800 Mbit/s): 2 s; no time to unpack to speak of
    let layers =
        "layers = [{ size = '100MB', unpacked = '1' }, { size = '100MB', unpacked = '1' }]";
    let host = with(HOST, "layers = []", layers);
    let host = with(&host, "boot = \"0s\"", "boot = '0s'\nnetwork = '800Mbit/s'");
    let registry = "[registry]\nlatency = '0s'\n";
    let cluster = with(BARE, "prepulled = true", "prepulled = false");
    let recording = run(&[&simulation("1min"), &host, registry, &app("web", ""), &cluster]);
    let start = of(&recording, "web").start_up.mean.unwrap();
    assert!((start - 2.0).abs() < 1e-6, "{start}");
    // two hosts, one registry of 100 MB/s: twice as long
    let registry = "[registry]\nlatency = '0s'\nbandwidth = '800Mbit/s'\n";
    let web = app("web", "replicas = 2\nspread = true");
    let recording = run(&[&simulation("1min"), &host, registry, &web, &two_hosts(&cluster)]);
    let start = of(&recording, "web").start_up.max.unwrap();
    assert!((start - 4.0).abs() < 1e-6, "{start}");
}

#[test]
fn images_that_are_there_are_not_pulled() {
    let host = with(HOST, "layers = []", "layers = ['100MB']");
    let recording = run(&[&simulation("1min"), &host, &app("web", "start = '2s'"), BARE]);
    same(of(&recording, "web").start_up.mean, 2.0);
}

#[test]
fn a_vm_is_provisioned_and_boots_before_its_app_starts() {
    let vms = with(VMS, "boot = \"0s\"", "boot = '20s'");
    let vms = with(&vms, "provision = \"0s\"", "provision = '3s'");
    let recording = run(&[&simulation("1min"), HOST, &app("web", "start = '2s'"), &vms]);
    same(of(&recording, "web").start_up.mean, 25.0);
    close(of(&recording, "web").replicas_ready, 35.0 / 60.0);
    assert_eq!(recording.summary.vms.running, 1);
    assert_eq!(recording.summary.platform, "one VM per replica");
}

#[test]
fn a_container_in_a_vm_waits_for_the_vm_and_then_for_its_image() {
    let host = with(HOST, "layers = []", "layers = [{ size = '100MB', unpacked = '100MB' }]");
    let nested = with(NESTED, "boot = \"0s\"", "boot = '20s'");
    let nested = with(&nested, "provision = \"0s\"", "provision = '3s'");
    let nested = with(&nested, "start = \"0s\", prepulled = true", "start = '500ms'");
    let registry = "[registry]\nlatency = '0s'\n";
    let web = app("web", "start = '2s'");
    let recording = run(&[&simulation("1min"), &host, registry, &web, &nested]);
    // 3 + 20, then 1 s of download and 1 s of extraction at 100 MB/s, 0.5 s, 2 s
    same(of(&recording, "web").start_up.mean, 27.5);
    assert_eq!((recording.summary.vms.running, recording.summary.containers.running), (1, 1));
}

#[test]
fn replicas_beyond_the_room_there_is_are_missing_and_the_reader_is_told() {
    // two cores: three replicas of 600m fit, the fourth does not
    let web = app("web", "replicas = 4\ncpu = { request = '600m' }");
    let recording = run(&[&simulation("1min"), HOST, &web, BARE]);
    assert_eq!(of(&recording, "web").replicas_ready, 3.0);
    let warning = "`web`: 3.0 of 4 replicas ready: no node has enough CPU or memory left";
    assert_eq!(recording.summary.warnings, [warning]);
    // VMs of one vCPU: two of four
    let recording = run(&[&simulation("1min"), HOST, &web, VMS]);
    assert_eq!(of(&recording, "web").replicas_ready, 2.0);
    assert_eq!((recording.summary.vms.running, recording.summary.vms.waiting), (2, 2));
    let warning = "`web`: 2.0 of 4 replicas ready: no host has enough CPU or memory left";
    assert_eq!(recording.summary.warnings, [warning]);
    // overcommitted twice, all four
    let vms = VMS.replace("[cluster.vm]\n", "overcommit = { cpu = 2.0 }\n[cluster.vm]\n");
    let recording = run(&[&simulation("1min"), HOST, &web, &vms]);
    assert_eq!(of(&recording, "web").replicas_ready, 4.0);
    assert!(recording.summary.warnings.is_empty(), "{:?}", recording.summary.warnings);
}

#[test]
fn replicas_that_must_be_apart_are_apart_on_every_platform() {
    let web = app("web", "replicas = 2\nspread = true");
    for cluster in [BARE, VMS, NESTED] {
        let recording = run(&[&simulation("1min"), HOST, &web, &two_hosts(cluster)]);
        assert_eq!(recording.summary.hosts.used, 2, "{}", recording.summary.platform);
        assert_eq!(of(&recording, "web").replicas_ready, 2.0);
    }
}

#[test]
fn replicas_that_must_be_apart_do_not_wait_for_a_host_that_is_full() {
    // host 0 is filled by `big`, which comes first; `web` goes to hosts 1 and 2
    let big = app("big", "replicas = 2");
    let web = app("web", "replicas = 2\nspread = true");
    let three = with(VMS, "shape = \"host\"", "shape = \"host\", count = 3");
    let recording = run(&[&simulation("1min"), HOST, &big, &web, &three]);
    assert_eq!(of(&recording, "web").replicas_ready, 2.0);
    // with two hosts one of `web` finds no host of its own
    let recording = run(&[&simulation("1min"), HOST, &big, &web, &two_hosts(VMS)]);
    assert_eq!(of(&recording, "web").replicas_ready, 1.0);
    let warnings = &recording.summary.warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("no host without a replica has enough"), "{warnings:?}");
}

#[test]
fn virtualisation_takes_its_part_of_the_cpu_and_delays_answers() {
    for cluster in [VMS, NESTED] {
        let cluster = with(cluster, "cpu_overhead = \"0%\"", "cpu_overhead = '20%'");
        let cluster = with(&cluster, "network_latency = \"0s\"", "network_latency = '3ms'");
        let recording = run(&[&simulation("1min"), HOST, &app("web", SECOND), &cluster]);
        same(of(&recording, "web").latency.mean, 1.0 / 0.8 + 0.003);
    }
}

#[test]
fn a_slow_core_takes_longer() {
    let host = with(HOST, "cores = 2", "cores = 2\nspeed = 0.8");
    let recording = run(&[&simulation("1min"), &host, &app("web", SECOND), BARE]);
    same(of(&recording, "web").latency.mean, 1.25);
}

#[test]
fn the_second_threads_of_two_cores_add_a_quarter_each() {
    // four requests of 1 s on two cores with two threads: 4 / (2 + 2 * 0.25) s
    let host = with(HOST, "cores = 2", "cores = 2\nthreads_per_core = 2");
    let traffic = "traffic = { arrivals = { at = ['10s', '10s', '10s', '10s'] } }\ndemand = '1s'";
    let recording = run(&[&simulation("1min"), &host, &app("web", traffic), BARE]);
    assert_eq!(latencies(&recording, "web"), [(1600.0, 4)]);
    // two take a core each
    let traffic = "traffic = { arrivals = { at = ['10s', '10s'] } }\ndemand = '1s'";
    let recording = run(&[&simulation("1min"), &host, &app("web", traffic), BARE]);
    assert_eq!(latencies(&recording, "web"), [(1000.0, 2)]);
}

#[test]
fn a_cpu_limit_throttles_a_container_and_not_a_vm() {
    // 20 ms in each 100 ms: 100 ms of work take four periods and 20 ms
    let web = app(
        "web",
        "cpu = { request = '100m', limit = '200m' }\ndemand = '100ms'\n\
         traffic = { arrivals = { at = ['10s'] } }",
    );
    let recording = run(&[&simulation("1min"), HOST, &web, BARE]);
    same(of(&recording, "web").latency.mean, 0.420);
    // throttled for 4 * 80 ms of a minute
    close(recording.summary.hosts.throttled, 0.320 / 60.0);
    let recording = run(&[&simulation("1min"), HOST, &web, VMS]);
    same(of(&recording, "web").latency.mean, 0.100);
}

#[test]
fn contending_containers_share_the_cpu_by_their_requests() {
    // one core, weights 3 : 1, a second of work each: 3/4 and 1/4 of the core until 4/3 s, when the
    // first is done and the other has done 1/3; it then takes 2/3 s more
    let host = with(HOST, "cores = 2", "cores = 1");
    let heavy = app("heavy", &format!("{ONE}demand = '1s'\ncpu = {{ request = '600m' }}"));
    let light = app("light", &format!("{ONE}demand = '1s'\ncpu = {{ request = '200m' }}"));
    for cluster in [BARE, &with(NESTED, "vcpus = 2", "vcpus = 1")] {
        let recording = run(&[&simulation("1min"), &host, &heavy, &light, cluster]);
        same(of(&recording, "heavy").latency.mean, 4.0 / 3.0);
        same(of(&recording, "light").latency.mean, 2.0);
    }
}

#[test]
fn a_vm_has_no_more_than_its_virtual_cpus() {
    // four requests of a second on a VM of one vCPU, on a host of two cores
    let four = "traffic = { arrivals = { at = ['10s', '10s', '10s', '10s'] } }\ndemand = '1s'";
    let recording = run(&[&simulation("1min"), HOST, &app("web", four), VMS]);
    assert_eq!(latencies(&recording, "web"), [(4000.0, 4)]);
    let recording = run(&[&simulation("1min"), HOST, &app("web", four), BARE]);
    assert_eq!(latencies(&recording, "web"), [(2000.0, 4)]);
    // two containers in a VM of one vCPU share that one
    let nested = with(NESTED, "vcpus = 2", "vcpus = 1");
    let two = format!("{SECOND}replicas = 2\n");
    let two = two.replace("['10s']", "['10s', '10s']");
    let recording = run(&[&simulation("1min"), HOST, &app("web", &two), &nested]);
    assert_eq!(latencies(&recording, "web"), [(2000.0, 2)]);
    // limited to half a core
    let limited = with(VMS, "vcpus = 1", "vcpus = 1\ncpu_limit = '500m'");
    let recording = run(&[&simulation("1min"), HOST, &app("web", SECOND), &limited]);
    same(of(&recording, "web").latency.mean, 2.0);
}

#[test]
fn hosts_that_cannot_run_an_image_refuse_it_and_say_why() {
    let cases = [
        ("container_engine = false", "", "host has no container engine to run image `image`"),
        ("", "os = 'windows'", "host runs linux, image `image` is built for windows"),
        ("", "architecture = 'arm64'", "host is amd64, image `image` is built for arm64"),
        (
            "kernel_features = ['namespaces', 'cgroups']",
            "",
            "kernel of host lacks overlayfs, which image `image` needs to run",
        ),
    ];
    for (os, image, sentence) in cases {
        let host = with(HOST, "boot = \"0s\"", &format!("boot = '0s'\nos = {{ {os} }}"));
        let host = with(&host, "layers = []", &format!("layers = []\n{image}"));
        let web = app("web", &format!("replicas = 3\n{ONE}"));
        let recording = run(&[&simulation("1min"), &host, &web, BARE]);
        assert_eq!(recording.summary.warnings, [sentence]);
        let containers = recording.summary.containers;
        assert_eq!((containers.created, containers.refused), (3, 3));
        let web = of(&recording, "web");
        assert_eq!((web.requests.refused, web.availability), (1, 0.0));
    }
    // the same in a guest
    let nested =
        with(NESTED, "[cluster.vm.guest]", "[cluster.vm.guest]\nos.container_engine = false");
    let recording = run(&[&simulation("1min"), HOST, &app("web", ONE), &nested]);
    assert_eq!(recording.summary.containers.refused, 1);
    assert_eq!(recording.summary.warnings, [cases[0].2]);
}

#[test]
fn energy_and_cost_follow_from_load_and_prices() {
    // four fifths of one core of two for an hour: 100 W + 0.4 * 200 W
    let host = with(
        HOST,
        "boot = \"0s\"",
        "boot = '0s'\nprice = '$2/h'\npower = { linear = { idle = '100W', max = '300W' } }",
    );
    let prices = "[prices]\nelectricity = '$0.5/kWh'\n";
    let web = app("web", "traffic = { arrivals = { deterministic = '8/s' } }\ndemand = '100ms'");
    // of two hosts only one is used
    let bare = two_hosts(BARE);
    let recording = run(&[&simulation("1h"), &host, prices, &web, &bare]);
    let hosts = &recording.summary.hosts;
    let used = 0.4 - 0.1 / 7200.0;
    close(hosts.cpu_utilisation, used);
    let kilowatts = 0.1 + 0.2 * used;
    assert!((hosts.energy_kwh - kilowatts).abs() < 1e-6, "{}", hosts.energy_kwh);
    assert!((hosts.cost_per_hour - (2.0 + 0.5 * kilowatts)).abs() < 1e-6, "{hosts:?}");
    assert_eq!((hosts.count, hosts.used), (2, 1));
}

#[test]
fn memory_is_that_of_systems_engines_guests_and_processes() {
    let host = with(HOST, "system_memory = \"0\"", "system_memory = '1GiB'");
    let web = app("web", "replicas = 2\nmemory = { request = '512MiB', base = '256MiB' }");
    let bare = with(BARE, "memory = \"0\"", "memory = '512MiB'");
    let recording = run(&[&simulation("1min"), &host, &web, &bare]);
    // 1 + 0.5 + 2 * 0.25 of 8 GiB
    close(recording.summary.hosts.memory_utilisation, 2.0 / 8.0);
    assert_eq!(recording.summary.hosts.guest_memory, 0.0);
    let vms = with(VMS, "memory = \"0\"\ncpu", "memory = '128MiB'\ncpu");
    let vms = with(&vms, "hypervisor_memory = \"0\"", "hypervisor_memory = '128MiB'");
    let recording = run(&[&simulation("1min"), &host, &web, &vms]);
    // 1 + 2 * (0.25 + 0.25)
    close(recording.summary.hosts.memory_utilisation, 2.0 / 8.0);
    close(recording.summary.hosts.guest_memory, 512.0 * 1024.0 * 1024.0);
}

#[test]
fn a_run_for_those_who_ask_for_room_ends_with_the_warm_up_where_there_is_none() {
    let (one, three) = (app("web", ""), app("web", "replicas = 3"));
    // two VMs of one vCPU fit
    for (web, warm_up, points) in [(&one, "10s", 10), (&three, "10s", 1), (&three, "0s", 10)] {
        let simulation = simulation("100s") + &format!("warm_up = '{warm_up}'\n");
        let scenario = crate::lab::read(&[&simulation, HOST, web, VMS].join("\n"));
        let world = World::new(&scenario, &scenario.clusters[0], 1).unwrap().only_if_ready();
        let recording = world.run(&mut |_| {}).unwrap();
        assert_eq!(recording.series.times.len(), points, "{warm_up}");
    }
}
