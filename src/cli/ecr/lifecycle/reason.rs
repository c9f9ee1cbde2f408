//! Why an image goes or stays, in words.

use super::Preview;
use crate::aws::ecr::lifecycle::{Criterion, ImageDetail, Measure, Rule, Verdict};

/// Digits of a digest that are shown.
const DIGITS: usize = 12;
/// Microseconds of a tenth of a day.
const TENTH_OF_DAY: i64 = 8_640_000_000;

impl Preview {
    /// Why this becomes of the image.
    pub fn reason(&self, verdict: &Verdict) -> String {
        if let Some(subject) = verdict.follows {
            return format!("refers to {}, which goes", self.name(subject));
        }
        let Some((number, measure)) = verdict.decided_by else {
            return "no rule is about it".to_owned();
        };
        let mut text = standing(&self.policy.rules()[number], measure);
        if let Some(index) = verdict.held_by {
            text += &format!("; but {} lists it, and stays", self.name(index));
        }
        if !verdict.overruled.is_empty() {
            let rules = verdict.overruled.iter().map(|&rule| self.policy.rules()[rule].priority);
            let rules: Vec<_> = rules.map(|priority| priority.to_string()).collect();
            let rules = match &rules[..] {
                [one] => format!("rule {one}"),
                many => format!("rules {}", many.join(", ")),
            };
            text += &format!("; {rules} would mark it, too late");
        }
        if let Measure::Place { tied: true, .. } = measure {
            text += "; pushed with others at once: ECR may choose another of them";
        }
        text
    }

    /// How an image is called in a sentence.
    fn name(&self, place: usize) -> String {
        let image = &self.images[place];
        match image.tags.first() {
            Some(tag) => format!("`{tag}`"),
            None => short(image),
        }
    }
}

/// The digest, as far as people tell digests apart by.
pub(super) fn short(image: &ImageDetail) -> String {
    let digest = image.digest.strip_prefix("sha256:").unwrap_or(&image.digest);
    digest.chars().take(DIGITS).collect()
}

/// Where an image stands by the criterion of a rule.
fn standing(rule: &Rule, measure: Measure) -> String {
    let (verb, limit) = match rule.criterion {
        Criterion::CountMoreThan(limit) => ("", limit),
        Criterion::Pushed(days) => ("pushed", days),
        Criterion::Pulled(days) => ("unused for", days),
        Criterion::Transitioned(days) => ("archived", days),
    };
    match measure {
        Measure::Place { place, of, .. } => {
            let beyond = u32::try_from(place).map_or(true, |place| place > limit);
            let side = if beyond { "beyond" } else { "within" };
            format!("{} of {of}; {side} {limit}", nth(place))
        }
        Measure::Age(elapsed) if elapsed < 0 => format!("{verb} in the future"),
        Measure::Age(elapsed) => {
            let tenths = elapsed / TENTH_OF_DAY;
            let older = elapsed > i64::from(limit).saturating_mul(10 * TENTH_OF_DAY);
            let ago = if matches!(rule.criterion, Criterion::Pulled(_)) { "" } else { " ago" };
            let than = if older { "more than" } else { "not more than" };
            format!("{verb} {}.{} days{ago}; {than} {limit}", tenths / 10, tenths % 10)
        }
    }
}

/// `newest`, `2nd newest`, `3rd newest`, `4th newest`, `11th newest`.
fn nth(place: usize) -> String {
    let end = match (place % 10, place % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    if place == 1 { "newest".to_owned() } else { format!("{place}{end} newest") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_english() {
        let places = [2, 3, 4, 11, 12, 13, 21, 101, 111, 122];
        let expected =
            ["2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th", "122nd"];
        let expected = expected.map(|nth| format!("{nth} newest"));
        assert_eq!(nth(1), "newest");
        assert_eq!(places.map(nth), expected);
    }
}
