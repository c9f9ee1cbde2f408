//! What a pool must not say, and what it means where it says nothing.

use k8s_openapi::api::core::v1 as core;

use super::budget::{Budget, Reason, Share};
use super::raw::{RawBudget, RawDisruption, RawPool, RawRequirement, RawTemplateSpec};
use super::{API_VERSION, ConsolidationPolicy, Disruption, NodePool, Template, duration};
use crate::engine::SimDuration;
use crate::kubernetes::api::Path;
use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::api::validate::Violation;
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::{HOSTNAME, NODE_POOL, Requirements};
use crate::kubernetes::scheduler::labels::Operator;
use crate::kubernetes::scheduler::shape::{Effect, Taint};
use crate::units::cron::Schedule;

/// Nodes of a pool are so old at most where it says nothing.
const EXPIRE_AFTER: SimDuration = SimDuration::from_secs(720 * 3_600);
/// `minValues` goes up to this.
const MOST_MIN_VALUES: i64 = 50;

type Found = Vec<Violation>;

/// Makes a pool and notes what is wrong with it; with anything wrong it must not be used.
pub fn pool(raw: &RawPool, out: &mut Found) -> NodePool {
    let (root, spec) = (Path::default(), Path::default().key("spec"));
    if raw.api_version.as_deref() != Some(API_VERSION) {
        let help = format!("write `apiVersion: {API_VERSION}`");
        let wrong = Violation::new(root.key("apiVersion"), "this version is not read");
        out.push(wrong.help(help));
    }
    let name = raw.metadata.name.as_deref().unwrap_or_default();
    if name.is_empty() {
        out.push(Violation::new(root.dotted("metadata.name"), "a NodePool needs a name"));
    }
    if raw.spec.replicas.is_some() {
        let message = "pools with a fixed number of nodes are not simulated";
        let wrong = Violation::new(spec.key("replicas"), message);
        out.push(wrong.help("leave `replicas` out for a pool that follows its pods"));
    }
    let weight = raw.spec.weight.unwrap_or(0);
    if raw.spec.weight.is_some_and(|weight| !(1..=100).contains(&weight)) {
        out.push(Violation::new(spec.key("weight"), "must be from 1 to 100"));
    }
    let limits = raw.spec.limits.iter().map(|(name, limit)| {
        let amount = Amount::try_from(limit).unwrap_or_else(|wrong| {
            let path = spec.key("limits").key(name);
            let message = format!("`{}` is no quantity", wrong.text);
            out.push(Violation::new(path, message).help("write a number such as `100` or `64Gi`"));
            Amount::ZERO
        });
        (name.as_str().into(), amount)
    });
    let limits = limits.collect();
    NodePool {
        name: name.into(),
        limits,
        weight: u32::try_from(weight).unwrap_or_default(),
        template: template(raw, &spec.key("template"), out),
        disruption: disruption(&raw.spec.disruption, &spec.key("disruption"), out),
    }
}

fn template(raw: &RawPool, at: &Path, out: &mut Found) -> Template {
    let (metadata, spec) = (&raw.spec.template.metadata, &raw.spec.template.spec);
    let labels = metadata.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let annotations = metadata.annotations.iter();
    let annotations = annotations.map(|(key, value)| (key.as_str(), value.as_str()));
    for key in metadata.labels.keys().filter(|key| is_reserved(key)) {
        let path = at.dotted("metadata.labels").key(key);
        out.push(Violation::new(path, "Karpenter sets this label itself"));
    }
    let inner = at.key("spec");
    let class = &spec.node_class_ref;
    if class.kind.is_empty() || class.name.is_empty() {
        let wrong =
            Violation::new(inner.key("nodeClassRef"), "kind and name of a class are needed");
        let help = "write `{group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}`";
        out.push(wrong.help(help));
    }
    Template {
        labels: labels.collect(),
        annotations: annotations.collect(),
        class: (class.kind.as_str().into(), class.name.as_str().into()),
        taints: taints(&spec.taints, &inner.key("taints"), out),
        startup_taints: taints(&spec.startup_taints, &inner.key("startupTaints"), out),
        requirements: requirements(spec, &inner.key("requirements"), out),
        expire_after: span(&spec.expire_after, Some(EXPIRE_AFTER), &inner.key("expireAfter"), out),
        termination_grace_period: spec
            .termination_grace_period
            .as_ref()
            .and_then(|text| plain_span(text, &inner.key("terminationGracePeriod"), out)),
    }
}

fn is_reserved(key: &str) -> bool {
    key == NODE_POOL || key == HOSTNAME
}

fn taints(raw: &[core::Taint], at: &Path, out: &mut Found) -> Vec<Taint> {
    let mut taints = Vec::new();
    for (index, taint) in raw.iter().enumerate() {
        let effect = match taint.effect.as_str() {
            "NoSchedule" => Effect::NoSchedule,
            "PreferNoSchedule" => Effect::PreferNoSchedule,
            "NoExecute" => Effect::NoExecute,
            other => {
                let message = format!("`{other}` is no effect of a taint");
                let wrong = Violation::new(at.index(index).key("effect"), message);
                out.push(wrong.help("write NoSchedule, PreferNoSchedule or NoExecute"));
                continue;
            }
        };
        let value = taint.value.as_deref().unwrap_or_default().into();
        taints.push(Taint { key: taint.key.as_str().into(), value, effect });
    }
    taints
}

fn requirements(raw: &RawTemplateSpec, at: &Path, out: &mut Found) -> Requirements {
    let mut all = Requirements::default();
    for (index, one) in raw.requirements.iter().enumerate() {
        let at = at.index(index);
        if one.key.is_empty() {
            out.push(Violation::new(at.key("key"), "a requirement needs the key of a label"));
        }
        if is_reserved(&one.key) {
            out.push(Violation::new(at.key("key"), "Karpenter sets this label itself"));
        }
        if let Some(operator) = operator(one, &at, out) {
            let min_values = min_values(one, &at, out);
            all.add(&one.key, &Allowed::by(&operator).with_min_values(min_values));
        }
    }
    all
}

fn operator(raw: &RawRequirement, at: &Path, out: &mut Found) -> Option<Operator> {
    let values = || raw.values.iter().map(|value| value.as_str().into()).collect();
    let mut bound = || match raw.values.as_slice() {
        [one] if one.parse::<i64>().is_ok_and(|bound| bound >= 0) => one.parse::<i64>().ok(),
        _ => {
            let message = format!("{} needs one whole number, from 0 on", raw.operator);
            let wrong = Violation::new(at.key("values"), message);
            out.push(wrong.help("write it as text: `values: [\"4\"]`"));
            None
        }
    };
    Some(match raw.operator.as_str() {
        "In" if raw.values.is_empty() => {
            out.push(Violation::new(at.clone(), "In needs at least one value"));
            return None;
        }
        "In" => Operator::In(values()),
        "NotIn" => Operator::NotIn(values()),
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::Gt(bound()?),
        "Lt" => Operator::Lt(bound()?),
        // of whole numbers, as those with Gt and Lt are
        "Gte" => Operator::Gt(bound()?.saturating_sub(1)),
        "Lte" => Operator::Lt(bound()?.saturating_add(1)),
        other => {
            let wrong = Violation::new(at.key("operator"), format!("`{other}` is no operator"));
            out.push(wrong.help("write In, NotIn, Exists, DoesNotExist, Gt, Gte, Lt or Lte"));
            return None;
        }
    })
}

fn min_values(raw: &RawRequirement, at: &Path, out: &mut Found) -> Option<u32> {
    let wanted = raw.min_values?;
    let path = at.key("minValues");
    if !(1..=MOST_MIN_VALUES).contains(&wanted) {
        out.push(Violation::new(path, format!("must be from 1 to {MOST_MIN_VALUES}")));
        return None;
    }
    let wanted = u32::try_from(wanted).ok()?;
    if raw.operator == "In" && raw.values.len() < wanted as usize {
        let message = format!("{wanted} values cannot stay possible of {}", raw.values.len());
        out.push(Violation::new(path, message).help("name as many values, or ask for fewer"));
    }
    Some(wanted)
}

fn disruption(raw: &RawDisruption, at: &Path, out: &mut Found) -> Disruption {
    let policy = match raw.consolidation_policy.as_deref() {
        None | Some("WhenEmptyOrUnderutilized") => ConsolidationPolicy::WhenEmptyOrUnderutilized,
        Some("WhenEmpty") => ConsolidationPolicy::WhenEmpty,
        Some(other) => {
            let message = format!("`{other}` is no policy");
            let wrong = Violation::new(at.key("consolidationPolicy"), message);
            out.push(wrong.help("write WhenEmpty or WhenEmptyOrUnderutilized"));
            ConsolidationPolicy::WhenEmpty
        }
    };
    let path = at.key("consolidateAfter");
    let consolidate_after = span(&raw.consolidate_after, Some(SimDuration::default()), &path, out);
    let budgets = match &raw.budgets {
        None => vec![Budget::default()],
        Some(all) => {
            let each = all.iter().enumerate();
            each.map(|(index, one)| budget(one, &at.key("budgets").index(index), out)).collect()
        }
    };
    Disruption { policy, consolidate_after, budgets }
}

fn budget(raw: &RawBudget, at: &Path, out: &mut Found) -> Budget {
    let nodes = share(raw.nodes.as_deref().unwrap_or("10%")).unwrap_or_else(|| {
        let wrong = Violation::new(at.key("nodes"), "must be a number of nodes or a percentage");
        out.push(wrong.help("write it as text: `\"5\"` or `10%`, up to 100%"));
        Share::Nodes(0)
    });
    let times = match (&raw.schedule, &raw.duration) {
        (None, None) => None,
        (Some(schedule), Some(duration)) => {
            let duration = plain_span(duration, &at.key("duration"), out);
            self::schedule(schedule, at, out).zip(duration)
        }
        _ => {
            let message = "schedule and duration come together or not at all";
            out.push(Violation::new(at.clone(), message));
            None
        }
    };
    let reasons = raw.reasons.as_ref().map(|all| {
        let each = all.iter().enumerate();
        each.filter_map(|(index, one)| reason(one, &at.key("reasons").index(index), out)).collect()
    });
    Budget { nodes, times, reasons }
}

fn share(text: &str) -> Option<Share> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_suffix('%') {
        Some(percent) if digits(percent) => {
            percent.parse().ok().filter(|&percent| percent <= 100).map(Share::Percent)
        }
        None if digits(text) => text.parse().ok().map(Share::Nodes),
        _ => None,
    }
}

fn schedule(text: &str, at: &Path, out: &mut Found) -> Option<Schedule> {
    let path = at.key("schedule");
    match Schedule::parse(text) {
        Ok(schedule @ Schedule::Fields(_)) => Some(schedule),
        Ok(Schedule::Every(_)) => {
            let wrong = Violation::new(path, "a budget cannot begin every so often");
            out.push(wrong.help("write five fields, `0 9 * * mon-fri`, or one such as `@daily`"));
            None
        }
        Err(wrong) => {
            out.push(Violation::new(path, wrong.message));
            None
        }
    }
}

fn reason(text: &str, at: &Path, out: &mut Found) -> Option<Reason> {
    match text {
        "Underutilized" => Some(Reason::Underutilized),
        "Empty" => Some(Reason::Empty),
        "Drifted" => Some(Reason::Drifted),
        other => {
            let wrong = Violation::new(at.clone(), format!("`{other}` is no reason"));
            out.push(wrong.help("write Underutilized, Empty or Drifted"));
            None
        }
    }
}

/// A span or `Never`.
fn span(
    text: &Option<String>,
    default: Option<SimDuration>,
    at: &Path,
    out: &mut Found,
) -> Option<SimDuration> {
    match text.as_deref() {
        None => default,
        Some("Never") => None,
        Some(text) => plain_span(text, at, out),
    }
}

fn plain_span(text: &str, at: &Path, out: &mut Found) -> Option<SimDuration> {
    let span = duration::read(text);
    if span.is_none() {
        let wrong = Violation::new(at.clone(), format!("`{text}` is no span of time"));
        out.push(wrong.help("write hours, minutes and seconds: `720h`, `1h30m`, `30s`"));
    }
    span
}
