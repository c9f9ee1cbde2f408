//! One statement, element by element.

use std::ops::Range;

use super::Reader;
use crate::aws::iam::condition::{Clause, OPERATORS, Operator};
use crate::aws::iam::document::{Choice, Effect, Statement, Usage};
use crate::aws::iam::pattern::Pattern;
use crate::aws::iam::principal::Named;
use crate::aws::json::{Field, Object, Part};
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
const PRINCIPALS: [&str; 2] = ["Principal", "NotPrincipal"];
const ACTIONS: [&str; 2] = ["Action", "NotAction"];
const RESOURCES: [&str; 2] = ["Resource", "NotResource"];
const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

impl Reader {
    /// The elements of a statement.
    pub(super) fn statement_object<'t>(&mut self, part: Part<'t>) -> Option<Object<'t>> {
        self.object(part, "a statement", &ELEMENTS)
    }

    /// A statement, as much of it as makes sense.
    pub(super) fn statement(&mut self, object: &Object<'_>) -> Statement {
        let effect = self.effect(object);
        let principals = self.principals(object);
        let actions = self.actions(object);
        let resources = self.resources(object);
        let conditions = object.get("Condition").map(|part| self.conditions(part));
        let conditions = conditions.unwrap_or_default();
        let sid = self.sid(object);
        Statement { sid, effect, principals, actions, resources, conditions }
    }

    fn sid(&mut self, object: &Object<'_>) -> Option<String> {
        let (sid, at) = self.optional_text(object, "Sid").filter(|(sid, _)| !sid.is_empty())?;
        let plain = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if self.usage == Usage::Identity && !plain {
            let help = "in policies of identities a Sid has letters and digits only";
            self.wrong_with_help(at, format!("`{sid}` is no Sid"), help);
        }
        Some(sid)
    }

    fn effect(&mut self, object: &Object<'_>) -> Effect {
        self.missing(object, "Effect", "it is `Allow` or `Deny`");
        let Some((effect, at)) = self.optional_text(object, "Effect") else {
            return Effect::Deny;
        };
        match effect.as_str() {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            other => {
                let help = suggestion(other, ["Allow", "Deny"], "effect");
                self.wrong_with_help(at, format!("there is no effect `{other}`"), help);
                Effect::Deny
            }
        }
    }

    /// An element or its opposite, which exclude each other; whether it is the element itself,
    /// with its name.
    fn either<'t>(
        &mut self,
        object: &Object<'t>,
        [name, opposite]: [&'static str; 2],
    ) -> Option<(bool, &'static str, Part<'t>)> {
        match (object.get(name), object.get(opposite)) {
            (Some(_), Some(_)) => {
                let title = format!("a statement has `{name}` or `{opposite}`, not both");
                self.wrong(key_of(object, opposite), title);
                None
            }
            (Some(part), None) => Some((true, name, part)),
            (None, Some(part)) => Some((false, opposite, part)),
            (None, None) => None,
        }
    }

    fn missing_either(&mut self, object: &Object<'_>, [name, opposite]: [&str; 2], help: &str) {
        if object.get(opposite).is_none() {
            self.missing(object, name, help);
        }
    }

    fn actions(&mut self, object: &Object<'_>) -> Choice<Pattern> {
        self.missing_either(object, ACTIONS, "such as `ecr:BatchGetImage` or `ecr:Get*`");
        let Some((plain, name, part)) = self.either(object, ACTIONS) else {
            return Choice::Of(Vec::new());
        };
        let mut patterns = Vec::new();
        for (text, at) in self.texts(part, name) {
            let has_service = text.split_once(':').is_some_and(|(service, action)| {
                !service.is_empty() && !action.is_empty() && !action.contains(':')
            });
            if text != "*" && !has_service {
                let help = "write the service before it, such as `ecr:BatchGetImage`, or `*`";
                self.wrong_with_help(at, format!("`{text}` is no action"), help);
            }
            patterns.push(Pattern::plain(&text));
        }
        choice(plain, patterns)
    }

    fn resources(&mut self, object: &Object<'_>) -> Option<Choice<Pattern>> {
        if self.usage == Usage::Identity {
            let help = "it is the ARN of a resource, with wildcards if need be, or `*`";
            self.missing_either(object, RESOURCES, help);
        }
        let (plain, name, part) = self.either(object, RESOURCES)?;
        let mut patterns = Vec::new();
        for (text, at) in self.texts(part, name) {
            if !may_be_arn(&text) {
                let help =
                    "write it like `arn:aws:ecr:us-east-1:123456789012:repository/web`, or `*`";
                self.wrong_with_help(at.clone(), format!("`{text}` is no ARN"), help);
            }
            patterns.extend(self.pattern(&text, at));
        }
        Some(choice(plain, patterns))
    }

    fn pattern(&mut self, text: &str, at: Range<usize>) -> Option<Pattern> {
        if !self.variables {
            return Some(Pattern::plain(text));
        }
        Pattern::with_variables(text).map_err(|title| self.wrong(at, title)).ok()
    }

    fn principals(&mut self, object: &Object<'_>) -> Option<Choice<Named>> {
        let found = self.either(object, PRINCIPALS);
        if let (Usage::Identity, Some((_, name, _))) = (self.usage, found) {
            let title = format!("the policy of an identity has no `{name}`");
            let help = "it means the identity it is attached to: take the element out";
            self.wrong_with_help(key_of(object, name), title, help);
        }
        if self.usage == Usage::Resource {
            let help = "it says who may: `{ \"AWS\": \"123456789012\" }`, or `\"*\"`";
            self.missing_either(object, PRINCIPALS, help);
        }
        let (plain, name, part) = found?;
        let named = match part.written() {
            "\"*\"" => vec![Named::Everybody],
            written if written.starts_with('{') => self.named(part),
            _ => {
                let title = format!("`{name}` must be `\"*\"` or an object");
                let help = "such as `{ \"AWS\": \"arn:aws:iam::123456789012:role/web\" }`";
                self.wrong_with_help(part.span(), title, help);
                Vec::new()
            }
        };
        Some(choice(plain, named))
    }

    fn named(&mut self, part: Part<'_>) -> Vec<Named> {
        let Some(kinds) = self.object(part, "a principal", &KINDS) else { return Vec::new() };
        if kinds.fields.is_empty() {
            self.wrong(part.span(), "a principal is an empty object");
        }
        let mut named = Vec::new();
        for kind in &kinds.fields {
            for (name, at) in self.texts(kind.value, &kind.name) {
                match kind.name.as_str() {
                    "AWS" => match Named::aws(&name) {
                        Ok(principal) => named.push(principal),
                        Err(why) => {
                            self.wrong_with_help(at, format!("`{name}` is no principal"), why);
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

    fn conditions(&mut self, part: Part<'_>) -> Vec<Clause> {
        let mut clauses = Vec::new();
        let Some(operators) = self.noted(part.object()) else { return clauses };
        for field in &operators.fields {
            let Some(operator) = Operator::named(&field.name) else {
                let title = format!("there is no condition operator `{}`", field.name);
                let help = suggestion(&field.name, OPERATORS, "operator");
                self.wrong_with_help(field.key.clone(), title, help);
                continue;
            };
            let Some(keys) = self.noted(field.value.object()) else { continue };
            for key in &keys.fields {
                clauses.extend(self.clause(operator, key));
            }
        }
        clauses
    }

    fn clause(&mut self, operator: Operator, key: &Field<'_>) -> Option<Clause> {
        let items = self.items(key.value, &key.name);
        let mut values = Vec::with_capacity(items.len());
        for item in &items {
            let value = match item.written().as_bytes()[0] {
                b'"' => item.text(),
                b'{' | b'[' | b'n' => {
                    Err(item.mismatch("a string, a number, a boolean, or a list of them").into())
                }
                _ => Ok(item.written().to_owned()),
            };
            values.push(self.noted(value)?);
        }
        let clause = Clause::new(operator, &key.name, &values, self.variables);
        clause.map_err(|(index, title)| self.wrong(items[index].span(), title)).ok()
    }
}

fn choice<T>(plain: bool, choices: Vec<T>) -> Choice<T> {
    if plain { Choice::Of(choices) } else { Choice::NoneOf(choices) }
}

/// Where a key of an object stands that is there.
fn key_of(object: &Object<'_>, name: &str) -> Range<usize> {
    let field = object.fields.iter().rfind(|field| field.name == name);
    field.map_or(object.part.span(), |field| field.key.clone())
}

/// Whether a text has the six parts of an ARN, or a wildcard or variable that may stand for some.
fn may_be_arn(text: &str) -> bool {
    let open = text.starts_with(['*', '?']) || text.starts_with("${");
    open || (text.starts_with("arn:") && (text.matches(':').count() >= 5 || text.ends_with('*')))
}
