//! How the repositories of a registry are set up, by the scenario.

use crate::aws::ecr::lifecycle::Policy;
use crate::aws::iam::Context;
use crate::aws::iam::pattern::Pattern;
use crate::scenario;
use crate::world::InputError;

/// The repositories that a scenario lists of a registry, in its order.
#[derive(Debug, Default)]
pub struct Rules(Vec<(Pattern, Rule)>);

/// How a repository is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    pub immutable: bool,
    /// Tags that can be moved all the same.
    pub mutable_tags: Vec<String>,
    pub scan_on_push: bool,
    pub lifecycle: Option<Policy>,
}

/// One that is not listed.
static PLAIN: Rule =
    Rule { immutable: false, mutable_tags: Vec::new(), scan_on_push: false, lifecycle: None };

impl Rules {
    /// What a scenario says of a registry.
    ///
    /// # Errors
    /// The first lifecycle policy that cannot be used.
    pub fn read(written: &scenario::Registry) -> Result<Self, InputError> {
        let rules = written.repositories.iter().map(|listed| {
            let rule = Rule {
                immutable: listed.immutable,
                mutable_tags: listed.mutable_tags.clone(),
                scan_on_push: listed.scan_on_push,
                lifecycle: listed.lifecycle.as_deref().map(policy).transpose()?,
            };
            Ok((Pattern::plain(&listed.name), rule))
        });
        rules.collect::<Result<_, _>>().map(Self)
    }

    /// How a repository is set up: by the first name that fits.
    pub fn of(&self, repository: &str) -> &Rule {
        let fits =
            |(pattern, _): &&(Pattern, Rule)| pattern.matches(repository, &Context::default());
        self.0.iter().find(fits).map_or(&PLAIN, |(_, rule)| rule)
    }

    /// Whether anything is ever expired.
    pub fn expire(&self) -> bool {
        self.0.iter().any(|(_, rule)| rule.lifecycle.is_some())
    }
}

fn policy(path: &std::path::Path) -> Result<Policy, InputError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|source| InputError::Read { file: path.to_owned(), source })?;
    Policy::from_json(&text, &path.display().to_string())
        .map_err(|problems| InputError::Policy(Box::new(problems)))
}

#[cfg(test)]
mod tests {
    use crate::aws::ecr::quota::Call;
    use crate::scenario::{Registry, RegistryKind};

    #[test]
    fn the_limits_of_a_scenario_that_says_nothing_are_those_of_ecr() {
        let registry = Registry { kind: RegistryKind::Ecr, ..Registry::default() };
        let written = registry.call_limits().map(|limit| limit.expect("ECR limits all calls"));
        let ecr = [
            Call::GetAuthorizationToken,
            Call::BatchGetImage,
            Call::GetDownloadUrlForLayer,
            Call::BatchCheckLayerAvailability,
            Call::InitiateLayerUpload,
            Call::CompleteLayerUpload,
            Call::PutImage,
        ];
        let limits = ecr.map(Call::limit).map(|limit| (limit.rate, limit.burst));
        assert_eq!(written.map(|limit| (limit.rate, limit.bucket())), limits);
    }
}
