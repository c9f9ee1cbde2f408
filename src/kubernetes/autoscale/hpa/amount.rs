//! Quantities as the autoscaler reads them: thousandths, rounded up, and tolerances.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::spec::Milli;
use crate::kubernetes::api::quantity::Amount;

/// Thousandths, rounded away from zero; none if it is no quantity.
pub(super) fn milli(quantity: &Quantity) -> Option<Milli> {
    Amount::try_from(quantity).ok().map(|amount| Milli(amount.milli_value()))
}

/// A fraction as the controller sees it; none if it is no quantity.
///
/// The API server writes quantities in the largest unit that needs no point; the controller takes
/// the integer times the power of ten, which may differ in the last bit from the number nearest to
/// what was written. Source: Kubernetes v1.36, `apimachinery/pkg/api/resource/quantity.go`,
/// `AsApproximateFloat64`.
pub(super) fn fraction(quantity: &Quantity) -> Option<f64> {
    let Quantity(text) = Amount::try_from(quantity).ok()?.to_quantity();
    let units = [("m", 1e-3), ("u", 1e-6), ("n", 1e-9)];
    let found = units.into_iter().find_map(|(suffix, scale)| {
        text.strip_suffix(suffix).map(|integer| (integer.to_owned(), scale))
    });
    let (integer, scale) = found.unwrap_or((text, 1.0));
    integer.parse::<f64>().ok().map(|integer| integer * scale)
}
