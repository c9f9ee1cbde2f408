//! Names that controllers make.
//!
//! The real ones draw five letters at random (`k8s.io/apiserver/pkg/storage/names`,
//! `k8s.io/apimachinery/pkg/util/rand`: no vowels and nothing that looks like one, so that no bad
//! words come about). Here the letters follow from a number, so that the same scenario gives the
//! same names.

/// The letters of `k8s.io/apimachinery/pkg/util/rand`.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// How many words of five letters there are.
const WORDS: u64 = 27 * 27 * 27 * 27 * 27;

/// Five letters: different ones for every number below 14 million.
pub fn suffix(number: u32) -> String {
    // a step that has no factor in common with the number of words meets all of them
    let mut word = (u64::from(number) * 8_675_309 + 1_234_567) % WORDS;
    let letters = (0..5).map(|_| {
        let letter = LETTERS[(word % 27) as usize];
        word /= 27;
        char::from(letter)
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_differ() {
        let names: BTreeSet<String> = (0..100_000).map(suffix).collect();
        assert_eq!(names.len(), 100_000);
        assert!(names.iter().all(|name| name.len() == 5));
    }
}
