//! `[registry]` or `[[registry]]`: where images come from.
//!
//! One registry is written as one table, several as an array with names. A kind brings the limits
//! that the real service documents; each can be set otherwise.

use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Repository;
use super::shorthand::{self, TextOrTable};
use crate::engine::SimDuration;
use crate::units::{Bandwidth, Rate};

/// `[registry]`: where images come from. Several are written as `[[registry]]`, each with a name;
/// the first is that of images that name none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Registry {
    /// Name, unique among registries; required where there are several. Default registry.
    pub name: String,
    /// Which service it is: what it limits, and whether it wants tokens. Default plain.
    pub kind: RegistryKind,
    /// AWS region it is in, such as `us-east-1`: what `ecr` sends to another is paid for, and
    /// policies name it. Default: us-east-1 to policies, and all transfers are free.
    pub region: Option<String>,
    /// Total bandwidth the registry serves. Default 10Gbit/s.
    pub bandwidth: Bandwidth,
    /// Bandwidth of one layer download. Default 100MB/s.
    pub stream: Bandwidth,
    /// Round trip to the registry before each token, manifest and layer. Default 50ms.
    pub latency: SimDuration,
    /// Time after which a client gives up a call that is not answered, as in an outage (dockerd
    /// waits for 15 seconds, containerd for 30 to be connected). Default 15s.
    pub timeout: SimDuration,
    /// Calls it answers a second, all clients of a cluster together. Default: `ecr` the quotas of
    /// an account in a region (500/s tokens, 2000/s manifests, 3000/s layers; of pushes 1000/s
    /// checks of layers, 100/s starts and ends of uploads, 10/s manifests), others none.
    pub limits: CallLimits,
    /// Images that one address may pull in any six hours. 0 is no limit (paid subscriptions).
    /// Default: `hub` 100 (unauthenticated; a personal account has 200), others none.
    pub pulls_per_6h: Option<u32>,
    /// Whether the engines of a cluster have one address, as behind a NAT gateway, or one account;
    /// otherwise each has its own. A registry that caches this one has its own too. Default true.
    pub one_address: bool,
    /// Whether it answers without tokens. Default: `plain` true, others false.
    pub anonymous: Option<bool>,
    /// How long a token is valid. Default: `ecr` 12h, `hub` 5min, `plain` 1min.
    pub token_life: Option<SimDuration>,
    /// The registry that this one is a pull-through cache of: what it does not have is fetched
    /// from there, once. Without it, the registry has all images itself.
    pub upstream: Option<String>,
    /// Bandwidth at which it fetches from its upstream, all fetches together. Default as
    /// `bandwidth`.
    pub import: Option<Bandwidth>,
    /// The upstream is asked at most this often whether an image that is cached is still the same.
    /// Default: `ecr` 24h, others at each pull.
    pub upstream_check: Option<SimDuration>,
    /// Images that are pushed during the run, as by dockerd: five layers at once. An image that is
    /// pushed by its own name is nowhere before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pushes: Vec<Push>,
    /// Registries whose pushes are copied here, as Amazon ECR does across regions: each image
    /// once, and not what they have as copies themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replicates: Vec<Replication>,
    /// `ecr`: the account it belongs to, twelve digits. Default: that of the `identity` of the
    /// cluster that pulls.
    pub account: Option<String>,
    /// `ecr`: file with its registry policy in JSON, relative to the scenario file. Policies decide
    /// about pulls of clusters with an `identity`. Default: none.
    pub policy: Option<PathBuf>,
    /// `ecr`: repositories with policies of their own; a pull-through cache has those that are
    /// listed from the start, and others only once someone may create them (ecr:CreateRepository).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<Repository>,
    /// `ecr`: how often it looks for what lifecycle policies expire, from the start of the run on.
    /// ECR acts within 24 hours. Default 24h.
    pub lifecycle_every: Option<SimDuration>,
}

/// Which service a registry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryKind {
    /// A registry without limits that answers everyone, such as one of your own (CNCF
    /// Distribution).
    #[default]
    Plain,
    /// Docker Hub.
    Hub,
    /// A private registry of Amazon Elastic Container Registry.
    Ecr,
}

/// Most calls a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CallLimits {
    /// Tokens: GetAuthorizationToken of Amazon ECR.
    pub token: Option<CallLimit>,
    /// Manifests: BatchGetImage of Amazon ECR.
    pub manifest: Option<CallLimit>,
    /// Layers: GetDownloadUrlForLayer of Amazon ECR.
    pub layer: Option<CallLimit>,
    /// Of pushes, whether a layer is there: BatchCheckLayerAvailability of Amazon ECR.
    pub check: Option<CallLimit>,
    /// Of pushes, starts of uploads: InitiateLayerUpload of Amazon ECR.
    pub initiate: Option<CallLimit>,
    /// Of pushes, ends of uploads: CompleteLayerUpload of Amazon ECR.
    pub complete: Option<CallLimit>,
    /// Of pushes, manifests: PutImage of Amazon ECR.
    pub put: Option<CallLimit>,
}

/// A token bucket: written as its rate (`"2000/s"`), or as a table
/// `{ rate = "2000/s", burst = 4000 }`. A rate of zero is no limit.
// `remote = "Self"` derives the table form as inherent functions; the text form is added below
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schemars(transform = or_rate)]
pub struct CallLimit {
    /// Calls answered in the long run.
    pub rate: Rate,
    /// Calls answered at once after a pause. Default: those of one second, at least one.
    pub burst: Option<u32>,
}

/// An image that comes during the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// Name of an `[[image]]`: what is pushed.
    pub image: String,
    /// Name of an `[[image]]` that stands for it from then on, as a tag does that is moved: who
    /// asks for that is given what was pushed. Default: its own name.
    pub tag: Option<String>,
    /// When the push begins. Layers that the repository lacks are uploaded; the image can be pulled
    /// once its manifest is there.
    pub at: SimDuration,
}

impl Push {
    /// The name that stands for it.
    pub fn tag(&self) -> &str {
        self.tag.as_deref().unwrap_or(&self.image)
    }
}

/// Where copies come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replication {
    /// Name of a registry.
    pub from: String,
    /// Time from the push there until the image can be pulled here (Amazon ECR: mostly less than
    /// 30 minutes). Default 5m.
    #[serde(default = "replication_delay")]
    pub delay: SimDuration,
}

fn replication_delay() -> SimDuration {
    SimDuration::from_secs(300)
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            name: "registry".to_owned(),
            kind: RegistryKind::Plain,
            region: None,
            bandwidth: Bandwidth(1.25e9),
            stream: Bandwidth(1e8),
            latency: SimDuration::from_millis(50),
            timeout: SimDuration::from_secs(15),
            limits: CallLimits::default(),
            pulls_per_6h: None,
            one_address: true,
            anonymous: None,
            token_life: None,
            upstream: None,
            import: None,
            upstream_check: None,
            pushes: Vec::new(),
            replicates: Vec::new(),
            account: None,
            policy: None,
            repositories: Vec::new(),
            lifecycle_every: None,
        }
    }
}

/// The `region` of a cluster that is in no region of AWS.
pub const INTERNET: &str = "internet";

/// What holds where the scenario does not say otherwise.
///
/// Sources: Amazon ECR, *Service quotas* (rates of calls an account and region), *Private registry
/// authentication* (tokens for 12 hours), *Pull through cache* (checked at least once in 24 hours);
/// Docker, *Docker Hub usage and limits* (100 pulls in 6 hours an IPv4 address or IPv6 /64), its
/// token endpoint (`expires_in` of 300 s); CNCF Distribution, *Token authentication* (60 s where
/// none is said), whose proxy asks the upstream for a tag at each pull.
impl Registry {
    /// Most calls a second, where that is limited: for tokens, manifests and layers; of pushes
    /// checks of layers, starts and ends of uploads, and manifests.
    pub fn call_limits(&self) -> [Option<CallLimit>; 7] {
        let CallLimits { token, manifest, layer, check, initiate, complete, put } = self.limits;
        [
            self.limit(token, 500.0),
            self.limit(manifest, 2000.0),
            self.limit(layer, 3000.0),
            self.limit(check, 1000.0),
            self.limit(initiate, 100.0),
            self.limit(complete, 100.0),
            self.limit(put, 10.0),
        ]
    }

    fn limit(&self, written: Option<CallLimit>, of_ecr: f64) -> Option<CallLimit> {
        let preset = CallLimit { rate: Rate(of_ecr), burst: None };
        let limit = written.or((self.kind == RegistryKind::Ecr).then_some(preset));
        limit.filter(|limit| limit.rate.0 > 0.0)
    }

    /// Most manifests for one address in six hours, if that is limited.
    pub fn pull_limit(&self) -> Option<u32> {
        let preset = (self.kind == RegistryKind::Hub).then_some(100);
        self.pulls_per_6h.or(preset).filter(|&limit| limit > 0)
    }

    /// How long tokens are valid, if they are wanted.
    pub fn tokens(&self) -> Option<SimDuration> {
        let preset = match self.kind {
            RegistryKind::Plain => SimDuration::from_secs(60),
            RegistryKind::Hub => SimDuration::from_secs(300),
            RegistryKind::Ecr => SimDuration::from_secs(12 * 3600),
        };
        let anonymous = self.anonymous.unwrap_or(self.kind == RegistryKind::Plain);
        (!anonymous).then_some(self.token_life.unwrap_or(preset))
    }

    /// Least time between two questions to the upstream about one image.
    pub fn checks_upstream_every(&self) -> SimDuration {
        let preset = match self.kind {
            RegistryKind::Ecr => SimDuration::from_secs(24 * 3600),
            RegistryKind::Plain | RegistryKind::Hub => SimDuration::ZERO,
        };
        self.upstream_check.unwrap_or(preset)
    }
}

impl Registry {
    /// Time between two looks for what lifecycle policies expire.
    pub fn expires_every(&self) -> SimDuration {
        self.lifecycle_every.unwrap_or(SimDuration::from_secs(24 * 3600))
    }
}

impl CallLimit {
    /// Calls answered at once after a pause, at least one.
    pub fn bucket(self) -> u32 {
        self.burst.unwrap_or(libm::round(self.rate.0).clamp(1.0, 1e9) as u32).max(1)
    }
}

impl<'de> Deserialize<'de> for CallLimit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        shorthand::deserialize(from)
    }
}

impl TextOrTable for CallLimit {
    const EXPECTED: &'static str =
        "a limit, such as `\"2000/s\"` or `{ rate = \"2000/s\", burst = 4000 }`";

    fn from_text<E: Error>(text: &str) -> Result<Self, E> {
        let rate = text.parse().map_err(E::custom)?;
        Ok(Self { rate, burst: None })
    }

    fn from_table<'de, A: MapAccess<'de>>(table: A) -> Result<Self, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(table))
    }
}

impl Serialize for CallLimit {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.burst {
            None => self.rate.serialize(to),
            Some(_) => Self::serialize(self, to),
        }
    }
}

fn or_rate(schema: &mut Schema) {
    let table = schema.clone();
    let description = table.get("description").cloned().unwrap_or_default();
    *schema = json_schema!({
        "description": description,
        "anyOf": [{ "description": "Its rate.", "type": "string" }, table],
    });
}

/// The registries where the file has none: one, with all defaults.
pub(super) fn only_default() -> Vec<Registry> {
    vec![Registry::default()]
}

/// Reads one table or an array of them.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Registry>, D::Error> {
    from.deserialize_any(OneOrMore)
}

/// Writes one registry as the table that its keys are in, several as an array.
pub(super) fn serialize<S: Serializer>(all: &[Registry], to: S) -> Result<S::Ok, S::Error> {
    match all {
        [one] => one.serialize(to),
        all => all.serialize(to),
    }
}

/// The schema of one table or an array of them.
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let one = generator.subschema_for::<Registry>();
    json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
}

struct OneOrMore;

impl<'de> Visitor<'de> for OneOrMore {
    type Value = Vec<Registry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table or an array of tables")
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
        Ok(vec![Registry::deserialize(MapAccessDeserializer::new(table))?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, tables: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(tables))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{parse_with, starter};
    use super::*;

    fn read(text: &str) -> Registry {
        toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_kind_brings_the_documented_limits_and_each_can_be_set_otherwise() {
        let plain = read("");
        assert_eq!(
            (plain.call_limits(), plain.pull_limit(), plain.tokens()),
            ([None; 7], None, None)
        );
        let hub = read("kind = 'hub'");
        assert_eq!(hub.pull_limit(), Some(100));
        assert_eq!(hub.tokens(), Some(SimDuration::from_secs(300)));
        assert_eq!(read("kind = 'hub'\npulls_per_6h = 0").pull_limit(), None);
        let ecr = read("kind = 'ecr'\nlimits = { layer = { rate = '10/s', burst = 3 } }");
        let buckets =
            ecr.call_limits().map(|limit| limit.map(|limit| (limit.rate.0, limit.bucket())));
        assert_eq!(
            buckets,
            [
                Some((500.0, 500)),
                Some((2000.0, 2000)),
                Some((10.0, 3)),
                Some((1000.0, 1000)),
                Some((100.0, 100)),
                Some((100.0, 100)),
                Some((10.0, 10)),
            ]
        );
        assert_eq!(read("kind = 'ecr'\nlimits.token = '0/s'").call_limits()[0], None);
        assert_eq!(read("kind = 'ecr'\nanonymous = true").tokens(), None);
        assert_eq!(ecr.checks_upstream_every(), SimDuration::from_secs(86_400));
    }

    #[test]
    fn settings_reach_the_one_registry_by_its_keys_and_several_by_their_names() {
        let scenario = |registries: &str, setting: &str| {
            let text = format!("{registries}\n{}", starter());
            let setting = setting.parse().unwrap();
            let loaded = parse_with(&text, "a.toml", Path::new(""), &[setting]);
            loaded.unwrap_or_else(|problems| panic!("{problems}")).scenario.registries
        };
        for one in ["", "registry = {}"] {
            let set = scenario(one, "registry.latency=1s");
            assert_eq!((set.len(), set[0].name.as_str()), (1, "registry"));
            assert_eq!(set[0].latency, SimDuration::from_secs(1));
        }
        let two = "registry = [{ name = 'a' }, { name = 'b.example', upstream = 'a' }]";
        let set = scenario(two, "registry.b.example.limits.layer=7/s");
        assert_eq!(set[0].call_limits()[2], None);
        assert_eq!(set[1].call_limits()[2], Some(CallLimit { rate: Rate(7.0), burst: None }));
    }

    #[test]
    fn a_burst_left_out_is_one_second_of_calls_but_at_least_one() {
        let limit = |rate| CallLimit { rate: Rate(rate), burst: None }.bucket();
        assert_eq!((limit(2.6), limit(0.1)), (3, 1));
    }
}
