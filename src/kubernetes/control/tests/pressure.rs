//! Nodes of 8192 MiB for pods, of which less than 100 MiB are available above 8092 MiB.
//!
//! Nobody tells how fast memory grows here: a rig says that it is short. Disks have 100 GB, of
//! which less than 15 GB are available above 85 GB; that engines tell.

use super::rig::Rig;
use crate::kubernetes::control::log::Entry;
use crate::kubernetes::objects::NodeId;
use crate::units::Bytes;

/// A deployment of so many pods of an image.
fn deployment(name: &str, image: &str, replicas: u32, more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name} }}\nspec:\n  \
         replicas: {replicas}\n  selector: {{ matchLabels: {{ app: {name} }} }}\n  template:\n    \
         metadata: {{ labels: {{ app: {name} }} }}\n    spec:\n      {more}\n      \
         containers: [{{ name: app, image: '{image}' }}]\n---\n"
    )
}

/// Whom kubelets evict, and what is said of nodes.
fn told(rig: &mut Rig, until: u64) -> Vec<String> {
    rig.told_until(until, |rig, entry| match entry {
        Entry::Evicted { pod, message } => {
            let name = rig.name(pod);
            // those without a controller are numbered
            let short = name.split('-').next().filter(|short| *short != "pod");
            let name = short.unwrap_or(name);
            let admitted = !rig.control.log().text_of(message).starts_with("The node had");
            Some(format!("{name} {}", if admitted { "evicted" } else { "not admitted" }))
        }
        Entry::MemoryPressure { is, .. } => Some(format!("pressure {is}")),
        Entry::DiskPressure { is, .. } => Some(format!("disk pressure {is}")),
        _ => None,
    })
}

fn short(rig: &mut Rig) {
    rig.with(|control, around| control.node_is_short(NodeId(0), around));
}

#[test]
fn one_pod_goes_at_a_time_until_there_is_enough() {
    let mut rig = Rig::new(1);
    // three of 3 GiB: 9216 MiB
    rig.uses = |_| 3072;
    rig.apply(&deployment("web", "app:1", 3, ""));
    rig.run_to(12_000);
    short(&mut rig);
    // the look at 20 s sees it; those at 21, 31, … 321 s no more, which the status of 330 s says
    assert_eq!(
        told(&mut rig, 400_000),
        ["20 web evicted", "20 pressure true", "330 pressure false"]
    );
    assert_eq!(rig.ready(), 3);
}

#[test]
fn the_next_goes_as_soon_as_the_last_has_ended() {
    let mut rig = Rig::new(1);
    // four of 4 GiB on 8 GiB; each takes a second to end
    rig.uses = |_| 4096;
    rig.stops = 1_000;
    rig.apply(&deployment("web", "app:1", 4, ""));
    rig.run_to(12_000);
    short(&mut rig);
    let evicted = rig.told_until(60_000, |_, entry| match entry {
        Entry::Evicted { .. } => Some("evicted".to_owned()),
        _ => None,
    });
    // gone at 21 s, seen at that second; then the next, until one is left below 8092 MiB
    assert_eq!(evicted, ["20 evicted", "21 evicted", "22 evicted"]);
}

#[test]
fn those_of_higher_priority_go_last_and_critical_ones_never() {
    let mut rig = Rig::new(1);
    rig.uses = |image| if image == "app:1" { 6000 } else { 2400 };
    let class = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: { name: high }\n\
                 value: 1000\n---\napiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\n\
                 metadata: { name: system-node-critical }\nvalue: 2000001000\n---\n";
    let critical = deployment("agent", "app:1", 1, "priorityClassName: system-node-critical");
    let high = deployment("db", "app:2", 1, "priorityClassName: high");
    let low = deployment("web", "app:2", 1, "");
    rig.apply(&(class.to_owned() + &critical + &high + &low));
    rig.run_to(12_000);
    short(&mut rig);
    // 10800 MiB at 20 s, 8400 MiB at 21 s, 6000 MiB after that
    let evicted = told(&mut rig, 25_000);
    assert_eq!(evicted, ["20 web evicted", "20 pressure true", "21 db evicted"]);
}

/// After an eviction at 20 s, looks are at 21, 31, … s, but statuses are written at 30, 40, … s.
#[test]
fn until_its_taint_is_there_a_kubelet_itself_takes_no_more_pods() {
    let pod = |name: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{ name: {name} }}\nspec:\n  containers: \
             [{{ name: app, image: 'app:1'{more} }}]\n---\n"
        )
    };
    let mut rig = Rig::new(1);
    rig.uses = |_| 2800;
    rig.apply(&["a", "b", "c"].map(|name| pod(name, "")).concat());
    rig.run_to(12_000);
    short(&mut rig);
    assert_eq!(told(&mut rig, 22_000), ["20 a evicted", "20 pressure true"]);
    assert_eq!(rig.control.eviction_begins(NodeId(0)), Some(Bytes(8092 << 20)));
    assert_eq!(told(&mut rig, 332_000), ["330 pressure false"]);
    rig.apply(&pod("d", ""));
    rig.run_to(335_000);
    short(&mut rig);
    assert_eq!(told(&mut rig, 345_000), ["341 b evicted"]);
    // one that was promised something is taken on, whatever it uses
    let promised = ", resources: { requests: { cpu: 1m } }";
    rig.apply(&(pod("e", "") + &pod("f", promised)));
    assert_eq!(told(&mut rig, 348_000), ["345 e not admitted"]);
    assert_eq!(rig.ready(), 3);
    assert_eq!(told(&mut rig, 355_000), ["350 pressure true", "352 c evicted"]);
}

#[test]
fn those_that_write_more_than_they_asked_for_go_before_others_of_lower_priority() {
    let mut rig = Rig::new(1);
    // from 1 s on, 300 and 200 MB a second: above 85 GB after 170 s
    rig.writes = |image| if image == "app:1" { 300 } else { 200 };
    let class = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: { name: high }\n\
                 value: 1000\n---\n";
    let request = "resources: { requests: { ephemeral-storage: 80Gi } }";
    let within = deployment("within", "app:1", 1, "")
        .replace("image: 'app:1'", &format!("image: 'app:1', {request}"));
    let above = deployment("above", "app:2", 1, "priorityClassName: high");
    rig.apply(&(class.to_owned() + &within + &above));
    assert_eq!(told(&mut rig, 185_000), ["180 above evicted", "180 disk pressure true"]);
    // 53.7 GB of the other at 180 s; above 85 GB, and above its request of 85.9 GB, at 290 s
    let later = told(&mut rig, 700_000);
    assert_eq!(later[0], "291 within evicted");
    // both are back on the node that had room from 291 s on: the look 300 s after it says so
    assert_eq!(later[1], "600 disk pressure false");
}

#[test]
fn no_pod_comes_to_a_node_short_of_disk_but_critical_ones() {
    let mut rig = Rig::new(1);
    // an agent on every node that nobody evicts: above 85 GB after 340 s
    rig.writes = |image| if image == "app:1" { 250 } else { 0 };
    let class = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\n\
                 metadata: { name: system-node-critical }\nvalue: 2000001000\n---\n";
    let tolerant = "tolerations: [{ operator: Exists }]";
    let agent = "priorityClassName: system-node-critical\n      ".to_owned() + tolerant;
    rig.apply(&(class.to_owned() + &deployment("agent", "app:1", 1, &agent)));
    assert_eq!(told(&mut rig, 355_000), ["350 disk pressure true"]);
    // whatever a pod tolerates, its kubelet does not take it on
    let pod = |name: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{ name: {name} }}\nspec:\n  {more}\n  \
             containers: [{{ name: app, image: 'app:2' }}]\n---\n"
        )
    };
    let critical = agent.replace("      ", "  ");
    rig.apply(&(pod("a", tolerant) + &pod("b", &critical) + &pod("c", "")));
    assert_eq!(told(&mut rig, 356_000), ["355 a not admitted"]);
    // the agent and b; c waits for another node
    assert_eq!(rig.ready(), 2);
}
