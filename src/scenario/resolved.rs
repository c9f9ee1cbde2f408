//! The resolved scenario: all that was left to defaults written out, as a run keeps it beside its
//! results.

use std::path::Path;

use super::{Scenario, files};

impl Scenario {
    /// The scenario in full as TOML, for a file in `folder`: read from there it is this scenario,
    /// without its sweep, its search for a size and its variants, since a run is of one set of
    /// values.
    ///
    /// # Errors
    /// Where a path is not UTF-8.
    pub fn to_toml(&self, folder: &Path) -> Result<String, toml::ser::Error> {
        let mut scenario = self.clone();
        (scenario.sweep, scenario.size) = (None, None);
        scenario.variants = Vec::new();
        files::relocate(&mut scenario, folder);
        toml::to_string(&scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Law, parse, starter};
    use super::*;

    const ALL_FORMS: &str = r#"
        registry = { bandwidth = "1Gbit/s" }
        prices = { electricity = "$0.12/kWh" }
        simulation = { name = "all", duration = "1h 30m", seed = 9223372036854775807 }
        density = { maximum = 7, duration = "90s" }
        [[host]]
        name = "server"
        cores = 4
        threads_per_core = 2
        memory = "64GB"
        power = { curve = ["86W", "99.5W", "1.2kW"] }
        price = "$0.333/h"
        os = { kernel_features = ["cgroups"] }
        [[image]]
        name = "web:1"
        layers = ["29MiB", { size = 5, digest = "a", unpacked = "1k" }]
        [[app]]
        name = "a"
        image = "web:1"
        cpu = { request = 0.1 }
        memory = { request = "1Gi" }
        traffic = { arrivals = { mmpp = { rates = ["20/min", "0/s"], sojourns = ["1s", "2s"] } } }
        demand = { empirical = { file = "tests/malformed/data/counts.csv", column = "requests" } }
        calls = [["b"], ["b", "b"]]
        slo = { availability = "99.9%", p99 = "1s" }
        [[app]]
        name = "b"
        image = "web:1"
        cpu = { request = "1", limit = "1500m" }
        memory = { request = "1Gi" }
        balance = "power-of-two"
        [[job]]
        name = "j"
        image = "web:1"
        arrivals = { at = ["0s", "1us"] }
        demand = { pareto = { minimum = "1ms", shape = 1.1, maximum = "1s" } }
        cpu = { request = "1" }
        memory = { request = "1Gi" }
        [[vm]]
        name = "v"
        arrivals = { renewal = { weibull = { scale = "1s", shape = 0.5 } } }
        vcpus = 2
        memory = "1Gi"
        usage = { constant = 0.07 }
        [[cluster]]
        name = "h"
        kind = "hypervisor"
        hosts = { shape = "server" }
        vm = { vcpus = 2, memory = "2Gi", shares = 10 }
        [[fault]]
        hosts = [0]
        kind.random.time_to_failure.exponential.mean = "1h"
        kind.random.time_to_repair = "1s"
    "#;

    #[test]
    fn the_resolved_scenario_reads_back_as_the_same_scenario() {
        let here = Path::new("");
        for text in [ALL_FORMS, starter()] {
            let loaded = parse(text, "a.toml", here).unwrap_or_else(|e| panic!("{e}"));
            let resolved = loaded.scenario.to_toml(here).unwrap();
            let again = parse(&resolved, "b.toml", here).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(again.scenario, loaded.scenario);
        }
    }

    #[test]
    fn several_registries_read_back_with_all_that_was_said_of_them() {
        let one = r#"registry = { bandwidth = "1Gbit/s" }"#;
        let several = r#"registry = [
            { name = "hub", kind = "hub", limits = { token = "9/s" }, pushes = [
                { image = "web:1", at = "1s" } ] },
            { name = "ecr", kind = "ecr", upstream = "hub", import = "1Gbit/s" },
            { name = "eu", replicates = [{ from = "hub" }] } ]"#;
        let here = Path::new("");
        let text = ALL_FORMS.replace(one, several);
        let loaded = parse(&text, "a.toml", here).unwrap_or_else(|e| panic!("{e}"));
        let names: Vec<_> = loaded.scenario.registries.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["hub", "ecr", "eu"]);
        let resolved = loaded.scenario.to_toml(here).unwrap();
        let again = parse(&resolved, "b.toml", here).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(again.scenario, loaded.scenario);
    }

    #[test]
    fn the_resolved_scenario_has_all_defaults() {
        let loaded = parse(ALL_FORMS, "a.toml", Path::new("")).unwrap_or_else(|e| panic!("{e}"));
        let resolved = loaded.scenario.to_toml(Path::new("results/all/run")).unwrap();
        let table: toml::Table = resolved.parse().unwrap();
        assert_eq!(table["simulation"]["points"].as_integer(), Some(240));
        assert_eq!(table["host"][0]["system_memory"].as_str(), Some("1Gi"));
        assert_eq!(table["app"][1]["start"].as_str(), Some("1s"));
        let file = &table["app"][0]["demand"]["empirical"]["file"];
        assert_eq!(file.as_str(), Some("../../../tests/malformed/data/counts.csv"));
    }

    #[test]
    fn what_is_not_said_has_the_documented_default() {
        let scenario = parse(ALL_FORMS, "a.toml", Path::new("")).unwrap().scenario;
        assert_eq!(scenario.images[0].start_data.to_string(), "6.4%");
        assert_eq!(scenario.apps[1].demand, Law::default());
        assert_eq!(scenario.clusters[0].hosts.as_ref().map(|hosts| hosts.count), Some(1));
        assert_eq!(scenario.clusters[0].vm_memory.balloon_limit.to_string(), "65%");
        assert_eq!(scenario.clusters[0].engine.memory.to_string(), "100Mi");
    }
}
