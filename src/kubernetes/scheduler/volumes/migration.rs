//! Disks written in the way of plugins of old, which CSI drivers now serve.
//!
//! Kubernetes v1.36, staging/src/k8s.io/csi-translation-lib. For what a node can attach, every
//! plugin below counts as migrated where there is a CSINode (`isCSIMigrationOn`,
//! pkg/scheduler/framework/plugins/nodevolumelimits/utils.go); for where a volume can be reached,
//! the CSINode has to say so too (`tryTranslatePVToCSI`, volumebinding/binder.go).

use super::ZONE;
use super::volume::{PersistentVolume, Source};
use crate::kubernetes::scheduler::labels::{Operator, Requirement};
use crate::kubernetes::scheduler::shape::{DiskKind, NodeSelector, NodeTerm};

pub(super) const BETA_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
const BETA_REGION: &str = "failure-domain.beta.kubernetes.io/region";
const REGION: &str = "topology.kubernetes.io/region";
/// What separates several zones in the label of a volume.
pub(super) const SEPARATOR: &str = "__";

/// A plugin whose volumes a CSI driver serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTree {
    /// `kubernetes.io/aws-ebs`.
    AwsElasticBlockStore,
    /// `kubernetes.io/gce-pd`.
    GcePersistentDisk,
    /// `kubernetes.io/azure-disk`.
    AzureDisk,
    /// `kubernetes.io/cinder`.
    Cinder,
    /// `kubernetes.io/portworx-volume`.
    Portworx,
}

const ALL: [InTree; 5] = [
    InTree::AwsElasticBlockStore,
    InTree::GcePersistentDisk,
    InTree::AzureDisk,
    InTree::Cinder,
    InTree::Portworx,
];

impl InTree {
    /// The plugin of a name, as storage classes write it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|plugin| plugin.name() == name)
    }

    /// The plugin of a disk that a pod names itself.
    #[must_use]
    pub fn of(kind: DiskKind) -> Option<Self> {
        Some(match kind {
            DiskKind::AwsElasticBlockStore => Self::AwsElasticBlockStore,
            DiskKind::GcePersistentDisk => Self::GcePersistentDisk,
            DiskKind::AzureDisk => Self::AzureDisk,
            DiskKind::Cinder => Self::Cinder,
            DiskKind::Portworx => Self::Portworx,
            DiskKind::Rbd | DiskKind::Iscsi => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AwsElasticBlockStore => "kubernetes.io/aws-ebs",
            Self::GcePersistentDisk => "kubernetes.io/gce-pd",
            Self::AzureDisk => "kubernetes.io/azure-disk",
            Self::Cinder => "kubernetes.io/cinder",
            Self::Portworx => "kubernetes.io/portworx-volume",
        }
    }

    /// The CSI driver that serves its volumes.
    #[must_use]
    pub fn driver(self) -> &'static str {
        match self {
            Self::AwsElasticBlockStore => "ebs.csi.aws.com",
            Self::GcePersistentDisk => "pd.csi.storage.gke.io",
            Self::AzureDisk => "disk.csi.azure.com",
            Self::Cinder => "cinder.csi.openstack.org",
            Self::Portworx => "pxd.portworx.com",
        }
    }

    /// The label by which that driver tells zones.
    fn zone_label(self) -> Option<&'static str> {
        match self {
            Self::AwsElasticBlockStore => Some("topology.ebs.csi.aws.com/zone"),
            Self::GcePersistentDisk => Some("topology.gke.io/zone"),
            Self::Cinder => Some("topology.cinder.csi.openstack.org/zone"),
            Self::AzureDisk | Self::Portworx => None,
        }
    }

    /// What the driver calls a volume: of `aws://us-east-1a/vol-1` only the last part.
    #[must_use]
    pub fn handle(self, id: &str) -> &str {
        match self {
            Self::AwsElasticBlockStore => id.rsplit('/').next().unwrap_or(id),
            _ => id,
        }
    }
}

/// From which nodes a volume can be reached in the words of the driver that serves it now, where
/// they differ (`translateTopologyFromInTreeToCSI`): its label for zones takes the place of the
/// common one.
pub(super) fn migrated(volume: &PersistentVolume) -> Option<(InTree, NodeSelector)> {
    let Source::InTree { plugin, .. } = volume.source else { return None };
    let label = plugin.zone_label()?;
    let mut terms = volume.affinity.clone().unwrap_or_default().0;
    let named = |key: &str| terms.iter().flat_map(|term| &term.labels).any(|one| *one.key == *key);
    let labelled = |key: &str| volume.labels.get(key).is_some();
    let is_beta = !named(ZONE) && (named(BETA_ZONE) || !(labelled(ZONE) || labelled(REGION)));
    let common = if is_beta { BETA_ZONE } else { ZONE };
    if named(common) {
        rename(&mut terms, common, label);
    } else if let Some(zones) = volume.labels.get(common) {
        let zones = zones.split(SEPARATOR).map(Into::into).collect();
        let zone = Requirement { key: label.into(), operator: Operator::In(zones) };
        if terms.is_empty() {
            terms.push(NodeTerm::default());
        }
        terms.iter_mut().for_each(|term| term.labels.push(zone.clone()));
    } else if terms.is_empty() {
        return None;
    }
    if is_beta {
        rename(&mut terms, BETA_REGION, REGION);
    }
    Some((plugin, NodeSelector(terms)))
}

fn rename(terms: &mut [NodeTerm], from: &str, to: &str) {
    let requirements = terms.iter_mut().flat_map(|term| &mut term.labels);
    for one in requirements.filter(|one| *one.key == *from) {
        one.key = to.into();
    }
}
