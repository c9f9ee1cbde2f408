//! Division of a whole number of bytes among claimants.

/// One claimant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// What is given is in proportion to this.
    pub weight: u64,
    /// The most it can be given. A claimant of weight 0 is given nothing, whatever its cap.
    pub cap: u64,
    /// What it is given.
    pub given: u64,
}

impl Claim {
    /// A claim that was given nothing yet.
    pub(super) fn new(weight: u64, cap: u64) -> Self {
        Self { weight, cap: if weight == 0 { 0 } else { cap }, given: 0 }
    }

    fn is_open(&self) -> bool {
        self.given < self.cap
    }
}

/// Gives out `total`, or the sum of the caps where that is less, to the byte: in proportion to the
/// weights among those below their caps, and nobody more than its cap. What rounding leaves goes
/// byte by byte to the first who can take it. Returns what was given.
pub(super) fn apportion(total: u64, claims: &mut [Claim]) -> u64 {
    let total = claims.iter().fold(0u64, |sum, it| sum.saturating_add(it.cap)).min(total);
    cap_the_overweight(total, claims);
    let (left, weight) = open(total, claims);
    for claim in claims.iter_mut().filter(|claim| claim.is_open()) {
        claim.given = share(left, claim.weight, weight);
    }
    let mut rest = total - claims.iter().map(|claim| claim.given).sum::<u64>();
    while rest > 0 {
        for claim in claims.iter_mut().filter(|claim| claim.is_open()) {
            let more = u64::from(rest > 0);
            claim.given += more;
            rest -= more;
        }
    }
    total
}

/// Fills every claim whose proportional part would exceed its cap. Each filled claim leaves more
/// for the others, so this goes on until none is filled: at most one round per claim, two or
/// three as a rule.
fn cap_the_overweight(total: u64, claims: &mut [Claim]) {
    loop {
        let (left, weight) = open(total, claims);
        let mut filled = false;
        for claim in claims.iter_mut().filter(|claim| claim.is_open()) {
            if share(left, claim.weight, weight) >= claim.cap {
                claim.given = claim.cap;
                filled = true;
            }
        }
        if !filled {
            return;
        }
    }
}

/// What is left to give, and the weight of those who can still take it.
fn open(total: u64, claims: &[Claim]) -> (u64, u128) {
    let given: u64 = claims.iter().map(|claim| claim.given).sum();
    let open = claims.iter().filter(|claim| claim.is_open());
    (total - given, open.map(|claim| u128::from(claim.weight)).sum())
}

fn share(left: u64, weight: u64, weights: u128) -> u64 {
    (u128::from(left) * u128::from(weight) / weights.max(1)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn given(total: u64, claims: &[(u64, u64)]) -> Vec<u64> {
        let mut claims: Vec<_> = claims.iter().map(|&(w, cap)| Claim::new(w, cap)).collect();
        apportion(total, &mut claims);
        claims.iter().map(|claim| claim.given).collect()
    }

    #[test]
    fn what_one_cannot_take_goes_to_the_others_in_proportion() {
        // 60 by 3:2:1 would be 30, 20, 10; the first takes 15, and 45 by 2:1 is 30, 15
        assert_eq!(given(60, &[(3, 15), (2, 100), (1, 100)]), [15, 30, 15]);
    }

    #[test]
    fn rounding_leaves_go_to_the_first() {
        assert_eq!(given(8, &[(1, 9), (1, 9), (1, 9)]), [3, 3, 2]);
    }

    #[test]
    fn no_more_is_given_than_can_be_taken() {
        assert_eq!(given(100, &[(1, 5), (0, 50), (7, 6)]), [5, 0, 6]);
    }

    proptest! {
        #[test]
        fn the_total_is_given_out_within_the_caps_and_in_proportion(
            total in 0..2_000u64,
            claims in prop::collection::vec((0..50u64, 0..300u64), 0..20),
        ) {
            let mut claims: Vec<_> = claims.iter().map(|&(w, cap)| Claim::new(w, cap)).collect();
            let given = apportion(total, &mut claims);
            let caps: u64 = claims.iter().map(|claim| claim.cap).sum();
            prop_assert_eq!(given, total.min(caps));
            prop_assert_eq!(claims.iter().map(|claim| claim.given).sum::<u64>(), given);
            let open = claims.iter().filter(|claim| claim.given < claim.cap);
            for one in open {
                prop_assert!(one.given <= one.cap);
                for other in &claims {
                    // an open claimant has, per weight, as much as any other, but for the
                    // rounding: below one byte each way, and at most one more byte added to it
                    let per_weight = |given: u64, of: &Claim| given as f64 / of.weight as f64;
                    if other.weight > 0 {
                        prop_assert!(
                            per_weight(one.given + 1, one)
                                >= per_weight(other.given.saturating_sub(1), other) - 1e-9
                        );
                    }
                }
            }
        }
    }
}
