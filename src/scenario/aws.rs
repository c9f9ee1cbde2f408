//! What a cluster on Amazon Web Services is made of: its network, machines, balancers and roles.
//!
//! Keys are those of the API where it has them, in the words of a scenario. Documents that users
//! have already (task definitions, services, policies) are files that these keys name.

pub mod auto_scaling_group;
pub mod capacity_provider;
pub mod ebs;
pub mod ebs_csi;
pub mod ecs;
pub mod eks;
pub mod fargate_profile;
pub mod group_life;
pub mod group_size;
pub mod karpenter;
pub mod load_balancer;
pub mod load_balancer_controller;
pub mod market;
pub mod node_group;
pub mod node_group_update;
pub mod pod_identity;
pub mod role;
pub mod run_task;
pub mod subnet;
pub mod target_group;
pub mod volume;
pub mod vpc_cni;

pub use auto_scaling_group::{AutoScalingGroup, CreditOption};
pub use capacity_provider::{CapacityProvider, ProviderWeight};
pub use ebs::EbsOptions;
pub use ebs_csi::{DefaultClass, EbsCsi};
pub use ecs::{EcsOptions, StartThrottle, TaskNetwork, TaskPlacement, TaskProtection};
pub use eks::{EksOptions, EksSupport};
pub use fargate_profile::{FargateProfile, FargateSelector};
pub use group_life::{
    HookResult, HookTransition, LifecycleHook, TerminationPolicy, WarmPool, WarmPoolState,
    ZoneStrategy,
};
pub use group_size::{AdjustmentType, GroupPolicy, ScalingStep, ScheduledSize, StepPolicy};
pub use karpenter::{Karpenter, KarpenterDrift};
pub use load_balancer::{BalancerCapacity, LoadBalancer, LoadBalancerKind};
pub use load_balancer_controller::{ControllerOptions, TargetType};
pub use market::{InstanceMarket, Market, OnDemandStrategy, Shortage, SpotStrategy};
pub use node_group::{CapacityType, NodeGroup};
pub use node_group_update::NodeGroupUpdate;
pub use pod_identity::PodIdentityAssociation;
pub use role::Role;
pub use run_task::RunTasks;
pub use subnet::Subnet;
pub use target_group::{BalancingAlgorithm, HealthCheckOptions, HealthyTargets, TargetGroup};
pub use volume::{Volume, VolumeKind};
pub use vpc_cni::VpcCni;
