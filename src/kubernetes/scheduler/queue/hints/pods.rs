//! Hints about pods that come to nodes, change there and leave.

use super::{Context, hard_constraints};
use crate::kubernetes::scheduler::labels::Labels;
use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::shape::{AffinityTerm, Disk, DiskKind, HostPort, PodShape};

/// Whether it may help a pod that another came to a node.
pub(super) fn added(
    context: &Context<'_>,
    plugin: Plugin,
    pod: &PodShape,
    other: &PodShape,
) -> bool {
    match plugin {
        Plugin::PodTopologySpread => is_counted(context, pod, other),
        Plugin::InterPodAffinity => all_match(&pod.affinity.required, other),
        _ => false,
    }
}

/// Whether it may help a pod that another changed on its node.
pub(super) fn updated(
    context: &Context<'_>,
    plugin: Plugin,
    pod: &PodShape,
    old: &PodShape,
    new: &PodShape,
) -> bool {
    match plugin {
        Plugin::NodeResourcesFit => pod
            .requests
            .iter()
            .any(|(kind, amount)| amount != 0 && new.requests.get(kind) < old.requests.get(kind)),
        Plugin::PodTopologySpread => {
            let changes = |labels: [&Labels; 2]| {
                hard_constraints(context.profile, pod)
                    .iter()
                    .any(|one| one.selector.matches(labels[0]) != one.selector.matches(labels[1]))
            };
            pod.namespace == new.namespace && changes([&old.labels, &new.labels])
        }
        Plugin::InterPodAffinity => {
            let (near, far) = (&pod.affinity.required, &pod.anti_affinity.required);
            (!all_match(near, old) && all_match(near, new))
                || (all_match(far, old) && !all_match(far, new))
        }
        _ => false,
    }
}

/// Whether it may help a pod that another left its node.
pub(super) fn deleted(
    context: &Context<'_>,
    plugin: Plugin,
    pod: &PodShape,
    other: &PodShape,
) -> bool {
    match plugin {
        Plugin::NodeResourcesFit => true,
        Plugin::NodePorts => clash(&pod.host_ports, &other.host_ports),
        Plugin::PodTopologySpread => is_counted(context, pod, other),
        Plugin::InterPodAffinity => {
            all_match(&pod.anti_affinity.required, other)
                || all_match(&other.anti_affinity.required, pod)
        }
        Plugin::VolumeRestrictions => pod.namespace == other.namespace && share_disk(pod, other),
        // claims, and disks of old that a CSI driver serves
        Plugin::NodeVolumeLimits => {
            let attached = |disk: &Disk| !matches!(disk.kind, DiskKind::Iscsi | DiskKind::Rbd);
            !other.volumes.claims.is_empty() || other.volumes.disks.iter().any(attached)
        }
        _ => false,
    }
}

/// Whether any hard constraint of a pod on how it is spread counts another.
fn is_counted(context: &Context<'_>, pod: &PodShape, other: &PodShape) -> bool {
    pod.namespace == other.namespace
        && hard_constraints(context.profile, pod)
            .iter()
            .any(|one| one.selector.matches(&other.labels))
}

/// Whether there are terms and all are about a pod. That one of several terms of anti-affinity is
/// enough to keep a pod off was seen to only after v1.36. Labels of namespaces are not looked up.
fn all_match(terms: &[AffinityTerm], other: &PodShape) -> bool {
    let unlabelled = Labels::default();
    let matches = |term: &AffinityTerm| {
        let named = term.namespaces.contains(&other.namespace);
        (named || term.namespace_selector.matches(&unlabelled))
            && term.selector.matches(&other.labels)
    };
    !terms.is_empty() && terms.iter().all(matches)
}

/// Whether any two ports of the host cannot be taken at once.
fn clash(wanted: &[HostPort], taken: &[HostPort]) -> bool {
    let everywhere = |ip: &str| ip.is_empty() || ip == "0.0.0.0";
    let protocol = |port: &HostPort| -> Box<str> {
        if port.protocol.is_empty() { "TCP".into() } else { port.protocol.clone() }
    };
    wanted.iter().filter(|port| port.port > 0).any(|one| {
        taken.iter().any(|other| {
            one.port == other.port
                && protocol(one) == protocol(other)
                && (everywhere(&one.ip) || everywhere(&other.ip) || one.ip == other.ip)
        })
    })
}

/// Whether pods of one namespace name a claim both, or a disk that they cannot use at once.
fn share_disk(pod: &PodShape, other: &PodShape) -> bool {
    let named = |shape: &PodShape, name: &str| {
        shape.volumes.claims.iter().any(|claim| claim.pod.is_none() && *claim.name == *name)
    };
    let mut claims = pod.volumes.claims.iter().filter(|claim| claim.pod.is_none());
    let mut disks = pod.volumes.disks.iter();
    claims.any(|claim| named(other, &claim.name))
        || disks.any(|one| other.volumes.disks.iter().any(|disk| excludes(one, disk)))
}

/// Whether two disks are one that cannot be used twice on a node (`isVolumeConflict`).
fn excludes(one: &Disk, other: &Disk) -> bool {
    let same = one.kind == other.kind && one.id == other.id;
    let both_read = one.read_only && other.read_only;
    same && match one.kind {
        DiskKind::AwsElasticBlockStore => true,
        DiskKind::GcePersistentDisk | DiskKind::Iscsi => !both_read,
        DiskKind::Rbd => {
            !both_read && one.addresses.iter().any(|address| other.addresses.contains(address))
        }
        DiskKind::AzureDisk | DiskKind::Cinder | DiskKind::Portworx => false,
    }
}
