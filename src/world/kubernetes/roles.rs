//! Which role the pods of an app have on EKS, and what becomes of their calls of AWS.
//!
//! A pod has a role by its service account: by an association of EKS Pod Identity, which comes
//! first, or by the annotation `eks.amazonaws.com/role-arn` (IRSA; aws/amazon-eks-pod-identity-
//! webhook, `pkg/handler/handler.go`). Who may be a role its trust policy says: the token of a
//! service account is one of the cluster's OpenID Connect provider, an association is used by
//! `pods.eks.amazonaws.com`. Without either the SDK finds the role of the node, if an answer of the
//! metadata service lives for two hops (Amazon EKS User Guide, "IAM roles for service accounts",
//! "EKS Pod Identity"; Best Practices Guide, "Identity and Access Management").
//!
//! The agent of Pod Identity runs on instances with Linux only, and there is no metadata service on
//! Fargate ("EKS Pod Identity restrictions", "AWS Fargate considerations").
//!
//! Nothing of that changes during a run: tokens are renewed before their 24 hours, or 6 of Pod
//! Identity, are over. Pods of an app have one session name here, that of their workload.

use crate::aws::ecr::access::Client;
use crate::aws::iam::document::Choice;
use crate::aws::iam::principal::{Named, account_of};
use crate::aws::iam::{Attached, Context, Policies, Principal, Request, decide};
use crate::kubernetes::api::Object;
use crate::scenario::AwsCall;
use crate::workload::outside::Outcome;
use crate::world::World;
use crate::world::access::{Denial, is_in_aws, region_of};

/// The annotation of service accounts with a role.
const ROLE: &str = "eks.amazonaws.com/role-arn";
/// That of those whose tokens are for somebody else than STS.
const AUDIENCE: &str = "eks.amazonaws.com/audience";
/// Who uses associations.
const PODS: &str = "pods.eks.amazonaws.com";
/// What it does to get a session: it attaches tags to each.
const PODS_ACTIONS: [&str; 2] = ["sts:AssumeRole", "sts:TagSession"];

/// Where pods run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    Linux,
    Windows,
    Fargate,
}

/// Why pods call AWS as nobody.
struct Nobody {
    why: String,
    /// What would be right.
    advice: String,
}

/// As whom pods call AWS: in this session, or as a role that is denied nothing.
type Caller = Result<Option<Client>, Nobody>;

/// The service account of an app's pods.
struct Account {
    namespace: String,
    name: String,
    /// The role that its annotation names, and whom its tokens are for.
    role: Option<(String, String)>,
    /// Whether a manifest has it.
    is_written: bool,
    /// Whether its pods are in the network of their node.
    on_host: bool,
    home: Home,
}

impl World<'_> {
    /// What becomes of a call that the pods of an app make.
    pub(in crate::world) fn outcome_of_pods(
        &mut self,
        app: usize,
        call: &AwsCall,
        policy: Option<&Attached>,
    ) -> Outcome {
        let AwsCall { action, resource, .. } = call;
        let client = match self.caller_of(app) {
            Ok(None) => return Outcome::Answered,
            Ok(Some(client)) => client,
            Err(Nobody { why, advice }) => return self.call_denied(app, action, &why, &advice),
        };
        match self.access.roles.may(&client, action, resource, policy) {
            Ok(()) => Outcome::Answered,
            Err(Denial { sentence, advice }) => {
                self.call_denied(app, action, &format!("AccessDenied: {sentence}"), &advice)
            }
        }
    }

    /// As whom the pods of an app call AWS.
    fn caller_of(&mut self, app: usize) -> Caller {
        let account = self.account_of(app);
        let associations = &self.cluster.pod_identity_associations;
        let association = associations
            .iter()
            .find(|it| it.namespace == account.namespace && it.service_account == account.name);
        let workload = self.kubernetes().bindings[app].name.clone();
        let roles = &self.access.roles;
        if let Some(association) = association {
            without_agent(account.home)?;
            let role = &association.role;
            if let Err(advice) = self.trusts_association(role, &account) {
                let why = "AccessDeniedException: Unauthorized Exception! EKS does not have \
                           permissions to assume the associated role";
                return Err(Nobody { why: why.to_owned(), advice });
            }
            let session = format!("eks-{}-{workload}", self.cluster.name);
            return Ok(roles.session(role, &session));
        }
        if let Some((role, audience)) = &account.role {
            if let Err(advice) = self.trusts_account(role, &account, audience) {
                let why = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";
                return Err(Nobody { why: why.to_owned(), advice });
            }
            return Ok(roles.session(role, &workload));
        }
        if !account.is_written && account.name != "default" {
            let Account { namespace, name, home, .. } = &account;
            let role = if *home == Home::Fargate { "no role" } else { "the role of their node" };
            self.recorder.warn(format!(
                "there is no ServiceAccount {namespace}/{name} in the manifests: its pods have \
                 {role}"
            ));
        }
        self.caller_by_node(&account)
    }

    /// As whom pods call AWS whose service account has no role.
    fn caller_by_node(&self, account: &Account) -> Caller {
        let known = is_in_aws(self.cluster);
        let far = self.cluster.eks.metadata_hops < 2 && !account.on_host;
        let why = match account.home {
            Home::Fargate if known => "there is no metadata service on Fargate",
            Home::Linux | Home::Windows if far => {
                "answers of the metadata service do not live for two hops"
            }
            _ => return Ok(known.then(|| self.access.roles.identity()).flatten()),
        };
        let by_association = match account.home {
            Home::Linux => "a [[cluster.pod_identity_association]] or ",
            Home::Windows | Home::Fargate => "",
        };
        Err(Nobody {
            why: format!(
                "Unable to locate credentials: the service account of its pods has no role, and \
                 {why}"
            ),
            advice: format!(
                "give the service account a role, by {by_association}its annotation \
                 eks.amazonaws.com/role-arn"
            ),
        })
    }

    fn account_of(&self, app: usize) -> Account {
        let kubernetes = self.kubernetes();
        let (binding, objects) = (&kubernetes.bindings[app], &kubernetes.manifests);
        let spec = super::bindings::written(binding, objects).and_then(super::images::pod_spec);
        let name = match spec {
            Some(spec) => spec.service_account_name.as_ref(),
            None => self.scenario.apps[app].service_account.as_ref(),
        };
        let name = name.filter(|name| !name.is_empty()).map_or("default", String::as_str);
        let namespace = &binding.namespace;
        let found = objects.iter().find_map(|object| match object {
            Object::ServiceAccount(account) => {
                let is_it = object.namespace() == Some(namespace) && object.name() == name;
                is_it.then_some(&account.metadata)
            }
            _ => None,
        });
        let annotations = found.and_then(|metadata| metadata.annotations.as_ref());
        let audience = annotations.and_then(|all| all.get(AUDIENCE));
        let audience = audience.map_or("sts.amazonaws.com", String::as_str);
        let role = annotations.and_then(|all| all.get(ROLE)).filter(|role| !role.is_empty());
        Account {
            namespace: namespace.clone(),
            name: name.to_owned(),
            role: role.map(|role| (role.clone(), audience.to_owned())),
            is_written: found.is_some(),
            on_host: spec.and_then(|spec| spec.host_network).unwrap_or(false),
            home: self.home_of(app),
        }
    }

    /// Where the pods of an app run, as far as they say so themselves.
    fn home_of(&self, app: usize) -> Home {
        let kubernetes = self.kubernetes();
        let (binding, own) = (&kubernetes.bindings[app], &self.scenario.apps[app]);
        let object = super::bindings::written(binding, &kubernetes.manifests);
        let labels = match object {
            Some(object) => super::images::pod_labels(object).cloned().unwrap_or_default(),
            None => [("app".to_owned(), own.name.clone())].into(),
        };
        if kubernetes.fargate.takes(&binding.namespace, &labels) {
            return Home::Fargate;
        }
        let wanted = match object.and_then(super::images::pod_spec) {
            Some(spec) => spec.node_selector.as_ref(),
            None => Some(&own.node_selector),
        };
        let system = wanted.and_then(|wanted| wanted.get("kubernetes.io/os"));
        if system.is_some_and(|system| system == "windows") { Home::Windows } else { Home::Linux }
    }

    /// Whether a role lets EKS have pods be it.
    ///
    /// # Errors
    /// What its trust policy lacks.
    fn trusts_association(&self, role: &str, account: &Account) -> Result<(), String> {
        let Some(trust) = self.access.roles.trust(role) else { return Ok(()) };
        let (cluster, region) = (&self.cluster.name, region_of(self.cluster));
        let owner = account_of(role).unwrap_or_default();
        let context = Context::default()
            .with("aws:RequestTag/eks-cluster-name", cluster.as_str())
            .with("aws:RequestTag/kubernetes-namespace", account.namespace.as_str())
            .with("aws:RequestTag/kubernetes-service-account", account.name.as_str())
            .with("aws:SourceAccount", owner)
            .with("aws:SourceArn", format!("arn:aws:eks:{region}:{owner}:cluster/{cluster}"));
        let principal = Principal::Service(PODS.to_owned());
        let may = |action| is_trusted(trust, &principal, action, role, context.clone());
        if PODS_ACTIONS.into_iter().all(may) {
            return Ok(());
        }
        Err(format!(
            "let the trust policy of the role `{}` have this statement:\n    {{ \"Effect\": \
             \"Allow\", \"Principal\": {{ \"Service\": \"{PODS}\" }}, \"Action\": \
             [\"sts:AssumeRole\", \"sts:TagSession\"] }}",
            name_of(role)
        ))
    }

    /// Whether a role lets the pods of a service account be it.
    ///
    /// # Errors
    /// What its trust policy lacks.
    fn trusts_account(&self, role: &str, account: &Account, audience: &str) -> Result<(), String> {
        let Some(trust) = self.access.roles.trust(role) else { return Ok(()) };
        let owner = account_of(role).unwrap_or_default();
        let written = self.cluster.eks.oidc_provider.as_deref();
        let written = written.map(|it| it.trim_start_matches("https://").to_owned());
        let region = region_of(self.cluster);
        let provider = written
            .or_else(|| providers(trust).into_iter().next())
            .unwrap_or_else(|| format!("oidc.eks.{region}.amazonaws.com/id/EXAMPLE"));
        let subject = format!("system:serviceaccount:{}:{}", account.namespace, account.name);
        let context = Context::default()
            .with(&format!("{provider}:sub"), subject.as_str())
            .with(&format!("{provider}:aud"), audience);
        let arn = format!("arn:aws:iam::{owner}:oidc-provider/{provider}");
        let principal = Principal::Federated(arn.clone());
        if is_trusted(trust, &principal, "sts:AssumeRoleWithWebIdentity", role, context) {
            return Ok(());
        }
        Err(format!(
            "let the trust policy of the role `{}` have this statement:\n    {{ \"Effect\": \
             \"Allow\", \"Principal\": {{ \"Federated\": \"{arn}\" }}, \"Action\": \
             \"sts:AssumeRoleWithWebIdentity\", \"Condition\": {{ \"StringEquals\": {{ \
             \"{provider}:sub\": \"{subject}\", \"{provider}:aud\": \"{audience}\" }} }} }}",
            name_of(role)
        ))
    }
}

/// Pods with an association that nobody gives credentials to.
fn without_agent(home: Home) -> Result<(), Nobody> {
    let place = match home {
        Home::Linux => return Ok(()),
        Home::Windows => "with Windows",
        Home::Fargate => "on Fargate",
    };
    Err(Nobody {
        why: format!("Unable to locate credentials: EKS Pod Identity has none for pods {place}"),
        advice: "give the service account its role by the annotation eks.amazonaws.com/role-arn, \
                 and leave the [[cluster.pod_identity_association]] out"
            .to_owned(),
    })
}

/// Whether a trust policy lets somebody be its role.
fn is_trusted(
    trust: &Attached,
    who: &Principal,
    action: &str,
    role: &str,
    context: Context,
) -> bool {
    let policies = Policies { resource: vec![trust.clone()], ..Policies::default() };
    decide(&policies, &Request::new(who.clone(), action, role, context)).is_allowed()
}

/// The identity providers that a trust policy names, without what their ARNs begin with.
fn providers(trust: &Attached) -> Vec<String> {
    let principals = trust.document.statements.iter().filter_map(|it| it.principals.as_ref());
    let named = principals.flat_map(|choice| match choice {
        Choice::Of(named) | Choice::NoneOf(named) => named,
    });
    let provider = |named: &Named| match named {
        Named::Other { kind: "Federated", name } => {
            Some(name.split_once(":oidc-provider/")?.1.to_owned())
        }
        _ => None,
    };
    named.filter_map(provider).collect()
}

fn name_of(role: &str) -> &str {
    role.rsplit('/').next().unwrap_or(role)
}
