//! Addresses of pods on nodes of Amazon EKS, against timelines worked out by hand.
//!
//! Nodes are m5.large, with three interfaces of nine addresses for pods each. The node joins at
//! 36 s; its daemon looks 2.5 s later and every 5 s from then on. Pods come to it at 41 s, and
//! kubelets try again every 10 s, without jitter.

use std::io::Write;

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::Reason;
use plimsoll::metrics::summary::AddressesSummary;
use tempfile::NamedTempFile;

use crate::lab::{HOST, app, of, run, series, simulation};

/// An instance is up 26 s after it was asked for, and a node 10 s later.
const LAWS: &str = "launch = '6s'\nboot = '20s'\njoin = '10s'\nshutdown = '30s'\n";

/// A cluster of one node; `more` are tables of it.
fn play(duration: &str, apps: &str, cluster: &str, more: &str) -> Recording {
    run(&[&simulation(duration), HOST, apps, &one_node(cluster, more)])
}

fn one_node(cluster: &str, more: &str) -> String {
    let (table, retry) = ("[cluster.eks.vpc_cni]\n", "sandbox_retry = '10s'\n");
    let cluster = match cluster.contains(table) {
        true => cluster.replace(table, &format!("{table}{retry}")),
        false => format!("{cluster}\n{table}{retry}"),
    };
    format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nengine = {{ start = '0s', prepulled = true }}\n\
         {cluster}\n{more}\n\
         [[cluster.node_group]]\nname = 'general'\ninstance_types = ['m5.large']\n\
         min = 1\nmax = 1\n{LAWS}"
    )
}

/// An app of so many small pods.
fn pods(name: &str, replicas: u32) -> String {
    let keys = format!(
        "replicas = {replicas}\ncpu = {{ request = '10m' }}\nmemory = {{ request = '16MiB' }}"
    );
    app(name, &keys)
}

fn subnet(cidr: &str) -> String {
    format!("[[cluster.subnet]]\nname = 'a'\ncidr = '{cidr}'")
}

fn addresses(recording: &Recording) -> &AddressesSummary {
    recording.summary.addresses.as_ref().expect("it is EKS")
}

/// Pods that waited, their mean and longest wait to a tenth of a second, and tries that failed.
fn waits(recording: &Recording) -> (u64, f64, f64, u64) {
    let it = addresses(recording);
    let tenths = |time: Option<f64>| (time.unwrap_or(0.0) * 10.0).round() / 10.0;
    (it.pods_waited, tenths(it.waits.mean), tenths(it.waits.max), it.sandboxes_failed)
}

/// When something happened, and how often.
fn times(recording: &Recording, reason: Reason) -> Vec<(f64, usize)> {
    let mut times: Vec<(f64, usize)> = Vec::new();
    for event in recording.log.events.iter().filter(|event| event.reason == reason) {
        let time = event.time.as_secs_f64();
        match times.last_mut().filter(|(last, _)| *last == time) {
            Some((_, count)) => *count += 1,
            None => times.push((time, 1)),
        }
    }
    times
}

/// What the first event of a kind says.
fn text(recording: &Recording, reason: Reason) -> &str {
    let log = &recording.log;
    let event = log.events.iter().find(|event| event.reason == reason).expect("it happened");
    log.text(event.text.expect("it says why"))
}

fn manifest(text: &str) -> (NamedTempFile, String) {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().display().to_string();
    (file, path)
}

/// A job of so many pods at once, each of which runs a minute.
fn job(pods: u32, labels: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{ name: batch }}\nspec:\n  \
         completions: {pods}\n  parallelism: {pods}\n  template:\n    \
         metadata: {{ labels: {{ {labels} }} }}\n    spec:\n      restartPolicy: Never\n      \
         containers: [{{ name: work, image: image }}]\n"
    )
}

fn with_manifest(path: &str) -> String {
    format!(
        "[cluster.kubernetes]\nmanifests = ['{path}']\njob_duration = '60s'\n\
         idle_memory = '16Mi'"
    )
}

#[test]
fn all_that_a_node_has_attached_is_taken_from_its_subnet() {
    let recording = play("100s", &pods("web", 1), "", "");
    let taken = series(&recording, None, "addresses_subnet-0");
    // the address of the node, and from 36 s on nine for pods
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    assert_eq!(taken[2], 1.0);
    assert_eq!(tenth(taken[3]), (6.0 * 1.0 + 4.0 * 10.0_f64) / 10.0);
    // with a pod eight are left, fewer than an interface has: at 43.5 s another one takes ten
    assert_eq!(tenth(taken[4]), (3.5 * 10.0 + 6.5 * 20.0_f64) / 10.0);
    assert_eq!(&taken[5..], &[20.0; 5]);
    let it = addresses(&recording);
    assert_eq!((it.subnets[0].addresses, it.subnets[0].taken_max), (4091, 20));
    assert_eq!(waits(&recording), (0, 0.0, 0.0, 0));
}

#[test]
fn pods_wait_until_the_next_interface_is_attached() {
    let recording = play("200s", &pods("web", 27), "", "");
    // nine at once; the second interface is there at 53.5 s, seen at 61 s by nine more, which have
    // the daemon attach the third at 63.5 s, there at 73.5 s and seen at 81 s
    assert_eq!(times(&recording, Reason::Started), [(41.0, 9), (61.0, 9), (81.0, 9)]);
    let tries = [(41.0, 18), (51.0, 18), (61.0, 9), (71.0, 9)];
    assert_eq!(times(&recording, Reason::FailedCreatePodSandBox), tries);
    assert_eq!(waits(&recording), (18, 30.0, 40.0, 54));
    assert_eq!(addresses(&recording).subnets[0].taken_max, 30);
    assert!(recording.summary.findings.is_empty(), "{:?}", recording.summary.findings);
    let why = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup \
               network for sandbox: plugin type=\"aws-cni\" name=\"aws-cni\" failed (add): add \
               cmd: failed to assign an IP address to container";
    assert_eq!(text(&recording, Reason::FailedCreatePodSandBox), why);
}

#[test]
fn a_node_takes_the_pods_that_its_interfaces_have_addresses_for() {
    // two of its 29 pods are daemons on the network of the node
    let recording = play("200s", &pods("web", 28), "", "");
    let why = "0/1 nodes are available: 1 Too many pods.";
    assert!(text(&recording, Reason::FailedScheduling).starts_with("no nodes available"));
    let log = &recording.log;
    let said = log.events.iter().filter(|it| it.reason == Reason::FailedScheduling);
    let said: Vec<&str> = said.map(|event| log.text(event.text.unwrap())).collect();
    assert!(said.iter().any(|text| text.starts_with(why)), "{said:?}");
    assert_eq!(times(&recording, Reason::Started).iter().map(|(_, pods)| pods).sum::<usize>(), 27);
}

#[test]
fn a_subnet_that_is_exhausted_has_addresses_again_when_pods_have_gone() {
    // of eleven addresses one is the node's and nine are those of the job; one is left, too few for
    // another interface with any pod
    let (_file, path) = manifest(&job(9, "a: b"));
    let cluster = subnet("10.0.0.0/28");
    let recording = play("200s", &pods("web", 1), &with_manifest(&path), &cluster);
    // the job ends at 101 s, and its addresses cool down until 131 s
    assert_eq!(times(&recording, Reason::Started), [(41.0, 9), (131.0, 1)]);
    assert_eq!(waits(&recording), (1, 90.0, 90.0, 9));
    assert_eq!(addresses(&recording).subnets[0].taken_max, 10);
    let finding = &recording.summary.findings[0];
    assert_eq!(finding.about, "subnet `a`");
    assert_eq!(
        finding.title,
        "pods in subnet `a` wait for an address: InsufficientFreeAddressesInSubnet: none of the 11 \
         addresses of 10.0.0.0/28 is free"
    );
    assert!(finding.advice.contains("warm_ip_target"), "{}", finding.advice);
}

#[test]
fn addresses_cool_down_for_as_long_as_the_plug_in_says() {
    let (_file, path) = manifest(&job(9, "a: b"));
    let cluster = subnet("10.0.0.0/28");
    let options = with_manifest(&path) + "\n[cluster.eks.vpc_cni]\nip_cooldown = '5s'";
    let recording = play("200s", &pods("web", 1), &options, &cluster);
    // cool at 106 s, seen at 111 s
    assert_eq!(times(&recording, Reason::Started), [(41.0, 9), (111.0, 1)]);
}

#[test]
fn pods_that_never_get_an_address_are_counted_at_the_end() {
    let recording = play("200s", &pods("web", 10), "", &subnet("10.0.0.0/28"));
    let it = addresses(&recording);
    assert_eq!((it.pods_waited, it.pods_waiting, it.waits.count), (1, 1, 0));
    let ready = of(&recording, "web").replicas_ready;
    assert!((ready - 9.0 * 159.0 / 200.0).abs() < 0.5, "{ready}");
}

#[test]
fn prefixes_have_sixteen_addresses_each() {
    let options = "[cluster.eks.vpc_cni]\nprefix_delegation = true";
    let recording = play("200s", &pods("web", 40), options, "");
    // one prefix at the start, one more each time that less than sixteen addresses are spare
    assert_eq!(times(&recording, Reason::Started), [(41.0, 16), (51.0, 16), (61.0, 8)]);
    // at 36 s, 43.5 s, 53.5 s and 63.5 s
    assert_eq!(addresses(&recording).subnets[0].taken_max, 1 + 4 * 16);
    assert_eq!(waits(&recording), (24, 13.3, 20.0, 24 + 8));
    // a managed group takes 110 pods with any number of addresses, two of them daemons
    let recording = play("300s", &pods("web", 109), options, "");
    let started = times(&recording, Reason::Started);
    assert_eq!(started.iter().map(|(_, pods)| pods).sum::<usize>(), 108);
}

#[test]
fn few_addresses_are_kept_where_the_plug_in_counts_by_address() {
    let options = "[cluster.eks.vpc_cni]\nwarm_ip_target = 2\nminimum_ip_target = 4";
    let recording = play("200s", &pods("web", 4), options, "");
    // four at the start, two more at 43.5 s
    assert_eq!(times(&recording, Reason::Started), [(41.0, 4)]);
    assert_eq!(addresses(&recording).subnets[0].taken_max, 1 + 4 + 2);
}

#[test]
fn interfaces_may_be_fewer_and_take_longer() {
    let options = "[cluster.eks.vpc_cni]\nmax_eni = 2\neni_attach = '20s'\nip_assign = '1s'";
    let recording = play("200s", &pods("web", 19), options, "");
    // nine at 37 s; the daemon looks at 42 s again, and the second interface is there at 62 s
    assert_eq!(times(&recording, Reason::Started), [(41.0, 9), (71.0, 9)]);
    assert_eq!(addresses(&recording).pods_waiting, 1);
    let finding = &recording.summary.findings[0];
    assert_eq!(
        finding.title,
        "pods on nodes of type m5.large wait for an address: all 18 are other pods'"
    );
}

#[test]
fn with_custom_networking_pods_have_another_subnet_and_the_first_interface_none() {
    let subnets = format!(
        "{}\n[[cluster.subnet]]\nname = 'pods'\ncidr = '100.64.0.0/24'\n",
        subnet("10.0.0.0/28")
    );
    let options = "[cluster.eks.vpc_cni]\npod_subnets = ['pods']";
    let cluster = one_node(options, &subnets) + "subnets = ['a']\n";
    let recording = run(&[&simulation("200s"), HOST, &pods("web", 18), &cluster]);
    // the second interface is asked for at 36 s and there at 46 s, seen at 51 s by nine pods, for
    // which the third is asked for at 56 s and there at 66 s
    assert_eq!(times(&recording, Reason::Started), [(51.0, 9), (71.0, 9)]);
    let taken: Vec<u32> = addresses(&recording).subnets.iter().map(|it| it.taken_max).collect();
    assert_eq!(taken, [1, 20]);
}

const POLICY: &str = "apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: { name: databases }
spec:
  podSelector: { matchLabels: { role: db } }
  securityGroups: { groupIds: [sg-1] }
---
";

const BRANCHES: &str = "\n[cluster.eks.vpc_cni]\npod_eni = true\nbranch_eni_attach = '2s'";

#[test]
fn pods_with_security_groups_have_a_branch_each_of_which_a_node_has_nine() {
    let (_file, path) = manifest(&(POLICY.to_owned() + &job(10, "role: db")));
    let options = with_manifest(&path) + BRANCHES;
    let recording = play("90s", "", &options, "");
    assert_eq!(times(&recording, Reason::Started), [(43.0, 9)]);
    let log = &recording.log;
    let mut said = log.events.iter().filter(|it| it.reason == Reason::FailedScheduling);
    let last = said.next_back().map(|event| log.text(event.text.unwrap())).unwrap();
    let why = "0/1 nodes are available: 1 Insufficient vpc.amazonaws.com/pod-eni.";
    assert!(last.starts_with(why), "{last}");
    assert_eq!(recording.summary.warnings, [""; 0]);
    // the node, its trunk, nine spare addresses, and nine branches
    assert_eq!(addresses(&recording).subnets[0].taken_max, 1 + 1 + 9 + 9);
}

#[test]
fn a_branch_cools_down_a_minute() {
    let (_file, path) = manifest(&(POLICY.to_owned() + &job(10, "role: db")));
    let options = with_manifest(&path) + BRANCHES;
    let recording = play("300s", "", &options, "");
    // nine pods end at 103 s, when the last one comes; their branches are deleted at 163 s, and its
    // own is asked for again a minute after there was none
    assert_eq!(times(&recording, Reason::Started), [(43.0, 9), (165.0, 1)]);
    assert_eq!(waits(&recording), (1, 62.0, 62.0, 6));
}

#[test]
fn nodes_without_a_trunk_offer_no_branches() {
    let (_file, path) = manifest(&(POLICY.to_owned() + &job(1, "role: db")));
    let without = with_manifest(&path);
    let burstable = one_node(&(without.clone() + BRANCHES), "").replace("m5.large", "t3.large");
    for cluster in [one_node(&without, ""), burstable] {
        let recording = run(&[&simulation("90s"), HOST, &cluster]);
        assert_eq!(times(&recording, Reason::Started), []);
        assert!(!times(&recording, Reason::FailedScheduling).is_empty());
        let warnings = &recording.summary.warnings;
        assert!(warnings.iter().any(|it| it.contains("which no node has")), "{warnings:?}");
    }
}

#[test]
fn pods_for_windows_ask_for_no_branch() {
    let windows = "nodeSelector: { kubernetes.io/os: windows }\n      restartPolicy";
    let text = job(1, "role: db").replace("restartPolicy", windows);
    let (_file, path) = manifest(&(POLICY.to_owned() + &text));
    let group = "[[cluster.node_group]]\nos = 'windows-2022'\n";
    let cluster = one_node(&(with_manifest(&path) + BRANCHES), "");
    let cluster = cluster.replace("[[cluster.node_group]]\n", group);
    let recording = run(&[&simulation("90s"), HOST, &cluster]);
    assert_eq!(times(&recording, Reason::Scheduled), [(41.0, 1)]);
}

#[test]
fn pods_on_the_network_of_their_node_need_no_address() {
    let text = job(12, "a: b").replace("restartPolicy", "hostNetwork: true\n      restartPolicy");
    let (_file, path) = manifest(&text);
    let recording = play("90s", "", &with_manifest(&path), "");
    assert_eq!(times(&recording, Reason::Started), [(41.0, 12)]);
    assert_eq!(addresses(&recording).subnets[0].taken_max, 10);
}

#[test]
fn addresses_of_nodes_are_free_when_their_instances_have_ended() {
    let group = "min = 1\ndesired = 2\nmax = 3";
    let cluster = one_node("[cluster.cluster_autoscaler]", "").replace("min = 1\nmax = 1", group);
    let large = app("web", "cpu = { request = '1500m' }");
    let recording = run(&[&simulation("1000s"), HOST, &large, &cluster]);
    // the node without the pod is taken out at 665 s, and 30 s later its instance has ended
    assert_eq!(times(&recording, Reason::RemovingNode), [(665.0, 1)]);
    let taken = series(&recording, None, "addresses_subnet-0");
    assert_eq!([taken[5], taken[9]], [30.0, 20.0]);
    assert!((taken[6] - (0.95 * 30.0 + 0.05 * 20.0)).abs() < 1e-6, "{taken:?}");
}

#[test]
fn nodes_on_which_nothing_changes_cost_no_events() {
    let events = |duration| play(duration, &pods("web", 20), "", "").events;
    let hour = events("2h") - events("1h");
    // 720 passes an hour would be more
    assert!(hour < 600, "{hour} events");
}
