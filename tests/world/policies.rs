//! Pulls from Amazon ECR under policies of the identity, the repository and the registry.

use std::path::PathBuf;

use plimsoll::metrics::Recording;
use plimsoll::metrics::starts::Fate;

use crate::lab::{BARE, HOST, app, of, run, same, simulation};

/// Policies as files, for as long as they are needed.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Writes one and returns its path as TOML has it.
    fn add(&self, name: &str, statements: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        let text = format!(r#"{{ "Version": "2012-10-17", "Statement": [{statements}] }}"#);
        std::fs::write(&path, text).expect("room for a policy");
        format!("'{}'", path.display())
    }
}

const TOKEN: &str =
    r#"{ "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" }"#;
const PULL_ONLY: &str = "'AmazonEC2ContainerRegistryPullOnly'";
const OWN: &str = "111122223333";
const OTHER: &str = "999988887777";

/// An image of one layer of 100 MB that takes no time to unpack, in a registry 50 ms away with
/// these further keys; a node that pulls it with these policies of its role.
fn pulled(client: &str, account: &str, policies: &str, registry: &str) -> Recording {
    let host = HOST.replace("layers = []", "layers = [{ size = '100MB', unpacked = '1' }]");
    let engine = format!("extraction = '10GB/s', client = '{client}'");
    let cluster = BARE.replace("prepulled = true", &engine);
    let role = format!("arn:aws:iam::{account}:role/node");
    let identity = format!("identity = {{ role = '{role}', policies = [{policies}] }}\n");
    let registry = format!(
        "[[registry]]\nname = 'shop'\nkind = 'ecr'\naccount = '{OWN}'\nregion = 'eu-west-1'\n\
         {registry}\n"
    );
    let parts = [simulation("2min"), host, app("web", ""), cluster, identity, registry];
    run(&[&parts.concat()])
}

/// The one warning of a run in which nothing was pulled.
#[track_caller]
fn warning(recording: &Recording) -> String {
    assert_eq!(recording.summary.containers.running, 0);
    let about_policies = |it: &&String| it.starts_with("image ");
    let warnings: Vec<_> = recording.summary.warnings.iter().filter(about_policies).collect();
    let [warning] = warnings[..] else { panic!("{:?}", recording.summary.warnings) };
    warning.clone()
}

#[track_caller]
fn is_pulled(recording: &Recording) {
    assert_eq!(recording.summary.warnings, Vec::<String>::new());
    // token, manifest and layer 50 ms each; 100 MB at 100 MB/s
    same(of(recording, "web").start_up.mean, 0.15 + 1.0);
}

fn refused(action: &str, resource: &str, account: &str, why: &str) -> String {
    format!(
        "User: arn:aws:sts::{account}:assumed-role/node/bare is not authorized to perform: \
         {action} on resource: {resource} {why}"
    )
}

fn no_policy(action: &str, kind: &str) -> String {
    format!("because no {kind} policy allows the {action} action")
}

const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/image";
const HOSTNAME: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

#[test]
fn whoever_may_pull_does_and_takes_no_longer() {
    for client in ["docker", "ecs-agent", "kubelet"] {
        is_pulled(&pulled(client, OWN, PULL_ONLY, ""));
    }
}

#[test]
fn without_an_identity_nothing_is_denied() {
    let files = Files::new();
    let nobody = r#"{ "Effect": "Deny", "Principal": "*", "Action": "ecr:*" }"#;
    let policy = format!("policy = {}\n", files.add("registry.json", nobody));
    let host = HOST.replace("layers = []", "layers = [{ size = '100MB', unpacked = '1' }]");
    let cluster = BARE.replace("prepulled = true", "extraction = '10GB/s'");
    let registry = "[registry]\nname = 'shop'\nkind = 'ecr'\n".to_owned() + &policy;
    is_pulled(&run(&[&simulation("1min"), &host, &app("web", ""), &cluster, &registry]));
}

#[test]
fn without_the_right_to_a_token_nobody_gets_beyond_it() {
    let sentence = refused(
        "ecr:GetAuthorizationToken",
        "*",
        OWN,
        &no_policy("ecr:GetAuthorizationToken", "identity-based"),
    );
    let told = |client| warning(&pulled(client, OWN, "", ""));
    assert_eq!(
        told("docker"),
        format!(
            "image `image` cannot be pulled: Error response from daemon: Head \
             \"https://{HOSTNAME}/v2/image/manifests/latest\": no basic auth credentials \
             ({sentence})"
        )
    );
    assert_eq!(
        told("ecs-agent"),
        format!(
            "image `image` cannot be pulled: CannotPullECRContainerError: AccessDeniedException: \
             {sentence}"
        )
    );
    let uri = format!("{HOSTNAME}/image:latest");
    // asked at 0, 10, 30 and 70 s, and 50 ms later each
    assert_eq!(
        told("kubelet"),
        format!(
            "image `image` is not there after 4 attempts (ImagePullBackOff): Failed to pull image \
             \"{uri}\": rpc error: code = Unknown desc = failed to pull and unpack image \
             \"{uri}\": failed to resolve reference \"{uri}\": pull access denied, repository does \
             not exist or may require authorization: authorization failed: no basic auth \
             credentials ({sentence})"
        )
    );
}

#[test]
fn a_manifest_that_no_policy_allows_is_denied_in_the_words_of_each_client() {
    let files = Files::new();
    let token = files.add("token.json", TOKEN);
    let why = no_policy("ecr:BatchGetImage", "identity-based");
    let sentence = refused("ecr:BatchGetImage", REPOSITORY, OWN, &why);
    let docker = format!(
        "Error response from daemon: pull access denied for {HOSTNAME}/image, repository does not \
         exist or may require 'docker login': denied: {sentence}"
    );
    let told = |client| warning(&pulled(client, OWN, &token, ""));
    assert_eq!(told("docker"), format!("image `image` cannot be pulled: {docker}"));
    assert_eq!(
        told("ecs-agent"),
        format!("image `image` cannot be pulled: CannotPullContainerError: {docker}")
    );
    let kubelet = told("kubelet");
    assert!(kubelet.contains("(ImagePullBackOff): Failed to pull image"), "{kubelet}");
    assert!(kubelet.ends_with(&format!("403 Forbidden ({sentence})")), "{kubelet}");
}

#[test]
fn an_explicit_deny_names_its_statement_and_stops_a_pull_at_the_layers() {
    let files = Files::new();
    let deny = r#"{ "Sid": "NoLayers", "Effect": "Deny", "Principal": "*",
        "Action": "ecr:GetDownloadUrlForLayer" }"#;
    let policy = files.add("repository.json", deny);
    let recording = pulled(
        "docker",
        OWN,
        PULL_ONLY,
        &format!("repositories = [{{ name = 'im*', policy = {policy} }}]"),
    );
    let why = "with an explicit deny in a resource-based policy";
    let sentence = refused("ecr:GetDownloadUrlForLayer", REPOSITORY, OWN, why);
    assert_eq!(
        warning(&recording),
        format!(
            "image `image` cannot be pulled: error pulling image \
             configuration: download failed after attempts=1: denied: {sentence}: `NoLayers` of \
             `repository.json`"
        )
    );
    let start = recording.starts.records().next().expect("one start");
    assert_eq!(start.fate, Fate::Failed);
    // token, manifest, and the layer that is denied
    same(Some(start.total().as_secs_f64()), 0.15);
    // the whole registry, by a policy of the identity's own
    let deny = r#"{ "Effect": "Deny", "Action": "*", "Resource": "*" }"#;
    let closed = files.add("closed.json", deny);
    let told = warning(&pulled("ecs-agent", OWN, &format!("{PULL_ONLY}, {closed}"), ""));
    assert!(
        told.ends_with(
            "with an explicit deny in an identity-based policy: statement 1 of `closed.json`"
        ),
        "{told}"
    );
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let files = Files::new();
    let open = format!(
        r#"{{ "Effect": "Allow", "Principal": {{ "AWS": "arn:aws:iam::{OTHER}:root" }},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }}"#
    );
    let open = files.add("open.json", &open);
    let repository = format!("repositories = [{{ name = 'image', policy = {open} }}]");
    is_pulled(&pulled("docker", OTHER, PULL_ONLY, &repository));
    is_pulled(&pulled("docker", OTHER, PULL_ONLY, &format!("policy = {open}")));
    // the registry's side is missing
    let other = format!("repositories = [{{ name = 'other', policy = {open} }}]");
    let why = no_policy("ecr:BatchGetImage", "resource-based");
    let sentence = refused("ecr:BatchGetImage", REPOSITORY, OTHER, &why);
    for closed in ["", &other] {
        let told = warning(&pulled("docker", OTHER, PULL_ONLY, closed));
        assert!(told.ends_with(&sentence), "{told}");
    }
    // the identity's side is missing
    let token = files.add("token.json", TOKEN);
    let why = no_policy("ecr:BatchGetImage", "identity-based");
    let told = warning(&pulled("docker", OTHER, &token, &repository));
    assert!(told.ends_with(&refused("ecr:BatchGetImage", REPOSITORY, OTHER, &why)), "{told}");
}

#[test]
fn a_cache_imports_for_whoever_may_import_and_create() {
    let upstream = "upstream = 'hub'\n[[registry]]\nname = 'hub'\n";
    let cached = |registry: &str, policies: &str| {
        pulled("docker", OWN, policies, &format!("{registry}\n{upstream}"))
    };
    let listed = "repositories = [{ name = 'image' }]";
    let created = cached(listed, PULL_ONLY);
    assert_eq!(created.summary.containers.running, 1);
    let told = warning(&cached("", PULL_ONLY));
    assert!(told.contains("not found: name unknown: The repository with name 'image'"), "{told}");
    assert!(told.contains("not authorized to perform: ecr:CreateRepository"), "{told}");
    let told = warning(&cached(listed, "'AmazonEC2ContainerRegistryReadOnly'"));
    assert!(told.contains("not authorized to perform: ecr:BatchImportUpstreamImage"), "{told}");
}

#[test]
fn a_start_that_the_kubelet_does_not_give_up_stays_unfinished_with_its_reason() {
    let recording = pulled("kubelet", OWN, "", "");
    let start = recording.starts.records().next().expect("one start");
    assert_eq!(start.fate, Fate::Unfinished);
    assert_eq!(start.reason.as_deref(), Some(warning(&recording).as_str()));
}
