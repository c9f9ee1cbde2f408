//! "Did you mean": the name that was probably meant.

/// The candidate nearest to `name`, where one is near enough to be a slip: about one change for
/// every three letters, or a case or separator that differs. Words of at most four letters begin
/// alike: `cpus` is not a slip for `gpus`. The first of equals wins.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = if same_letters(name, candidate) {
            0
        } else {
            strsim::damerau_levenshtein(name, candidate)
        };
        let limit = name.chars().count().max(candidate.chars().count()).div_ceil(3);
        let better = best.is_none_or(|(least, _)| distance < least);
        let is_short = candidate.chars().count() <= 4 && distance > 0;
        if is_short && candidate.chars().next() != name.chars().next() {
            continue;
        }
        if candidate != name && distance <= limit && better {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn same_letters(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String {
        let plain = text.chars().filter(|c| c.is_alphanumeric());
        plain.flat_map(char::to_lowercase).collect()
    };
    letters(one) == letters(other)
}

/// Text for a hint: the nearest name, or else all there are.
pub fn suggestion<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
    kind: &str,
) -> String {
    if let Some(near) = nearest(name, candidates.clone()) {
        return format!("did you mean `{near}`?");
    }
    const MOST: usize = 25;
    let all: Vec<_> = candidates.into_iter().map(|name| format!("`{name}`")).collect();
    match all.len() {
        0 => format!("there is no {kind} at all"),
        1 => format!("the only {kind} is {}", all[0]),
        2..=MOST => format!("the {kind}s are {}", all.join(", ")),
        count => format!("the first of {count} {kind}s are {}", all[..MOST].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_a_letter_is_recognised() {
        assert_eq!(nearest("genral", ["batch", "general"]), Some("general"));
        assert_eq!(nearest("first-fti", ["first-fit", "best-fit"]), Some("first-fit"));
        assert_eq!(nearest("warmup", ["duration", "warm_up"]), Some("warm_up"));
        assert_eq!(nearest("FirstFit", ["best-fit", "first-fit"]), Some("first-fit"));
        assert_eq!(nearest("cpus", ["gpus", "cores"]), None);
    }

    #[test]
    fn a_different_word_is_not_suggested() {
        assert_eq!(nearest("colour", ["memory", "cores"]), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn without_a_near_name_all_are_listed() {
        assert_eq!(suggestion("zzz", ["web", "db"], "app"), "the apps are `web`, `db`");
        assert_eq!(suggestion("zzz", ["web"], "app"), "the only app is `web`");
        assert_eq!(suggestion("zzz", [], "app"), "there is no app at all");
    }
}
