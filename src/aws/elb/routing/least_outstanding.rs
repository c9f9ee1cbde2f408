//! Least outstanding requests.
//!
//! Among equals, the target that has had so many for longest: which one AWS takes is not published,
//! and this spreads requests to idle targets evenly.

use std::collections::BTreeSet;

/// The targets in use by their number of requests that are not answered. O(log n) each call.
#[derive(Clone, Debug, Default)]
pub struct LeastOutstanding {
    targets: Vec<Target>,
    /// Requests, the change that made it so many, and the target.
    order: BTreeSet<(u32, u64, u32)>,
    changes: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Target {
    outstanding: u32,
    changed: u64,
    used: bool,
}

impl LeastOutstanding {
    pub(super) fn add(&mut self, target: u32) {
        self.change(target, |entry| entry.used = true);
    }

    pub(super) fn remove(&mut self, target: u32) {
        self.change(target, |entry| entry.used = false);
    }

    #[inline]
    pub(super) fn pick(&self) -> Option<u32> {
        self.order.first().map(|&(_, _, target)| target)
    }

    #[inline]
    pub(super) fn started(&mut self, target: u32) {
        self.change(target, |entry| entry.outstanding += 1);
    }

    #[inline]
    pub(super) fn finished(&mut self, target: u32) {
        self.change(target, |entry| {
            assert!(entry.outstanding > 0, "a request ended at target {target}, which has none");
            entry.outstanding -= 1;
        });
    }

    fn change(&mut self, target: u32, change: impl FnOnce(&mut Target)) {
        let place = target as usize;
        if place >= self.targets.len() {
            self.targets.resize(place + 1, Target::default());
        }
        let entry = &mut self.targets[place];
        let before = *entry;
        change(entry);
        if before.used && entry.used && before.outstanding == entry.outstanding {
            return;
        }
        if before.used {
            self.order.remove(&(before.outstanding, before.changed, target));
        }
        self.changes += 1;
        entry.changed = self.changes;
        if entry.used {
            self.order.insert((entry.outstanding, entry.changed, target));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn idle_targets_are_taken_in_the_order_they_became_idle() {
        let mut router = LeastOutstanding::default();
        for target in [0, 1, 2] {
            router.add(target);
        }
        for target in [0, 1, 2] {
            assert_eq!(router.pick(), Some(target));
            router.started(target);
        }
        router.finished(2);
        router.finished(0);
        assert_eq!(router.pick(), Some(2));
        router.started(2);
        assert_eq!(router.pick(), Some(0));
    }

    #[test]
    #[should_panic(expected = "a request ended at target 3, which has none")]
    fn a_request_that_never_started_cannot_end() {
        LeastOutstanding::default().finished(3);
    }

    proptest! {
        #[test]
        fn no_target_in_use_has_fewer_requests_than_the_one_picked(
            steps in prop::collection::vec((0_u8..8, 0_u32..8), 1..300)
        ) {
            let mut router = LeastOutstanding::default();
            let mut plain = [(false, 0_u32); 8];
            for (kind, target) in steps {
                let entry = &mut plain[target as usize];
                match kind {
                    0 => { router.add(target); entry.0 = true; }
                    1 => { router.remove(target); entry.0 = false; }
                    2..4 => if entry.1 > 0 { router.finished(target); entry.1 -= 1; },
                    _ => if let Some(picked) = router.pick() {
                        router.started(picked);
                        plain[picked as usize].1 += 1;
                    }
                }
                let least = plain.iter().filter(|(used, _)| *used).map(|(_, count)| *count).min();
                let picked = router.pick().map(|picked| plain[picked as usize]);
                prop_assert_eq!(picked, least.map(|least| (true, least)));
            }
        }
    }
}
