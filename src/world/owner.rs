//! Whose a container or VM is, packed into the token that lower layers hand back.

/// The owner of a container or VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A replica of an app.
    Replica(u32),
    /// A batch job.
    Job(u32),
    /// A node that containers run on.
    Node(u32),
    /// A VM of the workload.
    Fleet(u32),
    /// A container of a pod or task, as the control plane numbers them.
    Unit(u32),
    /// An instance of EC2.
    Instance(u32),
}

const TAG_SHIFT: u32 = 29;
const INDEX: u32 = (1 << TAG_SHIFT) - 1;

impl Owner {
    /// As a token.
    pub fn token(self) -> u32 {
        let (tag, index) = match self {
            Self::Replica(index) => (0, index),
            Self::Job(index) => (1, index),
            Self::Node(index) => (2, index),
            Self::Fleet(index) => (3, index),
            Self::Unit(index) => (4, index),
            Self::Instance(index) => (5, index),
        };
        assert!(index <= INDEX, "more than 2^29 owners of one kind");
        tag << TAG_SHIFT | index
    }

    /// From a token.
    pub fn of(token: u32) -> Self {
        let index = token & INDEX;
        match token >> TAG_SHIFT {
            0 => Self::Replica(index),
            1 => Self::Job(index),
            2 => Self::Node(index),
            3 => Self::Fleet(index),
            4 => Self::Unit(index),
            _ => Self::Instance(index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_comes_back_from_its_token() {
        let kinds = [Owner::Replica, Owner::Job, Owner::Node, Owner::Fleet, Owner::Unit];
        for owner in kinds.map(|of| of(7)).into_iter().chain([Owner::Instance(INDEX)]) {
            assert_eq!(Owner::of(owner.token()), owner);
        }
    }
}
