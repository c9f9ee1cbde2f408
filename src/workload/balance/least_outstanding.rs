//! Least outstanding requests: the ready replica with the fewest unanswered requests.
//!
//! Among equals, the one whose number has been what it is for longest: an idle replica that served
//! last is taken last. Replicas of equal number form a list in that order, and a replica goes to
//! the end of the next list up or down when its number changes, so nothing is ever searched for.
//! HAProxy's `leastconn` (2.x, `lb_fwlc.c`) requeues a server in the same way whenever its number
//! of connections changes.

use super::ring::{Links, Ring};

/// The ready replicas by their number of outstanding requests.
#[derive(Clone, Debug, Default)]
pub struct LeastOutstanding {
    replicas: Vec<Replica>,
    /// At each number of requests the ready replicas that have it.
    rings: Vec<Ring>,
    links: Links,
    /// The least number a ready replica has; without meaning when none is ready.
    least: usize,
    ready: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Replica {
    outstanding: u32,
    ready: bool,
}

impl LeastOutstanding {
    pub(super) fn len(&self) -> usize {
        self.ready
    }

    pub(super) fn add(&mut self, replica: u32) {
        self.make_room(replica);
        let entry = &mut self.replicas[replica as usize];
        if entry.ready {
            return;
        }
        entry.ready = true;
        let outstanding = entry.outstanding as usize;
        self.append(replica, outstanding);
        if self.ready == 0 || outstanding < self.least {
            self.least = outstanding;
        }
        self.ready += 1;
    }

    pub(super) fn remove(&mut self, replica: u32) {
        let Some(entry) = self.replicas.get_mut(replica as usize).filter(|entry| entry.ready)
        else {
            return;
        };
        entry.ready = false;
        let outstanding = entry.outstanding as usize;
        self.rings[outstanding].remove(&mut self.links, replica);
        self.ready -= 1;
        if self.ready > 0 {
            // the one search: those left are at this number or above
            while self.rings[self.least].is_empty() {
                self.least += 1;
            }
        }
    }

    #[inline]
    pub(super) fn pick(&self) -> Option<u32> {
        if self.ready == 0 {
            return None;
        }
        self.rings[self.least].first()
    }

    #[inline]
    pub(super) fn started(&mut self, replica: u32) {
        self.make_room(replica);
        let Replica { outstanding, ready } = &mut self.replicas[replica as usize];
        let before = *outstanding as usize;
        *outstanding += 1;
        if *ready {
            self.rings[before].remove(&mut self.links, replica);
            self.append(replica, before + 1);
            if before == self.least && self.rings[before].is_empty() {
                self.least += 1;
            }
        }
    }

    #[inline]
    pub(super) fn finished(&mut self, replica: u32) {
        let entry = self.replicas.get_mut(replica as usize).filter(|entry| entry.outstanding > 0);
        let Some(Replica { outstanding, ready }) = entry else {
            panic!("a request ended at replica {replica}, which has none");
        };
        let before = *outstanding as usize;
        *outstanding -= 1;
        if *ready {
            self.rings[before].remove(&mut self.links, replica);
            self.append(replica, before - 1);
            self.least = self.least.min(before - 1);
        }
    }

    fn append(&mut self, replica: u32, outstanding: usize) {
        if outstanding >= self.rings.len() {
            self.rings.resize(outstanding + 1, Ring::EMPTY);
        }
        self.rings[outstanding].push_last(&mut self.links, replica);
    }

    fn make_room(&mut self, replica: u32) {
        let place = replica as usize;
        if place >= self.replicas.len() {
            self.replicas.resize(place + 1, Replica::default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn among_idle_replicas_the_one_that_became_idle_first_is_taken() {
        let mut policy = LeastOutstanding::default();
        for replica in [0, 1, 2] {
            policy.add(replica);
        }
        for replica in [0, 1, 2] {
            assert_eq!(policy.pick(), Some(replica));
            policy.started(replica);
        }
        policy.finished(1);
        policy.finished(0);
        assert_eq!(policy.pick(), Some(1));
        policy.started(1);
        assert_eq!(policy.pick(), Some(0));
    }

    #[test]
    fn a_replica_that_drains_is_not_picked_and_comes_back_with_what_it_has_left() {
        let mut policy = LeastOutstanding::default();
        (0..2).for_each(|replica| policy.add(replica));
        for replica in [0, 0, 0, 1, 1] {
            policy.started(replica);
        }
        policy.remove(0);
        policy.finished(0);
        policy.finished(0);
        assert_eq!(policy.pick(), Some(1));
        policy.add(0);
        assert_eq!(policy.pick(), Some(0));
    }

    #[test]
    #[should_panic(expected = "a request ended at replica 3, which has none")]
    fn a_request_that_never_started_cannot_end() {
        let mut policy = LeastOutstanding::default();
        policy.add(3);
        policy.finished(3);
    }

    /// The same rule by a scan: per replica whether it is ready, its requests, and when that number
    /// was last changed.
    #[derive(Default)]
    struct Scan {
        replicas: [(bool, u32, u64); 8],
        changes: u64,
    }

    impl Scan {
        fn touch(&mut self, replica: u32) -> &mut (bool, u32, u64) {
            self.changes += 1;
            let entry = &mut self.replicas[replica as usize];
            entry.2 = self.changes;
            entry
        }

        fn pick(&self) -> Option<u32> {
            let ready = (0..8u32).filter(|&replica| self.replicas[replica as usize].0);
            ready.min_by_key(|&replica| {
                let (_, outstanding, since) = self.replicas[replica as usize];
                (outstanding, since)
            })
        }
    }

    proptest! {
        #[test]
        fn every_pick_is_that_of_a_plain_scan(
            steps in prop::collection::vec((0..10u8, 0..8u32), 1..500)
        ) {
            let (mut policy, mut scan) = (LeastOutstanding::default(), Scan::default());
            for (kind, replica) in steps {
                let (ready, outstanding, _) = scan.replicas[replica as usize];
                match kind {
                    0 => {
                        policy.add(replica);
                        if !ready { scan.touch(replica).0 = true; }
                    }
                    1 => {
                        policy.remove(replica);
                        scan.replicas[replica as usize].0 = false;
                    }
                    2..5 if outstanding > 0 => {
                        policy.finished(replica);
                        scan.touch(replica).1 -= 1;
                    }
                    // also to replicas that the policy did not choose, ready or not
                    5 => {
                        policy.started(replica);
                        scan.touch(replica).1 += 1;
                    }
                    _ => if let Some(picked) = policy.pick() {
                        policy.started(picked);
                        scan.touch(picked).1 += 1;
                    }
                }
                prop_assert_eq!(policy.pick(), scan.pick());
            }
        }
    }
}
