//! Pods that are for Windows ask for an address, those that SecurityGroupPolicies select for a
//! branch; and what every node has besides.

use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{Policies, RESOURCE};
use crate::aws::ec2::catalogue::instance_type;
use crate::aws::eks::vpc_cni::windows_pool;
use crate::kubernetes::api::Object;
use crate::kubernetes::scheduler::labels::Labels;
use crate::scenario::{Cluster, ClusterKind};
use crate::units::Millicores;
use crate::world::{InputError, World};

/// The label of a node that says its system.
pub(in crate::world::kubernetes) const OS: &str = "kubernetes.io/os";
/// What it was called until Kubernetes 1.14.
const OS_ONCE: &str = "beta.kubernetes.io/os";
/// What it says of Windows.
pub(in crate::world::kubernetes) const WINDOWS: &str = "windows";

/// The pods with the network of their host that EKS has on each Linux node, and the CPU that they
/// request: two containers of 25m (aws/amazon-vpc-cni-k8s, the chart `aws-vpc-cni`), and what the
/// manifest of `kube-proxy` has that EKS installs. None requests memory.
const DAEMONS: [(&str, Millicores); 2] =
    [("aws-node", Millicores(50)), ("kube-proxy", Millicores(100))];

/// The policies among the manifests of a cluster.
///
/// # Errors
/// Everything that is wrong with them in the first file that has mistakes.
pub fn policies(cluster: &Cluster) -> Result<Policies, InputError> {
    if cluster.kind != ClusterKind::Eks {
        return Ok(Policies::default());
    }
    let files = cluster.kubernetes.manifests.iter().map(std::path::PathBuf::as_path);
    Policies::read(files).map_err(|errors| InputError::Manifest(Box::new(errors)))
}

/// Pods that every node has, besides those that manifests make, and what they request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::world::kubernetes) struct Daemons {
    /// How many there are, all on the network of their node.
    pub pods: u32,
    /// CPU that they request together.
    pub cpu: Millicores,
}

impl Daemons {
    /// Those that these manifests do not make.
    pub fn beside(manifests: &[Object]) -> Self {
        let is_made = |name: &str| {
            manifests.iter().any(|object| {
                let in_system = object.namespace() == Some("kube-system");
                matches!(object, Object::DaemonSet(_)) && in_system && object.name() == name
            })
        };
        let mut all = Self::default();
        for (_, cpu) in DAEMONS.iter().filter(|(name, _)| !is_made(name)) {
            all.pods += 1;
            all.cpu.0 += cpu.0;
        }
        all
    }
}

impl World<'_> {
    /// Has the pods of objects ask for addresses where they are for Windows, and for branches where
    /// policies select them, as the webhook of EKS does. Those on the network of their node ask for
    /// neither.
    pub(in crate::world::kubernetes) fn ask_for_addresses(&mut self, objects: &mut [Object]) {
        let mut asked = false;
        let Some(addresses) = &self.kubernetes().addresses else { return };
        for object in objects {
            let namespace = object.namespace().unwrap_or("default").to_owned();
            let Some((labels, spec)) = pods_of(object) else { continue };
            if spec.host_network == Some(true) {
                continue;
            }
            let account = spec.service_account_name.as_deref().unwrap_or("default");
            if is_for_windows(spec) {
                ask(spec, windows_pool::RESOURCE);
            } else if addresses.policies.select(&namespace, &labels, account) {
                ask(spec, RESOURCE);
                asked = true;
            }
        }
        if asked && !self.may_have_branches() {
            self.recorder.warn(
                "pods that a SecurityGroupPolicy selects ask for vpc.amazonaws.com/pod-eni, which \
                 no node has: set `pod_eni = true` in `[cluster.eks.vpc_cni]`, and choose types \
                 with branches, which those of T families are not"
                    .to_owned(),
            );
        }
    }

    /// Whether pods may come to a node that has branches, or to Fargate, which needs none.
    fn may_have_branches(&self) -> bool {
        let cluster = self.cluster;
        let of_karpenter = cluster.karpenter.is_some() && cluster.eks.vpc_cni.pod_eni;
        let groups = cluster.node_groups.iter().filter(|group| !group.is_windows());
        let mut types = groups.flat_map(|group| &group.instance_types).filter_map(|name| {
            let one = instance_type(name).ok()?;
            Some(self.branches_of(one))
        });
        of_karpenter || !cluster.fargate_profiles.is_empty() || types.any(|branches| branches > 0)
    }
}

/// Whether the webhook takes a pod to be one for Windows: by its node selector alone.
fn is_for_windows(spec: &PodSpec) -> bool {
    let selector = spec.node_selector.iter().flatten();
    let mut of_system = selector.filter(|(key, _)| [OS, OS_ONCE].contains(&key.as_str()));
    of_system.any(|(_, value)| value == WINDOWS)
}

fn ask(spec: &mut PodSpec, resource: &str) {
    let Some(first) = spec.containers.first_mut() else { return };
    let resources = first.resources.get_or_insert_default();
    for list in [&mut resources.requests, &mut resources.limits] {
        list.get_or_insert_default().insert(resource.to_owned(), Quantity("1".to_owned()));
    }
}

/// Labels of the pods that an object makes, and what they are.
fn pods_of(object: &mut Object) -> Option<(Labels, &mut PodSpec)> {
    let labels = |metadata: &ObjectMeta| metadata.labels.clone().into_iter().flatten().collect();
    let template: &mut PodTemplateSpec = match object {
        Object::Pod(one) => return Some((labels(&one.metadata), one.spec.as_mut()?)),
        Object::Deployment(one) => &mut one.spec.as_mut()?.template,
        Object::ReplicaSet(one) => one.spec.as_mut()?.template.as_mut()?,
        Object::ReplicationController(one) => one.spec.as_mut()?.template.as_mut()?,
        Object::StatefulSet(one) => &mut one.spec.as_mut()?.template,
        Object::DaemonSet(one) => &mut one.spec.as_mut()?.template,
        Object::Job(one) => &mut one.spec.as_mut()?.template,
        Object::CronJob(one) => &mut one.spec.job_template.spec.as_mut()?.template,
        _ => return None,
    };
    Some((template.metadata.as_ref().map(labels).unwrap_or_default(), template.spec.as_mut()?))
}
