//! Which of several nodes with the highest score is taken.

use rand::RngExt;

use crate::engine::Stream;

/// How equals are told apart.
#[derive(Debug)]
pub enum TieBreak {
    /// By name: the smallest.
    Name,
    /// At random, each with the same probability.
    Random(Box<Stream>),
}

/// One of several, each with the same probability; none of none.
pub(super) fn random<T: Copy>(equals: &[T], stream: &mut Stream) -> Option<T> {
    if equals.is_empty() {
        return None;
    }
    Some(equals[stream.random_range(0..equals.len())])
}
