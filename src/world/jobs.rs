//! Batch jobs: each is submitted, waits for room, runs as one container, and ends.

mod recorded;

use std::collections::VecDeque;

use super::{Owner, World};
use crate::docker::{ContainerId, ContainerSpec, ExitCode, MemoryUse};
use crate::engine::{Calendar, Phase, Schedule, SimDuration, SimTime, Slab, Stream, Streams};
use crate::machine::HostId;
use crate::metrics::{Gauge, LatencyHistogram};
use crate::placement::{BinId, Resources};
use crate::scenario::{Arrivals, Job, RestartPolicy, Scenario};
use crate::sharing::{GroupId, LeafId, Quota, Share};
use crate::workload::arrivals::{Recorded, RecordedJob};
use crate::workload::{ArrivalProcess, Sampler, TraceError, Work};
use crate::world::InputError;

/// The next job of a stream is submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobEvent {
    /// Which `[[job]]`.
    pub stream: u32,
}

/// One job that has been submitted and has not ended.
#[derive(Clone, Debug)]
struct Instance {
    stream: u32,
    submitted: SimTime,
    node: Option<u32>,
    container: Option<ContainerId>,
    leaf: Option<(HostId, LeafId)>,
    /// How long it runs, of a job of a table.
    lasts: SimDuration,
    /// Work of each thread in nanoseconds; drawn at submission, so that platforms see the same.
    threads: Vec<f64>,
    /// Threads that still work.
    left: u32,
}

/// A `[[job]]` and its counts.
pub(super) struct JobStream {
    arrivals: ArrivalProcess,
    /// The table that its jobs are in, if they are.
    recorded: Option<Recorded<RecordedJob>>,
    demand: Sampler,
    demands: Stream,
    start: Stream,
    /// Whether more come.
    comes: bool,
    pub submitted: u64,
    pub rejected: u64,
    pub completed: u64,
    pub failed: u64,
    pub turnaround: LatencyHistogram,
}

/// All jobs of a cluster.
pub(super) struct Jobs {
    pub streams: Vec<JobStream>,
    instances: Slab<Instance>,
    waiting: VecDeque<u32>,
    container_start: Option<Sampler>,
    /// Containers of jobs that run.
    pub running: Gauge,
    /// Seconds for which they were throttled since the measurement began, without those of jobs
    /// that still run.
    throttled: f64,
}

impl Jobs {
    pub fn new(scenario: &Scenario, streams: Streams) -> Result<Self, InputError> {
        let of = |job: &Job| {
            let name = |part: &str| format!("job/{}/{part}", job.name);
            let recorded = match &job.arrivals {
                Arrivals::Trace(table) => Some(Recorded::jobs(table)?),
                _ => None,
            };
            Ok(JobStream {
                recorded,
                arrivals: ArrivalProcess::new(&job.arrivals, 1.0, streams, &name("arrivals"))?,
                demand: Sampler::new(&job.demand)?,
                demands: streams.named(&name("demand")),
                start: streams.named(&name("start")),
                comes: true,
                submitted: 0,
                rejected: 0,
                completed: 0,
                failed: 0,
                turnaround: LatencyHistogram::default(),
            })
        };
        Ok(Self {
            streams: scenario.jobs.iter().map(of).collect::<Result<_, InputError>>()?,
            instances: Slab::default(),
            waiting: VecDeque::new(),
            container_start: None,
            running: Gauge::default(),
            throttled: 0.0,
        })
    }

    /// Whether all jobs have ended and no more come.
    pub fn are_done(&self) -> bool {
        self.instances.is_empty() && self.streams.iter().all(|stream| !stream.comes)
    }

    /// Why a table of jobs ended early, if one did.
    pub fn take_failure(&mut self) -> Option<TraceError> {
        self.streams.iter_mut().find_map(|stream| stream.recorded.as_mut()?.take_failure())
    }

    /// Schedules the first submission of each stream.
    pub fn start(&mut self, calendar: &mut Calendar<super::Event>) {
        for stream in 0..self.streams.len() as u32 {
            self.schedule_next(stream, calendar);
        }
    }

    fn schedule_next(&mut self, stream: u32, calendar: &mut Calendar<super::Event>) {
        let it = &mut self.streams[stream as usize];
        let next = match &it.recorded {
            Some(recorded) => recorded.arrival(),
            None => it.arrivals.next(),
        };
        it.comes = next.is_some();
        if let Some(time) = next {
            calendar.at(time, Phase::Arrive, JobEvent { stream });
        }
    }

    /// Jobs of a stream that wait, and that run or are about to.
    pub fn present(&self, stream: u32) -> (u64, u64) {
        let mine = || self.instances.values().filter(|job| job.stream == stream);
        let running = mine().filter(|job| job.node.is_some()).count() as u64;
        (mine().count() as u64 - running, running)
    }

    /// Adds what the jobs on each node have been promised.
    pub fn add_promised(&self, scenario: &Scenario, promised: &mut [Resources]) {
        for job in self.instances.values() {
            let spec = &scenario.jobs[job.stream as usize];
            if let Some(node) = job.node {
                let need = Resources::new(spec.cpu.request, spec.memory.request);
                let before = promised[node as usize];
                promised[node as usize] = before.checked_add(need).expect("it was taken");
            }
        }
    }

    /// Starts the measurement anew; jobs that are present count as submitted.
    pub fn restart(&mut self) {
        for stream in 0..self.streams.len() as u32 {
            let (waiting, running) = self.present(stream);
            let it = &mut self.streams[stream as usize];
            it.submitted = waiting + running;
            (it.rejected, it.completed, it.failed) = (0, 0, 0);
            it.turnaround.clear();
        }
    }
}

impl World<'_> {
    /// A job is submitted.
    pub(super) fn on_job(&mut self, JobEvent { stream }: JobEvent) {
        if self.jobs.streams[stream as usize].recorded.is_some() {
            return self.on_recorded_job(stream);
        }
        self.jobs.schedule_next(stream, &mut self.calendar);
        let spec = &self.scenario.jobs[stream as usize];
        let it = &mut self.jobs.streams[stream as usize];
        it.submitted += 1;
        let mut draw = || it.demand.sample(&mut it.demands).as_nanos() as f64;
        let threads: Vec<f64> = (0..spec.threads).map(|_| draw()).collect();
        let job = self.jobs.instances.insert(Instance {
            stream,
            submitted: self.calendar.now(),
            node: None,
            container: None,
            leaf: None,
            lasts: SimDuration::ZERO,
            left: spec.threads,
            threads,
        });
        let line = !self.jobs.waiting.is_empty() && spec.queue;
        if line || !self.place_job(job) {
            if spec.queue {
                self.jobs.waiting.push_back(job);
            } else {
                self.jobs.instances.remove(job);
                self.jobs.streams[stream as usize].rejected += 1;
            }
        }
    }

    fn place_job(&mut self, job: u32) -> bool {
        let instance = &mut self.jobs.instances[job];
        let stream = instance.stream;
        if self.ecs.is_some() {
            return self.run_job_as_task(job, stream);
        }
        let spec = &self.scenario.jobs[stream as usize];
        let need = Resources::new(spec.cpu.request, spec.memory.request);
        let (nodes, hosts) = (&self.nodes.all, &self.hosts);
        let kubernetes = self.kubernetes.as_deref();
        let fargate = |bin: BinId| kubernetes.is_some_and(|it| it.is_on_fargate(bin.0));
        let open = |bin: BinId| nodes[bin.index()].is_open(hosts) && !fargate(bin);
        let chosen = self.nodes.pool.choose(need, &open);
        let Some(bin) = chosen else { return false };
        self.nodes.pool.take(bin, need);
        self.jobs.instances[job].node = Some(bin.0);
        let law = &self.cluster.engine.start;
        let sampler = self.jobs.container_start.get_or_insert_with(|| {
            Sampler::new(law).expect("the engine's laws were read when the world was made")
        });
        let start = sampler.sample(&mut self.jobs.streams[stream as usize].start);
        let container = ContainerSpec {
            image: self.image(&spec.image),
            pull: None,
            owner: Owner::Job(job).token(),
            start,
            memory_limit: spec.memory.limit,
            restart: RestartPolicy::No,
            writes: 0,
        };
        let engine = self.nodes.all[bin.index()].engine;
        let container = self.run_container(engine, container);
        self.jobs.instances[job].container = Some(container);
        true
    }

    /// A job got a node, of whose capacity someone else keeps account.
    pub(super) fn job_placed(&mut self, job: u32, node: u32) {
        self.jobs.instances[job].node = Some(node);
    }

    /// A job is in this container.
    pub(super) fn job_in_container(&mut self, job: u32, container: ContainerId) {
        self.jobs.instances[job].container = Some(container);
    }

    /// Starts those that wait, as far as there is room for the first.
    pub(super) fn place_waiting_jobs(&mut self) {
        while let Some(&job) = self.jobs.waiting.front() {
            if !self.place_job(job) {
                break;
            }
            self.jobs.waiting.pop_front();
        }
    }

    /// A job's container runs: its threads start.
    pub(super) fn job_running(&mut self, job: u32) {
        let now = self.now();
        let instance = &mut self.jobs.instances[job];
        let spec = &self.scenario.jobs[instance.stream as usize];
        let node = instance.node.expect("a job that runs is on a node");
        let node = &self.nodes.all[node as usize];
        let (host, group) = (node.host, node.group.expect("a node that runs containers is up"));
        let weight = spec.weight.unwrap_or(spec.cpu.request.0.max(2) as f64);
        let quota = spec.cpu.limit.map(|limit| Quota::new(limit.cores(), spec.cpu.period, now));
        let threads = std::mem::take(&mut instance.threads);
        let effort = self.effort(host);
        let cpu = &mut self.hosts[host.index()].cpu;
        let leaf = cpu.add_leaf(now, group, Share::weighted(weight), 1.0, quota);
        for work in threads {
            cpu.add_job(now, leaf, work * effort, Work::Process(job));
        }
        self.hosts[host.index()].arm(&mut self.calendar);
        self.recorder.host_used(host);
        self.jobs.running.add(now, 1.0);
        let instance = &mut self.jobs.instances[job];
        instance.leaf = Some((host, leaf));
        if let (Some(container), Some(node)) = (instance.container, instance.node) {
            let uses = MemoryUse { base: spec.memory.idle(), ..MemoryUse::default() };
            self.container_begins_to_use(container, node, uses);
        }
    }

    /// Seconds for which the containers of jobs were throttled since the measurement began.
    pub(super) fn jobs_throttled(&mut self) -> f64 {
        let now = self.now();
        let mut throttled = self.jobs.throttled;
        for (host, leaf) in self.jobs.instances.values().filter_map(|job| job.leaf) {
            throttled += self.hosts[host.index()].cpu.usage(now, leaf).throttled;
        }
        throttled
    }

    /// Starts the measurement of jobs anew.
    pub(super) fn restart_jobs(&mut self) {
        let now = self.now();
        // what jobs that run have been throttled so far is not measured
        self.jobs.throttled -= self.jobs_throttled();
        self.jobs.running.restart(now);
        self.jobs.restart();
    }

    /// The jobs on a node go on with it, in another group of another host.
    pub(super) fn move_jobs_on(&mut self, node: u32, to: HostId, group: GroupId) {
        let here = self.jobs.instances.iter().filter(|(_, job)| job.node == Some(node));
        let here: Vec<_> = here.filter_map(|(job, it)| Some((job, it.leaf?))).collect();
        for (job, place) in here {
            let moved = self.move_leaf(place, to, group);
            self.jobs.instances[job].leaf = Some(moved);
        }
    }

    /// One thread of a job is done.
    pub(super) fn job_thread_done(&mut self, job: u32) {
        let instance = &mut self.jobs.instances[job];
        instance.left -= 1;
        if instance.left == 0 {
            let container = instance.container.expect("a job that runs has a container");
            self.container_exits(container, ExitCode::SUCCESS);
        }
    }

    /// The container of a job has ended for good.
    pub(super) fn job_ended(&mut self, job: u32, success: bool) {
        let now = self.now();
        let instance = self.jobs.instances.remove(job);
        let spec = &self.scenario.jobs[instance.stream as usize];
        if let Some((host, leaf)) = instance.leaf {
            let mut cut_off = Vec::new();
            let usage = self.hosts[host.index()].cpu.remove_leaf(now, leaf, &mut cut_off);
            self.jobs.throttled += usage.throttled;
            self.jobs.running.add(now, -1.0);
            self.hosts[host.index()].arm(&mut self.calendar);
        }
        if let Some(node) = instance.node.filter(|_| self.ecs.is_none()) {
            let need = Resources::new(spec.cpu.request, spec.memory.request);
            self.nodes.pool.give(BinId(node), need);
        }
        let stream = &mut self.jobs.streams[instance.stream as usize];
        if success {
            stream.completed += 1;
            stream.turnaround.record(now.since(instance.submitted));
        } else {
            stream.failed += 1;
        }
        self.room_made();
    }
}
