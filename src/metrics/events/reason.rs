//! What events are called.

/// What happened. Those that `kubectl get events` tells too have the name that it shows, those of
/// services of Amazon ECS the name by which EventBridge knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A pod came; related: its controller.
    PodCreated,
    /// It got a node; related: the node.
    Scheduled,
    /// It got none; text: the scheduler's message.
    FailedScheduling,
    /// It is to make room; related: the pod that is to have it.
    Preempted,
    /// The Cluster Autoscaler adds nodes for it; text: to which pool.
    TriggeredScaleUp,
    /// Karpenter expects it somewhere; text: on which node, or node to come.
    Nominated,
    /// A pod could not be connected to the network; text: why.
    FailedCreatePodSandBox,
    /// The VPC resource controller had no address for a pod for Windows; text: why.
    ResourceAllocationFailed,
    /// A volume is made for a claim of a pod (an event of the claim there, here of the pod that
    /// waits for it); this and the next ones have a text.
    Provisioning,
    /// It has been made.
    ProvisioningSucceeded,
    /// It cannot be made.
    ProvisioningFailed,
    /// A volume has come to the node of a pod.
    SuccessfulAttachVolume,
    /// A volume could not be attached to the node of a pod.
    FailedAttachVolume,
    /// A container's image is asked for; text: the image.
    Pulling,
    /// A container's image is there; text: the image.
    Pulled,
    /// A container could not be started; text: why.
    Failed,
    /// A container's process runs.
    Started,
    /// A container ended with exit code 0 (reason of its state `terminated`).
    Completed,
    /// A container ended otherwise (likewise).
    Error,
    /// A container was killed for its memory (likewise).
    OomKilled,
    /// A container waits before it is started again; text: its image, if that is waited for.
    BackOff,
    /// A probe of a container has failed so often that it is started again.
    Unhealthy,
    /// A pod is to get requests.
    PodReady,
    /// A pod is to get no requests.
    PodNotReady,
    /// A disruption budget does not let a pod be evicted for now.
    EvictionBlocked,
    /// The kubelet of its node evicts a pod, or does not take it on; text: why.
    Evicted,
    /// A pod was told to go; text: by whom, or why.
    PodDeleted,
    /// All containers of a pod have ended well and stay so.
    PodSucceeded,
    /// All containers of a pod have ended and stay so, one of them not well.
    PodFailed,
    /// A pod is gone.
    PodGone,
    /// A node joined.
    RegisteredNode,
    /// The machine of a node failed.
    MachineFailed,
    /// The machine of a node works again.
    Rebooted,
    /// A node has not been heard of for too long.
    NodeNotReady,
    /// A node is heard of again.
    NodeReady,
    /// A node takes no more pods.
    NodeNotSchedulable,
    /// A node takes pods again.
    NodeSchedulable,
    /// A node got a taint; text: the taint.
    NodeTainted,
    /// A node lost a taint; text: the taint.
    NodeUntainted,
    /// A node is under pressure for want of memory (its condition `MemoryPressure`).
    NodeHasInsufficientMemory,
    /// It is no more.
    NodeHasSufficientMemory,
    /// A node is under pressure for want of disk (its condition `DiskPressure`).
    NodeHasDiskPressure,
    /// It is no more.
    NodeHasNoDiskPressure,
    /// A node had no memory left, and its kernel killed a container; related: its pod.
    SystemOom,
    /// Karpenter takes a node away; text: why.
    NodeDisrupted,
    /// A node left; text: why.
    RemovingNode,
    /// The nodes of a managed group of Amazon EKS are being replaced; this and the next two have a
    /// text.
    NodegroupUpdateInProgress,
    /// Not all of them could be.
    NodegroupUpdateFailed,
    /// The update is over, and the group as large as before.
    NodegroupUpdateOver,
    /// Someone changed how many pods a workload is to have; text: why, if it was an autoscaler.
    SuccessfulRescale,
    /// A deployment changed the size of a replica set; related: that.
    ScalingReplicaSet,
    /// A deployment has a new template (reason of its condition `Progressing`).
    NewReplicaSetCreated,
    /// All pods of a deployment are of its template and available (likewise).
    NewReplicaSetAvailable,
    /// A rollout has not come on for too long (likewise).
    ProgressDeadlineExceeded,
    /// A cron job has made a job; related: that.
    SuccessfulCreate,
    /// A job is over, and well (its condition `Complete`).
    JobComplete,
    /// A job is over, and not well (its condition `Failed`).
    JobFailed,
    /// A task of ECS came; related: its service.
    TaskCreated,
    /// A task got an instance; related: that.
    TaskPlaced,
    /// A task is in another state, in which it does not run; text: the state (`lastStatus`).
    TaskStateChange,
    /// A task runs.
    TaskRunning,
    /// A task is to stop; text: why (`stoppedReason`).
    TaskStopping,
    /// A task has stopped; text: the code (`stopCode`).
    TaskStopped,
    /// `run-task` could not create tasks; text: how many, and why.
    RunTaskFailed,
    /// A service has started tasks; this and those below have a text.
    ServiceTasksStarted,
    /// A service has stopped tasks.
    ServiceTasksStopped,
    /// A service has what it should.
    ServiceSteadyState,
    /// A service finds no place for a task.
    ServicePlacementFailure,
    /// Tasks of a service do not come to run.
    ServiceStartImpaired,
    /// A task of a service is unhealthy, and is replaced.
    ServiceTaskUnhealthy,
    /// A service can neither stop nor start tasks.
    ServiceDeploymentBlocked,
    /// A deployment of a service has begun.
    ServiceDeploymentInProgress,
    /// A deployment of a service has completed.
    ServiceDeploymentCompleted,
    /// A deployment of a service has failed.
    ServiceDeploymentFailed,
    /// A service is to have another number of tasks.
    ServiceDesiredCountUpdated,
    /// The group of a capacity provider is to have another size.
    CapacityWanted,
    /// A container instance joined.
    InstanceRegistered,
    /// A container instance is drained.
    InstanceDraining,
    /// A container instance is drained no more.
    InstanceActive,
    /// The machine of a container instance is gone.
    InstanceLost,
}

impl Reason {
    /// All of them, with their names.
    pub const ALL: [(Self, &'static str); 80] = [
        (Self::PodCreated, "PodCreated"),
        (Self::Scheduled, "Scheduled"),
        (Self::FailedScheduling, "FailedScheduling"),
        (Self::Preempted, "Preempted"),
        (Self::TriggeredScaleUp, "TriggeredScaleUp"),
        (Self::Nominated, "Nominated"),
        (Self::FailedCreatePodSandBox, "FailedCreatePodSandBox"),
        (Self::ResourceAllocationFailed, "ResourceAllocationFailed"),
        (Self::Provisioning, "Provisioning"),
        (Self::ProvisioningSucceeded, "ProvisioningSucceeded"),
        (Self::ProvisioningFailed, "ProvisioningFailed"),
        (Self::SuccessfulAttachVolume, "SuccessfulAttachVolume"),
        (Self::FailedAttachVolume, "FailedAttachVolume"),
        (Self::Pulling, "Pulling"),
        (Self::Pulled, "Pulled"),
        (Self::Failed, "Failed"),
        (Self::Started, "Started"),
        (Self::Completed, "Completed"),
        (Self::Error, "Error"),
        (Self::OomKilled, "OOMKilled"),
        (Self::BackOff, "BackOff"),
        (Self::Unhealthy, "Unhealthy"),
        (Self::PodReady, "PodReady"),
        (Self::PodNotReady, "PodNotReady"),
        (Self::EvictionBlocked, "EvictionBlocked"),
        (Self::Evicted, "Evicted"),
        (Self::PodDeleted, "PodDeleted"),
        (Self::PodSucceeded, "PodSucceeded"),
        (Self::PodFailed, "PodFailed"),
        (Self::PodGone, "PodGone"),
        (Self::RegisteredNode, "RegisteredNode"),
        (Self::MachineFailed, "MachineFailed"),
        (Self::Rebooted, "Rebooted"),
        (Self::NodeNotReady, "NodeNotReady"),
        (Self::NodeReady, "NodeReady"),
        (Self::NodeNotSchedulable, "NodeNotSchedulable"),
        (Self::NodeSchedulable, "NodeSchedulable"),
        (Self::NodeTainted, "NodeTainted"),
        (Self::NodeUntainted, "NodeUntainted"),
        (Self::NodeHasInsufficientMemory, "NodeHasInsufficientMemory"),
        (Self::NodeHasSufficientMemory, "NodeHasSufficientMemory"),
        (Self::NodeHasDiskPressure, "NodeHasDiskPressure"),
        (Self::NodeHasNoDiskPressure, "NodeHasNoDiskPressure"),
        (Self::SystemOom, "SystemOOM"),
        (Self::NodeDisrupted, "DisruptionTerminating"),
        (Self::RemovingNode, "RemovingNode"),
        (Self::NodegroupUpdateInProgress, "NodegroupUpdateInProgress"),
        (Self::NodegroupUpdateFailed, "NodegroupUpdateFailed"),
        (Self::NodegroupUpdateOver, "NodegroupUpdateOver"),
        (Self::SuccessfulRescale, "SuccessfulRescale"),
        (Self::ScalingReplicaSet, "ScalingReplicaSet"),
        (Self::NewReplicaSetCreated, "NewReplicaSetCreated"),
        (Self::NewReplicaSetAvailable, "NewReplicaSetAvailable"),
        (Self::ProgressDeadlineExceeded, "ProgressDeadlineExceeded"),
        (Self::SuccessfulCreate, "SuccessfulCreate"),
        (Self::JobComplete, "JobComplete"),
        (Self::JobFailed, "JobFailed"),
        (Self::TaskCreated, "TaskCreated"),
        (Self::TaskPlaced, "TaskPlaced"),
        (Self::TaskStateChange, "TaskStateChange"),
        (Self::TaskRunning, "TaskRunning"),
        (Self::TaskStopping, "TaskStopping"),
        (Self::TaskStopped, "TaskStopped"),
        (Self::RunTaskFailed, "RunTaskFailed"),
        (Self::ServiceTasksStarted, "ServiceTasksStarted"),
        (Self::ServiceTasksStopped, "ServiceTasksStopped"),
        (Self::ServiceSteadyState, "SERVICE_STEADY_STATE"),
        (Self::ServicePlacementFailure, "SERVICE_TASK_PLACEMENT_FAILURE"),
        (Self::ServiceStartImpaired, "SERVICE_TASK_START_IMPAIRED"),
        (Self::ServiceTaskUnhealthy, "ServiceTaskUnhealthy"),
        (Self::ServiceDeploymentBlocked, "ServiceDeploymentBlocked"),
        (Self::ServiceDeploymentInProgress, "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        (Self::ServiceDeploymentCompleted, "SERVICE_DEPLOYMENT_COMPLETED"),
        (Self::ServiceDeploymentFailed, "SERVICE_DEPLOYMENT_FAILED"),
        (Self::ServiceDesiredCountUpdated, "SERVICE_DESIRED_COUNT_UPDATED"),
        (Self::CapacityWanted, "CapacityWanted"),
        (Self::InstanceRegistered, "ContainerInstanceRegistered"),
        (Self::InstanceDraining, "ContainerInstanceDraining"),
        (Self::InstanceActive, "ContainerInstanceActive"),
        (Self::InstanceLost, "ContainerInstanceLost"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The reason of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, other)| *other == name).map(|(reason, _)| reason)
    }

    /// Whether something is not as it should be (`type: Warning`).
    pub fn is_warning(self) -> bool {
        matches!(
            self,
            Self::FailedScheduling
                | Self::FailedCreatePodSandBox
                | Self::ResourceAllocationFailed
                | Self::ProvisioningFailed
                | Self::FailedAttachVolume
                | Self::Failed
                | Self::Error
                | Self::OomKilled
                | Self::BackOff
                | Self::Unhealthy
                | Self::EvictionBlocked
                | Self::Evicted
                | Self::NodeHasInsufficientMemory
                | Self::NodeHasDiskPressure
                | Self::SystemOom
                | Self::PodFailed
                | Self::MachineFailed
                | Self::Rebooted
                | Self::NodeNotReady
                | Self::NodegroupUpdateFailed
                | Self::ProgressDeadlineExceeded
                | Self::JobFailed
                | Self::RunTaskFailed
                | Self::ServicePlacementFailure
                | Self::ServiceStartImpaired
                | Self::ServiceTaskUnhealthy
                | Self::ServiceDeploymentBlocked
                | Self::ServiceDeploymentFailed
                | Self::InstanceLost
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_name() {
        for (place, (reason, name)) in Reason::ALL.into_iter().enumerate() {
            assert_eq!((reason as usize, Reason::of(name)), (place, Some(reason)), "{name}");
        }
    }
}
