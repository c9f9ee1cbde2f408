//! Deployments.

use super::rig::Rig;
use crate::kubernetes::control::log::Entry;

/// A deployment `web` of so many pods that ask for half a core each.
pub(super) fn web(replicas: u32) -> String {
    format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: web }}
spec:
  replicas: {replicas}
  selector: {{ matchLabels: {{ app: web }} }}
  template:
    metadata: {{ labels: {{ app: web }} }}
    spec:
      containers:
      - name: app
        image: app:1
        resources: {{ requests: {{ cpu: 500m }} }}
"
    )
}

#[test]
fn three_pods_are_ready_after_the_second_that_their_containers_take() {
    let mut rig = Rig::new(2);
    rig.apply(&web(3));
    rig.run_to(999);
    assert_eq!(rig.control.objects().pods().count(), 3);
    assert_eq!(rig.ready(), 0);
    rig.run_to(1_000);
    assert_eq!(rig.ready(), 3);
    assert!(rig.routed.is_empty());
    rig.run_to(1_500);
    assert_eq!(rig.routed, [0, 1, 2]);
    let rollout = rig.told_until(10_000, |_, entry| match entry {
        Entry::RolloutStarted { .. } => Some("started".to_owned()),
        Entry::RolloutComplete { .. } => Some("complete".to_owned()),
        _ => None,
    });
    assert_eq!(rollout, ["0 started", "1 complete"]);
}

/// Active pods, and those of them that are ready, by the image of their template: old and new.
fn counts(rig: &Rig) -> [(usize, usize); 2] {
    let objects = rig.control.objects();
    let active: Vec<_> = objects.pods().map(|(_, pod)| pod).filter(|pod| pod.is_active()).collect();
    ["app:1", "app:2"].map(|image| {
        let of_image = active
            .iter()
            .filter(|pod| &*objects.template(pod.template).pod.containers[0].image == image);
        let ready: Vec<_> = of_image.map(|pod| pod.ready.is_some()).collect();
        (ready.len(), ready.iter().filter(|&&ready| ready).count())
    })
}

#[test]
fn ten_pods_are_replaced_a_quarter_more_and_a_quarter_less() {
    let mut rig = Rig::new(4);
    rig.apply(&web(10));
    rig.run_to(10_000);
    rig.change("web", "app:2");
    // 25 % of 10: 3 more (rounded up), 2 less (rounded down): 13 in all, at least 8 ready. The old
    // set shrinks by 2 at once, which makes room for 5 new ones
    assert_eq!(counts(&rig), [(8, 8), (5, 0)]);
    // 5 new ones are ready: 5 old ones go, and 5 new ones come
    rig.run_to(11_000);
    assert_eq!(counts(&rig), [(3, 3), (10, 5)]);
    rig.run_to(12_000);
    assert_eq!(counts(&rig), [(0, 0), (10, 10)]);
}

#[test]
fn a_container_that_crashes_is_started_ever_later() {
    let mut rig = Rig::new(1);
    rig.apply(&web(1).replace("app:1", "broken:1"));
    let started = rig.told_until(1_300_000, |_, entry| match entry {
        Entry::Started { .. } => Some(String::new()),
        _ => None,
    });
    let started: Vec<f64> = started.iter().map(|time| time.trim().parse().unwrap()).collect();
    // it runs for 3 s, is waited for, except for the first time, and takes 1 s to start
    let waits: Vec<f64> = started.windows(2).map(|pair| pair[1] - pair[0] - 4.0).collect();
    assert_eq!(started[0], 1.0);
    assert_eq!(waits, [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0]);
}
