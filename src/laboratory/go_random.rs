//! The random numbers of Go, by which the experiment of FGD puts its items in order.
//!
//! The simulator of that experiment shuffles with `math/rand`, seeded with the seed of the run
//! (Go 1.19: `rng.go`, `rand.go`). With the same numbers a seed gives the order that the published
//! run with this seed had, and so the same result.
//!
//! The generator adds two of its last 607 numbers: `y(k) = y(k - 607) + y(k - 273)`, of 64 bits
//! that wrap (an additive lagged Fibonacci generator; Knuth, The Art of Computer Programming,
//! volume 2, section 3.2.2). It starts from words of a Lehmer generator, mixed with those that it
//! comes to itself after 7.8·10¹² steps (`gen_cooked.go`). Go has these in a table; here they are
//! computed: as the rule is linear, `y(k + n)` is a sum of `y(k) … y(k + 606)`, whose factors are
//! the coefficients of `x^n` modulo `x^607 - x^334 - 1`, found by squaring.

use std::sync::OnceLock;

/// How far back the older of the two numbers is.
const LONG: usize = 607;
/// How far back the younger one is.
const SHORT: usize = 273;
/// How far the younger one is behind the older.
const GAP: usize = LONG - SHORT;
/// After how many steps the words are taken that seeds are mixed with.
const MIXED_AFTER: u64 = 7_800_000_000_000;

/// Random numbers as Go has them.
#[derive(Clone, Debug)]
pub struct GoRandom {
    /// The last 607, of which the one at `oldest` is the oldest.
    past: Vec<u64>,
    oldest: usize,
}

impl GoRandom {
    /// Those of `rand.Seed(seed)`.
    pub fn seeded(seed: u64) -> Self {
        static MIX: OnceLock<Vec<u64>> = OnceLock::new();
        let mix = MIX.get_or_init(|| Self::from_words(&lehmer(1, [20, 10])).after(MIXED_AFTER));
        let words: Vec<u64> =
            lehmer(seed, [40, 20]).iter().zip(mix).map(|(word, mix)| word ^ mix).collect();
        Self::from_words(&words)
    }

    /// Go keeps the numbers in a ring that it goes through from place 333 down: the oldest is
    /// there, and the youngest one above it.
    fn from_words(words: &[u64]) -> Self {
        let past = (0..LONG).map(|at| words[(GAP + LONG - 1 - at) % LONG]).collect();
        Self { past, oldest: 0 }
    }

    /// The words of Go's ring after so many steps from the start.
    fn after(&self, steps: u64) -> Vec<u64> {
        let mut going = self.clone();
        let mut numbers = self.past.clone();
        numbers.extend((0..LONG).map(|_| going.next()));
        let factors = power(steps);
        let sum = |from: usize| -> u64 {
            let terms = factors.iter().zip(&numbers[from..]);
            terms.fold(0, |sum, (factor, number)| sum.wrapping_add(factor.wrapping_mul(*number)))
        };
        let start = (steps % LONG as u64) as usize;
        let mut words = vec![0; LONG];
        for at in 0..LONG {
            words[(GAP + 2 * LONG - 1 - at - start) % LONG] = sum(at);
        }
        words
    }

    /// `Uint64`.
    fn next(&mut self) -> u64 {
        let younger = self.past[(self.oldest + GAP) % LONG];
        let number = &mut self.past[self.oldest];
        *number = number.wrapping_add(younger);
        self.oldest = (self.oldest + 1) % LONG;
        *number
    }

    /// `Int63`: from 0 to 2⁶³ - 1.
    pub fn int63(&mut self) -> u64 {
        self.next() & (u64::MAX >> 1)
    }

    /// `Intn`: from 0 to one less than `count`.
    ///
    /// # Panics
    /// When `count` is 0, or more than 2³¹ - 1.
    pub fn below(&mut self, count: usize) -> usize {
        const ALL: u32 = 1 << 31;
        let count = u32::try_from(count).ok().filter(|count| (1..ALL).contains(count));
        let count = count.expect("from one to 2³¹ - 1 things can be chosen from");
        // beyond the last multiple of `count` the first remainders would be likelier
        let fair = ALL - ALL % count;
        loop {
            let number = (self.int63() >> 32) as u32;
            if number < fair {
                return (number % count) as usize;
            }
        }
    }

    /// `Shuffle`: each order as likely as another.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            let other = self.scaled(last as u32 + 1);
            all.swap(last, other);
        }
    }

    /// `Perm`: the numbers below `count` in an order by chance.
    pub fn permutation(&mut self, count: usize) -> Vec<u32> {
        let mut order = Vec::with_capacity(count);
        for next in 0..count {
            let at = self.below(next + 1);
            order.push(next as u32);
            order.swap(at, next);
        }
        order
    }

    /// `int31n`, which is what `Shuffle` draws with: the upper half of a product (Lemire, "Fast
    /// Random Integer Generation in an Interval", 2019).
    fn scaled(&mut self, count: u32) -> usize {
        let unfair = count.wrapping_neg() % count;
        loop {
            let product = u64::from((self.int63() >> 31) as u32) * u64::from(count);
            if product as u32 >= unfair {
                return (product >> 32) as usize;
            }
        }
    }
}

/// The words of a Lehmer generator, three of its numbers each, the first two shifted to the left.
fn lehmer(seed: u64, shifts: [u32; 2]) -> Vec<u64> {
    const MODULUS: u64 = (1 << 31) - 1;
    let mut number = match seed % MODULUS {
        0 => 89_482_311,
        seed => seed,
    };
    let mut next = || {
        number = number * 48_271 % MODULUS;
        number
    };
    for _ in 0..20 {
        next();
    }
    let word = |_| (next() << shifts[0]) ^ (next() << shifts[1]) ^ next();
    (0..LONG).map(word).collect()
}

/// The coefficients of `x^steps` modulo `x^607 - x^334 - 1`, that of `x^0` first.
fn power(steps: u64) -> Vec<u64> {
    let mut power = vec![0_u64; LONG];
    power[0] = 1;
    for bit in (0..u64::BITS - steps.leading_zeros()).rev() {
        let mut square = vec![0_u64; 2 * LONG];
        let shift = (steps >> bit & 1) as usize;
        for (low, &factor) in power.iter().enumerate() {
            let sums = &mut square[low + shift..];
            for (sum, other) in sums.iter_mut().zip(&power) {
                *sum = sum.wrapping_add(factor.wrapping_mul(*other));
            }
        }
        for high in (LONG..square.len()).rev() {
            let coefficient = square[high];
            for low in [high - LONG, high - SHORT] {
                square[low] = square[low].wrapping_add(coefficient);
            }
        }
        square.truncate(LONG);
        power = square;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `rand.Int()` and `rand.Intn(100)` give in Go 1.19 after `rand.Seed(1)`.
    #[test]
    fn numbers_are_those_of_go() {
        let mut chance = GoRandom::seeded(1);
        let numbers: Vec<u64> = (0..5).map(|_| chance.int63()).collect();
        let known = [
            5_577_006_791_947_779_410,
            8_674_665_223_082_153_551,
            6_129_484_611_666_145_821,
            4_037_200_794_235_010_051,
            3_916_589_616_287_113_937,
        ];
        assert_eq!(numbers, known);
        let mut chance = GoRandom::seeded(1);
        let hundreds: Vec<usize> = (0..10).map(|_| chance.below(100)).collect();
        assert_eq!(hundreds, [81, 87, 47, 59, 81, 18, 25, 40, 56, 0]);
    }

    /// Where the jump lands is where steps lead.
    #[test]
    fn a_jump_is_as_many_steps() {
        for steps in [0, 1, 2, 333, 334, 606, 607, 608, 5_000] {
            let start = GoRandom::from_words(&lehmer(7, [20, 10]));
            let jumped = GoRandom::from_words(&lehmer(7, [20, 10])).after(steps);
            let mut walked = start;
            for _ in 0..steps {
                walked.next();
            }
            // the youngest lies at `GAP - steps` of the ring, each older one above it
            let youngest = (GAP as u64 + 100 * LONG as u64 - steps) as usize;
            for age in 0..LONG {
                let number = walked.past[(walked.oldest + 2 * LONG - 1 - age) % LONG];
                assert_eq!(jumped[(youngest + age) % LONG], number, "{steps} steps, {age}");
            }
        }
    }

    #[test]
    fn permutations_have_every_number_once() {
        let mut chance = GoRandom::seeded(42);
        let mut order = chance.permutation(1_213);
        let mut shuffled = order.clone();
        chance.shuffle(&mut shuffled);
        assert_ne!(order, shuffled);
        order.sort_unstable();
        shuffled.sort_unstable();
        assert!(order.iter().eq(&shuffled) && order.iter().copied().eq(0..1_213));
    }

    #[test]
    fn one_thing_is_chosen_from_one() {
        let mut chance = GoRandom::seeded(0);
        assert_eq!(chance.below(1), 0);
        assert_eq!(chance.permutation(1), [0]);
        assert_eq!(chance.permutation(0), [] as [u32; 0]);
    }
}
