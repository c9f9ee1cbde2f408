//! Annotations of an Ingress or a Service: what they say, and which are of no effect.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Declared;
use crate::engine::SimDuration;
use crate::scenario::aws::{HealthCheckOptions, TargetType};
use crate::scenario::diagnostic::suggestion;

/// Annotations that the controller knows, without their prefix.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// What all of them begin with.
    pub prefix: &'static str,
    /// Those that are read.
    pub read: &'static [&'static str],
    /// Those that change nothing that is simulated.
    pub idle: &'static [&'static str],
    /// Those that would change something, and do not here; some only begin like that.
    pub missing: &'static [&'static str],
}

impl Vocabulary {
    /// Says of each annotation of an object that has no effect that it has none.
    pub fn check(&self, metadata: &ObjectMeta, title: &str, declared: &mut Declared) {
        let all = metadata.annotations.iter().flatten();
        for name in all.filter_map(|(key, _)| key.strip_prefix(self.prefix)) {
            let begins = |other: &&str| name == *other || name.starts_with(&format!("{other}."));
            if self.read.iter().chain(self.idle).any(&begins) {
                continue;
            }
            let prefix = self.prefix;
            declared.warnings.push(match self.missing.iter().any(begins) {
                true => format!("{title}: the annotation {prefix}{name} has no effect here"),
                false => {
                    let names = self.read.iter().chain(self.idle).copied();
                    let near = suggestion(name, names.collect::<Vec<_>>(), "annotation");
                    let hint =
                        if near.starts_with("did") { format!("; {near}") } else { String::new() };
                    format!("{title}: there is no annotation {prefix}{name}{hint}")
                }
            });
        }
    }
}

/// The annotations that count for one target group: those of the Service come before those of the
/// Ingress.
#[derive(Clone, Debug)]
pub struct Annotations<'a> {
    prefix: &'static str,
    title: String,
    of: Vec<&'a BTreeMap<String, String>>,
}

impl<'a> Annotations<'a> {
    /// Those of these objects, of which the first comes first; called by the title of the last.
    pub fn new(
        vocabulary: &Vocabulary,
        title: &str,
        objects: impl IntoIterator<Item = &'a ObjectMeta>,
    ) -> Self {
        let of = objects.into_iter().filter_map(|metadata| metadata.annotations.as_ref());
        Self { prefix: vocabulary.prefix, title: title.to_owned(), of: of.collect() }
    }

    /// What an annotation says.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        let key = format!("{}{name}", self.prefix);
        self.of.iter().find_map(|all| all.get(&key)).map(|text| text.trim())
    }

    /// What is wrong with an annotation.
    pub fn wrong(&self, name: &str, what: impl Display, declared: &mut Declared) {
        let (title, prefix) = (&self.title, self.prefix);
        declared.flaws.push(format!("{title}: the annotation {prefix}{name} {what}"));
    }

    /// What of an annotation has no effect.
    pub fn warn(&self, name: &str, what: impl Display, declared: &mut Declared) {
        let (title, prefix) = (&self.title, self.prefix);
        declared.warnings.push(format!("{title}: the annotation {prefix}{name} {what}"));
    }

    /// A number, if there is one.
    pub fn number<N: FromStr>(&self, name: &str, declared: &mut Declared) -> Option<N> {
        let text = self.text(name)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.wrong(name, format!("is `{text}`, and has to be a whole number"), declared);
        }
        number
    }

    /// Whole seconds.
    pub fn seconds(&self, name: &str, declared: &mut Declared) -> Option<SimDuration> {
        self.number(name, declared).map(|seconds: u32| SimDuration::from_secs(seconds.into()))
    }

    /// Several, separated by commas.
    pub fn list(&self, name: &str) -> Vec<String> {
        let all = self.text(name).unwrap_or_default().split(',').map(str::trim);
        all.filter(|one| !one.is_empty()).map(str::to_owned).collect()
    }

    /// Pairs such as `idle_timeout.timeout_seconds=60`, separated by commas.
    pub fn pairs(&self, name: &str, declared: &mut Declared) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for one in self.list(name) {
            match one.split_once('=') {
                Some((key, value)) => pairs.push((key.trim().to_owned(), value.trim().to_owned())),
                None => self.wrong(name, format!("has `{one}`, which is no `key=value`"), declared),
            }
        }
        pairs
    }

    /// What targets are to be.
    pub fn target_type(&self, name: &str, declared: &mut Declared) -> Option<TargetType> {
        match self.text(name)? {
            "ip" => Some(TargetType::Ip),
            "instance" => Some(TargetType::Instance),
            other => {
                self.wrong(name, format!("is `{other}`, and has to be ip or instance"), declared);
                None
            }
        }
    }

    /// How targets are checked, by annotations of these names: interval, timeout, and the two
    /// thresholds.
    pub fn health_check(
        &self,
        [interval, timeout, healthy, unhealthy]: [&str; 4],
        usual: HealthCheckOptions,
        declared: &mut Declared,
    ) -> HealthCheckOptions {
        HealthCheckOptions {
            interval: self.seconds(interval, declared).or(usual.interval),
            timeout: self.seconds(timeout, declared).or(usual.timeout),
            healthy_threshold: self.number(healthy, declared).or(usual.healthy_threshold),
            unhealthy_threshold: self.number(unhealthy, declared).or(usual.unhealthy_threshold),
        }
    }
}

/// Checks so often, with this patience and these thresholds.
pub(super) fn usual_check(interval: u64, timeout: u64, threshold: u32) -> HealthCheckOptions {
    HealthCheckOptions {
        interval: Some(SimDuration::from_secs(interval)),
        timeout: Some(SimDuration::from_secs(timeout)),
        healthy_threshold: Some(threshold),
        unhealthy_threshold: Some(threshold),
    }
}
