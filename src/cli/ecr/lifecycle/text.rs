//! The answer for people: what goes, which rule does it, and every image with its reason.

use super::Preview;
use super::reason::short;
use crate::aws::ecr::lifecycle::totals::{Amount, RuleTotals};
use crate::aws::ecr::lifecycle::{Action, Criterion, Fate, Rule, StorageClass, TagSelection};
use crate::cli::schedule::text::{LONG, counted, table};
use crate::report::quantity;

/// Tags of an image that are shown.
const TAGS: usize = 3;

/// The whole answer.
pub(super) fn render(preview: &Preview, full: bool) -> String {
    let mut text = headline(preview);
    text += &format!("\n{}", rules(preview));
    if !preview.images.is_empty() {
        text += &format!("\n{}", images(preview, full));
    }
    text
}

fn headline(preview: &Preview) -> String {
    let totals = &preview.totals;
    let verb =
        |count, one: &str, more: &str| if count == 1 { one.to_owned() } else { more.to_owned() };
    let all = counted(totals.all.images, "image");
    let expired = totals.expired.images;
    let mut text = format!("{} of {all} {}", number(expired), verb(expired, "expires", "expire"));
    let archived = totals.archived.images;
    if archived > 0 {
        text += &format!(", {} {} archived", number(archived), verb(archived, "is", "are"));
    }
    text += &format!(" at {}\n", preview.now);
    let freed = |amount: Amount, what: &str| {
        format!("{what} at most {}", quantity::bytes(amount.bytes as f64))
    };
    let parts = [(totals.expired, "frees"), (totals.archived, "archives")];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|(amount, _)| amount.images > 0)
        .map(|(amount, what)| freed(amount, what))
        .collect();
    if !parts.is_empty() {
        let all = quantity::bytes(totals.all.bytes as f64);
        text += &format!("{} of {all}; layers that other images share stay\n", parts.join(" and "));
    }
    text
}

fn number(count: usize) -> String {
    quantity::count(count as u64)
}

fn rules(preview: &Preview) -> String {
    let header =
        ["rule", "selects", "marks", "to", "selected", "decides", "acts on", "size", "description"];
    let rows = preview.policy.rules().iter().zip(&preview.totals.rules);
    let rows: Vec<_> = rows.map(|(rule, sum)| row(rule, sum)).collect();
    table(&header.map(str::to_owned), &rows, &[0, 4, 5, 6, 7])
}

fn row(rule: &Rule, sum: &RuleTotals) -> Vec<String> {
    let RuleTotals { identified, decided, acted } = *sum;
    vec![
        rule.priority.to_string(),
        about(rule),
        those(rule.criterion),
        match rule.action {
            Action::Expire => "expire",
            Action::Archive => "archive",
        }
        .to_owned(),
        number(identified),
        number(decided),
        number(acted.images),
        quantity::bytes(acted.bytes as f64),
        rule.description.clone().unwrap_or_default(),
    ]
}

/// Which images a rule is about.
fn about(rule: &Rule) -> String {
    let tags = match &rule.tags {
        TagSelection::Any => "any".to_owned(),
        TagSelection::Untagged => "untagged".to_owned(),
        TagSelection::Tagged(filters) => {
            let filters: Vec<_> = filters.iter().map(ToString::to_string).collect();
            filters.join(" and ")
        }
    };
    match rule.storage {
        StorageClass::Standard => tags,
        StorageClass::Archive => format!("{tags}, in the archive"),
    }
}

fn those(criterion: Criterion) -> String {
    match criterion {
        Criterion::CountMoreThan(limit) => format!("beyond the newest {limit}"),
        Criterion::Pushed(days) => format!("pushed > {days} d ago"),
        Criterion::Pulled(days) => format!("not pulled for > {days} d"),
        Criterion::Transitioned(days) => format!("archived > {days} d ago"),
    }
}

/// What goes, then what stays; each from the newest to the oldest.
fn images(preview: &Preview, full: bool) -> String {
    let mut order: Vec<usize> = (0..preview.images.len()).collect();
    order.sort_by(|&one, &other| {
        let goes = |place: usize| preview.verdicts[place].goes();
        let image = |place: usize| &preview.images[place];
        let age = image(other).pushed_at.cmp(&image(one).pushed_at);
        let age = age.then_with(|| image(one).digest.cmp(&image(other).digest));
        goes(other).cmp(&goes(one)).then(age)
    });
    let shown = if full { order.len() } else { order.len().min(LONG) };
    let rows: Vec<_> = order[..shown].iter().map(|&place| line(preview, place)).collect();
    let header = ["image", "tags", "pushed", "size", "", "rule", "why"].map(str::to_owned);
    let mut text = table(&header, &rows, &[3, 5]);
    if shown < order.len() {
        let more = counted(order.len() - shown, "more image");
        text += &format!(" … and {more}: --full shows all\n");
    }
    text
}

fn line(preview: &Preview, place: usize) -> Vec<String> {
    let (image, verdict) = (&preview.images[place], &preview.verdicts[place]);
    let mut tags = image.tags.iter().take(TAGS).cloned().collect::<Vec<_>>().join(", ");
    let more = image.tags.len().saturating_sub(TAGS);
    if more > 0 {
        tags += &format!(" and {more} more");
    }
    let pushed = image.pushed_at.to_string();
    vec![
        short(image),
        if tags.is_empty() { quantity::NOTHING.to_owned() } else { tags },
        // to the minute
        pushed.get(..16).unwrap_or(&pushed).replace('T', " "),
        quantity::bytes(image.size_bytes as f64),
        match verdict.fate {
            Fate::Kept => "stays",
            Fate::Expires => "EXPIRES",
            Fate::Archived => "ARCHIVED",
        }
        .to_owned(),
        preview.priority(verdict).map_or(quantity::NOTHING.to_owned(), |rule| rule.to_string()),
        preview.reason(verdict),
    ]
}
