//! What a tag must look like: an entry of a `tagPrefixList` or a `tagPatternList`.

use std::fmt;

/// A prefix or a pattern of tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagFilter {
    /// Tags that begin with this.
    Prefix(String),
    /// Tags like this, where each `*` stands for any characters, or none.
    Pattern(String),
}

impl TagFilter {
    /// Whether a tag is meant.
    pub fn matches(&self, tag: &str) -> bool {
        match self {
            Self::Prefix(prefix) => tag.starts_with(prefix.as_str()),
            Self::Pattern(pattern) => matches(pattern, tag),
        }
    }
}

/// The parts between the wildcards have to follow each other: the first at the start of the tag,
/// the last at its end, the others wherever they are first found.
fn matches(pattern: &str, tag: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == tag;
    };
    let (inner, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = tag.strip_prefix(first).and_then(|left| left.strip_suffix(last)) else {
        return false;
    };
    for part in inner.split('*') {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    true
}

/// As a pattern, which says it all.
impl fmt::Display for TagFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Pattern(pattern) => f.write_str(pattern),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_stand_for_any_characters_or_none() {
        for (pattern, tag, expected) in [
            ("prod", "prod", true),
            ("prod", "prod1", false),
            ("prod*", "prod", true),
            ("prod*", "production-team1", true),
            ("prod*", "a-prod", false),
            ("*prod", "a-prod", true),
            ("*prod", "prod-a", false),
            ("*prod*", "repo-production", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("ab*ba", "aba", false),
            ("v*.*.*", "v1.2.3", true),
            ("v*.*.*", "v1.2", false),
            ("*test*1*2*3", "a-test-x1-2-3", true),
            ("*test*1*2*3", "a-test-x1-3-2", false),
            ("*", "anything", true),
            ("**", "", true),
            ("a**b", "a*b", true),
        ] {
            let filter = TagFilter::Pattern(pattern.to_owned());
            assert_eq!(filter.matches(tag), expected, "{pattern} and {tag}");
        }
    }

    #[test]
    fn a_star_in_a_prefix_is_no_wildcard() {
        assert!(!TagFilter::Prefix("v*".to_owned()).matches("v1"));
    }

    /// The definition of a wildcard, with no thought for time.
    fn by_definition(pattern: &[char], tag: &[char]) -> bool {
        match pattern.split_first() {
            None => tag.is_empty(),
            Some(('*', rest)) => (0..=tag.len()).any(|skip| by_definition(rest, &tag[skip..])),
            Some((letter, rest)) => tag
                .split_first()
                .is_some_and(|(first, tag)| first == letter && by_definition(rest, tag)),
        }
    }

    proptest! {
        #[test]
        fn patterns_match_as_defined(pattern in "[ab*]{0,7}", tag in "[ab]{0,9}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = by_definition(&letters(&pattern), &letters(&tag));
            prop_assert_eq!(TagFilter::Pattern(pattern).matches(&tag), expected);
        }
    }
}
