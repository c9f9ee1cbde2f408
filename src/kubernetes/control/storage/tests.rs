//! When things are tried again.

use super::attach::retry_after;
use super::*;

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

#[test]
fn what_fails_is_tried_after_ever_longer_waits() {
    let tried = |earliest| first_try(at(1000), FIRST_RETRY, LONGEST_RETRY, at(earliest));
    // at 1, 2, 4, 8, 16 s, …
    let times = [0, 1000, 1001, 2000, 2001, 8000, 8001].map(tried);
    assert_eq!(times, [1000, 1000, 2000, 2000, 4000, 8000, 16_000].map(at));
    // waits of 256 s and then of 300 s each: 1 + 1 + 2 + … + 256 + 300
    assert_eq!(tried(513_000), at(812_000));
    assert_eq!(tried(812_001), at(1_112_000));
}

#[test]
fn the_attacher_waits_for_five_minutes_at_most() {
    let waits = [0, 1, 2, 8, 9, 40].map(|failures| retry_after(failures).as_secs_f64());
    assert_eq!(waits, [1.0, 2.0, 4.0, 256.0, 300.0, 300.0]);
}
