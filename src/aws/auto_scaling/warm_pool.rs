//! Warm pools: how many instances wait beside a group, and how.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Decrease latency for applications with long boot
//! times using warm pools", and API reference, `PutWarmPool`.

/// What the instances of a pool do while they wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PoolState {
    /// They are stopped: only their volumes cost.
    #[default]
    Stopped,
    /// They run.
    Running,
    /// They are stopped with their memory on disk.
    Hibernated,
}

/// A warm pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WarmPool {
    /// At least so many wait. Default: none.
    pub min_size: u32,
    /// So many, group and pool together, are kept ready; the maximum of the group where none is
    /// given.
    pub max_prepared: Option<u32>,
    /// What they do meanwhile.
    pub state: PoolState,
    /// Whether instances come back when the group scales in.
    pub reuse: bool,
}

impl WarmPool {
    /// How many are to wait beside a group of this maximum and desired capacity.
    pub fn size(&self, max: u32, desired: u32) -> u32 {
        self.max_prepared.unwrap_or(max).saturating_sub(desired).max(self.min_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the user guide: desired 6, maximum 10, prepared 8.
    #[test]
    fn a_pool_is_as_large_as_the_group_may_grow() {
        let pool = WarmPool::default();
        assert_eq!(pool.size(10, 6), 4);
        assert_eq!(WarmPool { max_prepared: Some(8), ..pool }.size(10, 6), 2);
        assert_eq!(WarmPool { max_prepared: Some(5), ..pool }.size(10, 6), 0);
        assert_eq!(WarmPool { max_prepared: Some(5), min_size: 1, ..pool }.size(10, 6), 1);
    }
}
