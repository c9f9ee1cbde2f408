//! Pools that are read, and such as are refused.

use super::*;
use crate::kubernetes::autoscale::karpenter::requirements::{CAPACITY_TYPE, INSTANCE_TYPE};

const POOL: &str = "\
apiVersion: karpenter.sh/v1
kind: NodePool
metadata:
  name: shop
spec:
  template:
    metadata:
      labels: { team: shop }
    spec:
      nodeClassRef: { group: karpenter.k8s.aws, kind: EC2NodeClass, name: default }
      taints: [{ key: shop, value: only, effect: NoSchedule }]
      startupTaints: [{ key: network, effect: NoExecute }]
      expireAfter: 48h
      terminationGracePeriod: 1h30m
      requirements:
        - { key: karpenter.sh/capacity-type, operator: In, values: [spot, on-demand] }
        - { key: karpenter.k8s.aws/instance-cpu, operator: Gt, values: ['3'] }
        - { key: node.kubernetes.io/instance-type, operator: Exists, minValues: 5 }
  limits: { cpu: 1k, memory: 2Ti }
  weight: 10
  disruption:
    consolidationPolicy: WhenEmpty
    consolidateAfter: 30s
    budgets:
      - nodes: '20%'
      - { nodes: '0', schedule: '0 9 * * mon-fri', duration: 8h, reasons: [Underutilized] }
";

fn reasons(text: &str) -> String {
    read_text("pool.yaml", text).expect_err("it is refused").render(false)
}

#[test]
fn everything_that_a_pool_says_is_read() {
    let pools = read_text("pool.yaml", POOL).expect("it is right");
    let [pool] = pools.as_slice() else { panic!("there is one") };
    assert_eq!((&*pool.name, pool.weight), ("shop", 10));
    let template = &pool.template;
    assert_eq!(template.labels.get("team"), Some("shop"));
    assert_eq!(template.class, ("EC2NodeClass".into(), "default".into()));
    assert_eq!((template.taints.len(), template.startup_taints.len()), (1, 1));
    assert_eq!(template.expire_after, Some(SimDuration::from_secs(48 * 3_600)));
    assert_eq!(template.termination_grace_period, Some(SimDuration::from_secs(5_400)));
    let requirements = &template.requirements;
    assert!(requirements.allow(CAPACITY_TYPE, "spot") && !requirements.allow(CAPACITY_TYPE, "x"));
    assert!(requirements.allow("karpenter.k8s.aws/instance-cpu", "4"));
    assert!(!requirements.allow("karpenter.k8s.aws/instance-cpu", "3"));
    let types = requirements.get(INSTANCE_TYPE).expect("it was named");
    assert_eq!(types.min_values(), Some(5));
    let limits: Vec<_> = pool.limits.iter().map(|(name, all)| (&**name, all.value())).collect();
    assert_eq!(limits, [("cpu", 1_000), ("memory", 2 << 40)]);
    let disruption = &pool.disruption;
    assert_eq!(disruption.policy, ConsolidationPolicy::WhenEmpty);
    assert_eq!(disruption.consolidate_after, Some(SimDuration::from_secs(30)));
    assert_eq!(disruption.budgets[0], Budget { nodes: Share::Percent(20), ..Budget::default() });
    assert_eq!(disruption.budgets[1].nodes, Share::Nodes(0));
    assert_eq!(disruption.budgets[1].reasons, Some(vec![Reason::Underutilized]));
}

/// From 2 to 4.
#[test]
fn bounds_may_be_values_themselves() {
    let key = "karpenter.k8s.aws/instance-cpu";
    let one = |operator: &str, bound| {
        format!("{{ key: {key}, operator: {operator}, values: ['{bound}'] }}")
    };
    let text =
        POOL.replace(&one("Gt", 3), &format!("{}\n        - {}", one("Gte", 2), one("Lte", 4)));
    let pools = read_text("pool.yaml", &text).expect("it is right");
    let requirements = &pools[0].template.requirements;
    let allowed = ["1", "2", "3", "4", "5"].map(|cores| requirements.allow(key, cores));
    assert_eq!(allowed, [false, true, true, true, false]);
}

#[test]
fn what_a_pool_does_not_say_is_filled_in() {
    let text = "\
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: { name: plain }
spec:
  template:
    spec:
      nodeClassRef: { group: karpenter.k8s.aws, kind: EC2NodeClass, name: default }
      expireAfter: Never
---
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: { name: default }
";
    let pools = read_text("pool.yaml", text).expect("it is right");
    let [pool] = pools.as_slice() else { panic!("there is one") };
    assert_eq!((pool.weight, pool.template.expire_after), (0, None));
    let disruption = &pool.disruption;
    assert_eq!(disruption.policy, ConsolidationPolicy::WhenEmptyOrUnderutilized);
    assert_eq!(disruption.consolidate_after, Some(SimDuration::default()));
    assert_eq!(disruption.budgets, [Budget::default()]);
    let without = text.replace("      expireAfter: Never\n", "");
    let pools = read_text("pool.yaml", &without).expect("it is right");
    assert_eq!(pools[0].template.expire_after, Some(SimDuration::from_secs(2_592_000)));
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let wrong = [
        ("weight: 10", "weight: 101", "must be from 1 to 100"),
        ("weight: 10", "replicas: 3", "fixed number of nodes"),
        ("weight: 10", "wieght: 10", "did you mean `weight`?"),
        ("values: ['3']", "values: [many]", "Gt needs one whole number"),
        ("operator: Exists", "operator: Exist", "`Exist` is no operator"),
        ("minValues: 5", "minValues: 51", "must be from 1 to 50"),
        ("operator: Exists, minValues: 5", "operator: In, values: [a], minValues: 2", "of 1"),
        ("consolidateAfter: 30s", "consolidateAfter: 1d", "`1d` is no span of time"),
        (", duration: 8h", "", "schedule and duration come together"),
        ("'0 9 * * mon-fri'", "'@every 1h'", "cannot begin every so often"),
        ("nodes: '20%'", "nodes: '120%'", "a number of nodes or a percentage"),
        ("[Underutilized]", "[Bored]", "`Bored` is no reason"),
        ("cpu: 1k", "cpu: lots", "`lots` is no quantity"),
        ("effect: NoExecute", "effect: Never", "`Never` is no effect"),
        ("key: node.kubernetes.io/instance-type", "key: karpenter.sh/nodepool", "sets this label"),
        ("karpenter.sh/v1", "karpenter.sh/v1beta1", "write `apiVersion: karpenter.sh/v1`"),
    ];
    for (right, wrong, message) in wrong {
        let text = POOL.replacen(right, wrong, 1);
        assert_ne!(text, POOL, "{right}");
        let shown = reasons(&text);
        assert!(shown.contains(message), "{wrong}: {shown}");
        assert!(shown.contains('^'), "{wrong}: {shown}");
    }
}

#[test]
fn a_mistake_in_a_later_document_has_the_line_of_the_file() {
    let text =
        format!("{POOL}---\n{}", POOL.replace("shop\nspec", "pay\nspec").replace("48h", "x"));
    insta::assert_snapshot!(reasons(&text));
    let twice = format!("{POOL}---\n{POOL}");
    assert!(reasons(&twice).contains("there are two objects of kind NodePool named `shop`"));
}
