//! Pods that Fargate does not run (Amazon EKS User Guide, "Simplify compute management with AWS
//! Fargate", considerations). They stay pending.

/// What a pod wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// It is of a DaemonSet.
    pub is_of_daemon_set: bool,
    /// A container is privileged.
    pub is_privileged: bool,
    /// `hostNetwork`.
    pub has_host_network: bool,
    /// A port has a `hostPort`.
    pub has_host_port: bool,
    /// A container asks for graphics processors.
    pub has_gpu: bool,
    /// A volume is of Amazon EBS.
    pub has_ebs: bool,
    /// It is for Windows.
    pub is_windows: bool,
}

/// Why Fargate does not run a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A DaemonSet has a pod on each node, and these nodes are for one pod.
    #[error("pods of DaemonSets do not run on Fargate; run the container as a sidecar")]
    DaemonSet,
    /// A privileged container.
    #[error("privileged containers do not run on Fargate; run the pod on EC2 nodes")]
    Privileged,
    /// The network of the host.
    #[error("pods on Fargate cannot have `hostNetwork`")]
    HostNetwork,
    /// A port of the host.
    #[error("pods on Fargate cannot have a `hostPort`")]
    HostPort,
    /// Graphics processors.
    #[error("Fargate has no GPUs; run the pod on EC2 nodes that have some")]
    Gpu,
    /// Volumes of Amazon EBS.
    #[error("pods on Fargate cannot mount volumes of Amazon EBS; use Amazon EFS")]
    Ebs,
    /// Windows.
    #[error("Fargate for Amazon EKS runs Linux only")]
    Windows,
}

impl Wants {
    /// All that stands against running the pod on Fargate.
    pub fn refusals(&self) -> Vec<Refusal> {
        let all = [
            (self.is_of_daemon_set, Refusal::DaemonSet),
            (self.is_privileged, Refusal::Privileged),
            (self.has_host_network, Refusal::HostNetwork),
            (self.has_host_port, Refusal::HostPort),
            (self.has_gpu, Refusal::Gpu),
            (self.has_ebs, Refusal::Ebs),
            (self.is_windows, Refusal::Windows),
        ];
        all.into_iter().filter(|(wanted, _)| *wanted).map(|(_, refusal)| refusal).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_stands_against_a_pod_is_told() {
        assert_eq!(Wants::default().refusals(), []);
        let pod = Wants { is_privileged: true, has_ebs: true, ..Wants::default() };
        assert_eq!(pod.refusals(), [Refusal::Privileged, Refusal::Ebs]);
        let all = Wants {
            is_of_daemon_set: true,
            is_privileged: true,
            has_host_network: true,
            has_host_port: true,
            has_gpu: true,
            has_ebs: true,
            is_windows: true,
        };
        assert_eq!(all.refusals().len(), 7);
    }
}
