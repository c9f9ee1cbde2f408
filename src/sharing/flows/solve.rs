//! Progressive filling of the parts of the network that a change has touched.
//!
//! A part is what contended links tie together. Its rates rise together from zero until a class
//! reaches its cap or a link is full; what is held then stays, and the rest rises on. A link's
//! level, the rate at which it is full if all that is not yet held rises alike, never falls when
//! classes are held, so a heap of levels that are brought up to date when they come first finds the
//! order in O((classes + links) log links).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::group::Held;
use super::link::{LinkId, Shared};
use super::{FlowNetwork, NONE};

/// What has changed since the last solution, and buffers.
#[derive(Debug, Default)]
pub(super) struct Solver {
    dirty_links: Vec<LinkId>,
    dirty_classes: Vec<u32>,
    is_dirty: Vec<bool>,
    /// Marks of this solution: a visited class or link has `visited`, a held class `visited + 1`.
    pub(super) visited: u64,
    class_marks: Vec<u64>,
    link_marks: Vec<u64>,
    /// The part being solved.
    classes: Vec<u32>,
    links: Vec<u32>,
    /// By link: what is left of its capacity, and how many flows are not held yet.
    rest: Vec<(f64, u64)>,
    levels: BinaryHeap<Reverse<(u64, u32)>>,
    /// Links that hold classes back.
    bottlenecks: Vec<u32>,
}

impl Solver {
    pub(super) fn is_clean(&self) -> bool {
        self.dirty_links.is_empty() && self.dirty_classes.is_empty()
    }

    /// Has all classes on a link be solved anew.
    pub(super) fn mark(&mut self, link: LinkId) {
        let index = link.0 as usize;
        if self.is_dirty.len() <= index {
            self.is_dirty.resize(index + 1, false);
        }
        if !self.is_dirty[index] {
            self.is_dirty[index] = true;
            self.dirty_links.push(link);
        }
    }

    /// Has a class be solved anew.
    pub(super) fn mark_class(&mut self, class: u32) {
        if self.dirty_classes.last() != Some(&class) {
            self.dirty_classes.push(class);
        }
    }

    fn visit(&mut self, class: u32) {
        if self.class_marks[class as usize] < self.visited {
            self.class_marks[class as usize] = self.visited;
            self.classes.push(class);
        }
    }

    fn is_held(&self, class: u32) -> bool {
        self.class_marks[class as usize] > self.visited
    }

    /// The link that is full first, and the rate at which it is.
    fn lowest(&mut self) -> Option<(f64, u32)> {
        while let Some(&Reverse((stored, link))) = self.levels.peek() {
            let (rest, moving) = self.rest[link as usize];
            let level = (rest / moving as f64).to_bits();
            if moving > 0 && level <= stored {
                return Some((f64::from_bits(stored), link));
            }
            self.levels.pop();
            if moving > 0 {
                self.levels.push(Reverse((level, link)));
            }
        }
        None
    }
}

impl FlowNetwork {
    /// Finds the rates that hold from now on.
    pub(super) fn settle(&mut self) {
        if !self.solver.is_clean() {
            let mut solver = std::mem::take(&mut self.solver);
            self.solve(&mut solver);
            self.solver = solver;
        }
        self.flush();
    }

    fn solve(&mut self, solver: &mut Solver) {
        solver.visited += 2;
        solver.class_marks.resize(self.classes.len(), 0);
        solver.link_marks.resize(self.links.len(), 0);
        solver.rest.resize(self.links.len(), (0.0, 0));
        while let Some(class) = solver.dirty_classes.pop() {
            self.solve_part_of(solver, class);
        }
        while let Some(link) = solver.dirty_links.pop() {
            solver.is_dirty[link.0 as usize] = false;
            for place in 0..self.links[link.0 as usize].classes.len() {
                self.solve_part_of(solver, self.links[link.0 as usize].classes[place]);
            }
        }
    }

    /// Solves what a class is tied to, unless this solution has done so or the class is gone.
    fn solve_part_of(&mut self, solver: &mut Solver, class: u32) {
        if self.classes[class as usize].flows.is_empty() {
            return;
        }
        solver.visit(class);
        if solver.classes.is_empty() {
            return;
        }
        self.collect(solver);
        // stable, and the order of collection depends on nothing but the order of changes
        solver.classes.sort_by_key(|&class| self.classes[class as usize].cap.to_bits());
        self.fill(solver);
        self.remember(solver);
        solver.classes.clear();
        solver.links.clear();
        solver.bottlenecks.clear();
    }

    /// Follows contended links from the classes visited so far to all they tie together.
    fn collect(&self, solver: &mut Solver) {
        let mut next = 0;
        while let Some(&class) = solver.classes.get(next) {
            next += 1;
            let class = &self.classes[class as usize];
            for &LinkId(link) in class.path.links() {
                let state = &self.links[link as usize];
                if !state.contended {
                    continue;
                }
                if solver.link_marks[link as usize] < solver.visited {
                    solver.link_marks[link as usize] = solver.visited;
                    solver.rest[link as usize] = (state.capacity, 0);
                    solver.links.push(link);
                    for &class in &state.classes {
                        solver.visit(class);
                    }
                }
                solver.rest[link as usize].1 += class.flows.len() as u64;
            }
        }
    }

    fn fill(&mut self, solver: &mut Solver) {
        solver.levels.clear();
        for &link in &solver.links {
            let (rest, moving) = solver.rest[link as usize];
            solver.levels.push(Reverse(((rest / moving as f64).to_bits(), link)));
        }
        for place in 0..solver.classes.len() {
            let class = solver.classes[place];
            let cap = self.classes[class as usize].cap;
            while !solver.is_held(class) {
                match solver.lowest() {
                    Some((level, link)) if level < cap => self.hold_by_link(solver, link, level),
                    _ => self.hold(solver, class, Held::ByCap(cap), cap),
                }
            }
        }
    }

    /// A link is full: all its classes that are not held yet stay at this rate.
    fn hold_by_link(&mut self, solver: &mut Solver, link: u32, level: f64) {
        solver.bottlenecks.push(link);
        for place in 0..self.links[link as usize].classes.len() {
            let class = self.links[link as usize].classes[place];
            if !solver.is_held(class) {
                self.hold(solver, class, Held::ByLink(link), level);
            }
        }
    }

    fn hold(&mut self, solver: &mut Solver, class: u32, held: Held, rate: f64) {
        solver.class_marks[class as usize] = solver.visited + 1;
        let state = &self.classes[class as usize];
        let count = state.flows.len();
        for &LinkId(link) in state.path.links() {
            let (rest, moving) = &mut solver.rest[link as usize];
            if self.links[link as usize].contended {
                *rest = (*rest - rate * count as f64).max(0.0);
                *moving -= count as u64;
            }
        }
        self.put(class, held, rate);
    }

    /// Puts a class into the group of those that are held in the same way.
    pub(super) fn put(&mut self, class: u32, held: Held, rate: f64) {
        let group = match held {
            Held::ByCap(cap) => self.groups.of_cap(cap, self.clock),
            Held::ByLink(link) => self.group_of_link(link, rate),
        };
        if self.classes[class as usize].group != group {
            self.groups.attach(&mut self.classes, class, group, self.clock);
        }
    }

    fn group_of_link(&mut self, link: u32, rate: f64) -> u32 {
        let state = &mut self.links[link as usize];
        if state.group == NONE {
            state.group = self.groups.create(Held::ByLink(link), rate, self.clock);
        }
        self.groups.set_rate(state.group, rate, self.clock);
        state.group
    }

    /// Notes what a later change needs to know if it is to do without filling anew.
    fn remember(&mut self, solver: &Solver) {
        for &link in &solver.links {
            self.links[link as usize].shared = Shared::unknown();
        }
        let [bottleneck] = solver.bottlenecks[..] else {
            return;
        };
        for &link in &solver.links {
            self.links[link as usize].shared.bottleneck = bottleneck;
        }
        for &class in &solver.classes {
            self.remember_class(class, bottleneck);
        }
        let ceiling = solver.links.iter().filter(|&&link| link != bottleneck);
        let ceiling = ceiling.map(|&link| self.links[link as usize].level(0.0, 0));
        let ceiling = ceiling.fold(f64::INFINITY, f64::min);
        let shared = &mut self.links[bottleneck as usize].shared;
        shared.ceiling = shared.ceiling.min(ceiling);
    }

    fn remember_class(&mut self, class: u32, bottleneck: u32) {
        let class = &self.classes[class as usize];
        let count = class.flows.len();
        let moving = self.groups.is(class.group, Held::ByLink(bottleneck));
        for &LinkId(link) in class.path.links() {
            let shared = &mut self.links[link as usize].shared;
            if moving {
                shared.moving += count as u64;
            } else {
                shared.fixed += class.cap * count as f64;
                shared.floor = shared.floor.max(class.cap);
            }
        }
        if moving {
            let shared = &mut self.links[bottleneck as usize].shared;
            shared.ceiling = shared.ceiling.min(class.cap);
        }
    }
}
