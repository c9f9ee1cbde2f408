//! The answer as CSV: a line per image, in the order of the list.

use super::Preview;

/// All lines.
pub(super) fn render(preview: &Preview) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["digest", "tags", "pushed_at", "size_bytes", "verdict", "rule", "reason"];
    let header = header.map(str::to_owned).to_vec();
    let rows = preview.images.iter().zip(&preview.verdicts).map(|(image, verdict)| {
        vec![
            image.digest.clone(),
            // no tag has a space in it
            image.tags.join(" "),
            image.pushed_at.to_string(),
            image.size_bytes.to_string(),
            Preview::word(verdict.fate).to_owned(),
            preview.priority(verdict).map(|rule| rule.to_string()).unwrap_or_default(),
            preview.reason(verdict),
        ]
    });
    for row in std::iter::once(header).chain(rows) {
        writer.write_record(row).expect("writing to memory does not fail");
    }
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("all fields were text")
}
