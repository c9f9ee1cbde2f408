//! The example scenarios are in order. Those on recorded data are only read where the data is.

use std::path::Path;

use plimsoll::scenario::load;

#[test]
fn the_density_scenario_is_in_order() {
    let loaded = load(Path::new("scenarios/density.toml")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(loaded.scenario.clusters.len(), 3);
}

#[test]
fn the_scenarios_on_recorded_data_are_in_order() {
    for name in ["worldcup", "bitbrains"] {
        if !Path::new("scenarios/../../shared/data").exists() {
            eprintln!("skipped {name}: its data is not here");
            continue;
        }
        let path = format!("scenarios/{name}.toml");
        let loaded = load(Path::new(&path)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(loaded.scenario.clusters.len(), 3);
    }
}
