//! Random streams: one per named component, all derived from the seed of the run.
//!
//! A component draws only from its own stream, so adding a component, or having one draw more
//! often, moves no other; two variants of a scenario that name their parts alike see the same
//! arrivals and demands (common random numbers). The generator is ChaCha with 8 rounds, whose
//! output is fixed for ever and on every platform; the stream number is a hash of the name.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The family of streams of one run.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    seed: u64,
}

/// One stream of random numbers.
///
/// It is a [`rand`] generator, so any distribution can draw from it.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Streams {
    /// The streams of a run with this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream of the component called `name`, for example `app/web/arrivals`.
    pub fn named(self, name: &str) -> Stream {
        self.numbered(name, 0)
    }

    /// The stream of entity number `index` among those called `name`.
    pub fn numbered(self, name: &str, index: u64) -> Stream {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(hash(name, index));
        Stream(rng)
    }
}

impl Stream {
    /// Uniform on [0, 1), with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on (0, 1]: safe to take the logarithm of.
    pub fn positive_uniform(&mut self) -> f64 {
        1.0 - self.uniform()
    }

    /// Uniform among 0, 1, …, `bound` - 1, by Lemire's multiplication without the rejection step
    /// (the bias is below 2^-32 for any bound that counts simulated things).
    ///
    /// # Panics
    /// When `bound` is zero.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "there is nothing to choose from");
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }
}

impl rand_chacha::rand_core::TryRng for Stream {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

/// FNV-1a over the name and the index, finished by the mixer of SplitMix64 so that names that
/// differ in one letter give streams that differ in all bits.
fn hash(name: &str, index: u64) -> u64 {
    let bytes = name.bytes().chain(index.to_le_bytes());
    let folded = bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (folded ^ folded >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_name_and_index_and_on_nothing_else() {
        let draw = |seed, name: &str, index| Streams::new(seed).numbered(name, index).uniform();
        let first = draw(1, "app/web", 0);
        assert_eq!(first, draw(1, "app/web", 0));
        assert_ne!(first, draw(2, "app/web", 0));
        assert_ne!(first, draw(1, "app/wea", 0));
        assert_ne!(first, draw(1, "app/web", 1));
    }

    /// Pinned values: if these move, every published result of the program moves with them.
    #[test]
    fn the_numbers_themselves_never_change() {
        let mut stream = Streams::new(42).named("pinned");
        let drawn: Vec<usize> = (0..6).map(|_| stream.below(1000)).collect();
        insta::assert_snapshot!(format!("{drawn:?}"), @"[704, 455, 845, 958, 222, 742]");
    }

    #[test]
    fn uniform_numbers_have_the_mean_and_variance_of_the_law() {
        let mut stream = Streams::new(7).named("uniform");
        let count = 100_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..count {
            let value = stream.uniform();
            assert!((0.0..1.0).contains(&value));
            sum += value;
            squares += value * value;
        }
        let mean = sum / f64::from(count);
        let variance = squares / f64::from(count) - mean * mean;
        // five standard errors of each
        assert!((mean - 0.5).abs() < 5.0 * (1.0f64 / 12.0 / f64::from(count)).sqrt());
        assert!((variance - 1.0 / 12.0).abs() < 5.0 * (1.0f64 / 180.0 / f64::from(count)).sqrt());
    }
}
