//! The Amazon EBS CSI driver of a cluster of EKS: classes of storage, volumes for claims, and the
//! driver on nodes.
//!
//! EKS User Guide, "Use Kubernetes volume storage with Amazon EBS": the class `gp2` is there on
//! every cluster; as of 1.30 it is the default no more.

use serde_json::{Value, json};

use super::{Kubernetes, MachineEvent};
use crate::aws::ebs::csi::{self, DRIVER, STARTUP_TAINT, ZONE_LABEL};
use crate::aws::ebs::spec::Provisioned;
use crate::engine::{Phase, SimDuration, Stream, Streams};
use crate::kubernetes::api::{Object, Origin, defaults, from_value};
use crate::kubernetes::control::{ControlPlane, Driver, Order, VolumeCounts, VolumeId};
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::volumes::AccessMode;
use crate::machine::HostId;
use crate::metrics::starts::Phase as Start;
use crate::metrics::summary::VolumesSummary;
use crate::metrics::{Finding, FindingKind};
use crate::scenario::aws::DefaultClass;
use crate::scenario::{Cluster, ClusterKind};
use crate::workload::storage::DeviceId;
use crate::workload::{AppId, Sampler};
use crate::world::replicas::Place;
use crate::world::subnets::zone_name;
use crate::world::units::Unit;
use crate::world::{InputError, World};

/// How long the driver takes to come up on nodes.
#[derive(Debug)]
pub(super) struct CsiDriver {
    register: Sampler,
    draws: Stream,
}

impl CsiDriver {
    /// As a cluster says.
    ///
    /// # Errors
    /// A file of a law cannot be used.
    pub fn new(cluster: &Cluster, streams: Streams) -> Result<Self, InputError> {
        let register = Sampler::new(&cluster.eks.ebs_csi.register)?;
        Ok(Self { register, draws: streams.named("eks/ebs-csi") })
    }
}

/// A control plane with the driver, if the cluster has it.
pub(super) fn with_driver(control: ControlPlane, cluster: &Cluster) -> ControlPlane {
    if cluster.kind != ClusterKind::Eks {
        return control;
    }
    control.with_driver(Driver {
        name: DRIVER.into(),
        startup_taint: STARTUP_TAINT.into(),
        zone_label: ZONE_LABEL.into(),
        longest_unmount: cluster.ebs.force_detach,
    })
}

/// A node as it will be once the driver is up on it, as the Cluster Autoscaler is told with
/// `--startup-taint`.
pub(super) fn started(mut node: NodeSpec) -> NodeSpec {
    node.taints.retain(|taint| *taint.key != *STARTUP_TAINT);
    node.label_zone(ZONE_LABEL);
    node
}

/// The classes of storage that a cluster has beside those that users wrote.
pub(super) fn classes(cluster: &Cluster, written: &[Object]) -> Vec<Object> {
    if cluster.kind != ClusterKind::Eks {
        return Vec::new();
    }
    let default = cluster.eks.ebs_csi.default_class;
    let is_default = |class| default == Some(class);
    let gp2 = class("gp2", "kubernetes.io/aws-ebs", is_default(DefaultClass::Gp2));
    let gp3 = is_default(DefaultClass::Gp3).then(|| class("gp3", DRIVER, true));
    let mut all = vec![gp2];
    all.extend(gp3);
    let is_class = |object: &Object| matches!(object, Object::StorageClass(_));
    all.retain(|one| !written.iter().any(|it| is_class(it) && it.name() == one.name()));
    all
}

/// A class of volumes of the type of its name.
fn class(name: &str, provisioner: &str, is_default: bool) -> Object {
    let annotations: Value = match is_default {
        true => json!({ "storageclass.kubernetes.io/is-default-class": "true" }),
        false => json!({}),
    };
    let value = json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": { "name": name, "annotations": annotations },
        "provisioner": provisioner,
        "parameters": { "type": name },
        "volumeBindingMode": "WaitForFirstConsumer",
    });
    let origin = Origin::whole("the cluster");
    let mut object = from_value(&value, &origin).expect("the class is valid");
    defaults::apply(&mut object);
    object
}

/// What the driver makes for a claim.
fn volume(order: &Order<'_>) -> Result<Provisioned, String> {
    let several = [AccessMode::ReadWriteMany, AccessMode::ReadOnlyMany];
    if !order.exists && order.access_modes.iter().any(|mode| several.contains(mode)) {
        return Err("rpc error: code = InvalidArgument desc = Volume capabilities not supported: \
                    only ReadWriteOnce and ReadWriteOncePod are"
            .to_owned());
    }
    let parameters = order.class.and_then(|class| class.parameters.as_ref());
    let bytes = u64::try_from(order.size).unwrap_or(0);
    csi::volume(parameters.unwrap_or(&std::collections::BTreeMap::new()), bytes).map_err(|error| {
        format!("rpc error: code = InvalidArgument desc = Could not create volume: {error}")
    })
}

impl World<'_> {
    /// The control plane wants a volume made, or says that one is there.
    pub(super) fn volume_wanted(&mut self, id: VolumeId) {
        let control = &self.kubernetes().control;
        let Some(order) = control.volume_order(id) else { return };
        let zones = self.cluster.zones.map_or(1, |zones| zones.count);
        let is_it = |zone: &u32| order.zone.is_none_or(|it| *it == zone_name(self.cluster, *zone));
        let zone = (0..zones).find(is_it).unwrap_or(0);
        match volume(&order) {
            Ok(made) => {
                let exists = order.exists;
                self.create_claimed(id, &made, zone, exists);
            }
            Err(why) => {
                let name = control.volume_name(id).to_owned();
                self.recorder.warn(format!("volume `{name}` cannot be made: {why}"));
                self.with_control(|control, around| control.volume_not_made(id, &why, around));
            }
        }
    }

    /// A volume of a claim has been made.
    pub(in crate::world) fn volume_is_made(&mut self, id: VolumeId) {
        self.with_control(|control, around| control.volume_made(id, around));
    }

    /// A volume of a claim has come to its instance.
    pub(in crate::world) fn volume_is_attached(&mut self, id: VolumeId) {
        self.with_control(|control, around| control.volume_attached(id, around));
    }

    /// A volume of a claim could not be attached.
    pub(in crate::world) fn volume_is_not_attached(&mut self, id: VolumeId, why: &str) {
        let name = self.kubernetes().control.volume_name(id).to_owned();
        if why.starts_with("AttachmentLimitExceeded") {
            self.find_slot(&name, why);
        }
        let why =
            format!("rpc error: code = Internal desc = Could not attach volume {name}: {why}");
        self.with_control(|control, around| control.volume_not_attached(id, &why, around));
    }

    /// An instance had no slot for a volume that the scheduler thought it had.
    fn find_slot(&mut self, name: &str, why: &str) {
        self.find(Finding {
            kind: FindingKind::Slot,
            about: format!("volume `{name}`"),
            title: format!("volume `{name}` could not be attached: {why}"),
            advice:
                "the scheduler counts with as many slots as were free when the driver came up: \
                     reserve some (`reserved_attachments` of `[cluster.eks.ebs_csi]`), keep pods \
                     away until then (taint `ebs.csi.aws.com/agent-not-ready:NoExecute`), or use \
                     types whose volumes have slots of their own"
                    .to_owned(),
        });
    }

    /// A volume of a claim has left its instance.
    pub(in crate::world) fn volume_is_detached(&mut self, id: VolumeId) {
        self.with_control(|control, around| control.volume_detached(id, around));
        self.nodes_leave();
    }

    /// Volumes of claims over the measured time, where there are any.
    pub(in crate::world) fn volumes_summary(&self) -> Option<VolumesSummary> {
        let control = &self.kubernetes.as_ref()?.control;
        let (done, before) = (control.volume_counts()?, self.recorder.nodes.volumes_before);
        if done == VolumeCounts::default() && control.pods_without_volumes() == 0 {
            return None;
        }
        Some(VolumesSummary {
            made: done.made - before.made,
            deleted: done.deleted - before.deleted,
            attached: done.attached - before.attached,
            attach_failures: done.failed - before.failed,
            multi_attach_errors: done.conflicts - before.conflicts,
            forced_detaches: done.forced - before.forced,
            pods_waiting: control.pods_without_volumes() as u64,
        })
    }

    /// What has happened to volumes of claims so far.
    pub(in crate::world) fn volume_counts(&self) -> VolumeCounts {
        let control = self.kubernetes.as_ref().map(|kubernetes| &kubernetes.control);
        control.and_then(ControlPlane::volume_counts).unwrap_or_default()
    }

    /// There is a node for a pod, or its volumes are there: parts of its start are over.
    pub(super) fn pod_passes(&mut self, pod: PodId, phases: &[Start]) {
        if let Some(replica) = self.kubernetes().replica_of(pod) {
            phases.iter().for_each(|&phase| self.start_passed(replica, phase));
        }
    }

    /// Where a replica reads and writes whose pod has a claim: on the volume of the first.
    pub(in crate::world) fn device_of_claim(
        &mut self,
        replica: u32,
        app: AppId,
        host: HostId,
    ) -> Option<(DeviceId, SimDuration)> {
        let Place::Unit { unit: Unit::Pod(pod), .. } = self.replicas.all[replica as usize].place
        else {
            return None;
        };
        let control = &self.kubernetes.as_ref()?.control;
        let volume = *control.volumes_of_pod(pod).first()?;
        self.claimed_device(volume, app, host)
    }

    /// The instance of a node is about to end. One of a managed group does so after a while, in
    /// which its kubelet says what is not in use any more (its lifecycle hook); with any other the
    /// kubelet ends now.
    pub(super) fn kubelet_stops_too(&mut self, node: NodeId) {
        let known = self.kubernetes().control.objects().node(node);
        let group = known.and_then(|node| self.cluster.node_groups.get(node.pool as usize));
        if group.is_some_and(|group| !group.managed) {
            let now = self.now();
            self.with_control(|control, _| control.falls_silent_with_volumes(node, now));
        }
    }

    /// A node has joined, or is back: the driver comes up on it after a while, unless it is known
    /// there.
    pub(super) fn driver_starts(&mut self, machine: usize, node: NodeId) {
        let kubernetes = self.kubernetes_mut();
        if kubernetes.control.has_driver(node) {
            return;
        }
        let life = kubernetes.instances.life(machine);
        let Kubernetes { csi, .. } = kubernetes;
        let delay = csi.register.sample(&mut csi.draws);
        let event = MachineEvent::Registers { machine: machine as u32, life };
        self.after(delay, Phase::Release, event);
    }

    /// The driver is up on a node, unless that is no more.
    pub(super) fn driver_registers(&mut self, machine: u32, life: u32) {
        let machine = machine as usize;
        let kubernetes = self.kubernetes();
        if kubernetes.instances.life(machine) != life {
            return;
        }
        let Some(node) = kubernetes.node_of(machine) else { return };
        let options = &self.cluster.eks.ebs_csi;
        let reserved = options.reserved_attachments.unwrap_or(1);
        let host = self.nodes.all[machine].host;
        let counted = self.csi_allocatable(host, reserved);
        let allocatable = options.attach_limit.unwrap_or(counted);
        self.with_control(|control, around| control.driver_registered(node, allocatable, around));
    }
}
