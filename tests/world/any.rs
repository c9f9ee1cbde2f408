//! Small scenarios of every kind: whatever they say, nothing is lost and nothing breaks.

use std::fmt::Write;

use proptest::prelude::*;

use crate::lab::run_all;

/// One of these texts.
fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

fn arrivals() -> impl Strategy<Value = &'static str> {
    one_of(&[
        "{ poisson = '30/s' }",
        "{ deterministic = '50/s' }",
        "{ users = { count = 20, think = '0s' } }",
        "{ users = { count = 5, think = { exponential = { mean = '100ms' } } } }",
        "{ mmpp = { rates = ['0/s', '200/s'], sojourns = ['2s', '500ms'] } }",
        "{ at = ['0s', '0s', '1s', '5s', '5s', '5s'] }",
        "{ poisson = '0.001/s' }",
    ])
}

fn law() -> impl Strategy<Value = &'static str> {
    one_of(&[
        "'7ms'",
        "{ exponential = { mean = '20ms' } }",
        "{ lognormal = { mean = '50ms', cv = 2.0 } }",
        "{ uniform = { min = '0s', max = '3s' } }",
    ])
}

/// Autoscalers in a hurry, so that much happens in ten seconds.
fn autoscale() -> impl Strategy<Value = &'static str> {
    one_of(&[
        "",
        "",
        "autoscale = { target = '40%', max = 8, sync_period = '700ms', \
         metrics_resolution = '500ms', grace = '0s', scale_down = { stabilization = '0s' } }",
        "autoscale = { target = '10%', max = 20, sync_period = '1s', metrics_resolution = '1s', \
         metrics_delay = '900ms', grace = '300ms', cpu_initialization_period = '0s', \
         scale_up = { policies = [{ percent = 300, period = '1s' }] }, \
         scale_down = { stabilization = '2s', policies = [{ replicas = 2, period = '1s' }] } }",
        "autoscale = { metric = 'requests', target = '10/s', max = 6, sync_period = '300ms', \
         metrics_resolution = '400ms', grace = '5s', scale_down = { stabilization = '1s' } }",
        "autoscale = { metric = 'requests', target = '500/s', max = 5, sync_period = '2s', \
         metrics_resolution = '1s', scale_down = { stabilization = '0s' } }",
    ])
}

prop_compose! {
    /// An app that may call those of the names given.
    fn an_app(name: &'static str, calls: &'static [&'static str])(
        traffic in prop::option::of(arrivals()),
        (demand, wait, start) in (prop::option::of(law()), prop::option::of(law()), law()),
        cpu in one_of(&[
            "{ request = '100m' }", "{ request = '600m', limit = '700m' }",
            "{ request = '50m', limit = '50m', period = '20ms' }",
        ]),
        memory in one_of(&[
            "{ request = '64MiB' }",
            "{ request = '256MiB', limit = '300MiB', per_request = '20MiB' }",
            "{ request = '512MiB', limit = '512MiB', base = '500MiB', per_request = '30MiB' }",
            "{ request = '64MiB', limit = '104MiB', base = '64MiB', leak = '9MiB/s' }",
            "{ request = '512MiB', base = '400MiB', per_request = '30MiB', leak = '150MiB/s' }",
        ]),
        limits in one_of(&[
            "", "concurrency = 1", "concurrency = 2\nbacklog = 3", "concurrency = 1\nbacklog = 0",
            "parallelism = 2",
        ]),
        client in one_of(&[
            "", "timeout = '30ms'", "timeout = '100ms'\nretries = 3", "retries = 2",
            "timeout = '50ms'\nretries = 4\nretry_backoff = '0s'",
        ]),
        balance in one_of(&["round-robin", "least-outstanding", "random", "power-of-two"]),
        restart in one_of(&["no", "on-failure", "always"]),
        (replicas, spread) in prop_oneof![(1..6u32, Just(false)), (1..3u32, Just(true))],
        calls in one_of(calls),
        autoscale in autoscale(),
    ) -> String {
        let mut text = format!(
            "[[app]]\nname = '{name}'\nimage = 'image'\nreplicas = {replicas}\nspread = {spread}\n\
             cpu = {cpu}\nmemory = {memory}\nstart = {start}\nrestart = '{restart}'\n\
             balance = '{balance}'\n{limits}\n{client}\n{calls}\n{autoscale}\n"
        );
        // users who do not think need requests that take time
        let demand = demand.or(wait.is_none().then_some("'5ms'"));
        for (key, value) in [("demand", demand), ("wait", wait)] {
            if let Some(value) = value {
                writeln!(text, "{key} = {value}").unwrap();
            }
        }
        if let Some(traffic) = traffic {
            writeln!(text, "traffic = {{ arrivals = {traffic} }}").unwrap();
        }
        text
    }
}

fn cluster() -> impl Strategy<Value = String> {
    let guest = one_of(&[
        "guest = { boot = '3s' }",
        "guest = { boot = '0s', provision = '0s', memory = '0', cpu = '0' }",
        "guest = { boot = { exponential = { mean = '5s' } }, network_latency = '1ms' }",
    ]);
    let policy = one_of(&[
        "first-fit",
        "best-fit",
        "worst-fit",
        "next-fit",
        "dot-product",
        "cosine-similarity",
        "l2-norm",
    ]);
    let over = one_of(&["cpu = 1.0", "cpu = 3.0, memory = 2.0"]);
    let engine =
        one_of(&["engine = { prepulled = true, start = '0s' }", "engine = { start = '1s' }", ""]);
    let vm = (0..3u8, 2..4u32, guest);
    (vm, 2..4u32, policy, over, engine).prop_map(
        |((kind, vcpus, guest), count, policy, over, engine)| {
            let kinds = ["docker", "docker", "hypervisor"];
            let vm = match kind {
                0 => String::new(),
                1 => format!("vm = {{ vcpus = 2, memory = '1GiB', per_host = 2, {guest} }}"),
                _ => format!("vm = {{ vcpus = {vcpus}, memory = '1GiB', {guest} }}"),
            };
            let kind = kinds[usize::from(kind)];
            format!(
                "[[cluster]]\nname = 'any'\nkind = '{kind}'\nplacement = '{policy}'\n\
             hosts = {{ shape = 'host', count = {count} }}\novercommit = {{ {over} }}\n\
             {engine}\n{vm}\n"
            )
        },
    )
}

fn extras() -> impl Strategy<Value = String> {
    let faults = one_of(&[
        "",
        "[[fault]]\nkind = { scheduled = { at = '4s', duration = '3s' } }\n",
        "[[fault]]\nhosts = [1]\nkind = { scheduled = { at = '0s', duration = '5s' } }\n",
        "[[fault]]\nhosts = [0]\nkind = { drain = { at = '3s', duration = '4s' } }\n",
        "[[fault]]\nhosts = [0]\nkind = { drain = { at = '2s' } }\n\
         [[fault]]\nhosts = [1]\nkind = { drain = { at = '3s', duration = '2s' } }\n\
         [[fault]]\nkind.random.time_to_failure.exponential.mean = '4s'\n\
         kind.random.time_to_repair.exponential.mean = '1s'\n",
        "[[fault]]\nkind.random.time_to_failure.exponential.mean = '5s'\n\
         kind.random.time_to_repair.exponential.mean = '1s'\n\
         [[fault]]\nkind = { scheduled = { at = '5s', duration = '1s' } }\n",
    ]);
    let jobs = one_of(&[
        "",
        "[[job]]\nname = 'batch'\nimage = 'image'\narrivals = { poisson = '2/s' }\nthreads = 2\n\
         demand = { exponential = { mean = '1s' } }\ncpu = { request = '500m', limit = '1' }\n\
         memory = { request = '128MiB' }\n",
        "[[job]]\nname = 'batch'\nimage = 'image'\narrivals = { deterministic = '5/s' }\n\
         queue = false\ndemand = '0s'\ncpu = { request = '300m' }\n\
         memory = { request = '64MiB' }\n",
    ]);
    (faults, jobs).prop_map(|(faults, jobs)| format!("{jobs}{faults}"))
}

fn fleet() -> impl Strategy<Value = &'static str> {
    one_of(&[
        "",
        "[[vm]]\nname = 'stream'\narrivals = { poisson = '1/s' }\nvcpus = 1\nmemory = '512MiB'\n\
         lifetime = { exponential = { mean = '3s' } }\nusage = { constant = '60%' }\n\
         queue = true\n",
        "[[vm]]\nname = 'stream'\narrivals = { deterministic = '2/s' }\nvcpus = 2\n\
         memory = '1GiB'\nusage = { constant = '100%' }\nboot = '1s'\n",
    ])
}

/// Images that come and go; `image` is built on nothing and `other` shares a layer with it.
fn registry() -> impl Strategy<Value = &'static str> {
    one_of(&[
        "",
        "",
        "[registry]\nname = 'hub'\npushes = [{ image = 'image', at = '1s' }]\n",
        "[registry]\nname = 'ecr'\nkind = 'ecr'\nstream = '1MB/s'\n\
         pushes = [{ image = 'other', tag = 'image', at = '2s' }, { image = 'image', at = '7s' }]\n\
         [[fault]]\nkind.registry-outage = { registry = 'ecr', at = '4s', duration = '500ms' }\n",
        "[[registry]]\nname = 'cache'\nupstream = 'ecr'\n\
         [[registry]]\nname = 'ecr'\nkind = 'ecr'\nlimits = { put = '1/h', layer = '2/s' }\n\
         repositories = [{ name = 'image', immutable = true, scan_on_push = true }]\n\
         pushes = [\n{ image = 'other', tag = 'image', at = '1s' },\n\
         { image = 'image', at = '2s' },\n]\n",
    ])
}

const HARDWARE: &str = "[[host]]\nname = 'host'\ncores = 4\nmemory = '5GiB'\n\
                        boot = { uniform = { min = '0s', max = '2s' } }\n\
                        [[image]]\nname = 'image'\n\
                        layers = [{ size = '5MiB', digest = 'a' }, '1MiB']\n\
                        [[image]]\nname = 'other'\nlayers = [{ size = '5MiB', digest = 'a' }]\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_in_any_small_world(
        front in an_app(
            "front",
            &["", "calls = [['back']]", "calls = [['back', 'back'], ['rear']]"],
        ),
        back in an_app("back", &["", "calls = [['rear']]", "calls = [['rear', 'rear', 'rear']]"]),
        rear in an_app("rear", &[""]),
        (cluster, extras) in (cluster(), extras()),
        (fleet, registry) in (fleet(), registry()),
        (warm_up, points, seed) in (one_of(&["0s", "1ns", "5s", "9999ms"]), 2..40u32, 0..1000u64),
    ) {
        let fleet = if cluster.contains("hypervisor") { fleet } else { "" };
        // a drain of containers on bare metal is refused
        let bare = !cluster.contains("vm = ");
        let extras = if bare && extras.contains("drain") { String::new() } else { extras };
        let text = format!(
            "[simulation]\nname = 'any'\nduration = '10s'\nwarm_up = '{warm_up}'\n\
             points = {points}\nseed = {seed}\n{HARDWARE}{registry}{front}{back}{rear}{extras}\
             {fleet}{cluster}"
        );
        run_all(&text);
    }
}
