//! What the controller remembers of an autoscaler: recommendations and changes of scale.
//!
//! Both lists take a new entry in the place of one that is too old to matter, one a sync, so they
//! stay as short as the windows are; their order means nothing. Ages count differently without a
//! behaviour (the cutoff itself is within) and with one (it is not). Source: Kubernetes v1.36,
//! `pkg/controller/podautoscaler/horizontal.go`, `stabilizeRecommendation`,
//! `stabilizeRecommendationWithBehaviors`, `storeScaleEvent`, `getReplicasChangePerPeriod`.

use crate::engine::{SimDuration, SimTime};

/// A number of replicas or of changes, and when.
#[derive(Clone, Copy, Debug)]
struct Entry {
    replicas: i32,
    at: SimTime,
}

impl Entry {
    fn older_than(self, window: SimDuration, now: SimTime) -> bool {
        self.at.saturating_add(window) < now
    }

    fn younger_than(self, window: SimDuration, now: SimTime) -> bool {
        self.at.saturating_add(window) > now
    }
}

/// Puts an entry into the last of the places that are free, or at the end.
fn store(entries: &mut Vec<Entry>, new: Entry, free: impl Fn(&Entry) -> bool) {
    match entries.iter().rposition(free) {
        Some(place) => entries[place] = new,
        None => entries.push(new),
    }
}

/// What the metrics asked for in the past, before any limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Recommendations(Vec<Entry>);

impl Recommendations {
    /// The very first entry is the number of replicas that the controller finds.
    pub fn begin(&mut self, replicas: i32, now: SimTime) {
        if self.0.is_empty() {
            self.0.push(Entry { replicas, at: now });
        }
    }

    /// The highest recommendation of the window, the new one included, which is recorded.
    pub fn highest(&mut self, new: i32, window: SimDuration, now: SimTime) -> i32 {
        let recent = self.0.iter().filter(|entry| !entry.older_than(window, now));
        let highest = recent.map(|entry| entry.replicas).fold(new, i32::max);
        store(&mut self.0, Entry { replicas: new, at: now }, |entry| entry.older_than(window, now));
        highest
    }

    /// The number nearest to `current` between the lowest recommendation of the window for scaling
    /// up and the highest of that for scaling down. The new one is recorded.
    pub fn nearest(&mut self, new: i32, current: i32, windows: Windows, now: SimTime) -> i32 {
        let (mut lowest, mut highest) = (new, new);
        for entry in &self.0 {
            if entry.younger_than(windows.up, now) {
                lowest = lowest.min(entry.replicas);
            }
            if entry.younger_than(windows.down, now) {
                highest = highest.max(entry.replicas);
            }
        }
        store(&mut self.0, Entry { replicas: new, at: now }, |entry| {
            entry.older_than(windows.up, now) && entry.older_than(windows.down, now)
        });
        current.max(lowest).min(highest)
    }
}

/// For how long recommendations hold back a change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    pub up: SimDuration,
    pub down: SimDuration,
}

/// Changes of scale in one direction.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(Vec<Entry>);

impl Changes {
    /// Records a change; those older than the longest period of this direction's policies give
    /// way.
    pub fn record(&mut self, replicas: i32, longest: SimDuration, now: SimTime) {
        store(&mut self.0, Entry { replicas, at: now }, |entry| entry.older_than(longest, now));
    }

    /// The sum of the changes within a period.
    pub fn within(&self, period: SimDuration, now: SimTime) -> i32 {
        let recent = self.0.iter().filter(|entry| entry.younger_than(period, now));
        recent.fold(0, |sum, entry| sum.wrapping_add(entry.replicas))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    const fn seconds(seconds: u64) -> SimDuration {
        SimDuration::from_secs(seconds)
    }

    #[test]
    fn without_behaviour_a_recommendation_holds_for_its_window_inclusive() {
        let mut past = Recommendations::default();
        past.begin(9, at(0));
        past.begin(20, at(1));
        assert_eq!(past.highest(3, seconds(300), at(300)), 9, "the first one is exactly as old");
        assert_eq!(past.highest(2, seconds(300), at(301)), 3, "now it is too old");
    }

    #[test]
    fn one_old_recommendation_a_sync_gives_way_the_last_of_them() {
        let mut past = Recommendations::default();
        past.begin(5, at(0));
        past.highest(6, seconds(300), at(10));
        past.highest(7, seconds(300), at(400));
        let kept: Vec<_> = past.0.iter().map(|entry| (entry.replicas, entry.at)).collect();
        assert_eq!(kept, [(5, at(0)), (7, at(400))]);
    }

    #[test]
    fn with_behaviour_a_recommendation_as_old_as_the_window_is_out() {
        let windows = Windows { up: seconds(60), down: seconds(300) };
        let mut past = Recommendations::default();
        past.begin(2, at(0));
        assert_eq!(past.nearest(8, 2, windows, at(59)), 2, "the low one holds it down");
        assert_eq!(past.nearest(8, 2, windows, at(60)), 8, "it is as old as the window");
        assert_eq!(past.nearest(1, 8, windows, at(358)), 8, "the eight of second 59 holds it up");
        assert_eq!(
            past.nearest(1, 8, windows, at(360)),
            1,
            "the last eight is as old as the window"
        );
    }

    #[test]
    fn with_behaviour_only_what_both_windows_forgot_gives_way() {
        let windows = Windows { up: seconds(0), down: seconds(100) };
        let mut past = Recommendations::default();
        past.begin(5, at(0));
        past.nearest(6, 5, windows, at(100));
        assert_eq!(past.0.len(), 2, "as old as the window is not older");
        past.nearest(7, 5, windows, at(101));
        assert_eq!(past.0.len(), 2);
    }

    #[test]
    fn changes_count_within_a_period_that_ends_before_its_length() {
        let mut ups = Changes::default();
        ups.record(3, seconds(60), at(0));
        ups.record(2, seconds(60), at(45));
        assert_eq!(ups.within(seconds(60), at(59)), 5);
        assert_eq!(ups.within(seconds(60), at(60)), 2);
        assert_eq!(ups.within(seconds(15), at(60)), 0);
    }

    #[test]
    fn an_outdated_change_still_counts_for_a_longer_period_until_it_gives_way() {
        let mut ups = Changes::default();
        ups.record(3, seconds(15), at(0));
        assert_eq!(ups.within(seconds(90), at(60)), 3);
        ups.record(1, seconds(15), at(60));
        assert_eq!(ups.within(seconds(90), at(60)), 1, "the new one took its place");
    }
}
