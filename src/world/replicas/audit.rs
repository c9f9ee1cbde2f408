//! The books of replicas against those of the nodes they are on.

use super::{Place, Standing};
use crate::placement::{BinId, Resources};
use crate::world::World;

impl World<'_> {
    /// Checks what is promised on each node against who is there, and who waits.
    ///
    /// # Panics
    /// When a book is wrong.
    pub(in crate::world) fn audit_nodes(&self) {
        let mut promised = vec![Resources::ZERO; self.nodes.all.len()];
        for it in &self.replicas.all {
            let app = &self.scenario.apps[it.app.0 as usize];
            if let Place::Node { node, .. } = it.place {
                let need = Resources::new(app.cpu.request, app.memory.request);
                let before = promised[node as usize];
                promised[node as usize] = before.checked_add(need).expect("it was taken");
            }
            // requests still come to a pod that has none until all nodes know
            let answers = it.leaf.is_some() || it.routed;
            assert!(it.service.is_none() || answers, "who answers has a process");
        }
        // of what tasks of ECS reserve the control plane keeps account
        if self.ecs.is_none() {
            self.jobs.add_promised(self.scenario, &mut promised);
        }
        for (node, promised) in promised.iter().enumerate() {
            let ledger = self.nodes.pool.bins().ledger(BinId(node as u32));
            assert_eq!(ledger.used(), *promised, "promised on node {node}");
        }
        for &replica in &self.replicas.waiting {
            let it = &self.replicas.all[replica as usize];
            assert_eq!(it.place, Place::Nowhere, "who waits is nowhere");
            assert_eq!(it.standing, Standing::Wanted, "nobody waits in vain");
        }
        self.audit_standings();
    }

    /// Checks that every place is one of a wanted replica, of one that leaves, or free.
    fn audit_standings(&self) {
        let mut wanted = 0;
        for (app, replicas) in (0..).zip(&self.replicas.wanted) {
            for &replica in replicas {
                let it = &self.replicas.all[replica as usize];
                assert_eq!(it.app.0, app, "a replica is of one app");
                assert!(matches!(it.standing, Standing::Wanted | Standing::Ended), "{it:?}");
            }
            wanted += replicas.len();
        }
        let count =
            |standing| self.replicas.all.iter().filter(|it| it.standing == standing).count();
        for it in self.replicas.all.iter().filter(|it| it.standing == Standing::Leaving) {
            let nowhere = it.place == Place::Nowhere && !it.routed;
            assert!(!nowhere, "who is nowhere does not have to leave");
        }
        assert_eq!(count(Standing::Wanted) + count(Standing::Ended), wanted, "those wanted");
        assert_eq!(count(Standing::Gone), self.replicas.free.len(), "those gone");
    }
}
