//! A cluster of instances without tasks, played to a time and looked at.

use std::path::Path;

use crate::aws::auto_scaling::instance::State;
use crate::engine::{SimDuration, SimTime};
use crate::scenario::{self, Scenario};
use crate::world::World;

pub fn at(secs: f64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs_f64(secs)
}

/// Laws under which an instance is running after 6 s, up after another 20 s, and gone 30 s after
/// the call that ends it.
pub const LAWS: &str = "launch = '6s'\nboot = '20s'\nshutdown = '30s'\n";

/// A cluster with these keys, and a group `web` of m5.large with those, whose size no tasks change.
pub fn scenario(cluster: &str, group: &str) -> Scenario {
    let types = match group.contains("instance_types") {
        true => "",
        false => "instance_types = ['m5.large']\n",
    };
    read(&format!(
        "[simulation]\nname = 'test'\nduration = '10h'\n[[cluster]]\nname = 'c'\nkind = 'ecs'\n\
         {cluster}\n[[cluster.capacity_provider]]\nname = 'web'\ngroup = 'web'\n\
         managed_scaling = false\n[[cluster.auto_scaling_group]]\nname = 'web'\n\
         {types}{LAWS}{group}\n"
    ))
}

/// Reads a scenario, which must have an app, and leaves that away: here machines are all.
pub fn read(text: &str) -> Scenario {
    let app = "[[image]]\nname = 'i'\nlayers = ['1MB']\n[[app]]\nname = 'a'\nimage = 'i'\n\
               cpu = { request = '100m' }\nmemory = { request = '64MiB' }\n";
    match scenario::parse(&format!("{text}{app}"), "test.toml", Path::new("")) {
        Ok(loaded) => Scenario { apps: Vec::new(), ..loaded.scenario },
        Err(problems) => panic!("{}\n{text}", problems.render(false)),
    }
}

pub fn world(scenario: &Scenario) -> World<'_> {
    World::new(scenario, &scenario.clusters[0], 7).expect("the files can be read")
}

impl World<'_> {
    /// Plays all that happens up to a time, that included.
    pub fn play(&mut self, secs: f64) {
        while let Some((now, event)) = self.calendar.pop_until(at(secs)) {
            self.handle(now, event);
        }
    }

    /// The instances of the first group, as `a0:InService` for the first one, in the first zone.
    pub fn stand(&self) -> String {
        let group = self.ec2().groups[0].group.as_ref().expect("it is a group");
        let one = |(id, it): (crate::aws::auto_scaling::instance::InstanceId, &_)| {
            let it: &crate::aws::auto_scaling::instance::Instance = it;
            let zone = char::from(b'a' + it.source.zone.0 as u8);
            format!("{zone}{}:{:?}", id.0, it.state)
        };
        group.instances().map(one).collect::<Vec<_>>().join(" ")
    }

    /// The first group is to have so many instances.
    pub fn resize(&mut self, desired: u32) {
        self.group_set_desired(0, desired);
        self.deliver();
    }

    /// How many instances have an address.
    pub fn addresses(&self) -> usize {
        self.ec2().instances.values().filter(|it| it.address().is_some()).count()
    }

    /// The first group is to have no instances any more, whatever its bounds were.
    pub fn end_group(&mut self) {
        let done = self.tell_group(0, |group, now, out| group.resize(0, 0, Some(0), now, out));
        done.expect("it is a group").expect("these are in order");
        self.deliver();
    }

    /// How many instances of the first group are in service.
    pub fn in_service(&self) -> usize {
        let group = self.ec2().groups[0].group.as_ref().expect("it is a group");
        group.instances().filter(|(_, it)| it.state == State::InService).count()
    }

    /// Machines that are up, by their numbers.
    pub fn machines_up(&self) -> Vec<usize> {
        let nodes = self.nodes.all.iter().enumerate();
        nodes.filter(|(_, node)| node.up).map(|(machine, _)| machine).collect()
    }
}
