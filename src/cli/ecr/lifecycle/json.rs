//! The answer as JSON: every image in the order of the list, every rule, and the totals.

use serde_json::{Value, json};

use super::Preview;
use crate::aws::ecr::lifecycle::totals::Amount;
use crate::aws::ecr::lifecycle::{Action, Measure, Verdict};

/// Counts up when the meaning of a field changes.
const SCHEMA_VERSION: u32 = 1;

/// The whole answer.
pub(super) fn render(preview: &Preview) -> String {
    let totals = &preview.totals;
    let whole = json!({
        "schema_version": SCHEMA_VERSION,
        "now": preview.now.to_string(),
        "totals": {
            "images": amount(totals.all),
            "expired": amount(totals.expired),
            "archived": amount(totals.archived),
        },
        "rules": rules(preview),
        "images": images(preview),
    });
    format!("{whole:#}\n")
}

fn amount(amount: Amount) -> Value {
    json!({ "count": amount.images, "bytes": amount.bytes })
}

fn rules(preview: &Preview) -> Vec<Value> {
    let rules = preview.policy.rules().iter().zip(&preview.totals.rules);
    let rules = rules.map(|(rule, sum)| {
        json!({
            "priority": rule.priority,
            "description": rule.description,
            "action": match rule.action {
                Action::Expire => "expire",
                Action::Archive => "archive",
            },
            "identified": sum.identified,
            "decided": sum.decided,
            "acted": amount(sum.acted),
        })
    });
    rules.collect()
}

fn images(preview: &Preview) -> Vec<Value> {
    let images = preview.images.iter().zip(&preview.verdicts).map(|(image, verdict)| {
        let priority = |&rule: &usize| preview.policy.rules()[rule].priority;
        let digest = |place: Option<usize>| place.map(|place| &preview.images[place].digest);
        json!({
            "digest": image.digest,
            "tags": image.tags,
            "pushed_at": image.pushed_at.to_string(),
            "size_bytes": image.size_bytes,
            "verdict": Preview::word(verdict.fate),
            "rule": preview.priority(verdict),
            "place": place(verdict),
            "overruled": verdict.overruled.iter().map(priority).collect::<Vec<_>>(),
            "held_by": digest(verdict.held_by),
            "follows": digest(verdict.follows),
            "reason": preview.reason(verdict),
        })
    });
    images.collect()
}

/// Where the image stands among those that are counted.
fn place(verdict: &Verdict) -> Value {
    match verdict.decided_by {
        Some((_, Measure::Place { place, of, tied })) => {
            json!({ "from_newest": place, "of": of, "tied": tied })
        }
        _ => Value::Null,
    }
}
