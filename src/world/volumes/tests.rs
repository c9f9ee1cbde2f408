//! Volumes of instances in a world of their own, by hand.

use std::path::Path;

use super::{Holder, Step};
use crate::aws::ebs::volume::VolumeState;
use crate::aws::pricing::{Bill, Charge};
use crate::engine::{SimDuration, SimTime};
use crate::machine::HostId;
use crate::scenario::aws::EbsOptions;
use crate::scenario::{self, Arrivals, Entry, Law, Operations, Scenario, Traffic};
use crate::units::Rate;
use crate::workload::AppId;
use crate::world::World;
use crate::world::ec2::tests::rig::{LAWS, at, scenario as without_apps, world};
use crate::world::replicas::Place;

/// Two instances of m5.large, each in a zone of its own and up at 26 s, and an app whose replicas
/// have a volume each.
fn scenario() -> Scenario {
    let text = format!(
        "[simulation]\nname = 'test'\nduration = '10h'\n[[image]]\nname = 'i'\nlayers = ['1MB']\n\
         [[app]]\nname = 'a'\nimage = 'i'\ncpu = {{ request = '100m' }}\n\
         memory = {{ request = '64MiB' }}\n\
         io = {{ operations = 1, volume = {{ size = '100GiB' }} }}\n\
         [[cluster]]\nname = 'c'\nkind = 'ecs'\nzones = {{ count = 2, uplink = '10Gbit/s' }}\n\
         [[cluster.auto_scaling_group]]\nname = 'web'\ninstance_types = ['m5.large']\n\
         min = 2\nmax = 2\n{LAWS}"
    );
    let mut scenario = match scenario::parse(&text, "test.toml", Path::new("")) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic!("{}\n{text}", problems.render(false)),
    };
    // its service starts none: those of the tests are in no task
    scenario.apps[0].replicas = 0;
    scenario
}

impl World<'_> {
    fn another_replica(&mut self) -> u32 {
        self.new_replica(AppId(0), SimTime::ZERO, Place::Nowhere)
    }

    /// The state of a replica's volume, while it has one.
    fn volume_state(&self, replica: u32) -> Option<VolumeState<HostId>> {
        let volume = self.volumes.of_holder.get(&Holder::Replica(replica))?;
        Some(self.volumes.held[*volume].volume.state())
    }

    /// When the next step of a replica's volume is done, and what it is.
    fn next_of_volume(&self, replica: u32) -> (f64, Step) {
        let volume = self.volumes.of_holder[&Holder::Replica(replica)];
        let (at, step) = self.volumes.held[volume].next.expect("something is under way");
        (at.as_secs_f64(), step)
    }

    /// What all volumes cost, by what it is for.
    fn volumes_cost(&self, now: SimTime) -> Bill {
        let mut all = Bill::default();
        self.volume_bills(now).values().for_each(|bill| all.merge(bill));
        all
    }

    fn interfaces(&self, host: HostId) -> u32 {
        self.volumes.instances[&host].interfaces
    }

    fn host_of(&self, machine: usize) -> HostId {
        self.nodes.all[machine].host
    }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// $0.08 for a GB and a month of 730 hours.
const GB_SECOND: f64 = 0.08 / (730.0 * 3600.0);

#[test]
fn a_root_volume_costs_as_long_as_its_instance_is_there() {
    // running at 6 s and terminated at 41 s: 35 s, which are a minute; at 101 s: 95 s
    for (end, billed) in [(41.0, 60.0), (101.0, 95.0)] {
        let scenario = without_apps("", "min = 0\nmax = 1\ndesired = 1");
        let mut world = world(&scenario);
        world.play(end);
        world.group_set_desired(0, 0);
        world.play(1000.0);
        let bill = world.volumes_cost(at(1000.0));
        close(bill.of(Charge::VolumeStorage).0, 30.0 * GB_SECOND * billed);
        close(bill.total().0, bill.of(Charge::VolumeStorage).0);
    }
}

#[test]
fn a_volume_is_made_attached_detached_and_deleted() {
    let scenario = scenario();
    let mut world = world(&scenario);
    world.play(100.0);
    let before = world.volumes_cost(at(100.0)).total().0;
    let (replica, host) = (world.another_replica(), world.host_of(0));
    world.volume_for(replica, 0, 1);
    assert_eq!(world.volume_state(replica), Some(VolumeState::Creating));
    let (made, step) = world.next_of_volume(replica);
    assert!(step == Step::Made && (101.0..=105.0).contains(&made), "{made}");
    world.play(made);
    assert_eq!(world.volume_state(replica), Some(VolumeState::Attaching(host)));
    let (attached, _) = world.next_of_volume(replica);
    assert!((1.0..=6.0).contains(&(attached - made)), "{attached}");
    world.play(attached);
    assert_eq!(world.volume_state(replica), Some(VolumeState::InUse(host)));
    // asked for again it is there
    world.volume_for(replica, 0, 1);
    assert_eq!(world.volume_state(replica), Some(VolumeState::InUse(host)));
    world.play(200.0);
    world.forget_volume(replica);
    assert_eq!(world.volumes.held.len(), 3);
    world.play(206.0);
    // the roots are left
    assert_eq!((world.volume_state(replica), world.volumes.held.len()), (None, 2));
    let bill = world.volumes_cost(at(300.0)).total().0 - before;
    let of_roots = 2.0 * 30.0 * GB_SECOND * 200.0;
    let lived = (bill - of_roots) / (100.0 * GB_SECOND);
    assert!((101.0..=106.0).contains(&lived), "{lived}");
}

#[test]
fn as_many_volumes_are_attached_as_fit_beside_the_network_interfaces() {
    // m5.large: 27 beside one interface, so 25 beside three, of which one is the root
    let scenario = scenario();
    let mut world = world(&scenario);
    world.play(100.0);
    let replicas: Vec<u32> = (0..25).map(|_| world.another_replica()).collect();
    for &replica in &replicas {
        world.volume_for(replica, 0, 3);
    }
    world.play(120.0);
    let states = replicas.iter().map(|&replica| world.volume_state(replica));
    let refused = states.filter(|state| *state == Some(VolumeState::Available)).count();
    assert_eq!(refused, 1);
    let reason = "a volume of app `a` could not be attached: AttachmentLimitExceeded: m5.large has \
                  room for 25 volumes beside 3 network interfaces, and 25 are attached";
    assert_eq!(world.recorder.warnings, [reason]);
}

/// One node of m5.large, and pods for which it attaches all of its three interfaces.
fn on_eks() -> Scenario {
    let text = format!(
        "[simulation]\nname = 'test'\nduration = '10h'\n[[image]]\nname = 'i'\nlayers = ['1MB']\n\
         [[app]]\nname = 'a'\nimage = 'i'\ncpu = {{ request = '100m' }}\n\
         memory = {{ request = '64MiB' }}\n\
         io = {{ operations = 1, volume = {{ size = '100GiB' }} }}\n\
         [[app]]\nname = 'b'\nimage = 'i'\nreplicas = 19\ncpu = {{ request = '10m' }}\n\
         memory = {{ request = '16MiB' }}\n\
         [[cluster]]\nname = 'c'\nkind = 'eks'\n\
         [[cluster.node_group]]\nname = 'web'\ninstance_types = ['m5.large']\n\
         min = 1\nmax = 1\njoin = '10s'\n{LAWS}"
    );
    let mut scenario = match scenario::parse(&text, "test.toml", Path::new("")) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic!("{}\n{text}", problems.render(false)),
    };
    scenario.apps[0].replicas = 0;
    scenario
}

#[test]
fn interfaces_of_pods_leave_fewer_slots_than_there_were_when_the_node_joined() {
    let scenario = on_eks();
    let mut world = world(&scenario);
    world.play(40.0);
    let host = world.host_of(0);
    // 27 beside one interface, of which one is the root
    assert_eq!((world.interfaces(host), world.volumes.on_host(host)), (1, 1));
    world.play(200.0);
    assert_eq!(world.interfaces(host), 3);
    let replicas: Vec<u32> = (0..26).map(|_| world.another_replica()).collect();
    for &replica in &replicas {
        world.volume_for(replica, 0, 1);
    }
    world.play(220.0);
    let states = replicas.iter().map(|&replica| world.volume_state(replica));
    let refused = states.filter(|state| *state == Some(VolumeState::Available)).count();
    assert_eq!((refused, world.volumes.on_host(host)), (2, 25));
}

#[test]
fn an_interface_of_pods_waits_for_a_slot_that_a_volume_leaves() {
    let mut scenario = on_eks();
    scenario.apps[1].replicas = 0;
    let mut world = world(&scenario);
    world.play(40.0);
    let host = world.host_of(0);
    let replicas: Vec<u32> = (0..26).map(|_| world.another_replica()).collect();
    for &replica in &replicas {
        world.volume_for(replica, 0, 1);
    }
    world.play(60.0);
    assert_eq!(world.volumes.on_host(host), 27);
    world.scale_pods(AppId(1), 1, "");
    world.play(100.0);
    // the pod has one of the nine addresses, and there is no slot for nine more
    assert_eq!(world.interfaces(host), 1);
    world.forget_volume(replicas[0]);
    world.play(120.0);
    assert_eq!((world.interfaces(host), world.volumes.on_host(host)), (2, 26));
}

#[test]
fn a_volume_goes_with_its_replica_within_its_zone_only() {
    let scenario = scenario();
    let mut world = world(&scenario);
    world.play(100.0);
    let replica = world.another_replica();
    world.volume_for(replica, 0, 1);
    world.play(120.0);
    world.volume_for(replica, 1, 1);
    assert_eq!(world.volume_state(replica), Some(VolumeState::Detaching(world.host_of(0))));
    world.play(140.0);
    assert_eq!(world.volume_state(replica), Some(VolumeState::Available));
    let zones = [0, 1].map(|machine| world.services.zone_of_host(world.host_of(machine)));
    let reason = format!(
        "a volume of app `a` could not be attached: InvalidVolume.ZoneMismatch: the volume is in \
         zone {}, the instance in zone {}; a volume can be attached in its own zone only",
        zones[0], zones[1]
    );
    assert_eq!(world.recorder.warnings, [reason]);
    // back where it was
    world.volume_for(replica, 0, 1);
    world.play(160.0);
    assert_eq!(world.volume_state(replica), Some(VolumeState::InUse(world.host_of(0))));
}

#[test]
fn from_a_machine_that_does_not_answer_it_goes_by_force_after_six_minutes() {
    let scenario = scenario();
    let mut world = world(&scenario);
    world.play(100.0);
    let (replica, host) = (world.another_replica(), world.host_of(0));
    world.volume_for(replica, 0, 1);
    world.play(120.0);
    world.hosts[host.index()].set_up(at(120.0), false);
    world.volume_for(replica, 1, 1);
    let (detached, step) = world.next_of_volume(replica);
    assert!(step == Step::Detached && (481.0..=486.0).contains(&detached), "{detached}");
}

#[test]
fn a_cluster_says_how_long_its_volumes_take() {
    let law = |seconds| Law::Constant(SimDuration::from_secs(seconds));
    let mut scenario = scenario();
    scenario.clusters[0].ebs = EbsOptions {
        create: law(7),
        attach: law(11),
        detach: law(13),
        force_detach: SimDuration::from_secs(60),
    };
    let mut world = world(&scenario);
    world.play(100.0);
    let replica = world.another_replica();
    world.volume_for(replica, 0, 1);
    assert_eq!(world.next_of_volume(replica), (107.0, Step::Made));
    world.play(107.0);
    assert_eq!(world.next_of_volume(replica), (118.0, Step::Attached));
    world.play(120.0);
    let host = world.host_of(0);
    world.hosts[host.index()].set_up(at(120.0), false);
    world.volume_for(replica, 1, 1);
    // a minute in which the machine does not answer, and 13 s
    assert_eq!(world.next_of_volume(replica), (193.0, Step::Detached));
}

#[test]
fn an_instance_that_is_terminated_keeps_no_volume() {
    let scenario = scenario();
    let mut world = world(&scenario);
    world.play(100.0);
    let replica = world.another_replica();
    world.volume_for(replica, 0, 1);
    world.play(120.0);
    world.storage_ends(0);
    assert_eq!(world.volume_state(replica), Some(VolumeState::Available));
    assert!(world.root_volume(world.host_of(0)).is_none());
    // the root of the other one, and that of the replica
    assert_eq!(world.volumes.held.len(), 2);
}

/// One instance of m5.large, up at 26 s, and a task whose requests have 300 operations each.
#[test]
fn a_task_on_an_instance_reads_and_writes_on_a_volume_of_its_own() {
    let mut scenario = scenario();
    let app = &mut scenario.apps[0];
    app.replicas = 1;
    app.traffic = Some(Traffic {
        arrivals: Arrivals::Deterministic(Rate(1.0)),
        scale: 1.0,
        enters: Entry::Outside,
    });
    let io = app.io.as_mut().expect("it reads and writes");
    io.operations = Operations::Constant(300);
    io.depth = 300;
    let mut world = world(&scenario);
    world.play(300.0);
    let before = world.services.meters(AppId(0)).io.clone();
    world.play(400.0);
    let after = &world.services.meters(AppId(0)).io;
    // a tenth of a second of the 3,000 operations that gp3 does
    assert_eq!(after.operations - before.operations, 100 * 300);
    let took = after.took.mean().expect("requests were answered").as_secs_f64();
    assert!((took - 0.1).abs() < 1e-6, "{took}");
    // two roots and a volume
    assert_eq!(world.volumes.held.len(), 3);
    let bill = &world.volume_bills(at(400.0))[&Some(AppId(0))];
    assert!(bill.of(Charge::VolumeStorage).0 > 100.0 * GB_SECOND * 100.0);
}
