//! Karpenter on Amazon EKS: nodes come for pods that wait, and go when they are not worth their
//! price. All times by hand. Where there are no nodes at all, the scheduler tries pods again when
//! they have waited: at 2, 5, 10, 19, 30 and 41 s.

use std::path::PathBuf;

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::Reason;
use plimsoll::metrics::summary::KarpenterSummary;
use plimsoll::world::World;

use crate::eks::times;
use crate::lab::{HOST, app, of, read, run, simulation};

/// An instance is up 26 s after it was asked for, and a node 10 s later.
const LAWS: &str = "launch = '6s'\nboot = '20s'\nshutdown = '30s'\n";

const CLASS: &str = "---\napiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\n\
                     metadata: { name: default }\nspec:\n  amiFamily: AL2023\n";

/// A NodePool of these types, bought so; `more` is indented as its `spec` is.
fn pool(name: &str, types: &str, bought: &str, more: &str) -> String {
    format!(
        "---\napiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {{ name: {name} }}\nspec:\n  \
         template:\n    spec:\n      nodeClassRef: {{ kind: EC2NodeClass, name: default }}\n      \
         requirements:\n      - {{ key: node.kubernetes.io/instance-type, operator: In, values: \
         [{types}] }}\n      - {{ key: karpenter.sh/capacity-type, operator: In, values: \
         [{bought}] }}\n{more}"
    )
}

/// Plays a cluster with these pools, keys of Karpenter and manifests.
fn play(test: &str, apps: &str, duration: &str, pools: &str, keys: &str, jobs: &str) -> Recording {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("eks_karpenter").join(test);
    std::fs::create_dir_all(&folder).unwrap();
    let (path, objects) = (folder.join("pools.yaml"), folder.join("objects.yaml"));
    std::fs::write(&path, format!("{pools}{CLASS}")).unwrap();
    std::fs::write(&objects, jobs).unwrap();
    let manifests = if jobs.is_empty() { String::new() } else { format!("{objects:?}") };
    let join = if keys.contains("join") { "" } else { "join = '10s'\n" };
    let cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nengine = {{ start = '0s', prepulled = true }}\n\
         kubernetes = {{ manifests = [{manifests}], job_duration = '100s' }}\n\
         [cluster.karpenter]\nnode_pools = [{path:?}]\n{LAWS}{join}{keys}\n"
    );
    run(&[&simulation(duration), HOST, apps, &cluster])
}

fn done(recording: &Recording) -> KarpenterSummary {
    recording.summary.nodes.and_then(|nodes| nodes.karpenter).expect("there is Karpenter")
}

/// Hours of types, as `m5.large spot 0.50`.
fn hours(recording: &Recording) -> Vec<String> {
    let ec2 = recording.summary.ec2.as_ref().expect("there are instances");
    let one = |it: &plimsoll::metrics::summary::InstanceHours| {
        format!("{} {}", it.instance_type, if it.spot { "spot" } else { "on-demand" })
    };
    ec2.hours.iter().map(one).collect()
}

/// A job whose pods want so much CPU.
fn job(name: &str, cpu: &str, pods: u32) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{ name: {name} }}\nspec:\n  \
         parallelism: {pods}\n  completions: {pods}\n  template:\n    spec:\n      \
         restartPolicy: Never\n      containers:\n      - name: main\n        image: web\n        \
         resources: {{ requests: {{ cpu: '{cpu}', memory: 64Mi }} }}\n"
    )
}

fn web(keys: &str) -> String {
    app("web", &format!("memory = {{ request = '64MiB' }}\n{keys}"))
}

/// Nobody comes for a second: planned at 1 s, running at 7 s, up at 27 s, a node at 37 s. Of types
/// that hold both pods the cheapest is launched, and not two of the cheapest of all.
#[test]
fn pods_that_come_together_share_a_node_of_the_cheapest_type_that_holds_them() {
    let types = "m5.large, m5.xlarge, m5.2xlarge";
    let pools = pool("general", types, "on-demand", "");
    let apps = web("replicas = 2\ncpu = { request = '1500m' }");
    let recording = play("together", &apps, "2min", &pools, "", "");
    assert_eq!(times(&recording, Reason::RegisteredNode), [37.0]);
    assert_eq!(times(&recording, Reason::Nominated), [1.0, 1.0]);
    assert_eq!(hours(&recording), ["m5.xlarge on-demand"]);
    assert!(of(&recording, "web").replicas_ready > 1.0);
    assert_eq!(done(&recording).launched, 1);
    let waits = recording.summary.nodes.unwrap().waits;
    assert_eq!(waits.pods, 2);
    assert!((waits.mean - 41.0).abs() < 1e-9, "{waits:?}");
}

/// EC2 has no m5.large: the same call gets the next cheapest, and for 3 min no other is tried.
#[test]
fn what_ec2_does_not_have_is_not_asked_for_again_for_three_minutes() {
    let pools = pool("general", "m5.large, m5.xlarge", "on-demand", "");
    let keys = "[[cluster.karpenter.shortage]]\nfrom = '0s'\nuntil = '10s'\n\
                type = 'm5.large'\n";
    let apps = web("replicas = 1\ncpu = { request = '1500m' }");
    let recording = play("short", &apps, "2min", &pools, keys, "");
    assert_eq!(times(&recording, Reason::RegisteredNode), [37.0]);
    assert_eq!(hours(&recording), ["m5.xlarge on-demand"]);
    assert_eq!(recording.summary.ec2.as_ref().unwrap().launches_without_capacity, 0);
}

/// None of the types is there until 100 s: the claim fails at 1 s; the offering is not tried for
/// 3 min, which are over when the pod, looked at every 10 s, is planned for at 181 s: a node at
/// 217 s.
#[test]
fn a_pod_waits_until_what_was_not_there_is_tried_again() {
    let pools = pool("general", "m5.large", "on-demand", "");
    let keys = "[[cluster.karpenter.shortage]]\nfrom = '0s'\nuntil = '100s'\n";
    let apps = web("replicas = 1\ncpu = { request = '1500m' }");
    let recording = play("none", &apps, "5min", &pools, keys, "");
    assert_eq!(times(&recording, Reason::RegisteredNode), [217.0]);
    assert_eq!((done(&recording).failed, done(&recording).launched), (1, 1));
}

/// The job's pod runs from 41 s to 141 s. The look at 150 s finds its node empty, and 15 s later it
/// still is: it goes.
#[test]
fn an_empty_node_goes() {
    let pools =
        pool("general", "m5.large", "on-demand", "  disruption: { consolidateAfter: 0s }\n");
    let apps = web("replicas = 1\ncpu = { request = '1500m' }");
    let jobs = job("batch", "1500m", 1);
    let recording = play("empty", &apps, "5min", &pools, "", &jobs);
    assert_eq!(times(&recording, Reason::RegisteredNode), [37.0, 37.0]);
    assert_eq!(times(&recording, Reason::RemovingNode), [165.0]);
    assert_eq!((done(&recording).empty, done(&recording).underutilized), (1, 0));
    // it was given back, and did not fail
    assert!(times(&recording, Reason::MachineFailed).is_empty());
}

/// What is left on a large node after the job would do with a small one: found at 150 s, asked for
/// at 165 s, a node at 201 s, and only then the large one goes.
#[test]
fn a_node_is_replaced_by_a_cheaper_one_that_is_there_before_it_goes() {
    let more = "  disruption: { consolidateAfter: 0s }\n";
    let pools = pool("general", "m5.large, m5.xlarge", "on-demand", more);
    let apps = web("replicas = 1\ncpu = { request = '500m' }");
    let recording = play("replaced", &apps, "10min", &pools, "", &job("batch", "3", 1));
    assert_eq!(times(&recording, Reason::RegisteredNode), [37.0, 201.0]);
    let gone = times(&recording, Reason::RemovingNode);
    assert!(gone.len() == 1 && (201.0..=232.0).contains(&gone[0]), "{gone:?}");
    assert_eq!((done(&recording).empty, done(&recording).underutilized), (0, 1));
    assert_eq!(hours(&recording), ["m5.large on-demand", "m5.xlarge on-demand"]);
}

/// Two small nodes, each half empty after their jobs, become one: nothing has to come for that.
#[test]
fn pods_of_two_nodes_move_onto_one() {
    // the budget lets both go, one is enough
    let more = "  disruption:\n    consolidateAfter: 0s\n    budgets: [{ nodes: '100%' }]\n";
    let pools = pool("general", "m5.large", "on-demand", more);
    let apps = web("replicas = 2\ncpu = { request = '650m' }");
    let recording = play("moved", &apps, "10min", &pools, "", &job("batch", "1100m", 2));
    // 650 + 1100 of 1780m: one of each on a node
    assert_eq!(times(&recording, Reason::RegisteredNode), [37.0, 37.0]);
    assert_eq!(times(&recording, Reason::RemovingNode).len(), 1);
    assert_eq!((done(&recording).launched, done(&recording).underutilized), (2, 1));
    assert!(of(&recording, "web").replicas_ready > 1.0);
}

/// A node that may be 10 min old goes at 601 s whatever its pods are; they are planned for a second
/// later, and have another at 638 s.
#[test]
fn a_node_that_is_too_old_goes_without_waiting_for_another() {
    let more = "      expireAfter: 10m\n";
    let pools = pool("general", "m5.large", "on-demand", more);
    let apps = web("replicas = 1\ncpu = { request = '1500m' }");
    let recording = play("expired", &apps, "12min", &pools, "", "");
    assert_eq!(times(&recording, Reason::RegisteredNode), [37.0, 638.0]);
    assert_eq!(done(&recording).expired, 1);
}

/// The same for a pod that is not to be disrupted: the node goes at 601 s and is gone by 901 s; the
/// pod is told to go 30 s before, which are its grace.
#[test]
fn pods_that_are_kept_have_their_grace_before_their_node_is_gone() {
    let more = "      expireAfter: 10m\n      terminationGracePeriod: 5m\n";
    let pools = pool("general", "m5.large", "on-demand", more);
    let kept = &deployment("kept", "1500m", KEPT, "");
    let recording = play("kept", &web("cpu = { request = '1m' }"), "16min", &pools, "", kept);
    let told = recording.log.events.iter().filter(|event| {
        let name = recording.log.object(event.object).name();
        event.reason == Reason::PodDeleted && name.starts_with("kept-")
    });
    let times: Vec<f64> = told.map(|event| event.time.as_secs_f64()).collect();
    assert_eq!(times, [871.0]);
}

/// A Deployment of one pod, with these lines in its pods' `metadata` and `spec`.
fn deployment(name: &str, cpu: &str, metadata: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name} }}\nspec:\n  \
         selector: {{ matchLabels: {{ app: {name} }} }}\n  template:\n    metadata:\n      \
         labels: {{ app: {name} }}\n{metadata}    spec:\n{spec}      containers:\n      \
         - name: main\n        image: web\n        \
         resources: {{ requests: {{ cpu: {cpu} }} }}\n"
    )
}

const KEPT: &str = "      annotations: { karpenter.sh/do-not-disrupt: 'true' }\n";

/// When events of this reason happened to objects whose name begins like this.
fn times_of(recording: &Recording, reason: Reason, name: &str) -> Vec<f64> {
    let events = recording.log.events.iter().filter(|event| event.reason == reason);
    let own = events.filter(|event| recording.log.object(event.object).name().starts_with(name));
    own.map(|event| event.time.as_secs_f64()).collect()
}

/// A pod that may not be disrupted has ended at 141 s, and keeps its node no more: that is found to
/// be empty at 150 s, and its machine is given back at 165 s.
#[test]
fn a_pod_that_has_ended_keeps_no_node() {
    let more = "  disruption: { consolidateAfter: 0s }\n";
    let pools = pool("general", "m5.large", "on-demand", more);
    let jobs =
        job("batch", "1500m", 1).replace("    spec:", &format!("    metadata:\n{KEPT}    spec:"));
    let recording = play("ended", &web("cpu = { request = '1500m' }"), "5min", &pools, "", &jobs);
    assert_eq!(times(&recording, Reason::RemovingNode), [165.0]);
}

/// A node that goes at 601 s waits for such a pod until it ends, 100 s after it began.
#[test]
fn a_node_that_goes_waits_until_a_kept_pod_has_ended() {
    let pools = pool("general", "m5.large", "on-demand", "      expireAfter: 10m\n");
    let cron = "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: { name: late }\nspec:\n  \
                schedule: '9 * * * *'\n  jobTemplate:\n    spec:\n      template:\n        \
                metadata: { annotations: { karpenter.sh/do-not-disrupt: 'true' } }\n        \
                spec:\n          restartPolicy: Never\n          containers:\n          \
                - { name: main, image: web, resources: { requests: { cpu: 100m } } }\n";
    let recording = play("awaited", &web("cpu = { request = '1m' }"), "15min", &pools, "", cron);
    let began = times_of(&recording, Reason::Started, "late-");
    assert_eq!(began.len(), 1);
    assert!((540.0..=545.0).contains(&began[0]), "{began:?}");
    assert_eq!(times(&recording, Reason::RemovingNode), [began[0] + 100.0]);
}

/// A pod that its budget keeps on a node that is too old: another node comes for it at 338 s, and
/// stays though it is empty, since pods are planned for it every 10 s.
#[test]
fn a_node_is_kept_for_pods_that_cannot_leave_theirs_yet() {
    let more = "      expireAfter: 5m\n      terminationGracePeriod: 4m\n  \
                disruption: { consolidateAfter: 0s, budgets: [{ nodes: '100%' }] }\n";
    let pools = pool("general", "m5.large", "on-demand", more);
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\n\
                  metadata: { name: one }\nspec:\n  maxUnavailable: 0\n  \
                  selector: { matchLabels: { app: one } }\n";
    let objects = deployment("one", "1500m", "", "") + budget;
    let recording = play("held", &web("cpu = { request = '1m' }"), "10min", &pools, "", &objects);
    assert_eq!(times(&recording, Reason::RegisteredNode), [37.0, 338.0]);
    // 301 s and 4 min, less 30 s of grace
    assert_eq!(times_of(&recording, Reason::PodDeleted, "one-"), [511.0]);
    assert_eq!(times(&recording, Reason::RemovingNode), [511.0]);
}

/// A pod of a StatefulSet takes 100 s to end, and is made again only then: its node is planned for
/// at 602 s all the same, and is there when it comes.
#[test]
fn a_node_is_made_for_a_pod_of_a_stateful_set_while_it_ends() {
    let pools = pool("general", "m5.large", "on-demand", "      expireAfter: 10m\n");
    let set = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: db }\nspec:\n  \
               serviceName: db\n  selector: { matchLabels: { app: db } }\n  template:\n    \
               metadata: { labels: { app: db } }\n    spec:\n      \
               terminationGracePeriodSeconds: 120\n      affinity:\n        \
               podAntiAffinity:\n          \
               requiredDuringSchedulingIgnoredDuringExecution:\n          \
               - topologyKey: topology.kubernetes.io/zone\n            \
               labelSelector: { matchLabels: { app: db } }\n      containers:\n      \
               - name: main\n        image: web\n        \
               resources: { requests: { cpu: 1500m } }\n        \
               lifecycle: { preStop: { sleep: { seconds: 100 } } }\n";
    let recording = play("set", &web("cpu = { request = '1m' }"), "12min", &pools, "", set);
    assert_eq!(times(&recording, Reason::RegisteredNode), [37.0, 638.0]);
    assert_eq!(times_of(&recording, Reason::Scheduled, "db-"), [41.0, 701.0]);
}

/// What puts up with the taint of nodes that go stays where it is, and is not waited for.
#[test]
fn pods_that_put_up_with_the_taint_are_not_waited_for() {
    let pools = pool("general", "m5.large", "on-demand", "      expireAfter: 10m\n");
    let spec = "      tolerations: [{ operator: Exists }]\n";
    let objects = deployment("one", "100m", KEPT, spec);
    let recording = play("stays", &web("cpu = { request = '1m' }"), "11min", &pools, "", &objects);
    assert_eq!(times(&recording, Reason::RemovingNode), [601.0]);
}

/// Nodes take 12 min to join: what is to replace a node is not waited for longer than 10 min, and
/// pods may go to the old one again.
#[test]
fn a_replacement_that_takes_too_long_is_not_waited_for() {
    let more = "  disruption: { consolidateAfter: 0s }\n";
    let pools = pool("general", "m5.large, m5.xlarge", "on-demand", more);
    let apps = web("replicas = 1\ncpu = { request = '500m' }");
    let recording = play("late", &apps, "28min", &pools, "join = '12min'", &job("batch", "3", 1));
    // a node at 747 s, pods at 756 s, found at 860 s, asked for at 875 s
    assert_eq!(times(&recording, Reason::NodeTainted)[0], 875.0);
    assert_eq!(times(&recording, Reason::NodeUntainted), [1_475.0]);
    assert_eq!(times(&recording, Reason::RegisteredNode), [747.0, 1_621.0]);
    // nobody waits for the new one any more
    assert_eq!((done(&recording).empty, done(&recording).underutilized), (1, 0));
}

/// A new image at 10 min: of three nodes one may go at a time, and the next goes when the one
/// before is gone. Each has its replacement 36 s after the look at 600, 640 and 680 s.
#[test]
fn nodes_that_drifted_are_replaced_one_after_the_other() {
    let never = "  disruption:\n    consolidateAfter: Never\n";
    let drift = "[[cluster.karpenter.drift]]\nat = '10min'\nnode_pools = ['general']\n";
    let objects = ["a", "b", "c"].map(|name| deployment(name, "1500m", "", "")).concat();
    let apps = web("cpu = { request = '1m' }");
    let play = |test: &str, budget: &str| {
        let pools = pool("general", "m5.large", "on-demand", &format!("{never}{budget}"));
        play(test, &apps, "13min", &pools, drift, &objects)
    };
    let recording = play("drift", "");
    let nodes = [37.0, 37.0, 37.0, 636.0, 676.0, 716.0];
    assert_eq!(times(&recording, Reason::RegisteredNode), nodes);
    assert_eq!(times(&recording, Reason::RemovingNode).len(), 3);
    assert_eq!(done(&recording).drifted, 3);
    let none = play("no_drift", "    budgets: [{ nodes: '0', reasons: [Drifted] }]\n");
    assert_eq!((done(&none).drifted, done(&none).launched), (0, 3));
}

/// Spot is taken where both are allowed; a node that is to be taken back is emptied at the notice,
/// and another is on its way before it is gone.
#[test]
fn interrupted_spot_nodes_are_emptied_in_time() {
    let pools = pool("general", "m5.large, m6i.large", "spot, on-demand", "");
    let keys = "spot_interruptions = '99.9999%'\n";
    let apps = web("replicas = 4\ncpu = { request = '1500m' }");
    let recording = play("spot", &apps, "80h", &pools, keys, "");
    let (ec2, done) = (recording.summary.ec2.as_ref().unwrap(), done(&recording));
    assert!(ec2.interruption_notices > 2, "{ec2:?}");
    assert_eq!(done.interrupted, ec2.interruption_notices);
    // each was emptied and given back before EC2 took it
    assert_eq!(ec2.interruptions, 0);
    assert_eq!(done.launched, 4 + done.interrupted);
    assert!(hours(&recording).iter().all(|kind| kind.ends_with("spot")), "{:?}", hours(&recording));
}

/// Why these pools are refused.
/// A table of the cluster beside that of Karpenter.
const BLOCKS: &str = "[cluster.eks.vpc_cni]\nprefix_delegation = true\n";

/// 27 pods and two daemons are what an m5.large has single addresses for, which Karpenter counts
/// with and tells the kubelet, though there are blocks.
#[test]
fn blocks_of_addresses_have_karpenter_count_with_no_more_pods() {
    let pools = pool("general", "m5.large", "on-demand", "");
    let apps = web("replicas = 28\ncpu = { request = '1m' }");
    let launched = |test, keys| done(&play(test, &apps, "2min", &pools, keys, "")).launched;
    assert_eq!(launched("blocks", BLOCKS), 2);
    // one interface less: 18 pods and the daemons
    assert_eq!(launched("reserved", "reserved_enis = 1\n"), 2);
    assert_eq!(launched("both", "reserved_enis = 2\n"), 4);
    let wide = CLASS.replace("default", "wide") + "  kubelet: { maxPods: 110 }\n";
    let all = pools.replace("EC2NodeClass, name: default", "EC2NodeClass, name: wide") + &wide;
    assert_eq!(done(&play("told", &apps, "2min", &all, BLOCKS, "")).launched, 1);
}

/// Two subnets, of which `pods` is for pods.
const APART: &str = "[cluster.eks.vpc_cni]\npod_subnets = ['pods']\n\
                     [[cluster.subnet]]\nname = 'nodes'\ncidr = '10.0.0.0/28'\n\
                     [[cluster.subnet]]\nname = 'pods'\ncidr = '100.64.0.0/24'\n";

/// The node has an address of its own subnet, though the other has more that are free.
#[test]
fn nodes_are_launched_into_subnets_that_are_not_for_pods() {
    let pools = pool("general", "m5.large", "on-demand", "");
    let apps = web("replicas = 3\ncpu = { request = '1m' }");
    let recording = play("apart", &apps, "2min", &pools, APART, "");
    let addresses = recording.summary.addresses.as_ref().unwrap();
    let taken: Vec<u32> = addresses.subnets.iter().map(|it| it.taken_max).collect();
    assert_eq!(taken, [1, 20]);
}

/// One of two nodes goes after its job, and with it a pod that goes on for 20 s. The load balancer
/// hears at once that it is to send nothing to the node: it is deregistered long before it is gone.
#[test]
fn load_balancers_send_nothing_to_nodes_that_go() {
    let more = "  disruption:\n    consolidateAfter: 0s\n    budgets: [{ nodes: '100%' }]\n";
    let pools = pool("general", "m5.large", "on-demand", more);
    let at: Vec<String> = (100..400).map(|second| format!("'{second}s'")).collect();
    let apps = web(&format!(
        "replicas = 2\ncpu = {{ request = '650m' }}\npre_stop = '20s'\ndemand = '0s'\n\
         timeout = '30s'\ntraffic = {{ arrivals = {{ at = [{}] }} }}",
        at.join(", ")
    ));
    let front = "[[cluster.load_balancer]]\nname = 'front'\n\
                 [[cluster.target_group]]\nname = 'web'\nload_balancer = 'front'\napp = 'web'\n";
    let recording = play("front", &apps, "8min", &pools, front, &job("batch", "1100m", 2));
    assert_eq!((done(&recording).launched, done(&recording).underutilized), (2, 1));
    let gone = times(&recording, Reason::RemovingNode);
    assert!(gone.len() == 1 && gone[0] < 400.0, "{gone:?}");
    assert_eq!(of(&recording, "web").requests.succeeded, 300);
}

fn refused(test: &str, pools: &str, more: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("eks_karpenter").join(test);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("pools.yaml");
    std::fs::write(&path, pools).unwrap();
    let cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nzones = {{ count = 2, uplink = '1Gbit/s' }}\n\
         [cluster.karpenter]\nnode_pools = [{path:?}]\n{more}"
    );
    let scenario = read(&[&simulation("1min"), HOST, &web(""), &cluster].join("\n"));
    match World::new(&scenario, &scenario.clusters[0], 1) {
        Ok(_) => panic!("they were taken"),
        Err(wrong) => wrong.to_string().replace(&folder.display().to_string(), ""),
    }
}

#[test]
fn pools_that_cannot_be_are_refused_with_what_would_be_right() {
    let fine = pool("general", "m5.large", "on-demand", "");
    let slip = pool("general", "m5.larg", "on-demand", "");
    let label = fine.replace("karpenter.sh/capacity-type", "karpenter.k8s.aws/instance-colour");
    let operator = fine.replacen("operator: In,", "operator: Inn,", 1);
    let cases = [
        ("none", CLASS.to_owned()),
        ("class", fine.clone()),
        ("type", slip + CLASS),
        ("label", label + CLASS),
        ("operator", operator + CLASS),
    ];
    let told = cases.map(|(test, pools)| format!("{test}: {}", refused(test, &pools, "")));
    insta::assert_snapshot!("karpenter_refusals", told.join("\n"));
}

#[test]
fn nodes_have_no_subnets_of_pods() {
    let class = |id: &str| format!("{CLASS}  subnetSelectorTerms: [{{ id: {id} }}]\n");
    let by = |id| pool("general", "m5.large", "on-demand", "") + &class(id);
    let other = APART.replace("cidr = '100", "zone = 1\ncidr = '100");
    let alone = APART.split("[[cluster.subnet]]").enumerate();
    let alone = alone.filter(|(place, _)| *place != 1).map(|(_, part)| part);
    let alone = alone.collect::<Vec<_>>().join("[[cluster.subnet]]");
    let all = pool("general", "m5.large", "on-demand", "") + CLASS;
    let told = [("pods", by("pods"), APART), ("zone", all.clone(), &other), ("alone", all, &alone)]
        .map(|(test, pools, subnets)| refused(test, &pools, subnets));
    insta::assert_snapshot!("karpenter_subnets_of_pods", told.join("\n"));
}
