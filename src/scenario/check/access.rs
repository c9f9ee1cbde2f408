//! Who pulls: accounts, roles and repositories that could exist, where policies decide.

use super::Finding;
use crate::scenario::access::{is_account, role_account};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, Registry, RegistryKind};

/// What only registries of kind `ecr` have.
pub fn check_registry(registry: &Registry, at: &Path, out: &mut Vec<Finding>) {
    let written = [
        ("account", registry.account.is_some()),
        ("region", registry.region.is_some()),
        ("policy", registry.policy.is_some()),
        ("repositories", !registry.repositories.is_empty()),
        ("lifecycle_every", registry.lifecycle_every.is_some()),
    ];
    if registry.kind != RegistryKind::Ecr {
        for (key, _) in written.into_iter().filter(|&(_, written)| written) {
            let title = format!("`{key}` is for registries of Amazon ECR");
            out.push(Finding::new(at.key(key), title).help("say that it is one: `kind = \"ecr\"`"));
        }
        return;
    }
    if let Some(account) = &registry.account
        && !is_account(account)
    {
        let title = format!("`{account}` is not an account of AWS");
        let help = "twelve digits, such as `\"111122223333\"`";
        out.push(Finding::new(at.key("account"), title).help(help));
    }
    if let Some(region) = &registry.region
        && !is_region(region)
    {
        let title = format!("`{region}` is not a region of AWS");
        out.push(Finding::new(at.key("region"), title).help("such as `\"eu-west-1\"`"));
    }
    let registry_at = at;
    for (place, repository) in registry.repositories.iter().enumerate() {
        let name = &repository.name;
        let at = at.key("repositories").index(place).key("name");
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let fits = |byte: u8| plain(byte) || b"._-/*".contains(&byte);
        if name.is_empty() || !name.bytes().all(fits) {
            let title = format!("`{name}` is not the name of a repository");
            let help = "small letters, digits and `.`, `_`, `-`, `/`, such as `shop/web`, without \
                        registry and tag; `*` stands for any text";
            out.push(Finding::new(at, title).help(help));
        } else if registry.repositories[..place].iter().any(|other| other.name == *name) {
            out.push(Finding::new(at, format!("the repository `{name}` is listed twice")));
        }
        if !repository.immutable && !repository.mutable_tags.is_empty() {
            let title =
                "`mutable_tags` are exceptions, and all tags of this repository are mutable";
            let at = registry_at.key("repositories").index(place).key("mutable_tags");
            out.push(Finding::new(at, title).help("say that others are not: `immutable = true`"));
        }
    }
}

/// Small letters and digits between `-`: regions come and go, so that no list would be right.
fn is_region(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let part = |part: &str| !part.is_empty() && part.bytes().all(plain);
    text.contains('-') && text.split('-').all(part)
}

/// As whom the engines of a cluster pull.
pub fn check_identity(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    let Some(identity) = &cluster.identity else { return };
    let at = at.key("identity");
    if role_account(&identity.role).is_none() {
        out.push(
            Finding::new(at.key("role"), format!("`{}` is not the ARN of a role", identity.role))
                .help("such as `\"arn:aws:iam::111122223333:role/node\"`"),
        );
    }
    if cluster.kind == ClusterKind::Hypervisor {
        let title = "the virtual machines of a hypervisor pull no images";
        out.push(Finding::new(at, title).help("leave out `identity`"));
    }
}
