//! One statement, element by element.

use std::ops::Range;

use super::{Elements, Reader, start};
use crate::aws::iam::condition::{Clause, OPERATORS, Operator};
use crate::aws::iam::document::{Choice, Effect, Statement, Usage};
use crate::aws::iam::json::{Json, Member, Value};
use crate::aws::iam::pattern::Pattern;
use crate::aws::iam::principal::Named;
use crate::scenario::diagnostic::suggestion;

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];
const PRINCIPALS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

impl Reader {
    /// A statement, as much of it as makes sense.
    pub(super) fn statement(&mut self, json: &Json) -> Option<Statement> {
        let elements = self.elements(json, "a statement", &ELEMENTS)?;
        let effect = self.effect(&elements);
        let principals = self.principals(&elements);
        let actions = self.actions(&elements);
        let resources = self.resources(&elements);
        let conditions = match elements.get("Condition") {
            Some(member) => self.conditions(&member.value),
            None => Vec::new(),
        };
        let sid = self.sid(&elements);
        Some(Statement { sid, effect, principals, actions, resources, conditions })
    }

    fn sid(&mut self, elements: &Elements<'_>) -> Option<String> {
        let sid = self.optional_text(elements, "Sid").filter(|sid| !sid.is_empty())?;
        let plain = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if let (Usage::Identity, false, Some(member)) = (self.usage, plain, elements.get("Sid")) {
            let help = "in policies of identities a Sid has letters and digits only";
            let title = format!("`{sid}` is no Sid");
            self.wrong_with_help(member.value.at.clone(), title, help);
        }
        Some(sid)
    }

    fn effect(&mut self, elements: &Elements<'_>) -> Effect {
        let Some(member) = elements.get("Effect") else {
            let help = "it is `Allow` or `Deny`";
            self.wrong_with_help(start(&elements.at), "`Effect` is missing", help);
            return Effect::Deny;
        };
        match self.text(&member.value, "`Effect`") {
            Some("Allow") => Effect::Allow,
            Some("Deny") | None => Effect::Deny,
            Some(other) => {
                let help = suggestion(other, ["Allow", "Deny"], "effect");
                let title = format!("there is no effect `{other}`");
                self.wrong_with_help(member.value.at.clone(), title, help);
                Effect::Deny
            }
        }
    }

    /// An element or its opposite, which exclude each other; whether it is the element itself.
    fn either<'j>(
        &mut self,
        elements: &Elements<'j>,
        name: &str,
        opposite: &str,
    ) -> Option<(bool, &'j Member)> {
        match (elements.get(name), elements.get(opposite)) {
            (Some(_), Some(second)) => {
                let title = format!("a statement has `{name}` or `{opposite}`, not both");
                self.wrong(second.key_at.clone(), title);
                None
            }
            (Some(member), None) => Some((true, member)),
            (None, Some(member)) => Some((false, member)),
            (None, None) => None,
        }
    }

    fn missing(&mut self, elements: &Elements<'_>, name: &str, opposite: &str, help: &str) {
        if elements.get(name).is_none() && elements.get(opposite).is_none() {
            let title = format!("`{name}` is missing");
            self.wrong_with_help(start(&elements.at), title, help);
        }
    }

    fn actions(&mut self, elements: &Elements<'_>) -> Choice<Pattern> {
        self.missing(elements, "Action", "NotAction", "such as `ecr:BatchGetImage` or `ecr:Get*`");
        let Some((plain, member)) = self.either(elements, "Action", "NotAction") else {
            return Choice::Of(Vec::new());
        };
        let mut patterns = Vec::new();
        for (text, at) in self.texts(&member.value, &format!("`{}`", member.key)) {
            let has_service = text.split_once(':').is_some_and(|(service, action)| {
                !service.is_empty() && !action.is_empty() && !action.contains(':')
            });
            if text != "*" && !has_service {
                let help = "write the service before it, such as `ecr:BatchGetImage`, or `*`";
                self.wrong_with_help(at, format!("`{text}` is no action"), help);
            }
            patterns.push(Pattern::plain(text));
        }
        choice(plain, patterns)
    }

    fn resources(&mut self, elements: &Elements<'_>) -> Option<Choice<Pattern>> {
        if self.usage == Usage::Identity {
            let help = "it is the ARN of a resource, with wildcards if need be, or `*`";
            self.missing(elements, "Resource", "NotResource", help);
        }
        let (plain, member) = self.either(elements, "Resource", "NotResource")?;
        let mut patterns = Vec::new();
        for (text, at) in self.texts(&member.value, &format!("`{}`", member.key)) {
            if !may_be_arn(text) {
                let help =
                    "write it like `arn:aws:ecr:us-east-1:123456789012:repository/web`, or `*`";
                self.wrong_with_help(at.clone(), format!("`{text}` is no ARN"), help);
            }
            patterns.extend(self.pattern(text, at));
        }
        Some(choice(plain, patterns))
    }

    fn pattern(&mut self, text: &str, at: Range<usize>) -> Option<Pattern> {
        if !self.variables {
            return Some(Pattern::plain(text));
        }
        Pattern::with_variables(text).map_err(|title| self.wrong(at, title)).ok()
    }

    fn principals(&mut self, elements: &Elements<'_>) -> Option<Choice<Named>> {
        let found = self.either(elements, "Principal", "NotPrincipal");
        match (self.usage, &found) {
            (Usage::Identity, Some((_, member))) => {
                let title = format!("the policy of an identity has no `{}`", member.key);
                let help = "it means the identity it is attached to: take the element out";
                self.wrong_with_help(member.key_at.clone(), title, help);
            }
            (Usage::Resource, None) => {
                let help = "it says who may: `{ \"AWS\": \"123456789012\" }`, or `\"*\"`";
                self.missing(elements, "Principal", "NotPrincipal", help);
            }
            _ => {}
        }
        let (plain, member) = found?;
        let named = match &member.value.value {
            Value::Text(text) if text == "*" => vec![Named::Everybody],
            Value::Object(kinds) => self.named(&member.value, kinds),
            _ => {
                let title = format!("`{}` must be `\"*\"` or an object", member.key);
                let help = "such as `{ \"AWS\": \"arn:aws:iam::123456789012:role/web\" }`";
                self.wrong_with_help(member.value.at.clone(), title, help);
                Vec::new()
            }
        };
        Some(choice(plain, named))
    }

    fn named(&mut self, json: &Json, kinds: &[Member]) -> Vec<Named> {
        self.elements(json, "a principal", &PRINCIPALS);
        if kinds.is_empty() {
            self.wrong(json.at.clone(), "a principal is an empty object");
        }
        let mut named = Vec::new();
        for kind in kinds {
            for (text, at) in self.texts(&kind.value, &format!("`{}`", kind.key)) {
                let name = text.to_owned();
                match kind.key.as_str() {
                    "AWS" => match Named::aws(text) {
                        Ok(principal) => named.push(principal),
                        Err(why) => {
                            self.wrong_with_help(at, format!("`{text}` is no principal"), why);
                        }
                    },
                    "Service" => named.push(Named::Service(name)),
                    "Federated" => named.push(Named::Other { kind: "Federated", name }),
                    "CanonicalUser" => named.push(Named::Other { kind: "CanonicalUser", name }),
                    _ => {}
                }
            }
        }
        named
    }

    fn conditions(&mut self, json: &Json) -> Vec<Clause> {
        let Value::Object(operators) = &json.value else {
            self.wrong_kind(json, "`Condition`", "an object");
            return Vec::new();
        };
        let mut clauses = Vec::new();
        for member in operators {
            let Some(operator) = Operator::named(&member.key) else {
                let title = format!("there is no condition operator `{}`", member.key);
                let help = suggestion(&member.key, OPERATORS, "operator");
                self.wrong_with_help(member.key_at.clone(), title, help);
                continue;
            };
            let Value::Object(keys) = &member.value.value else {
                self.wrong_kind(&member.value, &format!("`{}`", member.key), "an object");
                continue;
            };
            for key in keys {
                clauses.extend(self.clause(operator, key));
            }
        }
        clauses
    }

    fn clause(&mut self, operator: Operator, key: &Member) -> Option<Clause> {
        let items = match &key.value.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&key.value),
        };
        if items.is_empty() {
            self.wrong(key.value.at.clone(), format!("`{}` is an empty list", key.key));
        }
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match &item.value {
                Value::Text(text) | Value::Number(text) => values.push(text.clone()),
                Value::Bool(value) => values.push(value.to_string()),
                _ => {
                    let what = format!("`{}`", key.key);
                    self.wrong_kind(
                        item,
                        &what,
                        "a string, a number, a boolean, or a list of them",
                    );
                    return None;
                }
            }
        }
        let clause = Clause::new(operator, &key.key, &values, self.variables);
        clause.map_err(|(index, title)| self.wrong(items[index].at.clone(), title)).ok()
    }
}

fn choice<T>(plain: bool, choices: Vec<T>) -> Choice<T> {
    if plain { Choice::Of(choices) } else { Choice::NoneOf(choices) }
}

/// Whether a text has the six parts of an ARN, or a wildcard or variable that may stand for some.
fn may_be_arn(text: &str) -> bool {
    let open = text.starts_with(['*', '?']) || text.starts_with("${");
    open || (text.starts_with("arn:") && (text.matches(':').count() >= 5 || text.ends_with('*')))
}
