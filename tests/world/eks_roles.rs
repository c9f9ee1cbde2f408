//! Roles of pods on Amazon EKS: each case with the permission, and without it.

use plimsoll::metrics::{FindingKind, Recording};

use crate::lab::{HOST, app, of, run, simulation};

const WEB: &str = "arn:aws:iam::111122223333:role/web";
const NODE: &str = "arn:aws:iam::111122223333:role/node";
const CALL: &str = "traffic = { arrivals = { deterministic = '2/s' } }\ndemand = '10ms'\n\
    [[app.aws_call]]\naction = 's3:GetObject'\nresource = 'arn:aws:s3:::pictures/a'\n";
const GROUP: &str = "[[cluster.node_group]]\nname = 'nodes'\ninstance_types = ['m5.large']\n\
    launch = '0s'\nboot = '0s'\njoin = '0s'\nmin = 1\nmax = 1\n";

/// A minute of an app, whose keys these are, on a cluster with these, and further lines.
fn played(app: &str, keys: &str, more: &str) -> Recording {
    let cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nregion = 'eu-west-1'\n\
         engine = {{ start = '0s', prepulled = true }}\n{keys}\n{GROUP}{more}\n"
    );
    run(&[&simulation("1min"), HOST, app, &cluster])
}

/// The pods of the shop, with the service account of this file.
fn shop(files: &str, keys: &str, more: &str) -> Recording {
    let web = format!("[[app]]\nname = 'web'\nstart = '0s'\nworkload = 'shop/web'\n{CALL}");
    let manifests = format!("kubernetes = {{ manifests = ['tests/data/eks/shop.yaml'{files}] }}\n");
    played(&web, &format!("{manifests}{keys}"), more)
}

fn role(arn: &str, keys: &str) -> String {
    format!("[[cluster.role]]\narn = '{arn}'\n{keys}\n")
}

fn association(name: &str) -> String {
    format!(
        "[[cluster.pod_identity_association]]\nnamespace = 'shop'\nservice_account = '{name}'\n\
         role = '{WEB}'\n"
    )
}

/// The sentence of what was found, if anything was; then all requests have failed.
fn denied(recording: &Recording) -> Option<&str> {
    let requests = of(recording, "web").requests;
    let Some(finding) = recording.summary.findings.first() else {
        assert!(requests.succeeded > 100, "{requests:?}");
        return None;
    };
    assert!(requests.succeeded == 0 && requests.failed > 100, "{requests:?}");
    assert_eq!(
        (finding.kind, finding.about.as_str()),
        (FindingKind::Permission, "app `web`: s3:GetObject")
    );
    assert!(recording.summary.warnings.contains(&finding.title));
    Some(&finding.title)
}

#[test]
fn a_service_account_with_an_annotation_has_that_role() {
    let account = ", 'tests/data/eks/account.yaml'";
    let play = |keys: &str| shop(account, "", &role(WEB, keys));
    assert_eq!(denied(&play("policies = ['AmazonS3ReadOnlyAccess']")), None);
    assert_eq!(
        denied(&play("")),
        Some(
            "requests of `web` that call s3:GetObject fail: AccessDenied: User: \
             arn:aws:sts::111122223333:assumed-role/web/web is not authorized to perform: \
             s3:GetObject on resource: arn:aws:s3:::pictures/a because no identity-based policy \
             allows the s3:GetObject action"
        )
    );
    // whose role is nobody's in the scenario is denied nothing
    assert_eq!(denied(&shop(account, "", &role(NODE, ""))), None);
}

#[test]
fn a_trust_policy_says_whose_pods_may_be_a_role() {
    let play = |file: &str, provider: &str| {
        let keys =
            format!("policies = ['AmazonS3ReadOnlyAccess']\ntrust = 'tests/data/eks/{file}.json'");
        let eks = format!("{}\n[cluster.eks]\n{provider}", role(WEB, &keys));
        shop(", 'tests/data/eks/account.yaml'", "", &eks)
    };
    assert_eq!(denied(&play("trust", "")), None);
    let own = "oidc_provider = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE'";
    assert_eq!(denied(&play("trust", own)), None);
    let why = "requests of `web` that call s3:GetObject fail: AccessDenied: Not authorized to \
               perform sts:AssumeRoleWithWebIdentity";
    // of another service account, of another cluster, of EKS Pod Identity
    let other = "oidc_provider = 'oidc.eks.eu-west-1.amazonaws.com/id/OTHER'";
    for (file, provider) in [("other-trust", ""), ("trust", other), ("pods-trust", "")] {
        assert_eq!(denied(&play(file, provider)), Some(why), "{file} {provider}");
    }
    let advice = &play("other-trust", "").summary.findings[0].advice;
    assert!(advice.contains("EXAMPLE:sub\": \"system:serviceaccount:shop:web\""), "{advice}");
}

#[test]
fn an_association_comes_before_an_annotation() {
    let play = |name: &str, file: &str| {
        let keys =
            format!("policies = ['AmazonS3FullAccess']\ntrust = 'tests/data/eks/{file}.json'");
        let more = format!("{}{}", association(name), role(WEB, &keys));
        shop(", 'tests/data/eks/account.yaml'", "", &more)
    };
    assert_eq!(denied(&play("web", "pods-trust")), None);
    // it is for another service account: the annotation counts, for whom the policy is not
    assert!(denied(&play("api", "pods-trust")).is_some());
    // sessions have tags, which the policy does not let through
    let why = "requests of `web` that call s3:GetObject fail: AccessDeniedException: Unauthorized \
               Exception! EKS does not have permissions to assume the associated role";
    assert_eq!(denied(&play("web", "untagged-trust")), Some(why));
    let bad = shop("", "", &format!("{}{}", association("web"), role(WEB, "")));
    let session = "assumed-role/web/eks-eks-web is not authorized to perform: s3:GetObject";
    assert!(denied(&bad).is_some_and(|title| title.contains(session)), "{:?}", denied(&bad));
}

#[test]
fn without_a_role_of_their_own_pods_have_that_of_their_node() {
    let web = app("web", CALL);
    let node = |policy: &str| format!("identity = {{ role = '{NODE}', policies = [{policy}] }}");
    assert_eq!(denied(&played(&web, &node("'AmazonS3ReadOnlyAccess'"), "")), None);
    let bad = played(&web, &node("'AmazonEC2ContainerRegistryPullOnly'"), "");
    assert!(denied(&bad).is_some_and(|title| title.contains("assumed-role/node/eks")));
    // unless the metadata service does not reach them
    let keys = node("'AmazonS3ReadOnlyAccess'");
    let far = played(&web, &keys, "[cluster.eks]\nmetadata_hops = 1\n");
    assert!(denied(&far).is_some_and(|title| title.contains("Unable to locate credentials")));
    // where nobody has a role, nobody is asked
    assert_eq!(denied(&played(&web, "", "")), None);
}

/// The agent of Pod Identity runs on instances with Linux, the metadata service on instances.
#[test]
fn pods_on_fargate_have_a_role_by_their_service_account_or_none() {
    let profile = "[[cluster.fargate_profile]]\nname = 'shop'\n\
                   selectors = [{ namespace = 'shop' }]\nstart = '1s'\n";
    let written = role(WEB, "policies = ['AmazonS3FullAccess']");
    let account = ", 'tests/data/eks/account.yaml'";
    let play = |more: &str| shop(account, "", &format!("{more}{written}{profile}"));
    assert_eq!(denied(&play("")), None);
    let none = "requests of `web` that call s3:GetObject fail: Unable to locate credentials: ";
    let why = format!("{none}EKS Pod Identity has none for pods on Fargate");
    assert_eq!(denied(&play(&association("web"))), Some(&*why));
    let keys = format!("identity = {{ role = '{NODE}', policies = ['AmazonS3FullAccess'] }}");
    let why = format!(
        "{none}the service account of its pods has no role, and there is no metadata service on \
         Fargate"
    );
    assert_eq!(denied(&shop("", &keys, profile)), Some(&*why));
    // on instances it would be the role of the node
    assert_eq!(denied(&shop("", &keys, "")), None);
}

#[test]
fn pods_on_windows_have_no_role_by_an_association() {
    let web = format!("node_selector = {{ 'kubernetes.io/os' = 'windows' }}\n{CALL}");
    let web = app("web", &format!("service_account = 'web'\n{web}"));
    let own = association("web").replace("'shop'", "'default'");
    let windows = GROUP.replace("'nodes'", "'windows'\nos = 'windows-2022'");
    let group = format!("{own}{}{windows}", role(WEB, "policies = ['AmazonS3FullAccess']"));
    let recording = played(&web, "", &group);
    let told = recording.summary.findings.iter().map(|it| it.title.as_str());
    let why = "EKS Pod Identity has none for pods with Windows";
    assert_eq!(told.filter(|title| title.contains(why)).count(), 1);
}

#[test]
fn an_app_of_its_own_names_its_service_account() {
    let play = |name: &str| {
        let web = app("web", &format!("service_account = '{name}'\n{CALL}"));
        let own = association("web").replace("'shop'", "'default'");
        let keys = format!("identity = {{ role = '{NODE}' }}");
        let more = format!("{own}{}", role(WEB, "policies = ['AmazonS3FullAccess']"));
        played(&web, &keys, &more)
    };
    assert_eq!(denied(&play("web")), None);
    assert!(denied(&play("api")).is_some_and(|title| title.contains("assumed-role/node/")));
}

#[test]
fn images_are_pulled_with_the_role_of_the_node() {
    let play = |policies: &str| {
        let registry = "[[registry]]\nname = 'shop'\nkind = 'ecr'\naccount = '111122223333'\n\
                        region = 'eu-west-1'\n";
        let keys = format!("identity = {{ role = '{NODE}', policies = [{policies}] }}");
        let web = format!("{registry}{}", app("web", ""));
        let cluster = format!(
            "[[cluster]]\nname = 'eks'\nkind = 'eks'\nregion = 'eu-west-1'\n\
             engine = {{ start = '0s' }}\n{keys}\n{GROUP}"
        );
        run(&[&simulation("5min"), HOST, &web, &cluster])
    };
    let ready = |recording: &Recording| of(recording, "web").replicas_ready;
    assert!(ready(&play("'AmazonEC2ContainerRegistryPullOnly'")) > 0.9);
    let bad = play("'AmazonS3ReadOnlyAccess'");
    assert_eq!(ready(&bad), 0.0);
    let told = bad.summary.warnings.join("\n");
    assert!(told.contains("not authorized to perform: ecr:GetAuthorizationToken"), "{told}");
}
