//! What Fargate makes of a pod.

use crate::aws::eks::fargate::asked::{request_of, size_of, wants};
use crate::aws::eks::fargate::profile::PROFILE_LABEL;
use crate::aws::eks::fargate::refusal::Refusal;
use crate::aws::eks::fargate::size::{OVERHEAD, Request};
use crate::aws::pricing::fargate::TaskSize;
use crate::kubernetes::objects::{NodeId, PodId, WorkloadId, WorkloadKind};
use crate::kubernetes::scheduler::shape::DiskKind;
use crate::kubernetes::scheduler::volumes::{InTree, Source};
use crate::units::Bytes;
use crate::world::kubernetes::Kubernetes;
use crate::world::subnets::Address;

/// The driver of volumes of Amazon EBS.
const EBS_DRIVER: &str = "ebs.csi.aws.com";

/// A pod that Fargate runs, or is to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub uid: u32,
    /// Its profile, by its place.
    pub profile: usize,
    pub owner: Option<WorkloadId>,
    /// What its containers ask for.
    pub asked: Request,
    pub size: TaskSize,
    pub address: Option<Address>,
    /// Its machine, once that starts.
    pub machine: Option<usize>,
    /// Its node, while there is one.
    pub node: Option<NodeId>,
    /// Its machine has failed.
    pub is_lost: bool,
}

impl Seat {
    /// Memory that its containers have.
    pub fn for_containers(&self) -> Bytes {
        Bytes(self.size.memory.0 - OVERHEAD.0)
    }
}

impl Kubernetes {
    /// What Fargate makes of a pod that is there, whose app has a volume or not.
    ///
    /// # Errors
    /// Why it does not run it.
    pub(super) fn seat(&self, pod: PodId, has_volume: bool) -> Result<Seat, String> {
        let objects = self.control.objects();
        let known = objects.pod(pod);
        let source = &objects.template(known.template).source;
        let named = source.metadata.labels.as_ref().and_then(|labels| labels.get(PROFILE_LABEL));
        let profile =
            self.fargate.profiles.iter().position(|it| Some(it.name()) == named.map(|it| &**it));
        let (Some(profile), Some(spec)) = (profile, &source.spec) else {
            return Err("no Fargate profile selects the pod".to_owned());
        };
        let owner = known.owner.map(|owner| &objects.workload(owner).kind);
        let mut wants = wants(spec);
        wants.is_of_daemon_set = matches!(owner, Some(WorkloadKind::DaemonSet(_)));
        wants.has_ebs = has_volume || self.has_ebs(pod);
        let refusals = wants.refusals();
        if !refusals.is_empty() {
            let why: Vec<String> = refusals.iter().map(Refusal::to_string).collect();
            return Err(unsupported(&why.join(". ")));
        }
        let size = size_of(spec).map_err(|error| unsupported(&error.to_string()))?;
        let with_overhead = request_of(spec);
        let memory = Bytes(with_overhead.memory.0 - OVERHEAD.0);
        Ok(Seat {
            uid: known.uid,
            profile,
            owner: known.owner,
            asked: Request { memory, ..with_overhead },
            size,
            address: None,
            machine: None,
            node: None,
            is_lost: false,
        })
    }

    /// Whether a volume of a pod is of Amazon EBS.
    fn has_ebs(&self, pod: PodId) -> bool {
        let (objects, cluster) = (self.control.objects(), self.control.cluster());
        let known = objects.pod(pod);
        let Some(scheduled) = known.scheduled else { return false };
        let namespace = &objects.template(known.template).namespace;
        let of = &cluster.shape_of(scheduled).volumes;
        let is_ebs = |claim: &str| {
            let volumes = cluster.volumes();
            let Some(claim) = volumes.claim(namespace, claim) else { return false };
            match volumes.volume(&claim.volume).map(|volume| &volume.source) {
                Some(Source::Csi { driver, .. }) => **driver == *EBS_DRIVER,
                Some(Source::InTree { plugin, .. }) => *plugin == InTree::AwsElasticBlockStore,
                Some(Source::Other) => false,
                None => volumes.class(&claim.class).is_some_and(|it| it.driver() == EBS_DRIVER),
            }
        };
        of.disks.iter().any(|disk| disk.kind == DiskKind::AwsElasticBlockStore)
            || of.claims.iter().any(|claim| is_ebs(&claim.name))
    }
}

/// As the scheduler of Fargate words it.
fn unsupported(why: &str) -> String {
    format!("Pod not supported on Fargate: {why}")
}
