//! Policies and repositories, and what is expected of the one to do to the other.
//!
//! Written in a small language, so that each case is read at a glance. A rule is its priority,
//! what it is about and what it marks: `1 prod* newest 3`, `2 prefix:a+b days 14`, `3 untagged days
//! 1`, `9 any newest 5`; `unused 90` archives, as does a trailing `archive`, and `archived 365` is
//! about the archive. An image is its name, its tags (`-` for none) and how many days ago it was
//! pushed: `A prod-1,beta-1 10`; more may follow, such as `pulled=3` (days ago) or `lists=B+C`.

mod cases;
mod lists;
mod reference;
mod refused;

use serde_json::{Value, json};

use super::{Fate, ImageDetail, Moment, Policy, Status, Verdict};

/// The time of all cases.
fn now() -> Moment {
    "2026-03-01T12:00:00Z".parse().expect("a moment")
}

/// The policy of these rules, by way of its text.
fn policy(rules: &[&str]) -> Policy {
    let rules: Vec<Value> = rules.iter().map(|rule| self::rule(rule)).collect();
    let text = json!({ "rules": rules }).to_string();
    Policy::from_json(&text, "policy.json").unwrap_or_else(|problems| panic!("{problems}"))
}

fn rule(text: &str) -> Value {
    let words: Vec<&str> = text.split(' ').collect();
    let number = |word: &str| word.parse::<u32>().expect("a number");
    let [priority, tags, count, limit, ..] = words[..] else { panic!("{text}") };
    let mut selection = json!({ "countNumber": number(limit) });
    match (tags, tags.strip_prefix("prefix:")) {
        ("any" | "untagged", _) => selection["tagStatus"] = tags.into(),
        (_, list) => {
            let key = if list.is_some() { "tagPrefixList" } else { "tagPatternList" };
            selection["tagStatus"] = "tagged".into();
            selection[key] = list.unwrap_or(tags).split('+').collect();
        }
    }
    let kind = match count {
        "newest" => "imageCountMoreThan",
        "days" => "sinceImagePushed",
        "unused" => "sinceImagePulled",
        "archived" => "sinceImageTransitioned",
        other => panic!("{other}"),
    };
    selection["countType"] = kind.into();
    if count != "newest" {
        selection["countUnit"] = "days".into();
    }
    if count == "archived" {
        selection["storageClass"] = "archive".into();
    }
    let archives = count == "unused" || words.last() == Some(&"archive");
    let action = match archives {
        true => json!({ "type": "transition", "targetStorageClass": "archive" }),
        false => json!({ "type": "expire" }),
    };
    json!({ "rulePriority": number(priority), "selection": selection, "action": action })
}

fn image(text: &str) -> ImageDetail {
    let mut words = text.split(' ');
    let mut next = || words.next().unwrap_or_else(|| panic!("{text}"));
    let ago = |days: &str| now().days_before(days.parse().expect("days"));
    let (name, tags, pushed) = (next(), next(), next());
    let tags = tags.split(',').filter(|tag| *tag != "-").map(str::to_owned);
    let mut image = ImageDetail {
        digest: name.to_owned(),
        tags: tags.collect(),
        pushed_at: ago(pushed),
        pulled_at: None,
        archived_at: None,
        activated_at: None,
        size_bytes: 1,
        status: Status::Active,
        media_type: None,
        subject: None,
        children: Vec::new(),
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("pulled", days) => image.pulled_at = Some(ago(days)),
            ("restored", days) => image.activated_at = Some(ago(days)),
            ("restoring", _) => image.status = Status::Activating,
            ("archived", days) => {
                image.archived_at = Some(ago(days));
                image.status = Status::Archived;
            }
            ("of", subject) => image.subject = Some(subject.to_owned()),
            ("lists", names) => image.children = names.split('+').map(str::to_owned).collect(),
            _ => panic!("{word}"),
        }
    }
    image
}

/// What happens, of images to which something does: `A expires by 1`, `B stays for C`.
fn outcome(policy: &Policy, images: &[ImageDetail], verdicts: &[Verdict]) -> Vec<String> {
    let name = |place: usize| images[place].digest.as_str();
    let told = verdicts.iter().enumerate().filter_map(|(place, verdict)| {
        let image = name(place);
        let rule = verdict.decided_by.map(|(rule, _)| policy.rules()[rule].priority);
        match (verdict.fate, verdict.follows, verdict.held_by) {
            (Fate::Kept, _, None) => None,
            (Fate::Kept, _, Some(index)) => Some(format!("{image} stays for {}", name(index))),
            (_, Some(subject), _) => Some(format!("{image} goes with {}", name(subject))),
            (Fate::Expires, ..) => Some(format!("{image} expires by {}", rule.expect("a rule"))),
            (Fate::Archived, ..) => {
                Some(format!("{image} is archived by {}", rule.expect("a rule")))
            }
        }
    });
    told.collect()
}
