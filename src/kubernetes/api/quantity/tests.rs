//! Quantities: the grammar, the roundings, and a comparison with plain big arithmetic.

use proptest::prelude::*;

use super::*;

fn amount(text: &str) -> Amount {
    Amount::read(text).unwrap()
}

#[test]
fn a_quantity_has_a_value_and_a_milli_value() {
    let cases = [
        ("0.5", 1, 500),
        ("500m", 1, 500),
        ("100u", 1, 1),
        ("1n", 1, 1),
        ("2", 2, 2_000),
        ("1e3", 1_000, 1_000_000),
        ("1E3", 1_000, 1_000_000),
        ("5e-1", 1, 500),
        ("1.5Gi", 3 << 29, 1_610_612_736_000),
        ("1.1Ki", 1_127, 1_126_400),
        ("0.1", 1, 100),
        ("1.0001", 2, 1_001),
        ("-1.5", -2, -1_500),
        ("+.5", 1, 500),
        ("5.", 5, 5_000),
        ("0", 0, 0),
    ];
    for (text, value, milli) in cases {
        assert_eq!((amount(text).value(), amount(text).milli_value()), (value, milli), "{text}");
    }
}

#[test]
fn what_is_too_large_stays_at_the_largest_integer() {
    for text in ["16Ei", "8Ei", "1e30", "100E", "9223372036854775808", "1e2000000000"] {
        assert_eq!(amount(text).value(), i64::MAX, "{text}");
        assert_eq!(amount(text).milli_value(), i64::MAX, "{text}");
    }
    assert_eq!(amount("9223372036854775807").value(), i64::MAX);
    assert_eq!(amount("9223372036854775806").value(), i64::MAX - 1);
    assert_eq!(amount("-16Ei").value(), -i64::MAX);
}

#[test]
fn what_is_finer_than_a_billionth_counts_as_one() {
    assert_eq!(amount("0.1n"), amount("1n"));
    assert_eq!(amount("1e-2000000000"), amount("1n"));
    assert_eq!(amount("0e-2000000000"), Amount::ZERO);
}

#[test]
fn an_amount_is_written_without_loss() {
    for (text, written) in [("1.5", "1500m"), ("64Mi", "67108864"), ("0.1m", "100u"), ("0", "0")] {
        assert_eq!(amount(text).to_quantity().0, written);
    }
}

#[test]
fn text_outside_the_grammar_is_refused() {
    let texts = [
        "",
        "m",
        ".",
        "1 Gi",
        "1gi",
        "1K",
        "1MB",
        "1e3.5",
        "1e3m",
        "0x10",
        "1_000",
        "1,5",
        "--1",
        "1e",
        "1e99999999999",
        "NaN",
        " 1",
        "1 ",
        "½",
    ];
    for text in texts {
        assert!(Amount::read(text).is_err(), "{text}");
    }
}

proptest! {
    /// The reference multiplies first and divides once, in 128 bits.
    #[test]
    fn values_agree_with_plain_arithmetic(
        whole in 0..1_000_000_u32,
        part in 0..1_000_u32,
        (suffix, factor, divisor) in prop_oneof![
            Just(("n", 1, 1_000_000_000)),
            Just(("u", 1, 1_000_000)),
            Just(("m", 1, 1_000)),
            Just(("", 1, 1)),
            Just(("k", 1_000, 1)),
            Just(("G", 1_000_000_000, 1)),
            Just(("Ki", 1 << 10, 1)),
            Just(("Gi", 1 << 30, 1)),
            Just(("e2", 100, 1)),
        ],
    ) {
        let read = amount(&format!("{whole}.{part:03}{suffix}"));
        let scaled = (i128::from(whole) * 1_000 + i128::from(part)) * factor;
        let up = |numerator: i128, denominator: i128| (numerator + denominator - 1) / denominator;
        let value = up(scaled, 1_000 * divisor);
        let milli = up(scaled * 1_000, 1_000 * divisor);
        prop_assert_eq!(i128::from(read.value()), value);
        prop_assert_eq!(i128::from(read.milli_value()), milli);
    }

    #[test]
    fn no_text_panics(text in "[-+]?[0-9.]{0,45}[a-zA-Z]{0,2}-?[0-9]{0,12}") {
        if let Ok(amount) = Amount::read(&text) {
            prop_assert!(amount.value().unsigned_abs() <= amount.milli_value().unsigned_abs());
        }
    }
}
