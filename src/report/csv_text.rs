//! CSV as RFC 4180 has it, and numbers in it: as short as they can be and read back exactly.

use std::borrow::Cow;

/// Records as text, each quoted where it must be.
///
/// A text that a spreadsheet would run as a formula is disarmed by a leading apostrophe: names come
/// from files that may be someone else's.
pub(super) fn csv_text(records: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer
            .write_record(record.iter().map(|field| disarmed(field).into_owned()))
            .expect("records are of equal length and memory takes all of them");
    }
    let bytes = writer.into_inner().expect("memory can be flushed");
    String::from_utf8(bytes).expect("fields are text, and so are separators")
}

/// The shortest decimal that reads back as `value`; nothing where there is no value.
pub(super) fn plain(value: f64) -> String {
    if value.is_finite() {
        // adding zero turns -0 into 0
        format!("{}", value + 0.0)
    } else {
        String::new()
    }
}

/// A text that no spreadsheet would run.
pub(super) fn disarmed(field: &str) -> Cow<'_, str> {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula && field.parse::<f64>().is_err() {
        Cow::Owned(format!("'{field}"))
    } else {
        Cow::Borrowed(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_and_what_a_spreadsheet_would_run_is_disarmed() {
        assert_eq!(plain(0.1), "0.1");
        assert_eq!(plain(1e-7), "0.0000001");
        assert_eq!(plain(-0.0), "0");
        assert_eq!(plain(f64::NAN), "");
        let fields = ["-1.5", "=1+1", "a,\"b\""].map(String::from).to_vec();
        assert_eq!(csv_text([fields]), "-1.5,'=1+1,\"a,\"\"b\"\"\"\n");
    }
}
