//! Windows nodes of Amazon EKS: what fits on them, when they are ready, what they do without
//! memory, which images they run, and what they cost.

use std::io::Write;

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::{Detail, Event, Reason};
use plimsoll::metrics::summary::CostItem;

use crate::lab::{close, latencies, of, run, same, simulation};

/// An instance is up 26 s after it was asked for, and a node 15 s later: when pods that found no
/// node at all are tried again.
const LAWS: &str = "launch = '6s'\nboot = '20s'\njoin = '15s'\nshutdown = '30s'\n\
                    instance_types = ['m5.large']\n";
/// One Windows node for pods that tolerate its taint, and one Linux node.
const BOTH: &str = "[[cluster.node_group]]\nname = 'windows'\n\
                    os = 'windows-2022'\nmin = 1\nmax = 1\n\
                    taints = ['os=windows:NoSchedule']\nLAWS\
                    [[cluster.node_group]]\nname = 'linux'\nmin = 1\nmax = 1\nLAWS";
/// A Windows node that takes any pod.
const OPEN: &str =
    "[[cluster.node_group]]\nname = 'windows'\nos = 'windows-2022'\nmin = 1\nmax = 1\nLAWS";
/// Where pods for Windows belong.
const SELECTED: &str = "node_selector = { 'kubernetes.io/os' = 'windows' }\n\
                        tolerations = ['os=windows:NoSchedule']\n";
const REGISTRY: &str = "[registry]\nbandwidth = '1TB/s'\nstream = '85MB/s'\nlatency = '0s'\n";

/// An image of these layers, and further keys.
fn image(keys: &str) -> String {
    format!("[[image]]\nname = 'dotnet'\n{keys}\n")
}

fn empty() -> String {
    image("os = 'windows'\nos_version = '10.0.20348.2762'\nlayers = []")
}

fn app(name: &str, more: &str) -> String {
    let memory = if more.contains("memory =") { "" } else { "memory = { request = '64MiB' }\n" };
    let cpu = if more.contains("cpu =") { "" } else { "cpu = { request = '100m' }\n" };
    format!("[[app]]\nname = '{name}'\nimage = 'dotnet'\nstart = '0s'\n{cpu}{memory}{more}\n")
}

/// Plays apps on groups of nodes whose engines start containers at once.
fn play(duration: &str, groups: &str, more: &[&str]) -> Recording {
    play_with("", duration, groups, more)
}

/// The same with further keys of the cluster's engines.
fn play_with(engine: &str, duration: &str, groups: &str, more: &[&str]) -> Recording {
    let cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nengine = {{ start = '0s'{engine} }}\n{}",
        groups.replace("LAWS", LAWS)
    );
    let simulation = simulation(duration);
    let parts: Vec<&str> =
        [simulation.as_str(), REGISTRY].into_iter().chain(more.iter().copied()).collect();
    run(&[&parts.join("\n"), &cluster])
}

fn events(recording: &Recording, reason: Reason) -> Vec<&Event> {
    recording.log.events.iter().filter(|event| event.reason == reason).collect()
}

/// What is said of events of this kind, each time in seconds with it, and once only.
fn said(recording: &Recording, reason: Reason) -> Vec<(f64, &str)> {
    let events = events(recording, reason);
    let said = events
        .iter()
        .filter_map(|event| Some((event.time.as_secs_f64(), recording.log.text(event.text?))));
    let mut said: Vec<_> = said.collect();
    said.dedup();
    said
}

fn times(recording: &Recording, reason: Reason) -> Vec<f64> {
    events(recording, reason).iter().map(|event| event.time.as_secs_f64()).collect()
}

#[test]
fn nine_pods_have_an_address_and_the_tenth_waits() {
    let pods = app("web", &format!("replicas = 10\n{SELECTED}"));
    let recording = play("10min", BOTH, &[&empty(), &pods]);
    assert_eq!(times(&recording, Reason::Started).len(), 9);
    let why = "0/2 nodes are available: 1 Insufficient vpc.amazonaws.com/PrivateIPv4Address, 1 \
               node(s) didn't match Pod's node affinity/selector.";
    let last = said(&recording, Reason::FailedScheduling).pop().unwrap();
    assert!(last.1.starts_with(why), "{last:?}");
    // with Linux it has addresses for 27, and two more pods would be on the network of the node
    let linux = image("layers = []");
    let recording =
        play("10min", BOTH, &[&linux, &app("web", "replicas = 30\ncpu = { request = '10m' }")]);
    assert_eq!(times(&recording, Reason::Started).len(), 27);
}

/// 8.5 GB and 0.85 GB come at 85 MB/s each, in 10 s and 1 s; at 17 MB/s they are unpacked one after
/// the other, in 500 s and 50 s.
#[test]
fn a_cold_node_unpacks_for_minutes_and_a_warm_one_starts_at_once() {
    let layers = "layers = [{ size = '850MB', unpacked = '8.5GB' }, \
                  { size = '85MB', unpacked = '850MB' }]";
    let dotnet = image(&format!("os = 'windows'\nos_version = '10.0.20348'\n{layers}"));
    let pods = app("web", SELECTED);
    let started = |engine: &str, groups: &str| {
        times(&play_with(engine, "20min", groups, &[&dotnet, &pods]), Reason::Started)
    };
    assert_eq!(started("", BOTH), [41.0 + 10.0 + 500.0 + 50.0]);
    assert_eq!(started(", prepulled_images = ['dotnet']", BOTH), [41.0]);
    // at once, they would be as fast as the larger one; as fast as Linux, the first would take 85 s
    assert_eq!(started(", unpack = 'parallel'", BOTH), [41.0 + 10.0 + 500.0]);
    let fast = BOTH.replacen("max = 1\n", "max = 1\nextraction = '100MB/s'\n", 1);
    assert_eq!(started("", &fast), [41.0 + 10.0 + 85.0 + 8.5]);
}

#[test]
fn windows_is_licensed_by_the_vcpu() {
    let recording = play("1h", BOTH, &[&empty(), &app("web", SELECTED)]);
    let cost = &recording.summary.cost.by_item;
    // both from `running` on: $0.096 each, and $0.092 for Windows
    let hours = (3600.0 - 6.0) / 3600.0;
    close(cost.of(CostItem::Machines), 2.0 * 0.096 * hours);
    close(cost.of(CostItem::WindowsLicences), 0.092 * hours);
}

/// Of 8192 MiB the system has 1024 and the engine 100: 7068 MiB are left. What is 512 MiB beyond is
/// on a volume that does 3000 operations a second.
#[test]
fn a_node_that_is_out_of_memory_pages_and_kills_nobody() {
    let pods = |base: &str| {
        let memory = format!("memory = {{ request = '1GiB', base = '{base}' }}\n");
        let traffic = "traffic = { arrivals = { at = ['100s'] } }\ndemand = '1s'\n";
        app("web", &format!("{memory}{traffic}{SELECTED}"))
    };
    let recording = play("5min", BOTH, &[&empty(), &pods("7068MiB")]);
    same(of(&recording, "web").latency.mean, 1.0);
    let recording = play("5min", BOTH, &[&empty(), &pods("7580MiB")]);
    same(of(&recording, "web").latency.mean, 1.0 + 131_072.0 / 90_000.0);
    assert_eq!(
        recording.summary.warnings,
        ["a Windows node paged to disk for want of memory: work took up to 2.5 times as long"]
    );
    let killed = [Reason::OomKilled, Reason::SystemOom, Reason::Evicted];
    assert!(killed.iter().all(|reason| events(&recording, *reason).is_empty()));
    assert!(recording.summary.hosts.memory_utilisation <= 1.0);
}

/// With a page file of an eighth of the root volume, 6400 MiB, 13,468 MiB can be committed by pods;
/// with less than 500 MiB of them left the kubelet evicts.
#[test]
fn a_kubelet_evicts_when_the_page_file_is_used_up() {
    let evicted = |base: &str, more: &str| {
        let memory = format!("memory = {{ request = '1GiB', base = '{base}' }}\n");
        let pods = app("web", &format!("{memory}{SELECTED}"));
        let groups = BOTH.replacen("max = 1\n", &format!("max = 1\n{more}"), 1);
        !events(&play("2min", &groups, &[&empty(), &pods]), Reason::Evicted).is_empty()
    };
    assert_eq!([evicted("12968MiB", ""), evicted("12969MiB", "")], [false, true]);
    let file = "page_file = '1GiB'\n";
    assert_eq!([evicted("7592MiB", file), evicted("7593MiB", file)], [false, true]);
}

/// The 104 MiB are used up by four requests; the fifth gets no memory, and the process ends.
#[test]
fn an_allocation_beyond_the_limit_fails_and_is_no_oom_kill() {
    let memory = "memory = { request = '64MiB', limit = '104MiB', base = '64MiB', \
                  per_request = '10MiB' }\n";
    let at = ["'100s'"; 5].join(", ");
    let traffic = format!("traffic = {{ arrivals = {{ at = [{at}] }} }}\ndemand = '1s'\n");
    let pods = app("web", &format!("{memory}{traffic}{SELECTED}"));
    let recording = play("5min", BOTH, &[&empty(), &pods]);
    assert_eq!(of(&recording, "web").requests.failed, 5);
    assert!(events(&recording, Reason::OomKilled).is_empty());
    let ended = events(&recording, Reason::Error);
    assert!(
        matches!(ended[..], [Event { detail: Detail::Exit(_, -532_462_766), .. }]),
        "{ended:?}"
    );
    assert_eq!(times(&recording, Reason::Started).len(), 2);
}

#[test]
fn memory_that_is_given_back_makes_a_node_fast_again() {
    // 100 requests of 10 s hold 10 MiB each, of which 40 are beyond the memory: 102,400 pages
    let memory = "memory = { request = '1GiB', base = '6468MiB', per_request = '10MiB' }\n";
    let at = ["'100s'"; 100].join(", ");
    let traffic = format!("traffic = {{ arrivals = {{ at = [{at}] }} }}\nwait = '10s'\n");
    let hog = app("hog", &format!("{memory}{traffic}{SELECTED}"));
    let memory = "memory = { request = '64MiB', base = '0' }\n";
    let traffic = "traffic = { arrivals = { at = ['105s', '150s'] } }\ndemand = '1s'\n";
    let web = app("web", &format!("{memory}{traffic}{SELECTED}"));
    let recording = play("5min", BOTH, &[&empty(), &hog, &web]);
    // one while they are held takes 1 + 102,400 / 90,000 times as long, one after that as it should
    assert_eq!(latencies(&recording, "web"), [(1000.0, 1), (2140.0, 1)]);
}

#[test]
fn an_image_of_another_build_does_not_run() {
    // one manifest: it is there, and the host does not start it
    let old = image("os = 'windows'\nos_version = '10.0.17763.6054'\nlayers = []");
    let recording = play("2min", BOTH, &[&old, &app("web", SELECTED)]);
    let failed = said(&recording, Reason::Failed);
    assert_eq!(failed[0].0, 41.0);
    assert_eq!(
        failed[0].1,
        "host has another build of windows than image `dotnet` is made for (RunContainerError: \
         failed to create containerd task: failed to create shim task: hcs::CreateComputeSystem: \
         The container operating system does not match the host operating system.: unknown)"
    );
    // an index without this build: there is nothing to pull
    let builds = "platforms = [{ os = 'windows', os_version = '10.0.17763', layers = [] }, \
                  { os = 'linux', layers = [] }]";
    let recording = play("2min", BOTH, &[&image(builds), &app("web", SELECTED)]);
    assert_eq!(
        said(&recording, Reason::Failed)[0].1,
        "no manifest of image `dotnet` matches windows/amd64 10.0.20348 (ErrImagePull: rpc error: \
         code = NotFound desc = failed to pull and unpack image \"dotnet\": no match for platform \
         in manifest: not found)"
    );
    // on a node of its own build it does
    let groups = BOTH.replace("windows-2022", "windows-2019");
    let recording = play("2min", &groups, &[&old, &app("web", SELECTED)]);
    assert_eq!(times(&recording, Reason::Started), [41.0]);
}

#[test]
fn pods_that_come_to_the_wrong_system_have_no_image_there() {
    // nothing says that it is for Windows, and the node with Windows is tainted
    let recording = play("2min", BOTH, &[&empty(), &app("web", "")]);
    let told = said(&recording, Reason::Failed)[0].1;
    assert!(
        told.starts_with("host runs linux, image `dotnet` is built for windows (ErrImagePull: ")
    );
    assert!(told.ends_with("no match for platform in manifest: not found)"), "{told}");
    // a pod for Linux, and a node with Windows that takes any
    let recording = play("2min", OPEN, &[&image("layers = []"), &app("web", "")]);
    let told = said(&recording, Reason::Failed)[0].1;
    assert!(
        told.starts_with("host runs windows, image `dotnet` is built for linux (ErrImagePull: ")
    );
    let alone = "all nodes of `eks` run Windows: CoreDNS, without which pods find no service, \
                 needs one with Linux";
    assert!(recording.summary.warnings.iter().any(|warning| warning == alone));
    // it is tried again after 10, 20 and 40 s
    assert_eq!(times(&recording, Reason::BackOff), [41.0, 51.0, 71.0, 111.0]);
}

#[test]
fn windows_pods_wait_where_no_node_has_windows() {
    let groups = "[[cluster.node_group]]\nname = 'linux'\nmin = 1\nmax = 1\nLAWS";
    let recording = play("2min", groups, &[&empty(), &app("web", SELECTED)]);
    let why = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    let last = said(&recording, Reason::FailedScheduling).pop().unwrap();
    assert!(last.1.starts_with(why), "{last:?}");
    // those of the label of another build likewise
    let build = SELECTED.replace(
        "{ 'kubernetes.io/os' = 'windows' }",
        "{ 'node.kubernetes.io/windows-build' = '10.0.17763' }",
    );
    let recording = play("2min", BOTH, &[&empty(), &app("web", &build)]);
    let why = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.";
    assert!(said(&recording, Reason::FailedScheduling).pop().unwrap().1.starts_with(why));
}

#[test]
fn a_taint_keeps_pods_away_that_do_not_tolerate_it() {
    let selected = "node_selector = { 'kubernetes.io/os' = 'windows' }\n";
    let recording = play("2min", BOTH, &[&empty(), &app("web", selected)]);
    let why = "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 \
               node(s) had untolerated taint(s).";
    let last = said(&recording, Reason::FailedScheduling).pop().unwrap();
    assert!(last.1.starts_with(why), "{last:?}");
    for toleration in ["os=windows", "os:NoSchedule", "os"] {
        let pods = app("web", &format!("{selected}tolerations = ['{toleration}']"));
        let recording = play("2min", BOTH, &[&empty(), &pods]);
        assert_eq!(times(&recording, Reason::Started), [41.0], "{toleration}");
    }
}

/// Ten pods need two nodes with nine addresses each, which the autoscaler knows without having seen
/// one; it is not asked of the group with Linux.
#[test]
fn the_cluster_autoscaler_knows_how_many_pods_a_windows_node_takes() {
    let groups = BOTH.replacen("min = 1\nmax = 1", "min = 0\nmax = 5", 1);
    let groups = groups.replacen("[[cluster", "[cluster.cluster_autoscaler]\n[[cluster", 1);
    let pods = app("web", &format!("replicas = 10\n{SELECTED}"));
    let recording = play("5min", &groups, &[&empty(), &pods]);
    // the first scan is at 10 s
    assert_eq!(times(&recording, Reason::RegisteredNode), [41.0, 51.0, 51.0]);
    assert_eq!(times(&recording, Reason::Started).len(), 10);
}

/// All of 8192 MiB but 500 MiB can be requested; as the Best Practices Guide advises, 2 GiB and 200
/// MiB less.
#[test]
fn nothing_is_reserved_unless_it_is_told() {
    let fits = |memory: &str, group: &str, eviction: &str| {
        let pods = format!("memory = {{ request = '{memory}', base = '1GiB' }}\n{SELECTED}");
        let groups = BOTH.replacen("max = 1\n", &format!("max = 1\n{group}"), 1);
        let groups = format!("{eviction}{groups}");
        of(&play("2min", &groups, &[&empty(), &app("web", &pods)]), "web").replicas_ready > 0.5
    };
    let plain = |memory| fits(memory, "", "");
    assert_eq!([plain("7692MiB"), plain("7693MiB")], [true, false]);
    let advised = |memory| {
        fits(
            memory,
            "reserved_memory = '2GiB'\n",
            "kubernetes = { eviction = { windows_memory = '200MiB' } }\n",
        )
    };
    assert_eq!([advised("5944MiB"), advised("5945MiB")], [true, false]);
}

/// Of 8192 MiB a kernel of Linux has 205 for itself; a GiB and 100 MiB less can be requested.
#[test]
fn what_linux_reserves_can_be_told_too() {
    let fits = |memory: &str| {
        let group = BOTH.split_at(BOTH.rfind("[[").unwrap()).1;
        let group = group.replace("max = 1\n", "max = 1\nreserved_memory = '1GiB'\n");
        let pods = app("web", &format!("memory = {{ request = '{memory}', base = '1GiB' }}"));
        of(&play("2min", &group, &[&image("layers = []"), &pods]), "web").replicas_ready > 0.5
    };
    assert_eq!([fits("6863MiB"), fits("6864MiB")], [true, false]);
}

/// A subnet of this size in place of the default one, and how kubelets try again.
fn in_subnet(cidr: &str, used: u32, more: &str) -> String {
    let subnet = format!("[[cluster.subnet]]\nname = 'a'\ncidr = '{cidr}'\nused = {used}\n");
    format!("[cluster.eks.vpc_cni]\nsandbox_retry = '10s'\n{more}\n{subnet}{ONE}")
}

/// One Windows node, which is ready at 41 s, and nothing else.
const ONE: &str =
    "[[cluster.node_group]]\nname = 'windows'\nos = 'windows-2022'\nmin = 1\nmax = 1\nLAWS";

/// Addresses that were taken, at most and on average.
fn taken(recording: &Recording) -> (u32, f64) {
    let subnet = &recording.summary.addresses.as_ref().expect("it is EKS").subnets[0];
    (subnet.taken_max, subnet.taken)
}

/// Its own address from the launch on; from 41 s on three spare ones besides those of pods.
#[test]
fn addresses_of_windows_pods_are_taken_from_the_subnet() {
    let at = |replicas: u32| {
        let pods = app("web", &format!("replicas = {replicas}\n{SELECTED}"));
        let recording = play("410s", ONE, &[&empty(), &pods]);
        assert_eq!(times(&recording, Reason::Started).len() as u32, replicas.min(9));
        taken(&recording)
    };
    let (most, mean) = at(2);
    assert_eq!(most, 6);
    // EC2 takes the address at once
    close(mean, (41.0 + 369.0 * 6.0) / 410.0);
    assert_eq!(at(9).0, 10);
    assert_eq!(at(12).0, 10);
    // with blocks: one for the first fifteen pods, as one more is to be spare
    let blocks = |replicas: u32| {
        let pods =
            app("web", &format!("replicas = {replicas}\ncpu = {{ request = '10m' }}\n{SELECTED}"));
        let groups = format!("[cluster.eks.vpc_cni]\nprefix_delegation = true\n{ONE}");
        let recording = play("410s", &groups, &[&empty(), &pods]);
        assert_eq!(times(&recording, Reason::Started).len() as u32, replicas);
        taken(&recording).0
    };
    assert_eq!([blocks(15), blocks(16)], [17, 33]);
}

/// Of eleven addresses seven are somebody's, and one the node's: three are left, all spare at
/// first. Each pod would have one more spare, so that the subnet has none for the fourth.
#[test]
fn windows_pods_wait_while_their_subnet_has_no_address() {
    let pods = app("web", &format!("replicas = 4\n{SELECTED}"));
    let recording = play("100s", &in_subnet("10.0.0.0/28", 7, ""), &[&empty(), &pods]);
    assert_eq!(times(&recording, Reason::Started), [41.0; 3]);
    let told = said(&recording, Reason::ResourceAllocationFailed);
    let empty_pool = "Warm pool for resource vpc.amazonaws.com/PrivateIPv4Address is currently \
                      empty, will retry in 600ms";
    assert_eq!(told, [(41.0, empty_pool)]);
    // the plug-in looks for two seconds, and the kubelet tries again ten later
    let failed = said(&recording, Reason::FailedCreatePodSandBox);
    let at: Vec<f64> = failed.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [43.0, 55.0, 67.0, 79.0, 91.0]);
    assert!(failed[0].1.ends_with("pod does not have label vpc.amazonaws.com/PrivateIPv4Address"));
    let addresses = recording.summary.addresses.as_ref().unwrap();
    assert_eq!((addresses.pods_waiting, addresses.sandboxes_failed), (1, 5));
    let finding = &recording.summary.findings[0];
    assert_eq!(
        finding.title,
        "pods on Windows nodes in subnet `a` wait for an address: \
         InsufficientFreeAddressesInSubnet: none of the 11 addresses of 10.0.0.0/28 is free"
    );
}

/// Two addresses are left, and three are asked for at once: no pod has any.
#[test]
fn the_controller_gets_all_that_it_asks_for_or_nothing() {
    let pods = app("web", SELECTED);
    let started = |used, more: &str| {
        let recording = play("100s", &in_subnet("10.0.0.0/28", used, more), &[&empty(), &pods]);
        times(&recording, Reason::Started).len()
    };
    assert_eq!([started(7, ""), started(8, "")], [1, 0]);
    let fewer = "windows_warm_ip_target = 1\nwindows_minimum_ip_target = 0";
    assert_eq!([started(9, fewer), started(10, fewer)], [1, 0]);
}

/// A node of each system, without taints, and pods of a manifest.
fn with_pods(duration: &str, pods: &str) -> Recording {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    file.write_all(pods.as_bytes()).unwrap();
    let groups = format!(
        "[cluster.kubernetes]\nmanifests = ['{}']\n\
         [cluster.eks.vpc_cni]\nsandbox_retry = '10s'\n{}",
        file.path().display(),
        BOTH.replace("taints = ['os=windows:NoSchedule']", "")
    );
    let linux = "[[image]]\nname = 'linux'\nlayers = []\n";
    play(duration, &groups, &[&empty(), linux, &app("web", SELECTED)])
}

fn pod(name: &str, image: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: {name} }}\nspec:\n  \
         {spec}\n  containers: [{{ name: c, image: {image} }}]\n---\n"
    )
}

/// The first that is said of a pod of this kind.
fn first<'a>(recording: &'a Recording, name: &str, reason: Reason) -> Option<(f64, &'a str)> {
    let log = &recording.log;
    let of = |event: &&Event| event.reason == reason && log.object(event.object).name() == name;
    let event = log.events.iter().find(of)?;
    Some((event.time.as_secs_f64(), event.text.map_or("", |text| log.text(text))))
}

/// Kubelets look for themselves whether they take pods on that no scheduler has seen.
#[test]
fn pods_that_are_forced_onto_the_wrong_system_fail() {
    let windows = "nodeSelector: { kubernetes.io/os: windows }";
    let linux = "nodeSelector: { kubernetes.io/os: linux }";
    let pods = [
        pod("a", "dotnet", &format!("nodeName: linux-1\n  {windows}")),
        pod("b", "dotnet", "nodeName: linux-1"),
        pod("c", "linux", "nodeName: windows-0"),
        pod("d", "linux", &format!("nodeName: windows-0\n  {linux}")),
        pod("e", "dotnet", &format!("nodeName: windows-0\n  {windows}")),
        pod("f", "dotnet", "os: { name: windows }\n  nodeName: linux-1"),
        pod("g", "dotnet", "nodeName: nowhere"),
    ];
    let recording = with_pods("2min", &pods.concat());
    let told = |name, reason| first(&recording, name, reason).unwrap_or_else(|| panic!("{name}"));
    let affinity = "NodeAffinity: Pod was rejected: Predicate NodeAffinity failed: node(s) didn't \
                    match Pod's node affinity/selector";
    assert_eq!(told("a", Reason::Evicted), (41.0, affinity));
    assert_eq!(told("a", Reason::PodFailed).0, 41.0);
    assert_eq!(told("d", Reason::Evicted), (41.0, affinity));
    // its image is not for Linux
    let image = told("b", Reason::Failed);
    assert!(image.1.starts_with("host runs linux, image `dotnet` is built for windows (ErrImage"));
    // nobody asked for an address for it, so that its image is not even asked for
    let address = told("c", Reason::FailedCreatePodSandBox);
    assert_eq!(address.0, 41.0);
    assert!(address.1.ends_with("pod does not have label vpc.amazonaws.com/PrivateIPv4Address"));
    assert_eq!(first(&recording, "c", Reason::Pulling), None);
    assert_eq!(told("e", Reason::Started).0, 41.0);
    let system = "PodOSNotSupported: Pod was rejected: Failed to admit pod as the OS field doesn't \
                  match node OS";
    assert_eq!(told("f", Reason::Evicted), (41.0, system));
    assert_eq!(told("g", Reason::FailedScheduling), (0.0, "there is no node named `nowhere` yet"));
    let findings = &recording.summary.findings;
    assert!(
        findings.iter().any(|it| it.title
            == "pods on Windows nodes get no address: they do not have the node selector \
                `kubernetes.io/os: windows`"),
        "{findings:?}"
    );
}

/// Nine addresses, and ten pods; `web` waits as well.
#[test]
fn a_kubelet_takes_no_more_pods_on_than_it_has_addresses() {
    let windows = "nodeName: windows-0\n  nodeSelector: { kubernetes.io/os: windows }";
    let pods: Vec<String> =
        (0..10).map(|number| pod(&format!("p{number}"), "dotnet", windows)).collect();
    let recording = with_pods("2min", &pods.concat());
    let refused = said(&recording, Reason::Evicted);
    let why = "OutOfvpc.amazonaws.com/PrivateIPv4Address: Pod was rejected: Node didn't have \
               enough resource: vpc.amazonaws.com/PrivateIPv4Address, requested: 1, used: 9, \
               capacity: 9";
    assert_eq!(refused, [(41.0, why)]);
    assert_eq!(times(&recording, Reason::Started).len(), 9);
}

/// By affinity a pod gets to a Windows node, and no address there: the webhook looks at selectors.
#[test]
fn affinity_to_windows_is_not_what_the_webhook_looks_at() {
    let affinity = "affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { \
                    nodeSelectorTerms: [{ matchExpressions: [{ key: kubernetes.io/os, \
                    operator: In, values: [windows] }] }] } } }";
    let once = "nodeSelector: { beta.kubernetes.io/os: windows }";
    let recording = with_pods("2min", &(pod("a", "dotnet", affinity) + &pod("b", "dotnet", once)));
    assert_eq!(first(&recording, "a", Reason::Started), None);
    assert!(first(&recording, "a", Reason::FailedCreatePodSandBox).is_some());
    assert_eq!(recording.summary.addresses.as_ref().unwrap().pods_waiting, 1);
    // what the label was called once
    assert!(first(&recording, "b", Reason::Started).is_some());
}
