//! The script writes numbers as the program does.

use plimsoll::report::quantity::Quantity;
use serde_json::{Value, json};

use crate::driver::Scripts;
use crate::report;

const QUANTITY: &str = include_str!("../../src/report/templates/script/quantity.js");

/// Numbers of every size, round ones and ones that rounding finds between two.
fn numbers() -> Vec<f64> {
    let digits = [
        0.9994, 0.9995, 0.99951, 0.9996, 1.0, 1.005, 1.23456, 1.25, 1.375, 2.5, 3.0, 4.125, 5.0625,
        7.77, 9.994, 9.995, 9.996, 9.999,
    ];
    let powers = -10..=13;
    let sizes = powers.flat_map(|power| digits.map(|digit| digit * 10f64.powi(power)));
    let binary = (0..=60).map(|power| 2f64.powi(power) * 1.5);
    let shares =
        (1..=9).flat_map(|nines| [1.0 - 10f64.powi(-nines), 1.0 - 2.5 * 10f64.powi(-nines)]);
    let times = [59.95, 119.94, 119.95, 119.96, 7199.4, 7199.5, 172_799.0, 172_800.0, 99_999_999.0];
    let all = sizes.chain(binary).chain(shares).chain(times);
    all.flat_map(|number| [number, -number]).chain([0.0]).collect()
}

#[test]
fn quantities_read_like_those_of_the_tables() {
    let Some(browser) = report(Scripts::Allowed) else { return };
    let quantities = [
        Quantity::Count,
        Quantity::Duration,
        Quantity::Share,
        Quantity::Bytes,
        Quantity::Rate,
        Quantity::Watts,
        Quantity::Energy,
        Quantity::Money,
    ];
    for quantity in quantities {
        let script = format!("{QUANTITY} return arguments[1].map((n) => shown(arguments[0], n));");
        let numbers = numbers();
        let shown: Vec<Value> =
            serde_json::from_value(browser.run(&script, json!([quantity, numbers]))).unwrap();
        assert_eq!(shown.len(), numbers.len());
        for (number, shown) in numbers.into_iter().zip(shown) {
            assert_eq!(shown, quantity.show(number), "{quantity:?} of {number:e}");
        }
    }
}
