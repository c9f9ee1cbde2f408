//! Where tasks run: a launch type, or capacity providers.

use super::check::conflict;
use crate::aws::ecs::reader::{Choices, Keys, Reader};
use crate::aws::json::{Object, Part};

/// Where tasks run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Launch {
    /// On instances of the cluster.
    Ec2,
    /// On Fargate.
    Fargate,
    /// On the capacity of these, of which each gets its share.
    Providers(Vec<ProviderShare>),
    /// As the cluster's default strategy says, else on its instances.
    Default,
}

/// A capacity provider in a strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderShare {
    /// Its name; `FARGATE` and `FARGATE_SPOT` are there in every cluster.
    pub provider: String,
    /// Tasks that it gets before others get any.
    pub base: u32,
    /// Its part of the others, in proportion to all weights.
    pub weight: u32,
}

const TYPE: Choices<Launch> = &[("EC2", Launch::Ec2), ("FARGATE", Launch::Fargate)];
const SHARE: Keys = Keys {
    kind: "a capacity provider strategy",
    read: &["capacityProvider", "base", "weight"],
    ignored: &[],
};
/// Most providers of a strategy, by the quotas.
const MOST: usize = 20;
const STRATEGY: &str = "capacityProviderStrategy";

/// The providers that run tasks on Fargate.
pub const FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

impl Launch {
    /// Whether all tasks run on Fargate.
    pub fn is_fargate(&self) -> bool {
        match self {
            Self::Fargate => true,
            Self::Ec2 | Self::Default => false,
            Self::Providers(shares) => {
                shares.iter().all(|share| FARGATE.contains(&share.provider.as_str()))
            }
        }
    }
}

/// Reads `launchType` and `capacityProviderStrategy`, of which there may be one.
pub(super) fn launch(reader: &mut Reader, object: &Object<'_>) -> Launch {
    let kind = object.get("launchType");
    // an empty one beside a launch type is none
    let strategy = object.get(STRATEGY).filter(|it| kind.is_none() || it.written() != "[]");
    let shares = reader.each(object, STRATEGY, share);
    if let (Some(kind), Some(strategy)) = (kind, strategy) {
        let title = "a launch type and a capacity provider strategy exclude each other";
        conflict(reader, strategy, kind, title, "leave one of them out");
    }
    if let Some(part) = strategy {
        check(reader, part, &shares);
        return Launch::Providers(shares);
    }
    let launch = reader.optional(object, "launchType", |reader, part| {
        if part.written() == "\"EXTERNAL\"" {
            let title = "external instances are not simulated";
            reader.wrong(part.span(), title, "write `EC2` or `FARGATE`");
            return None;
        }
        reader.choice(part, TYPE)
    });
    launch.unwrap_or(Launch::Default)
}

fn share(reader: &mut Reader, part: Part<'_>) -> Option<ProviderShare> {
    let object = reader.object(part, SHARE)?;
    let provider = reader.required(&object, "capacityProvider", Reader::text);
    let base = reader.optional(&object, "base", |r, part| r.whole(part, 0..=100_000));
    let weight = reader.optional(&object, "weight", |r, part| r.whole(part, 0..=1000));
    // the API takes a weight that is left out for 0, the console for 1
    Some(ProviderShare {
        provider: provider?,
        base: base.unwrap_or(0),
        weight: weight.unwrap_or(0),
    })
}

fn check(reader: &mut Reader, part: Part<'_>, shares: &[ProviderShare]) {
    let listed = part.list().map_or(0, |parts| parts.len());
    if listed == 0 && part.is_list() {
        let title = format!("`{STRATEGY}` is empty");
        reader.wrong(part.span(), title, "name a provider, or leave it out");
        return;
    }
    if listed > MOST {
        let title = format!("a strategy has at most {MOST} capacity providers, not {listed}");
        reader.wrong(part.span(), title, "leave some out");
    }
    if listed != shares.len() {
        return;
    }
    if shares.iter().filter(|share| share.base > 0).count() > 1 {
        let title = "only one capacity provider of a strategy may have a `base`";
        reader.wrong(part.span(), title, "give the others weights");
    }
    if shares.len() > 1 && shares.iter().all(|share| share.weight == 0) {
        let title = "no capacity provider of this strategy has a weight";
        let help = "add `\"weight\": 1`: what is left out counts as 0, and tasks beyond the base \
                    would go nowhere";
        reader.wrong(part.span(), title, help);
    }
    let on_fargate =
        shares.iter().filter(|share| FARGATE.contains(&share.provider.as_str())).count();
    if on_fargate > 0 && on_fargate < shares.len() {
        let title = "a strategy cannot mix Fargate with Auto Scaling groups";
        reader.wrong(part.span(), title, "use FARGATE and FARGATE_SPOT, or neither");
    }
    let names = shares.iter().map(|share| &share.provider);
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            let title = format!("`{name}` stands twice in this strategy");
            reader.wrong(part.span(), title, "join the two, or take one out");
        }
        seen.push(name);
    }
}
