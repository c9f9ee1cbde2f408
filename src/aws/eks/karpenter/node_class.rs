//! EC2NodeClasses, read as the real YAML: `karpenter.k8s.aws/v1`.
//!
//! Fields follow the CRD of karpenter-provider-aws 1.x (pkg/apis/v1/ec2nodeclass.go). Read are
//! those that decide how large a node is, what runs on it and where it is; others, such as tags,
//! roles and user data, are taken and change nothing. What would change the size of a node and is
//! not simulated is refused.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::kubernetes::api::ManifestErrors;
use crate::kubernetes::api::Path;
use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::api::validate::Violation;
use crate::kubernetes::autoscale::karpenter::api::{read_kind, written};
use crate::units::Bytes;

/// The version that is read.
const API_VERSION: &str = "karpenter.k8s.aws/v1";

/// No volume is smaller: what is is meant in another unit.
const LEAST_DISK: i64 = 1_000_000_000;

/// An operating system image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image {
    /// Amazon Linux, Bottlerocket.
    Linux,
    /// Windows Server 2019.
    Windows2019,
    /// Windows Server 2022.
    Windows2022,
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Such as `gp3`.
    pub kind: String,
    /// Its size.
    pub size: Bytes,
    /// Operations in a second, where they are said.
    pub iops: Option<u32>,
    /// MiB in a second, where they are said.
    pub throughput: Option<u32>,
}

/// How machines of a NodePool are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeClass {
    /// Its name.
    pub name: String,
    /// What boots.
    pub image: Image,
    /// Its root volume, where it says one.
    pub root: Option<Disk>,
    /// Ids of subnets; none for all: subnets have no tags here.
    pub subnets: Vec<String>,
    /// Pods of a node at most, where it says so.
    pub max_pods: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    #[serde(default)]
    metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
    #[serde(default)]
    spec: RawSpec,
    #[serde(rename = "status")]
    _status: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawSpec {
    ami_family: Option<String>,
    ami_selector_terms: Vec<RawTerm>,
    subnet_selector_terms: Vec<RawTerm>,
    block_device_mappings: Vec<RawMapping>,
    kubelet: RawKubelet,
    #[serde(rename = "instanceStorePolicy")]
    store: Option<String>,
    #[serde(rename = "capacityReservationSelectorTerms")]
    reservations: Vec<Value>,
    #[serde(rename = "securityGroupSelectorTerms")]
    _groups: Vec<Value>,
    #[serde(rename = "role")]
    _role: Option<String>,
    #[serde(rename = "instanceProfile")]
    _profile: Option<String>,
    #[serde(rename = "userData")]
    _data: Option<String>,
    #[serde(rename = "tags")]
    _tags: Map<String, Value>,
    #[serde(rename = "metadataOptions")]
    _metadata: Map<String, Value>,
    #[serde(rename = "detailedMonitoring")]
    _monitoring: Option<bool>,
    #[serde(rename = "associatePublicIPAddress")]
    _public: Option<bool>,
    #[serde(rename = "context")]
    _context: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawTerm {
    alias: Option<String>,
    id: Option<String>,
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(rename = "owner")]
    _owner: Option<String>,
    #[serde(rename = "ssmParameter")]
    _parameter: Option<String>,
    #[serde(rename = "tags")]
    _tags: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawMapping {
    #[serde(rename = "deviceName")]
    _name: Option<String>,
    root_volume: bool,
    ebs: RawDisk,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawDisk {
    volume_size: Option<k8s_openapi::apimachinery::pkg::api::resource::Quantity>,
    volume_type: Option<String>,
    iops: Option<u32>,
    throughput: Option<u32>,
    #[serde(rename = "encrypted")]
    _encrypted: Option<bool>,
    #[serde(rename = "deleteOnTermination")]
    _delete: Option<bool>,
    #[serde(rename = "kmsKeyID")]
    _key: Option<String>,
    #[serde(rename = "snapshotID")]
    _snapshot: Option<String>,
    #[serde(rename = "volumeInitializationRate")]
    _rate: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawKubelet {
    max_pods: Option<u32>,
    pods_per_core: Option<u32>,
    kube_reserved: Map<String, Value>,
    system_reserved: Map<String, Value>,
    eviction_hard: Map<String, Value>,
    #[serde(rename = "clusterDNS")]
    _dns: Vec<String>,
    #[serde(rename = "evictionSoft")]
    _soft: Map<String, Value>,
    #[serde(rename = "evictionSoftGracePeriod")]
    _grace: Map<String, Value>,
    #[serde(rename = "evictionMaxPodGracePeriod")]
    _most: Option<i64>,
    #[serde(rename = "imageGCHighThresholdPercent")]
    _high: Option<i64>,
    #[serde(rename = "imageGCLowThresholdPercent")]
    _low: Option<i64>,
    #[serde(rename = "cpuCFSQuota")]
    _quota: Option<bool>,
}

/// Reads the classes in the text of a file, YAML or JSON; `name` is for messages.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read_text(name: &str, text: &str) -> Result<Vec<NodeClass>, ManifestErrors> {
    read_kind(name, text, "EC2NodeClass", resolve, |class| &class.name)
}

fn resolve(value: &Value) -> Result<NodeClass, Vec<Violation>> {
    let raw = written::<Raw>(value)?;
    let (mut out, root) = (Vec::new(), Path::default());
    if raw.api_version.as_deref() != Some(API_VERSION) {
        let wrong = Violation::new(root.key("apiVersion"), "this version is not read");
        out.push(wrong.help(format!("write `apiVersion: {API_VERSION}`")));
    }
    let name = raw.metadata.name.unwrap_or_default();
    if name.is_empty() {
        out.push(Violation::new(root.dotted("metadata.name"), "an EC2NodeClass needs a name"));
    }
    refuse(&raw.spec, &root.key("spec"), &mut out);
    let class = NodeClass {
        name,
        image: image(&raw.spec, &root.key("spec"), &mut out),
        root: disk(&raw.spec, &root.dotted("spec.blockDeviceMappings"), &mut out),
        subnets: raw.spec.subnet_selector_terms.into_iter().filter_map(|term| term.id).collect(),
        max_pods: raw.spec.kubelet.max_pods,
    };
    if out.is_empty() { Ok(class) } else { Err(out) }
}

/// What is not simulated, and would make a node another.
fn refuse(spec: &RawSpec, at: &Path, out: &mut Vec<Violation>) {
    let kubelet = at.key("kubelet");
    let parts = [
        ("kubeReserved", &spec.kubelet.kube_reserved),
        ("systemReserved", &spec.kubelet.system_reserved),
        ("evictionHard", &spec.kubelet.eviction_hard),
    ];
    for (key, _) in parts.into_iter().filter(|(_, written)| !written.is_empty()) {
        let wrong = Violation::new(kubelet.key(key), "nodes keep what the images of EKS keep here");
        out.push(wrong.help("leave it out: other reserves are not simulated"));
    }
    if spec.kubelet.pods_per_core.is_some_and(|pods| pods > 0) {
        let message = "a limit of pods by the number of cores is not simulated";
        let wrong = Violation::new(kubelet.key("podsPerCore"), message);
        out.push(wrong.help("write `maxPods`, in a class for each size of nodes"));
    }
    if spec.store.is_some() {
        let message = "pods have their ephemeral storage on the root volume here";
        out.push(Violation::new(at.key("instanceStorePolicy"), message).help("leave it out"));
    }
    if !spec.reservations.is_empty() {
        let path = at.key("capacityReservationSelectorTerms");
        let wrong = Violation::new(path, "capacity reservations are not simulated");
        out.push(wrong.help("leave it out"));
    }
}

/// The family that is named, or that of the alias of the image, `al2023@latest`.
fn image(spec: &RawSpec, at: &Path, out: &mut Vec<Violation>) -> Image {
    let alias = spec.ami_selector_terms.iter().find_map(|term| term.alias.as_deref());
    let of_alias = alias.map(|alias| alias.split('@').next().unwrap_or(alias));
    let Some(family) = spec.ami_family.as_deref().or(of_alias) else { return Image::Linux };
    match family.to_ascii_lowercase().as_str() {
        "al2" | "al2023" | "bottlerocket" | "custom" => Image::Linux,
        "windows2019" => Image::Windows2019,
        "windows2022" => Image::Windows2022,
        _ => {
            let path = match spec.ami_family {
                Some(_) => at.key("amiFamily"),
                None => at.key("amiSelectorTerms"),
            };
            let wrong = Violation::new(path, format!("`{family}` is no family of images"));
            let known = "AL2023, AL2, Bottlerocket, Custom, Windows2019 or Windows2022";
            out.push(wrong.help(format!("write {known}")));
            Image::Linux
        }
    }
}

/// The root volume: the mapping that says that it is, or else the first one.
fn disk(spec: &RawSpec, at: &Path, out: &mut Vec<Violation>) -> Option<Disk> {
    let all = &spec.block_device_mappings;
    let place = all.iter().position(|one| one.root_volume).unwrap_or(0);
    let raw = &all.get(place)?.ebs;
    let size = raw.volume_size.as_ref().map(|size| Amount::try_from(size).map(|it| it.value()));
    let size = match size {
        Some(Ok(size)) if size >= LEAST_DISK => Bytes(size as u64),
        None => return None,
        Some(_) => {
            let path = at.index(place).dotted("ebs.volumeSize");
            out.push(
                Violation::new(path, "this is no size of a volume").help("write such as `50Gi`"),
            );
            return None;
        }
    };
    Some(Disk {
        kind: raw.volume_type.clone().unwrap_or_else(|| "gp3".to_owned()),
        size,
        iops: raw.iops,
        throughput: raw.throughput,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(spec: &str) -> Result<NodeClass, String> {
        let text = format!(
            "apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\n\
             metadata: {{ name: default }}\nspec:\n{spec}"
        );
        let read = read_text("pools.yaml", &text).map_err(|errors| errors.render(false));
        read.map(|mut all| all.remove(0))
    }

    #[test]
    fn a_class_says_what_boots_and_where() {
        let class = class(
            "  amiSelectorTerms: [{ alias: al2023@latest }]\n  \
             subnetSelectorTerms: [{ id: subnet-1 }, { tags: { karpenter.sh/discovery: c } }]\n  \
             securityGroupSelectorTerms: [{ tags: { karpenter.sh/discovery: c } }]\n  \
             role: node\n  kubelet: { maxPods: 58 }\n  blockDeviceMappings:\n  \
             - { deviceName: /dev/xvda, ebs: { volumeSize: 50Gi, volumeType: gp3, iops: 4000 } }\n",
        );
        let root = Disk {
            kind: "gp3".to_owned(),
            size: Bytes(50 << 30),
            iops: Some(4000),
            throughput: None,
        };
        let expected = NodeClass {
            name: "default".to_owned(),
            image: Image::Linux,
            root: Some(root),
            subnets: vec!["subnet-1".to_owned()],
            max_pods: Some(58),
        };
        assert_eq!(class, Ok(expected));
    }

    #[test]
    fn what_would_change_a_node_and_is_not_simulated_is_refused() {
        let wrong = class("  amiFamily: Ubuntu\n  kubelet: { systemReserved: { memory: 1Gi } }\n");
        insta::assert_snapshot!(wrong.unwrap_err());
    }
}
