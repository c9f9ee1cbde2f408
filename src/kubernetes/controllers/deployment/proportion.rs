//! A Deployment whose size changes while it has several sets: all change in proportion, so that
//! the update is neither sped up nor held back.
//!
//! Source: Kubernetes v1.36, `pkg/controller/deployment/sync.go` (`scale`) and
//! `util/deployment_util.go` (`FindActiveOrLatest`, `IsSaturated`, `GetReplicaSetProportion`).

use super::Strategy;
use super::sets::Sets;

/// Spreads the Deployment's size over its sets.
pub(super) fn scale(plan: &mut Sets) {
    let active: Vec<usize> =
        (0..plan.sets.len()).filter(|&at| plan.sets[at].replicas > 0).collect();
    match active[..] {
        [] => {
            // the set of the present template, else the youngest
            let latest = plan.new_set().or(plan.sets.len().checked_sub(1));
            if let Some(latest) = latest {
                plan.resize(latest, plan.spec.replicas);
            }
        }
        [only] => plan.resize(only, plan.spec.replicas),
        _ if is_saturated(plan) => plan.each_old_oldest_first(|plan, at| plan.resize(at, 0)),
        _ if matches!(plan.spec.strategy, Strategy::RollingUpdate { .. }) => spread(plan, active),
        _ => {}
    }
}

/// Whether the new set has its full size, and all of it available.
fn is_saturated(plan: &Sets) -> bool {
    let wanted = plan.spec.replicas;
    plan.new_set().map(|at| &plan.sets[at]).is_some_and(|new| {
        let marked = new.marks.is_some_and(|marks| marks.desired == wanted);
        marked && new.replicas == wanted && new.available == wanted
    })
}

/// The largest sets first, of equals the youngest when growing and the oldest when shrinking; what
/// rounding leaves goes to the first.
fn spread(plan: &mut Sets, mut active: Vec<usize>) {
    let allowed = if plan.spec.replicas > 0 { plan.spec.max_pods() } else { 0 };
    let to_add = allowed - plan.total();
    if to_add > 0 {
        active.sort_by_key(|&at| std::cmp::Reverse((plan.sets[at].replicas, at)));
    } else if to_add < 0 {
        active.sort_by_key(|&at| (-plan.sets[at].replicas, at));
    }
    let mut added = 0;
    let mut sizes = Vec::with_capacity(active.len());
    for &at in &active {
        let share = if to_add == added { 0 } else { proportion(plan, at, to_add - added) };
        sizes.push(plan.sets[at].replicas + share);
        added += share;
    }
    sizes[0] = (sizes[0] + to_add - added).max(0);
    for (&at, &size) in active.iter().zip(&sizes) {
        plan.write(at, size);
    }
}

/// What is a set's part of the change, within what is left of it.
fn proportion(plan: &Sets, at: usize, left: i32) -> i32 {
    let fraction = fraction(plan, at);
    if left > 0 { fraction.min(left) } else { fraction.max(left) }
}

/// By how much a set would change if it kept its part of the largest size the Deployment may have.
fn fraction(plan: &Sets, at: usize) -> i32 {
    let set = &plan.sets[at];
    if plan.spec.replicas == 0 {
        return -set.replicas;
    }
    let marked = set.marks.map(|marks| marks.max).filter(|&max| max != 0);
    let before = marked.unwrap_or_else(|| plan.sets.iter().map(|set| set.current).sum());
    if before == 0 {
        return 0;
    }
    let max = plan.spec.max_pods();
    // rounded to the nearest, halves up; all are positive
    let size = (2 * i64::from(set.replicas) * i64::from(max) + i64::from(before))
        .div_euclid(2 * i64::from(before));
    i32::try_from(size).unwrap_or(i32::MAX) - set.replicas
}
