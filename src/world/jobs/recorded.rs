//! Jobs of a table: each is a pod without a controller, which runs for so long and is removed.

use super::{Instance, Jobs};
use crate::engine::SimDuration;
use crate::kubernetes::objects::Phase;
use crate::kubernetes::objects::PodId;
use crate::scenario::AppMemory;
use crate::world::World;

impl Jobs {
    /// How long the process of a job of a table runs.
    pub fn lasts(&self, job: u32) -> SimDuration {
        self.instances[job].lasts
    }
}

impl World<'_> {
    /// The next job of a table is submitted.
    pub(super) fn on_recorded_job(&mut self, stream: u32) {
        let now = self.now();
        let it = &mut self.jobs.streams[stream as usize];
        let row = it.recorded.as_mut().and_then(|recorded| recorded.take());
        let row = row.expect("what is due is the next row");
        it.submitted += 1;
        self.jobs.schedule_next(stream, &mut self.calendar);
        let job = self.jobs.instances.insert(Instance {
            stream,
            submitted: now,
            node: None,
            container: None,
            leaf: None,
            lasts: row.duration,
            threads: Vec::new(),
            left: 0,
        });
        let spec = &self.scenario.jobs[stream as usize];
        let (cpu, memory) = (spec.cpu, spec.memory);
        let cpu = row.cpu.map_or((cpu.request, cpu.limit), |cpu| (cpu, Some(cpu)));
        let AppMemory { request, limit, .. } = memory;
        let memory = row.memory.map_or((request, limit), |memory| (memory, Some(memory)));
        self.create_job_pod(job, stream, cpu, memory);
    }

    /// The pod of a job got a node.
    pub(in crate::world) fn job_pod_bound(&mut self, job: u32, pod: PodId) {
        let objects = self.kubernetes_objects();
        let node = objects.get_pod(pod).and_then(|pod| objects.node(pod.node?));
        self.jobs.instances[job].node = node.map(|node| node.machine);
    }

    /// The pod of a job has ended so, or is gone before it could.
    pub(in crate::world) fn job_pod_ended(&mut self, job: u32, phase: Option<Phase>) {
        let now = self.now();
        let instance = self.jobs.instances.remove(job);
        let stream = &mut self.jobs.streams[instance.stream as usize];
        if phase == Some(Phase::Succeeded) {
            stream.completed += 1;
            stream.turnaround.record(now.since(instance.submitted));
        } else {
            stream.failed += 1;
        }
    }
}
