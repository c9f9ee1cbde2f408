//! Amounts of resources as the scheduler counts them: whole numbers of base units.
//!
//! Follows `framework.Resource` (Kubernetes v1.36, pkg/scheduler/framework/types.go): CPU in
//! thousandths, everything else in bytes or pieces, signed 64-bit. Extended resources are interned,
//! so that adding two amounts compares no text.

/// An extended resource such as `nvidia.com/gpu`, interned by a
/// [`Cluster`](super::cluster::Cluster).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtendedId(pub u16);

/// A resource that a node has and a pod may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// CPU, in thousandths of a core.
    Cpu,
    /// Memory, in bytes.
    Memory,
    /// Ephemeral storage, in bytes.
    EphemeralStorage,
    /// Anything else (GPUs, huge pages, …), in bytes or pieces.
    Extended(ExtendedId),
}

/// Amounts of all resources. They are laid out as they are named, so that CPU and memory, which
/// are asked for most, lie together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Resources {
    /// CPU in thousandths of a core.
    pub milli_cpu: i64,
    /// Memory in bytes.
    pub memory: i64,
    /// Ephemeral storage in bytes.
    pub ephemeral_storage: i64,
    /// Extended resources that were named, even with 0, by rising id.
    extended: Box<[(ExtendedId, i64)]>,
}

impl Resources {
    /// The amount of one resource; 0 where it was not named.
    #[must_use]
    #[inline]
    pub fn get(&self, kind: ResourceKind) -> i64 {
        match kind {
            ResourceKind::Cpu => self.milli_cpu,
            ResourceKind::Memory => self.memory,
            ResourceKind::EphemeralStorage => self.ephemeral_storage,
            ResourceKind::Extended(id) => match self.find(id) {
                Ok(place) => self.extended[place].1,
                Err(_) => 0,
            },
        }
    }

    /// Sets the amount of one resource.
    pub fn set(&mut self, kind: ResourceKind, amount: i64) {
        match kind {
            ResourceKind::Cpu => self.milli_cpu = amount,
            ResourceKind::Memory => self.memory = amount,
            ResourceKind::EphemeralStorage => self.ephemeral_storage = amount,
            ResourceKind::Extended(id) => match self.find(id) {
                Ok(place) => self.extended[place].1 = amount,
                Err(place) => self.insert(place, (id, amount)),
            },
        }
    }

    /// The extended resources that were named, by rising id.
    #[must_use]
    pub fn extended(&self) -> &[(ExtendedId, i64)] {
        &self.extended
    }

    /// All resources that were named, or could not but be: CPU, memory, ephemeral storage, then
    /// the extended ones.
    pub fn iter(&self) -> impl Iterator<Item = (ResourceKind, i64)> {
        let base = [
            (ResourceKind::Cpu, self.milli_cpu),
            (ResourceKind::Memory, self.memory),
            (ResourceKind::EphemeralStorage, self.ephemeral_storage),
        ];
        let extended = self.extended.iter().map(|&(id, has)| (ResourceKind::Extended(id), has));
        base.into_iter().chain(extended)
    }

    /// Adds another amount so many times; a negative number takes it away.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.milli_cpu += other.milli_cpu * times;
        self.memory += other.memory * times;
        self.ephemeral_storage += other.ephemeral_storage * times;
        for &(id, amount) in &other.extended {
            match self.find(id) {
                Ok(place) => self.extended[place].1 += amount * times,
                Err(place) => self.insert(place, (id, amount * times)),
            }
        }
    }

    /// Raises every amount to at least the other's.
    pub fn raise_to(&mut self, other: &Self) {
        for (kind, amount) in other.iter() {
            self.set(kind, self.get(kind).max(amount));
        }
    }

    /// Names an extended resource that was not named before.
    fn insert(&mut self, place: usize, one: (ExtendedId, i64)) {
        let mut extended = std::mem::take(&mut self.extended).into_vec();
        extended.insert(place, one);
        self.extended = extended.into();
    }

    fn find(&self, id: ExtendedId) -> Result<usize, usize> {
        self.extended.binary_search_by_key(&id, |&(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GPU: ResourceKind = ResourceKind::Extended(ExtendedId(3));

    fn one(kind: ResourceKind, amount: i64) -> Resources {
        let mut resources = Resources::default();
        resources.set(kind, amount);
        resources
    }

    #[test]
    fn what_was_added_can_be_taken_away() {
        let mut sum = one(ResourceKind::Cpu, 500);
        sum.add(&one(GPU, 2), 3);
        sum.add(&one(ResourceKind::Cpu, 250), 1);
        assert_eq!((sum.milli_cpu, sum.get(GPU)), (750, 6));
        sum.add(&one(GPU, 2), -3);
        assert_eq!(sum.get(GPU), 0);
    }

    #[test]
    fn the_larger_of_two_is_taken_resource_by_resource() {
        let mut most = one(ResourceKind::Memory, 10);
        most.add(&one(GPU, 1), 1);
        let mut other = one(ResourceKind::Memory, 7);
        other.set(GPU, 4);
        most.raise_to(&other);
        assert_eq!((most.memory, most.get(GPU)), (10, 4));
    }
}
