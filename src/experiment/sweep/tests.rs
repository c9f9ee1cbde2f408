//! Plans of small sweeps, compared with what was counted by hand.

use std::collections::BTreeSet;

use super::*;

const SWEEP: &str = "
    [sweep]
    replications = 2
    [sweep.parameters]
    'app.web.replicas' = [1, 2]
    'app.web.cpu.request' = { from = '250m', to = '750m', steps = 3 }
";

fn text(sweep: &str) -> String {
    format!(
        "simulation = {{ name = 'x', duration = '1min', seed = 7 }}
         host = [{{ name = 'server', cores = 16, memory = '64GiB' }}]
         image = [{{ name = 'web:1', layers = ['29MiB'] }}]
         cluster = [{{ name = 'c', kind = 'docker', hosts = {{ shape = 'server' }} }}]
         [[app]]
         name = 'web'
         image = 'web:1'
         cpu = {{ request = '1' }}
         memory = {{ request = '1Gi' }}
         {sweep}"
    )
}

fn plan_of(text: &str) -> Plan {
    Plan::new(text, "x.toml", Path::new(""), &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn ids(plan: &Plan) -> Vec<RunId> {
    plan.outline.runs.iter().map(|run| run.id).collect()
}

#[test]
fn a_plan_has_every_point_under_every_seed() {
    let plan = plan_of(&text(SWEEP));
    assert_eq!(plan.outline.parameters, ["app.web.cpu.request", "app.web.replicas"]);
    let order: Vec<_> = plan.outline.runs.iter().map(|run| (run.point, run.replication)).collect();
    let expected: Vec<_> = (0..6).flat_map(|point| [(point, 0), (point, 1)]).collect();
    assert_eq!(order, expected);
    let scenario = plan.scenario(3).unwrap();
    assert_eq!(scenario.apps[0].replicas, 2);
    assert_eq!(scenario.apps[0].cpu.request.to_string(), "500m");
    assert_eq!(ids(&plan).into_iter().collect::<BTreeSet<_>>().len(), 12);
}

#[test]
fn a_replication_has_the_same_seed_at_every_point() {
    let plan = plan_of(&text(SWEEP));
    let seeds = |replication| {
        let runs = plan.outline.runs.iter().filter(move |run| run.replication == replication);
        runs.map(|run| run.seed).collect::<BTreeSet<_>>()
    };
    assert_eq!(seeds(0), BTreeSet::from([7]));
    assert_eq!(seeds(1).len(), 1);
    assert_ne!(seeds(0), seeds(1));
    assert!(replicated(7, 1) <= i64::MAX as u64);
}

#[test]
fn a_run_keeps_its_id_when_the_sweep_grows_or_the_file_is_written_otherwise() {
    let first = ids(&plan_of(&text(SWEEP)));
    assert_eq!(first, ids(&plan_of(&text(SWEEP))));
    let reordered = text(SWEEP).replace(
        "name = 'x', duration = '1min', seed = 7",
        "seed = 7, warm_up = '0s', duration = '60s', name = 'x'",
    );
    assert_eq!(first, ids(&plan_of(&reordered)));
    let grown = ids(&plan_of(&text(&SWEEP.replace("[1, 2]", "[1, 2, 3]"))));
    assert!(first.iter().all(|id| grown.contains(id)));
    assert_eq!(grown.len(), 18);
}

#[test]
fn any_value_that_changes_makes_other_runs() {
    let first: BTreeSet<_> = ids(&plan_of(&text(SWEEP))).into_iter().collect();
    for (value, other) in [
        ("seed = 7", "seed = 8"),
        ("'1min'", "'61s'"),
        ("cores = 16", "cores = 15"),
        ("'1Gi'", "'1025Mi'"),
        ("'29MiB'", "'30MiB'"),
        ("name = 'x'", "name = 'y'"),
    ] {
        let changed = text(SWEEP).replace(value, other);
        assert_ne!(changed, text(SWEEP));
        assert!(ids(&plan_of(&changed)).iter().all(|id| !first.contains(id)), "{other}");
    }
}

#[test]
fn what_is_in_a_named_file_counts() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = text(SWEEP).replace(
        "image = 'web:1'\n",
        "image = 'web:1'\ndemand = { empirical = { file = 'a.csv', column = 's' } }\n",
    );
    let with = |data: &str| {
        std::fs::write(folder.path().join("a.csv"), data).unwrap();
        ids(&Plan::new(&scenario, "x.toml", folder.path(), &[]).unwrap())
    };
    let first = with("s\n1\n");
    assert_ne!(first, with("s\n2\n"));
    assert_eq!(first, with("s\n1\n"));
}

#[test]
fn the_first_replication_is_the_run_that_the_settings_make() {
    let plan = plan_of(&text(SWEEP));
    let settings = plan.settings(5);
    let loaded =
        crate::scenario::parse_with(&text(""), "x.toml", Path::new(""), &settings).unwrap();
    let resolved = loaded.scenario.to_toml(Path::new("")).unwrap();
    assert_eq!(
        plan.outline.runs[10].id,
        RunId::of(&resolved, &[], loaded.scenario.simulation.seed)
    );
}

#[test]
fn shards_have_every_run_once() {
    let plan = plan_of(&text(SWEEP));
    for count in 1..=14 {
        let mut together: Vec<Run> = (1..=count)
            .map(|index| format!("{index}/{count}").parse::<Shard>().unwrap())
            .flat_map(|shard| plan.outline.shard(shard).copied().collect::<Vec<_>>())
            .collect();
        together.sort_by_key(|run| (run.point, run.replication));
        assert_eq!(together, plan.outline.runs, "{count} shards");
    }
}

#[test]
fn a_point_that_makes_no_sense_is_shown_with_its_values() {
    // each value of one goes with the first of the other
    let sweep = "[sweep.parameters]
        'simulation.duration' = ['30s', '10s']
        'simulation.warm_up' = ['5s', '20s']";
    let error = Plan::new(&text(sweep), "x.toml", Path::new(""), &[]).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("point 3 of the sweep cannot be simulated:"), "{message}");
    assert!(message.contains("simulation.warm_up=\"20s\""), "{message}");
}

#[test]
fn a_scenario_without_a_sweep_has_no_plan() {
    let error = Plan::new(&text(""), "x.toml", Path::new(""), &[]).unwrap_err();
    assert!(error.to_string().starts_with("x.toml has no table `[sweep]`"), "{error}");
}
