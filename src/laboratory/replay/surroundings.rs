//! What there is in a replay beside its items: faults, resizes, power.

use super::{Plan, ReplayError};
use crate::engine::SimTime;
use crate::laboratory::energy::Energy;
use crate::laboratory::hosts::Host;
use crate::laboratory::resizes::{Resize, ResizeReader};
use crate::placement::Resources;
use crate::scenario::Resizes;

impl<const K: usize> Plan<'_, K> {
    /// The resizes of a table, in the order of its rows, which is that of time.
    pub(super) fn resizes<'r>(
        &self,
        resizes: &'r Resizes,
    ) -> Result<impl FnMut() -> Result<Option<Resize<K>>, ReplayError> + 'r, ReplayError> {
        let mut reader = ResizeReader::open(resizes, &self.kinds)?;
        let mut last = SimTime::ZERO;
        Ok(move || {
            let resize: Option<Resize<K>> = reader.read()?;
            let time = resize.map_or(last, |resize| resize.time);
            if time < last {
                let (file, line) = (resizes.file.clone(), reader.line());
                return Err(ReplayError::Unsorted { file, line, what: "a resize", by: "time" });
            }
            last = time;
            Ok(resize)
        })
    }

    /// What hosts take, in the order in which they are numbered by the fleet; none where that is not
    /// known of all.
    pub(super) fn energy(&self, hosts: &[Host<K>], numbers: &[usize]) -> Option<Energy> {
        let powers: Option<Vec<_>> = numbers.iter().map(|&it| hosts[it].power.as_ref()).collect();
        Some(Energy::new(powers?.into_iter(), self.replay.idle_hosts))
    }

    pub(super) fn smallest(&self) -> Resources<K> {
        let mut amounts = [0; K];
        if let Some(smallest) = &self.replay.smallest_item {
            amounts[0] = smallest.cpu.map_or(0, |cpu| cpu.0);
            amounts[1] = smallest.memory.map_or(0, |memory| memory.0);
            for (kind, amount) in &smallest.extra {
                let kind = self.kinds.number(kind).expect("kinds are those of hosts and items");
                amounts[kind] = *amount;
            }
        }
        Resources::of(amounts)
    }
}
