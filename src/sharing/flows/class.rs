//! Classes: flows of one path and cap, which always have one rate.

use super::heap::Heap;
use super::link::{MAX_HOPS, Path};
use super::{FlowNetwork, NONE};

/// Flows of one path and cap.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) path: Path,
    pub(super) cap: f64,
    /// Its flows by the virtual time of its group at which they are through.
    pub(super) flows: Heap<f64>,
    pub(super) group: u32,
    /// Where it is among its group's classes.
    pub(super) place: u32,
    /// Where it is in the list of each link of its path.
    pub(super) places: [u32; MAX_HOPS],
}

impl FlowNetwork {
    /// The first of a class's flows to complete may be another one now.
    pub(super) fn first_changed(&mut self, class: u32) {
        let Class { group, place, ref flows, .. } = self.classes[class as usize];
        if group != NONE && self.groups[group].classes[place as usize].0 != flows[0].0 {
            self.groups.update(group, &mut self.classes, class);
        }
    }

    /// Follows a change of a class's number of flows from `before` to what it is now.
    pub(super) fn resized(&mut self, class: u32, before: usize) {
        let path = self.classes[class as usize].path;
        for (place, &link) in path.links().iter().enumerate() {
            self.links[link.0 as usize].potential += self.potential_change(class, place, before);
        }
        for &link in path.links() {
            if self.recheck(link) && !self.join(link, class, before) {
                self.solver.mark(link);
            }
        }
        if self.nudge(class, before) {
            return;
        }
        for &link in path.links() {
            if self.links[link.0 as usize].contended {
                self.solver.mark(link);
            }
        }
        self.solver.mark_class(class);
    }

    pub(super) fn class_for(&mut self, path: Path, cap: f64) -> u32 {
        if let Some(&class) = self.class_of.get(&(path, cap.to_bits())) {
            return class;
        }
        let index = self.free_classes.pop().unwrap_or(self.classes.len() as u32);
        let mut places = [NONE; MAX_HOPS];
        for (place, link) in places.iter_mut().zip(path.links()) {
            let crossing = &mut self.links[link.0 as usize].classes;
            *place = crossing.len() as u32;
            crossing.push(index);
        }
        let class = Class { path, cap, flows: Heap::new(), group: NONE, place: NONE, places };
        match self.classes.get_mut(index as usize) {
            // the emptied heap keeps its memory
            Some(old) => *old = Class { flows: std::mem::take(&mut old.flows), ..class },
            None => self.classes.push(class),
        }
        self.class_of.insert((path, cap.to_bits()), index);
        index
    }

    pub(super) fn free_class(&mut self, index: u32) {
        self.groups.detach(&mut self.classes, index);
        let Class { path, cap, places, .. } = self.classes[index as usize];
        for (&place, &link) in places.iter().zip(path.links()) {
            let crossing = &mut self.links[link.0 as usize].classes;
            crossing.swap_remove(place as usize);
            if let Some(&moved) = crossing.get(place as usize) {
                let moved = &mut self.classes[moved as usize];
                let at = moved.path.links().iter().position(|&other| other == link);
                moved.places[at.expect("a class is listed at the links of its path")] = place;
            }
        }
        self.class_of.remove(&(path, cap.to_bits()));
        self.free_classes.push(index);
    }
}
