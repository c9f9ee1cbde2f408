//! The whole way from manifests to places, held to a plain reference.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::kubernetes::api::{Located, read_text};
use crate::kubernetes::scheduler::cycle::attempt;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::nominations::Nominations;
use crate::kubernetes::scheduler::pod::{Pod, PodId};
use crate::kubernetes::scheduler::preemption::{Reach, preempt};
use crate::kubernetes::scheduler::profile::Profile;

fn objects(text: &str) -> Vec<Located> {
    read_text("test.yaml", text).unwrap_or_else(|errors| panic!("{errors}")).objects
}

fn node(number: usize, cores: u32) -> String {
    format!(
        "---\napiVersion: v1\nkind: Node\nmetadata:\n  name: node-{number}\n  labels: \
         {{kubernetes.io/hostname: node-{number}}}\nstatus: {{allocatable: {{cpu: {cores}, memory: \
         8Gi, pods: 10}}}}\n"
    )
}

/// A pod of a random workload.
#[derive(Clone, Debug)]
struct Wish {
    cores: u32,
    priority: i32,
    apart: bool,
    remade: bool,
}

fn wish() -> impl Strategy<Value = Wish> {
    (1..4_u32, 0..4_i32, prop::bool::weighted(0.2), any::<bool>())
        .prop_map(|(cores, priority, apart, remade)| Wish { cores, priority, apart, remade })
}

fn pod(number: usize, wish: &Wish) -> String {
    let owner = "  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: some, uid: s, \
                 controller: true}]\n";
    let apart = "  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: \
                 [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: \
                 a}}}]}}\n";
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-{number:02}\n  labels: {{app: \
         a}}\n{}spec:\n  priority: {}\n{}  containers: [{{name: a, image: b, resources: \
         {{requests: {{cpu: {}}}}}}}]\n",
        if wish.remade { owner } else { "" },
        wish.priority,
        if wish.apart { apart } else { "" },
        wish.cores,
    )
}

type Places = BTreeMap<String, String>;

fn places(cluster: &Cluster) -> Places {
    let on_nodes = cluster.pods().filter_map(|(_, pod)| {
        Some((pod.key.to_string(), cluster.node(pod.node?).spec.name.to_string()))
    });
    on_nodes.collect()
}

/// The same without anything kept between two looks: every pod that waits is tried on every node,
/// and evictions are thought of every time, round after round until nothing moves.
struct Plain {
    cluster: Cluster,
    nominations: Nominations,
    /// Pods that wait, with their priority, in the order in which they came.
    waiting: Vec<(i32, PodId)>,
    remade: BTreeMap<String, bool>,
    clock: i64,
}

impl Plain {
    fn run(mut self) -> Places {
        loop {
            let before = self.clock;
            let mut failed = Vec::new();
            while !self.waiting.is_empty() {
                let highest = self.waiting.iter().map(|(priority, _)| *priority).max();
                let next = self.waiting.iter().position(|(it, _)| Some(*it) == highest);
                let (priority, pod) = self.waiting.remove(next.expect("there is a highest"));
                let placed = self.place(pod) || self.make_room(pod) && self.place(pod);
                if !placed {
                    failed.push((priority, pod));
                }
            }
            if failed.is_empty() || self.clock == before {
                return places(&self.cluster);
            }
            self.waiting = failed;
        }
    }

    fn place(&mut self, pod: PodId) -> bool {
        let best = attempt(&Profile::default(), &self.cluster, &self.nominations, pod).best();
        let name = |node: &NodeId| self.cluster.node(*node).spec.name.clone();
        let Some(node) = best.into_iter().min_by_key(name) else { return false };
        self.nominations.remove(pod);
        self.clock += 1_000_000_000;
        self.cluster.bind(pod, node, self.clock);
        true
    }

    fn make_room(&mut self, pod: PodId) -> bool {
        let profile = Profile::default();
        let found = attempt(&profile, &self.cluster, &self.nominations, pod);
        let found = preempt(&profile, &self.cluster, &self.nominations, pod, &found, Reach::All);
        let Some(victims) = found.chosen(&self.cluster).cloned() else { return false };
        for victim in victims.pods {
            let gone = self.cluster.remove_pod(victim);
            if self.remade[&*gone.key] {
                let priority = self.cluster.shape(gone.shape).priority;
                let new = self.cluster.add_pod(Pod::pending(&gone.key, gone.shape));
                self.waiting.push((priority, new));
            }
        }
        self.nominations.add(pod, victims.node);
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_kept_between_pods_changes_no_place(
        nodes in prop::collection::vec(1..6_u32, 1..6),
        wishes in prop::collection::vec(wish(), 1..24),
    ) {
        let cluster: String = (0..).zip(&nodes).map(|(at, &cores)| node(at, cores)).collect();
        let pods: String = (0..).zip(&wishes).map(|(at, wish)| pod(at, wish)).collect();
        let inputs = Inputs { cluster: objects(&cluster), pods: objects(&pods) };
        let what_if = WhatIf::new(inputs).expect("objects go together");
        let entries = &what_if.intake.pods;
        let plain = Plain {
            cluster: what_if.intake.cluster.clone(),
            nominations: Nominations::default(),
            waiting: entries.iter().filter_map(|it| Some((it.priority, it.pod?))).collect(),
            remade: entries.iter().map(|it| (it.key.to_string(), it.remade)).collect(),
            clock: 0,
        };
        let answer = what_if.answer(&Settings::default(), &[], &|_, _| ());
        prop_assert_eq!(places(&answer.cluster), plain.run());
        let waiting = answer.pods.iter().filter(|it| it.place == Place::Waiting).count();
        let explained: usize = answer.pending.iter().map(|one| one.pods.len()).sum();
        prop_assert_eq!(waiting, explained);
    }
}

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 5
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: a, image: b}]}
";

/// Two of five pods run already, under a replica set that was not read.
#[test]
fn a_deployment_that_runs_gets_the_pods_it_lacks() {
    let running = |number: usize| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web-7d9f-{number}\n  labels: \
             {{app: web, pod-template-hash: 7d9f}}\n  ownerReferences: [{{apiVersion: apps/v1, \
             kind: ReplicaSet, name: web-7d9f, uid: w, controller: true}}]\nspec:\n  nodeName: \
             node-0\n  containers: [{{name: a, image: b}}]\nstatus: {{phase: Running}}\n"
        )
    };
    let cluster = node(0, 4) + &running(1) + &running(2);
    let inputs = Inputs { cluster: objects(&cluster), pods: objects(DEPLOYMENT) };
    let answer = WhatIf::new(inputs).expect("objects go together");
    let answer = answer.answer(&Settings::default(), &[], &|_, _| ());
    let new = answer.pods.iter().filter(|pod| pod.asked).count();
    assert_eq!((new, answer.seen.running), (3, 2));
    let workloads: Vec<String> =
        answer.pods.iter().map(|pod| answer.workloads.get(pod.workload).to_string()).collect();
    assert_eq!(workloads, ["Deployment default/web"; 5]);
    assert!(answer.seen.notes[0].contains("only the 3 that it lacks"), "{:?}", answer.seen.notes);
}

const SET: &str = "
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: disks
  annotations: {storageclass.kubernetes.io/is-default-class: 'true'}
provisioner: disk.example.com
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: a, image: b, resources: {requests: {cpu: 1}}}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

/// Each pod has a claim of its own, of the default class; so has each further one. One core is left
/// of three, and the node can take no more than that.
#[test]
fn pods_of_a_stateful_set_get_claims_of_their_own() {
    let inputs = Inputs { cluster: objects(&node(0, 3)), pods: objects(SET) };
    let what_if = WhatIf::new(inputs).expect("objects go together");
    let settings = Settings { headroom: Some(None), ..Settings::default() };
    let answer = what_if.answer(&settings, &[], &|_, _| ());
    assert!(answer.pending.is_empty(), "{:?}", answer.pending);
    for claim in ["data-db-0", "data-db-1"] {
        let claim = answer.cluster.volumes().claim("default", claim).expect("it was made");
        assert!(claim.is_bound());
        assert_eq!(&*claim.class, "disks");
    }
    assert_eq!(answer.headroom[0].more, 1);
    assert_eq!(
        answer.headroom[0].message.as_deref(),
        Some("0/1 nodes are available: 1 Insufficient cpu.")
    );
}

/// `first` wants to be where `second` is, which comes after it.
#[test]
fn pods_are_tried_again_when_others_were_placed() {
    let pods = "
apiVersion: v1
kind: Pod
metadata: {name: first}
spec:
  affinity:
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
      - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: second}}}
  containers: [{name: a, image: b}]
---
apiVersion: v1
kind: Pod
metadata: {name: second, labels: {app: second}}
spec: {containers: [{name: a, image: b}]}
";
    let cluster = node(0, 4) + &node(1, 8);
    let inputs = Inputs { cluster: objects(&cluster), pods: objects(pods) };
    let what_if = WhatIf::new(inputs).expect("objects go together");
    let answer = what_if.answer(&Settings::default(), &[], &|_, _| ());
    let found = places(&answer.cluster);
    assert_eq!(found.len(), 2);
    assert_eq!(found["default/first"], found["default/second"]);
}

/// A budget without a status is worked out: of two pods it keeps one, so one may go without a
/// violation, and that one pays for the next.
#[test]
fn budgets_are_charged_for_evictions() {
    let low = |number: usize| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: low-{number}, labels: {{app: \
             low}}}}\nspec:\n  nodeName: node-{number}\n  priority: 0\n  containers: [{{name: a, \
             image: b, resources: {{requests: {{cpu: 1}}}}}}]\nstatus: {{phase: Running}}\n"
        )
    };
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: \
                  low}\nspec: {minAvailable: 1, selector: {matchLabels: {app: low}}}\n";
    let high = |number: usize| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: high-{number}}}\nspec:\n  priority: \
             9\n  containers: [{{name: a, image: b, resources: {{requests: {{cpu: 1}}}}}}]\n"
        )
    };
    let cluster = node(0, 1) + &node(1, 1) + &low(0) + &low(1) + budget;
    let inputs = Inputs { cluster: objects(&cluster), pods: objects(&(high(0) + &high(1))) };
    let what_if = WhatIf::new(inputs).expect("objects go together");
    let answer = what_if.answer(&Settings::default(), &[], &|_, _| ());
    let violations: Vec<usize> = answer.evictions.iter().map(|it| it.violations).collect();
    assert_eq!(violations, [0, 1]);
    let gone = answer.pods.iter().filter(|pod| pod.place == Place::Gone).count();
    assert_eq!(gone, 2);
}
