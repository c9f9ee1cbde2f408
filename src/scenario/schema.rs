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
