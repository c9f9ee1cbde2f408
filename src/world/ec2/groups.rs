//! Groups: what they ask for is done, and they are told what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::settings::{Types, drains, guest, settings, types};
use super::shapes::Ground;
use super::{Ec2Event, scaling};
use crate::aws::auto_scaling::hook::Outcome;
use crate::aws::auto_scaling::instance::{InstanceId, Pool, Source, Zone};
use crate::aws::auto_scaling::scheduled::Timetable;
use crate::aws::auto_scaling::strategy::Offer;
use crate::aws::auto_scaling::{Action, Group};
use crate::aws::ec2::launch::LaunchLaws;
use crate::aws::ec2::spot::SpotPool;
use crate::aws::scaling::Scaler;
use crate::engine::{Phase, SimDuration, SimTime, Stream, Streams};
use crate::scenario::aws::{AutoScalingGroup, Market, Shortage};
use crate::scenario::path::Path;
use crate::scenario::{HostShape, Law};
use crate::units::HourlyPrice;
use crate::workload::Sampler;
use crate::world::input::Unfit;
use crate::world::subnets::Subnets;
use crate::world::{InputError, World};

/// A group and what its instances are made of.
pub(super) struct GroupState {
    pub name: String,
    /// What was written of it.
    pub of: Arc<AutoScalingGroup>,
    /// What keeps the number of its instances; none where each is launched by itself, by fleets.
    pub group: Option<Group>,
    pub types: Types,
    /// What an instance of each type is.
    pub shapes: Vec<Arc<HostShape>>,
    /// Its zones, by their places for the group.
    pub zones: Vec<u32>,
    /// The subnets of each, by their places in the cluster.
    pub subnets: Vec<Vec<usize>>,
    /// How long each step of an instance of each type takes.
    pub laws: Vec<Steps>,
    pub draws: Stream,
    pub spot: SpotPool,
    pub spots: Stream,
    pub shortages: Vec<Shortage>,
    /// How long whoever completes a hook takes; nothing where nobody does.
    pub hooks: Vec<Option<Sampler>>,
    pub hook_draws: Stream,
    /// The hook by which instances are drained before they end.
    pub draining: Option<u16>,
    pub status_check: SimDuration,
    /// Its instances, by the group's numbers.
    pub instances: BTreeMap<InstanceId, u32>,
    pub timetable: Timetable,
    pub scaler: Option<Scaler>,
    /// When it is woken next.
    armed: SimTime,
    /// How many of its instances are `running`.
    pub running: u32,
}

/// How long each step of an instance's life takes.
pub(super) struct Steps {
    pub request: Sampler,
    pub pending: Sampler,
    pub boot: Sampler,
    pub shutdown: Sampler,
}

impl Steps {
    /// The usual laws, or what the group says.
    fn new(group: &AutoScalingGroup, usual: &LaunchLaws) -> Result<Self, InputError> {
        let own = |law: &Option<Law>, usual| Sampler::new(law.as_ref().unwrap_or(usual));
        let none = Law::Constant(SimDuration::ZERO);
        let request = if group.launch.is_some() { &none } else { &usual.request };
        Ok(Self {
            request: Sampler::new(request)?,
            pending: own(&group.launch, &usual.pending)?,
            boot: own(&group.boot, &usual.boot)?,
            shutdown: own(&group.shutdown, &usual.shutdown)?,
        })
    }

    /// How long a repaired machine boots: what is drawn from a file has its mean.
    fn boot_law(&self, group: &AutoScalingGroup, usual: &LaunchLaws) -> Law {
        match &group.boot {
            Some(Law::Empirical(_)) => Law::Constant(self.boot.mean()),
            Some(law) => law.clone(),
            None => usual.boot.clone(),
        }
    }
}

impl GroupState {
    /// A group without instances, at this place of the scenario.
    pub fn new(
        ground: Ground<'_>,
        of: &AutoScalingGroup,
        subnets: &Subnets,
        streams: Streams,
        at: &Path,
    ) -> Result<Self, InputError> {
        let cluster = ground.cluster;
        let mut state = Self::of_fleets(ground, of, subnets, streams, at)?;
        let settings = settings(cluster, of, state.zones.len(), at)?;
        state.draining = drains(cluster, of).then(|| settings.hooks.len() as u16 - 1);
        let mut group = Group::new(settings, streams.named(&format!("ec2/{}/lots", of.name)))
            .map_err(|error| {
                Unfit::new(at.clone(), error.to_string(), "see Amazon EC2 Auto Scaling")
            })?;
        state.make_offers(&mut group);
        state.group = Some(group);
        let hooks = of.hooks.iter().map(|hook| hook.takes.as_ref().map(Sampler::new).transpose());
        state.hooks = hooks.collect::<Result<_, _>>()?;
        state.scaler = scaling::scaler(of);
        Ok(state)
    }

    /// Where fleets launch instances, each by itself, at this place of the scenario.
    pub fn of_fleets(
        ground: Ground<'_>,
        of: &AutoScalingGroup,
        subnets: &Subnets,
        streams: Streams,
        at: &Path,
    ) -> Result<Self, InputError> {
        let types = types(of, at)?;
        ground.check(&types, at)?;
        let (zones, subnets) = zones(of, subnets);
        let stream = |part: &str| streams.named(&format!("ec2/{}/{part}", of.name));
        let usual: Vec<LaunchLaws> = types.iter().map(|(one, _)| guest(of, one).laws()).collect();
        let laws = usual.iter().map(|usual| Steps::new(of, usual));
        let laws = laws.collect::<Result<Vec<Steps>, _>>()?;
        let shapes = types.iter().zip(laws.iter().zip(&usual));
        let shapes =
            shapes.map(|((one, _), (own, usual))| ground.shape(of, one, own.boot_law(of, usual)));
        Ok(Self {
            name: of.name.clone(),
            of: Arc::new(of.clone()),
            group: None,
            shapes: shapes.collect(),
            types,
            zones,
            subnets,
            laws,
            draws: stream("launch"),
            spot: SpotPool {
                interrupted: of.market.spot_interruptions,
                rebalance: of.market.rebalance_before,
            },
            spots: stream("spot"),
            shortages: of.shortages.clone(),
            hooks: Vec::new(),
            hook_draws: stream("hooks"),
            draining: None,
            status_check: of.status_check,
            instances: BTreeMap::new(),
            timetable: scaling::timetable(ground.cluster, of, at)?,
            scaler: None,
            armed: SimTime::MAX,
            running: 0,
        })
    }

    /// Tells a group what its types cost. What EC2 has to spare is not known, so that all have as
    /// much.
    fn make_offers(&self, group: &mut Group) {
        for zone in (0..self.zones.len() as u16).map(Zone) {
            for (pool, (_, [on_demand, spot])) in (0..).map(Pool).zip(&self.types) {
                let hour = |it: &crate::aws::ec2::billing::InstancePrice| {
                    HourlyPrice(it.instance.0 + it.licence.0)
                };
                let offer = Offer { on_demand: hour(on_demand), spot: hour(spot), spare: 1 };
                group.set_offer(zone, pool, offer);
            }
        }
    }

    /// Whether EC2 has no instance of this kind at `now`.
    pub fn is_short(&self, source: Source, now: SimTime) -> bool {
        use crate::aws::auto_scaling::instance::Purchase;
        let market = match source.purchase {
            Purchase::OnDemand => Market::OnDemand,
            Purchase::Spot => Market::Spot,
        };
        let (zone, name) = (self.zone(source), &self.types[usize::from(source.pool.0)].0.name);
        self.shortages.iter().any(|it| {
            let at = |time: SimDuration| SimTime::ZERO.saturating_add(time);
            at(it.from) <= now
                && it.until.is_none_or(|until| now < at(until))
                && it.zone.is_none_or(|short| short == zone)
                && it.market.is_none_or(|short| short == market)
                && it.instance_type.as_ref().is_none_or(|short| short == name)
        })
    }

    /// Instances in service; of fleets, those that run.
    pub fn serving(&self) -> u32 {
        match &self.group {
            Some(group) => group.totals().serving,
            None => self.running,
        }
    }

    /// The zone of the cluster that instances from a source are in.
    pub fn zone(&self, source: Source) -> u32 {
        self.zones[usize::from(source.zone.0)]
    }
}

/// The zones of a group in ascending order, and its subnets in each.
fn zones(group: &AutoScalingGroup, subnets: &Subnets) -> (Vec<u32>, Vec<Vec<usize>>) {
    let mut all: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, (name, zone)) in subnets.places.iter().enumerate() {
        if group.subnets.is_empty() || group.subnets.contains(name) {
            all.entry(*zone).or_default().push(place);
        }
    }
    all.into_iter().unzip()
}

impl World<'_> {
    /// Tells a group something, and does what it asks for. Fleets keep no number of instances:
    /// nothing is to be told then.
    pub(super) fn tell_group<T>(
        &mut self,
        group: u16,
        tell: impl FnOnce(&mut Group, SimTime, &mut Vec<Action>) -> T,
    ) -> Option<T> {
        let (mut out, now) = (Vec::new(), self.now());
        let ec2 = self.ec2_mut();
        let state = ec2.groups[usize::from(group)].group.as_mut();
        let told = state.map(|state| tell(state, now, &mut out));
        ec2.todo.extend(out.into_iter().map(|action| (group, action)));
        ec2.meter_in_service(now);
        self.arm_group(group);
        self.do_what_groups_ask();
        told
    }

    /// Does everything in the order in which it was asked for; what is asked meanwhile comes after.
    fn do_what_groups_ask(&mut self) {
        if std::mem::replace(&mut self.ec2_mut().is_busy, true) {
            return;
        }
        while let Some((group, action)) = self.ec2_mut().todo.pop_front() {
            self.act(group, action);
        }
        self.ec2_mut().is_busy = false;
    }

    fn act(&mut self, group: u16, action: Action) {
        let find = |id: InstanceId| self.ec2().groups[usize::from(group)].instances[&id];
        match action {
            Action::Launch { instance, source, .. } => {
                self.launch_instance(group, instance, source, Vec::new());
            }
            Action::Start(id) => self.start_instance(find(id)),
            Action::Stop { instance, hibernate } => {
                self.stop_instance(find(instance), hibernate);
            }
            Action::Notify { instance, hook } => self.hook_holds(find(instance), hook),
            Action::Serve { instance, .. } => self.tell_of(find(instance)),
            // services of ECS register tasks, not instances
            Action::Deregister(id) => {
                self.tell_group(group, |group, now, out| group.deregistered(id, now, out));
            }
            Action::Terminate(id) => self.terminate_instance(find(id)),
        }
    }

    /// Sees to it that a group is woken when time alone changes something.
    fn arm_group(&mut self, group: u16) {
        let state = &mut self.ec2_mut().groups[usize::from(group)];
        let next = state.group.as_ref().and_then(Group::next).unwrap_or(SimTime::MAX);
        if next < state.armed {
            state.armed = next;
            self.calendar.push(next, Phase::Decide, Ec2Event::Wake(group).into());
        }
    }

    /// The time has come that a group was to be woken at.
    pub(super) fn wake_group(&mut self, group: u16) {
        let now = self.now();
        let state = &mut self.ec2_mut().groups[usize::from(group)];
        if state.armed != now {
            return;
        }
        state.armed = SimTime::MAX;
        let next = state.group.as_ref().and_then(Group::next);
        if next.is_some_and(|next| next <= now) {
            self.tell_group(group, |group, now, out| group.wake(now, out));
        } else {
            self.arm_group(group);
        }
    }

    /// A hook holds an instance: those who use it drain it, or someone completes it later.
    fn hook_holds(&mut self, instance: u32, hook: u16) {
        let ec2 = self.ec2_mut();
        let tag = ec2.instances.tag(instance);
        let it = &ec2.instances[instance];
        let (machine, busy) = (it.machine, it.told && !it.drained);
        let state = &mut ec2.groups[usize::from(it.group)];
        if state.draining == Some(hook) {
            match machine.filter(|_| busy) {
                Some(machine) => self.tell_leaving(machine),
                None => self.complete_hook(instance, hook),
            }
        } else if let Some(takes) = &state.hooks[usize::from(hook)] {
            let delay = takes.sample(&mut state.hook_draws);
            self.after(delay, Phase::Release, Ec2Event::Hook { instance: tag, hook });
        }
    }

    /// A hook of an instance is completed: it goes on.
    pub(super) fn complete_hook(&mut self, instance: u32, hook: u16) {
        let (group, id) = self.group_of_instance(instance);
        self.tell_group(group, |group, now, out| {
            group.complete(id, hook, Outcome::Continue, now, out);
        });
    }

    /// The group of an instance, and its number there.
    pub(super) fn group_of_instance(&self, instance: u32) -> (u16, InstanceId) {
        let it = &self.ec2().instances[instance];
        (it.group, it.id)
    }
}
