//! Who may pull and push, in one account and across accounts, and the words of each client.

use super::wording::{Puller, Reference};
use super::*;
use crate::aws::ecr::image::Digest;
use crate::aws::ecr::repository::Settings;
use crate::aws::iam::managed::ECR_POWER_USER;
use crate::aws::iam::managed::{ECR_PULL_ONLY, ECR_READ_ONLY, ECS_TASK_EXECUTION};
use crate::aws::iam::{Attached, Document, Managed};

const OWN: &str = "111122223333";
const OTHER: &str = "999988887777";

fn document(text: &str) -> Attached {
    let document =
        Document::from_json(text, "policy").unwrap_or_else(|problems| panic!("{problems}"));
    Attached::new("own", document)
}

/// Allows an action on a resource.
fn allow(action: &str, resource: &str) -> Attached {
    document(&format!(
        r#"{{ "Version": "2012-10-17", "Statement": {{ "Effect": "Allow", "Action": "{action}",
            "Resource": "{resource}" }} }}"#
    ))
}

fn client(account: &str, identity: Vec<Attached>) -> Client {
    let arn = format!("arn:aws:sts::{account}:assumed-role/node/i-0123");
    let policies = Policies { identity, ..Policies::default() };
    Client::new(Principal::from_arn(&arn).unwrap(), policies)
}

fn registry(policy: Option<&str>) -> Registry {
    let name = RegistryName { account: OWN.to_owned(), region: "us-east-1".to_owned() };
    let mut registry = Registry::new(name);
    let settings = Settings { policy: policy.map(document), ..Settings::default() };
    registry.create("web", settings).unwrap();
    registry
}

fn refused(client: &Client, registry: &Registry) -> Option<(Step, &'static str)> {
    client.may_pull(registry, "web").err().map(|refusal| (refusal.step, refusal.action))
}

#[test]
fn managed_policies_let_pull_and_one_lets_push() {
    let registry = registry(None);
    let with = |managed: Managed| client(OWN, vec![managed.attached()]);
    for managed in [ECS_TASK_EXECUTION, ECR_READ_ONLY, ECR_PULL_ONLY, ECR_POWER_USER] {
        assert_eq!(refused(&with(managed), &registry), None, "{}", managed.name);
    }
    assert!(with(ECR_POWER_USER).may_push(&registry, "web").is_ok());
    let refusal = with(ECS_TASK_EXECUTION).may_push(&registry, "web").unwrap_err();
    assert_eq!((refusal.step, refusal.action), (Step::Layers, "ecr:InitiateLayerUpload"));
    // importing is what only the newer policy for nodes lets do
    assert!(with(ECR_PULL_ONLY).may_import(&registry, "web").is_ok());
    assert!(with(ECR_READ_ONLY).may_import(&registry, "web").is_err());
    let refusal = with(ECR_PULL_ONLY).may_import(&registry, "hub/redis").unwrap_err();
    assert_eq!(refusal.action, "ecr:CreateRepository");
}

#[test]
fn each_step_of_a_pull_is_decided_by_itself() {
    let registry = registry(None);
    let arn = "arn:aws:ecr:us-east-1:111122223333:repository/web";
    let token = || allow("ecr:GetAuthorizationToken", "*");
    let cases = [
        (vec![], Some((Step::Token, TOKEN))),
        // a token is for no resource
        (vec![allow("ecr:*", arn)], Some((Step::Token, TOKEN))),
        (vec![token()], Some((Step::Manifest, "ecr:BatchGetImage"))),
        (
            vec![token(), allow("ecr:BatchGetImage", arn)],
            Some((Step::Layers, "ecr:GetDownloadUrlForLayer")),
        ),
        (vec![token(), allow("ecr:*", arn)], None),
        (
            vec![token(), allow("ecr:*", "arn:aws:ecr:*:*:repository/db")],
            Some((Step::Manifest, "ecr:BatchGetImage")),
        ),
    ];
    for (identity, expected) in cases {
        assert_eq!(refused(&client(OWN, identity.clone()), &registry), expected, "{identity:?}");
    }
}

#[test]
fn repositories_open_themselves_to_other_accounts_and_close_themselves_to_their_own() {
    let open = r#"{ "Version": "2008-10-17", "Statement": [{ "Sid": "new statement",
        "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::999988887777:root" },
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }] }"#;
    let stranger =
        |managed: &[Managed]| client(OTHER, managed.iter().map(Managed::attached).collect());
    let pull = [ECR_READ_ONLY];
    assert_eq!(refused(&stranger(&pull), &registry(Some(open))), None);
    let closed = registry(None);
    assert_eq!(refused(&stranger(&pull), &closed), Some((Step::Manifest, "ecr:BatchGetImage")));
    let sentence = stranger(&pull).may_pull(&closed, "web").unwrap_err().sentence;
    assert!(
        sentence.ends_with("because no resource-based policy allows the ecr:BatchGetImage action"),
        "{sentence}"
    );
    assert_eq!(refused(&stranger(&[]), &registry(Some(open))), Some((Step::Token, TOKEN)));
    // the registry's policy opens all of its repositories
    let mut whole = registry(None);
    whole.policy = Some(document(open));
    assert_eq!(refused(&stranger(&pull), &whole), None);
    let deny = r#"{ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Principal": "*",
        "Action": "ecr:GetDownloadUrlForLayer" } }"#;
    let own = client(OWN, vec![ECR_READ_ONLY.attached()]);
    let refusal = own.may_pull(&registry(Some(deny)), "web").unwrap_err();
    assert_eq!(refusal.step, Step::Layers);
    assert!(refusal.sentence.ends_with("with an explicit deny in a resource-based policy"));
    // a region that a policy of the organisation closes
    let mut abroad = client(OWN, vec![ECR_READ_ONLY.attached()]);
    abroad.policies.service_control = vec![vec![document(
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition":
                { "StringNotEquals": { "aws:RequestedRegion": "eu-west-1" } } }] }"#,
    )]];
    assert_eq!(refused(&abroad, &registry(None)), Some((Step::Token, TOKEN)));
}

#[test]
fn every_client_words_a_refusal_in_its_own_way() {
    let registry = registry(None);
    let token = allow("ecr:GetAuthorizationToken", "*");
    let manifest = allow("ecr:BatchGetImage", "*");
    let layer = &Digest("sha256:7c457f".to_owned());
    let reference = Reference { registry: registry.name(), repository: "web", tag: "1.4", layer };
    let mut text = String::new();
    let clients =
        [client(OWN, vec![]), client(OWN, vec![token.clone()]), client(OWN, vec![token, manifest])];
    for client in clients {
        let refusal = client.may_pull(&registry, "web").unwrap_err();
        for puller in [Puller::Docker, Puller::EcsAgent, Puller::Fargate, Puller::Kubelet] {
            let worded = refusal.worded(puller, &reference);
            text += &format!("{:?}, {puller:?}\n  {worded}\n", refusal.step);
        }
    }
    insta::assert_snapshot!(text);
}
