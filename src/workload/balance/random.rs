//! Random: each ready replica with equal probability, as kube-proxy in iptables mode.

use super::ready::Ready;
use crate::engine::Stream;

/// Any of the ready replicas.
#[derive(Clone, Debug, Default)]
pub struct Random {
    ready: Ready,
}

impl Random {
    pub(super) fn len(&self) -> usize {
        self.ready.len()
    }

    pub(super) fn add(&mut self, replica: u32) {
        self.ready.add(replica);
    }

    pub(super) fn remove(&mut self, replica: u32) {
        self.ready.remove(replica);
    }

    #[inline]
    pub(super) fn pick(&self, stream: &mut Stream) -> Option<u32> {
        self.ready.draw(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;
    use crate::workload::law::check;

    #[test]
    fn every_ready_replica_is_equally_likely() {
        let mut policy = Random::default();
        (0..6).for_each(|replica| policy.add(replica));
        policy.remove(2);
        policy.remove(5);
        let mut stream = Streams::new(1).named("random");
        let mut found = [0; 6];
        for _ in 0..100_000 {
            found[policy.pick(&mut stream).unwrap() as usize] += 1;
        }
        for replica in [0, 1, 3, 4] {
            check::count(&format!("replica {replica}"), found[replica], 100_000, 0.25);
        }
        assert_eq!((found[2], found[5]), (0, 0));
    }
}
