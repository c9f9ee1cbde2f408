//! How the risk of a wrong statement is divided, so that all statements of a search together are
//! wrong no more often than was agreed.
//!
//! Bonferroni's inequality: the risk that any of several statements is wrong is at most the sum of
//! their risks, however they depend on each other, as runs under common random numbers do. It is
//! divided
//! * equally over the choices, each of which has a search of its own;
//! * over the numbers a search may look at: those next to the guess, where the answer is likely,
//!   have most, and the j-th pair around it 1/(j(j+1)), which sums to 1 over any range (a sequence
//!   as in Robbins, Statistical Methods Related to the Law of the Iterated Logarithm, Annals of
//!   Mathematical Statistics 41, 1970). Shares go with the numbers and not with the order in which
//!   they are looked at, and the guess is made from runs of its own, so that it does not matter
//!   that where the search goes depends on what it has seen;
//! * over the looks at one number, in proportion to the runs there are at each: early looks need
//!   little to decide what is far from the objective, late ones decide what is near;
//! * over the objectives, where one that is missed is enough. That all are met is stated only
//!   where each is, which needs no division (an intersection-union test; Berger, Technometrics 24,
//!   1982).

/// The risk that a search at one choice may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Of any wrong statement.
    risk: f64,
    /// The number that is likely to be the answer.
    guess: u32,
}

impl Budget {
    /// A `risk` spread around a `guess` that the runs which decide had no part in.
    pub const fn new(risk: f64, guess: u32) -> Self {
        Self { risk, guess }
    }

    /// The risk of a wrong statement about `number`, at whatever look.
    pub fn of(&self, number: u32) -> f64 {
        // the guess and the number below it are the first pair
        let pair = if number >= self.guess {
            f64::from(number - self.guess) + 1.0
        } else {
            f64::from(self.guess - number)
        };
        self.risk / (2.0 * pair * (pair + 1.0))
    }
}

/// The numbers of runs after which it is looked whether they decide: from `min` to `max`, each half
/// as many again as the one before.
pub fn looks(min: u32, max: u32) -> Vec<u32> {
    let mut looks = Vec::new();
    let mut runs = min;
    while runs < max {
        looks.push(runs);
        runs += runs.div_ceil(2);
    }
    looks.push(max);
    looks
}

/// The share of the risk of a number that a look after so many runs has.
pub fn share(looks: &[u32], runs: u32) -> f64 {
    f64::from(runs) / looks.iter().copied().map(f64::from).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_risks_together_are_no_more_than_the_whole() {
        for guess in [1, 2, 500, 1000] {
            let budget = Budget::new(0.05, guess);
            let sum: f64 = (1..=1000).map(|number| budget.of(number)).sum();
            assert!((0.0249..=0.05).contains(&sum), "{guess}: {sum}");
        }
    }

    #[test]
    fn the_two_numbers_that_decide_have_half_of_it() {
        let budget = Budget::new(0.08, 7);
        for (number, risk) in [(7, 0.02), (6, 0.02), (8, 0.08 / 12.0), (5, 0.08 / 12.0)] {
            assert!((budget.of(number) - risk).abs() < 1e-15, "{number}");
        }
    }

    #[test]
    fn looks_grow_by_half_and_share_the_risk_by_their_runs() {
        let looks = looks(5, 100);
        assert_eq!(looks, [5, 8, 12, 18, 27, 41, 62, 93, 100]);
        let sum: f64 = looks.iter().map(|&runs| share(&looks, runs)).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert_eq!(super::looks(5, 5), [5]);
        assert_eq!(super::looks(2, 4), [2, 3, 4]);
    }
}
