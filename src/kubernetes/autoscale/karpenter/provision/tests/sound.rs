//! Whatever was planned, the scheduler's own filters agree with when all nodes are there.

use proptest::prelude::*;

use super::super::*;
use crate::kubernetes::autoscale::karpenter::fixture::{Scene, pod_of, pool, spread_over, term};
use crate::kubernetes::autoscale::karpenter::launch::launch;
use crate::kubernetes::autoscale::karpenter::requirements::{HOSTNAME, INSTANCE_TYPE, ZONE};
use crate::kubernetes::scheduler::filters::Filters;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::shape::{PodAffinity, PodShape, Unsatisfiable};
use crate::kubernetes::scheduler::topology::TopologyId;

const APPS: [&str; 3] = ["web", "db", "job"];

/// What pods of an app want of their neighbours.
#[derive(Clone, Copy, Debug)]
enum Wants {
    Nothing,
    Spread(TopologyId, i32, Unsatisfiable),
    Near(TopologyId, usize),
    Away(TopologyId, usize),
}

fn wants() -> impl Strategy<Value = Wants> {
    let topology = || prop_oneof![Just(TopologyId::HOSTNAME), Just(TopologyId::ZONE)];
    let hardness =
        prop_oneof![Just(Unsatisfiable::DoNotSchedule), Just(Unsatisfiable::ScheduleAnyway)];
    prop_oneof![
        Just(Wants::Nothing),
        (topology(), 1..3i32, hardness).prop_map(|(key, skew, how)| Wants::Spread(key, skew, how)),
        (topology(), 0..3usize).prop_map(|(key, app)| Wants::Near(key, app)),
        (topology(), 0..3usize).prop_map(|(key, app)| Wants::Away(key, app)),
    ]
}

/// A pod of an app, in a zone if one is given.
fn shape(app: usize, wants: &[Wants], milli_cpu: i64, zone: Option<&str>) -> PodShape {
    let mut shape = pod_of(APPS[app], milli_cpu);
    let of = |required| PodAffinity { required, ..PodAffinity::default() };
    match wants[app] {
        Wants::Nothing => {}
        Wants::Spread(topology, max_skew, unsatisfiable) => {
            let mut constraint = spread_over(topology, unsatisfiable);
            constraint.max_skew = max_skew;
            constraint.selector =
                crate::kubernetes::autoscale::karpenter::fixture::of_app(APPS[app]);
            shape.spread.push(constraint);
        }
        Wants::Near(topology, other) => shape.affinity = of(vec![term(topology, APPS[other])]),
        Wants::Away(topology, other) => {
            shape.anti_affinity = of(vec![term(topology, APPS[other])]);
        }
    }
    shape.node_selector = zone.iter().map(|&zone| (ZONE, zone)).collect();
    shape
}

/// Makes the nodes of claims, and puts all pods where they were planned.
fn carry_out(scene: &mut Scene, plan: &Plan) -> Vec<(PodId, NodeId)> {
    let mut all = plan.placed.clone();
    for claim in &plan.claims {
        let launch = launch(claim, &scene.pools[0].types).expect("a claim can be launched");
        let name = format!("n{}", scene.cluster.node_places());
        let labels = [
            (HOSTNAME, &*name),
            (ZONE, &*launch.offering.zone),
            (INSTANCE_TYPE, &*launch.instance.name),
        ];
        let spec = NodeSpec {
            name: name.as_str().into(),
            labels: labels.into_iter().collect(),
            allocatable: launch.instance.allocatable.clone(),
            allowed_pods: launch.instance.allowed_pods,
            ..NodeSpec::default()
        };
        let node = scene.cluster.add_node(spec);
        all.extend(claim.pods.iter().map(|&pod| (pod, node)));
    }
    all.iter().for_each(|&(pod, node)| scene.cluster.bind(pod, node, 0));
    all
}

proptest! {
    #[test]
    fn the_scheduler_agrees_with_every_plan(
        wants in prop::collection::vec(wants(), 3),
        nodes in prop::collection::vec((0..3usize, 0..3usize), 0..4),
        running in prop::collection::vec((0..3usize, 0..4usize), 0..4),
        // app, requested quarters of a core, how many, whether all of this kind are in one zone
        pods in prop::collection::vec((0..3usize, 1..12i64, 1..6usize, 0..6usize), 1..6),
    ) {
        const ZONES: [&str; 3] = ["a", "b", "c"];
        let mut scene = Scene::in_zones(&ZONES, vec![pool("plain", "", "")]);
        let ids = nodes.iter().map(|&(zone, kind)| scene.node_in(ZONES[zone], kind));
        let ids: Vec<_> = ids.collect();
        for (app, place) in running {
            if let Some(&node) = ids.get(place) {
                // what runs wants nothing, so that it is right where it is
                scene.run(pod_of(APPS[app], 250), node);
            }
        }
        // where it differs from the scheduler, as Karpenter does: pods whose like are only where
        // they themselves must not be are taken for the first of their kind; and spread of pods
        // that must be in a zone does not count those on claims that may still be in any
        let has_no_zone = |app: usize| match wants[app] {
            Wants::Spread(..) => true,
            Wants::Near(_, other) => other == app,
            _ => false,
        };
        for (app, quarters, number, zone) in pods {
            let zone = ZONES.get(zone).copied().filter(|_| !has_no_zone(app));
            scene.wait(&shape(app, &wants, quarters * 250, zone), number);
        }
        let plan = scene.plan();
        prop_assert_eq!(&scene.plan(), &plan, "a plan changes nothing");
        let all = carry_out(&mut scene, &plan);
        prop_assert_eq!(all.len() + plan.unplanned.len(), scene.pending.len());
        for (pod, node) in all {
            let shape = scene.cluster.pod(pod).shape;
            let lifted = scene.cluster.lift_pod(node, pod, shape);
            let filters = Filters::prepare(&scene.profile, &scene.cluster, shape);
            let verdict =
                filters.and_then(|all| all.verdict(&scene.cluster, scene.cluster.node(node)));
            prop_assert!(verdict.is_ok(), "{:?} {:?} {:?}", pod, node, verdict);
            scene.cluster.put_pod_back(lifted);
        }
        for (pod, _) in &plan.unplanned {
            let labels = &scene.cluster.shape_of(*pod).labels;
            let app = APPS.iter().position(|app| labels.get("app") == Some(app));
            let app = app.expect("it has one");
            let avoids = |one: &Wants| matches!(one, Wants::Away(_, other) if *other == app);
            let avoided = wants.iter().any(avoids);
            let free = matches!(wants[app], Wants::Nothing) && !avoided;
            prop_assert!(!free, "there is always room for pods without neighbours");
        }
    }
}
