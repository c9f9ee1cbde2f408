//! The roles of a cluster, and whether they may do something.

use std::path::Path;

use super::advice::advice;
use super::rules::REGION;
use crate::aws::ecr::access::Client;
use crate::aws::iam::{
    Attached, Context, Decision, Document, Managed, Policies, Principal, Request, Usage, decide,
};
use crate::scenario::{Cluster, INTERNET, PolicyName};
use crate::world::InputError;

/// The roles of a cluster with their policies.
pub struct Roles {
    written: Vec<(String, Policies)>,
    /// Who may be the written ones, where that is said.
    trust: Vec<Option<Attached>>,
    /// That of its nodes.
    identity: Option<(String, Policies)>,
    /// By which sessions of that are called.
    cluster: String,
    region: String,
}

/// Something that a role may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The sentence of AWS, with the statement that decided.
    pub sentence: String,
    /// What would allow it, in one or several lines.
    pub advice: String,
}

/// The region of a cluster; that of those who name none.
pub fn region_of(cluster: &Cluster) -> &str {
    cluster.region.as_deref().filter(|region| *region != INTERNET).unwrap_or(REGION)
}

/// Whether a cluster has anyone whom policies are about.
pub fn is_in_aws(cluster: &Cluster) -> bool {
    cluster.identity.is_some() || !cluster.roles.is_empty()
}

impl Roles {
    /// Reads the policies of a cluster's roles. Service control policies of its identity reach all.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn read(cluster: &Cluster) -> Result<Self, InputError> {
        let identity = cluster.identity.as_ref();
        let levels = identity.map_or(&[][..], |identity| &identity.service_control);
        let level = |path: &std::path::PathBuf| Ok(vec![read(path, Usage::Identity)?]);
        let service_control =
            levels.iter().map(level).collect::<Result<Vec<Vec<Attached>>, InputError>>()?;
        let policies = |all: &[PolicyName], boundary: &Option<PolicyName>| {
            Ok::<_, InputError>(Policies {
                identity: all.iter().map(attached).collect::<Result<_, _>>()?,
                boundary: boundary.as_ref().map(attached).transpose()?,
                service_control: service_control.clone(),
                ..Policies::default()
            })
        };
        let written = cluster.roles.iter();
        let written = written
            .map(|role| Ok((role.arn.clone(), policies(&role.policies, &role.boundary)?)))
            .collect::<Result<_, InputError>>()?;
        let trust = cluster.roles.iter().map(|role| role.trust.as_deref().map(resource_policy));
        let trust = trust.map(Option::transpose).collect::<Result<_, _>>()?;
        let identity = identity
            .map(|it| Ok::<_, InputError>((it.role.clone(), policies(&it.policies, &it.boundary)?)))
            .transpose()?;
        let (cluster, region) = (cluster.name.clone(), region_of(cluster).to_owned());
        Ok(Self { written, trust, identity, cluster, region })
    }

    /// The role of the cluster's nodes; none where everyone may do everything.
    pub fn identity(&self) -> Option<Client> {
        let (role, policies) = self.identity.as_ref()?;
        Some(client(role, &self.cluster, policies))
    }

    /// The trust policy of the role with this ARN, where the scenario has it.
    pub fn trust(&self, role: &str) -> Option<&Attached> {
        let place = self.written.iter().position(|(arn, _)| arn == role)?;
        self.trust[place].as_ref()
    }

    /// A session of the role with this ARN or name; none where the scenario does not write it, so
    /// that it is denied nothing.
    pub fn session(&self, role: &str, session: &str) -> Option<Client> {
        let all = self.written.iter().chain(&self.identity);
        let name = |arn: &str| arn.rsplit('/').next() == Some(role);
        let (arn, policies) = all.into_iter().find(|(arn, _)| arn == role || name(arn))?;
        Some(client(arn, session, policies))
    }

    /// Whether a role may do something to a resource, which may have a policy of its own.
    ///
    /// # Errors
    /// Why it may not.
    pub fn may(
        &self,
        client: &Client,
        action: &str,
        resource: &str,
        policy: Option<&Attached>,
    ) -> Result<(), Denial> {
        let context = Context::default().with("aws:RequestedRegion", self.region.as_str());
        let request = Request::new(client.principal.clone(), action, resource, context);
        let mut policies = client.policies.clone();
        policies.resource.extend(policy.cloned());
        let decision = decide(&policies, &request);
        match decision.sentence(&request) {
            None => Ok(()),
            Some(sentence) => Err(Denial {
                sentence: sentence + &deciding(&decision),
                advice: advice(&client.principal, action, resource, &decision),
            }),
        }
    }
}

/// The statement that denies, to be put behind the sentence that says so.
pub fn deciding(decision: &Decision) -> String {
    let Decision::DeniedExplicitly { by } = decision else { return String::new() };
    let number = format!("statement {}", by.statement + 1);
    let statement = by.sid.as_ref().map_or(number, |sid| format!("`{sid}`"));
    format!(": {statement} of `{}`", by.policy)
}

fn client(role: &str, session: &str, policies: &Policies) -> Client {
    let principal = Principal::session_of(role, session);
    let principal = principal.expect("a loaded scenario names roles by their ARN");
    Client::new(principal, policies.clone())
}

fn attached(policy: &PolicyName) -> Result<Attached, InputError> {
    match policy {
        PolicyName::File(path) => read(path, Usage::Identity),
        PolicyName::Managed(name) => {
            let managed = Managed::named(name).expect("scenarios know the managed policies");
            Ok(managed.attached())
        }
    }
}

/// The policy of a resource.
///
/// # Errors
/// The file cannot be used.
pub fn resource_policy(path: &Path) -> Result<Attached, InputError> {
    read(path, Usage::Resource)
}

/// A policy, called by the name of its file: results tell nothing of where a machine has it.
fn read(path: &Path, usage: Usage) -> Result<Attached, InputError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|source| InputError::Read { file: path.to_owned(), source })?;
    let shown = path.display().to_string();
    let document = Document::from_json_for(usage, &text, &shown);
    let document = document.map_err(|problems| InputError::Policy(Box::new(problems)))?;
    let name = path.file_name().map_or(shown, |name| name.to_string_lossy().into_owned());
    Ok(Attached::new(name, document))
}
