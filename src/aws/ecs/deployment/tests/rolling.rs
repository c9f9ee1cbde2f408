//! Rolling updates, tick by tick: tasks take two to be healthy, and one to stop.

use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::super::rolling::{Health, Step, TaskView, step};
use super::*;

const START: u32 = 2;
const STOP: u32 = 1;

struct Service {
    limits: Limits,
    /// Tasks, and ticks until they are healthy or gone.
    tasks: Vec<(TaskView, u32)>,
    next: u32,
    tick: u32,
    /// When something was done: tick, starts, stops.
    log: Vec<(u32, u32, u32)>,
}

impl Service {
    /// A service whose task definition has just changed.
    fn updated(desired: u32, min: u32, max: u32) -> Self {
        let task = |task| (view(task, false, Health::Healthy), 0);
        Self {
            limits: Limits::new(desired, min, max),
            tasks: (0..desired).map(task).collect(),
            next: desired,
            tick: 0,
            log: Vec::new(),
        }
    }

    fn views(&self) -> Vec<TaskView> {
        self.tasks.iter().map(|(task, _)| *task).collect()
    }

    fn healthy(&self) -> u32 {
        self.tasks.iter().filter(|(task, _)| task.health == Health::Healthy).count() as u32
    }

    /// Does what the scheduler says, and lets a tick pass.
    fn turn(&mut self) -> Standing {
        let Step { start, mut stop, stop_old, stop_surplus, standing } =
            step(&self.limits, &self.views());
        let healthy = |task: &TaskView| task.health == Health::Healthy;
        let views = self.views();
        let old = views.iter().filter(|task| healthy(task) && (!task.current || task.leaving));
        stop.extend(old.take(stop_old as usize).map(|task| task.task));
        let new = views.iter().filter(|task| healthy(task) && task.current && !task.leaving);
        stop.extend(new.take(stop_surplus as usize).map(|task| task.task));
        for (task, wait) in &mut self.tasks {
            if stop.contains(&task.task) {
                (task.health, *wait) = (Health::Stopping, STOP);
            }
        }
        for _ in 0..start {
            self.tasks.push((view(self.next, true, Health::Pending), START));
            self.next += 1;
        }
        if start > 0 || !stop.is_empty() {
            self.log.push((self.tick, start, stop.len() as u32));
        }
        self.pass();
        standing
    }

    fn pass(&mut self) {
        self.tick += 1;
        self.tasks.iter_mut().for_each(|(_, wait)| *wait = wait.saturating_sub(1));
        self.tasks.retain(|(task, wait)| task.health != Health::Stopping || *wait > 0);
        for (task, _) in self.tasks.iter_mut().filter(|(_, wait)| *wait == 0) {
            if task.health == Health::Pending {
                task.health = Health::Healthy;
            }
        }
    }

    /// What was done until nothing is, and how it ended.
    fn run(mut self) -> (Vec<(u32, u32, u32)>, Standing) {
        for _ in 0..1000 {
            let standing = self.turn();
            if standing != Standing::Moving {
                return (self.log, standing);
            }
        }
        panic!("it does not end: {:?}", self.log)
    }
}

fn view(task: u32, current: bool, health: Health) -> TaskView {
    TaskView { task, current, leaving: false, health }
}

#[test]
fn timelines_of_four_tasks() {
    let steady = |log: &[(u32, u32, u32)]| (log.to_vec(), Standing::Steady);
    // all new ones beside the old ones, which stop when those are healthy
    assert_eq!(Service::updated(4, 100, 200).run(), steady(&[(0, 4, 0), (2, 0, 4)]));
    // two stop, two start in their room, and so once more
    let halves = [(0, 0, 2), (1, 2, 0), (3, 0, 2), (4, 2, 0)];
    assert_eq!(Service::updated(4, 50, 100).run(), steady(&halves));
    // two beside the four; two of these stop, which makes room for the other two
    let surge = [(0, 2, 0), (2, 0, 2), (3, 2, 0), (5, 0, 2)];
    assert_eq!(Service::updated(4, 100, 150).run(), steady(&surge));
    // all at once, with nothing left to answer
    assert_eq!(Service::updated(4, 0, 100).run(), steady(&[(0, 0, 4), (1, 4, 0)]));
    // both at once: two may be missing, and four may be added
    assert_eq!(Service::updated(4, 50, 200).run(), steady(&[(0, 4, 2), (2, 0, 2)]));
}

#[test]
fn the_minimum_is_rounded_up_and_the_maximum_down() {
    assert_eq!(Limits::new(3, 50, 150), Limits { desired: 3, lower: 2, upper: 4 });
    assert_eq!(Limits::new(1, 100, 150), Limits { desired: 1, lower: 1, upper: 1 });
    assert_eq!(Limits::new(5000, 100, u32::MAX).upper, u32::MAX);
}

#[test]
fn a_deadlock_is_found_and_reported() {
    assert_eq!(Service::updated(4, 100, 100).run(), (vec![], Standing::Blocked));
    assert!(Limits::new(4, 100, 100).is_deadlock());
    // 150 % of one task are no second one
    assert_eq!(Service::updated(1, 100, 150).run(), (vec![], Standing::Blocked));
    assert!(Limits::new(1, 100, 150).is_deadlock());
    // 99 % of 10 are 9.9, rounded up all 10
    assert!(Limits::new(10, 99, 109).is_deadlock());
    assert!(!Limits::new(10, 90, 100).is_deadlock());
}

#[test]
fn tasks_that_never_ran_or_are_ill_go_first() {
    let limits = Limits::new(2, 100, 200);
    let tasks = [
        view(0, false, Health::Healthy),
        view(1, false, Health::Pending),
        view(2, false, Health::Unhealthy),
        view(3, true, Health::Pending),
    ];
    let found = step(&limits, &tasks);
    assert_eq!((found.start, found.stop, found.stop_old), (0, vec![1, 2], 0));
}

#[test]
fn an_ill_task_is_replaced_before_it_stops_where_there_is_room() {
    let tasks = [view(0, true, Health::Unhealthy), view(1, true, Health::Healthy)];
    let found = step(&Limits::new(2, 100, 200), &tasks);
    assert_eq!((found.start, found.stop), (1, vec![]));
    let mut healed = tasks.to_vec();
    healed.push(view(2, true, Health::Healthy));
    let found = step(&Limits::new(2, 100, 200), &healed);
    assert_eq!((found.start, found.stop), (0, vec![0]));
    let found = step(&Limits::new(2, 100, 100), &tasks);
    assert_eq!((found.start, found.stop), (0, vec![0]), "there is no room for another");
}

#[test]
fn a_drained_instance_is_left_within_the_limits() {
    let leaving = |task, health| TaskView { leaving: true, ..view(task, true, health) };
    let tasks = [
        leaving(0, Health::Pending),
        leaving(1, Health::Running),
        leaving(2, Health::Healthy),
        view(3, true, Health::Healthy),
    ];
    let found = step(&Limits::new(4, 50, 100), &tasks);
    // what has not begun stops at once; of the two healthy ones both are needed
    assert_eq!((found.start, found.stop, found.stop_old), (0, vec![0], 0));
    let found = step(&Limits::new(4, 25, 200), &tasks);
    assert_eq!((found.start, found.stop, found.stop_old), (3, vec![0], 1));
    let stuck = [leaving(0, Health::Healthy), view(1, true, Health::Healthy)];
    assert_eq!(step(&Limits::new(2, 100, 100), &stuck).standing, Standing::Blocked);
}

#[test]
fn a_smaller_service_stops_what_is_too_much() {
    let tasks = [
        view(0, true, Health::Healthy),
        view(1, true, Health::Healthy),
        view(2, true, Health::Pending),
        view(3, true, Health::Running),
    ];
    let found = step(&Limits::new(1, 100, 200), &tasks);
    assert_eq!((found.stop, found.stop_surplus, found.start), (vec![2, 3], 1, 0));
}

proptest! {
    #[test]
    fn updates_keep_the_limits_and_end(
        desired in 0..30_u32,
        min in 0..=100_u32,
        max in 100..300_u32,
    ) {
        let mut service = Service::updated(desired, min, max);
        let limits = service.limits;
        let mut ended = None;
        for _ in 0..400 {
            let standing = service.turn();
            prop_assert!(service.healthy() >= limits.lower);
            prop_assert!(service.tasks.len() as u32 <= limits.upper);
            if standing != Standing::Moving {
                ended = Some(standing);
                break;
            }
        }
        let expected = if limits.is_deadlock() { Standing::Blocked } else { Standing::Steady };
        prop_assert_eq!(ended, Some(expected));
        if expected == Standing::Steady {
            prop_assert!(service.tasks.iter().all(|(task, _)| task.current));
            prop_assert_eq!(service.tasks.len() as u32, desired);
        }
    }
}
