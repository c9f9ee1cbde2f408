//! The JSON Schema of scenario files, for completion and documentation in editors.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Scenario;

/// The JSON Schema (draft 7, which editors understand best) of a scenario file.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Scenario>();
    schema.insert("title".to_owned(), "Plimsoll scenario".into());
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const COMMITTED: &str = "scenarios/scenario.schema.json";

    /// Run with `PLIMSOLL_BLESS=1` to write the file anew.
    #[test]
    fn the_committed_schema_is_that_of_the_types() {
        let mut text = serde_json::to_string_pretty(&schema()).unwrap();
        text.push('\n');
        if std::env::var_os("PLIMSOLL_BLESS").is_some() {
            fs::write(COMMITTED, &text).unwrap();
        }
        let committed = fs::read_to_string(COMMITTED).unwrap();
        assert!(committed == text, "write {COMMITTED} anew: `plimsoll schema > {COMMITTED}`");
    }

    #[test]
    fn every_key_of_the_schema_is_described() {
        let schema = schema();
        let mut undescribed = Vec::new();
        collect_undescribed(&schema, "", &mut undescribed);
        assert_eq!(undescribed, Vec::<String>::new());
    }

    fn collect_undescribed(schema: &Value, at: &str, out: &mut Vec<String>) {
        let Some(entries) = schema.as_object() else { return };
        for (key, value) in entries {
            let at = format!("{at}/{key}");
            for (name, property) in
                value.as_object().filter(|_| key == "properties").into_iter().flatten()
            {
                // the one key of a choice is described by the choice
                let single = value.as_object().is_some_and(|keys| keys.len() == 1);
                let chosen = single && schema.get("description").is_some();
                let text = property["description"].as_str();
                let described = chosen || text.is_some_and(|text| !text.starts_with("Default"));
                if !described {
                    out.push(format!("{at}/{name}"));
                }
            }
            match value {
                Value::Array(values) => {
                    values.iter().for_each(|value| collect_undescribed(value, &at, out));
                }
                value => collect_undescribed(value, &at, out),
            }
        }
    }
}
