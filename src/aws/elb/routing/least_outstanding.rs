//! Least outstanding requests.
//!
//! Among equals, the target that has had so many for longest: which one AWS takes is not published,
//! and this spreads requests to idle targets evenly.

/// No target.
const NONE: u32 = u32::MAX;

/// The targets in use, in a line for each number of requests that are not answered: who comes to
/// have so many goes to its end. A request makes it one more or less, so that the least number is
/// known without a search; O(1) each call.
#[derive(Clone, Debug, Default)]
pub struct LeastOutstanding {
    targets: Vec<Target>,
    /// First and last target of each line, by the number of requests.
    lines: Vec<Line>,
    /// The number of the first line with anybody in it; any, where nobody is in use.
    least: usize,
    in_use: u32,
}

#[derive(Clone, Copy, Debug)]
struct Target {
    outstanding: u32,
    used: bool,
    /// Its neighbours in its line.
    before: u32,
    after: u32,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    first: u32,
    last: u32,
}

impl LeastOutstanding {
    pub(super) fn add(&mut self, target: u32) {
        if !self.target(target).used {
            self.target(target).used = true;
            self.in_use += 1;
            self.queue(target);
        }
    }

    pub(super) fn remove(&mut self, target: u32) {
        if self.target(target).used {
            self.unqueue(target);
            self.target(target).used = false;
            self.in_use -= 1;
            self.find_least();
        }
    }

    #[inline]
    pub(super) fn pick(&self) -> Option<u32> {
        (self.in_use > 0).then(|| self.lines[self.least].first)
    }

    #[inline]
    pub(super) fn started(&mut self, target: u32) {
        let used = self.target(target).used;
        if used {
            self.unqueue(target);
        }
        self.target(target).outstanding += 1;
        if used {
            self.queue(target);
            self.find_least();
        }
    }

    #[inline]
    pub(super) fn finished(&mut self, target: u32) {
        let Target { used, outstanding, .. } = *self.target(target);
        assert!(outstanding > 0, "a request ended at target {target}, which has none");
        if used {
            self.unqueue(target);
        }
        self.target(target).outstanding -= 1;
        if used {
            self.queue(target);
        }
    }

    fn target(&mut self, target: u32) -> &mut Target {
        let place = target as usize;
        if place >= self.targets.len() {
            let new = Target { outstanding: 0, used: false, before: NONE, after: NONE };
            self.targets.resize(place + 1, new);
        }
        &mut self.targets[place]
    }

    /// Puts a target at the end of the line for as many requests as it has.
    fn queue(&mut self, target: u32) {
        let place = self.targets[target as usize].outstanding as usize;
        if place >= self.lines.len() {
            self.lines.resize(place + 1, Line { first: NONE, last: NONE });
        }
        let line = &mut self.lines[place];
        let before = std::mem::replace(&mut line.last, target);
        match before {
            NONE => line.first = target,
            before => self.targets[before as usize].after = target,
        }
        let entry = &mut self.targets[target as usize];
        (entry.before, entry.after) = (before, NONE);
        if place < self.least || self.in_use == 1 {
            self.least = place;
        }
    }

    /// Takes a target out of its line.
    fn unqueue(&mut self, target: u32) {
        let Target { outstanding, before, after, .. } = self.targets[target as usize];
        let line = &mut self.lines[outstanding as usize];
        match before {
            NONE => line.first = after,
            before => self.targets[before as usize].after = after,
        }
        match after {
            NONE => line.last = before,
            after => self.targets[after as usize].before = before,
        }
    }

    /// Goes on to the first line with anybody in it.
    fn find_least(&mut self) {
        while self.in_use > 0 && self.lines[self.least].first == NONE {
            self.least += 1;
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
        fn the_target_with_the_fewest_requests_for_longest_is_picked(
            steps in prop::collection::vec((0_u8..8, 0_u32..8), 1..300)
        ) {
            let mut router = LeastOutstanding::default();
            // whether it is in use, its requests, and since when it has so many
            let mut plain = [(false, 0_u32, 0_usize); 8];
            for (step, (kind, target)) in steps.into_iter().enumerate() {
                let entry = &mut plain[target as usize];
                match kind {
                    0 => {
                        router.add(target);
                        if !entry.0 {
                            (entry.0, entry.2) = (true, step);
                        }
                    }
                    1 => { router.remove(target); entry.0 = false; }
                    2..4 => if entry.1 > 0 {
                        router.finished(target);
                        (entry.1, entry.2) = (entry.1 - 1, step);
                    },
                    _ => if let Some(picked) = router.pick() {
                        router.started(picked);
                        let entry = &mut plain[picked as usize];
                        (entry.1, entry.2) = (entry.1 + 1, step);
                    }
                }
                let used = (0_u32..).zip(&plain).filter(|(_, (used, _, _))| *used);
                let least = used.min_by_key(|(_, (_, requests, since))| (*requests, *since));
                prop_assert_eq!(router.pick(), least.map(|(target, _)| target));
            }
        }
    }
}
