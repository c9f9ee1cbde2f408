//! Weighted max-min fairness: everyone's share rises with the water level, in proportion to
//! weight, until it meets their cap; nobody falls below their floor.
//!
//! This is what the Linux fair scheduler tends to among always-runnable cgroups (`cpu.weight`),
//! what ESXi documents for shares, reservations and limits, and the definition of Bertsekas and
//! Gallager (Data Networks, 1992, section 6.5.2) with weights.

/// A number of equal claims on a capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// Share per unit of the water level; positive.
    pub weight: f64,
    /// What each gets at least; at most `cap`.
    pub floor: f64,
    /// What each can use at most.
    pub cap: f64,
    /// How many such claims there are.
    pub count: f64,
}

/// How high the water stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// There is enough for everyone's cap.
    Full,
    /// Everyone gets this times their weight, within floor and cap.
    Water(f64),
    /// Not even the floors can be met: everyone gets this share of their floor.
    Drought(f64),
}

impl Claim {
    /// What one of these claims gets at `level`.
    pub fn share(&self, level: Level) -> f64 {
        match level {
            Level::Full => self.cap,
            Level::Water(height) => (self.weight * height).max(self.floor).min(self.cap),
            Level::Drought(part) => self.floor * part,
        }
    }
}

/// The level at which `capacity` is used up by `claims`. `guess`, the height at an earlier time, makes it
/// quicker to find; `scratch` saves an allocation.
pub fn level(capacity: f64, claims: &[Claim], guess: f64, scratch: &mut Vec<(f64, f64)>) -> Level {
    let (mut wanted, mut floors) = (0.0, 0.0);
    for claim in claims {
        wanted += claim.count * claim.cap;
        floors += claim.count * claim.floor;
    }
    if wanted <= capacity {
        Level::Full
    } else if floors > capacity {
        Level::Drought(capacity / floors)
    } else if floors == 0.0 {
        rising(capacity, claims, guess)
    } else {
        let segment = segment(capacity, floors, claims, scratch);
        exact(capacity, claims, segment)
    }
}

/// The level without floors: it starts as if few met their cap, and rises as those who do leave
/// something over. Each pass only adds to them, so there are few passes; fewer still from a start
/// that is a little below the answer.
fn rising(capacity: f64, claims: &[Claim], guess: f64) -> Level {
    let mut height = 0.75 * guess;
    let next = next_height(capacity, claims, height);
    if next < height {
        // the start was above the answer
        height = 0.0;
    } else {
        height = next;
    }
    loop {
        let next = next_height(capacity, claims, height);
        if next.is_nan() || next <= height {
            return Level::Water(height);
        }
        height = next;
    }
}

/// The height at which capacity is used up if those who meet their cap at `height` stay there. NaN or
/// infinite where everyone does.
fn next_height(capacity: f64, claims: &[Claim], height: f64) -> f64 {
    let (mut left, mut weight) = (capacity, 0.0);
    for claim in claims {
        // without a branch: which claims are capped is as good as random to the processor
        let capped = f64::from(u8::from(claim.weight * height >= claim.cap));
        left -= capped * claim.count * claim.cap;
        weight += (1.0 - capped) * claim.count * claim.weight;
    }
    left.max(0.0) / weight
}

/// A height strictly within the linear segment of total(height) that contains the solution, found by
/// sweeping over the heights at which a claim leaves its floor or meets its cap.
fn segment(capacity: f64, floors: f64, claims: &[Claim], bends: &mut Vec<(f64, f64)>) -> f64 {
    bends.clear();
    for claim in claims {
        let slope = claim.weight * claim.count;
        bends.push((claim.floor / claim.weight, slope));
        bends.push((claim.cap / claim.weight, -slope));
    }
    bends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut height, mut total, mut slope) = (0.0, floors, 0.0);
    for &(bend, change) in bends.iter() {
        total += slope * (bend - height);
        if total >= capacity && bend > height {
            return (height + bend) / 2.0;
        }
        height = bend;
        slope += change;
    }
    // rounding alone can lead here: everyone is at their cap
    f64::INFINITY
}

/// Solves the segment without the rounding of the sweep.
fn exact(capacity: f64, claims: &[Claim], within: f64) -> Level {
    let (mut left, mut weight) = (capacity, 0.0);
    for claim in claims {
        let share = claim.weight * within;
        if share >= claim.cap {
            left -= claim.count * claim.cap;
        } else if share <= claim.floor {
            left -= claim.count * claim.floor;
        } else {
            weight += claim.count * claim.weight;
        }
    }
    if weight > 0.0 { Level::Water(left.max(0.0) / weight) } else { Level::Water(within) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claim(weight: f64, floor: f64, cap: f64) -> Claim {
        Claim { weight, floor, cap, count: 1.0 }
    }

    fn shares(capacity: f64, claims: &[Claim]) -> Vec<f64> {
        let level = level(capacity, claims, 0.0, &mut Vec::new());
        claims.iter().map(|claim| claim.share(level)).collect()
    }

    #[test]
    fn equal_claims_share_equally() {
        assert_eq!(shares(1.0, &[claim(1.0, 0.0, 1.0), claim(1.0, 0.0, 1.0)]), [0.5, 0.5]);
    }

    #[test]
    fn what_a_capped_claim_leaves_goes_to_the_others_by_weight() {
        // 4 cores; the first can use 0.5, the others share 3.5 as 2 : 1 but the second stops at 2
        let claims = [claim(1.0, 0.0, 0.5), claim(2.0, 0.0, 2.0), claim(1.0, 0.0, 4.0)];
        assert_eq!(shares(4.0, &claims), [0.5, 2.0, 1.5]);
    }

    #[test]
    fn a_floor_is_met_before_weights_count() {
        // without the reservation the first would get 1
        let claims = [claim(1.0, 2.0, 4.0), claim(3.0, 0.0, 4.0)];
        assert_eq!(shares(4.0, &claims), [2.0, 2.0]);
        assert_eq!(shares(1.0, &claims), [1.0, 0.0]);
    }

    fn any_claims() -> impl Strategy<Value = (f64, Vec<Claim>)> {
        let claim = (0.01..100.0f64, 0.0..1.0f64, 0.0..8.0f64, 1..6u8).prop_map(
            |(weight, part, cap, count)| Claim {
                weight,
                floor: part * cap,
                cap,
                count: f64::from(count),
            },
        );
        (0.0..40.0f64, prop::collection::vec(claim, 1..12))
    }

    proptest! {
        #[test]
        fn shares_are_feasible_efficient_and_fair((capacity, claims) in any_claims()) {
            let level = level(capacity, &claims, 0.0, &mut Vec::new());
            let total: f64 = claims.iter().map(|c| c.count * c.share(level)).sum();
            let wanted: f64 = claims.iter().map(|c| c.count * c.cap).sum();
            // never over capacity, nothing left while someone wants more
            prop_assert!((total - capacity.min(wanted)).abs() <= 1e-9 * (1.0 + wanted));
            // max-min: whoever is below their cap has no smaller normalised share than anyone above their floor
            let floors: f64 = claims.iter().map(|c| c.count * c.floor).sum();
            if floors <= capacity {
                for low in claims.iter().filter(|c| c.share(level) < c.cap - 1e-9) {
                    prop_assert!(low.share(level) >= low.floor - 1e-12);
                    for high in claims.iter().filter(|c| c.share(level) > c.floor + 1e-9) {
                        prop_assert!(
                            high.share(level) / high.weight <= low.share(level) / low.weight + 1e-7
                        );
                    }
                }
            }
        }

        #[test]
        fn a_guess_changes_nothing((capacity, claims) in any_claims(), guess in 0.0..1e4f64) {
            let plain = level(capacity, &claims, 0.0, &mut Vec::new());
            let guessed = level(capacity, &claims, guess, &mut Vec::new());
            for claim in &claims {
                let (plain, guessed) = (claim.share(plain), claim.share(guessed));
                prop_assert!((plain - guessed).abs() <= 1e-9 * (1.0 + plain), "{plain} {guessed}");
            }
        }

        #[test]
        fn nobody_gets_less_when_there_is_more((capacity, claims) in any_claims(), more in 0.0..10.0f64) {
            let before = shares(capacity, &claims);
            let after = shares(capacity + more, &claims);
            for (before, after) in before.iter().zip(&after) {
                prop_assert!(*after >= before - 1e-9, "{before} {after}");
            }
        }
    }
}
