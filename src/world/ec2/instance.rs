//! An instance, from its launch to its end.

use std::sync::Arc;

use super::Ec2Event;
use super::rooms::Room;
use crate::aws::auto_scaling::Report;
use crate::aws::auto_scaling::instance::{InstanceId, Purchase, Source};
use crate::aws::ec2::billing::InstancePrice;
use crate::aws::ec2::capacity::{LaunchError, Market};
use crate::aws::ec2::lifecycle::{Ender, Lifecycle, State};
use crate::aws::ec2::spot::Interruption;
use crate::engine::{Phase, SimDuration, SimTime};
use crate::machine::HostId;
use crate::units::HourlyPrice;
use crate::world::World;
use crate::world::subnets::{Address, zone_name};

/// An instance of a group.
pub(super) struct Instance {
    pub group: u16,
    pub id: InstanceId,
    pub source: Source,
    /// Where a fleet would have it from, in this order, until it is known where.
    pub offers: Vec<Source>,
    pub life: Lifecycle,
    pub price: InstancePrice,
    address: Option<Address>,
    /// Its place on a host of the cluster, where it is on one and EC2 has it.
    pub room: Option<Room>,
    /// Its machine, once it runs and until it is terminated.
    pub machine: Option<usize>,
    /// What happens to it next, and when.
    next: Option<(SimTime, Step)>,
    /// Whether its operating system is up.
    is_up: bool,
    /// Whether it starts without a boot: its memory is on its disk.
    hibernates: bool,
    /// Whether those who use the machines know it.
    pub told: bool,
    pub spot: Option<Interruption>,
    /// Nothing is on it any more that would have to leave.
    pub drained: bool,
    /// CPU time its machine had used when the last minute ended, in core-seconds.
    pub used: Option<f64>,
}

/// What the next step of an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// EC2 answers: it is pending, or refused.
    Answer,
    /// It is running.
    Run,
    /// Its operating system is up.
    Boot,
    /// It has stopped.
    Stop,
    /// It is terminated.
    End,
}

impl Instance {
    /// Its address, once EC2 has it.
    pub fn address(&self) -> Option<Address> {
        self.address
    }
}

impl World<'_> {
    /// EC2 is asked to launch an instance.
    pub(super) fn launch_instance(
        &mut self,
        group: u16,
        id: InstanceId,
        source: Source,
        offers: Vec<Source>,
    ) {
        let is_free = self.hosts_are_paid();
        let ec2 = self.ec2_mut();
        let mut price = ec2.price_of(group, source);
        if is_free {
            price.instance = HourlyPrice(0.0);
        }
        let state = &mut ec2.groups[usize::from(group)];
        let instance = ec2.instances.insert(Instance {
            group,
            id,
            source,
            offers,
            life: Lifecycle::launched(),
            price,
            address: None,
            room: None,
            machine: None,
            next: None,
            is_up: false,
            hibernates: false,
            told: false,
            spot: None,
            drained: false,
            used: None,
        });
        state.instances.insert(id, instance);
        self.step_after(instance, Step::Answer);
    }

    /// Draws when the next step is done.
    pub(super) fn step_after(&mut self, instance: u32, step: Step) {
        let ec2 = self.ec2_mut();
        let it = &ec2.instances[instance];
        let state = &mut ec2.groups[usize::from(it.group)];
        let laws = &state.laws[usize::from(it.source.pool.0)];
        let law = match step {
            Step::Answer => &laws.request,
            Step::Run => &laws.pending,
            Step::Boot => &laws.boot,
            Step::Stop | Step::End => &laws.shutdown,
        };
        let drawn = law.sample(&mut state.draws);
        let at_once = step == Step::Boot && it.hibernates;
        let at = self.now().saturating_add(if at_once { SimDuration::ZERO } else { drawn });
        let ec2 = self.ec2_mut();
        ec2.instances[instance].next = Some((at, step));
        let event = Ec2Event::Step(ec2.instances.tag(instance));
        self.calendar.push(at, Phase::Release, event.into());
    }

    /// The next step of an instance is due, unless something else came before it.
    pub(super) fn instance_steps(&mut self, instance: u32) {
        let now = self.now();
        let next = &mut self.ec2_mut().instances[instance].next;
        let Some((_, step)) = next.take_if(|(at, _)| *at == now) else { return };
        match step {
            Step::Answer => self.ec2_answers(instance),
            Step::Run => self.instance_runs(instance),
            Step::Boot => {
                let it = &mut self.ec2_mut().instances[instance];
                it.is_up = true;
                let machine = it.machine.expect("what boots is a machine");
                self.machine_on(machine);
                self.tell_of(instance);
            }
            Step::Stop => {
                self.give_room(instance);
                self.ec2_mut().instances[instance].life.went_down();
                let (group, id) = self.group_of_instance(instance);
                self.tell_group(group, |group, now, out| group.stopped(id, now, out));
            }
            Step::End => self.instance_ended(instance),
        }
    }

    /// EC2 has an instance, or it has none.
    fn ec2_answers(&mut self, instance: u32) {
        if !self.ec2().instances[instance].offers.is_empty() {
            return self.fleet_answers(instance);
        }
        let Err(refusal) = self.claim(instance) else {
            return self.step_after(instance, Step::Run);
        };
        let (group, id) = self.group_of_instance(instance);
        let ec2 = self.ec2_mut();
        let state = &mut ec2.groups[usize::from(group)];
        let warning = format!("launches of `{}` failed: {refusal}", state.name);
        if ec2.instances[instance].machine.is_none() {
            state.instances.remove(&id);
            ec2.instances.remove(instance);
        }
        self.recorder.warn(warning);
        self.tell_group(group, |group, now, out| group.launch_failed(id, now, out));
        self.tell_refused(group);
    }

    /// Takes what an instance needs of EC2. It keeps its address while it is stopped.
    fn claim(&mut self, instance: u32) -> Result<(), String> {
        let now = self.now();
        let it = &self.ec2().instances[instance];
        if self.ec2().groups[usize::from(it.group)].is_short(it.source, now) {
            return Err(self.no_capacity(instance));
        }
        if self.cluster.hosts.is_none() {
            return self.claim_address(instance);
        }
        let Some(host) = self.host_with_room(instance) else {
            return Err(self.no_capacity(instance));
        };
        self.claim_address(instance)?;
        self.take_room(instance, host, SimDuration::ZERO);
        Ok(())
    }

    /// What EC2 answers where it has no such instance, which is counted.
    fn no_capacity(&mut self, instance: u32) -> String {
        self.ec2_mut().meters.happened.without_capacity += 1;
        let it = &self.ec2().instances[instance];
        let state = &self.ec2().groups[usize::from(it.group)];
        let market = match it.source.purchase {
            Purchase::OnDemand => Market::OnDemand,
            Purchase::Spot => Market::Spot,
        };
        let refusal = LaunchError::InsufficientInstanceCapacity {
            instance: state.types[usize::from(it.source.pool.0)].0.name.clone(),
            zone: zone_name(self.cluster, state.zone(it.source)),
            market: market.word(),
            elsewhere: Vec::new(),
        };
        refusal.to_string()
    }

    pub(super) fn claim_address(&mut self, instance: u32) -> Result<(), String> {
        let ec2 = self.ec2.as_deref_mut().expect("the cluster is on EC2");
        let it = &mut ec2.instances[instance];
        let state = &ec2.groups[usize::from(it.group)];
        if it.address.is_some() {
            return Ok(());
        }
        // which subnet of a zone it is nobody says: the one with the most addresses left
        let subnets = &state.subnets[usize::from(it.source.zone.0)];
        let free = |subnet: &&usize| self.subnets.ranges[**subnet].free();
        let subnet = *subnets.iter().rev().max_by_key(free).expect("zones have subnets");
        let taken = self.subnets.take(subnet);
        it.address = taken.as_ref().ok().copied();
        if let Err(error) = taken {
            ec2.meters.happened.without_address += 1;
            let title = format!("launches of `{}` failed: {error}", state.name);
            let name = self.subnets.places[subnet].0.clone();
            self.find_address(&name, title);
            return Err(error.to_string());
        }
        self.meter_subnet(subnet);
        Ok(())
    }

    /// An instance is `running`: it is charged, boots, and is the group's.
    fn instance_runs(&mut self, instance: u32) {
        let now = self.now();
        let ec2 = self.ec2_mut();
        let it = &mut ec2.instances[instance];
        it.life.came_up(now);
        let (source, group) = (it.source, it.group);
        let state = &ec2.groups[usize::from(group)];
        let shape = Arc::clone(&state.shapes[usize::from(source.pool.0)]);
        let zone = state.zone(source);
        if let Some(machine) = it.machine {
            self.credits_start(machine);
            self.instance_moves_in(instance, machine);
        } else {
            let is_vm = self.cluster.hosts.is_some();
            let machine = self.take_machine(&shape, zone, is_vm);
            let ec2 = self.ec2_mut();
            ec2.instances[instance].machine = Some(machine);
            ec2.meters.happened.launched += 1;
            let places = ec2.of_machine.len().max(machine + 1);
            ec2.of_machine.resize(places, None);
            ec2.of_machine[machine] = Some(instance);
            let one = ec2.groups[usize::from(group)].types[usize::from(source.pool.0)].0;
            let of = Arc::clone(&ec2.groups[usize::from(group)].of);
            self.instance_begins(machine, one, &of);
            self.instance_moves_in(instance, machine);
            self.tell_running(machine, group);
            let ec2 = self.ec2_mut();
            if source.purchase == Purchase::Spot {
                let state = &mut ec2.groups[usize::from(group)];
                let spot = state.spot.draw(now, &mut state.spots);
                ec2.instances[instance].spot = spot;
                self.arm_spot(instance);
            }
        }
        self.step_after(instance, Step::Boot);
        let (group, id) = self.group_of_instance(instance);
        self.ec2_mut().groups[usize::from(group)].running += 1;
        self.tell_group(group, |group, now, out| group.running(id, now, out));
    }

    /// Tells those who use the machines of an instance that is up, and not in the warm pool.
    pub(super) fn tell_of(&mut self, instance: u32) {
        let ec2 = self.ec2_mut();
        let it = &ec2.instances[instance];
        let waits = ec2.groups[usize::from(it.group)].group.as_ref().is_some_and(|group| {
            group.instance(it.id).is_none_or(|member| member.state.is_warmed())
        });
        let (machine, group) = (it.machine, it.group);
        let Some(machine) = machine.filter(|_| it.is_up && !it.told && !waits) else { return };
        if self.nodes.all[machine].up {
            self.ec2_mut().instances[instance].told = true;
            self.tell_up(machine, group);
        } else {
            self.await_status_check(instance);
        }
    }

    /// Those who use the machine of an instance have it no more.
    fn untell(&mut self, instance: u32) {
        let it = &mut self.ec2_mut().instances[instance];
        let machine = it.machine.filter(|_| std::mem::take(&mut it.told));
        if let Some(machine) = machine {
            self.tell_lost(machine);
        }
    }

    /// An instance of the warm pool is started.
    pub(super) fn start_instance(&mut self, instance: u32) {
        let it = &mut self.ec2_mut().instances[instance];
        it.drained = false;
        it.life.start().expect("a group starts what has stopped");
        self.step_after(instance, Step::Answer);
    }

    /// An instance is stopped for the warm pool.
    pub(super) fn stop_instance(&mut self, instance: u32, hibernates: bool) {
        self.untell(instance);
        let now = self.now();
        let it = &mut self.ec2_mut().instances[instance];
        it.life.stop(now).expect("a group stops what runs");
        // what has not booted yet has nothing to go on with
        it.hibernates = hibernates && it.is_up;
        if std::mem::take(&mut it.is_up) {
            let machine = it.machine.expect("what is up is a machine");
            self.machine_off(machine);
            self.credits_stop(machine);
        }
        if let Some(machine) = self.ec2().instances[instance].machine {
            self.move_out(machine);
        }
        self.step_after(instance, Step::Stop);
    }

    /// The group has an instance terminated.
    pub(super) fn terminate_instance(&mut self, instance: u32) {
        if self.ec2().instances[instance].life.state() != State::ShuttingDown {
            self.shut_down(instance, Ender::Owner);
        }
    }

    /// An instance is terminated: what is on it is gone at once, its address a while later.
    pub(super) fn shut_down(&mut self, instance: u32, by: Ender) {
        self.untell(instance);
        let now = self.now();
        let ec2 = self.ec2_mut();
        let it = &mut ec2.instances[instance];
        it.life.terminate(now, by);
        it.is_up = false;
        let (group, id, ran) = (it.group, it.id, it.machine.is_some());
        ec2.groups[usize::from(group)].running -= u32::from(ran);
        if let Some(machine) = ec2.instances[instance].machine.take() {
            ec2.of_machine[machine] = None;
            ec2.charge(instance, machine, now);
            self.tell_gone(machine);
            self.give_machine_back(machine);
            self.instance_ends(machine);
            self.move_out(machine);
        }
        self.step_after(instance, Step::End);
        if self.ec2().groups[usize::from(group)].group.is_none() {
            self.tell_fleet_ended(id);
        }
    }

    /// An instance is no more.
    fn instance_ended(&mut self, instance: u32) {
        self.give_room(instance);
        let ec2 = self.ec2_mut();
        let it = ec2.instances.remove(instance);
        ec2.groups[usize::from(it.group)].instances.remove(&it.id);
        if let Some(address) = it.address {
            self.address_ends(address);
            self.subnets.give_back(address);
            self.meter_subnet(address.subnet);
        }
        self.tell_group(it.group, |group, now, out| group.gone(it.id, now, out));
        self.tell_ended(it.group, it.id);
    }

    /// The machine under an instance is broken, or works again.
    pub(in crate::world) fn instance_host(&mut self, host: HostId, works: bool) {
        let Some(instance) = self.instance_on(host) else { return };
        if !works {
            self.untell(instance);
            return self.await_status_check(instance);
        }
        let (group, id) = self.group_of_instance(instance);
        self.tell_of(instance);
        self.tell_group(group, |group, now, out| {
            group.report(id, Report::Impaired, false, now, out);
        });
    }

    fn instance_on(&self, host: HostId) -> Option<u32> {
        let of_machine = &self.ec2.as_deref()?.of_machine;
        let mut all = of_machine.iter().enumerate();
        all.find_map(|(machine, &instance)| {
            instance.filter(|_| self.nodes.all[machine].host == host)
        })
    }

    /// An instance is broken: after a while its group is told.
    fn await_status_check(&mut self, instance: u32) {
        let ec2 = self.ec2();
        let delay = ec2.groups[usize::from(ec2.instances[instance].group)].status_check;
        let event = Ec2Event::StatusCheck(ec2.instances.tag(instance));
        self.after(delay, Phase::Observe, event);
    }

    /// Tells the group of an instance that is still broken.
    pub(super) fn status_check(&mut self, instance: u32) {
        let it = &self.ec2().instances[instance];
        let broken = it.is_up && it.machine.is_some_and(|machine| !self.nodes.all[machine].up);
        if broken {
            let (group, id) = self.group_of_instance(instance);
            self.tell_group(group, |group, now, out| {
                group.report(id, Report::Impaired, true, now, out);
            });
        }
    }
}
