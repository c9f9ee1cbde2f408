//! A few policies that AWS manages, by what they allow: the ones that let hosts and tasks pull,
//! that of container instances, and those of S3, which the roles of tasks often have.
//!
//! Actions as listed by the AWS Managed Policy Reference: `AmazonECSTaskExecutionRolePolicy` v1,
//! `AmazonEC2ContainerServiceforEC2Role` v7, `AmazonEC2ContainerRegistryReadOnly` v3,
//! `AmazonEC2ContainerRegistryPullOnly` v1, `AmazonEC2ContainerRegistryPowerUser` v4,
//! `AmazonS3ReadOnlyAccess` v3 and `AmazonS3FullAccess` v2. All of them hold for every resource;
//! of `AmazonEC2ContainerServiceforEC2Role` the statement about tags, which has a condition, is
//! left out: no run asks for it.

use super::decide::Attached;
use super::document::{Document, Usage};

/// A policy that AWS manages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Managed {
    /// Its name.
    pub name: &'static str,
    /// Path below `policy` in its ARN, with its slashes.
    path: &'static str,
    /// What it allows on every resource.
    pub actions: &'static [&'static str],
}

/// What the execution role of ECS tasks has: pulls and logs.
pub const ECS_TASK_EXECUTION: Managed = Managed {
    name: "AmazonECSTaskExecutionRolePolicy",
    path: "/service-role/",
    actions: &[
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ],
};

/// What container instances of ECS have: their agent's calls, pulls and logs.
pub const ECS_INSTANCE: Managed = Managed {
    name: "AmazonEC2ContainerServiceforEC2Role",
    path: "/service-role/",
    actions: &[
        "ec2:DescribeTags",
        "ecs:CreateCluster",
        "ecs:DeregisterContainerInstance",
        "ecs:DiscoverPollEndpoint",
        "ecs:Poll",
        "ecs:RegisterContainerInstance",
        "ecs:StartTelemetrySession",
        "ecs:UpdateContainerInstancesState",
        "ecs:Submit*",
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ],
};

/// Reads everything in S3.
pub const S3_READ_ONLY: Managed = Managed {
    name: "AmazonS3ReadOnlyAccess",
    path: "/",
    actions: &[
        "s3:Get*",
        "s3:List*",
        "s3:Describe*",
        "s3-object-lambda:Get*",
        "s3-object-lambda:List*",
    ],
};

/// Does everything in S3.
pub const S3_FULL: Managed =
    Managed { name: "AmazonS3FullAccess", path: "/", actions: &["s3:*", "s3-object-lambda:*"] };

/// What nodes of EKS had, and instances that only pull.
pub const ECR_READ_ONLY: Managed = Managed {
    name: "AmazonEC2ContainerRegistryReadOnly",
    path: "/",
    actions: &[
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:GetRepositoryPolicy",
        "ecr:DescribeRepositories",
        "ecr:ListImages",
        "ecr:DescribeImages",
        "ecr:BatchGetImage",
        "ecr:GetLifecyclePolicy",
        "ecr:GetLifecyclePolicyPreview",
        "ecr:ListTagsForResource",
        "ecr:DescribeImageScanFindings",
    ],
};

/// What nodes of EKS have now: pulls, through a cache too.
pub const ECR_PULL_ONLY: Managed = Managed {
    name: "AmazonEC2ContainerRegistryPullOnly",
    path: "/",
    actions: &[
        "ecr:GetAuthorizationToken",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchImportUpstreamImage",
    ],
};

/// What builders have: pulls and pushes, but no policies and no new repositories.
pub const ECR_POWER_USER: Managed = Managed {
    name: "AmazonEC2ContainerRegistryPowerUser",
    path: "/",
    actions: &[
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:GetRepositoryPolicy",
        "ecr:DescribeRepositories",
        "ecr:ListImages",
        "ecr:DescribeImages",
        "ecr:BatchGetImage",
        "ecr:GetLifecyclePolicy",
        "ecr:GetLifecyclePolicyPreview",
        "ecr:ListTagsForResource",
        "ecr:DescribeImageScanFindings",
        "ecr:InitiateLayerUpload",
        "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload",
        "ecr:PutImage",
    ],
};

/// All that are known here.
pub const MANAGED: [Managed; 7] = [
    ECS_TASK_EXECUTION,
    ECS_INSTANCE,
    ECR_READ_ONLY,
    ECR_PULL_ONLY,
    ECR_POWER_USER,
    S3_READ_ONLY,
    S3_FULL,
];

impl Managed {
    /// The policy of this name or ARN.
    pub fn named(name: &str) -> Option<Self> {
        MANAGED.into_iter().find(|managed| managed.name == name || managed.arn() == name)
    }

    /// Its ARN in the partition of the commercial regions.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }

    /// The policy, to be attached to an identity.
    pub fn attached(&self) -> Attached {
        let text = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": self.actions, "Resource": "*" }],
        })
        .to_string();
        let document = Document::from_json_for(Usage::Identity, &text, self.name)
            .expect("a managed policy is a valid document");
        Attached::new(self.arn(), document)
    }
}
