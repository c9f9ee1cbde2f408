//! Fargate profiles: which pods run on Fargate (Amazon EKS User Guide, "Define which Pods use AWS
//! Fargate when launched").
//!
//! A profile has up to five selectors: a namespace, and labels that a pod has all of. In names and
//! values `*` stands for any characters and `?` for one. A pod that several profiles select names
//! one by the label `eks.amazonaws.com/fargate-profile`. Without that label EKS picks one of them
//! at random (API reference of the AWS CDK, `FargateProfile`); here it is the first.

use std::collections::BTreeMap;

use crate::aws::iam::context::Context;
use crate::aws::iam::pattern::Pattern;

/// The label by which a pod chooses its profile.
pub const PROFILE_LABEL: &str = "eks.amazonaws.com/fargate-profile";
/// Selectors of a profile at most.
pub const MOST_SELECTORS: usize = 5;
/// Labels of a selector at most.
pub const MOST_LABELS: usize = 5;

/// What is wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// It has no or too many selectors.
    #[error("profile `{0}` has {1} selectors; a profile has one to {MOST_SELECTORS}")]
    Selectors(String, usize),
    /// A selector has no namespace.
    #[error("selector {1} of profile `{0}` has no namespace; write one, or `*` for all")]
    Namespace(String, usize),
    /// A selector has too many labels.
    #[error("selector {1} of profile `{0}` has {2} labels; it may have {MOST_LABELS}")]
    Labels(String, usize, usize),
}

/// Pods of a namespace with these labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Namespace, with wildcards.
    pub namespace: String,
    /// Labels, with wildcards in keys and values.
    pub labels: Vec<(String, String)>,
}

/// A Fargate profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: String,
    selectors: Vec<Selector>,
}

impl Profile {
    /// A profile with these selectors.
    ///
    /// # Errors
    /// There are none, too many, or one is not as it must be.
    pub fn new(name: &str, selectors: Vec<Selector>) -> Result<Self, ProfileError> {
        let name = name.to_owned();
        if !(1..=MOST_SELECTORS).contains(&selectors.len()) {
            return Err(ProfileError::Selectors(name, selectors.len()));
        }
        for (place, selector) in selectors.iter().enumerate() {
            if selector.namespace.is_empty() {
                return Err(ProfileError::Namespace(name, place + 1));
            }
            if selector.labels.len() > MOST_LABELS {
                return Err(ProfileError::Labels(name, place + 1, selector.labels.len()));
            }
        }
        Ok(Self { name, selectors })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it selects pods of this namespace with these labels.
    pub fn selects(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        self.selectors.iter().any(|selector| {
            matches(&selector.namespace, namespace)
                && selector.labels.iter().all(|(key, value)| {
                    labels.iter().any(|(k, v)| matches(key, k) && matches(value, v))
                })
        })
    }
}

/// The profile of a pod; none where it runs on other nodes.
pub fn choose<'p>(
    profiles: &'p [Profile],
    namespace: &str,
    labels: &BTreeMap<String, String>,
) -> Option<&'p Profile> {
    let named = labels.get(PROFILE_LABEL);
    profiles
        .iter()
        .filter(|profile| named.is_none_or(|name| *name == profile.name))
        .find(|profile| profile.selects(namespace, labels))
}

/// Whether a text is of a pattern with `*` and `?`.
fn matches(pattern: &str, text: &str) -> bool {
    Pattern::plain(pattern).matches(text, &Context::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(namespace: &str, labels: &[(&str, &str)]) -> Selector {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Selector { namespace: namespace.to_owned(), labels: labels.iter().map(owned).collect() }
    }

    fn labels(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn wildcards_stand_for_characters() {
        let cases = [
            ("prod", "prod", true),
            ("prod", "prod2", false),
            ("prod*", "prod", true),
            ("prod*", "production", true),
            ("*-eu", "shop-eu", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            ("team-?", "team-a", true),
            ("team-?", "team-", false),
            ("team-?", "team-ab", false),
            ("*", "", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pod_has_all_labels_of_one_selector() {
        let selectors =
            vec![selector("web", &[("run", "fargate"), ("tier", "f*")]), selector("batch-?", &[])];
        let profile = Profile::new("both", selectors).unwrap();
        assert!(profile.selects("batch-1", &labels(&[])));
        assert!(!profile.selects("web", &labels(&[("run", "fargate")])));
        assert!(profile.selects("web", &labels(&[("run", "fargate"), ("tier", "front")])));
    }

    #[test]
    fn a_label_names_one_of_several_profiles() {
        let profile = |name: &str| Profile::new(name, vec![selector("*", &[])]).unwrap();
        let other = Profile::new("other", vec![selector("web", &[])]).unwrap();
        let all = [profile("first"), profile("second"), other];
        let name = |namespace, of: &[_]| choose(&all, namespace, &labels(of)).map(Profile::name);
        assert_eq!(name("batch", &[]), Some("first"));
        assert_eq!(name("batch", &[(PROFILE_LABEL, "second")]), Some("second"));
        // a profile that is named has to select the pod
        assert_eq!(name("batch", &[(PROFILE_LABEL, "other")]), None);
    }

    #[test]
    fn a_profile_has_up_to_five_selectors_with_namespaces() {
        let error = |selectors| Profile::new("p", selectors).unwrap_err().to_string();
        let six = vec![selector("a", &[]); 6];
        insta::assert_snapshot!(error(six), @"profile `p` has 6 selectors; a profile has one to 5");
        insta::assert_snapshot!(
            error(vec![selector("a", &[]), selector("", &[])]),
            @"selector 2 of profile `p` has no namespace; write one, or `*` for all"
        );
        insta::assert_snapshot!(
            error(vec![selector("a", &[("k", "v"); 6])]),
            @"selector 1 of profile `p` has 6 labels; it may have 5"
        );
    }
}
