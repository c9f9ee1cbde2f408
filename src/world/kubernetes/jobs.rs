//! Jobs of a table as pods: one template for all that request the same.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::apps::valid;
use crate::kubernetes::api::Object;
use crate::kubernetes::objects::{Objects, PodId, TemplateId};
use crate::scenario::Job;
use crate::units::{Bytes, Millicores};
use crate::world::World;

/// What is requested, and the limit.
type Amounts<T> = (T, Option<T>);

/// The pods of jobs.
#[derive(Debug, Default)]
pub(super) struct JobPods {
    /// By stream, CPU and memory.
    templates: BTreeMap<(u32, Amounts<Millicores>, Amounts<Bytes>), TemplateId>,
    /// The job of each pod, by the number of that.
    jobs: Vec<Option<u32>>,
}

impl JobPods {
    /// The job that a pod is of.
    pub fn of(&self, pod: PodId) -> Option<u32> {
        self.jobs.get(pod.index()).copied().flatten()
    }

    fn set(&mut self, pod: PodId, job: Option<u32>) {
        if self.jobs.len() <= pod.index() {
            self.jobs.resize(pod.index() + 1, None);
        }
        self.jobs[pod.index()] = job;
    }

    /// Nothing more is known of a pod; returns its job.
    fn take(&mut self, pod: PodId) -> Option<u32> {
        self.jobs.get_mut(pod.index())?.take()
    }
}

impl World<'_> {
    pub(in crate::world) fn kubernetes_objects(&self) -> &Objects {
        self.kubernetes().control.objects()
    }

    /// Makes the pod of a job of this stream.
    pub(in crate::world) fn create_job_pod(
        &mut self,
        job: u32,
        stream: u32,
        cpu: Amounts<Millicores>,
        memory: Amounts<Bytes>,
    ) {
        let known = self.kubernetes().jobs.templates.get(&(stream, cpu, memory)).copied();
        let template = known.unwrap_or_else(|| {
            let pod = manifest(&self.scenario.jobs[stream as usize], cpu, memory);
            let Object::Pod(pod) = valid(&pod) else { unreachable!("it is the manifest of a pod") };
            let kubernetes = self.kubernetes_mut();
            let template = kubernetes.control.admit(*pod).expect("it names no priority class");
            kubernetes.jobs.templates.insert((stream, cpu, memory), template);
            template
        });
        let pod = self.with_control(|control, around| control.create(template, around));
        self.kubernetes_mut().jobs.set(pod, Some(job));
    }

    /// All containers of a pod have ended for good. Nobody looks at that of a job any more.
    pub(super) fn pod_completed(&mut self, pod: PodId) {
        let Some(job) = self.kubernetes_mut().jobs.take(pod) else { return };
        let phase = self.kubernetes_objects().get_pod(pod).map(|pod| pod.phase);
        self.job_pod_ended(job, phase);
        self.with_control(|control, around| control.remove(pod, around));
    }

    /// The pod of a job is gone before it had ended.
    pub(super) fn job_pod_gone(&mut self, pod: PodId) {
        if let Some(job) = self.kubernetes_mut().jobs.take(pod) {
            self.job_pod_ended(job, None);
        }
    }
}

/// The pod of a job that requests this much.
fn manifest(job: &Job, cpu: Amounts<Millicores>, memory: Amounts<Bytes>) -> Value {
    let amounts = |cpu: Option<Millicores>, memory: Option<Bytes>| {
        let mut amounts = serde_json::Map::new();
        if let Some(cpu) = cpu {
            amounts.insert("cpu".to_owned(), format!("{}m", cpu.0).into());
        }
        if let Some(memory) = memory {
            amounts.insert("memory".to_owned(), memory.0.to_string().into());
        }
        Value::Object(amounts)
    };
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "generateName": format!("{}-", job.name), "namespace": "default" },
        "spec": {
            "restartPolicy": "Never",
            "containers": [{
                "name": "job",
                "image": job.image,
                "resources": {
                    "requests": amounts(Some(cpu.0), Some(memory.0)),
                    "limits": amounts(cpu.1, memory.1),
                },
            }],
        },
    })
}
