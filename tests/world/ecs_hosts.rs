//! Tasks on instances that are VMs on hosts of an ECS cluster.

use plimsoll::metrics::Recording;
use proptest::prelude::*;

use crate::lab::{app, close, of, run, run_all};

/// Four cores, and images of no size.
const RACK: &str = "
[[host]]
name = 'rack'
cores = 4
memory = '64GiB'
boot = '0s'
[[image]]
name = 'image'
layers = []
";

/// A cluster with these keys whose instances are up after two seconds, and a group of them.
fn cluster(keys: &str, group: &str) -> String {
    format!(
        "
[[cluster]]
name = 'ecs'
kind = 'ecs'
engine = {{ start = '0s' }}
{keys}
[cluster.ecs]
interface = '0s'
agent = '0s'
registration = '0s'
[[cluster.auto_scaling_group]]
name = 'web'
launch = '1s'
boot = '1s'
shutdown = '1s'
{group}
"
    )
}

/// Ten seconds of forty users of two tasks, each alone on an m5.xlarge, who never let a vCPU idle.
fn saturated(keys: &str, more: &str) -> Recording {
    let web = app(
        "web",
        "replicas = 2\ncpu = { request = '3500m' }\ndemand = '10ms'\n\
         traffic = { arrivals = { users = { count = 40, think = '0s' } } }",
    );
    let group = "instance_types = ['m5.xlarge']\nmin = 2\nmax = 2";
    let simulation = "[simulation]\nname = 'test'\nduration = '70s'\nwarm_up = '60s'\npoints = 7\n";
    run(&[simulation, RACK, &web, &cluster(keys, group), more])
}

/// How many were answered in ten seconds, to the forty that were on their way.
#[track_caller]
fn answered(recording: &Recording, expected: f64) {
    let succeeded = of(recording, "web").requests.succeeded as f64;
    assert!((succeeded - expected).abs() <= 40.0, "{succeeded} instead of {expected}");
}

/// 98 % of eight cores is 784 requests of 10 ms a second.
#[test]
fn instances_that_have_a_host_each_answer_as_fast_as_their_cores() {
    let recording = saturated("hosts = { shape = 'rack', count = 2 }", "");
    answered(&recording, 7840.0);
    assert_eq!(recording.summary.hosts.cpu_ready, Some(0.0));
    close(recording.summary.hosts.cpu_utilisation, 1.0);
}

#[test]
fn instances_that_were_promised_the_same_host_answer_half_as_fast() {
    let keys = "hosts = { shape = 'rack', count = 1 }\novercommit = { cpu = 2.0 }";
    let recording = saturated(keys, "");
    answered(&recording, 3920.0);
    // four of eight vCPUs wait all the time
    close(recording.summary.hosts.cpu_ready.expect("there are VMs"), 0.5);
    close(recording.summary.hosts.cpu_utilisation, 1.0);
    // another VM of four vCPUs, all of which it uses
    let vms = "[[vm]]\nname = 'other'\narrivals = { at = ['0s'] }\nvcpus = 4\n\
               memory = '1GiB'\nboot = '0s'\nusage = { constant = '100%' }\n";
    let keys = "hosts = { shape = 'rack', count = 1 }\novercommit = { cpu = 3.0 }";
    let recording = saturated(keys, vms);
    // twelve vCPUs share four cores alike
    answered(&recording, 3920.0 * 8.0 / 12.0);
}

#[test]
fn a_slow_host_slows_its_instances_down() {
    let slow = "[[fault]]\nhosts = [0]\n\
                kind = { slow = { at = '30s', duration = '1h', speed = '50%' } }\n";
    let recording = saturated("hosts = { shape = 'rack', count = 2 }", slow);
    // requests go to both in turn, so that the quick one answers no more than the slow one
    answered(&recording, 3920.0);
    assert!((recording.summary.hosts.cpu_utilisation - 0.75).abs() < 0.01);
}

/// A host of two fails at 60 s. Its instance is found impaired at 70 s and replaced on the other at
/// 72 s, where its task goes.
#[test]
fn tasks_of_a_host_that_fails_go_to_the_instance_that_takes_the_place_of_theirs() {
    let fault = "[[fault]]\nhosts = [1]\nkind = { scheduled = { at = '60s', duration = '1h' } }\n";
    let web = app("web", "replicas = 2\ncpu = { request = '1500m' }\ndemand = '10ms'");
    let group =
        "instance_types = ['m5.large']\nmin = 2\nmax = 2\nstatus_check = '10s'\ngrace = '0s'";
    let keys = "hosts = { shape = 'rack', count = 2 }\nplacement = 'worst-fit'";
    let simulation = "[simulation]\nname = 'test'\nduration = '120s'\npoints = 10\n";
    let recording = run(&[simulation, RACK, &web, &cluster(keys, group), fault]);
    let summary = &recording.summary;
    let account = summary.tasks.as_ref().expect("it is of ECS").account;
    assert_eq!((account.created, account.running), (3, 2), "{account:?}");
    assert_eq!((summary.vms.running, summary.vms.failed), (2, 1), "{:?}", summary.vms);
    // one of two for twelve seconds and a moment, beside the three at the beginning
    let ready = of(&recording, "web").replicas_ready;
    assert!((1.80..1.90).contains(&ready), "{ready}");
}

/// One of these texts.
fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_on_any_hosts(
        (count, threads) in (2..4_u32, 1..3_u32),
        over in one_of(&["{}", "{ cpu = 2.0 }", "{ cpu = 3.0, memory = 1.5 }"]),
        policy in one_of(&["first-fit", "best-fit", "worst-fit"]),
        group in one_of(&[
            "instance_types = ['m5.large']\nmax = 4",
            "instance_types = ['m5.xlarge', 'm5.large']\nmin = 1\nmax = 6",
            "instance_types = ['t3.small']\nmax = 8\ncredits = 'standard'",
            "instance_types = ['t3.small', 't2.micro']\nmin = 3\nmax = 8\nstatus_check = '3s'",
            "instance_types = ['m5.large']\nmax = 4\nwarm_pool = { min_size = 2 }",
            "instance_types = ['m5.large']\nmin = 2\nmax = 6\n\
             market = { on_demand = '0%', spot_interruptions = '99.9999999999%' }",
        ]),
        traffic in one_of(&[
            "{ poisson = '30/s' }", "{ users = { count = 20, think = '0s' } }",
            "{ mmpp = { rates = ['0/s', '200/s'], sojourns = ['20s', '5s'] } }",
        ]),
        faults in one_of(&[
            "",
            "[[fault]]\nkind = { scheduled = { at = '40s', duration = '3s' } }\n",
            "[[fault]]\nhosts = [1]\n\
             kind = { slow = { at = '20s', duration = '30s', speed = '9%' } }\n",
            "[[fault]]\nkind.random.time_to_failure.exponential.mean = '30s'\n\
             kind.random.time_to_repair.exponential.mean = '9s'\n",
        ]),
        vms in one_of(&[
            "",
            "[[vm]]\nname = 'other'\narrivals = { poisson = '0.5/s' }\nvcpus = 1\n\
             memory = '512MiB'\nlifetime = { exponential = { mean = '6s' } }\n\
             usage = { constant = '60%' }\nqueue = true\n",
        ]),
        seed in 0..1000_u64,
    ) {
        let web = app(
            "web",
            &format!(
                "replicas = 4\ndemand = {{ exponential = {{ mean = '20ms' }} }}\n\
                 timeout = '500ms'\ntraffic = {{ arrivals = {traffic} }}\n\
                 memory = {{ request = '256MiB', per_request = '5MiB' }}"
            ),
        );
        let keys = format!(
            "hosts = {{ shape = 'rack', count = {count} }}\novercommit = {over}\n\
             placement = '{policy}'\nzones = {{ count = 2, uplink = '1Gbit/s' }}"
        );
        let rack = RACK.replace("boot", &format!("threads_per_core = {threads}\nboot"));
        run_all(&format!(
            "[simulation]\nname = 'any'\nduration = '2min'\nwarm_up = '10s'\npoints = 9\n\
             seed = {seed}\n{rack}{web}{}{faults}{vms}",
            cluster(&keys, group)
        ));
    }
}
