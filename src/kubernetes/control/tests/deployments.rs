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
