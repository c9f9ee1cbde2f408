//! Updates of managed node groups on Amazon EKS, against timelines worked out by hand.
//!
//! An instance is up 26 s after it was asked for, and a node 10 s later.

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::{Kind, Reason};
use plimsoll::metrics::summary::CostItem;
use tempfile::NamedTempFile;

use crate::eks::times;
use crate::lab::{HOST, app, close, of, run, simulation};

const LAWS: &str = "launch = '6s'\nboot = '20s'\njoin = '10s'\nshutdown = '30s'\n";

/// A group of so many nodes in so many zones, updated at 600 s; `update` are further keys of that,
/// `budget` is the spec of a disruption budget of the app.
fn play(nodes: u32, zones: u32, app: &str, update: &str, budget: &str, more: &str) -> Recording {
    let manifest = format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web}}\nspec:\n  \
         selector: {{matchLabels: {{app: web}}}}\n  {budget}\n"
    );
    let file = NamedTempFile::with_suffix(".yaml").expect("a file");
    std::fs::write(file.path(), manifest).expect("it can be written");
    let cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nengine = {{ start = '0s', prepulled = true }}\n\
         zones = {{ count = {zones}, uplink = '10Gbit/s' }}\n\
         kubernetes = {{ manifests = ['{}'] }}\n\
         [[cluster.node_group]]\nname = 'general'\ninstance_types = ['m5.large']\n\
         min = {nodes}\nmax = {nodes}\n{LAWS}\
         [[cluster.node_group.update]]\nat = '600s'\n{update}\n{more}",
        file.path().display()
    );
    run(&[&simulation("2h"), HOST, app, &cluster])
}

/// What is told of the group itself, and when.
fn told(recording: &Recording) -> Vec<(f64, Reason)> {
    let log = &recording.log;
    let own = log.events.iter().filter(|it| log.object(it.object).kind == Kind::Nodegroup);
    own.map(|it| (it.time.as_secs_f64(), it.reason)).collect()
}

/// When nodes were deleted, and which.
fn removed(recording: &Recording) -> Vec<(f64, &str)> {
    let log = &recording.log;
    let gone = log.events.iter().filter(|it| it.reason == Reason::RemovingNode);
    gone.map(|it| (it.time.as_secs_f64(), log.object(it.object).name())).collect()
}

/// Two new nodes are ready at 636 s. Each old one is drained at once, ended 60 s later, and gone
/// after another 30 s; then it is the next one's turn. Those that replace them join 36 s after an
/// end. At last two of the four go, which takes 30 s each: those whose hour has come furthest, the
/// first new ones.
#[test]
fn two_nodes_of_one_zone_are_replaced_one_after_the_other() {
    let recording = play(2, 1, &app("web", "replicas = 2"), "", "minAvailable: 1", "");
    let joined = [36.0, 36.0, 636.0, 636.0, 696.0 + 36.0, 786.0 + 36.0];
    assert_eq!(times(&recording, Reason::RegisteredNode), joined);
    let gone = removed(&recording);
    assert_eq!(gone.iter().map(|it| it.0).collect::<Vec<_>>(), [696.0, 786.0, 816.0, 846.0]);
    let mut names: Vec<&str> = gone.iter().map(|it| it.1).collect();
    names[..2].sort_unstable();
    names[2..].sort_unstable();
    assert_eq!(names, ["general-0", "general-1", "general-2", "general-3"]);
    // old ones take no pods from the time on at which new ones are ready
    let closed = [636.0, 636.0, 816.0, 846.0];
    assert_eq!(times(&recording, Reason::NodeNotSchedulable), closed);
    let told = told(&recording);
    use Reason::{NodegroupUpdateInProgress as Begins, NodegroupUpdateOver as Over};
    assert_eq!(told, [(600.0, Begins), (876.0, Over)]);
    assert!(recording.summary.warnings.is_empty(), "{:?}", recording.summary.warnings);
    assert!(of(&recording, "web").replicas_ready > 1.98);
}

/// The old ones run until 696 s and 786 s, two new ones from 606 s to 816 s and 846 s, and those
/// that stay from 702 s and 792 s on.
#[test]
fn the_bill_has_old_and_new_nodes() {
    let recording = play(2, 1, &app("web", "replicas = 2"), "", "minAvailable: 1", "");
    let seconds = (696.0 - 6.0) + (786.0 - 6.0) + (816.0 - 606.0) + (846.0 - 606.0);
    let seconds = seconds + (7200.0 - 702.0) + (7200.0 - 792.0);
    let cost = recording.summary.cost.by_item.of(CostItem::Machines);
    close(cost, 0.096 * seconds / 3600.0);
}

/// Six new nodes for three zones; then three old ones, and down by six, one every 30 s.
#[test]
fn three_nodes_of_three_zones() {
    let recording = play(3, 3, &app("web", "replicas = 3"), "", "minAvailable: 1", "");
    let mut joined = vec![36.0; 3];
    joined.extend([636.0; 6]);
    joined.extend([732.0, 822.0, 912.0]);
    assert_eq!(times(&recording, Reason::RegisteredNode), joined);
    let gone = [696.0, 786.0, 876.0, 906.0, 936.0, 966.0, 996.0, 1026.0, 1056.0];
    assert_eq!(times(&recording, Reason::RemovingNode), gone);
    assert_eq!(told(&recording)[1], (1086.0, Reason::NodegroupUpdateOver));
    let at_end = recording.summary.ec2.as_ref().expect("it is on EC2");
    assert_eq!(at_end.launched, 12);
}

/// Two of three at a time, as 50 % of three is: at 696 s two end, at 786 s the last one. Three
/// zones still have two new nodes each.
#[test]
fn several_nodes_at_a_time() {
    let update = "max_unavailable_percentage = 50";
    let recording = play(3, 3, &app("web", "replicas = 3"), update, "minAvailable: 0", "");
    assert_eq!(times(&recording, Reason::RemovingNode)[..4], [696.0, 696.0, 786.0, 816.0]);
    // ten are more than two a zone
    let recording = play(1, 1, &app("web", ""), "max_unavailable = 10", "minAvailable: 0", "");
    assert_eq!(
        times(&recording, Reason::RegisteredNode)[1..],
        [[636.0; 10].as_slice(), &[732.0]].concat()
    );
}

/// The budget lets no pod go: 900 s after the drain began the update fails, both old nodes take
/// pods again, and the two new ones go one after the other.
#[test]
fn a_budget_that_lets_no_pod_go_fails_the_update() {
    let recording = play(2, 1, &app("web", "replicas = 2"), "", "minAvailable: 2", "");
    let told = told(&recording);
    use Reason::{NodegroupUpdateFailed as Failed, NodegroupUpdateInProgress as Begins};
    let over = (1596.0, Reason::NodegroupUpdateOver);
    assert_eq!(told, [(600.0, Begins), (1536.0, Failed), over]);
    assert_eq!(times(&recording, Reason::NodeSchedulable), [1536.0, 1536.0]);
    let mut gone = removed(&recording);
    gone.sort_by_key(|it| it.1);
    assert_eq!(gone.iter().map(|it| it.1).collect::<Vec<_>>(), ["general-2", "general-3"]);
    assert_eq!(times(&recording, Reason::RemovingNode), [1536.0, 1566.0]);
    assert_eq!(times(&recording, Reason::PodDeleted), Vec::<f64>::new());
    let [warning] = &recording.summary.warnings[..] else {
        panic!("one warning: {:?}", recording.summary.warnings)
    };
    let expected = "the update of `general` failed: PodEvictionFailure";
    assert!(warning.starts_with(expected), "{warning}");
}

/// By force pods are deleted after 900 s, whatever their budgets say: at 636 s + 900 s those of the
/// first node, which is gone 90 s later, and 900 s after that those of the second. When the group
/// is lowered EKS asks the budgets again, and ends nodes with their pods after another 900 s.
#[test]
fn by_force_pods_are_deleted() {
    let update = "force = true";
    let recording = play(2, 1, &app("web", "replicas = 2"), update, "minAvailable: 2", "");
    assert_eq!(times(&recording, Reason::PodDeleted), [1536.0, 2526.0]);
    let gone = [1596.0, 2586.0, 2616.0 + 900.0, 3546.0 + 900.0];
    assert_eq!(times(&recording, Reason::RemovingNode), gone);
    let told = told(&recording);
    let over = (4476.0, Reason::NodegroupUpdateOver);
    assert_eq!(told, [(600.0, Reason::NodegroupUpdateInProgress), over]);
    assert!(recording.summary.warnings.is_empty(), "{:?}", recording.summary.warnings);
}

/// EC2 has no instances any more, of which it is asked again every 60 s: after 900 s the update
/// fails, and old nodes were not touched. What was asked for at that instant takes 30 s to end.
#[test]
fn new_nodes_that_do_not_come_fail_the_update() {
    let more = "[[cluster.node_group.shortage]]\nfrom = '300s'\n";
    let recording = play(2, 1, &app("web", "replicas = 2"), "", "minAvailable: 1", more);
    let told = told(&recording);
    use Reason::{NodegroupUpdateFailed as Failed, NodegroupUpdateOver as Over};
    assert_eq!(told[1..], [(1500.0, Failed), (1530.0, Over)]);
    assert_eq!(times(&recording, Reason::NodeNotSchedulable), Vec::<f64>::new());
    assert_eq!(times(&recording, Reason::RemovingNode), Vec::<f64>::new());
    let mut warnings = recording.summary.warnings.iter();
    assert!(warnings.any(|it| it.contains("NodeCreationFailure")));
}

/// One of the new nodes is empty all the time, which the autoscaler would take after a minute; but
/// it takes none of a group that is updated. The two that are there at the end are needed.
#[test]
fn the_cluster_autoscaler_leaves_a_group_alone_that_is_updated() {
    let more = "[cluster.cluster_autoscaler]\n\
                scale_down = { unneeded_time = '1min', delay_after_add = '0s' }\n";
    let keys = "replicas = 2\ncpu = { request = '1500m' }";
    let recording = play(2, 1, &app("web", keys), "force = true", "minAvailable: 2", more);
    let gone = [1596.0, 2586.0, 3516.0, 4446.0];
    assert_eq!(times(&recording, Reason::RemovingNode), gone);
    // nor does it ask for more: pods that were deleted find room on the new ones
    assert_eq!(times(&recording, Reason::RegisteredNode).len(), 6);
    assert_eq!(times(&recording, Reason::TriggeredScaleUp), Vec::<f64>::new());
}

#[test]
fn a_second_update_is_refused_while_the_first_is_under_way() {
    let again = "[[cluster.node_group.update]]\nat = '700s'\n\
                 [[cluster.node_group.update]]\nat = '1000s'\n";
    let recording = play(2, 1, &app("web", "replicas = 2"), "", "minAvailable: 1", again);
    let told: Vec<f64> = told(&recording).into_iter().map(|it| it.0).collect();
    assert_eq!(told, [600.0, 876.0, 1000.0, 1276.0]);
    let warning = &recording.summary.warnings[0];
    assert!(warning.contains("ResourceInUseException"), "{warning}");
}

/// Of nodes that all are taken back within a day or so, with an autoscaler that has to do: whatever
/// comes between, each update comes to an end.
#[test]
fn an_update_ends_whatever_happens_to_nodes() {
    let updates: String = (1..12)
        .map(|hour| format!("[[cluster.node_group.update]]\nat = '{}h'\nforce = true\n", hour * 18))
        .collect();
    let cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nengine = {{ start = '0s', prepulled = true }}\n\
         zones = {{ count = 3, uplink = '10Gbit/s' }}\n[cluster.cluster_autoscaler]\n\
         [[cluster.node_group]]\nname = 'general'\ninstance_types = ['m5.large']\n\
         capacity = 'spot'\nspot_interruptions = '99.9999999999%'\n\
         min = 1\ndesired = 20\nmax = 40\n{LAWS}{updates}"
    );
    let keys = "replicas = 20\ncpu = { request = '1500m' }";
    let recording = run(&[&simulation("240h"), HOST, &app("web", keys), &cluster]);
    let told = told(&recording);
    let ends = told.iter().filter(|it| it.1 == Reason::NodegroupUpdateOver).count();
    assert_eq!((ends, told.len()), (11, 22), "{told:?}");
    let ec2 = recording.summary.ec2.as_ref().expect("it is on EC2");
    assert!(ec2.interruptions > 50, "{ec2:?}");
    assert!(
        of(&recording, "web").replicas_ready > 19.8,
        "{}",
        of(&recording, "web").replicas_ready
    );
    let joined = times(&recording, Reason::RegisteredNode).len();
    assert_eq!(joined - times(&recording, Reason::RemovingNode).len(), 20);
}
