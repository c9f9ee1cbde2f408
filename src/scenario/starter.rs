//! The scenario that `plimsoll init` writes: small, complete, and commented.

/// Text of the starter scenario.
pub fn starter() -> &'static str {
    include_str!("starter.toml")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse;
    use super::*;

    #[test]
    fn the_starter_scenario_is_in_order() {
        let loaded = parse(starter(), "starter.toml", Path::new(""));
        let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(loaded.scenario.clusters.len(), 2);
        assert!(loaded.scenario.density.is_some());
        assert_eq!(loaded.verdict(), "starter.toml is in order: 2 clusters, 1 app, 10m simulated");
    }
}
