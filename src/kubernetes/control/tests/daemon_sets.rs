//! Daemon sets.

use super::rig::Rig;

const AGENT: &str = "
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      containers: [{ name: app, image: 'app:1' }]
";

fn nodes(rig: &Rig) -> Vec<String> {
    let mut nodes: Vec<_> =
        rig.pods().iter().filter_map(|pod| Some(pod.split_once(' ')?.1.to_owned())).collect();
    nodes.sort();
    nodes
}

#[test]
fn nodes_get_a_pod_as_they_join() {
    let mut rig = Rig::new(2);
    rig.apply(AGENT);
    rig.run_to(1_000);
    assert_eq!((rig.ready(), nodes(&rig)), (2, vec!["n0".to_owned(), "n1".to_owned()]));
    rig.run_to(5_000);
    rig.join();
    rig.run_to(5_999);
    assert_eq!(rig.ready(), 2);
    rig.run_to(6_000);
    assert_eq!((rig.ready(), nodes(&rig)), (3, ["n0", "n1", "n2"].map(str::to_owned).to_vec()));
}

#[test]
fn an_update_takes_one_node_at_a_time() {
    let mut rig = Rig::new(3);
    rig.apply(AGENT);
    rig.run_to(10_000);
    rig.change("agent", "app:2");
    let mut ready = Vec::new();
    for second in 10..14 {
        rig.run_to(second * 1_000 + 500);
        ready.push(rig.ready());
    }
    assert_eq!(ready, [2, 2, 2, 3]);
    let objects = rig.control.objects();
    let updated = objects
        .pods()
        .filter(|(_, pod)| &*objects.template(pod.template).pod.containers[0].image == "app:2");
    assert_eq!(updated.count(), 3);
    assert_eq!(nodes(&rig), ["n0", "n1", "n2"]);
}

#[test]
fn nodes_that_the_template_does_not_select_get_none() {
    let mut rig = Rig::new(3);
    let selector = "    spec:\n      nodeSelector: { kubernetes.io/hostname: n1 }\n";
    rig.apply(&AGENT.replace("    spec:\n", selector));
    rig.run_to(2_000);
    assert_eq!(nodes(&rig), ["n1"]);
}
