//! Requests against nodes, counted by hand.

use super::super::fixture::{
    amounts, cluster, place, prepared, requesting, scores, sized, verdicts,
};
use super::*;
use crate::kubernetes::scheduler::node::NodeSpec;

const GIB: i64 = 1 << 30;

fn fit(cluster: &Cluster, shape: &PodShape) -> Vec<Verdict> {
    verdicts(cluster, &*prepared(filter(&Args::default(), cluster, shape)))
}

fn rejected(code: Code, reasons: &[&'static str]) -> Verdict {
    Err(Rejection { code, reasons: reasons.iter().map(|&reason| reason.into()).collect() })
}

fn scored(cluster: &Cluster, args: &Args, shape: &PodShape) -> Vec<i64> {
    scores(cluster, &*score(args, shape).expect("it always takes part"))
}

/// A cluster of two nodes with 8 GPUs or none, and a pod that requests one.
fn with_gpus() -> (Cluster, ResourceKind, PodShape) {
    let mut cluster = Cluster::new();
    let gpu = cluster.resource("nvidia.com/gpu");
    let mut rich = sized("gpu", 4000, 8 * GIB);
    rich.allocatable.set(gpu, 8);
    cluster.add_node(rich);
    cluster.add_node(sized("plain", 4000, 8 * GIB));
    let mut shape = requesting(1000, GIB);
    shape.requests.set(gpu, 1);
    shape.scored_requests.set(gpu, 1);
    (cluster, gpu, shape)
}

#[test]
fn a_pod_fits_to_the_last_thousandth() {
    let mut cluster = cluster([sized("a", 1000, GIB)]);
    place(&mut cluster, &requesting(600, GIB / 2), 0);
    assert_eq!(fit(&cluster, &requesting(400, GIB / 2)), [Ok(())]);
    let short = rejected(Code::Unschedulable, &["Insufficient cpu"]);
    assert_eq!(fit(&cluster, &requesting(401, GIB / 2)), [short]);
}

#[test]
fn everything_that_is_short_is_named_too_many_pods_first() {
    let mut cluster = cluster([NodeSpec { allowed_pods: 1, ..sized("a", 1000, GIB) }]);
    place(&mut cluster, &requesting(600, GIB / 2), 0);
    let mut shape = requesting(500, GIB);
    shape.requests.ephemeral_storage = 1;
    let reasons = [
        "Too many pods",
        "Insufficient cpu",
        "Insufficient memory",
        "Insufficient ephemeral-storage",
    ];
    // the node has no ephemeral storage at all
    let all = rejected(Code::UnschedulableAndUnresolvable, &reasons);
    assert_eq!(fit(&cluster, &shape), [all]);
    let full = rejected(Code::Unschedulable, &["Too many pods"]);
    assert_eq!(fit(&cluster, &requesting(0, 0)), [full]);
}

#[test]
fn eviction_cannot_help_where_the_whole_node_is_too_small() {
    let cluster = cluster([sized("small", 500, GIB), sized("large", 1000, GIB)]);
    let small = rejected(Code::UnschedulableAndUnresolvable, &["Insufficient cpu"]);
    assert_eq!(fit(&cluster, &requesting(501, 0)), [small, Ok(())]);
}

#[test]
fn what_is_not_requested_may_be_overdrawn() {
    let mut cluster = cluster([sized("a", 1000, GIB)]);
    place(&mut cluster, &requesting(2000, 0), 0);
    assert_eq!(fit(&cluster, &requesting(0, GIB)), [Ok(())]);
}

#[test]
fn an_extended_resource_is_short_where_there_is_none() {
    let (cluster, _, shape) = with_gpus();
    let none = rejected(Code::UnschedulableAndUnresolvable, &["Insufficient nvidia.com/gpu"]);
    assert_eq!(fit(&cluster, &shape), [Ok(()), none]);
}

#[test]
fn extended_resources_are_named_by_name() {
    let mut cluster = cluster([sized("a", 1000, GIB)]);
    let mut shape = requesting(0, 0);
    for name in ["vendor.example/b", "vendor.example/a"] {
        let kind = cluster.resource(name);
        shape.requests.set(kind, 1);
    }
    let reasons = ["Insufficient vendor.example/a", "Insufficient vendor.example/b"];
    let both = rejected(Code::UnschedulableAndUnresolvable, &reasons);
    assert_eq!(fit(&cluster, &shape), [both]);
}

#[test]
fn ignored_resources_and_groups_are_not_asked_about() {
    let (cluster, _, shape) = with_gpus();
    let by_name = Args { ignored_resources: vec!["nvidia.com/gpu".into()], ..Args::default() };
    let by_group = Args { ignored_resource_groups: vec!["nvidia.com".into()], ..Args::default() };
    let other = Args { ignored_resource_groups: vec!["nvidia".into()], ..Args::default() };
    let passes = |args| verdicts(&cluster, &*prepared(filter(args, &cluster, &shape)))[1].is_ok();
    assert_eq!([passes(&by_name), passes(&by_group), passes(&other)], [true, true, false]);
}

#[test]
fn only_extended_resources_can_be_ignored() {
    let names = ["hugepages-2Mi", "example.kubernetes.io/disk", "requests.example.com/gpu"];
    let args = Args {
        ignored_resources: names.map(Box::from).to_vec(),
        ignored_resource_groups: vec!["example.kubernetes.io".into()],
        ..Args::default()
    };
    assert_eq!(names.map(|name| args.ignores(name)), [false; 3]);
}

#[test]
fn least_allocated_is_the_mean_of_what_stays_free() {
    let mut cluster = cluster([sized("a", 4000, 8 * GIB), sized("b", 3000, 8 * GIB)]);
    place(&mut cluster, &requesting(1000, 2 * GIB), 0);
    // a: cpu 2500 of 4000 free = 62, memory 5 of 8 = 62; b: 2500 of 3000 = 83, 7 of 8 = 87
    assert_eq!(scored(&cluster, &Args::default(), &requesting(500, GIB)), [62, 85]);
}

#[test]
fn most_allocated_is_the_mean_of_what_is_taken() {
    let mut cluster = cluster([sized("a", 4000, 8 * GIB)]);
    place(&mut cluster, &requesting(1000, 2 * GIB), 0);
    let resources = vec![(ResourceKind::Cpu, 3), (ResourceKind::Memory, 1)];
    let args = Args { strategy: Strategy::MostAllocated, resources, ..Args::default() };
    // (3 * trunc(37.5) + 62.5 cut off to 62) / 4 = 43.25
    assert_eq!(scored(&cluster, &args, &requesting(500, 3 * GIB)), [43]);
}

#[test]
fn a_container_without_requests_counts_in_scores_only() {
    let cluster = cluster([sized("a", 1000, 1000 << 20)]);
    let shape = PodShape { scored_requests: amounts(100, 200 << 20), ..PodShape::default() };
    assert_eq!(scored(&cluster, &Args::default(), &shape), [85]);
    let tiny = [sized("a", 1, 1)];
    assert_eq!(fit(&super::super::fixture::cluster(tiny), &shape), [Ok(())]);
}

#[test]
fn an_extended_resource_counts_where_it_is_and_is_wanted() {
    let (mut cluster, gpu, shape) = with_gpus();
    place(&mut cluster, &shape, 0);
    let resources = vec![(ResourceKind::Cpu, 1), (gpu, 3)];
    let args = Args { strategy: Strategy::LeastAllocated, resources, ..Args::default() };
    // cpu 2000 of 4000 free = 50, gpus 6 of 8 = 75: (50 + 3 * 75) / 4 = 68.75
    assert_eq!(scored(&cluster, &args, &shape), [68, 75]);
    assert_eq!(scored(&cluster, &args, &requesting(1000, GIB)), [50, 75]);
}

#[test]
fn the_ratio_is_rounded_and_leaves_out_what_scores_nothing() {
    let mut cluster = cluster([sized("a", 1000, 1000)]);
    place(&mut cluster, &requesting(0, 100), 0);
    let strategy = Strategy::RequestedToCapacityRatio(vec![(0, 0), (100, 100)]);
    let resources = vec![(ResourceKind::Cpu, 1), (ResourceKind::Memory, 1)];
    let args = Args { strategy, resources, ..Args::default() };
    // cpu scores 0 and is left out; memory 25 percent
    assert_eq!(scored(&cluster, &args, &requesting(0, 150)), [25]);
    // (10 + 25) / 2 = 17.5
    assert_eq!(scored(&cluster, &args, &requesting(100, 150)), [18]);
    assert_eq!(scored(&cluster, &args, &requesting(2000, 2000)), [100]);
}

#[test]
fn the_pod_itself_may_count_differently_from_those_on_the_node() {
    let mut cluster = cluster([sized("a", 1000, 1000)]);
    let alone = Some(amounts(200, 400));
    let shape = PodShape { scored_alone: alone, ..requesting(500, 100) };
    // 200 of 1000 and 400 of 1000: (80 + 60) / 2
    assert_eq!(scored(&cluster, &Args::default(), &shape), [70]);
    place(&mut cluster, &shape, 0);
    // 500 + 200 and 100 + 400: (30 + 50) / 2
    assert_eq!(scored(&cluster, &Args::default(), &shape), [40]);
}
