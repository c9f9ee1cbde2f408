//! Windows nodes.

/// A version of Windows Server that EKS has images of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowsServer {
    /// Long-term servicing channel 2019.
    V2019,
    /// Long-term servicing channel 2022.
    V2022,
}

impl WindowsServer {
    /// Its build, as the label `node.kubernetes.io/windows-build` has it.
    pub fn build(self) -> &'static str {
        match self {
            Self::V2019 => "10.0.17763",
            Self::V2022 => "10.0.20348",
        }
    }
}
