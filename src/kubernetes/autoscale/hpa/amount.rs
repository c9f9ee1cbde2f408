//! Quantities as the autoscaler reads them: thousandths, rounded up, and tolerances.
//!
//! Source: Kubernetes v1.36, `apimachinery/pkg/api/resource/quantity.go`, `MilliValue` and
//! `AsApproximateFloat64`.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::spec::Milli;

const NANOS_PER_MILLI: i128 = 1_000_000;

/// Thousandths, rounded away from zero; none if it is no quantity.
pub(super) fn milli(quantity: &Quantity) -> Option<Milli> {
    let nanos = nanos(&quantity.0)?;
    let milli = (nanos.abs() + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    let milli = i64::try_from(milli).unwrap_or(i64::MAX);
    Some(Milli(if nanos < 0 { -milli } else { milli }))
}

/// A fraction as the controller sees it, once the API server has written it in the largest unit
/// that needs no point: an integer times a power of ten, rounded once.
pub(super) fn fraction(quantity: &Quantity) -> Option<f64> {
    let nanos = nanos(&quantity.0)?;
    let units = [(1_000_000_000, 1.0), (1_000_000, 1e-3), (1_000, 1e-6), (1, 1e-9)];
    let (unit, scale) = *units.iter().find(|(unit, _)| nanos % unit == 0)?;
    Some((nanos / unit) as f64 * scale)
}

/// Billionths of a quantity.
fn nanos(text: &str) -> Option<i128> {
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let scale: i128 = match suffix {
        "n" => 1,
        "u" => 1_000,
        "m" => 1_000_000,
        "" => 1_000_000_000,
        "k" => 1_000_000_000_000,
        "M" => 1_000_000_000_000_000,
        "G" => 1_000_000_000_000_000_000,
        "Ki" => 1_000_000_000 << 10,
        "Mi" => 1_000_000_000 << 20,
        "Gi" => 1_000_000_000 << 30,
        _ => return None,
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits: i128 = format!("{whole}{part}").parse().ok()?;
    let divisor = 10_i128.checked_pow(u32::try_from(part.len()).ok()?)?;
    let product = digits.checked_mul(scale)?;
    let up = if product % divisor != 0 { product.signum() } else { 0 };
    Some(product / divisor + up)
}
