//! A rolling update: the new set up as far as the surge allows; if it did not go up, the old ones
//! down as far as enough pods stay available.
//!
//! Source: Kubernetes v1.36, `pkg/controller/deployment/rolling.go`.

use super::SetView;
use super::sets::Sets;

/// One step.
pub(super) fn roll(plan: &mut Sets) {
    let new = plan.new_or_create();
    let replicas = plan.sets[new].replicas;
    if replicas != plan.spec.replicas {
        let size =
            if replicas > plan.spec.replicas { plan.spec.replicas } else { plan.room_for(new) };
        plan.resize(new, size);
        if size != replicas {
            return;
        }
    }
    if scale_down_old(plan, new) {
        return;
    }
    if plan.is_complete() {
        plan.clean_up();
    }
}

/// Unhealthy pods of old sets first, then as many available ones as there are more than needed,
/// both from the oldest set on. Returns whether any goes.
fn scale_down_old(plan: &mut Sets, new: usize) -> bool {
    if plan.old().all(|set| set.replicas == 0) {
        return false;
    }
    let needed = plan.spec.replicas - plan.spec.max_unavailable();
    let waited_for = plan.sets[new].replicas - plan.sets[new].available;
    let most = plan.total() - needed - waited_for;
    if most <= 0 {
        return false;
    }
    let Some(unhealthy) = clean_up_unhealthy(plan, most) else {
        return false;
    };
    let active = plan.sets.iter().filter(|set| set.is_new || set.replicas > 0);
    let available: i32 = active.map(|set| set.available).sum();
    let mut spare = 0;
    plan.each_old_oldest_first(|plan, at| {
        spare += take(plan, at, available - needed - spare, plan.sets[at].replicas);
    });
    unhealthy + spare > 0
}

/// Takes up to `most` unavailable replicas. None when it comes to a set whose status is older than
/// its size, so that it has more available pods than replicas: then this sync leaves the rest.
fn clean_up_unhealthy(plan: &mut Sets, most: i32) -> Option<i32> {
    let mut taken = 0;
    let mut stale = false;
    plan.each_old_oldest_first(|plan, at| {
        let SetView { replicas, available, .. } = plan.sets[at];
        if taken < most && !stale {
            stale = available > replicas;
            taken += take(plan, at, most - taken, replicas - available);
        }
    });
    (!stale).then_some(taken)
}

/// Takes up to `most` of `some` replicas from a set; returns how many.
fn take(plan: &mut Sets, at: usize, most: i32, some: i32) -> i32 {
    let fewer = most.min(some).max(0);
    let replicas = plan.sets[at].replicas - fewer;
    plan.resize(at, replicas);
    fewer
}
