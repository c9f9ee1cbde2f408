//! Jobs and cron jobs. A job's controller looks a second after something happened to its pods.

use super::rig::Rig;
use crate::kubernetes::control::log::Entry;

/// A job of pods of this image, with these fields of its spec.
fn job(image: &str, fields: &[&str]) -> String {
    let fields = fields.iter().map(|field| format!("  {field}\n")).collect::<String>();
    format!(
        "
apiVersion: batch/v1
kind: Job
metadata: {{ name: count }}
spec:
{fields}  template:
    spec:
      restartPolicy: Never
      containers: [{{ name: app, image: '{image}' }}]
"
    )
}

/// A cron job that is due every five minutes, with these lines in the spec of its jobs and in that
/// of their pods.
fn cron_job(of_job: &str, of_pods: &str) -> String {
    format!(
        "
apiVersion: batch/v1
kind: CronJob
metadata: {{ name: tidy }}
spec:
  schedule: '*/5 * * * *'
  jobTemplate:
    spec:
{of_job}      template:
        metadata: {{ labels: {{ app: tidy }} }}
        spec:
          restartPolicy: Never
          containers: [{{ name: app, image: 'task:1' }}]
{of_pods}"
    )
}

/// When pods came, and when and how jobs ended.
fn told(rig: &mut Rig, until: u64) -> Vec<String> {
    rig.told_until(until, |rig, entry| match entry {
        Entry::Created { .. } => Some("pod".to_owned()),
        Entry::JobEnded { workload, succeeded } => {
            let name = &rig.control.objects().workload(workload).name;
            Some(format!("{name} {}", if succeeded { "complete" } else { "failed" }))
        }
        _ => None,
    })
}

#[test]
fn pods_come_until_enough_ended_well() {
    let mut rig = Rig::new(1);
    rig.apply(&job("task:1", &["parallelism: 2", "completions: 3"]));
    // two run from 1 to 61, the third from 63 to 123
    assert_eq!(told(&mut rig, 200_000), ["0 pod", "0 pod", "62 pod", "124 count complete"]);
}

#[test]
fn failures_are_waited_for_ever_longer_and_end_it() {
    let mut rig = Rig::new(1);
    rig.apply(&job("broken:1", &["backoffLimit: 3"]));
    // each fails 4 s after it was made; then 10, 20 and 40 s
    let expected = ["0 pod", "14 pod", "38 pod", "82 pod", "87 count failed"];
    assert_eq!(told(&mut rig, 300_000), expected);
}

#[test]
fn each_index_has_a_pod() {
    let mut rig = Rig::new(1);
    rig.lives = |_, pod| Some((1_000, i32::from(pod.starts_with("count-1-"))));
    let fields = ["completionMode: Indexed", "completions: 3", "parallelism: 3", "backoffLimit: 0"];
    rig.apply(&job("task:1", &fields));
    assert_eq!(told(&mut rig, 60_000), ["0 pod", "0 pod", "0 pod", "3 count failed"]);
    let names = rig.pods();
    let starts: Vec<_> = names.iter().map(|name| &name[..8]).collect();
    assert_eq!(starts, ["count-0-", "count-1-", "count-2-"]);
}

#[test]
fn it_is_deleted_when_its_time_to_live_is_over() {
    let mut rig = Rig::new(1);
    rig.apply(&job("task:1", &["ttlSecondsAfterFinished: 100"]));
    rig.run_to(161_999);
    assert_eq!(rig.pods().len(), 1, "it ended at 61 and was seen to at 62");
    rig.run_to(162_000);
    assert!(rig.pods().is_empty());
    assert!(rig.control.find(None, "default", "count").is_none());
}

#[test]
fn cron_jobs_take_their_turns_and_keep_three() {
    let mut rig = Rig::new(1);
    rig.apply(&cron_job("", ""));
    // the controller looks a tenth of a second after each turn; 1_704_067_200 s are 28_401_120 min
    let expected = [
        "300.1 pod",
        "362.1 tidy-28401125 complete",
        "600.1 pod",
        "662.1 tidy-28401130 complete",
        "900.1 pod",
        "962.1 tidy-28401135 complete",
        "1200.1 pod",
        "1262.1 tidy-28401140 complete",
    ];
    assert_eq!(told(&mut rig, 1_300_000), expected);
    assert_eq!(rig.pods().len(), 3);
}

/// Pods of one job go to different nodes, whatever runs there of other jobs: `matchLabelKeys` makes
/// of the label with the job's name a part of the selector.
#[test]
fn pods_of_cron_jobs_keep_away_from_those_of_the_same_job() {
    let mut rig = Rig::new(2);
    rig.lives = |_, _| Some((400_000, 0));
    let affinity = "
          affinity:
            podAntiAffinity:
              requiredDuringSchedulingIgnoredDuringExecution:
                - topologyKey: kubernetes.io/hostname
                  labelSelector: { matchLabels: { app: tidy } }
                  matchLabelKeys: [batch.kubernetes.io/job-name]
";
    rig.apply(&cron_job("      parallelism: 3\n      completions: 3\n", affinity));
    // two nodes for the three pods of each job, though those of the first still run
    rig.run_to(650_000);
    let objects = rig.control.objects();
    assert_eq!((rig.pods().len(), objects.counts().pods_pending), (6, 2));
}
